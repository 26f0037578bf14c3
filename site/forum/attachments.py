"""Files sent with posts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from people.models import User

from .models import Attachment, Post


def attach(post: Post, author: User, ids: Iterable[UUID]) -> None:
    """Give the files that the person has sent to their post, and forget who sent them."""
    Attachment.objects.filter(pk__in=list(ids), uploader=author, post=None).update(post=post, uploader=None)


def erase(post_ids: Iterable[int]) -> None:
    """Delete the files of these posts, for good."""
    Attachment.objects.filter(post__in=list(post_ids)).delete()
