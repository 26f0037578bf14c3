"""The order of results: the same on any database, from the few hundred candidates that the index gave. Pure."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from .asking import Phrase, Question, Term
from .french import GAP

_YEAR = 365.25 * 24 * 3600
_CHARACTERS = 9
"""Of a word in the index, with what parts it from the next one."""
_TIMES_READ = 60


class Candidate(Protocol):
    """What is ranked."""

    @property
    def words(self) -> str: ...
    @property
    def marks(self) -> str: ...
    @property
    def at(self) -> datetime.datetime: ...
    @property
    def accepted(self) -> bool: ...


def _any(terms: Sequence[str]) -> str:
    return "|".join(map(re.escape, terms))


@lru_cache(maxsize=256)
def _phrase_pattern(phrase: Phrase) -> re.Pattern[str]:
    parts = (GAP if word is None else rf"(?:[^ ]*\|)?(?:{_any(word.terms)})(?:\|[^ ]*)?" for word in phrase)
    return re.compile(rf"(?<![^ ]){' '.join(parts)}(?![^ ])")


def has_phrase(words: str, phrase: Phrase) -> bool:
    """Whether the words of a text hold this phrase: the same words in this order, with stop words where it has some."""
    return _phrase_pattern(phrase).search(words) is not None


@lru_cache(maxsize=256)
def _words_pattern(asked: tuple[Term, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^ |])(?:{_any([term for word in asked for term in word.terms])})(?![^ |])")


def _nearness(words: str, asked: tuple[Term, ...]) -> tuple[float, int]:
    """Return how near each other the words stand (1: side by side; 0: not all are there), and how often they come.

    Distances are counted in characters of the index: nothing is split, so hundreds of texts are read in no time.
    """
    numbers = {term: number for number, word in enumerate(asked) for term in word.terms}
    wanted = len(set(numbers.values()))
    last: dict[int, int] = {}
    narrowest = times = 0
    for match in _words_pattern(asked).finditer(words):
        times += 1
        last[numbers[match[0]]] = match.start()
        if len(last) == wanted:
            width = match.end() - min(last.values())
            narrowest = min(narrowest or width, width)
        if times >= _TIMES_READ:
            break
    near = _CHARACTERS * len(asked)
    return (near / max(narrowest, near) if narrowest else 0.0), times


def score(candidate: Candidate, question: Question, now: datetime.datetime, weight: float = 0.0) -> float:
    """Return how well a candidate answers: by its title above all, by how near the words stand, by its age."""
    asked = question.words
    title = frozenset(mark[2:] for mark in candidate.marks.split() if mark.startswith("t="))
    in_title = sum(not title.isdisjoint(term.terms) for term in asked) / len(asked) if title else 0.0
    nearness, times = _nearness(candidate.words, asked)
    age = max((now - candidate.at).total_seconds(), 0) / _YEAR
    return (
        4 * in_title
        + 3 * (in_title == 1) * len(asked) / max(len(title), len(asked))
        + 3 * nearness
        + 0.4 * math.log1p(times)
        + 0.8 * candidate.accepted
        + 1.2 / (1 + age)
        + weight
    )
