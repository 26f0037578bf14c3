"""Which questions an attempt gets, and in which order. The same seed gives the same attempt."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from random import Random
from typing import Any

from courses.questions.kinds import Question
from courses.questions.raw import question_from_raw, questions_from_raw

from .blocks import DRAW
from .models import BankQuestion, QuizPage


class EmptyQuizError(Exception):
    """The quiz has no question to put."""


def put_questions(quiz: QuizPage, seed: int) -> list[Question]:
    """Return the questions of one attempt, drawn, ordered and arranged. Raises EmptyQuizError if there is none.

    Two queries for all the draws of the quiz together; none without a draw.
    """
    rng = Random(seed)  # noqa: S311  (an order, not a secret)
    stream = quiz.raw_questions
    drawn = iter(_draw([block["value"] for block in stream if block["type"] == DRAW], rng))
    questions: list[Question] = []
    for block in stream:
        questions += next(drawn) if block["type"] == DRAW else questions_from_raw([block])
    if not questions:
        raise EmptyQuizError
    if quiz.shuffle_questions:
        questions = _shuffled(questions, rng)
    return [question.arranged(rng, shuffle=quiz.shuffle_answers) for question in questions]


def _draw(draws: list[dict[str, Any]], rng: Random) -> list[list[Question]]:
    """Return the questions of each draw. No question is drawn twice in one attempt; a short bank gives what it has."""
    if not draws:
        return []
    pool = BankQuestion.objects.drawable().filter(bank__in={draw["bank"] for draw in draws})
    rows = list(pool.order_by("pk").values_list("pk", "bank_id", "codes"))
    taken: set[int] = set()
    chosen: list[list[int]] = []
    for draw in draws:
        wanted = f"|{draw['competence']}|" if draw.get("competence") else ""
        free = [pk for pk, bank, codes in rows if bank == draw["bank"] and wanted in codes and pk not in taken]
        picked = rng.sample(free, min(int(draw["count"] or 0), len(free)))
        taken.update(picked)
        chosen.append(picked)
    found = BankQuestion.objects.in_bulk(taken)
    return [[found[pk].question for pk in picked] for picked in chosen]


def _shuffled(questions: list[Question], rng: Random) -> list[Question]:
    """Mix the questions; those of one case stay together, in their order."""
    groups = [list(group) for _key, group in groupby(questions, key=lambda q: q.case.id if q.case else q.id)]
    rng.shuffle(groups)
    return [question for group in groups for question in group]


def current_questions(quiz: QuizPage, drawn: Iterable[str] = ()) -> dict[str, Question]:
    """Return the questions as they are now, by id: those written in the quiz, and the named ones of banks."""
    written = {question.id: question for question in questions_from_raw(quiz.raw_questions)}
    others = [question_id for question_id in drawn if question_id not in written]
    for stored in BankQuestion.objects.filter(question_id__in=others):
        question = question_from_raw(next(iter(stored.content.get_prep_value())))
        written[question.id] = question
    return written
