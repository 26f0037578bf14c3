"""The log of what moderators did: writing it, and what its page shows to whom.

An action that undoes an earlier one (shown after hidden, reopened after locked) marks it as undone, whether it was done
from the log or by hand. Who stands behind an anonymous post is named in no line of the log but that of the moderator
who lifted the anonymity, and to that moderator alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User

from . import signals
from .models import Category, ModerationAction, Post, Topic
from .rights import rights_of
from .services import NotAllowedError

Kind = ModerationAction.Kind

_UNDOES: dict[str, tuple[str, ...]] = {
    Kind.SHOW_POST: (Kind.HIDE_POST,),
    Kind.APPROVE_POST: (Kind.HIDE_POST,),
    Kind.HIDE_POST: (Kind.SHOW_POST,),
    Kind.SHOW_TOPIC: (Kind.HIDE_TOPIC,),
    Kind.HIDE_TOPIC: (Kind.SHOW_TOPIC,),
    Kind.LOCK: (Kind.UNLOCK,),
    Kind.UNLOCK: (Kind.LOCK,),
    Kind.PIN: (Kind.UNPIN,),
    Kind.UNPIN: (Kind.PIN,),
}

REVERSIBLE = frozenset(
    {
        Kind.HIDE_POST, Kind.SHOW_POST, Kind.HIDE_TOPIC, Kind.SHOW_TOPIC, Kind.LOCK, Kind.UNLOCK, Kind.PIN, Kind.UNPIN,
        Kind.RETITLE, Kind.MOVE, Kind.SPLIT, Kind.MERGE, Kind.WARN, Kind.SUSPEND, Kind.DISMISS,
    }
)  # fmt: skip


class ChangedMeanwhileError(Exception):
    """What the action was about is no longer as it was: someone else was first. `action` is what they did, if known."""

    def __init__(self, action: ModerationAction | None = None) -> None:
        super().__init__()
        self.action = action

    @property
    def message(self) -> str:
        """What to tell the moderator who comes second."""
        if self.action is None:
            return _("Entre-temps, quelque chose a changé : rien n'a été fait. Regardez de nouveau avant de décider.")
        return _("C'est déjà réglé : %(who)s %(what)s. Rien d'autre n'a été fait.") % {
            "who": moderator_name(self.action),
            "what": self.action.get_kind_display(),
        }


def moderator_name(action: ModerationAction) -> str:
    """Return who did it. What the site does by itself has no moderator, and says so in its reason."""
    if action.moderator is not None:
        return action.moderator.display_name
    return _("Le site") if action.before.get("by_the_site") else _("Un ancien membre")


def require_moderator(user: User, *category_ids: int) -> None:
    """Raise NotAllowedError for who does not moderate each of these categories."""
    rights = rights_of(user)
    if not all(rights.moderates(category_id) for category_id in category_ids):
        raise NotAllowedError


def log(moderator: User | None, kind: str, *, topic: Topic | None = None, **fields: Any) -> ModerationAction:
    """Write what was done into the log, and tell whom it is about."""
    if topic is not None:
        fields.setdefault("category_id", topic.category_id)
    action = ModerationAction.objects.create(moderator=moderator, kind=kind, topic=topic, **fields)
    if kind in _UNDOES and topic is not None:
        same = {"post": action.post_id} if action.post_id else {"topic": topic, "post": None}
        undone = ModerationAction.objects.filter(kind__in=_UNDOES[kind], undone_at=None, pk__lt=action.pk, **same)
        undone.update(undone_at=action.created_at, undone_by=moderator)
    signals.moderated.send(ModerationAction, action=action)
    return action


def mark_undone(action: ModerationAction, moderator: User) -> None:
    """Note that an action was undone, and by whom. The first time stays."""
    ModerationAction.objects.filter(pk=action.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=moderator)


def last_action_id(post: Post) -> int:
    """Return the id of the last thing done to a post, 0 for nothing: what a decision is about, as it was seen."""
    return last_action_ids([post.pk]).get(post.pk, 0)


def last_action_ids(post_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the last thing done to each of these posts, without those to which nothing was done."""
    rows = ModerationAction.objects.filter(post__in=post_ids).order_by().values_list("post")
    return dict(rows.annotate(last=Max("pk")))


# -- Its page ------------------------------------------------------------------------------------------------------


def actions_for(user: User, category: Category | None = None, kind: str = "") -> QuerySet[ModerationAction]:
    """Return the log of the categories that the person moderates, or of one of them."""
    rights = rights_of(user)
    actions = ModerationAction.objects.select_related("moderator", "undone_by", "member", "topic", "post", "category")
    if category is not None:
        actions = actions.filter(category=category)
    elif rights.moderates_all:
        actions = actions.filter(Q(category__isnull=False) | Q(topic=None))
    else:
        actions = actions.filter(category__in=rights.moderated)
    return actions.filter(kind=kind) if kind else actions


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log, as one moderator sees it."""

    action: ModerationAction
    who: str
    about: str
    url: str
    member: str
    details: str
    may_undo: bool


def entry(action: ModerationAction, user: User) -> Entry:
    """Return a line of the log for this moderator: nothing that stands where they do not moderate is named."""
    rights = rights_of(user)
    topic = action.topic
    sees = topic is not None and rights.moderates(topic.category_id)
    post_url = action.post.get_absolute_url() if action.post is not None else ""
    lifted_by_other = action.kind == Kind.LIFT_ANONYMITY and action.moderator_id != user.pk
    member = ""
    if action.member is not None and not lifted_by_other:
        member = action.member.display_name
    return Entry(
        action=action,
        who=moderator_name(action),
        about=topic.title if sees and topic is not None else "",
        url=(post_url or topic.get_absolute_url()) if sees and topic is not None else "",
        member=member,
        details=_details(action, user),
        may_undo=action.undone_at is None and action.kind in REVERSIBLE and sees,
    )


def _details(action: ModerationAction, user: User) -> str:
    before = action.before
    if action.kind == Kind.RETITLE:
        return _("Avant : « %s »") % before.get("title", "")
    if action.kind == Kind.MOVE:
        rights = rights_of(user)
        names = [
            rights.category(pk).name if rights.can_read(pk) else _("une autre catégorie")
            for pk in (before.get("category", 0), before.get("after", 0))
        ]
        return _("De « %(one)s » à « %(other)s »") % {"one": names[0], "other": names[1]}
    if action.kind in {Kind.SPLIT, Kind.MERGE}:
        number = len(before.get("posts", ()))
        return _("%d message") % number if number < 2 else _("%d messages") % number
    return ""
