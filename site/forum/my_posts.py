"""What a person wrote, for that person alone: under their name or without it, published or kept back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from people.models import User

from .anonymity import posts_of
from .models import Post
from .rights import rights_of
from .services import RESTORE_WITHIN

PER_PAGE = 20
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MyPost:
    """A message of one's own; `readable` says whether its discussion is still open to its author."""

    post: Post
    readable: bool
    restorable: bool


@dataclass(frozen=True, slots=True)
class MyPostsPage:
    """A page of one's messages, the latest first; `next` is the cursor of the following page, or empty."""

    posts: list[MyPost]
    next: str
    is_first: bool


def my_posts_page(user: User, cursor: str = "") -> MyPostsPage:
    """Return the messages written before the cursor. A bad cursor gives the first page."""
    found = _CURSOR.fullmatch(cursor)
    earlier = Q()
    if found:
        moment, pk = _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
        earlier = Q(at__lte=moment) & (Q(at__lt=moment) | Q(pk__lt=pk))
    named = Post.objects.filter(author=user).exclude(body="").annotate(at=F("created_at"))
    unnamed = posts_of(user).exclude(post__body="").annotate(at=F("created_at"))
    # Each list has its own index: the latest of the two are among the latest of each.
    latest = [
        row
        for rows in (named, unnamed)
        for row in rows.filter(earlier).order_by("-at", "-pk").values_list("at", "pk")[: PER_PAGE + 1]
    ]
    latest.sort(reverse=True)
    shown = latest[:PER_PAGE]
    posts = Post.objects.select_related("topic__category").in_bulk([pk for _, pk in shown])
    rights, limit = rights_of(user), timezone.now() - RESTORE_WITHIN
    mine = []
    for _, pk in shown:
        post = posts[pk]
        readable = rights.can_read(post.topic.category_id)
        restorable = readable and post.deleted_at is not None and post.deleted_at > limit
        mine.append(MyPost(post, readable, restorable))
    further = ""
    if len(latest) > PER_PAGE:
        moment, pk = shown[-1]
        further = f"{(moment - _EPOCH) // timedelta(microseconds=1)}-{pk}"
    return MyPostsPage(mine, further, is_first=not found)
