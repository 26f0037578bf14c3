"""The passage of a text that answers best, with the words that were found marked. Always safe HTML."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .french import Word, compose, words_of

PASSAGE_LENGTH = 240
READ = 60_000
"""How much of a text is read in search of a passage, in characters."""


_BETWEEN_LINES = re.compile(r"</(?:p|li|h[1-6]|div|td|th|dt|dd|blockquote|pre|figcaption)>|<[bh]r */?>")
_ENDS = (".", "!", "?", ":", ";", "…", ",")


def plain_lines(html: str) -> str:
    """Return what a reader sees of an HTML text, as one line: what stood apart and ends without a sign gets a dot."""
    text = unescape(nh3.clean(_BETWEEN_LINES.sub("\n", html), tags=set()))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    return " ".join(line if line.endswith(_ENDS) else f"{line} ·" for line in lines).removesuffix(" ·")


def _marked(text: str, found: Collection[Word]) -> str:
    parts: list[str] = []
    position = 0
    for word in found:
        parts += [escape(text[position : word.start]), "<mark>", escape(text[word.start : word.end]), "</mark>"]
        position = word.end
    parts.append(escape(text[position:]))
    return "".join(parts)


def mark(text: str, terms: Collection[str]) -> SafeString:
    """Return a short text (a title) with the words that have one of these terms in <mark>."""
    text = compose(text)
    wanted = frozenset(terms)
    return mark_safe(_marked(text, [w for w in words_of(text) if not wanted.isdisjoint(w.terms)]))  # noqa: S308


def _best_start(found: list[Word], length: int) -> int:
    """Return the number of the found word from which `length` characters hold the most different terms, then words."""
    best, best_score = 0, (0, 0)
    for first, word in enumerate(found):
        inside = [w for w in found[first : first + 40] if w.end <= word.start + length]
        score = (len({w.terms[0] for w in inside}), len(inside))
        if score > best_score:
            best, best_score = first, score
    return best


def passage(text: str, terms: Collection[str], length: int = PASSAGE_LENGTH) -> SafeString:
    """Return about `length` characters of a plain text around the words that were found, those in <mark>, escaped.

    Without any of them, the beginning of the text.
    """
    text = compose(" ".join(text[:READ].split()))
    wanted = frozenset(terms)
    found = [word for word in words_of(text) if not wanted.isdisjoint(word.terms)][:400]
    start = 0
    if found:
        first = found[_best_start(found, length * 3 // 4)].start
        if first > length // 4:
            start = text.rfind(" ", 0, first - length // 8) + 1 if first > length // 8 else 0
    end = min(start + length, len(text))
    if end < len(text):
        cut = text.rfind(" ", start + length // 2, end)
        end = cut if cut > start else end
    inside = [
        Word(word.start - start, word.end - start, word.text, word.terms)
        for word in found
        if word.start >= start and word.end <= end
    ]
    shown = _marked(text[start:end], inside)
    return mark_safe(f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}")  # noqa: S308
