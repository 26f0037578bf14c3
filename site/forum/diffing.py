"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# A word takes the space after it along: what is kept between two changes is a word, never a lone space.
_PIECES = re.compile(r"\w+[^\S\n]*|[^\w\s]+[^\S\n]*|\n|[^\S\n]+")
_MOST_PIECES = 6000


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text: kept, added or removed."""

    kind: Literal["same", "added", "removed"]
    text: str


def changes(before: str, after: str) -> list[Change]:
    """Return how the second text comes from the first one. Texts too long to compare by words are compared by lines."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > _MOST_PIECES:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Change("same", "".join(old[old_start:old_end])))
            continue
        if old_end > old_start:
            found.append(Change("removed", "".join(old[old_start:old_end])))
        if new_end > new_start:
            found.append(Change("added", "".join(new[new_start:new_end])))
    return found
