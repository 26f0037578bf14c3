"""The search page as its address asks for it: the words, the filters, and the links that change one of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from people.models import Territory, Trade

from .asking import MAX_TYPED
from .registry import Person
from .services import Results, Suggestion, search, suggestion

# Name in the address → (label, family); none is everything.
FAMILIES: dict[str, tuple[Any, str]] = {
    "discussions": (_("Discussions"), "discussions"),
    "lecons": (_("Leçons et modules"), "lessons"),
    "fiches": (_("Fiches pratiques"), "sheets"),
}
PERIODS: dict[str, tuple[Any, int]] = {
    "mois": (_("Depuis un mois"), 31),
    "trimestre": (_("Depuis trois mois"), 92),
    "an": (_("Depuis un an"), 366),
}
_KEPT_SECONDS = 3600
_CACHED = {Territory: "search:territories", Trade: "search:trades"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Options under one title: a région and its départements."""

    label: str
    choices: Sequence[Choice]


def _territories() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return (value, name, [(value, name) of the départements]) of each région, in one query, or none."""
    rows = list(Territory.objects.order_by("name").values_list("pk", "parent_id", "kind", "code", "name"))
    return [
        (
            f"{kind}-{code}",
            name,
            [(f"{k}-{c}", f"{n} ({c})") for _pk, parent, k, c, n in rows if parent == pk],
        )
        for pk, _parent, kind, code, name in rows
        if kind == Territory.Kind.REGION
    ]


def _trades() -> list[tuple[str, str]]:
    return list(Trade.objects.values_list("slug", "name"))


def _kept[ValueT](model: type[Any], read: Callable[[], ValueT]) -> ValueT:
    value: ValueT | None = cache.get_or_set(_CACHED[model], read, _KEPT_SECONDS)
    return read() if value is None else value


def _forget(sender: type[Any], **kwargs: Any) -> None:
    cache.delete(_CACHED[sender])


def forget_choices_when_they_change() -> None:
    """Read the choices of the filters again after they have changed. Called once, when the site starts."""
    for model in _CACHED:
        for signal in (post_save, post_delete):
            signal.connect(_forget, sender=model, dispatch_uid="search_choices")


class SearchPage:
    """What the address asks for, and what answers. Values that mean nothing are ignored: an old link still works."""

    def __init__(self, user: Person, query: QueryDict) -> None:
        self.user = user
        self.query = query
        self.text = " ".join(query.get("q", "").replace("\0", " ").split())[:MAX_TYPED]
        self.family = self._asked("type", FAMILIES)
        self.period = self._asked("depuis", PERIODS)
        self.solved = query.get("resolu") == "1"
        territory, trade = query.get("territoire", ""), query.get("filiere", "")
        self.territory = territory if territory in self._territory_values else ""
        self.trade = trade if trade in dict(self._trades) else ""

    def _asked(self, name: str, values: Iterable[str]) -> str:
        value = self.query.get(name, "")
        return value if value in values else ""

    @cached_property
    def _territories(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        return _kept(Territory, _territories)

    @cached_property
    def _territory_values(self) -> frozenset[str]:
        return frozenset(value for region, _name, below in self._territories for value in (region, *dict(below)))

    @cached_property
    def _trades(self) -> list[tuple[str, str]]:
        return _kept(Trade, _trades)

    # -- Filters ---------------------------------------------------------------------------------------------------

    @property
    def families(self) -> list[tuple[str, str, bool]]:
        """(label, address, whether it is the chosen one) of each kind of things."""
        every = [("", _("Tout")), *((name, label) for name, (label, _family) in FAMILIES.items())]
        return [(str(label), self._address(type=name), name == self.family) for name, label in every]

    @property
    def territory_groups(self) -> list[Group]:
        """The régions, each with its départements."""
        return [
            Group(
                name,
                [
                    Choice(value, str(_("Toute la région")), value == self.territory),
                    *(Choice(v, label, v == self.territory) for v, label in below),
                ],
            )
            for value, name, below in self._territories
        ]

    @property
    def trade_choices(self) -> list[Choice]:
        """The filières."""
        return [Choice(value, label, value == self.trade) for value, label in self._trades]

    @property
    def period_choices(self) -> list[Choice]:
        """How far back."""
        return [Choice(name, str(label), name == self.period) for name, (label, _days) in PERIODS.items()]

    @property
    def filter_count(self) -> int:
        """How many filters narrow the results, beside the kind of things."""
        return sum(map(bool, (self.territory, self.trade, self.period, self.solved)))

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the results."""
        return bool(self.filter_count or self.family)

    def _address(self, **changed: str | int) -> str:
        query = QueryDict(mutable=True)
        values: dict[str, str | int] = {
            "q": self.text,
            "type": self.family,
            "territoire": self.territory,
            "filiere": self.trade,
            "depuis": self.period,
            "resolu": "1" if self.solved else "",
            **changed,
        }
        query.update({name: str(value) for name, value in values.items() if value})
        return f"?{query.urlencode()}"

    @property
    def unfiltered_address(self) -> str:
        """The same words without any filter."""
        return self._address(type="", territoire="", filiere="", depuis="", resolu="")

    @property
    def previous_address(self) -> str:
        """The page before."""
        return self._address(page=self.results.page - 1)

    @property
    def next_address(self) -> str:
        """The page after."""
        return self._address(page=self.results.page + 1)

    # -- Answers ---------------------------------------------------------------------------------------------------

    @property
    def _filters(self) -> dict[str, list[str]]:
        asked = {"terr": self.territory, "trade": self.trade, "solved": "1" if self.solved else ""}
        return {name: [value] for name, value in asked.items() if value}

    @property
    def _family_names(self) -> list[str]:
        return [FAMILIES[self.family][1]] if self.family else []

    @cached_property
    def results(self) -> Results:
        """The results of the page that is asked for; a number out of range gives the nearest one."""
        page = self.query.get("page", "")
        return search(
            self.user,
            self.query.get("q", ""),
            families=self._family_names,
            facets=self._filters,
            since=timezone.now() - datetime.timedelta(days=PERIODS[self.period][1]) if self.period else None,
            page=int(page) if page.isdecimal() and len(page) < 5 else 1,
        )

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """A shorter question that has answers."""
        return suggestion(self.user, self.results.question, families=self._family_names, facets=self._filters)

    @property
    def suggestion_address(self) -> str:
        """Where that shorter question leads."""
        return self._address(q=self.suggestion.text) if self.suggestion else ""

    @property
    def title_to_ask(self) -> str:
        """The words as the beginning of a question on the forum."""
        return self.text[:1].upper() + self.text[1:]
