"""Publishing what was written: the message, the charter accepted with it, the draft forgotten, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from people.models import User

from . import attachments, drafts, services
from .models import Attachment, Post, Topic


@transaction.atomic
def publish_topic(author: User, *, place: str, charter: bool = False, **fields: Any) -> Topic:
    """Open a topic: `services.create_topic`, which raises what it raises."""
    if charter:
        services.accept_charter(author)
    topic = services.create_topic(author, **fields)
    drafts.forget(author, place)
    return topic


@transaction.atomic
def publish_reply(author: User, topic: Topic, *, place: str, charter: bool = False, **fields: Any) -> Post:
    """Reply: `services.add_post`, which raises what it raises."""
    if charter:
        services.accept_charter(author)
    post = services.add_post(author, topic, **fields)
    drafts.forget(author, place)
    return post


@transaction.atomic
def save_changes(
    author: User,
    post: Post,
    *,
    place: str,
    removed: Iterable[Attachment] = (),
    described: dict[UUID, str] | None = None,
    charter: bool = False,
    attached: Iterable[UUID] = (),
    **fields: Any,
) -> Post:
    """Change one's message and its files. Raises Post.DoesNotExist."""
    if charter:
        services.accept_charter(author)
    attached, removed = list(attached), list(removed)
    attachments.remove(removed)
    post = services.edit_post(post, editor=author, attached=attached, **fields)
    attachments.describe(attachments.of_post(post), described or {})
    if (attached or removed) and post.edited_at is None:
        post.edited_at = timezone.now()
        Post.objects.filter(pk=post.pk).update(edited_at=post.edited_at)
    drafts.forget(author, place)
    return post
