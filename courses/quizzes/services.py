"""What happens to an attempt: start, save, submit. Each is one transaction and safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from courses.questions.blocks import questions_from_stream
from courses.questions.grading import check_response, grade, percent
from people.models import User

from .models import Answer, Attempt, QuizPage
from .signals import attempt_graded


class AttemptLimitError(Exception):
    """The person has made all the attempts that the quiz allows."""


class EmptyQuizError(Exception):
    """The quiz has no question yet."""


class AttemptClosedError(Exception):
    """The attempt was already submitted: its answers no longer change."""


def open_attempt(user: User, quiz: QuizPage) -> Attempt | None:
    """Return the attempt that the person has under way at this quiz."""
    return Attempt.objects.filter(user=user, quiz=quiz, submitted_at=None).first()


def start_attempt(user: User, quiz: QuizPage) -> Attempt:
    """Return the attempt under way, or start the next one.

    Two requests at once get the same attempt: the database holds that one person has one open attempt at a quiz, and
    the request that comes second reads the first one's.
    """
    attempt = open_attempt(user, quiz)
    if attempt is not None:
        return attempt
    questions = questions_from_stream(quiz.questions)
    if not questions:
        raise EmptyQuizError
    if not may_try_again(user, quiz):
        raise AttemptLimitError
    last = Attempt.objects.filter(user=user, quiz=quiz).aggregate(Max("number"))["number__max"] or 0
    try:
        with transaction.atomic():
            return Attempt.objects.create(
                user=user,
                quiz=quiz,
                number=last + 1,
                pass_mark=quiz.pass_mark,
                snapshot=[question.as_json() for question in questions],
            )
    except IntegrityError:
        other = open_attempt(user, quiz) or Attempt.objects.filter(user=user, quiz=quiz, number=last + 1).first()
        if other is None:
            raise
        return other


def may_try_again(user: User, quiz: QuizPage) -> bool:
    """Whether the quiz allows this person one more attempt than those already made."""
    return quiz.attempts_allowed is None or (
        Attempt.objects.filter(user=user, quiz=quiz).count() < quiz.attempts_allowed
    )


@transaction.atomic
def save_answer(attempt: Attempt, number: int, chosen: Iterable[str]) -> None:
    """Keep the answer to question `number` (from 1) of an attempt under way; the last one saved stands.

    Raises UnknownOptionError for an option that the question does not have, AttemptClosedError after submission.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.submitted_at:
        raise AttemptClosedError
    question = locked.questions[number - 1]
    response = check_response(question, chosen)
    ordered = [option.id for option in question.options if option.id in response]
    Answer.objects.bulk_create(
        [Answer(attempt=locked, question_id=question.id, response=ordered, saved_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["attempt", "question_id"],
        update_fields=["response", "saved_at"],
    )


@transaction.atomic
def submit_attempt(attempt: Attempt) -> Attempt:
    """Grade the saved answers and close the attempt. A second submission changes nothing."""
    locked = Attempt.objects.select_for_update(of=("self", "user")).select_related("quiz", "user").get(pk=attempt.pk)
    if locked.submitted_at:
        return locked
    answers = {str(answer.question_id): answer for answer in locked.answers.all()}
    total = Decimal(0)
    for question in locked.questions:
        if answer := answers.get(question.id):
            answer.score = grade(question, frozenset(answer.response)).score
            total += answer.score
    Answer.objects.bulk_update(answers.values(), ["score"])
    locked.score = total
    locked.max_score = sum((question.worth for question in locked.questions), Decimal(0))
    locked.percent = percent(locked.score, locked.max_score)
    locked.passed = locked.percent >= locked.pass_mark
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["score", "max_score", "percent", "passed", "submitted_at"])
    attempt_graded.send(Attempt, attempt=locked)
    return locked
