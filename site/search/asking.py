"""What a person asks for, read from what they typed. Any text is a question: nothing in it is a mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from people.text import search_key

from .french import compose, words_of

MAX_TYPED = 200
MAX_WORDS = 10
MIN_PREFIX = 3

# A phrase in any kind of quotation marks, or one word; a dash before it excludes it.
_PART = re.compile(r'(?<![^\s(])(-?)(?:"([^"]*)"|“([^”]*)”|«([^»]*)»)|(\S+)')


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is asked for: as it was typed, and what finds it (any of these terms of the index)."""

    text: str
    terms: tuple[str, ...]


Phrase = tuple[Term | None, ...]
"""The words of a phrase in order; None for the stop words between two of them."""


@dataclass(frozen=True)
class Question:
    """What is asked: every word of `words`, the phrases word by word, nothing of `without`.

    `prefix` is the last word when it may be unfinished.
    """

    words: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    without: tuple[Term, ...] = ()
    without_phrases: tuple[Phrase, ...] = ()
    prefix: str = ""
    too_common: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        """Whether there is something to look for."""
        return bool(self.words)

    @cached_property
    def terms(self) -> frozenset[str]:
        """All that a passage marks."""
        return frozenset(term for word in self.words for term in word.terms)

    def with_words(self, words: tuple[Term, ...]) -> Question:
        """Return the same question with other words."""
        return Question(words, self.phrases, self.without, self.without_phrases, "", self.too_common)


def _terms(text: str) -> list[Term]:
    return [Term(word.text, word.terms) for word in words_of(text) if word.terms]


def _phrase(text: str) -> Phrase:
    phrase: list[Term | None] = []
    for word in words_of(text):
        if word.terms:
            phrase.append(Term(word.text, word.terms))
        elif phrase and phrase[-1] is not None:
            phrase.append(None)
    while phrase and phrase[-1] is None:
        phrase.pop()
    return tuple(phrase)


def read_question(typed: str) -> Question:
    """Read what was typed: words, «phrases exactes», -mot."""
    text = compose(" ".join(typed.replace("\0", " ").split())[:MAX_TYPED])
    found: dict[tuple[str, ...], Term] = {}
    without: dict[tuple[str, ...], Term] = {}
    phrases: list[Phrase] = []
    without_phrases: list[Phrase] = []
    common: list[str] = []
    last: Term | None = None
    for match in _PART.finditer(text):
        minus, *quoted, single = match.groups()
        last = None
        quotation = next((part for part in quoted if part is not None), None)
        if quotation is not None:
            terms, phrase = _terms(quotation), _phrase(quotation)
            if len(terms) > 1:
                (without_phrases if minus else phrases).append(phrase)
            if len(terms) > 1 and minus:
                continue
        else:
            minus = "-" if len(single) > 1 and single[0] in "-−–" and single[1].isalnum() else ""
            terms = _terms(single)
            if not terms:
                common += [word.text for word in words_of(single) if len(word.text) > 1]
            elif not minus:
                last = terms[-1]
        target = without if minus else found
        for term in terms:
            target.setdefault(term.terms, term)
    words = tuple(found.values())[:MAX_WORDS]
    unfinished = last is not None and last in words and text[-1:].isalnum() and not typed[-1:].isspace()
    prefix = search_key(last.text) if unfinished and last is not None else ""
    return Question(
        words=words,
        phrases=tuple(phrases),
        without=tuple(term for key, term in without.items() if key not in found)[:MAX_WORDS],
        without_phrases=tuple(without_phrases),
        prefix=prefix if len(prefix) >= MIN_PREFIX else "",
        too_common=tuple(common),
    )
