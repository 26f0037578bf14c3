"""What is wrong with a package, said in French to whoever sent it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import ngettext

LISTED = 50
"""How many faults are named; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `code` is for programs and never changes; `path` is where, inside the package."""

    code: str
    message: str
    path: str = ""

    def __str__(self) -> str:
        return self.message


class RefusedError(Exception):
    """A package that can't be taken, with all that is wrong with it in `faults`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = _listed(list(dict.fromkeys(faults)))
        super().__init__("\n".join(fault.message for fault in self.faults))

    @property
    def codes(self) -> list[str]:
        """The codes of its faults, in the same order."""
        return [fault.code for fault in self.faults]


def _listed(faults: list[Fault]) -> list[Fault]:
    left = len(faults) - LISTED
    if left <= 0:
        return faults
    message = ngettext("Et %(count)d autre problème.", "Et %(count)d autres problèmes.", left) % {"count": left}
    return [*faults[:LISTED], Fault("and-others", message)]
