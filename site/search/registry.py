"""Who tells the search what there is to find, and who may find it.

An app registers its kinds of things in `AppConfig.ready()`:

    register_source(Source(kind="sheet", label=_("fiche pratique"), family="sheets", documents=…, load=…))

and keeps them up to date with `search.services.index`, `remove`, `set_audience`, inside its own transactions.
`documents()` gives everything there is to index, oldest first, for `eti reindex`. `load(user, ids)` gives, in a fixed
number of queries, what to show of each of these things *as it is now and if this person may read it*: what is missing
from its answer is not shown, so a result never tells more than its page does.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser

from people.models import User

PUBLIC = "public"
MEMBERS = "members"

Person = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Document:
    """Something to index. `facets` are what filters: name → value or values, short, without spaces.

    `text` is plain text. With `keep_text` it is also kept for the passages: where `load` would be long to make it
    again. `group` names what changes audience, or goes, together.
    """

    kind: str
    object_id: int
    title: str
    text: str
    audience: str
    at: datetime.datetime
    group: str = ""
    facets: Mapping[str, str | Iterable[str]] = field(default_factory=dict)
    accepted: bool = False
    keep_text: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What is shown of a thing that was found, as it is now.

    `text` is the plain text of which a passage is shown; None: the one that was indexed with `keep_text`. `label`
    stands instead of the source's where it says more.
    """

    title: str
    url: str
    place: str = ""
    text: str | None = None
    at: datetime.datetime | None = None
    replies: int | None = None
    solved: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of things that can be found.

    `family` is the filter under which people find it: "discussions", "lessons", "sheets" or "pages". With `one_a_group`
    the results show the best entry of each group only. `weight` is added to the score of each of its entries.
    """

    kind: str
    label: Any
    family: str
    documents: Callable[[], Iterable[Document]]
    load: Callable[[Person, Sequence[int]], Mapping[int, Found]]
    one_a_group: bool = False
    weight: float = 0.0


_sources: dict[str, Source] = {}
_audiences: list[Callable[[Person], Iterable[str]]] = []


def register_source(source: Source) -> None:
    """Make a kind of things known, once."""
    _sources[source.kind] = source


def register_audiences(callable_: Callable[[Person], Iterable[str]]) -> None:
    """Have a function tell of more audiences that a person belongs to."""
    if callable_ not in _audiences:
        _audiences.append(callable_)


def sources() -> Mapping[str, Source]:
    """Every source by its kind, in the order in which they were registered."""
    return _sources


def audiences_of(user: Person) -> frozenset[str]:
    """Return every audience that this person belongs to."""
    own = {PUBLIC, MEMBERS} if user.is_authenticated else {PUBLIC}
    return frozenset(own.union(*(tell(user) for tell in _audiences)))
