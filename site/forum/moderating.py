"""What moderators do to topics and posts: each action is one transaction, logged with who, why, and how to undo it.

Every function checks that the person moderates the category, and raises NotAllowedError otherwise. What a moderator
decides on from a page carries what they saw (`seen`): when someone else was first, ChangedMeanwhileError says so.
Taking topics apart and putting them together is in `forum.restructuring`, undoing in `forum.undoing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from people.models import User

from . import reports, sanctions, signals, spam
from .anonymity import author_behind
from .counting import counted, shift
from .journal import ChangedMeanwhileError, Kind, last_action_id, log, require_moderator
from .models import ModerationAction, Post, Topic
from .restructuring import lock_topics, merge_topics, move_topic, split_topic
from .services import lock_post, show_topic, write_tags
from .visibility import let_be_read, withhold

__all__ = [
    "SANCTIONS",
    "TOPIC_FLAGS",
    "ChangedMeanwhileError",
    "Decision",
    "decide",
    "decisions_for",
    "flag_topic",
    "hide_post",
    "lift_anonymity",
    "merge_topics",
    "move_topic",
    "require_moderator",
    "retitle_topic",
    "show_post",
    "split_topic",
]

TOPIC_FLAGS: dict[str, tuple[str, bool, ModerationAction.Kind]] = {
    "lock": ("locked", True, Kind.LOCK),
    "unlock": ("locked", False, Kind.UNLOCK),
    "pin": ("pinned", True, Kind.PIN),
    "unpin": ("pinned", False, Kind.UNPIN),
    "hide": ("hidden", True, Kind.HIDE_TOPIC),
    "show": ("hidden", False, Kind.SHOW_TOPIC),
}
"""What a moderator may do to a topic: the field that it changes, its new value, and how the log names it."""


# -- Topics --------------------------------------------------------------------------------------------------------


@transaction.atomic
def flag_topic(moderator: User, topic: Topic, flag: str, *, reason: str = "") -> Topic:
    """Lock, unlock, pin, unpin, hide or show a topic. Done again, it changes nothing.

    Raises KeyError, and ChangedMeanwhileError for a topic that was merged into another one.
    """
    field, value, kind = TOPIC_FLAGS[flag]
    topic = lock_topics([topic.pk])[topic.pk]
    require_moderator(moderator, topic.category_id)
    if topic.merged_into_id:
        raise ChangedMeanwhileError
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
def retitle_topic(moderator: User, topic: Topic, *, title: str, tags: Iterable[str], reason: str = "") -> Topic:
    """Give a topic another title and other tags. The same ones change nothing."""
    topic = lock_topics([topic.pk])[topic.pk]
    require_moderator(moderator, topic.category_id)
    if topic.merged_into_id:
        raise ChangedMeanwhileError
    before = _name_of(topic)
    state = counted(topic)
    topic.title = title
    topic.save(update_fields=["title"])
    write_tags(topic, tags)
    shift(state, counted(topic))
    after = _name_of(topic)
    if after != before:
        signals.topic_changed.send(Topic, topic=topic)
        log(moderator, Kind.RETITLE, topic=topic, reason=reason, before={**before, "after": after})
    return topic


def _name_of(topic: Topic) -> dict[str, Any]:
    return {"title": topic.title, "tags": sorted(topic.tags.values_list("name", flat=True))}


# -- Posts ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def hide_post(moderator: User, post: Post, *, reason: str = "") -> Topic:
    """Keep a post from everyone but moderators, whether readers saw it or not. Doing it again changes nothing."""
    topic, post = lock_post(post.pk)
    require_moderator(moderator, topic.category_id)
    hide_locked(moderator, topic, post, reason)
    return topic


def hide_locked(moderator: User, topic: Topic, post: Post, reason: str) -> None:
    """Hide a post of a locked topic, and uphold what was reported of it."""
    if post.hidden_why == Post.HiddenWhy.MODERATION:
        return
    before: dict[str, Any] = {"hidden_why": post.hidden_why, "accepted": topic.accepted_post_id == post.pk}
    withhold(topic, post, Post.HiddenWhy.MODERATION)
    before["reports"] = reports.settle(moderator, post, upheld=True)
    log(moderator, Kind.HIDE_POST, topic=topic, post=post, reason=reason, before=before)


@transaction.atomic
def show_post(moderator: User, post: Post, *, reason: str = "") -> Topic:
    """Let a hidden post be read, or one that waited for a moderator. Doing it again changes nothing."""
    topic, post = lock_post(post.pk)
    require_moderator(moderator, topic.category_id)
    show_locked(moderator, topic, post, reason)
    return topic


def show_locked(moderator: User, topic: Topic, post: Post, reason: str, *, accepted: bool = False) -> None:
    """Show a post of a locked topic, as the accepted answer again if it was, and dismiss what was reported of it."""
    if post.hidden_at is None:
        return
    before: dict[str, Any] = {"hidden_why": post.hidden_why}
    waited = post.hidden_why == Post.HiddenWhy.REVIEW
    let_be_read(topic, post)
    if accepted and topic.takes_an_answer and not topic.accepted_post_id and not post.opening:
        topic.accepted_post = post
        topic.save(update_fields=["accepted_post"])
        signals.topic_changed.send(Topic, topic=topic)
    before["reports"] = reports.settle(moderator, post, upheld=False)
    log(
        moderator,
        Kind.APPROVE_POST if waited else Kind.SHOW_POST,
        topic=topic,
        post=post,
        reason=reason,
        before=before,
    )
    if waited and (author := author_behind(post)) is not None:
        spam.note_approval(author)


# -- Decisions -----------------------------------------------------------------------------------------------------


class Decision(TextChoices):
    """What becomes of a post."""

    SHOW = "show", _("Rendre le message visible")
    DISMISS = "dismiss", _("Laisser le message tel quel, et classer les signalements")
    HIDE = "hide", _("Masquer le message")
    KEEP = "keep", _("Laisser le message tel quel")


SANCTIONS = {
    "": _("Rien"),
    "warn": _("Un avertissement"),
    "1": _("Une suspension d'un jour"),
    "7": _("Une suspension de 7 jours"),
    "30": _("Une suspension de 30 jours"),
}
"""What becomes of the author of a post: nothing, a warning, or a number of days without writing."""


def decisions_for(post: Post, *, is_reported: bool) -> list[Decision]:
    """Return what may be decided of a post as it is."""
    if post.hidden_why == Post.HiddenWhy.MODERATION:
        return [Decision.SHOW, Decision.KEEP]
    if post.hidden_at is not None:
        return [Decision.SHOW, Decision.HIDE]
    return [Decision.DISMISS if is_reported else Decision.KEEP, Decision.HIDE]


@transaction.atomic
def decide(moderator: User, post: Post, decision: str, *, seen: int, sanction: str = "", reason: str = "") -> Topic:
    """Settle what becomes of a post and of its author.

    `seen` is the last action on the post that the moderator had before them (`journal.last_action_id`): if there is
    a later one, ChangedMeanwhileError tells of it and nothing is done. Raises NotAllowedError, KeyError, ValueError.
    """
    topic, post = lock_post(post.pk)
    require_moderator(moderator, topic.category_id)
    if (last := last_action_id(post)) != seen:
        raise ChangedMeanwhileError(ModerationAction.objects.select_related("moderator").filter(pk=last).first())
    is_reported = reports.open_reports(post).exists()
    if Decision(decision) not in decisions_for(post, is_reported=is_reported):
        raise ChangedMeanwhileError
    if sanction:
        _sanction(moderator, topic, post, sanction, reason)
    match decision:
        case Decision.SHOW:
            show_locked(moderator, topic, post, reason)
        case Decision.HIDE:
            hide_locked(moderator, topic, post, reason)
        case Decision.DISMISS:
            settled = reports.settle(moderator, post, upheld=bool(sanction))
            log(moderator, Kind.DISMISS, topic=topic, post=post, reason=reason, before={"reports": settled})
    return topic


def _sanction(moderator: User, topic: Topic, post: Post, sanction: str, reason: str) -> None:
    if sanction not in SANCTIONS:
        raise KeyError(sanction)
    if sanction == "warn":
        sanctions.warn(moderator, topic, post, reason=reason)
    else:
        sanctions.suspend(moderator, topic, post, days=int(sanction), reason=reason)


# -- Anonymity -----------------------------------------------------------------------------------------------------


@transaction.atomic
def lift_anonymity(moderator: User, post: Post, *, reason: str) -> User | None:
    """Return who wrote an anonymous post, for this moderator alone: logged, with the reason, and told to the author.

    Asked again by the same moderator, it is neither logged nor told again. None if the account is gone.
    Raises NotAllowedError for who does not moderate there, ValueError without a reason or for a signed post.
    """
    topic, post = lock_post(post.pk)
    require_moderator(moderator, topic.category_id)
    if not post.anonymous or not reason.strip():
        raise ValueError(reason)
    author = author_behind(post)
    done = ModerationAction.objects.filter(kind=Kind.LIFT_ANONYMITY, post=post, moderator=moderator)
    if author is not None and not done.exists():
        log(moderator, Kind.LIFT_ANONYMITY, topic=topic, post=post, member=author, reason=reason)
    return author
