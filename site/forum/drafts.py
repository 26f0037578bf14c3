"""Drafts: what a person is writing, kept on the server as they type, one a place.

A place is where the text would be published: «topic» (or «topic:<id of a page>», about a lesson), «reply:<topic>»,
«edit:<post>». Nobody but the person ever reads a draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Expression, JSONField, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.crypto import salted_hmac

from people.models import User

from .composing import PARTS
from .models import BODY_MAX_LENGTH, Draft, Member

KEPT_FOR = timedelta(days=90)
AT_MOST = 100
"""How many drafts a person has: the oldest give way."""

TEXTS = {"title": 300, "tags": 300, "body": 2 * BODY_MAX_LENGTH, **dict.fromkeys(PARTS, 2 * BODY_MAX_LENGTH)}
"""The fields that hold something typed, and how much of each is kept: more than may be published."""

REPLY = "reply:"
"""What the place of a reply begins with; the id of the topic follows."""

_CHOICES = {"category": 60, "kind": 12, "anonymous": 5}
_PLACE = re.compile(r"topic|(?:topic|reply|edit):[1-9][0-9]{0,17}")
_FILES_AT_MOST = 12


class StaleDraftError(Exception):
    """Something newer is kept than what this form knows: another tab or device, or the draft is gone."""


def topic_place(page_id: int | None) -> str:
    """Return the place of a new topic, about a page or none."""
    return f"topic:{page_id}" if page_id else "topic"


def reply_place(topic_id: int) -> str:
    """Return the place of a reply to a topic."""
    return f"{REPLY}{topic_id}"


def edit_place(post_id: int) -> str:
    """Return the place of a change to a post."""
    return f"edit:{post_id}"


def is_place(place: str) -> bool:
    """Whether this names a place."""
    return _PLACE.fullmatch(place) is not None


def target_of(place: str) -> tuple[str, int]:
    """Return the sort of a place, and the id of the page, topic or post that it names; 0 for none."""
    sort, _, number = place.partition(":")
    return sort, int(number or 0)


def content_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a draft keeps of a sent form: texts, choices, and the names of files sent before."""
    content: dict[str, Any] = {}
    for name, length in {**TEXTS, **_CHOICES}.items():
        # PostgreSQL keeps no null character.
        value = str(data.get(name) or "").replace("\r\n", "\n").replace("\0", "")[:length]
        if value.strip():
            content[name] = value
    # A QueryDict gives the last value only.
    files = data.getlist("files") if hasattr(data, "getlist") else data.get("files") or []
    gone = data.getlist("remove") if hasattr(data, "getlist") else ()
    if kept := [str(name)[:36] for name in files if name not in gone][:_FILES_AT_MOST]:
        content["files"] = kept
    return content


def says_something(content: Mapping[str, Any]) -> bool:
    """Whether there is something to lose."""
    return any(content.get(name) for name in TEXTS) or bool(content.get("files"))


def version_of(moment: datetime | None) -> str:
    """Return how a form names the draft that it started from."""
    return moment.isoformat() if moment else ""


@transaction.atomic
def save(
    user: User, place: str, content: dict[str, Any], *, base: str | None = None, force: bool = False
) -> Draft | None:
    """Keep what is being written; an empty text forgets the draft and returns None.

    `base` is the version that the form started from: raises StaleDraftError if another one is kept, or if it is gone.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    kept: Draft | None = Draft.objects.filter(user=user, place=place).first()
    if base is not None and not force and base != version_of(kept.updated_at if kept else None):
        raise StaleDraftError
    if not says_something(content):
        if kept is not None:
            kept.delete()
        return None
    if kept is None:
        older = Draft.objects.filter(user=user).order_by("-updated_at").values_list("pk", flat=True)
        Draft.objects.filter(pk__in=list(older[AT_MOST - 1 :])).delete()
        return Draft.objects.create(user=user, place=place, data=content)
    if kept.data != content:
        kept.data, kept.updated_at = content, timezone.now()
        kept.save(update_fields=["data", "updated_at"])
    return kept


def forget(user: User, place: str) -> None:
    """Forget what was being written there: it is published, or given up."""
    Draft.objects.filter(user=user, place=place).delete()


def forget_old(now: datetime | None = None) -> int:
    """Forget the drafts that nobody has touched for 90 days; return how many."""
    return Draft.objects.filter(updated_at__lte=(now or timezone.now()) - KEPT_FOR).delete()[0]


# -- What a form needs to know of who writes -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WritingState:
    """The draft of a person at a place, and what the forum asks of them before they write."""

    place: str
    device_key: str
    """What the copy on the device is kept under: another person who signs in there is not offered it."""

    content: Mapping[str, Any]
    saved_at: datetime | None
    charter_accepted: bool
    suspended_until: datetime | None

    @property
    def version(self) -> str:
        """The version of the draft."""
        return version_of(self.saved_at)


def with_writing_state[Q: QuerySet[Any]](rows: Q, user: User, place: Expression) -> Q:
    """Add to one row what `state_from` reads: it costs no query of its own."""
    draft = Draft.objects.filter(user=user, place=place)
    member = Member.objects.filter(user=user)
    return rows.annotate(
        draft_content=Subquery(draft.values("data")[:1], output_field=JSONField()),
        draft_saved_at=Subquery(draft.values("updated_at")[:1], output_field=DateTimeField()),
        charter_accepted_at=Subquery(member.values("charter_accepted_at")[:1], output_field=DateTimeField()),
        suspended_until=Subquery(member.values("suspended_until")[:1], output_field=DateTimeField()),
    )


def state_from(row: Any, user: User, place: str) -> WritingState:
    """Return what `with_writing_state` has added to a row."""
    content = row.draft_content
    # A subquery gives the text of the value on some databases, the value on others.
    content = json.loads(content) if isinstance(content, str) else content
    until = row.suspended_until
    return WritingState(
        place=place,
        device_key=salted_hmac("forum.drafts", f"{user.pk} {place}").hexdigest()[:24],
        content=content or {},
        saved_at=row.draft_saved_at,
        charter_accepted=row.charter_accepted_at is not None,
        suspended_until=until if until and until > timezone.now() else None,
    )


def state_of(user: User, place: str) -> WritingState:
    """Return what a form needs to know of who writes there, in one query."""
    row = with_writing_state(User.objects.filter(pk=user.pk), user, Value(place)).get()
    return state_from(row, user, place)
