"""A question ready to be shown: as it is asked (nothing of the key), or corrected."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from .grading import Grade
from .kinds import Field, Kind, Line, Question, Response, State

_TEMPLATES = {
    Kind.SINGLE: "choices",
    Kind.MULTIPLE: "choices",
    Kind.TRUE_FALSE: "choices",
    Kind.SCALE: "choices",
    Kind.MATCHING: "placing",
    Kind.CATEGORIZE: "placing",
    Kind.ORDERING: "ordering",
    Kind.GAP_TEXT: "gap_text",
    Kind.SHORT_ANSWER: "typed",
    Kind.NUMERICAL: "typed",
    Kind.OPEN: "open",
    Kind.HOTSPOT: "hotspot",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is asked, with the answer given so far. `name` is that of its fields in the form.

    Templates get `fields`, and the words of the question; nothing here says which answer is right.
    """

    question: Question
    fields: list[Field]
    name: str
    response: Response
    images: dict[int, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def template(self) -> str:
        """The template that shows the fields of this kind of question."""
        return f"questions/ask/{_TEMPLATES[self.question.kind]}.html"


@dataclass(frozen=True, slots=True)
class Corrected:
    """A question corrected, line by line. `key_only`: the key itself, as an editor previews it."""

    question: Question
    lines: list[Line]
    grade: Grade
    response: Response
    images: dict[int, Any] = field(default_factory=dict)
    key_only: bool = False

    @property
    def lists_options(self) -> bool:
        """Whether the lines are options to choose from, rather than prompts with what was given for each."""
        return self.question.kind in {Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE, Kind.HOTSPOT, Kind.SCALE}

    @property
    def state(self) -> str:
        """The result in a word: «right», «partial», «wrong», «none» without an answer, «pending», or «unscored»."""
        if not self.question.is_scored:
            return "unscored"
        if self.grade.pending:
            return "pending"
        if self.grade.correct:
            return "right"
        if self.grade.score:
            return "partial"
        return "wrong" if self.question.is_answered(self.response) else "none"

    @property
    def right_count(self) -> int:
        """How many lines were answered rightly."""
        return sum(line.state is State.RIGHT for line in self.lines)


def ask(
    question: Question,
    response: Any = None,
    *,
    name: str = "reponse",
    images: dict[int, Any] | None = None,
    error: str = "",
) -> Asked:
    """Return the question as it is asked, with the answer given so far, which was checked."""
    given = question.check(response)
    return Asked(question, question.fields(given, name), name, given, images or {}, error)


def correct(
    question: Question, response: Any, *, images: dict[int, Any] | None = None, grade: Grade | None = None
) -> Corrected:
    """Return the corrected question; `grade` replaces the rules' own, where a person has marked the answer.

    Raises ResponseError for an answer that the question could not have got.
    """
    given = question.check(response)
    return Corrected(question, question.correct(given), grade or question.grade(given), given, images or {})


def with_key(question: Question, *, images: dict[int, Any] | None = None) -> Corrected:
    """Return the question as if the key itself had been answered: what an editor sees of a draft."""
    key = question.key()
    return Corrected(question, question.correct(key), question.grade(key), key, images or {}, key_only=True)


def image_ids(questions: list[Question]) -> set[int]:
    """Return the ids of the images that the questions show."""
    found = set()
    for question in questions:
        references = [question.image, getattr(question, "picture", None), question.case and question.case.image]
        found |= {reference.id for reference in references if reference}
    return found


def as_put_to_all(question: Question) -> Question:
    """Return the question in an order that is the same for everyone and gives no key away: for lessons and previews."""
    return question.arranged(Random(question.id), shuffle=False)  # noqa: S311  (an order, not a secret)
