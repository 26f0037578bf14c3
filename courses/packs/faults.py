"""What is wrong in a pack, said so that its author can put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

type Report = Callable[[int, str, str], None]
"""Note a fault of the file being read: line, problem, remedy."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: where (lines count from 1), what is wrong, what to do. Both texts are French, without a final stop."""

    file: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} : {self.problem}. À faire : {self.remedy}."


class PackError(Exception):
    """A pack, or other content, has faults: nothing of it was loaded. `faults` holds them all, by file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def reporter(faults: list[Fault], file: str) -> Report:
    """Return what notes faults of one file in a list."""

    def report(line: int, problem: str, remedy: str) -> None:
        faults.append(Fault(file, line, problem, remedy))

    return report
