"""French spacing: a sign that takes a space never starts a line alone."""

import re

NBSP = "\u00a0"
_BEFORE = re.compile(r"(?<=\S) (?=[;:!?»%€](?:\s|$|[).,»]))")
_AFTER = re.compile(r"(?<=«) ")
_TAG = re.compile(r"(<[^>]*>)")


def french_spaces(text: str) -> str:
    """Return the text with no-break spaces where French wants them: before ; : ! ? » % €, after «."""
    return _AFTER.sub(NBSP, _BEFORE.sub(NBSP, text))


def french_spaces_in_html(html: str) -> str:
    """Do the same in the texts of an HTML fragment; tags and their attributes stay as they are."""
    return "".join(part if part.startswith("<") else french_spaces(part) for part in _TAG.split(html))
