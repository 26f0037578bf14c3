"""How what a person types is compared with what an editor expects. Pure.

Two texts are the same answer when their keys are equal. The key ignores case, accents (composed or not), ligatures,
kinds of apostrophe, of dash and of space (non-breaking and narrow ones too), hyphens against spaces, doubled spaces,
invisible characters, and punctuation at either end. Where an editor allows it, one typing slip is forgiven: a letter
missing, added, replaced, or two neighbours swapped, in an answer of five characters or more without a digit.

A quantity is written the French or the English way: «3,5», «3.5», «1 234,5», «−2», with its unit after it or not.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from people.text import search_key

TYPO_MIN_LENGTH = 5
_EDGES = " .,;:!?…\"'«»()[]-"
_DIGITS = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>\d{1,3}(?: \d{3})+|\d+)?(?:[.,](?P<part>\d+))? ?(?P<unit>\D.*)?")


def answer_key(text: str) -> str:
    """Return the form under which two spellings of one answer are equal."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(search_key(visible).replace("-", " ").strip(_EDGES).split())


def same_answer(given: str, expected: str, *, forgive_slip: bool = False) -> bool:
    """Whether what was given is what was expected; an empty answer never is."""
    key, wanted = answer_key(given), answer_key(expected)
    if not key:
        return False
    return key == wanted or (forgive_slip and _may_slip(wanted) and one_slip_apart(key, wanted))


def _may_slip(key: str) -> bool:
    return len(key) >= TYPO_MIN_LENGTH and not any(c.isdigit() for c in key)


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours makes one text of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b or a == b[1:]


class Quantity(NamedTuple):
    """A number and the unit written after it, which may be empty."""

    value: Decimal
    unit: str


def read_quantity(text: str) -> Quantity | None:
    """Return the quantity that a text states, or None when it isn't one."""
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").split())
    match = _DIGITS.fullmatch(plain)
    if match is None or len(plain) > 60 or not (match["whole"] or match["part"]):
        return None
    whole = (match["whole"] or "0").replace(" ", "")
    number = Decimal(f"{match['sign']}{whole}.{match['part'] or '0'}")
    return Quantity(number, (match["unit"] or "").strip())
