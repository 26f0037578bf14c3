"""What may be told, and how it is said. Apps above register their kinds in `AppConfig.ready()`.

A kind comes with a function that describes its targets to a person, and leaves out what they may not read now:

    def describe(user: User, target_ids: Sequence[int]) -> dict[int, Line]: …

    register_kind(Kind("forum.reply", label=_("Réponses"), default=Cadence.NOW, describe=describe))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from people.models import User

from .models import Cadence


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one event: plain texts. `group_title` names what a group is about, for «5 nouveautés dans …»."""

    title: str
    url: str
    actor: str = ""
    excerpt: str = ""
    group_title: str = ""
    group_url: str = ""


Describe = Callable[[User, Sequence[int]], Mapping[int, Line]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event that people are told of. A `required` one is always shown in the site: it is about oneself."""

    code: str
    label: Any
    describe: Describe
    help: Any = ""
    default: Cadence = Cadence.NOW
    required: bool = False


@dataclass(frozen=True, slots=True)
class DigestSection:
    """A part of the summary of a territory: a title and lines."""

    title: str
    lines: Sequence[Line]


Section = Callable[[User, datetime], DigestSection | None]

_kinds: dict[str, Kind] = {}
_sections: list[Section] = []


def register_kind(kind: Kind) -> None:
    """Make a kind known. Registering it again replaces it."""
    _kinds[kind.code] = kind


def kinds() -> Sequence[Kind]:
    """Return the kinds, in the order in which they were registered."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind | None:
    """Return a kind, or None if no app has it any more."""
    return _kinds.get(code)


def register_digest_section(section: Section) -> None:
    """Add a part to the summaries: called with the person and the date of the last one; None when nothing moved."""
    if section not in _sections:
        _sections.append(section)


def digest_sections() -> Sequence[Section]:
    """Return the parts of the summaries."""
    return list(_sections)
