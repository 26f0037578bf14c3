"""When a module is complete, how far a person is, and what comes next. Pure.

The rule: a module is complete when each of its required activities is done (a lesson is done when its reader says so, a
quiz when its pass mark is reached). A module without a required activity is complete when every activity is done; an
empty module is never complete.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


class CountedActivity(Protocol):
    """What the rule needs to know of an activity."""

    @property
    def id(self) -> int: ...

    @property
    def required(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a module. `percent` is 0 to 100, rounded down, and 100 only when complete."""

    done: int
    total: int
    percent: int
    complete: bool
    next_id: int | None


def standing(activities: Sequence[CountedActivity], done_ids: Collection[int]) -> Standing:
    """Return where a person stands. `activities` are in course order; other ids in `done_ids` don't count.

    What comes next is the first activity not done, required ones first.
    """
    counted = [a for a in activities if a.required] or list(activities)
    done = sum(a.id in done_ids for a in counted)
    left = [a for a in activities if a.id not in done_ids]
    following = next((a.id for a in left if a.required), left[0].id if left else None)
    total = len(counted)
    return Standing(
        done=done,
        total=total,
        percent=done * 100 // total if total else 0,
        complete=bool(total) and done == total,
        next_id=following,
    )
