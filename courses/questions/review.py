"""A question with what was answered and how it was graded, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .grading import Grade, Option, Question, check_response, grade


@dataclass(frozen=True, slots=True)
class OptionReview:
    """One option as a template shows it. Before the answer, `correct` and `feedback` are unknown: nothing can leak."""

    id: str
    text: str
    chosen: bool
    correct: bool | None = None
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class QuestionReview:
    """A question as a template shows it: unanswered (no key, no feedback) or corrected."""

    question: Question
    options: tuple[OptionReview, ...]
    grade: Grade | None = None
    image: Any = None

    @classmethod
    def unanswered(cls, question: Question, chosen: Iterable[str] = (), *, image: Any = None) -> QuestionReview:
        """Return the question as it is put, with the options chosen so far."""
        kept = frozenset(chosen)
        return cls(question, tuple(OptionReview(o.id, o.text, o.id in kept) for o in question.options), image=image)


def review(question: Question, chosen: Iterable[str], *, image: Any = None) -> QuestionReview:
    """Return the corrected question. Raises UnknownOptionError for an answer that the question could not have got.

    Feedback is shown for what was chosen, and for the right options that were missed.
    """
    response = check_response(question, chosen)
    return _corrected(question, response, image)


def with_key(question: Question, *, image: Any = None) -> QuestionReview:
    """Return the question as if the key itself had been answered, right or not: what an editor sees of a draft."""
    return _corrected(question, question.key, image)


def _corrected(question: Question, response: frozenset[str], image: Any) -> QuestionReview:
    def shown(option: Option) -> OptionReview:
        told = option.id in response or option.correct
        return OptionReview(
            option.id, option.text, option.id in response, option.correct, option.feedback if told else ""
        )

    return QuestionReview(question, tuple(map(shown, question.options)), grade(question, response), image)
