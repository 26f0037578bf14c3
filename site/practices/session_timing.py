"""The minutes of a session plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The minutes of the steps against the duration that the plan says."""

    total: int
    wanted: int

    @property
    def left(self) -> int:
        """The minutes that no step uses; below 0, those that are missing."""
        return self.wanted - self.total

    @property
    def words(self) -> str:
        """What to say of it."""
        if not self.total:
            return f"Durée prévue : {self.wanted} min. Aucune étape n'a encore de durée."
        said = f"Total des étapes : {self.total} min sur {self.wanted} min prévues"
        if self.left > 0:
            return f"{said}. Il reste {self.left} min."
        if self.left < 0:
            return f"{said}. Il manque {-self.left} min."
        return f"{said}. Le compte est bon."


def timing(step_minutes: Iterable[int | None], wanted: int) -> Timing:
    """Return the total of the steps, those without minutes counting for nothing."""
    return Timing(sum(minutes or 0 for minutes in step_minutes), wanted)
