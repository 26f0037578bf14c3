"""Questions answered by giving each thing its place: a match, a bin, a rank."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal, Self

from courses.questions.grading import Grade, graded

from .base import (
    Choice,
    Field,
    FormData,
    Kind,
    Line,
    Question,
    Response,
    ResponseError,
    State,
    checked_mapping,
    mixed,
    one_value,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something may go: a match to choose, a bin."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Something to place, and the id of its right place."""

    id: str
    text: str
    place: str
    feedback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacingQuestion(Question):
    """Match each prompt, or sort each item into a bin. A response gives a place's id to each item's id."""

    kind: Literal[Kind.MATCHING, Kind.CATEGORIZE]
    items: tuple[Placed, ...]
    places: tuple[Place, ...]

    def read(self, data: FormData, name: str) -> Response:
        return self.check({item.id: one_value(data, f"{name}-{item.id}") for item in self.items})

    def _checked(self, response: Any) -> dict[str, str]:
        response = checked_mapping(response, [item.id for item in self.items])
        if not set(response.values()) <= {place.id for place in self.places}:
            raise ResponseError("Unknown place.")
        return response

    def is_complete(self, response: Response) -> bool:
        return len(response) == len(self.items)

    def grade(self, response: Response) -> Grade:
        assert isinstance(response, Mapping)  # noqa: S101  (checked when it was saved)
        right = sum(response.get(item.id) == item.place for item in self.items)
        return graded(self.worth, right, len(self.items))

    def key(self) -> dict[str, str]:
        return {item.id: item.place for item in self.items}

    def _text_of(self, place_id: str | None) -> str:
        return next((place.text for place in self.places if place.id == place_id), "")

    def in_words(self, response: Response) -> list[str]:
        assert isinstance(response, Mapping)  # noqa: S101
        return [f"{i.text} → {self._text_of(response[i.id])}" for i in self.items if i.id in response]

    def fields(self, response: Response, name: str) -> list[Field]:
        assert isinstance(response, Mapping)  # noqa: S101
        return [
            Field(
                f"{name}-{item.id}",
                item.text,
                response.get(item.id, ""),
                tuple(Choice(p.id, p.text, response.get(item.id) == p.id) for p in self.places),
            )
            for item in self.items
        ]

    def correct(self, response: Response) -> list[Line]:
        assert isinstance(response, Mapping)  # noqa: S101
        lines = []
        for item in self.items:
            given = response.get(item.id)
            state = State.RIGHT if given == item.place else State.WRONG if given else State.MISSED
            lines.append(Line(item.text, state, self._text_of(given), self._text_of(item.place), item.feedback))
        return lines

    def arranged(self, rng: Random, *, shuffle: bool) -> Self:
        # Matches in the order of their prompts, or items bin after bin, would be the key itself.
        if self.kind is Kind.CATEGORIZE:
            return replace(self, items=mixed(self.items, rng, never=self.items))
        items = mixed(self.items, rng) if shuffle else self.items
        return replace(self, items=items, places=mixed(self.places, rng, never=self.places))

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        places, known = {place.id for place in self.places}, {item.id: item for item in later.items}
        if set(known) != {i.id for i in self.items} or not {i.place for i in later.items} <= places:
            raise ResponseError("Items or places have changed.")
        items = tuple(
            replace(item, place=known[item.id].place, feedback=known[item.id].feedback) for item in self.items
        )
        return self._rescored(other, items=items)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence; `rank` is its right place, from 1."""

    id: str
    text: str
    rank: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderingQuestion(Question):
    """Put steps in order. A response gives a rank (a text, «1» first) to each step's id."""

    kind: Literal[Kind.ORDERING] = Kind.ORDERING
    steps: tuple[Step, ...]

    def read(self, data: FormData, name: str) -> Response:
        return self.check({step.id: one_value(data, f"{name}-{step.id}") for step in self.steps})

    def _checked(self, response: Any) -> dict[str, str]:
        response = checked_mapping(response, [step.id for step in self.steps])
        if not set(response.values()) <= {str(n) for n in range(1, len(self.steps) + 1)}:
            raise ResponseError("Unknown rank.")
        return response

    def is_complete(self, response: Response) -> bool:
        assert isinstance(response, Mapping)  # noqa: S101
        return len(set(response.values())) == len(self.steps)

    def complaint(self, response: Response) -> str:
        assert isinstance(response, Mapping)  # noqa: S101
        ranks = list(response.values())
        twice = sorted({rank for rank in ranks if ranks.count(rank) > 1})
        return f"Deux étapes ont la même place ({', '.join(twice)}). Donnez à chacune la sienne." if twice else ""

    def _in_order(self, response: Mapping[str, str]) -> list[Step]:
        ranks = list(response.values())
        placed = [s for s in self.steps if s.id in response and ranks.count(response[s.id]) == 1]
        return sorted(placed, key=lambda step: int(response[step.id]))

    def grade(self, response: Response) -> Grade:
        assert isinstance(response, Mapping)  # noqa: S101
        longest: list[int] = []  # the least last rank of a run of each length
        for step in self._in_order(response):
            at = bisect_left(longest, step.rank)
            longest[at : at + 1] = [step.rank]
        return graded(self.worth, len(longest) - 1, len(self.steps) - 1)

    def key(self) -> dict[str, str]:
        return {step.id: str(step.rank) for step in self.steps}

    def in_words(self, response: Response) -> list[str]:
        assert isinstance(response, Mapping)  # noqa: S101
        given = sorted((int(response[step.id]), step.text) for step in self.steps if step.id in response)
        return [f"{rank}. {text}" for rank, text in given]

    def fields(self, response: Response, name: str) -> list[Field]:
        assert isinstance(response, Mapping)  # noqa: S101
        ranks = [str(n) for n in range(1, len(self.steps) + 1)]
        shown = self.steps
        if self.is_complete(response):
            shown = tuple(sorted(self.steps, key=lambda step: int(response[step.id])))
        return [
            Field(
                f"{name}-{step.id}",
                step.text,
                response.get(step.id, ""),
                tuple(Choice(rank, rank, response.get(step.id) == rank) for rank in ranks),
            )
            for step in shown
        ]

    def correct(self, response: Response) -> list[Line]:
        """Return the steps in their right order, each with the rank that it was given."""
        assert isinstance(response, Mapping)  # noqa: S101
        lines = []
        for step in sorted(self.steps, key=lambda step: step.rank):
            given = response.get(step.id, "")
            state = State.RIGHT if given == str(step.rank) else State.WRONG if given else State.MISSED
            lines.append(Line(step.text, state, given and f"place {given}", f"place {step.rank}"))
        return lines

    def arranged(self, rng: Random, *, shuffle: bool) -> Self:
        by_rank = tuple(sorted(self.steps, key=lambda step: step.rank))
        return replace(self, steps=mixed(self.steps, rng, never=by_rank))

    def with_key_of(self, other: Question) -> Self:
        later = {step.id: step for step in self._same_kind(other).steps}
        if set(later) != {step.id for step in self.steps}:
            raise ResponseError("Steps have changed.")
        return self._rescored(other, steps=tuple(replace(s, rank=later[s.id].rank) for s in self.steps))
