"""The part of quizzes in the copy that a person takes of their data."""

from typing import Any

from people.models import User

from .models import Attempt


def personal_data_of_quizzes(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return the attempts of a person: the quiz, the dates, the result, and each answer in words."""
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
                    "réussi": attempt.passed,
                    "réponses": _answers_in_words(attempt),
                }
                for attempt in attempts
            ],
        )
    ]


def _answers_in_words(attempt: Attempt) -> list[dict[str, Any]]:
    return [
        {
            "question": question.text,
            "réponse": question.in_words(attempt.response_to(question)),
            "commentaire": attempt.saved[question.id].comment if question.id in attempt.saved else "",
        }
        for question in attempt.questions
    ]
