"""Warnings, and times without writing. They end by themselves, and may be lifted before.

A suspended person reads; they neither write, react nor report. A sanction for an anonymous post says of its author no
more than is known: the log names the post, and only who has lifted the anonymity may suspend.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from people.models import User

from .anonymity import author_behind
from .journal import ChangedMeanwhileError, Kind, log
from .models import Member, ModerationAction, Post, Sanction, Topic
from .rights import rights_of
from .services import NotAllowedError, SuspendedError, member_of, require_not_suspended

__all__ = [
    "DAYS",
    "SuspendedError",
    "explanation",
    "lift",
    "may_suspend_for",
    "require_not_suspended",
    "suspend",
    "warn",
    "withdraw_warning",
]

DAYS = (1, 7, 30)


def may_suspend_for(moderator: User, posts: Collection[Post]) -> set[int]:
    """Return the ids of the posts whose author this moderator knows: signed, or whose anonymity they have lifted."""
    unnamed = {post.pk for post in posts if post.anonymous}
    known = {post.pk for post in posts if not post.anonymous}
    if unnamed:
        lifted = ModerationAction.objects.filter(kind=Kind.LIFT_ANONYMITY, post__in=unnamed, moderator=moderator)
        known.update(pk for pk in lifted.values_list("post_id", flat=True) if pk)
    return known


def _author(moderator: User, post: Post) -> User:
    """Return who is sanctioned. Raises NotAllowedError for oneself, and for who has more rights than the moderator."""
    author = author_behind(post)
    if author is None or author.pk == moderator.pk or (rights_of(author).moderates_all and not moderator.is_superuser):
        raise NotAllowedError
    return author


@transaction.atomic
def warn(moderator: User, topic: Topic, post: Post, *, reason: str) -> ModerationAction:
    """Warn who wrote a post of a locked topic. The caller has checked that the moderator may."""
    author = _author(moderator, post)
    before = {}
    if not post.anonymous:
        given = Sanction.objects.create(user=author, kind=Sanction.Kind.WARNING, reason=reason, by=moderator, post=post)
        before = {"sanction": given.pk}
    # Of an anonymous author nothing is kept but the post: `forum.notices` finds whom to tell.
    member = None if post.anonymous else author
    return log(moderator, Kind.WARN, topic=topic, post=post, member=member, reason=reason, before=before)


@transaction.atomic
def suspend(moderator: User, topic: Topic, post: Post, *, days: int, reason: str) -> ModerationAction:
    """Keep who wrote a post of a locked topic from writing for some days; a longer time that runs already stays.

    Raises NotAllowedError for an anonymous author whose name the moderator has not asked for, ValueError for other
    times than those of DAYS.
    """
    if days not in DAYS:
        raise ValueError(days)
    if not may_suspend_for(moderator, [post]):
        raise NotAllowedError
    author = _author(moderator, post)
    until = timezone.now() + timedelta(days=days)
    given = Sanction.objects.create(
        user=author,
        kind=Sanction.Kind.SUSPENSION,
        reason=reason,
        by=moderator,
        post=None if post.anonymous else post,
        until=until,
    )
    member_of(author)
    _follow_suspensions(author)
    member = None if post.anonymous else author
    before = {"sanction": given.pk, "until": until.isoformat()}
    return log(moderator, Kind.SUSPEND, topic=topic, post=post, member=member, reason=reason, before=before)


def _follow_suspensions(user: User) -> None:
    """Write until when the person may not write: the latest of what was decided and not lifted."""
    running = Sanction.objects.filter(user=user, kind=Sanction.Kind.SUSPENSION, lifted_at=None)
    last = running.filter(until__gt=timezone.now()).order_by("-until").values_list("until", flat=True).first()
    Member.objects.filter(user=user).update(suspended_until=last)


def _lift(action: ModerationAction) -> Sanction:
    given = Sanction.objects.select_related("user").filter(pk=action.before.get("sanction")).first()
    if given is None or not Sanction.objects.filter(pk=given.pk, lifted_at=None).update(lifted_at=timezone.now()):
        raise ChangedMeanwhileError
    return given


@transaction.atomic
def lift(moderator: User, action: ModerationAction) -> None:
    """End a suspension before its time, and tell the person. Raises ChangedMeanwhileError for one that has ended."""
    if datetime.fromisoformat(action.before["until"]) <= timezone.now():
        raise ChangedMeanwhileError
    given = _lift(action)
    _follow_suspensions(given.user)
    log(moderator, Kind.UNSUSPEND, topic=action.topic, post=action.post, member=action.member)


def withdraw_warning(action: ModerationAction) -> None:
    """Take a warning back. One that was given without a name left no trace but in the log."""
    if action.before:
        _lift(action)


def explanation(user: User) -> str:
    """Say until when the person may not write, and why; nothing for who may."""
    running = Sanction.objects.filter(user=user, kind=Sanction.Kind.SUSPENSION, lifted_at=None)
    last = running.filter(until__gt=timezone.now()).order_by("-until").first()
    if last is None or last.until is None:
        return ""
    until = timezone.localtime(last.until)
    return _(
        "Vous ne pouvez ni écrire, ni réagir, ni signaler jusqu'au %(date)s à %(time)s. Raison : %(reason)s "
        "Vous pouvez toujours lire."
    ) % {"date": date_format(until, "j F Y"), "time": date_format(until, "H:i"), "reason": _sentence(last.reason)}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
