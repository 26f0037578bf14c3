"""Questions answered by choosing: single, multiple, true or false, and the scale on which one places oneself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any, Literal, Self

from courses.questions.grading import Grade, graded

from .base import Choice, Field, FormData, Kind, Line, Question, Response, ResponseError, State, mixed


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer."""

    id: str
    text: str
    correct: bool = False
    feedback: str = ""


def checked_options(response: Any, known: Iterable[str], *, many: bool) -> list[str]:
    """Return the chosen ids in the order in which they are known; raise ResponseError for what can't be chosen."""
    if not isinstance(response, (list, tuple, set, frozenset)) or not all(isinstance(r, str) for r in response):
        raise ResponseError("Not a list of options.")
    order = list(known)
    chosen = set(response)
    if not chosen <= set(order):
        raise ResponseError("Unknown option.")
    if len(chosen) > 1 and not many:
        raise ResponseError("Several options for a question that takes one.")
    return [option for option in order if option in chosen]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceQuestion(Question):
    """One right option, several, or a statement to call true or false. A response lists option ids."""

    kind: Literal[Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE]
    options: tuple[Option, ...]

    @property
    def chooses_many(self) -> bool:
        """Whether a person may choose several options."""
        return self.kind is Kind.MULTIPLE

    def read(self, data: FormData, name: str) -> Response:
        return self.check(data.getlist(name))

    def _checked(self, response: Any) -> list[str]:
        return checked_options(response, (o.id for o in self.options), many=self.chooses_many)

    def _blank(self) -> Response:
        return []

    def grade(self, response: Response) -> Grade:
        chosen, key = set(response), set(self.key())
        if not self.chooses_many:
            return graded(self.worth, int(bool(key) and chosen == key), 1)
        right, wrong = len(chosen & key), len(chosen - key)
        return graded(self.worth, right - wrong, len(key))

    def key(self) -> list[str]:
        return [option.id for option in self.options if option.correct]

    def in_words(self, response: Response) -> list[str]:
        return [option.text for option in self.options if option.id in response]

    def fields(self, response: Response, name: str) -> list[Field]:
        choices = tuple(Choice(option.id, option.text, option.id in response) for option in self.options)
        return [Field(name, choices=choices)]

    def correct(self, response: Response) -> list[Line]:
        """Return a line for each option. Feedback is shown for what was chosen and for what should have been."""
        lines = []
        for option in self.options:
            chosen = option.id in response
            state = State.RIGHT if chosen and option.correct else State.WRONG if chosen else State.NEUTRAL
            if option.correct and not chosen:
                state = State.MISSED
            lines.append(Line(option.text, state, feedback=option.feedback if chosen or option.correct else ""))
        return lines

    def arranged(self, rng: Random, *, shuffle: bool) -> Self:
        if not shuffle or self.kind is Kind.TRUE_FALSE:
            return self
        return replace(self, options=mixed(self.options, rng))

    def with_key_of(self, other: Question) -> Self:
        later = {option.id: option for option in self._same_kind(other).options}
        if not set(later) >= {option.id for option in self.options}:
            raise ResponseError("Options have gone.")
        options = tuple(
            replace(option, correct=later[option.id].correct, feedback=later[option.id].feedback)
            for option in self.options
        )
        return self._rescored(other, options=options)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleQuestion(Question):
    """A person places themselves on a scale, lowest level first. No score. A response lists one level's id."""

    kind: Literal[Kind.SCALE] = Kind.SCALE
    worth: Decimal = Decimal(0)
    levels: tuple[Option, ...]

    def read(self, data: FormData, name: str) -> Response:
        return self.check(data.getlist(name))

    def _checked(self, response: Any) -> list[str]:
        return checked_options(response, (level.id for level in self.levels), many=False)

    def _blank(self) -> Response:
        return []

    def grade(self, response: Response) -> Grade:
        return Grade(Decimal(0), correct=False)

    def key(self) -> list[str]:
        return []

    def level(self, response: Response) -> int | None:
        """Return the number of the level chosen, from 1, or None."""
        return next((n for n, level in enumerate(self.levels, 1) if level.id in response), None)

    def in_words(self, response: Response) -> list[str]:
        return [level.text for level in self.levels if level.id in response]

    def fields(self, response: Response, name: str) -> list[Field]:
        return [Field(name, choices=tuple(Choice(lv.id, lv.text, lv.id in response) for lv in self.levels))]

    def correct(self, response: Response) -> list[Line]:
        return [Line(text, State.NEUTRAL) for text in self.in_words(response)]

    def with_key_of(self, other: Question) -> Self:
        self._same_kind(other)
        return self
