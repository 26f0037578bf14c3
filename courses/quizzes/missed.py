"""The queue of missed questions: what enters it, moves in it and leaves it, and what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Min, OuterRef, Q
from django.utils import timezone

from courses.catalog.models import CoursePage
from courses.questions.kinds import OpenQuestion, Question, Response
from people.models import User

from . import practice
from .models import Answer, Attempt, MissedQuestion, MissedQuestionQuerySet, QuizPage, correction_is_shown
from .practice import Schedule


def is_practised(question: Question) -> bool:
    """Whether a missed question comes back: it has a right answer, that can be told without anyone reading it."""
    return question.is_scored and not isinstance(question, OpenQuestion)


def attempt_was_graded(sender: type, attempt: Attempt, **kwargs: Any) -> None:
    """Bring the queue in step with a graded attempt, in the transaction that graded it."""
    take_in(attempt)


@transaction.atomic(savepoint=False)
def take_in(attempt: Attempt) -> None:
    """Put the missed questions of a graded attempt in the queue, and move on those that it answers rightly.

    A question missed again starts anew. One answered rightly before it was due moves on as if it had been put that day.
    Grading the same attempt again changes only what it decided itself: a question that a regrade finds right after all
    goes away, the others keep their schedule. An attempt that hides its correction neither moves nor restarts what the
    person can see in the queue, or the queue would tell what the result does not.
    """
    full = {q.id: _is_full(q, attempt.saved.get(q.id)) for q in attempt.questions if is_practised(q)}
    if not full:
        return
    rows = _rows_to_move(attempt, full)
    fresh = [question_id for question_id, is_right in full.items() if not is_right and question_id not in rows]
    mistaken = [row.pk for key, row in rows.items() if row.attempt_id == attempt.pk and full[key]]
    others = [(row, full[key]) for key, row in rows.items() if row.attempt_id != attempt.pk]
    moved = [row for row, is_right in others if _move(row, attempt, is_right=is_right)]
    if fresh:
        made = [MissedQuestion(user_id=attempt.user_id, question_id=question_id) for question_id in fresh]
        MissedQuestion.objects.bulk_create([_restart(row, attempt) for row in made], ignore_conflicts=True)
    if moved:
        changed = ["attempt", "step", "due_on", "moved_on", "turn", "response", "left_at"]
        MissedQuestion.objects.bulk_update(moved, changed, batch_size=100)
    if mistaken:
        MissedQuestion.objects.filter(pk__in=mistaken).delete()


def _rows_to_move(attempt: Attempt, question_ids: Iterable[str]) -> dict[str, MissedQuestion]:
    """Return the person's rows of these questions by question id, locked."""
    rows = MissedQuestion.objects.filter(user=attempt.user_id, question_id__in=question_ids)
    annotated = rows.annotate(
        missed_at=F("attempt__submitted_at"),
        is_shown=ExpressionWrapper(correction_is_shown("attempt__"), output_field=BooleanField()),
    )
    return {str(row.question_id): row for row in annotated.select_for_update(of=("self",))}


def _move(row: Any, attempt: Attempt, *, is_right: bool) -> bool:
    """Set what a row of another attempt becomes after this one. Returns whether it changes."""
    shown = attempt.mode == QuizPage.Mode.TRAINING or attempt.quiz.shows_correction()
    visible = row.left_at is None and row.is_shown
    if row.missed_at > attempt.submitted_at or (visible and not shown):
        return False
    if not is_right:
        _restart(row, attempt)
        return True
    answered_on = timezone.localdate(attempt.submitted_at)
    return row.left_at is None and _advance(row, right=True, today=answered_on)


def _is_full(question: Question, answer: Answer | None) -> bool:
    return answer is not None and answer.score == question.worth


def _restart(row: MissedQuestion, attempt: Attempt) -> MissedQuestion:
    row.attempt = attempt
    row.left_at = None
    row.response = None
    row.turn += 1
    _set_schedule(row, practice.missed(timezone.localdate()))
    return row


def _set_schedule(row: MissedQuestion, schedule: Schedule) -> None:
    row.step, row.due_on, row.moved_on = schedule.step, schedule.due_on, schedule.moved_on


def _advance(row: MissedQuestion, *, right: bool, today: date) -> bool:
    """Set the schedule after an answer. Returns whether it moved."""
    after = practice.answered(row.schedule, right=right, today=today)
    if after == row.schedule:
        return False
    if after is None:
        row.left_at = timezone.now()
        # Should the person want it back, it comes back after the longest wait.
        after = Schedule(row.step, today + practice.LONGEST, today)
    _set_schedule(row, after)
    row.turn += 1
    return True


def answer(row: MissedQuestion, turn: int, response: Response) -> bool:
    """Keep an answer given in practice and move the question's schedule. Returns whether it counted.

    `turn` is that of the form: of two answers to the same form, one counts. A question that has left the queue is
    corrected like the others, and stays out. Raises ResponseError.
    """
    if row.turn != turn:
        return False
    question = question_of(row)
    row.response = question.check(response)
    if row.left_at is None:
        _advance(row, right=question.grade(row.response).correct, today=timezone.localdate())
    row.turn = turn + 1
    values = {name: getattr(row, name) for name in ("response", "step", "due_on", "moved_on", "turn", "left_at")}
    return bool(MissedQuestion.objects.filter(pk=row.pk, turn=turn).update(**values))


def leave(user: User, question_id: UUID) -> bool:
    """Take a question away: the person knows it. Returns whether it was in the queue."""
    rows = MissedQuestion.objects.queued().filter(user=user, question_id=question_id)
    return bool(rows.update(left_at=timezone.now(), turn=F("turn") + 1))


def bring_back(user: User, question_id: UUID) -> bool:
    """Put a question back where it was before it left. Returns whether it was away."""
    rows = MissedQuestion.objects.filter(user=user, question_id=question_id, left_at__isnull=False)
    return bool(rows.update(left_at=None, turn=F("turn") + 1))


def question_of(row: MissedQuestion, turn: int | None = None) -> Question:
    """Return the question as it is put at a turn, by default the present one: mixed anew each time."""
    question = next(q for q in row.attempt.questions if q.id == str(row.question_id))
    seed = f"{row.user_id} {row.question_id} {row.turn if turn is None else turn}"
    return question.arranged(Random(seed), shuffle=True)  # noqa: S311  (an order, not a secret)


def find(user: User, question_id: UUID) -> MissedQuestion | None:
    """Return the person's missed question, with its attempt and quiz, if it may be put now."""
    rows = MissedQuestion.objects.proposed().filter(user=user, question_id=question_id)
    return rows.select_related("attempt__quiz").defer("attempt__quiz__questions").first()


def _due(user: User) -> MissedQuestionQuerySet:
    return MissedQuestion.objects.proposed().queued().filter(user=user, due_on__lte=timezone.localdate())


def due_ids(user: User) -> list[UUID]:
    """Return the ids of the questions due today, the longest due first."""
    return list(_due(user).order_by("due_on", "pk").values_list("question_id", flat=True))


def missed_ids(attempt: Attempt) -> list[UUID]:
    """Return the ids of the questions that were missed in an attempt and may be put now, in its order.

    They need neither be due nor be in the queue still. One query.
    """
    order = [q.id for q in attempt.questions if is_practised(q)]
    full = Answer.objects.filter(attempt=attempt, question_id=OuterRef("question_id"), fraction=1)
    rows = MissedQuestion.objects.proposed().filter(~Exists(full), user=attempt.user_id, question_id__in=order)
    found = {str(question_id): question_id for question_id in rows.values_list("question_id", flat=True)}
    return [found[question_id] for question_id in order if question_id in found]


@dataclass(frozen=True, slots=True)
class PracticeStanding:
    """How many questions are due today, how many wait for a later day, and the first of these days."""

    due: int = 0
    waiting: int = 0
    next_on: date | None = None


def _counts(today: date) -> dict[str, Any]:
    later = Q(due_on__gt=today)
    return {
        "due": Count("pk", filter=~later),
        "waiting": Count("pk", filter=later),
        "next_on": Min("due_on", filter=later),
    }


def practice_standing(user: User) -> PracticeStanding:
    """Return where a person's practice stands, in one query."""
    rows = MissedQuestion.objects.proposed().queued().filter(user=user)
    return PracticeStanding(**rows.aggregate(**_counts(timezone.localdate())))


@dataclass(frozen=True, slots=True)
class ModulePractice:
    """A module and where a person's practice of its questions stands."""

    course: CoursePage
    standing: PracticeStanding


def practice_by_module(user: User) -> list[ModulePractice]:
    """Return the modules that have questions in a person's queue, those with the most due first. Two queries."""
    rows = MissedQuestion.objects.proposed().queued().filter(user=user)
    counts = {
        row.pop("module_path"): PracticeStanding(**row)
        for row in rows.values("module_path")  # type: ignore[misc]  # `proposed` adds it
        .annotate(**_counts(timezone.localdate()))
        .order_by()
    }
    courses = CoursePage.objects.filter(path__in=counts).order_by("path")
    found = [ModulePractice(course, counts[course.path]) for course in courses]
    return sorted(found, key=lambda module: -module.standing.due)


def total(modules: Iterable[ModulePractice]) -> PracticeStanding:
    """Return the standing of several modules together."""
    standings = [module.standing for module in modules]
    return PracticeStanding(
        due=sum(s.due for s in standings),
        waiting=sum(s.waiting for s in standings),
        next_on=min((s.next_on for s in standings if s.next_on), default=None),
    )
