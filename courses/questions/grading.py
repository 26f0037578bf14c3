"""How an answer is graded. Pure: no database, no request; total: every answer that a question accepts has a grade.

Rules, per kind of question. The score lies between zero and the question's worth, and only the key earns all of it:

- single choice, true or false: all the points for the right option alone, none otherwise;
- multiple choice, zones of an image: each right option adds an equal share of the points, each wrong one takes the same
  share away, and the score never goes below zero. A click outside every zone is a wrong choice;
- matching, sorting into bins, gaps: each prompt, item or gap is worth an equal share; a wrong one costs nothing else;
- putting in order: the longest run of steps that stand in the right order, be they neighbours or not, less one, over
  the number of steps, less one. One step out of place costs one share, wherever it was put;
- short and numerical answers: the share (0 to 100 %) of the best accepted answer that matches;
- open answers: the points of the grid, given by a trainer or by the person, in proportion to the worth; pending before;
- scales: no score.

Scores are exact decimals, rounded half up to two places.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer is worth: `score` points out of the question's worth; pending while a person has to read it."""

    score: Decimal
    correct: bool
    pending: bool = False


def share_of(worth: Decimal, part: int | Decimal, whole: int | Decimal) -> Decimal:
    """Return the points for `part` out of `whole`, in cents, between zero and the worth.

    Rounding never makes full marks of an answer that is not wholly right.
    """
    if whole <= 0 or part <= 0:
        return Decimal(0)
    if part >= whole:
        return worth
    score = (worth * Decimal(part) / Decimal(whole)).quantize(CENT, ROUND_HALF_UP)
    return score if score < worth else (worth * Decimal(part) / Decimal(whole)).quantize(CENT, ROUND_DOWN)


def graded(worth: Decimal, part: int | Decimal, whole: int | Decimal) -> Grade:
    """Return the grade of an answer of which `part` out of `whole` is right."""
    return Grade(share_of(worth, part, whole), correct=0 < whole <= part)


def percent(score: Decimal, maximum: Decimal) -> Decimal:
    """Return the score as a percentage, rounded half up to two places; a quiz worth nothing is 0 %."""
    if maximum <= 0:
        return Decimal(0)
    return (score * 100 / maximum).quantize(CENT, ROUND_HALF_UP)
