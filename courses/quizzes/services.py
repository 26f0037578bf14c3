"""What happens to an attempt: start, save, submit, mark. Each is one transaction and safe to repeat."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.tasks import default_task_backend
from django.utils import timezone

from courses.questions.grading import Grade, percent
from courses.questions.kinds import OpenQuestion, Question, Response, to_json
from people.models import User

from .drawing import put_questions
from .models import Answer, Attempt, QuizPage, TimeAllowance
from .signals import attempt_graded, attempt_submitted
from .tasks import close_attempt

GRACE = timedelta(seconds=15)
"""An answer sent before the deadline may take this long to arrive over a poor network."""


class AttemptLimitError(Exception):
    """The person has made all the attempts that the quiz allows."""


class TooEarlyError(Exception):
    """The delay between two attempts is not over. `until` is when it is."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class AttemptClosedError(Exception):
    """The attempt was submitted, or its time is over: its answers no longer change."""


class QuestionClosedError(Exception):
    """The quiz has a forced order, and this question was already left behind."""


def open_attempt(user: User, quiz: QuizPage) -> Attempt | None:
    """Return the attempt that the person has under way at this quiz, unless its time is over."""
    attempt = Attempt.objects.filter(user=user, quiz=quiz, submitted_at=None).first()
    return None if attempt is None or close_if_late(attempt) else attempt


@transaction.atomic
def start_attempt(user: User, quiz: QuizPage) -> Attempt:
    """Return the attempt under way, or start the next one.

    Raises AttemptLimitError, TooEarlyError, or EmptyQuizError. Requests at once wait for each other: all get the one
    attempt that the first of them made, and none goes past the limits.
    """
    User.objects.select_for_update().get(pk=user.pk)
    attempt = open_attempt(user, quiz)
    if attempt is not None:
        return attempt
    made = Attempt.objects.filter(user=user, quiz=quiz).count()
    last = Attempt.objects.filter(user=user, quiz=quiz).aggregate(number=Max("number"), at=Max("submitted_at"))
    check_limits(quiz, made, last["at"])
    seed = secrets.randbits(32)
    questions = put_questions(quiz, seed)
    now = timezone.now()
    attempt = Attempt.objects.create(
        user=user,
        quiz=quiz,
        number=(last["number"] or 0) + 1,
        mode=quiz.mode,
        pass_mark=0 if quiz.is_positioning else quiz.pass_mark,
        seed=seed,
        snapshot=to_json(questions),
        started_at=now,
        deadline=now + allowed_time(user, quiz) if quiz.time_limit else None,
    )
    transaction.on_commit(partial(close_at_deadline, attempt), robust=True)
    return attempt


def check_limits(quiz: QuizPage, made: int, last_submitted_at: datetime | None) -> None:
    """Raise AttemptLimitError or TooEarlyError where the quiz does not allow one more attempt now."""
    if quiz.attempts_allowed is not None and made >= quiz.attempts_allowed:
        raise AttemptLimitError
    if quiz.hours_between_attempts and last_submitted_at:
        until = last_submitted_at + timedelta(hours=quiz.hours_between_attempts)
        if timezone.now() < until:
            raise TooEarlyError(until)


def may_try_again(quiz: QuizPage, made: int) -> bool:
    """Whether the quiz allows one more attempt than those already made, at once or after its delay."""
    return quiz.attempts_allowed is None or made < quiz.attempts_allowed


def allowed_time(user: User, quiz: QuizPage) -> timedelta:
    """Return how long this person has for a quiz with a time limit."""
    extra = (
        TimeAllowance.objects.filter(user=user, federation=quiz.course.federation_id)
        .values_list("extra_percent", flat=True)
        .first()
    )
    return timedelta(minutes=quiz.time_limit or 0) * (100 + (extra or 0)) / 100


def _lock(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)


def _lock_open(attempt: Attempt) -> Attempt:
    """Lock an attempt whose answers may still change, or raise AttemptClosedError."""
    locked = _lock(attempt)
    if locked.submitted_at or (locked.deadline and timezone.now() >= locked.deadline + GRACE):
        raise AttemptClosedError
    return locked


@transaction.atomic
def save_answers(attempt: Attempt, given: Iterable[tuple[int, Response, bool]], *, leave: bool = False) -> None:
    """Keep answers to questions of an attempt under way: number (from 1), response, whether it is flagged.

    The last one saved stands. With `leave` in a forced order, these questions don't come back. Raises ResponseError for
    an answer that a question could not have got, AttemptClosedError after submission or once time is over,
    QuestionClosedError for a question already left behind.
    """
    locked = _lock_open(attempt)
    forced = attempt.quiz.navigation == QuizPage.Navigation.FORCED
    rows = []
    highest = 0
    for number, response, flagged in given:
        if forced and number < locked.furthest:
            raise QuestionClosedError
        question = locked.questions[number - 1]
        checked = question.check(response)
        rows.append(
            Answer(
                attempt=locked,
                question_id=question.id,
                response=checked,
                answered=question.is_answered(checked),
                flagged=flagged,
                saved_at=timezone.now(),
            )
        )
        highest = max(highest, number)
    Answer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["attempt", "question_id"],
        update_fields=["response", "answered", "flagged", "saved_at"],
    )
    if leave and highest >= locked.furthest:
        Attempt.objects.filter(pk=locked.pk).update(furthest=highest + 1)


def set_checked(attempt: Attempt, question: Question, *, checked: bool) -> None:
    """Show the correction of a question of a training quiz, or take it away to answer again."""
    when = timezone.now() if checked else None
    Answer.objects.filter(attempt=attempt, question_id=question.id).update(checked_at=when)


def close_if_late(attempt: Attempt) -> bool:
    """Submit an attempt whose time is over, with what was saved. Returns whether it was."""
    if not attempt.is_late:
        return False
    submit_attempt(attempt)
    return True


def close_at_deadline(attempt: Attempt) -> None:
    """Submit an attempt under way if its time is over, or else have a task do it once it is, even if nobody comes back.

    A deadline that moves meanwhile is found by the task.
    """
    if attempt.deadline is None:
        return
    due = attempt.deadline + GRACE
    if timezone.now() >= due:
        submit_attempt(attempt)
    elif default_task_backend.supports_defer:
        close_attempt.using(run_after=due).enqueue(str(attempt.pk))


def submit_attempt(attempt: Attempt) -> Attempt:
    """Close the attempt and grade the saved answers: see submit."""
    return submit(attempt.pk)


@transaction.atomic
def submit(attempt_id: UUID, **owner: User) -> Attempt:
    """Close the attempt and grade the saved answers. A second submission changes nothing.

    With `user=…`, only that person's attempt is found. Raises Attempt.DoesNotExist. An attempt whose time is over
    counts as submitted at its deadline. Where a person has to read an answer, the attempt is closed and stays without
    a grade until then.
    """
    attempts = Attempt.objects.select_for_update(of=("self", "user")).select_related("quiz", "user")
    locked = attempts.get(pk=attempt_id, **owner)
    if locked.submitted_at:
        return locked
    now = timezone.now()
    locked.submitted_at = min(now, locked.deadline) if locked.deadline else now
    for question in locked.questions:
        _grade_answer(locked, question)
    Answer.objects.bulk_create(
        map(_without_id, locked.saved.values()),
        update_conflicts=True,
        unique_fields=["attempt", "question_id"],
        update_fields=["score", "fraction", "awaits_since"],
    )
    attempt_submitted.send(Attempt, attempt=locked)
    if not grade_attempt(locked):
        locked.save(update_fields=["submitted_at"])
    return locked


def _grade_answer(attempt: Attempt, question: Question) -> None:
    """Grade the answer to a question of an attempt, not saved yet.

    Where there is none it is an empty one from now on: results count everyone who was put the question.
    """
    response = attempt.response_to(question)
    blank = Answer(attempt=attempt, question_id=question.id, response=response, answered=False)
    answer = attempt.saved.setdefault(question.id, blank)
    grade = question.grade(response)
    if not grade.pending:
        set_grade(answer, question, grade)
    elif isinstance(question, OpenQuestion) and question.marking == "trainer":
        answer.awaits_since = attempt.submitted_at


def _without_id(answer: Answer) -> Answer:
    """Return the answer as a row that meets the saved one by its unique key: new and old go in one statement."""
    row = copy(answer)
    row.pk = None
    return row


def set_grade(answer: Answer, question: Question, grade: Grade) -> None:
    """Keep a grade with its answer, not saved yet."""
    answer.score = grade.score
    answer.fraction = float(grade.score / question.worth) if question.is_scored else None


def grade_attempt(attempt: Attempt) -> bool:
    """Set the grade of a submitted, locked attempt from its answers' scores, if all of them are known.

    Returns whether the attempt has a grade now. Tells it by `attempt_graded`, in the same transaction.
    """
    questions = attempt.questions
    waiting = [q for q in questions if (answer := attempt.saved.get(q.id)) and answer.response and answer.score is None]
    if waiting:
        return False
    scored = [q for q in questions if q.is_scored]
    attempt.score = sum((a.score for q in scored if (a := attempt.saved.get(q.id)) and a.score), Decimal(0))
    attempt.max_score = sum((question.worth for question in scored), Decimal(0))
    attempt.percent = percent(attempt.score, attempt.max_score)
    attempt.passed = attempt.percent >= attempt.pass_mark or attempt.pass_kept
    attempt.graded_at = attempt.graded_at or timezone.now()
    attempt.save(update_fields=["submitted_at", "score", "max_score", "percent", "passed", "graded_at"])
    attempt_graded.send(Attempt, attempt=attempt)
    return True


@transaction.atomic
def mark_answer(
    attempt: Attempt, question_id: str, points: Iterable[Decimal], *, by: User, comment: str = ""
) -> Attempt:
    """Give the points of its grid to an open answer of a submitted attempt, and grade the attempt if it was the last.

    The person marks their own answer where the question says so, a trainer the others. Raises ResponseError for points
    out of bounds. Marking again replaces the mark.
    """
    locked = Attempt.objects.select_for_update(of=("self", "user")).select_related("quiz", "user").get(pk=attempt.pk)
    question = next(q for q in locked.questions if q.id == question_id and isinstance(q, OpenQuestion))
    assert isinstance(question, OpenQuestion)  # noqa: S101  (the line above holds it; for the type checker)
    answer = locked.saved[question_id]
    given = list(points)
    set_grade(answer, question, question.mark(given))
    answer.criteria = [str(value) for value in given]
    answer.comment = comment
    answer.marked_by = by
    answer.marked_at = timezone.now()
    answer.awaits_since = None
    answer.save(update_fields=["score", "fraction", "criteria", "comment", "marked_by", "marked_at", "awaits_since"])
    grade_attempt(locked)
    return locked


def close_late_attempts() -> int:
    """Submit every attempt whose time is over and whose owner has not come back. Returns how many there were."""
    late = Attempt.objects.filter(submitted_at=None, deadline__lte=timezone.now() - GRACE)
    closed = 0
    for attempt in late.only("pk", "submitted_at", "deadline").iterator(chunk_size=200):
        submit_attempt(attempt)
        closed += 1
    return closed
