"""The notifications of a person as they read them: in words, grouped, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from people.models import User

from .models import Notification
from .registry import Line, kind_of
from .services import forget

PER_PAGE = 30


@dataclass(slots=True)
class Entry:
    """A notification with its words."""

    notification: Notification
    line: Line
    kind_label: str

    @property
    def is_unread(self) -> bool:
        """Whether the person has not seen it."""
        return self.notification.read_at is None


@dataclass(slots=True)
class Group:
    """What was told of one thing: a topic, a sheet…"""

    title: str
    url: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_unread(self) -> bool:
        """Whether something in it is new to the person."""
        return any(entry.is_unread for entry in self.entries)

    @property
    def latest(self) -> Entry:
        """The newest one."""
        return self.entries[0]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of groups; `next` is the id before which the following page starts, or None."""

    groups: list[Group]
    next: int | None
    newest: int


def in_words(user: User, notifications: Iterable[Notification]) -> tuple[list[Entry], list[int]]:
    """Return the notifications with their words, and the ids of those that say nothing to the person any more.

    One call for each kind, however many there are.
    """
    rows = list(notifications)
    by_kind: dict[str, list[int]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row.target_id)
    lines: dict[tuple[str, int], Line] = {}
    for code, targets in by_kind.items():
        if kind := kind_of(code):
            lines |= {(code, target): line for target, line in kind.describe(user, targets).items()}
    entries, silent = [], []
    for row in rows:
        kind = kind_of(row.kind)
        line = lines.get((row.kind, row.target_id))
        if kind is None or line is None:
            silent.append(row.pk)
        else:
            entries.append(Entry(row, line, str(kind.label)))
    return entries, silent


def grouped(entries: Sequence[Entry]) -> list[Group]:
    """Put together what is about the same thing, newest first; the one with the latest news comes first."""
    groups: dict[str, Group] = {}
    for entry in entries:
        name = entry.notification.group or f"#{entry.notification.pk}"
        line = entry.line
        group = groups.setdefault(name, Group(line.group_title or line.title, line.group_url or line.url))
        group.entries.append(entry)
    return list(groups.values())


def listing(user: User, before: int | None = None) -> Listing:
    """Return a page of what a person was told, newest first. What says nothing to them any more is forgotten."""
    rows = Notification.objects.filter(user=user)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    entries, silent = in_words(user, shown)
    if silent:
        forget(user, silent)
    entries = [entry for entry in entries if not (entry.notification.read_at and _never_shown(entry))]
    return Listing(
        grouped(entries),
        shown[-1].pk if len(found) > PER_PAGE else None,
        found[0].pk if found else 0,
    )


def _never_shown(entry: Entry) -> bool:
    """Whether the person chose not to be told of it in the site, only by e-mail."""
    return entry.notification.read_at == entry.notification.created_at
