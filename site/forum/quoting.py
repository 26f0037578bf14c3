"""How a message is quoted in a reply."""

from __future__ import annotations

import re

QUOTE_MAX_LENGTH = 1000

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!<>|~-])")


def quote(author_name: str, body: str) -> str:
    """Return the Markdown of a quotation with its author's name, ready to be answered below. A long text is cut."""
    if len(body) > QUOTE_MAX_LENGTH:
        body = body[:QUOTE_MAX_LENGTH].rstrip() + " […]"
    name = _MARKUP.sub(r"\\\1", author_name)
    lines = [f"**{name}** a écrit :", "", *body.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"
