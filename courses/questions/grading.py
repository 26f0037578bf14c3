"""How an answer is graded. Pure: no database, no request; total: every set of known options has a grade.

Rules, per kind of question:

- single choice, true or false: all the points for the right option alone, none otherwise;
- multiple choice: each right option that is chosen adds an equal share of the points, each wrong one that is chosen
  takes the same share away, and the score never goes below zero. Full points therefore need exactly the right options.

Scores are exact decimals, rounded half up to two places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

CENT = Decimal("0.01")


class Kind(StrEnum):
    """Kinds of question, as named in packs, in snapshots and in the editor."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer."""

    id: str
    text: str
    correct: bool
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is put to a person. `worth` is in points, above zero."""

    id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    worth: Decimal = Decimal(1)
    explanation: str = ""
    lesson_id: int | None = None
    competence_codes: tuple[str, ...] = ()

    @property
    def key(self) -> frozenset[str]:
        """The ids of the right options."""
        return frozenset(option.id for option in self.options if option.correct)

    @property
    def chooses_many(self) -> bool:
        """Whether a person may choose several options."""
        return self.kind is Kind.MULTIPLE

    def as_json(self) -> dict[str, Any]:
        """Return the snapshot kept with an attempt."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "text": self.text,
            "worth": str(self.worth),
            "explanation": self.explanation,
            "lesson_id": self.lesson_id,
            "competences": list(self.competence_codes),
            "options": [
                {"id": o.id, "text": o.text, "correct": o.correct, "feedback": o.feedback} for o in self.options
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """Read a snapshot back."""
        return cls(
            id=data["id"],
            kind=Kind(data["kind"]),
            text=data["text"],
            worth=Decimal(data["worth"]),
            explanation=data["explanation"],
            lesson_id=data["lesson_id"],
            competence_codes=tuple(data["competences"]),
            options=tuple(Option(**option) for option in data["options"]),
        )


class UnknownOptionError(ValueError):
    """An answer names an option that the question does not have, or several where one is asked."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer is worth: `score` points out of the question's worth."""

    score: Decimal
    correct: bool


def check_response(question: Question, chosen: Iterable[str]) -> frozenset[str]:
    """Return the chosen option ids, or raise UnknownOptionError when the question could not have got this answer."""
    response = frozenset(chosen)
    if not response <= {option.id for option in question.options}:
        msg = "Unknown option."
        raise UnknownOptionError(msg)
    if len(response) > 1 and not question.chooses_many:
        msg = "Several options for a question that takes one."
        raise UnknownOptionError(msg)
    return response


def grade(question: Question, response: frozenset[str]) -> Grade:
    """Grade an answer by the rules above. No answer is worth nothing."""
    key = question.key
    if not question.chooses_many:
        correct = response == key
        return Grade(question.worth if correct else Decimal(0), correct)
    if not key:
        return Grade(Decimal(0), correct=False)  # only a draft can have no right option
    right, wrong = len(response & key), len(response - key)
    share = Decimal(max(right - wrong, 0)) / Decimal(len(key))
    score = (question.worth * share).quantize(CENT, ROUND_HALF_UP)
    return Grade(score, response == key)


def percent(score: Decimal, maximum: Decimal) -> Decimal:
    """Return the score as a percentage, rounded half up to two places; a quiz worth nothing is 0 %."""
    if maximum <= 0:
        return Decimal(0)
    return (score * 100 / maximum).quantize(CENT, ROUND_HALF_UP)
