"""What readers do with a post beside answering it: a word («utile», «merci», «moi aussi»), a bookmark.

Each says on or off, never «the other way round»: a double tap, or two tabs, end where one tap does.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from people.models import User

from .anonymity import wrote
from .models import Bookmark, Post, Reaction
from .services import NotAllowedError, require_not_suspended


@transaction.atomic
def react(user: User, post: Post, kind: str, *, on: bool) -> Post:
    """Say a word on a post, or take it back, and keep its number exact; return the post as it is then.

    Raises NotAllowedError on one's own post, SuspendedError, ValueError for an unknown word.
    """
    if kind not in Reaction.Kind.values:
        raise ValueError(kind)
    require_not_suspended(user)
    if wrote(user, post):
        raise NotAllowedError
    if on:
        _reaction, changed = Reaction.objects.get_or_create(post=post, user=user, kind=kind)
        by = 1
    else:
        changed = bool(Reaction.objects.filter(post=post, user=user, kind=kind).delete()[0])
        by = -1
    if changed:
        Post.objects.filter(pk=post.pk).update(**{f"{kind}_count": F(f"{kind}_count") + by})
        post.refresh_from_db(fields=[f"{kind}_count"])
    return post


def bookmark(user: User, post: Post, *, on: bool) -> None:
    """Keep a post among one's bookmarks, or take it out."""
    if on:
        Bookmark.objects.bulk_create([Bookmark(user=user, post=post)], ignore_conflicts=True)
    else:
        Bookmark.objects.filter(user=user, post=post).delete()


def words(post: Post) -> list[dict[str, Any]]:
    """Return the words that may be said of a post: each with its label, its number, and whether the reader said it.

    The post comes from `Post.objects.for_page`.
    """
    return [
        {
            "kind": kind.value,
            "label": kind.label,
            "count": getattr(post, f"{kind.value}_count"),
            "mine": getattr(post, f"said_{kind.value}", False),
        }
        for kind in Reaction.Kind
    ]
