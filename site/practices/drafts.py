"""What the form of a sheet holds while it is written: plain values, complete or not. Pure functions.

Nothing that was typed is ever refused or cut here: what is missing or too long is said when the sheet is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .models import MAX_STEPS, STEP_TITLE_LENGTH

TEXTS = (
    "title", "summary", "context", "audience", "problem", "materials", "cost", "safety", "before", "after",
    "reproducible", "sources", "contact", "co_authors", "change_note", "contact_mode", "territory", "destination",
)  # fmt: skip
LISTS = ("trades", "competences")
FLAGS = ("credit_me", "licence")
# What a request may hold at all; the limits of the form are far below.
LONGEST = 20_000
BLANK_STEPS = 3

Data = dict[str, Any]


def read_post(post: Any) -> Data:
    """Return the data of a sent form."""
    data: Data = {name: post.get(name, "").replace("\0", "").replace("\r\n", "\n")[:LONGEST] for name in TEXTS}
    data |= {name: [value for value in post.getlist(name) if value.isdecimal()][:100] for name in LISTS}
    data |= {name: bool(post.get(name)) for name in FLAGS}
    count = post.get("steps", "")
    number = min(int(count), MAX_STEPS) if count.isdecimal() and len(count) < 4 else 0
    data["steps"] = [
        {
            name: post.get(f"step-{place}-{name}", "").replace("\0", "").replace("\r\n", "\n")[:LONGEST]
            for name in ("title", "text")
        }
        for place in range(number)
    ]
    return data


def same(one: Data, other: Data, *, sent: bool) -> bool:
    """Whether two drafts say the same. Once a sheet is sent, whom it is sent to is no longer asked."""
    return _normal(one, sent=sent) == _normal(other, sent=sent)


def _normal(data: Data, *, sent: bool) -> Data:
    texts = {name: (data.get(name) or "").strip() for name in TEXTS if not (sent and name == "destination")}
    lists = {name: sorted(data.get(name) or ()) for name in LISTS}
    flags = {name: bool(data.get(name)) for name in FLAGS}
    steps = [(step["title"].strip(), step["text"].strip()) for step in data.get("steps") or () if not is_blank(step)]
    return {**texts, **lists, **flags, "steps": steps}


def is_blank(step: Mapping[str, str]) -> bool:
    """Whether nothing is written in a step."""
    return not (step["title"].strip() or step["text"].strip())


def shown_steps(steps: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the steps to show, with blank ones at the end while there are few."""
    missing = max(BLANK_STEPS - len(steps), 0)
    return [*steps, *({"title": "", "text": ""} for _place in range(missing))]


def kept_steps(steps: Sequence[Mapping[str, str]]) -> dict[int, int]:
    """Return the number of each step that says something (from 1), and its number once blank ones are left out."""
    said = [place for place, step in enumerate(steps, 1) if not is_blank(step)]
    return {place: number for number, place in enumerate(said, 1)}


def moved(order: Sequence[int], verb: str, place: int) -> list[int]:
    """Return the order once the step at a place (from 0) goes up, down, or away. An impossible move changes nothing."""
    result = list(order)
    if not 0 <= place < len(result):
        return result
    if verb == "remove":
        del result[place]
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if other != place and 0 <= other < len(result):
        result[place], result[other] = result[other], result[place]
    return result


def step_from_text(text: str) -> dict[str, str]:
    """Make a step of a paragraph: its first sentence names it if it is short enough."""
    text = " ".join(text.split())
    first, mark, rest = text.partition(". ")
    if mark and len(first) <= STEP_TITLE_LENGTH:
        return {"title": first, "text": rest}
    if len(text) <= STEP_TITLE_LENGTH:
        return {"title": text.rstrip("."), "text": ""}
    title = text[: STEP_TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
    return {"title": title, "text": text}


def steps_from_parts(parts: Iterable[str]) -> list[dict[str, str]]:
    """Make steps of the paragraphs and list items of a text; what is beyond the last one joins it."""
    found = [part for part in parts if part.strip()]
    if len(found) > MAX_STEPS:
        found = [*found[: MAX_STEPS - 1], " ".join(found[MAX_STEPS - 1 :])]
    return [step_from_text(part) for part in found]
