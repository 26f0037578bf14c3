"""HTML brought down to the few tags that a field of an H5P content may hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape
from html.parser import HTMLParser

import nh3

_ALWAYS = frozenset({"p", "br"})  # every field that holds HTML may have these
_TABLE = re.compile(r"(?:<div[^>]*>\s*)?<table>.*?</table>(?:\s*</div>)?", re.DOTALL)
_HEADING = re.compile(r"<(h[2-6])[^>]*>(.*?)</\1>", re.DOTALL)
_LIST = re.compile(r"</?(?:ul|ol)[^>]*>")
_ITEM = re.compile(r"<li>\s*(?:<p>)?|(?:</p>)?\s*</li>")


class _TableReader(HTMLParser):
    """Reads the cells of a simple table, with the tags inside them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.caption = ""
        self.rows: list[list[str]] = []
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th", "caption"}:
            self._into = []
        elif self._into is not None:
            self._into.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._into is None:
            return
        if tag == "caption":
            self.caption, self._into = "".join(self._into).strip(), None
        elif tag in {"td", "th"}:
            self.rows[-1].append("".join(self._into).strip())
            self._into = None
        else:
            self._into.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _listed(table: str) -> str:
    """Return a table as a list: a line for each row, each cell after the title of its column."""
    reader = _TableReader()
    reader.feed(table)
    if not reader.rows:
        return ""
    header, *rows = reader.rows
    lines = []
    for row in rows:
        titled = zip(header, row, strict=False)
        cells = [f"{title}\xa0: {cell}" if title and n else cell for n, (title, cell) in enumerate(titled) if cell]
        lines.append(f"<li>{' ; '.join(cells)}</li>")
    caption = f"<p><strong>{reader.caption}</strong></p>" if reader.caption else ""
    return f"{caption}<ul>{''.join(lines)}</ul>"


def fitted(html: str, tags: Collection[str]) -> str:
    """Return the HTML with paragraphs and the given tags alone.

    A table becomes a list, a title that has no tag a bold paragraph, an item of a list that has none a paragraph of its
    own. The rest loses its tags and keeps its text.
    """
    html = _TABLE.sub(lambda match: _listed(match[0]), html)
    html = _HEADING.sub(lambda m: m[0] if m[1] in tags else f"<p><strong>{m[2]}</strong></p>", html)
    allowed = _ALWAYS | set(tags)
    if "ul" in tags or "ol" in tags:
        allowed |= {"li"}
    else:
        html = _ITEM.sub(lambda match: "<p>– " if match[0].startswith("<li") else "</p>", _LIST.sub("", html))
    attributes: dict[str, set[str]] = {"a": {"href"}} if "a" in tags else {}
    clean = nh3.clean(html, tags=set(allowed), attributes=attributes, link_rel="noopener noreferrer")
    return re.sub(r"\s*\n\s*", "\n", clean).strip()


def as_html(text: str) -> str:
    """Return a text as HTML, as `fitted` would write it."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")
