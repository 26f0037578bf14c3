"""What a content's reports amount to, and when the activity is done. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

SCALED = Decimal("0.000001")
POINTS = Decimal("0.0001")
HIGHEST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Score:
    """A score within its bounds: 0 ≤ raw ≤ maximum, `scaled` from 0 to 1. Without points only `scaled` is known."""

    scaled: Decimal
    raw: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What a content says at one time of how the whole of it went. None, or False, where it says nothing."""

    score: Score | None = None
    success: bool | None = None
    completed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self == Reported()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a person stands: the best score so far, whether they passed at least once, completed at least once."""

    score: Score | None = None
    success: bool | None = None
    completed: bool = False

    def after(self, reported: Reported) -> Outcome:
        """Return the outcome once this has been reported. What was reached stays: repeating changes nothing."""
        better = reported.score is not None and (self.score is None or reported.score.scaled > self.score.scaled)
        return replace(
            self,
            score=reported.score if better else self.score,
            success=reported.success if self.success is None else self.success or bool(reported.success),
            completed=self.completed or reported.completed,
        )


def make_score(raw: Any = None, maximum: Any = None, scaled: Any = None) -> Score | None:
    """Return a score from numbers that a browser sent, or None if they are no score.

    Points must be within 0 and their maximum, and then say alone what the scaled score is; without points it is taken
    as it is, a negative one as 0. A maximum of 0 scores nothing.
    """
    points, most, share = (_number(value) for value in (raw, maximum, scaled))
    if points is not None and most is not None:
        if not 0 < most <= HIGHEST or not 0 <= points <= most:
            return None
        return Score((points / most).quantize(SCALED), points.quantize(POINTS), most.quantize(POINTS))
    if share is None or not -1 <= share <= 1:
        return None
    return Score(max(share, Decimal(0)).quantize(SCALED))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    # More digits than any score has would only cost time.
    return Decimal(repr(value)) if abs(value) < 1e12 else None


def is_done(outcome: Outcome, rule: str, pass_mark: int, *, seen: bool = False, declared: bool = False) -> bool:
    """Whether the rule of the place is met. `pass_mark` is a percentage.

    A content that gives no score but says that it was passed meets «passed». A passed content is completed.
    """
    if rule == "passed":
        if outcome.score is not None:
            return outcome.score.scaled * 100 >= pass_mark
        return outcome.success is True
    if rule == "completed":
        return outcome.completed or outcome.success is True
    if rule == "seen":
        return seen or declared or outcome.completed
    return rule == "declared" and declared


def reported_by(statement: Mapping[str, Any], activity: str) -> Reported:
    """Return what a checked statement says of the whole content whose activity id is given; a part's says nothing."""
    if statement["object"]["id"] != activity:
        return Reported()
    verb = statement["verb"]["id"].rpartition("/")[2]
    result = statement.get("result", {})
    score = result.get("score", {})
    success = {"passed": True, "mastered": True, "failed": False}.get(verb, result.get("success"))
    return Reported(
        score=make_score(score.get("raw"), score.get("max"), score.get("scaled")) if verb in _SCORING else None,
        success=success if verb in _SCORING else None,
        completed=verb in {"completed", "answered", "passed", "mastered"}
        or (verb in _SCORING and result.get("completion") is True),
    )


_SCORING = frozenset({"completed", "answered", "passed", "failed", "mastered", "scored"})
