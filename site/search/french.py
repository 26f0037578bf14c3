"""French words as they are searched: what a text holds, and what a person asks for, brought to the same terms.

A word has one term or several. Several where the plain French stemmer (Snowball) would part forms of one word: without
its accents («securite», as phones write it), in the plural («matériaux»), as a verb of the third group («pris»,
«prendre»). Two words are the same to the search as soon as they share a term. All here is pure: no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

from people.text import search_key

from .verbs import INFINITIVES

MAX_WORD = 40
GAP = "_"
"""Stands, in the words of a text, for the stop words that were left out: «mise en place» is «mis _ plac»."""
BETWEEN_TERMS = "|"

# A code keeps its points («A2.1»); all other signs part words. The sign of an elision is kept, to be cut below.
_WORD = re.compile(r"[^\W\d_]{0,4}\d+(?:\.\d+)+(?!\w)|[^\W_]+(?:['’][^\W_]+)*")
_ELISION = re.compile(r"(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quoiqu)'", re.IGNORECASE)
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})

STOP_WORDS = frozenset(
    """
    à a afin ai aie ainsi alors après as au aucun aucune aura aurait auront aussi autre autres aux auxquels
    avaient avais avait avant avec avez avoir avons ayant beaucoup bien bonjour c ça car ce ceci cela celle
    celles celui cependant certain certaine certaines certains ces cet cette ceux chaque chez ci comme comment d
    dans de dedans depuis des dès devrait doit doivent donc dont du déjà elle elles en encore entre es est et
    étaient étais était étant etc être eu eux fait font hors ici il ils j je jusque l la là laquelle le lequel
    les lesquels leur leurs lors lorsque lui m ma mais me merci mes mien moi moins mon même mêmes n ne ni non
    nos notre nous on ont or où ou oui par parce pas pendant peu peut peuvent peux plus plusieurs plutôt pour
    pourquoi pourrait près puis puisque qu quand que quel quelle quelles quelque quelques quels qui quoi rien s
    sa sans se selon sera serait seront ses si sien soi soient sois soit sommes son sont souvent sous suis sur t
    ta tandis te tel telle telles tels tes toi ton toujours tous tout toute toutes toutefois très trop tu un une
    va vers vais veut veux voici voilà vont vos votre vous y
    """.split()  # noqa: SIM905  (a list of words is read, and changed, as a text)
)
# As phones write them.
_STOPS = STOP_WORDS | frozenset(map(search_key, STOP_WORDS))

_IRREGULAR = {
    **{f"{word[:-2]}ux": word for word in ("travail", "bail", "vitrail", "émail", "corail", "vantail", "soupirail")},
    "nouveau": "nouvelle",
    "nouveaux": "nouvelle",
    "beau": "belle",
    "beaux": "belle",
    "vieux": "vieille",
}
# Nouns in -on: their plural is no form of a verb.
_NOUNS_IN_ON = re.compile(
    r"(?:\b(?:ma|le|gar|fa|ran|tron)ç|iss|aiss|ois|ais|rais|nais|hans|ll|tt|bet|cart|plaf|sab|goudr|act|ch|jal|jamb|wag"
    r"|patr|échel|bal|talon|tal|jeun|gabi|pont|chard|bét|béti|pist|fr|crayon|mout|cochon|caiss|moell|parpain|violon"
    r"|tronc|perfo)ons$"
)
# Endings that Snowball leaves, and those under which it gives another form of the word.
_ENDINGS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(?<=..)(?<![tsx])ions$", "er"),
        (r"(?<=..)(?<![ie])ons$", "er"),
        (r"(?<=..e)ons$", "r"),
        (r"(?<=..)(?<![eaim]m)ent$", "er"),
        (r"aux$", "au"),
        (r"eux$", "eu"),
        (r"(?<=[oa])ie(?:s|nt)?$", "yer"),
        (r"(?<=...)ees?$", "é"),
    )
)

_stem_word = snowballstemmer.stemmer("french").stemWord


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, and its terms; none for a stop word."""

    start: int
    end: int
    text: str
    terms: tuple[str, ...]


def compose(text: str) -> str:
    """Return the text with its accents composed, as stemming and marking need it."""
    return unicodedata.normalize("NFC", text)


def _fold(text: str) -> str:
    return search_key(text).replace(" ", "").replace("'", "")[:MAX_WORD]


def _other_forms(word: str) -> Iterator[str]:
    """Give the forms whose stem may be that of this word too, where Snowball's alone would part them."""
    if not _NOUNS_IN_ON.search(word):
        for ending, instead in _ENDINGS:
            if ending.search(word):
                yield ending.sub(instead, word)
    if irregular := _IRREGULAR.get(word):
        yield irregular
    if infinitive := INFINITIVES.get(_fold(word)):
        yield infinitive


@lru_cache(maxsize=200_000)
def terms_of(word: str) -> tuple[str, ...]:
    """Return the terms of one word (no sign but the points of a code), most usual first; none for a stop word."""
    lower = word.lower().translate(_LIGATURES)
    if lower in _STOPS:
        return ()
    if len(lower) == 1 and not lower.isdigit():
        return ()
    lower = lower[:MAX_WORD]
    folded = _fold(lower)
    if not folded:
        return ()
    if any(character.isdigit() for character in lower):
        return (folded,)
    # Stemmed without accents first: a text and a question that differ by their accents alone share this term.
    terms = [_fold(_stem_word(folded)), _fold(_stem_word(lower))]
    terms += [_fold(_stem_word(form)) for other in _other_forms(lower) for form in (other, search_key(other))]
    return tuple(dict.fromkeys(term for term in terms if term))


def words_of(text: str) -> Iterator[Word]:
    """Give the words of a text in order. Positions are those of the text as given, which should be composed."""
    for match in _WORD.finditer(text.replace("ʼ", "’")):
        start, end = match.span()
        word = match[0]
        if word.isalnum():
            yield Word(start, end, word, terms_of(word))
            continue
        word = word.replace("’", "'")
        if "'" in word and word.lower() != "aujourd'hui":
            while elision := _ELISION.match(word):
                yield Word(start, start + elision.end(), elision[0], ())
                start += elision.end()
                word = word[elision.end() :]
            word = word.replace("'", "")
        elif "'" in word:
            word = word.replace("'", "")
        yield Word(start, end, word, terms_of(word))


def indexed_words(text: str, seen: dict[str, str], limit: int = 20_000) -> str:
    """Return a text as it is indexed: the terms of each word in order, those of one word tied by `|`, `_` for a gap.

    `seen` gets each word that was met, as written, with its first term.
    """
    parts: list[str] = []
    gap = False
    for word in words_of(compose(text)):
        if word.terms:
            parts.append(BETWEEN_TERMS.join(word.terms))
            seen[word.text] = word.terms[0]
            gap = False
        elif not gap and parts:
            parts.append(GAP)
            gap = True
        if len(parts) >= limit:
            break
    return " ".join(parts).removesuffix(f" {GAP}")
