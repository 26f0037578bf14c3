"""The map of the départements: drawn once by `people/maps/build.py`, coloured by what the site knows of each."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from django.core.cache import cache as shared_cache
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .directory import listed_entries
from .models import Structure, Territory

MAP_CACHE_KEY = "people:map-counts"
MAP_CACHE_SECONDS = 600
SOURCE = "IGN, ADMIN EXPRESS COG, édition 2018, Licence Ouverte"

# Too small on the map of the mainland: drawn again, larger, in a box.
INNER_PARIS = frozenset({"75", "92", "93", "94"})

# The first number of structures of each class of colour.
CLASSES = (0, 1, 3, 6, 11)


@dataclass(frozen=True, slots=True)
class Shape:
    """A département as it is drawn: an SVG path and where its number goes."""

    code: str
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the drawing set apart in a box: the inner suburbs of Paris, or a territory overseas."""

    title: str
    left: int
    top: int
    width: int
    height: int
    shapes: tuple[Shape, ...]

    @property
    def title_x(self) -> int:
        """The middle of its title."""
        return self.left + self.width // 2

    @property
    def title_y(self) -> int:
        """The foot of its title."""
        return self.top + self.height - 10


@dataclass(frozen=True, slots=True)
class Drawing:
    """The outlines of all départements."""

    width: int
    height: int
    mainland: tuple[Shape, ...]
    frames: tuple[Frame, ...]


@cache
def drawing() -> Drawing:
    """Return the outlines, read once."""
    raw = json.loads((files("people") / "maps" / "departments.json").read_text(encoding="utf-8"))
    return Drawing(
        raw["width"],
        raw["height"],
        _shapes(raw["mainland"]),
        tuple(_frame(frame) for frame in raw["frames"]),
    )


def _frame(raw: dict[str, Any]) -> Frame:
    left, top, width, height = raw["box"]
    return Frame(raw["title"], left, top, width, height, _shapes(raw["departments"]))


def _shapes(raw: dict[str, dict[str, Any]]) -> tuple[Shape, ...]:
    return tuple(Shape(code, shape["d"], shape["x"], shape["y"]) for code, shape in raw.items())


def class_of(structures: int) -> int:
    """Return the class of colour of a number of structures, from 0 (none known)."""
    return bisect_right(CLASSES, structures) - 1


def legend() -> list[tuple[int, str]]:
    """Return each class with its words."""
    ends = [*(start - 1 for start in CLASSES[1:]), None]
    words = []
    for start, end in zip(CLASSES, ends, strict=True):
        if end is None:
            words.append(f"{start} ou plus")
        else:
            words.append(str(start) if start == end else f"{start} à {end}")
    return list(enumerate(words))


@dataclass(frozen=True, slots=True)
class Counted:
    """A département, with the structures that the site knows there and the members who say that they work there."""

    code: str
    name: str
    structures: int
    members: int

    @property
    def shade(self) -> int:
        """Its class of colour."""
        return class_of(self.structures)

    @property
    def label(self) -> str:
        """Its name and its numbers, in words."""
        structures = f"{self.structures} structure{'s' if self.structures > 1 else ''}"
        members = f"{self.members} membre{'s' if self.members > 1 else ''}"
        return f"{self.name} ({self.code}) : {structures}, {members}"


def map_html() -> SafeString:
    """Return the map and its table, the same for everyone: kept until a count changes, ten minutes at most."""
    html: str | None = shared_cache.get(MAP_CACHE_KEY)
    if html is None:
        departments = counted_departments()
        html = render_to_string(
            "people/directory_map_body.html",
            {
                "drawing": drawing(),
                "departments": departments,
                "by_code": {department.code: department for department in departments},
                "structures": sum(department.structures for department in departments),
                "members": sum(department.members for department in departments),
                "legend": legend(),
                "source": SOURCE,
            },
        )
        shared_cache.set(MAP_CACHE_KEY, html, MAP_CACHE_SECONDS)
    return mark_safe(html)  # noqa: S308  (it comes from a template)


def counted_departments() -> list[Counted]:
    """Return all départements by code, with their counts."""
    structures = dict(Structure.objects.order_by().values_list("department").annotate(Count("pk")))
    members = dict(
        listed_entries().filter(department__isnull=False).order_by().values_list("department").annotate(Count("pk"))
    )
    departments = Territory.objects.filter(kind=Territory.Kind.DEPARTMENT).order_by("code")
    return [
        Counted(
            department.code,
            department.name,
            structures.get(department.pk, 0),
            members.get(department.pk, 0),
        )
        for department in departments
    ]
