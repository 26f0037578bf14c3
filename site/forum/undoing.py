"""Undoing what moderators did, from the log. Done twice, it is done once; refused when things have changed since."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from people.models import User

from . import reports, sanctions
from .journal import REVERSIBLE, ChangedMeanwhileError, Kind, mark_undone, require_moderator
from .models import Category, ModerationAction, Post, Topic
from .moderating import flag_topic, hide_locked, move_topic, retitle_topic, show_locked
from .restructuring import put_back_split, take_out_merged
from .services import NotAllowedError, lock_post
from .visibility import withhold


@transaction.atomic
def undo(moderator: User, action: ModerationAction) -> ModerationAction:
    """Bring back what was there before an action. One that is undone already stays so.

    Raises NotAllowedError, and ChangedMeanwhileError when what it was about is no longer as it left it.
    """
    action = ModerationAction.objects.get(pk=action.pk)
    if action.category_id is None:
        raise NotAllowedError
    require_moderator(moderator, action.category_id)
    if action.undone_at is not None:
        return action
    if action.kind not in REVERSIBLE:
        raise NotAllowedError
    try:
        _UNDO[action.kind](moderator, action)
    except ChangedMeanwhileError:
        # Two taps at once: the first one has undone it.
        action.refresh_from_db()
        if action.undone_at is None:
            raise
    mark_undone(action, moderator)
    action.refresh_from_db()
    return action


def _topic_of(action: ModerationAction) -> Topic:
    if action.topic is None:
        raise ChangedMeanwhileError
    return action.topic


def _post_of(action: ModerationAction) -> tuple[Topic, Post]:
    if action.post_id is None:
        raise ChangedMeanwhileError
    return lock_post(action.post_id)


def _unhide(moderator: User, action: ModerationAction) -> None:
    topic, post = _post_of(action)
    require_moderator(moderator, topic.category_id)
    if post.hidden_why != Post.HiddenWhy.MODERATION:
        raise ChangedMeanwhileError
    if why := action.before.get("hidden_why", ""):
        # It waited for a decision: it waits again.
        withhold(topic, post, Post.HiddenWhy(why))
    else:
        show_locked(moderator, topic, post, "", accepted=action.before.get("accepted", False))
    reports.reopen(action.before.get("reports", ()))


def _unshow(moderator: User, action: ModerationAction) -> None:
    topic, post = _post_of(action)
    require_moderator(moderator, topic.category_id)
    if post.hidden_at is not None:
        raise ChangedMeanwhileError
    if action.before.get("hidden_why") == Post.HiddenWhy.REPORTS:
        withhold(topic, post, Post.HiddenWhy.REPORTS)
        reports.reopen(action.before.get("reports", ()))
    else:
        hide_locked(moderator, topic, post, "")


def _flag(flag: str, field: str, *, now: bool) -> Callable[[User, ModerationAction], None]:
    def change(moderator: User, action: ModerationAction) -> None:
        topic = Topic.objects.get(pk=_topic_of(action).pk)
        if getattr(topic, field) != now:
            raise ChangedMeanwhileError
        flag_topic(moderator, topic, flag)

    return change


def _retitle(moderator: User, action: ModerationAction) -> None:
    topic = _topic_of(action)
    now = {"title": topic.title, "tags": sorted(topic.tags.values_list("name", flat=True))}
    if now != action.before["after"]:
        raise ChangedMeanwhileError
    retitle_topic(moderator, topic, title=action.before["title"], tags=action.before["tags"])


def _move(moderator: User, action: ModerationAction) -> None:
    topic = _topic_of(action)
    category = Category.objects.filter(pk=action.before["category"]).first()
    if category is None or topic.category_id != action.before["after"]:
        raise ChangedMeanwhileError
    move_topic(moderator, topic, category)


def _put_back(moderator: User, action: ModerationAction) -> None:
    put_back_split(moderator, action)


def _take_out(moderator: User, action: ModerationAction) -> None:
    take_out_merged(moderator, action)


def _forgive(moderator: User, action: ModerationAction) -> None:
    sanctions.withdraw_warning(action)


def _lift(moderator: User, action: ModerationAction) -> None:
    sanctions.lift(moderator, action)


def _reopen_reports(moderator: User, action: ModerationAction) -> None:
    topic, _post = _post_of(action)
    require_moderator(moderator, topic.category_id)
    if not reports.reopen(action.before.get("reports", ())):
        raise ChangedMeanwhileError


_UNDO: dict[str, Callable[[User, ModerationAction], None]] = {
    Kind.HIDE_POST: _unhide,
    Kind.SHOW_POST: _unshow,
    Kind.HIDE_TOPIC: _flag("show", "hidden", now=True),
    Kind.SHOW_TOPIC: _flag("hide", "hidden", now=False),
    Kind.LOCK: _flag("unlock", "locked", now=True),
    Kind.UNLOCK: _flag("lock", "locked", now=False),
    Kind.PIN: _flag("unpin", "pinned", now=True),
    Kind.UNPIN: _flag("pin", "pinned", now=False),
    Kind.RETITLE: _retitle,
    Kind.MOVE: _move,
    Kind.SPLIT: _put_back,
    Kind.MERGE: _take_out,
    Kind.WARN: _forgive,
    Kind.SUSPEND: _lift,
    Kind.DISMISS: _reopen_reports,
}
