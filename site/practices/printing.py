"""How a sheet fits on one A4: set smaller as it gets longer, then cut politely. Only `parts_of` reads a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .models import SheetPage

# What one A4 of two columns holds at each size of type, in characters: measured in Chromium, with a margin.
CAPACITIES = (4300, 5900, 7600, 9000)
# A title and its space take about that many characters; so does what is left of a last line.
PART_COST, LINE_COST = 110, 30
SHORTEST_CUT = 120


_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\s]{1,500}\)")
_ITEM = re.compile(r"^\s*[-*+]\s+", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s+", re.MULTILINE)
_BLANK = re.compile(r"\n\s*\n+")


def plain(markdown: str) -> str:
    """Return a text without its marks, its lines kept: a list keeps a dash."""
    text = _LINK.sub(r"\1", markdown.strip())
    return _BLANK.sub("\n", _MARKS.sub("", _ITEM.sub("– ", text)))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sheet on paper. A step has a `number`."""

    title: str
    text: str
    number: int = 0
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """The parts as they are printed: how small (0 is the usual size), and whether some text was cut."""

    before: Sequence[Part]
    steps: Sequence[Part]
    after: Sequence[Part]
    density: int
    cut: bool


def cost(part: Part) -> int:
    """Return about how much room a part takes, in characters."""
    return PART_COST + len(part.title) + len(part.text) + LINE_COST * (part.text.count("\n") + 1 if part.text else 0)


def shorten(text: str, limit: int) -> str:
    """Return the text, or its whole words up to the limit and a sign that there is more."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rsplit(None, 1)[0].rstrip(',;:. ')} …"


def shortened(parts: Iterable[Part], limit: int) -> list[Part]:
    """Return the parts with no text longer than the limit. What is said of safety is never cut."""
    return [part if part.alert else Part(part.title, shorten(part.text, limit), part.number) for part in parts]


def longest_allowed(parts: Sequence[Part], capacity: int) -> int:
    """Return the limit of a text for all parts to hold in the capacity, not below what still says something."""
    low, high = SHORTEST_CUT, max((len(part.text) for part in parts), default=SHORTEST_CUT)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(map(cost, shortened(parts, middle))) <= capacity:
            low = middle
        else:
            high = middle - 1
    return low


def parts_of(sheet: SheetPage) -> tuple[list[Part], list[Part], list[Part]]:
    """Return what is printed of a sheet: before the steps, the steps, after them."""
    before = [
        Part(_("Le problème"), plain(sheet.problem)),
        Part(_("Le contexte"), plain(sheet.context)),
        Part(_("Pour qui"), plain(sheet.audience)),
        Part(_("Matériel"), plain(sheet.materials)),
        Part(_("Coût et temps"), plain(sheet.cost)),
    ]
    steps = [
        Part(step.value["title"], plain(step.value["text"] or ""), number) for number, step in enumerate(sheet.steps, 1)
    ]
    after = [
        Part(_("Sécurité"), plain(sheet.safety), alert=True),
        Part(_("Avant"), plain(sheet.before)),
        Part(_("Ce qui a changé"), plain(sheet.after)),
        Part(_("Qui peut le refaire"), plain(sheet.reproducible)),
        Part(_("Sources"), plain(sheet.sources)),
    ]
    return [p for p in before if p.text], steps, [p for p in after if p.text]


def fit(sheet: Any) -> Fitted:
    """Return a sheet as it is printed on one A4."""
    return fit_parts(*parts_of(sheet))


def fit_parts(before: Sequence[Part], steps: Sequence[Part], after: Sequence[Part]) -> Fitted:
    """Choose the size of type for these parts, and cut them if the smallest is not enough."""
    every = [*before, *steps, *after]
    needed = sum(map(cost, every))
    for density, capacity in enumerate(CAPACITIES):
        if needed <= capacity:
            return Fitted(before, steps, after, density, cut=False)
    limit = longest_allowed(every, CAPACITIES[-1])
    return Fitted(
        shortened(before, limit), shortened(steps, limit), shortened(after, limit), len(CAPACITIES) - 1, cut=True
    )
