"""E-mails about marking: to those who mark, that answers wait; to the person, that their attempt is marked.

Each is marked as sent in the database before it goes: run again, it is not sent twice. One that the mail server refused
is marked as not sent again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import transaction
from django.tasks import default_task_backend
from django.urls import reverse
from django.utils import timezone

from courses.catalog.models import FederationPage
from courses.questions.kinds import OpenQuestion
from people.models import Federation, Membership, User
from people.tasks import enqueue_once

from . import tasks
from .models import Answer, Attempt, MarkingNotice, QuizPage

BETWEEN_NOTICES = timedelta(days=1)


def _address(path: str) -> str:
    return settings.WAGTAILADMIN_BASE_URL.rstrip("/") + path


# -- To those who mark ---------------------------------------------------------------------------------------------


def attempt_was_submitted(sender: type, attempt: Attempt, **kwargs: Any) -> None:
    """Have the editors told if answers of the attempt wait for a trainer."""
    if any(answer.awaits_since for answer in attempt.saved.values()):
        enqueue_once(tasks.tell_markers, attempt.quiz_id)


def tell_markers(quiz_id: int) -> None:
    """Tell the editors of the quiz's federation how many answers wait: now, or a day after the last time."""
    quiz = QuizPage.objects.filter(pk=quiz_id).first()
    if quiz is None:
        return
    federation = quiz.course.federation
    to_tell = User.objects.filter(
        memberships__federation=federation, memberships__role=Membership.Role.EDITOR, is_active=True
    )
    if (count := _take_turn(federation, quiz_id)) and (people := list(to_tell)):
        _send_to_markers(federation, people, count)


def _waiting_in(federation: Federation) -> int:
    space = FederationPage.objects.filter(federation=federation).first()
    waiting = Answer.objects.filter(awaits_since__isnull=False)
    return waiting.filter(attempt__quiz__path__startswith=space.path).count() if space else 0


@transaction.atomic
def _take_turn(federation: Federation, quiz_id: int) -> int:
    """Return how many answers to tell of now, noting that it is done; 0 where it is too early, or nothing waits."""
    MarkingNotice.objects.get_or_create(federation=federation)
    notice = MarkingNotice.objects.select_for_update().get(federation=federation)
    now = timezone.now()
    again_at = notice.sent_at + BETWEEN_NOTICES if notice.sent_at else now
    if again_at > now:
        # One reminder waits at a time: it will count whatever waits by then.
        if (notice.due_at is None or notice.due_at <= now) and default_task_backend.supports_defer:
            notice.due_at = again_at
            notice.save(update_fields=["due_at"])
            transaction.on_commit(partial(tasks.tell_markers.using(run_after=again_at).enqueue, quiz_id))
        return 0
    count = _waiting_in(federation)
    if count:
        notice.sent_at, notice.due_at = now, None
        notice.save(update_fields=["sent_at", "due_at"])
    return count


def _send_to_markers(federation: Federation, people: list[User], count: int) -> None:
    context = {"federation": federation, "count": count, "queue_url": _address(reverse("quiz_marking"))}
    refused: list[OSError] = []
    for person in people:
        try:
            get_adapter().send_mail("quizzes/email/to_mark", person.email, context)
        except OSError as error:
            refused.append(error)
    if len(refused) == len(people):
        MarkingNotice.objects.filter(federation=federation).update(sent_at=None)
        raise refused[0]


# -- To the person -------------------------------------------------------------------------------------------------


def attempt_was_graded(sender: type, attempt: Attempt, **kwargs: Any) -> None:
    """Have the person told once a trainer has marked their attempt. A regrade has its own words on the result."""
    if attempt.told_at is None and _is_marked_by_trainer(attempt):
        transaction.on_commit(partial(tasks.tell_learner.enqueue, str(attempt.pk)), robust=True)


def _is_marked_by_trainer(attempt: Attempt) -> bool:
    questions = (q for q in attempt.questions if isinstance(q, OpenQuestion) and q.marking == "trainer")
    return any(answer.marked_at for q in questions if (answer := attempt.saved.get(q.id)))


def tell_learner(attempt_id: UUID | str) -> None:
    """Tell a person that their attempt is marked, once."""
    untold = Attempt.objects.filter(pk=attempt_id, told_at=None, graded_at__isnull=False)
    if not untold.update(told_at=timezone.now()):
        return
    attempt = Attempt.objects.select_related("quiz", "user").defer("snapshot").get(pk=attempt_id)
    if not attempt.user.is_active:
        return
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "person": attempt.user,
        "result_url": _address(attempt.get_absolute_url()),
    }
    try:
        get_adapter().send_mail("quizzes/email/graded", attempt.user.email, context)
    except OSError:
        Attempt.objects.filter(pk=attempt_id).update(told_at=None)
        raise
