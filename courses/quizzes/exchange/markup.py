"""The words of other systems, made into the site's Markdown. Pure.

Bold, italic, links, lists and line breaks are kept; superscripts become characters («m²»); pictures are handed over
apart; any other markup goes, its words stay. What is no markup in the source is none in the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import quote

import nh3

from pages.markdown import render_markdown

from .results import QuestionRefusedError

MAX_TAGS = 5000
MARK = "\ufdd0"
"""Stands around a number where something other than words belongs in a text: a gap."""


class TextFormat(StrEnum):
    """How a text is written. AUTO is Moodle's own: HTML in which an empty line parts paragraphs."""

    HTML = "html"
    MARKDOWN = "markdown"
    PLAIN = "plain"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a text shows: where it lies, and what it says to those who don't see it."""

    source: str
    alt: str = ""


@dataclass(slots=True)
class Words:
    """A converted text, and what it showed besides words: pictures, and the names of what could not be kept."""

    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


_LOST = {
    "audio": "un son",
    "video": "une vidéo",
    "object": "un objet inséré",
    "embed": "un objet inséré",
    "iframe": "une page insérée",
    "math": "une formule mathématique",
    "svg": "un dessin SVG",
    "table": "la mise en forme d'un tableau",
}
_BLOCKS = {
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "tr",
    "table",
    "dl",
    "dt",
    "dd",
}
_KEPT = _BLOCKS | {"li", "br", "hr", "b", "strong", "i", "em", "a", "img", "sub", "sup", "td", "th", "tbody", "thead"}
_STRESS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_HIGH = str.maketrans("0123456789+-()ne", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿᵉ")
_LOW = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_SCHEMES = {"http", "https", "mailto", "tel", "data"}
_LINKS = ("http://", "https://", "mailto:", "tel:")
_MARKDOWN_SIGN = re.compile(r"[\\`*_\[\]<>&#+=~-]|\d[.)]|  \n")
_MATH = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"))
# Bounded, and without parentheses in addresses, so that no text makes it read on and on.
_MARKDOWN_PICTURE = re.compile(r"!\[([^\]\n]{0,300})\]\(\s{0,9}<?([^()\s>]+)>?(?:\s{1,9}\"[^\"\n]{0,300}\")?\s{0,9}\)")

# -- Escaping ------------------------------------------------------------------------------------------------------

_SPECIAL = re.compile(
    r"""
      \\(?=[\\`*_{}\[\]()>#+.!|-])          # a backslash that would escape
    | `
    | (?<!\s)\*|\*(?!\s)                   # a star between two spaces is only a star
    | (?<![^\W_])_|_(?![^\W_])             # so is an underscore inside a word
    | \](?=[(\[:]|$)                       # the end of what would be a link
    | <(?=[A-Za-z/!?]|[^<>\s!]*@)           # a tag, or an address
    | &(?=\#|\w+;)                         # an entity
    """,
    re.VERBOSE | re.MULTILINE,
)
_ENTITIES = {"<": "&lt;", "&": "&amp;"}
_LINE_START = re.compile(r"^(?:[#>]|[-+*](?=\s|$)|[-*_=](?=[-*_= ]*$)|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE)


def _escaped_start(match: re.Match[str]) -> str:
    start = match[0]
    if start[0].isdigit():
        return f"{start}\\"
    return "&#61;" if start == "=" else f"\\{start}"


def escape(text: str) -> str:
    """Return Markdown that shows exactly this text; `_escape_starts` does the rest once lines are known."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text)


def _escape_starts(text: str) -> str:
    return _LINE_START.sub(_escaped_start, text)


# -- HTML ----------------------------------------------------------------------------------------------------------


class _Writer(HTMLParser):
    """Writes Markdown, or words alone, from HTML that nh3 has cleaned: tags are known and balanced."""

    def __init__(self, *, breaks: bool, marked: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.marked = marked
        self.words = Words()
        self.blocks: list[tuple[str, str]] = []  # what joins it to the block before, then the block
        self.parts: list[str] = []
        self.opened: list[tuple[str, int, str]] = []
        self.lists: list[list[int]] = []  # one [next number, or 0 for bullets] for each open list
        self.item = ""
        self.breaks = breaks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        if tag == "br":
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag == "img":
            self.words.pictures.append(Picture(attributes.get("src", ""), " ".join(attributes.get("alt", "").split())))
        elif tag in _STRESS or tag in {"a", "sub", "sup"}:
            self.opened.append((tag, len(self.parts), attributes.get("href", "")))
        elif tag in {"ul", "ol"}:
            self._flush()
            self.lists.append([1 if tag == "ol" else 0])
        elif tag == "li":
            self._flush()
            self._start_item()
        elif tag in _BLOCKS or tag == "hr":
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        if self.opened and self.opened[-1][0] == tag:
            self._close(*self.opened.pop())
        elif tag in {"ul", "ol"}:
            self._flush()
            if self.lists:
                self.lists.pop()
            self.item = ""
        elif tag in _BLOCKS or tag == "li":
            self._flush()

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        self.parts.append(escape(words) if self.marked else words)

    def _start_item(self) -> None:
        depth = max(len(self.lists) - 1, 0)
        counter = self.lists[-1] if self.lists else [0]
        self.item = "    " * depth + (f"{counter[0]}. " if counter[0] else "- ")
        counter[0] += bool(counter[0])

    def _close(self, tag: str, start: int, href: str) -> None:
        inner = "".join(self.parts[start:])
        del self.parts[start:]
        core = inner.strip()
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        nested = any(_STRESS.get(other) == _STRESS.get(tag) for other, *_rest in self.opened)
        if not core or MARK in core:
            pass
        elif tag == "sup":
            core = core.translate(_HIGH) if all(ord(c) in _HIGH for c in core) else core
        elif tag == "sub":
            core = core.translate(_LOW) if all(ord(c) in _LOW for c in core) else core
        elif tag == "a" and href.startswith(_LINKS) and self.marked:
            core = f"[{core}]({quote(href, safe=':/?#@!$&*+,;=%~.-_')})"
        elif tag == "a" and href and not href.startswith(_LINKS):
            self.words.lost.add("un lien vers un fichier")
        elif tag in _STRESS and not nested and self.marked:
            core = f"{_STRESS[tag]}{core}{_STRESS[tag]}"
        self.parts.append(before + (core or "") + after if core else before)

    def _flush(self) -> None:
        # Emphasis that runs over a block's end is closed there: it could not cross it in Markdown.
        while self.opened:
            self._close(*self.opened.pop())
        joined = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", "".join(self.parts))).strip()
        self.parts.clear()
        if not joined:
            return
        text = _escape_starts(joined) if self.marked else joined
        if not self.breaks:
            text = " ".join(text.split())
        indent = " " * len(self.item)
        text = text.replace("\n", f"{'  ' if self.marked else ''}\n{indent}")
        listed = bool(self.item)
        self.blocks.append(("\n" if listed else "\n\n", self.item + text))
        self.item = "    " * len(self.lists) if self.lists else ""

    def finish(self) -> Words:
        """Return what was written."""
        self.close()
        self._flush()
        text = ""
        was_listed = False
        for joint, block in self.blocks:
            listed = joint == "\n"
            text += (joint if listed and was_listed else "\n\n") + block if text else block
            was_listed = listed
        self.words.text = text if self.breaks else " ".join(text.split())
        return self.words


def _has_math(source: str) -> bool:
    return any(0 <= source.find(start) < source.rfind(end) - len(start) for start, end in _MATH)


def _from_html(source: str, *, inline: bool, marked: bool = True) -> Words:
    lost = {name for tag, name in _LOST.items() if re.search(rf"<{tag}[\s>/]", source, re.IGNORECASE)}
    if _has_math(source):
        lost.add("la mise en forme d'une formule mathématique")
    if source.count("<") > MAX_TAGS:
        raise QuestionRefusedError("Un texte a bien trop de balises.")
    writer = _Writer(breaks=not inline, marked=marked)
    clean = nh3.clean(
        source,
        tags=_KEPT,
        attributes={"a": {"href"}, "img": {"src", "alt"}},
        url_schemes=_SCHEMES,
        link_rel=None,
        clean_content_tags={"script", "style", "title", "annotation", "object", "iframe"},
    )
    writer.feed(clean)
    words = writer.finish()
    words.lost |= lost
    return words


# -- The formats ---------------------------------------------------------------------------------------------------


def _paragraphs(source: str) -> list[str]:
    """Return the paragraphs of a text, spaces tidied, line ends kept."""
    return [
        "\n".join(" ".join(line.split()) for line in paragraph.strip().split("\n"))
        for paragraph in re.split(r"\n[^\S\n]*\n", source.strip())
        if paragraph.strip()
    ]


def _from_plain(source: str, *, inline: bool) -> Words:
    text = "\n\n".join(_escape_starts(escape(part)).replace("\n", "  \n") for part in _paragraphs(source))
    return Words(" ".join(text.split()) if inline else text)


def _from_markdown(source: str, *, inline: bool) -> Words:
    words = Words()

    def take(match: re.Match[str]) -> str:
        words.pictures.append(Picture(match[2], match[1].strip()))
        return ""

    text = _MARKDOWN_PICTURE.sub(take, source).strip()
    words.text = " ".join(text.split()) if inline else text
    return words


def _auto_to_html(source: str) -> str:
    return re.sub(r"\n[^\S\n]*\n", "<p>", source.strip()).replace("\n", "<br>")


def convert(source: str, form: TextFormat, *, inline: bool = False) -> Words:
    """Return a text as Markdown, on one line if `inline`."""
    if form is TextFormat.MARKDOWN:
        return _from_markdown(source, inline=inline)
    marked = "<" in source or "&" in source
    if form is TextFormat.PLAIN or (form is TextFormat.AUTO and not marked):
        return _from_plain(source, inline=inline)
    if not marked and not _has_math(source):
        return Words(_escape_starts(escape(" ".join(source.split()))))
    return _from_html(_auto_to_html(source) if form is TextFormat.AUTO else source, inline=inline)


def plain(source: str, form: TextFormat, *, inline: bool = True) -> Words:
    """Return the words of a text, without any markup: what is listed or typed. Lines are kept unless `inline`."""
    words = Words()
    if form is TextFormat.MARKDOWN:
        words = _from_markdown(source, inline=False)
        source = render_markdown(words.text) if _MARKDOWN_SIGN.search(words.text) else words.text
        form = TextFormat.AUTO if source is words.text else TextFormat.HTML
    marked = "<" in source or "&" in source
    if form is TextFormat.PLAIN or not marked:
        kept = inline or (form is TextFormat.HTML)
        words.text = " ".join(source.split()) if kept else "\n\n".join(_paragraphs(source))
        return words
    found = _from_html(_auto_to_html(source) if form is TextFormat.AUTO else source, inline=inline, marked=False)
    return Words(found.text, words.pictures + found.pictures, words.lost | found.lost)
