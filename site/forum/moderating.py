"""What moderators do: each action is one transaction, logged with who, why, and what it takes to undo it.

Every function checks that the person moderates the category, and raises NotAllowedError otherwise.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from people.models import User

from . import signals
from .counting import counted, shift
from .models import ModerationAction, Post, Topic
from .rights import rights_of
from .services import NotAllowedError, follow_posts, lock_topic, show_topic

Kind = ModerationAction.Kind

TOPIC_FLAGS: dict[str, tuple[str, bool, ModerationAction.Kind]] = {
    "lock": ("locked", True, Kind.LOCK),
    "unlock": ("locked", False, Kind.UNLOCK),
    "pin": ("pinned", True, Kind.PIN),
    "unpin": ("pinned", False, Kind.UNPIN),
    "hide": ("hidden", True, Kind.HIDE_TOPIC),
    "show": ("hidden", False, Kind.SHOW_TOPIC),
}
"""What a moderator may do to a topic: the field that it changes, its new value, and how the log names it."""


def require_moderator(user: User, category_id: int) -> None:
    """Raise NotAllowedError for who does not moderate the category."""
    if not rights_of(user).moderates(category_id):
        raise NotAllowedError


def log(moderator: User, kind: str, *, topic: Topic | None = None, **fields: Any) -> ModerationAction:
    """Write what was done into the log, and tell whom it is about."""
    if topic is not None:
        fields.setdefault("category_id", topic.category_id)
    action = ModerationAction.objects.create(moderator=moderator, kind=kind, topic=topic, **fields)
    signals.moderated.send(ModerationAction, action=action)
    return action


@transaction.atomic
def flag_topic(moderator: User, topic: Topic, flag: str, *, reason: str = "") -> Topic:
    """Lock, unlock, pin, unpin, hide or show a topic. Done again, it changes nothing. Raises KeyError."""
    field, value, kind = TOPIC_FLAGS[flag]
    topic = lock_topic(topic.pk)
    require_moderator(moderator, topic.category_id)
    if getattr(topic, field) == value:
        return topic
    if flag == "show":
        show_topic(topic)
    else:
        before = counted(topic)
        setattr(topic, field, value)
        topic.save(update_fields=[field])
        shift(before, counted(topic))
        if field == "hidden":
            signals.topic_changed.send(Topic, topic=topic)
    log(moderator, kind, topic=topic, reason=reason, before={field: not value})
    return topic


@transaction.atomic
def hide_post(moderator: User, post: Post, *, reason: str = "") -> Topic:
    """Keep a post from everyone but moderators. Doing it again changes nothing."""
    topic = lock_topic(post.topic_id)
    require_moderator(moderator, topic.category_id)
    changed = Post.objects.filter(pk=post.pk, hidden_at=None).update(
        hidden_at=timezone.now(), hidden_why=Post.HiddenWhy.MODERATION
    )
    if changed:
        if topic.accepted_post_id == post.pk:
            topic.accepted_post = None
            topic.save(update_fields=["accepted_post"])
        follow_posts(topic)
        signals.post_gone.send(Post, post=post)
        log(moderator, Kind.HIDE_POST, topic=topic, post=post, reason=reason)
    return topic


@transaction.atomic
def show_post(moderator: User, post: Post, *, reason: str = "") -> Topic:
    """Let a hidden post be read, or one that waited for a moderator. Doing it again changes nothing."""
    topic = lock_topic(post.topic_id)
    require_moderator(moderator, topic.category_id)
    post = Post.objects.get(pk=post.pk)
    if post.hidden_at is None:
        return topic
    waited = post.hidden_why == Post.HiddenWhy.REVIEW
    is_first_time = post.published_at is None
    before = {"hidden_why": post.hidden_why}
    post.hidden_at, post.hidden_why = None, ""
    post.published_at = post.published_at or timezone.now()
    post.save(update_fields=["hidden_at", "hidden_why", "published_at"])
    if post.opening and waited and topic.hidden:
        show_topic(topic)
    follow_posts(topic)
    post.topic = topic
    if post.deleted_at is None:
        (signals.post_published if is_first_time else signals.post_changed).send(Post, post=post)
    kind = Kind.APPROVE_POST if waited else Kind.SHOW_POST
    log(moderator, kind, topic=topic, post=post, reason=reason, before=before)
    return topic
