"""What an editor sees when previewing a quiz: each question as a learner gets it, or with its key."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from courses.questions import review
from courses.questions.images import question_images
from courses.questions.kinds import Question
from courses.questions.review import as_put_to_all, ask

from .drawing import EmptyQuizError, put_questions

if TYPE_CHECKING:
    from .models import QuizPage

SHOWN = 100


def preview_questions(quiz: QuizPage, *, with_key: bool) -> dict[str, Any]:
    """Return what the preview of the quiz shows: its questions, an example of each draw among them."""
    try:
        questions = list(islice(put_questions(quiz, seed=0), SHOWN))
    except EmptyQuizError:
        questions = []
    return preview_list(questions, with_key=with_key)


def preview_list(questions: list[Question], *, with_key: bool) -> dict[str, Any]:
    """Return the questions for a template, as asked or corrected."""
    images = question_images(questions)
    if with_key:
        return {"corrected": [review.with_key(question, images=images) for question in questions]}
    return {"asked": [ask(as_put_to_all(q), name=f"q{n}", images=images) for n, q in enumerate(questions, 1)]}
