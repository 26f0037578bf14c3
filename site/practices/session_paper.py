"""How small a session plan must be set to hold on one A4, with lines to sign. Pure.

The measures are those of `static/css/sessions.css` (@media print), in millimetres and in characters of the smallest
size. They are estimates on the safe side: `tests/browser/test_sessions.py` prints the fullest plans and counts pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

# Size of the type in points and height of a line, for each density from the largest on.
_TYPES = ((10.5, 1.28), (9.4, 1.28), (8.2, 1.2), (7.1, 1.15))
DENSEST = len(_TYPES) - 1
_ROOM = 268.0
_MM = 0.353
# Characters on a line at 7.1 points: in half the width, in a column of the steps, in their first one, in the whole.
_HALF, _COLUMN, _PHASE, _WHOLE = 76, 48, 19, 150


def sign_rows(density: int) -> int:
    """Return how many lines to sign there is room for; each is for two people."""
    return 8 - density


def density(fields: Mapping[str, str], steps: Sequence[Mapping[str, str]], *, ties: str = "") -> int:
    """Return how densely to set a plan: 0, the largest type, to 3. `ties` is the line of trades and competences."""
    return next((place for place in range(DENSEST) if _height(place, fields, steps, ties) <= _ROOM), DENSEST)


def _height(place: int, fields: Mapping[str, str], steps: Sequence[Mapping[str, str]], ties: str) -> float:
    size, leading = _TYPES[place]
    line = size * leading * _MM
    scale = _TYPES[DENSEST][0] / size

    def lines(text: str, width: int) -> int:
        return sum(max(1, ceil(len(part) / (width * scale))) for part in text.splitlines())

    def pair(left: str, right: str) -> float:
        tallest = max(lines(fields[left], _HALF), lines(fields[right], _HALF))
        return tallest * line + 1.2 * line + 5 if tallest else 0

    height = 2.2 * line + 1.9 * line * lines(fields["title"], 60) + line * lines(fields["objective"], _WHOLE) + 4
    height += pair("audience", "materials") + pair("gestures", "safety") + pair("assessment", "traces")
    if steps:
        rows = (
            max(lines(s["phase"], _PHASE), lines(s["trainer"], _COLUMN), lines(s["people"], _COLUMN)) for s in steps
        )
        height += sum(max(1, row) * line + 1.4 for row in rows) + 3.6 * line + 3
    height += line * lines(ties, _WHOLE)
    height += 2.4 * line + 4 + (sign_rows(place) + 1) * max(5.3, line + 1.2)
    return height + 3 * line
