"""What the result of an attempt shows."""

from __future__ import annotations

from typing import Any

from courses.catalog.models import ActivityItem, course_activities
from courses.questions.review import QuestionReview, review

from .models import Attempt, QuizPage


def question_images(quiz: QuizPage) -> dict[str, Any]:
    """Return the images of the quiz's questions as they are now, by question id: a snapshot holds words only."""
    return {child.id: child.value["image"] for child in quiz.questions if child.value["image"]}


def reviews(attempt: Attempt) -> list[QuestionReview]:
    """Return each question of a submitted attempt, corrected."""
    images = question_images(attempt.quiz)
    return [review(q, attempt.responses.get(q.id, []), image=images.get(q.id)) for q in attempt.questions]


def lesson_links(attempt: Attempt) -> dict[int, ActivityItem]:
    """Return the lessons that the questions send back to, by page id, where they are still published in the module."""
    wanted = {question.lesson_id for question in attempt.questions}
    return {a.id: a for a in course_activities(attempt.quiz.course) if a.id in wanted}
