"""Grade past attempts anew with the keys of now: what it would change, and doing it. The comparison is `key_changes`.

A preview writes nothing of the attempts. A regrade goes through them in the order of their ids, each in a transaction
of its own; what it has corrected no longer differs from the key, so that it may be stopped anywhere and taken up again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from courses.questions.grading import percent
from courses.questions.kinds import OpenQuestion, Question, from_json, to_json
from people.models import User
from people.tasks import enqueue_once

from .drawing import current_questions
from .key_changes import Comparer, KeyChange
from .models import Answer, Attempt, BankQuestion, QuizPage, Regrade, RegradeChange, RegradePreview
from .services import grade_attempt, set_grade

AT_ONCE = 40_000
"""Up to so many questions put, over all the attempts, the page works out the preview itself: in about a second."""
BATCH = 200
STEP = 5000
"""Attempts that one task sees to, before it lets others of the queue run."""


class RegradeRunningError(Exception):
    """The quiz is being regraded already."""


class NothingToRegradeError(Exception):
    """No past attempt was put a question whose key has changed since."""


# -- Preview -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ChangedQuestion:
    """A question of past attempts that changed since, in so many of them. `reason`: why it can't be graded anew."""

    id: str
    text: str
    lines: list[str] = field(default_factory=list)
    reason: str = ""
    reworded: bool = False
    attempts: int = 0


class Effect(NamedTuple):
    """What a regrade would change in the grade of an attempt. Points and percentages are exact decimals, as text.

    There may be 100,000 of them in a stored report: its JSON has them as plain lists.
    """

    attempt: str
    score_before: str
    max_before: str
    percent_before: str
    passed_before: bool
    score_after: str
    max_after: str
    percent_after: str
    passed_after: bool

    @property
    def gains(self) -> bool:
        """Whether the person passes now."""
        return self.passed_after and not self.passed_before

    @property
    def loses(self) -> bool:
        """Whether the person no longer passes, unless passes are kept."""
        return self.passed_before and not self.passed_after

    @property
    def points(self) -> Decimal:
        """How much the percentage moves."""
        return Decimal(self.percent_after) - Decimal(self.percent_before)


@dataclass(slots=True)
class Report:
    """What a regrade would do: the questions, the effects on grades, and the keys it would use (JSON of questions).

    `unfinished` are attempts under way, or waiting for a trainer: they get the new key and no other grade yet.
    """

    digest: str
    at: str
    attempts: int = 0
    concerned: int = 0
    unfinished: int = 0
    changed: list[ChangedQuestion] = field(default_factory=list)
    refused: list[ChangedQuestion] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)

    @property
    def made_at(self) -> datetime:
        """When it was worked out."""
        return datetime.fromisoformat(self.at)

    @property
    def gained(self) -> int:
        """How many attempts would pass."""
        return sum(effect.gains for effect in self.effects)

    @property
    def lost(self) -> int:
        """How many attempts would no longer pass."""
        return sum(effect.loses for effect in self.effects)

    @property
    def reworded(self) -> bool:
        """Whether the words of a question changed with its key."""
        return any(question.reworded for question in self.changed)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return parts | {name: [asdict(question) for question in parts[name]] for name in ("changed", "refused")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Read what `to_json` wrote."""
        questions = {name: [ChangedQuestion(**question) for question in data[name]] for name in ("changed", "refused")}
        return cls(**{**data, **questions, "effects": list(map(Effect._make, data["effects"]))})


def questions_digest(quiz: QuizPage) -> str:
    """Return a name for the questions as they are now, in the quiz and in the banks of its federation. Two queries."""
    banks = BankQuestion.objects.filter(bank__federation=quiz.course.federation_id)
    state = banks.aggregate(latest=Max("updated_at"), number=Count("pk"))
    written = json.dumps([quiz.raw_questions, state], default=str, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


class _Tally:
    """Gathers a report, batch after batch."""

    def __init__(self, quiz: QuizPage) -> None:
        self.quiz = quiz
        self.report = Report(digest=questions_digest(quiz), at=timezone.now().isoformat())
        self.now: dict[str, Question | None] = {**current_questions(quiz)}
        self.comparer = Comparer(self.now)
        self.questions: dict[tuple[Any, ...], ChangedQuestion] = {}
        self.keys: dict[str, Question] = {}

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Add attempts, in two queries at most."""
        unknown = {raw["id"] for attempt in attempts for raw in attempt.snapshot} - set(self.now)
        if unknown:
            found = current_questions(self.quiz, unknown)
            self.now.update({question_id: found.get(question_id) for question_id in unknown})
        changes = {attempt.pk: self._note(attempt) for attempt in attempts}
        graded = {attempt.pk: attempt for attempt in attempts if attempt.graded_at and changes[attempt.pk]}
        answers = self._answers({pk: changes[pk] for pk in graded})
        self.report.attempts += len(attempts)
        self.report.concerned += sum(map(bool, changes.values()))
        self.report.unfinished += sum(bool(changes[a.pk]) and a.graded_at is None for a in attempts)
        for pk, attempt in graded.items():
            effect = _effect(attempt, changes[pk], answers.get(pk, {}))
            if effect:
                self.report.effects.append(effect)

    def _note(self, attempt: Attempt) -> list[KeyChange]:
        """Note what changed in the questions of an attempt. Returns what can be graded anew."""
        changes = [change for _place, change in self.comparer.changes(attempt.snapshot)]
        for change in changes:
            put = change.before
            kept = (put.id, change.lines, change.reason, change.reworded)
            question = self.questions.setdefault(
                kept, ChangedQuestion(put.id, put.text, list(change.lines), change.reason, change.reworded)
            )
            question.attempts += 1
            if change.after is not None and put.id not in self.keys:
                self.keys[put.id] = self.comparer.questions[put.id]  # type: ignore[assignment]
        return [change for change in changes if change.after is not None]

    def _answers(self, changes: Mapping[UUID, list[KeyChange]]) -> dict[UUID, dict[str, Answer]]:
        if not changes:
            return {}
        wanted = {change.before.id for of_attempt in changes.values() for change in of_attempt}
        rows = Answer.objects.filter(attempt__in=list(changes), question_id__in=wanted)
        found: dict[UUID, dict[str, Answer]] = {}
        for answer in rows.only("attempt_id", "question_id", "response", "score"):
            found.setdefault(answer.attempt_id, {})[str(answer.question_id)] = answer
        return found

    def finished(self) -> Report:
        """Return the whole: first who would lose a pass, who would gain one, then the widest differences."""
        listed = sorted(self.questions.values(), key=lambda question: -question.attempts)
        self.report.changed = [question for question in listed if not question.reason]
        self.report.refused = [question for question in listed if question.reason]
        self.report.effects.sort(key=lambda e: (not e.loses, not e.gains, -abs(e.points), e.attempt))
        self.report.keys = to_json(self.keys.values())
        return self.report


def _effect(attempt: Attempt, changes: Sequence[KeyChange], answers: Mapping[str, Answer]) -> Effect | None:
    """Return what the changes do to a grade, or None if nothing. Every other answer keeps its points."""
    before = score, most, _percent, _passed = _standing(attempt)
    moved = False
    for change in changes:
        after, answer = change.after, answers.get(change.before.id)
        if after is None:
            continue
        more = after.grade(after.check(answer.response)).score - (answer.score or 0) if answer else Decimal(0)
        moved = moved or bool(more) or after.worth != change.before.worth
        score += more
        most += after.worth - change.before.worth
    share = percent(score, most)
    passed = share >= attempt.pass_mark
    if not moved or (score, most, share, passed) == before:
        return None
    return Effect(
        attempt=str(attempt.pk),
        score_before=str(before[0]),
        max_before=str(before[1]),
        percent_before=str(before[2]),
        passed_before=before[3],
        score_after=str(score),
        max_after=str(most),
        percent_after=str(share),
        passed_after=passed,
    )


def _standing(attempt: Attempt) -> tuple[Decimal, Decimal, Decimal, bool]:
    """Return the grade of a graded attempt: points, points possible, percentage, whether it is passed."""
    nothing = Decimal(0)
    return attempt.score or nothing, attempt.max_score or nothing, attempt.percent or nothing, bool(attempt.passed)


def _batches(quiz_id: int, after: UUID | None = None) -> Iterator[list[Attempt]]:
    """Yield the attempts at a quiz in the order of their ids."""
    attempts = Attempt.objects.filter(quiz=quiz_id).order_by("pk")
    attempts = attempts.only("snapshot", "graded_at", "score", "max_score", "percent", "passed", "pass_mark")
    while batch := list((attempts.filter(pk__gt=after) if after else attempts)[:BATCH]):
        yield batch
        after = batch[-1].pk


def make_report(quiz: QuizPage, told: RegradePreview | None = None) -> Report:
    """Work out what a regrade would change. Writes how far it is into `told`, nothing else."""
    tally = _Tally(quiz)
    for batch in _batches(quiz.pk):
        tally.add(batch)
        if told is not None:
            RegradePreview.objects.filter(pk=told.pk, asked_at=told.asked_at).update(done=tally.report.attempts)
    return tally.finished()


def preview(quiz: QuizPage, *, again: bool = False) -> Report | RegradePreview:
    """Return what a regrade would change, or, for many attempts, how far the task is that works it out.

    `again`: not what an earlier task found.
    """
    from .tasks import preview_regrade

    number = quiz.attempts.count()
    if number * quiz.question_count <= AT_ONCE:
        return make_report(quiz)
    digest = questions_digest(quiz)
    with transaction.atomic():
        kept, _made = RegradePreview.objects.select_for_update().get_or_create(quiz=quiz, defaults={"digest": ""})
        if kept.digest != digest or again:
            kept.digest, kept.asked_at = digest, timezone.now()
            kept.total, kept.done, kept.report, kept.finished_at = number, 0, None, None
            kept.save()
            enqueue_once(preview_regrade, kept.pk)
    return Report.from_json(kept.report) if kept.report is not None else kept


def fill_preview(preview_id: int) -> None:
    """Work out a preview that a page asked for, unless that was done meanwhile."""
    asked = RegradePreview.objects.select_related("quiz").filter(pk=preview_id, finished_at=None).first()
    if asked is None:
        return
    report = make_report(asked.quiz, told=asked)
    RegradePreview.objects.filter(pk=asked.pk, asked_at=asked.asked_at).update(
        report=report.to_json(), digest=report.digest, done=report.attempts, finished_at=timezone.now()
    )


# -- Regrade -------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_regrade(quiz: QuizPage, report: Report, *, by: User, reason: str, keep_passes: bool) -> Regrade:
    """Have the attempts at a quiz graded anew with the keys of a report.

    Raises NothingToRegradeError, or RegradeRunningError while another regrade of the quiz is not over.
    """
    if not report.keys:
        raise NothingToRegradeError
    try:
        with transaction.atomic():
            regrade = Regrade.objects.create(
                quiz=quiz,
                by=by,
                reason=reason,
                keep_passes=keep_passes,
                keys=report.keys,
                total=quiz.attempts.count(),
            )
    except IntegrityError:
        raise RegradeRunningError from None
    RegradePreview.objects.filter(quiz=quiz).delete()
    resume(regrade)
    return regrade


def resume(regrade: Regrade) -> None:
    """Have a regrade go on from where it is. Harmless while it is under way."""
    from .tasks import regrade_attempts

    enqueue_once(regrade_attempts, regrade.pk)


def run_regrade(regrade_id: int, *, step: int = STEP) -> bool:
    """See to the next `step` attempts of a regrade. Returns whether it is over."""
    regrade = Regrade.objects.select_related("quiz").filter(pk=regrade_id).exclude(status=Regrade.Status.DONE).first()
    if regrade is None:
        return True
    Regrade.objects.filter(pk=regrade.pk, status=Regrade.Status.WAITING).update(status=Regrade.Status.RUNNING)
    keys = {question.id: question for question in from_json(regrade.keys)}
    comparer = Comparer(keys)
    seen = 0
    for batch in _batches(regrade.quiz_id, regrade.cursor):
        for attempt in batch:
            if any(change.after for _place, change in comparer.changes(attempt.snapshot)):
                regrade_attempt(regrade, attempt.pk, comparer)
        # Only who is at the cursor moves it: two workers at once don't count a batch twice.
        here = Regrade.objects.filter(pk=regrade.pk, cursor=regrade.cursor)
        if not here.update(cursor=batch[-1].pk, done=F("done") + len(batch)):
            return False
        regrade.cursor = batch[-1].pk
        seen += len(batch)
        if seen >= step:
            return False
    unfinished = Regrade.objects.filter(pk=regrade.pk).exclude(status=Regrade.Status.DONE)
    unfinished.update(status=Regrade.Status.DONE, finished_at=timezone.now())
    return True


@transaction.atomic
def regrade_attempt(regrade: Regrade, attempt_id: UUID, comparer: Comparer) -> bool:
    """Give an attempt the corrected keys, and its answers the points that follow. Returns whether it had others.

    Answers that a person marked keep their points. An attempt without a grade gets none here.
    """
    attempts = Attempt.objects.select_for_update(of=("self", "user")).select_related("user")
    locked = attempts.filter(pk=attempt_id).first()
    corrected = _correct_snapshot(locked, comparer) if locked else []
    if locked is None or not corrected:
        return False
    locked.quiz = regrade.quiz
    locked.save(update_fields=["snapshot"])
    if locked.submitted_at is None:
        return True
    rescored = _score_again(locked, corrected)
    if locked.graded_at:
        _grade_again(regrade, locked, rescored=rescored)
    return True


def _correct_snapshot(attempt: Attempt, comparer: Comparer) -> list[Question]:
    """Put the corrected keys into the snapshot, in its own order and words. Returns the corrected questions."""
    corrected = []
    for place, change in comparer.changes(attempt.snapshot):
        later = comparer.questions[change.before.id]
        if change.after is not None and later is not None:
            question = from_json([attempt.snapshot[place]])[0].with_key_of(later)
            attempt.snapshot[place] = to_json([question])[0]
            corrected.append(question)
    attempt.__dict__.pop("questions", None)
    return corrected


def _score_again(attempt: Attempt, corrected: Sequence[Question]) -> bool:
    """Give the answers to corrected questions their points. Returns whether any changed."""
    changed = False
    for question in corrected:
        answer = attempt.saved.get(question.id)
        if answer is None or isinstance(question, OpenQuestion):
            continue
        before = (answer.score, answer.fraction)
        set_grade(answer, question, question.grade(question.check(answer.response)))
        if (answer.score, answer.fraction) != before:
            Answer.objects.filter(pk=answer.pk).update(score=answer.score, fraction=answer.fraction)
            changed = True
    return changed


def _grade_again(regrade: Regrade, attempt: Attempt, *, rescored: bool) -> None:
    before = _standing(attempt)
    worth = sum((question.worth for question in attempt.questions if question.is_scored), Decimal(0))
    if not rescored and worth == before[1]:
        return
    was_kept = attempt.pass_kept
    attempt.pass_kept = regrade.keep_passes and before[3]
    grade_attempt(attempt)
    after = _standing(attempt)
    attempt.pass_kept = attempt.pass_kept and after[2] < attempt.pass_mark
    if attempt.pass_kept != was_kept:
        attempt.save(update_fields=["pass_kept"])
    if after != before:
        RegradeChange.objects.create(
            regrade=regrade,
            attempt=attempt,
            score_before=before[0],
            score_after=after[0],
            percent_before=before[2],
            percent_after=after[2],
            passed_before=before[3],
            passed_after=after[3],
        )


# -- What is told of it --------------------------------------------------------------------------------------------


def regrades_of(attempt: Attempt) -> list[RegradeChange]:
    """Return what regrades changed in the grade of an attempt, last first, for its result. One query."""
    return list(attempt.regrade_changes.select_related("regrade").order_by("-regrade__at"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a regrade changed, in numbers."""

    changes: int
    gained: int
    lost: int
    raised: int
    lowered: int


def outcome(regrade: Regrade) -> Outcome:
    """Count what a regrade changed, in one query."""
    counts: Counter[str] = Counter()
    rows = regrade.changes.values_list("passed_before", "passed_after", "percent_before", "percent_after")
    for passed_before, passed_after, before, after in rows.iterator():
        counts["changes"] += 1
        counts["gained"] += passed_after and not passed_before
        counts["lost"] += passed_before and not passed_after
        counts["raised"] += after > before
        counts["lowered"] += after < before
    return Outcome(*(counts[name] for name in ("changes", "gained", "lost", "raised", "lowered")))


def changes_of(regrade: Regrade) -> QuerySet[RegradeChange]:
    """Return the changes of a regrade: first the passes that were lost, then those that were gained."""
    return regrade.changes.select_related("attempt__user").order_by("passed_after", "-passed_before", "pk")
