"""The «analyse de pratique»: three texts that are one message, with a heading above each."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARTS = {"situation": "La situation", "tried": "Ce que j'ai tenté", "ask": "Ce que je demande"}
"""The fields of the form, and what stands above each text in the message."""

_SHAPE = re.compile("".join(rf"## {re.escape(heading)}[ \t]*\n*(.*?)\n*" for heading in PARTS.values()), re.DOTALL)
_HEADING = re.compile(rf"^## (?:{'|'.join(map(re.escape, PARTS.values()))})[ \t]*$", re.MULTILINE)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def compose(parts: Mapping[str, str], body: str = "") -> str:
    """Return the message that these texts make. What was typed as a plain message comes first: nothing is lost."""
    texts = {field: _clean(parts.get(field) or "") for field in PARTS}
    body = _clean(body)
    if not any(texts.values()):
        return body
    sections = [f"## {PARTS[field]}\n\n{text}".rstrip() for field, text in texts.items()]
    return "\n\n".join([body, *sections] if body else sections)


def parts_of(body: str) -> dict[str, str] | None:
    """Return the texts that a message is made of, or None if it no longer has that shape."""
    body = _clean(body)
    found = _SHAPE.fullmatch(body)
    if found is None or len(_HEADING.findall(body)) != len(PARTS):
        return None
    return dict(zip(PARTS, map(str.strip, found.groups()), strict=True))


def body_of(data: Mapping[str, str]) -> str:
    """Return the message that a sent form makes, whichever of its fields were filled."""
    return compose(data, data.get("body") or "")
