"""When a missed question comes back. Pure: dates in, dates out.

A question that was missed comes back after a day; each right answer sends it further, by the intervals below, and after
the last one it leaves the queue. A wrong answer sends it back to the first. The schedule moves once a day at most: what
was just corrected is not yet known, and answering again on the same day, from a second tab or after the quiz itself,
proves nothing more. All dates are days where the person lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

INTERVALS = (1, 3, 7, 21)
"""Days before each time that a question is put again."""

LONGEST = timedelta(days=INTERVALS[-1])


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a question stands: the next interval's place in the list, the day it is due, the day that was decided."""

    step: int
    due_on: date
    moved_on: date


def missed(today: date) -> Schedule:
    """Return the schedule of a question that was missed today."""
    return Schedule(0, today + timedelta(days=INTERVALS[0]), today)


def answered(schedule: Schedule, *, right: bool, today: date) -> Schedule | None:
    """Return the schedule after an answer given today, or None when the question leaves the queue.

    An answer before the day it was due counts like any other: the next interval starts from today.
    """
    if today <= schedule.moved_on:
        return schedule
    if not right:
        return missed(today)
    step = schedule.step + 1
    return Schedule(step, today + timedelta(days=INTERVALS[step]), today) if step < len(INTERVALS) else None
