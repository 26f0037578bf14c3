"""Markdown from people, made into HTML that is safe to show.

Python-Markdown reads the text, nh3 keeps only the tags listed here: raw HTML in the source never survives as markup.
"""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from xml.etree.ElementTree import Element

import markdown
import nh3
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from .typography import french_spaces_in_html

_INLINE_TAGS = frozenset({"a", "br", "code", "del", "em", "strong", "sub", "sup"})
_BLOCK_TAGS = _INLINE_TAGS | {
    "blockquote", "dd", "dl", "dt", "h2", "h3", "h4", "h5", "hr", "li", "ol", "p", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align", "scope"},
}
MAX_BRACKETS = 500
_SCHEMES = {"http", "https", "mailto", "tel"}


class _HeadingShift(Treeprocessor):
    """Push headings down so that the page keeps its only h1, and say which cells head a column."""

    def __init__(self, md: markdown.Markdown, lowest: int) -> None:
        super().__init__(md)
        self.lowest = lowest

    def run(self, root: Element) -> None:
        for element in root.iter():
            if re.fullmatch(r"h[1-6]", element.tag):
                element.tag = f"h{min(max(int(element.tag[1]) + self.lowest - 2, self.lowest), 5)}"
            elif element.tag == "th" and (element.text or len(element)):
                element.set("scope", "col")
            elif element.tag == "th":
                element.tag = "td"  # a corner left empty heads nothing


class _Structure(Extension):
    def __init__(self, lowest: int) -> None:
        super().__init__()
        self.lowest = lowest

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802  (the library's name)
        md.treeprocessors.register(_HeadingShift(md, self.lowest), "heading-shift", 5)


def _to_html(text: str, extensions: Sequence[str | Extension]) -> str:
    """Convert, in a time and a depth that no text can blow up.

    Python-Markdown looks for the end of each bracket through all that follows, so thousands of them take minutes, and
    calls itself for each level of a list or a quotation. A text with that many is no text: it is shown as it was typed.
    """
    if text.count("[") <= MAX_BRACKETS:
        try:
            return markdown.markdown(text, extensions=list(extensions), output_format="html")
        except RecursionError:
            pass
    return linebreaks(text, autoescape=True)


def render_markdown(text: str, *, top_heading: int = 2, untrusted: bool = False) -> SafeString:
    """Return safe HTML for a Markdown text.

    `top_heading` is the level that `##` gets (2 to 5; deeper headings follow). `untrusted` marks every link as written
    by a member (`rel="nofollow ugc"`), for the forum.
    """
    extensions: list[str | Extension] = ["tables", "sane_lists", _Structure(top_heading)]
    if untrusted:
        extensions.append("nl2br")  # in a message, a new line is meant
    html = _to_html(text, extensions)
    rel = "nofollow ugc noopener" if untrusted else "noopener"
    clean = nh3.clean(html, tags=set(_BLOCK_TAGS), attributes=dict(_ATTRIBUTES), url_schemes=_SCHEMES, link_rel=rel)
    # A wide table scrolls inside its own box, so that the page never does; the box takes the focus for the keyboard.
    clean = clean.replace(
        "<table>", '<div class="table-scroll" tabindex="0" role="group" aria-label="Tableau"><table>'
    ).replace("</table>", "</table></div>")
    return mark_safe(french_spaces_in_html(clean))  # noqa: S308  (cleaned by nh3 just above)


def render_inline_markdown(text: str) -> SafeString:
    """Return safe HTML for one line of Markdown, without the surrounding paragraph: bold, italic, links, code."""
    html = _to_html(" ".join(text.split()), [])
    clean = nh3.clean(
        html, tags=set(_INLINE_TAGS), attributes=dict(_ATTRIBUTES), url_schemes=_SCHEMES, link_rel="noopener"
    )
    return mark_safe(french_spaces_in_html(clean))  # noqa: S308  (cleaned by nh3 just above)


def plain_text(html: str) -> str:
    """Return what a reader sees of an HTML text, on one line: for summaries and search."""
    return " ".join(unescape(nh3.clean(html.replace("<", " <"), tags=set())).split())
