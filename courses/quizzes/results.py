"""What the result of an attempt shows: the correction, the result by competence, the gain since an earlier attempt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from courses.catalog.models import ActivityItem, Competence
from courses.questions.grading import Grade, percent
from courses.questions.images import question_images
from courses.questions.kinds import OpenQuestion, Question, ScaleQuestion
from courses.questions.review import Corrected, correct

from .models import Answer, Attempt


@dataclass(frozen=True, slots=True)
class CorrectedAnswer:
    """A question of a finished attempt, corrected, with what a person who marked it said of it."""

    number: int
    review: Corrected
    answer: Answer | None
    lesson: ActivityItem | None = None

    @property
    def marks(self) -> list[tuple[str, Decimal, Decimal]]:
        """The grid of a marked answer: criterion, points given, points at most."""
        question = self.review.question
        if not isinstance(question, OpenQuestion) or not self.answer or not self.answer.criteria:
            return []
        given = [Decimal(points) for points in self.answer.criteria]
        return [(c.label, points, c.points) for c, points in zip(question.grid, given, strict=True)]

    @property
    def to_mark_oneself(self) -> bool:
        """Whether the person has yet to compare their answer with the model."""
        question = self.review.question
        return self.review.grade.pending and isinstance(question, OpenQuestion) and question.marking == "self"


def stored_grade(question: Question, answer: Answer | None) -> Grade | None:
    """Return the grade kept with an answer, or None where there is none yet."""
    if answer is None or answer.score is None:
        return None
    return Grade(answer.score, correct=question.is_scored and answer.score == question.worth)


def corrections(attempt: Attempt, activities: Sequence[ActivityItem] = ()) -> list[CorrectedAnswer]:
    """Return each question of a finished attempt, corrected, with the lesson to read again if it is among the given."""
    questions = attempt.questions
    images = question_images(questions)
    lessons = {activity.id: activity for activity in activities}
    found = []
    for number, question in enumerate(questions, 1):
        answer = attempt.saved.get(question.id)
        review = correct(
            question,
            answer.response if answer else None,
            images=images,
            grade=stored_grade(question, answer),
        )
        found.append(CorrectedAnswer(number, review, answer, lessons.get(question.lesson_id or 0)))
    return found


def next_activity(attempt: Attempt, activities: Sequence[ActivityItem]) -> ActivityItem | None:
    """Return what follows the quiz in its module."""
    after = iter(activities)
    return next(after, None) if any(activity.id == attempt.quiz_id for activity in after) else None


@dataclass(frozen=True, slots=True)
class CompetenceResult:
    """What was earned on the questions of one competence; `before` is the percentage of an earlier attempt."""

    code: str
    title: str
    percent: Decimal
    questions: int
    before: Decimal | None = None

    @property
    def gain(self) -> Decimal | None:
        """Points of percentage won since the earlier attempt."""
        return None if self.before is None else self.percent - self.before


def _by_code(attempt: Attempt) -> dict[str, tuple[Decimal, int]]:
    """Return the percentage and the number of questions of each competence code."""
    earned: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for question in attempt.questions:
        answer = attempt.saved.get(question.id)
        for code in question.competence_codes if question.is_scored else ():
            earned[code][0] += (answer and answer.score) or Decimal(0)
            earned[code][1] += question.worth
            earned[code][2] += 1
    return {code: (percent(score, worth), int(count)) for code, (score, worth, count) in earned.items()}


def competence_results(attempt: Attempt, before: Attempt | None = None) -> list[CompetenceResult]:
    """Return the result of a graded attempt by competence, beside that of an earlier attempt. One query for titles."""
    results = _by_code(attempt)
    if not results:
        return []
    earlier = _by_code(before) if before else {}
    titles = dict(Competence.objects.filter(code__in=results).values_list("code", "title"))
    return [
        CompetenceResult(code, titles.get(code, ""), share, count, earlier.get(code, (None, 0))[0])
        for code, (share, count) in sorted(results.items())
    ]


@dataclass(frozen=True, slots=True)
class ScaleMove:
    """Where a person placed themselves before and after, on one scale."""

    text: str
    before: str
    after: str
    steps: int


@dataclass(frozen=True, slots=True)
class Gain:
    """What changed between the positioning at the start of a module and the one at its end."""

    before: Attempt
    points: Decimal
    scales: tuple[ScaleMove, ...]


def earlier_attempt(attempt: Attempt) -> Attempt | None:
    """Return the last graded attempt of the person at the positioning that this quiz repeats."""
    if not attempt.quiz.repeats_id:
        return None
    found = Attempt.objects.filter(user=attempt.user_id, quiz=attempt.quiz.repeats_id, graded_at__isnull=False)
    return found.order_by("-number").first()


def gain_since(before: Attempt, attempt: Attempt) -> Gain:
    """Return the gain between two graded attempts at the same questions."""
    scales = {question.id: question for question in before.questions if isinstance(question, ScaleQuestion)}
    moves = []
    for question in attempt.questions:
        earlier = scales.get(question.id)
        if earlier is None or not isinstance(question, ScaleQuestion):
            continue
        was = earlier.level(before.response_to(earlier))
        now = question.level(attempt.response_to(question))
        if was and now:
            words = (earlier.levels[was - 1].text, question.levels[now - 1].text)
            moves.append(ScaleMove(question.text, *words, now - was))
    return Gain(before, (attempt.percent or Decimal(0)) - (before.percent or Decimal(0)), tuple(moves))
