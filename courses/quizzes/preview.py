"""What an editor sees when previewing a quiz: each question with its key and feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courses.questions.blocks import question_from_block
from courses.questions.review import QuestionReview, with_key

if TYPE_CHECKING:
    from .models import QuizPage


def preview_reviews(quiz: QuizPage) -> list[QuestionReview]:
    """Return the questions of the quiz, corrected as if answered rightly. Only for the preview in the editor."""
    questions = [(question_from_block(c.id, c.block_type, c.value), c.value["image"]) for c in quiz.questions]
    return [with_key(question, image=image) for question, image in questions]
