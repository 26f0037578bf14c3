"""The part of quizzes in the copy that a person takes of their data."""

from collections.abc import Iterable
from typing import Any

from people.models import User

from .models import Attempt, MissedQuestion, QuizPage, correction_is_shown


def personal_data_of_quizzes(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return the attempts of a person, each answer in words, and the questions that they are to see again."""
    attempts = (
        Attempt.objects.filter(user=user).select_related("quiz").prefetch_related("answers").order_by("started_at")
    )
    return [
        (
            "quiz",
            [
                {
                    "quiz": attempt.quiz.title,
                    "essai": attempt.number,
                    "commencé": attempt.started_at,
                    "terminé": attempt.submitted_at,
                    "note en %": attempt.percent,
                    "réussi": None if attempt.mode == QuizPage.Mode.POSITIONING else attempt.passed,
                    "réponses": _answers_in_words(attempt),
                }
                for attempt in attempts
            ],
        ),
        ("questions à revoir", [_practice_in_words(row) for row in _queue(user)]),
    ]


def _queue(user: User) -> Iterable[MissedQuestion]:
    """Return the person's missed questions, those that have left the queue too, but for what a quiz keeps secret."""
    shown = MissedQuestion.objects.filter(correction_is_shown("attempt__"), user=user)
    return shown.select_related("attempt__quiz").order_by("due_on", "pk")


def _practice_in_words(row: MissedQuestion) -> dict[str, Any]:
    question = next(question for question in row.attempt.questions if question.id == str(row.question_id))
    return {
        "quiz": row.attempt.quiz.title,
        "question": question.text,
        "à revoir le": None if row.left_at else row.due_on,
        "sortie de la liste": row.left_at,
        "réussie de suite": row.step,
        "dernière réponse": None if row.response is None else question.in_words(question.check(row.response)),
    }


def _answers_in_words(attempt: Attempt) -> list[dict[str, Any]]:
    return [
        {
            "question": question.text,
            "réponse": question.in_words(attempt.response_to(question)),
            "commentaire": attempt.saved[question.id].comment if question.id in attempt.saved else "",
        }
        for question in attempt.questions
    ]
