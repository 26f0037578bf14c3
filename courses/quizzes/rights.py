"""Who may do what with the attempts at a federation's quizzes: its members mark, its editors regrade."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from courses.catalog.rights import in_spaces_of
from people.models import User

from .models import QuizPage


def may_regrade(user: Any, quiz: QuizPage) -> bool:
    """Whether a person may change grades already given: whoever may publish the quiz."""
    return bool(quiz.permissions_for_user(user).can_publish())


def quiz_of(user: User, quiz_id: int) -> QuizPage:
    """Return a quiz of the person's federations. Raises Http404 for any other."""
    quiz = QuizPage.objects.filter(in_spaces_of(user), pk=quiz_id).first()
    if quiz is None:
        raise Http404
    return quiz


def quiz_to_regrade(user: User, quiz_id: int) -> QuizPage:
    """Return a quiz that the person may regrade. Raises Http404 for another federation's, else PermissionDenied."""
    quiz = quiz_of(user, quiz_id)
    if not may_regrade(user, quiz):
        raise PermissionDenied
    return quiz
