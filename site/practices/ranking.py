"""How sheets rank: by what happened to those who tried them, never by votes. Pure functions."""

from __future__ import annotations

from math import sqrt

# How sure the ranking is: the quantile of the normal law for 80 % between both bounds. A sheet must not wait for dozens
# of trials to rise above one that nobody tried.
_Z = 1.2816
_SCALE = 10_000

UNTRIED = 1_000
"""The score of a sheet without a trial: below one success, above one that failed where it was tried."""


def score(worked: int, partly: int, failed: int) -> int:
    """Return the lower bound of Wilson's interval for the share of successes, in ten-thousandths.

    «En partie» is half a success. With few trials the bound stays low: nine successes of ten rank above one of one.
    Raises ValueError for a negative number.
    """
    if min(worked, partly, failed) < 0:
        msg = "Trials cannot be fewer than none."
        raise ValueError(msg)
    trials = worked + partly + failed
    if not trials:
        return UNTRIED
    share = (worked + partly / 2) / trials
    spread = _Z * _Z / trials
    bound = (share + spread / 2 - sqrt(spread * (share * (1 - share) + spread / 4))) / (1 + spread)
    return max(0, round(bound * _SCALE))
