"""A question answered by pointing at places of an image, or by choosing them in a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Self

from courses.questions.grading import Grade, graded

from .base import Choice, Field, FormData, ImageRef, Kind, Line, Question, Response, ResponseError, State, one_value
from .choices import checked_options

MAX_POINTS = 20


@dataclass(frozen=True, slots=True)
class Zone:
    """A place of the image, in percent of its width and height; `x` and `y` are the top left of its box."""

    id: str
    label: str
    shape: Literal["rect", "ellipse"]
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    correct: bool = False
    feedback: str = ""

    @property
    def center(self) -> tuple[Decimal, Decimal]:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def radius(self) -> tuple[Decimal, Decimal]:
        """Half the width and half the height of the box."""
        return self.width / 2, self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the image, in percent, lies inside."""
        (across, down), (half_width, half_height) = self.center, self.radius
        if half_width <= 0 or half_height <= 0:
            return False
        dx, dy = (x - float(across)) / float(half_width), (y - float(down)) / float(half_height)
        return max(abs(dx), abs(dy)) <= 1 if self.shape == "rect" else dx**2 + dy**2 <= 1


@dataclass(frozen=True, kw_only=True, slots=True)
class HotspotQuestion(Question):
    """Point at what is asked, on an image.

    A response holds `zones`, the ids chosen in the list, and `points`, where the image was clicked: `[x, y]` in
    percent.
    Where the zones lie never leaves the server: points are placed when the answer is graded.
    """

    kind: Literal[Kind.HOTSPOT] = Kind.HOTSPOT
    picture: ImageRef | None
    zones: tuple[Zone, ...]

    @property
    def expected(self) -> int:
        """How many places are to be found."""
        return sum(zone.correct for zone in self.zones)

    def read(self, data: FormData, name: str) -> Response:
        points = []
        for pair in one_value(data, f"{name}-points").split(";")[: MAX_POINTS + 1]:
            if pair.strip():
                try:
                    x, y = (round(float(number), 1) for number in pair.split(","))
                except ValueError:
                    raise ResponseError("Not a point.") from None
                points.append([x, y])
        return self.check({"zones": data.getlist(name), "points": points})

    def _checked(self, response: Any) -> dict[str, Any]:
        if not isinstance(response, Mapping) or not set(response) <= {"zones", "points"}:
            raise ResponseError("Not places of an image.")
        zones = checked_options(response.get("zones", []), (zone.id for zone in self.zones), many=True)
        points = response.get("points", [])
        if not isinstance(points, list) or len(points) > MAX_POINTS:
            raise ResponseError("Not points.")
        for point in points:
            if not isinstance(point, list) or len(point) != 2 or not all(_is_percent(number) for number in point):
                raise ResponseError("Not a point.")
        return {"zones": zones, "points": points} if zones or points else {}

    def _found(self, response: Response) -> tuple[set[str], int]:
        """Return the zones named or hit, and how many points hit none."""
        if not isinstance(response, Mapping):
            return set(), 0
        hit = [self._zone_at(*point) for point in response.get("points", [])]
        return {*response.get("zones", []), *(z.id for z in hit if z)}, sum(zone is None for zone in hit)

    def _zone_at(self, x: float, y: float) -> Zone | None:
        """Return the zone at a point; where two overlap, the right one."""
        inside = [zone for zone in self.zones if zone.holds(x, y)]
        return max(inside, key=lambda zone: zone.correct, default=None)

    def grade(self, response: Response) -> Grade:
        found, misses = self._found(response)
        key = {zone.id for zone in self.zones if zone.correct}
        return graded(self.worth, len(found & key) - len(found - key) - misses, len(key))

    def key(self) -> dict[str, Any]:
        return {"zones": [zone.id for zone in self.zones if zone.correct], "points": []}

    def in_words(self, response: Response) -> list[str]:
        found, misses = self._found(response)
        outside = [f"{misses} clic{'s' if misses > 1 else ''} en dehors des zones"] if misses else []
        return [zone.label for zone in self.zones if zone.id in found] + outside

    def fields(self, response: Response, name: str) -> list[Field]:
        given = response if isinstance(response, Mapping) else {}
        points = ";".join(f"{x},{y}" for x, y in given.get("points", []))
        chosen = given.get("zones", [])
        listed = sorted(self.zones, key=lambda zone: zone.label)
        return [
            Field(name, choices=tuple(Choice(zone.id, zone.label, zone.id in chosen) for zone in listed)),
            Field(f"{name}-points", value=points),
        ]

    def correct(self, response: Response) -> list[Line]:
        found, misses = self._found(response)
        lines = []
        for zone in self.zones:
            chosen = zone.id in found
            state = State.RIGHT if chosen and zone.correct else State.WRONG if chosen else State.NEUTRAL
            if zone.correct and not chosen:
                state = State.MISSED
            lines.append(Line(zone.label, state, feedback=zone.feedback if chosen or zone.correct else ""))
        if misses:
            lines.append(Line(self.in_words(response)[-1], State.WRONG))
        return lines

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        if {zone.id for zone in later.zones} != {zone.id for zone in self.zones}:
            raise ResponseError("Zones have changed.")
        return self._rescored(other, zones=later.zones)


def _is_percent(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 100
