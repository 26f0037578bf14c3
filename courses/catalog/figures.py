"""Figures about results, and the charts that show them.

Quartiles interpolate between neighbours: type 7 of R. J. Hyndman, Y. Fan, Sample Quantiles in Statistical Packages,
The American Statistician 50 (1996), as QUARTILE.INCLURE does in spreadsheets.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

BINS = 10


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers, each with how many times it was seen, lowest first."""

    counts: tuple[tuple[float, int], ...] = ()

    @classmethod
    def of(cls, counts: Iterable[tuple[Any, int]]) -> Series:
        """Return the series of values and counts in any order; a value may come several times."""
        merged: Counter[float] = Counter()
        for value, number in counts:
            merged[float(value)] += number
        return cls(tuple(sorted((value, number) for value, number in merged.items() if number > 0)))

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return sum(number for _value, number in self.counts)

    @property
    def mean(self) -> float | None:
        """The mean, or None without a number."""
        return sum(value * number for value, number in self.counts) / self.total if self.counts else None

    def quantile(self, share: float) -> float | None:
        """Return the number below which a share (0 to 1) of them lies, or None without a number."""
        if not self.counts:
            return None
        place = (self.total - 1) * share
        low, high = self._at(math.floor(place)), self._at(math.ceil(place))
        return low + (high - low) * (place - math.floor(place))

    def _at(self, place: int) -> float:
        """Return the number at a place, from 0, in the whole list."""
        for value, number in self.counts:
            place -= number
            if place < 0:
                return value
        raise IndexError(place)

    @property
    def median(self) -> float | None:
        """The number in the middle."""
        return self.quantile(0.5)

    def bins(self, *, top: float = 100, number: int = BINS) -> list[int]:
        """Return how many lie in each of so many equal parts of 0 to `top`; the last part holds `top` itself."""
        found = [0] * number
        for value, count in self.counts:
            found[max(0, min(int(value * number / top), number - 1))] += count
        return found


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: what it stands for, how many, and its length in percent of the longest."""

    label: str
    number: int
    length: float


def distribution(percents: Series) -> list[Bar]:
    """Return the bars of the marks, ten points each."""
    numbers = percents.bins(number=BINS)
    longest = max(numbers) or 1
    step = 100 // BINS
    return [
        Bar(
            _("de %(low)d à %(high)d %%") % {"low": place * step, "high": (place + 1) * step},
            number,
            100 * number / longest,
        )
        for place, number in enumerate(numbers)
    ]


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Where the quarters of the attempts end, in seconds, and, in percent of the chart's width, where to draw that."""

    low: float
    median: float
    high: float

    @property
    def scale(self) -> float:
        """The seconds that the whole width stands for."""
        return max(self.high * 1.25, 1)

    @property
    def start(self) -> float:
        """Where the middle half begins."""
        return 100 * self.low / self.scale

    @property
    def middle(self) -> float:
        """Where the median stands."""
        return 100 * self.median / self.scale

    @property
    def length(self) -> float:
        """How long the middle half is."""
        return 100 * (self.high - self.low) / self.scale


def time_chart(seconds: Series) -> TimeChart | None:
    """Return the chart of the time that attempts took, or None without an attempt."""
    low, median, high = (seconds.quantile(share) for share in (0.25, 0.5, 0.75))
    return None if low is None or median is None or high is None else TimeChart(low, median, high)


def rounded(value: float | None) -> Decimal | None:
    """Return a figure with one decimal, as people read it."""
    return None if value is None else Decimal(repr(value)).quantize(Decimal("0.1"))
