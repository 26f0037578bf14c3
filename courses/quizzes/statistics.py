"""Statistics of a quiz: how its attempts went, how each question did.

The formulas are pure; they take sums and counts. The queries add up in the database, in `attempt_in_results` and
`answer_in_results`, which hold all that they read. Only graded attempts count.

- Facility: the mean share of its points that a question earns, in percent. High is easy.
- Discrimination: Pearson's correlation between the share of points earned at the question and the share earned at all
  the others together (corrected item-total correlation; the point-biserial one where a question is right or wrong).
  Leaving the question out of the total keeps it from agreeing with itself. Source: R. L. Ebel, D. A. Frisbie,
  Essentials of Educational Measurement, 5th ed., 1991, whose bounds (0.20, 0.30, 0.40) give the words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Avg,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, NullIf

from courses.catalog.figures import Series
from courses.questions.answers import answer_key
from courses.questions.kinds import GapTextQuestion, Kind, Question, ResponseError, State, from_json
from courses.questions.raw import questions_from_raw

from .models import Answer, Attempt, QuizPage

FEWEST = 20
"""With fewer attempts than this, the discrimination of a question is chance."""
SAMPLE = 50_000
"""The commonest mistakes are read from so many answers at most, those of the last attempts."""
SHOWN_MISTAKES = 3


# -- Formulas ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over pairs (x, y): how many pairs, then of x, x², y, y² and xy."""

    n: int
    x: float
    xx: float
    y: float
    yy: float
    xy: float


def correlation(sums: Sums) -> float | None:
    """Return Pearson's correlation of x and y, or None where one of them does not vary."""
    n = sums.n
    spread_x, spread_y = n * sums.xx - sums.x**2, n * sums.yy - sums.y**2
    # Sums of equal numbers leave a rest of rounding, never a spread.
    if n < 2 or spread_x <= 1e-9 * n * sums.xx or spread_y <= 1e-9 * n * sums.yy:
        return None
    return max(-1.0, min(1.0, (n * sums.xy - sums.x * sums.y) / math.sqrt(spread_x * spread_y)))


class Tone(StrEnum):
    """How much a word about a question should be noticed."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a discrimination means, in words."""

    word: str
    tone: Tone = Tone.NONE


def verdict(discrimination: float | None, facility: float | None, number: int) -> Verdict:
    """Return what the figures of a question say; `facility` is a percentage, `number` how many were graded."""
    if facility is None:
        return Verdict("sans note")
    if number < FEWEST:
        return Verdict("trop peu d'essais pour le dire")
    if discrimination is None:
        if facility in {0, 100}:
            return Verdict("tout le monde réussit" if facility else "personne ne réussit : à revoir", Tone.FAIR)
        return Verdict("ne se compare pas au reste")
    if discrimination < 0:
        return Verdict("à revoir : mieux réussie par ceux qui ratent le reste", Tone.POOR)
    if discrimination < 0.2:
        return Verdict("à revoir : distingue à peine", Tone.POOR)
    if discrimination < 0.3:
        return Verdict("distingue un peu", Tone.FAIR)
    return Verdict("distingue bien" if discrimination < 0.4 else "distingue très bien", Tone.GOOD)


# -- The attempts of a quiz ----------------------------------------------------------------------------------------


def graded_attempts(quiz: QuizPage, *, first_only: bool = False) -> QuerySet[Attempt]:
    """Return the graded attempts at a quiz, or only the first one of each person."""
    # The percentage is set with the grade, and stands in the index that the statistics read.
    graded = Attempt.objects.filter(quiz=quiz, percent__isnull=False)
    return graded.filter(_first_of_each()) if first_only else graded


def _first_of_each(to_attempt: str = "") -> Any:
    """Return the condition that an attempt is the first one that its person made at the quiz."""
    user, quiz, number = (OuterRef(f"{to_attempt}{name}") for name in ("user", "quiz", "number"))
    return ~Exists(Attempt.objects.filter(user=user, quiz=quiz, number__lt=number))


class _Seconds(Func):
    """The seconds from one moment to another, worked out by the database."""

    arity = 2
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Count in days, as SQLite does."""
        template = "CAST(ROUND((JULIANDAY(%(expressions)s)) * 86400) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - JULIANDAY(", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Take the seconds of the interval."""
        template = "ROUND(EXTRACT(EPOCH FROM (%(expressions)s)))::integer"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)


@dataclass(frozen=True, slots=True)
class Overview:
    """How the attempts at a quiz went.

    `started`, `submitted` and `pending` (not graded yet) are of all its attempts, the rest of those that count.
    """

    started: int = 0
    submitted: int = 0
    pending: int = 0
    graded: int = 0
    people: int = 0
    passed: int = 0
    percents: Series = field(default_factory=Series)
    seconds: Series = field(default_factory=Series)

    @property
    def unfinished(self) -> int:
        """How many attempts are under way."""
        return self.started - self.submitted

    @property
    def pass_rate(self) -> float | None:
        """The percentage of attempts that passed."""
        return 100 * self.passed / self.percents.total if self.percents.total else None


def overview(quiz: QuizPage, *, first_only: bool = False) -> Overview:
    """Return how the attempts at a quiz went. Four queries, five for first attempts only."""
    whole = Attempt.objects.filter(quiz=quiz).aggregate(started=Count("*"), submitted=Count("submitted_at"))
    counted = graded_attempts(quiz, first_only=first_only).order_by()
    results = list(counted.values_list("percent", "passed").annotate(number=Count("*")))
    times = counted.annotate(seconds=_Seconds("submitted_at", "started_at")).values_list("seconds")
    graded = sum(number for _percent, _passed, number in results)
    in_all = graded_attempts(quiz).count() if first_only else graded
    return Overview(
        **whole,
        pending=whole["submitted"] - in_all,
        graded=graded,
        people=counted.aggregate(people=Count("user", distinct=True))["people"],
        passed=sum(number for _percent, passed, number in results if passed),
        percents=Series.of((percent, number) for percent, _passed, number in results),
        seconds=Series.of(times.annotate(number=Count("*"))),
    )


@dataclass(frozen=True, slots=True)
class MeanGain:
    """What people won between two positionings, on average: percentages, and points of percentage."""

    people: int
    before: float
    after: float

    @property
    def points(self) -> float:
        """Points of percentage won."""
        return self.after - self.before


def mean_gain(before: QuizPage, after: QuizPage) -> MeanGain | None:
    """Return the gain of those who did both positionings: from the last before to the last after. One query."""
    later = Attempt.objects.filter(
        quiz=after, user=OuterRef("user"), percent__isnull=False, number__gt=OuterRef("number")
    )
    earlier = Attempt.objects.filter(quiz=before, user=OuterRef("user"), percent__isnull=False).order_by("-number")
    found = (
        Attempt.objects.filter(~Exists(later), quiz=after, percent__isnull=False)
        .annotate(first=Cast(Subquery(earlier.values("percent")[:1]), FloatField()), last=Cast("percent", FloatField()))
        .filter(first__isnull=False)
        .aggregate(people=Count("*"), before=Avg("first"), after=Avg("last"))
    )
    return MeanGain(**found) if found["people"] else None


# -- Its questions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong option or answer, in words, and the percentage of those put the question who gave it."""

    text: str
    number: int
    percent: float


@dataclass(slots=True)
class QuestionStatistics:
    """How a question did. `place` is its number in the quiz as it stands, None where it is no longer written there.

    `facility` and `unanswered` are percentages; both are None for what has no score, or was put to nobody.
    """

    question: Question
    place: int | None
    seen: int
    unanswered: float | None
    facility: float | None
    discrimination: float | None
    verdict: Verdict
    mistakes: list[Mistake] = field(default_factory=list)


_COUNTS = "question, COUNT(*), SUM(given), COUNT(x), SUM(x), MAX(newest)"
_ENDLESS = 2**62


@dataclass(frozen=True, slots=True)
class _ItemRow:
    """The figures of a question: how many were put it, answered, got points; `newest`, the id of its last answer."""

    question_id: str
    seen: int
    given: int
    scored: int
    shares: float
    newest: int
    discrimination: float | None


def _item_rows(quiz: QuizPage, *, first_only: bool) -> list[_ItemRow]:
    """Return the figures of each question: x is the share of its points that was earned, y that of all the others."""
    total, most, score = (Cast(name, FloatField()) for name in ("attempt__score", "attempt__max_score", "score"))
    answers = Answer.objects.filter(attempt__quiz=quiz, attempt__percent__isnull=False)
    if first_only:
        answers = answers.filter(_first_of_each("attempt__"))
    rows = (
        answers.order_by()
        .annotate(
            question=F("question_id"),
            given=Cast("answered", IntegerField()),
            x=F("fraction"),
            y=(total - score) / NullIf(most, Value(0.0)),
            newest=F("pk"),
        )
        .values("question", "given", "x", "y", "newest")
    )
    # Each database in its own way works out y once for each answer, not once for each sum of it.
    if connection.vendor == "postgresql":
        return [_item_row(*row) for row in _grouped(rows, "CORR(x, y)")]
    found = []
    for *counts, xx, y, yy, xy in _grouped(rows[:_ENDLESS], "SUM(x * x), SUM(y), SUM(y * y), SUM(x * y)"):
        question, seen, given, scored, shares, newest = counts
        sums = Sums(scored, *(value or 0.0 for value in (shares, xx, y, yy, xy)))
        found.append(_item_row(question, seen, given, scored, shares, newest, correlation(sums)))
    return found


def _grouped(answers: QuerySet[Answer, Any], figures: str) -> list[tuple[Any, ...]]:
    sql, parameters = answers.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COUNTS}, {figures} FROM ({sql}) AS answers GROUP BY question", parameters)  # noqa: S608
        return list(cursor.fetchall())


def _item_row(
    question: Any, seen: int, given: int, scored: int, shares: float | None, newest: int, discrimination: float | None
) -> _ItemRow:
    return _ItemRow(str(UUID(str(question))), seen, given, scored, shares or 0.0, newest, discrimination)


def _latest_words(newest: Iterable[int]) -> dict[str, Question]:
    """Return questions by id in the words of the attempts to which these answers belong. Two queries."""
    wanted = {str(q): attempt for q, attempt in _of_answers(newest)}
    snapshots = dict(Attempt.objects.filter(pk__in=set(wanted.values())).values_list("pk", "snapshot"))
    raw = [
        question
        for attempt, snapshot in snapshots.items()
        for question in snapshot
        if wanted.get(question["id"]) == attempt
    ]
    return {question.id: question for question in from_json(raw)}


def _of_answers(newest: Iterable[int]) -> QuerySet[Answer, tuple[UUID, UUID]]:
    return Answer.objects.filter(pk__in=list(newest)).values_list("question_id", "attempt_id")


def _written_places(quiz: QuizPage) -> dict[str, int]:
    """Return the number of each question in the quiz as it stands. What is drawn has no place of its own."""
    written = [question.id for question in questions_from_raw(quiz.raw_questions)]
    return {question_id: place for place, question_id in enumerate(written, 1)}


def question_statistics(quiz: QuizPage, *, first_only: bool = False) -> list[QuestionStatistics]:
    """Return how each question that was put did, in the order of the quiz. Three queries, however many attempts."""
    rows = _item_rows(quiz, first_only=first_only)
    words = _latest_words(row.newest for row in rows)
    places = _written_places(quiz)
    found = [
        _statistics(row, words[row.question_id], places.get(row.question_id))
        for row in rows
        if row.question_id in words
    ]
    return sorted(found, key=lambda item: (item.place is None, item.place, item.question.text))


def _statistics(row: _ItemRow, question: Question, place: int | None) -> QuestionStatistics:
    facility = 100 * row.shares / row.scored if row.scored else None
    return QuestionStatistics(
        question=question,
        place=place,
        seen=row.seen,
        unanswered=100 * (row.seen - row.given) / row.seen,
        facility=facility,
        discrimination=row.discrimination,
        verdict=verdict(row.discrimination, facility, row.scored),
    )


def wrong_parts(question: Question, response: Any) -> list[tuple[str, str]]:
    """Return what is wrong in an answer: a key under which equal mistakes meet, and its words.

    An option by its id; what is typed by `answer_key`; what is placed with its place. For a scale, the level chosen.
    An answer that the question could not get now, in its newest words, has no part.
    """
    try:
        given = question.check(response)
    except ResponseError:
        return []
    if question.kind is Kind.SCALE:
        return [(text, text) for text in question.in_words(given)]
    if not question.is_answered(given) or question.kind is Kind.OPEN:
        return []
    lines = question.correct(given)
    # What stands before a gap may be a whole paragraph.
    gaps = [f"Trou {gap.id}" for gap in question.gaps] if isinstance(question, GapTextQuestion) else []
    prompts = gaps or [line.text for line in lines]
    return [_part(prompt, line.given) for prompt, line in zip(prompts, lines, strict=True) if line.state is State.WRONG]


def _part(prompt: str, given: str) -> tuple[str, str]:
    if not given:
        return prompt, prompt
    shown = " ".join(given.split())
    return f"{prompt}\n{answer_key(given) or shown}", f"{prompt} → {shown}" if prompt.strip() else f"« {shown} »"


def commonest(counts: Iterable[tuple[str, str, int]], put: int, *, shown: int = SHOWN_MISTAKES) -> list[Mistake]:
    """Return the commonest of mistakes (key, words, how many), of `put` answers in all, in their commonest words."""
    numbers: Counter[str] = Counter()
    words: dict[str, Counter[str]] = {}
    for key, text, number in counts:
        numbers[key] += number
        words.setdefault(key, Counter())[text] += number
    ranked = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:shown]
    return [Mistake(words[key].most_common(1)[0][0], number, 100 * number / put) for key, number in ranked]


def add_mistakes(
    quiz: QuizPage, items: Sequence[QuestionStatistics], graded: int, *, first_only: bool = False
) -> int | None:
    """Give each question its commonest mistakes. One query.

    Reads `SAMPLE` answers at most: returns how many of the last attempts that is, or None where it is all of the
    `graded` ones.
    """
    attempts = graded_attempts(quiz, first_only=first_only).order_by("-submitted_at", "-pk")
    answers = sum(item.seen for item in items)
    limit = None if answers <= SAMPLE else max(1, graded * SAMPLE // answers)
    rows = (
        Answer.objects.filter(attempt__in=attempts.values("pk")[:limit])
        .values_list("question_id", "response", "fraction")
        .annotate(number=Count("*"))
        .order_by()
    )
    questions = {item.question.id: item.question for item in items}
    put: Counter[str] = Counter()
    wrong: dict[str, list[tuple[str, str, int]]] = {}
    for asked, response, fraction, number in rows:
        question_id = str(asked)
        put[question_id] += number
        if fraction != 1 and question_id in questions:
            parts = wrong_parts(questions[question_id], response)
            wrong.setdefault(question_id, []).extend((key, words, number) for key, words in parts)
    for item in items:
        item.mistakes = commonest(wrong.get(item.question.id, ()), put[item.question.id])
    return limit
