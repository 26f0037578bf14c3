"""Pages of topics and of posts by keyset: a page costs the same wherever it stands, and new rows do not shift it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import QueryDict

from people.models import User

from .models import Post, PostQuerySet, Topic, TopicQuerySet

TOPICS_PER_PAGE = 20
POSTS_PER_PAGE = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Digits are counted so that no forged cursor goes beyond what a date or an id can be.
_CURSOR = re.compile(r"([01])\.(\d{1,16})\.(\d{1,18})", re.ASCII)
_POST_ID = re.compile(r"\d{1,18}", re.ASCII)


def _encode(topic: Topic) -> str:
    microseconds = (topic.last_post_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{topic.pinned:d}.{microseconds}.{topic.pk}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[bool, datetime, int] | None:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    pinned, microseconds, pk = map(int, found.groups())
    return bool(pinned), _EPOCH + timedelta(microseconds=microseconds), pk


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A page of topics; `next` is the cursor of the following page, or empty."""

    topics: list[Topic]
    next: str
    is_first: bool


def topic_page(topics: TopicQuerySet, cursor: str = "") -> TopicPage:
    """Return the topics after the cursor, pinned ones first, then by latest post. A bad cursor gives the first page."""
    position = _decode(cursor) if cursor else None
    if position is not None:
        pinned, moment, pk = position
        # The redundant bound on the date lets the database start right in the index.
        further = Q(pinned=pinned, last_post_at__lte=moment) & (Q(last_post_at__lt=moment) | Q(pk__lt=pk))
        topics = topics.filter(further | Q(pinned=False) if pinned else further)
    found = list(topics.order_by("-pinned", "-last_post_at", "-pk")[: TOPICS_PER_PAGE + 1])
    shown = found[:TOPICS_PER_PAGE]
    return TopicPage(shown, _encode(shown[-1]) if len(found) > TOPICS_PER_PAGE else "", is_first=position is None)


@dataclass(frozen=True, slots=True)
class PostPage:
    """A page of posts, oldest first."""

    posts: list[Post]
    has_previous: bool
    has_next: bool

    @property
    def previous(self) -> str:
        """The query string of the page before, or nothing."""
        return f"?avant={self.posts[0].pk}" if self.has_previous else ""

    @property
    def next(self) -> str:
        """The query string of the page after, or nothing."""
        return f"?apres={self.posts[-1].pk}" if self.has_next else ""


def post_page(posts: PostQuerySet, query: QueryDict) -> PostPage:
    """Return the page that `?apres=<post id>` or `?avant=<post id>` asks for, else the first one."""
    if after := _post_id(query.get("apres")):
        found = list(posts.filter(pk__gt=after).order_by("pk")[: POSTS_PER_PAGE + 1])
        if found:
            before_them = posts.filter(pk__lte=after).exists()
            return PostPage(found[:POSTS_PER_PAGE], before_them, len(found) > POSTS_PER_PAGE)
    elif before := _post_id(query.get("avant")):
        found = list(posts.filter(pk__lt=before).order_by("-pk")[: POSTS_PER_PAGE + 1])
        if found:
            after_them = posts.filter(pk__gte=before).exists()
            return PostPage(found[:POSTS_PER_PAGE][::-1], len(found) > POSTS_PER_PAGE, after_them)
    found = list(posts.order_by("pk")[: POSTS_PER_PAGE + 1])
    return PostPage(found[:POSTS_PER_PAGE], has_previous=False, has_next=len(found) > POSTS_PER_PAGE)


def _post_id(value: str | None) -> int | None:
    return int(value) if value and _POST_ID.fullmatch(value) else None


def post_address(post: Post, user: User | AnonymousUser) -> str:
    """Return the address of the post in its topic, on the page where this person finds it when turning pages."""
    posts = Post.objects.filter(topic_id=post.topic_id).visible_to(user).order_by("pk")
    before = posts.filter(pk__lt=post.pk).count()
    first = before - before % POSTS_PER_PAGE
    query = f"?apres={posts.values_list('pk', flat=True)[first - 1]}" if first else ""
    return f"{post.topic.get_absolute_url()}{query}#message-{post.pk}"
