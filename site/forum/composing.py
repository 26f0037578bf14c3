"""The «analyse de pratique»: three texts that are one message, with a heading above each."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARTS = {"situation": "La situation", "tried": "Ce que j'ai tenté", "ask": "Ce que je demande"}
"""The fields of the form, and what stands above each text in the message."""

_HEADING = re.compile(rf"^## ({'|'.join(map(re.escape, PARTS.values()))})[ \t]*(?:\n|\Z)", re.MULTILINE)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def compose(parts: Mapping[str, str], body: str = "") -> str:
    """Return the message that these texts make. What was typed as a plain message comes first: nothing is lost."""
    texts = {field: _clean(parts.get(field) or "") for field in PARTS}
    body = _clean(body)
    if not any(texts.values()):
        return body
    sections = [f"## {PARTS[field]}\n\n{text}" for field, text in texts.items() if text]
    return "\n\n".join([body, *sections] if body else sections)


def parts_of(body: str) -> dict[str, str] | None:
    """Return the texts that a message is made of, or None if it no longer has that shape."""
    before, *found = _HEADING.split(_clean(body))
    headings, texts = found[::2], found[1::2]
    # In their order, each once, nothing above the first.
    if before or not headings or headings != [heading for heading in PARTS.values() if heading in headings]:
        return None
    written = dict(zip(headings, map(str.strip, texts), strict=True))
    return {field: written.get(heading, "") for field, heading in PARTS.items()}


def body_of(data: Mapping[str, str]) -> str:
    """Return the message that a sent form makes, whichever of its fields were filled."""
    return compose(data, data.get("body") or "")
