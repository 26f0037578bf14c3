"""Timing calls, and saying which budgets hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TIMES = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """What is measured, and what it may cost: seconds, and SQL queries where they are counted."""

    name: str
    seconds: float
    queries: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What a call cost: the best of several runs in seconds, and the SQL queries of the last one."""

    budget: Budget
    seconds: float
    queries: int

    @property
    def holds(self) -> bool:
        """Whether it is within its budget."""
        most = self.budget.queries
        return self.seconds <= self.budget.seconds and (most is None or self.queries <= most)


def measure(
    budget: Budget, call: Callable[..., Any], *, prepare: Callable[[], Any] | None = None, times: int = TIMES
) -> Measure:
    """Run a call several times and return what it cost. The first run, which fills caches, is not timed.

    The best run counts: whatever else the machine does can only add to it.
    `prepare` makes what the call is given each time; that is not timed either.
    """
    spent: list[float] = []
    for _run in range(times + 1):
        given = (prepare(),) if prepare else ()
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            call(*given)
            spent.append(time.perf_counter() - start)
    return Measure(budget, min(spent[1:]), len(queries))


def table(measures: Sequence[Measure]) -> Iterator[str]:
    """Yield the lines of a table of what was measured."""
    width = max((len(found.budget.name) for found in measures), default=0)
    yield f"{'mesure':<{width}}   durée  budget  requêtes  budget"
    for found in measures:
        most = "–" if found.budget.queries is None else found.budget.queries
        yield (
            f"{found.budget.name:<{width}}  {found.seconds:5.2f} s  {found.budget.seconds:4.1f} s"
            f"  {found.queries:8}  {most:>6}  {'tenu' if found.holds else 'DÉPASSÉ'}"
        )
