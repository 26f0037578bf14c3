"""What, in a text, seems to name or to identify a person: for a gentle warning before posting, never to block.

The rules are simple on purpose. They look at spelling alone, know nothing of the author, and keep nothing. A passage
that they miss is the author's to see; one that they find by mistake costs one tap.

Sources: the number of registration in the directory of persons (NIR) and its key, Code de la sécurité sociale,
art. R. 115-2 and INSEE (key = 97 - number modulo 97; 2A counts as 19, 2B as 18); IBAN, ISO 13616 and ISO 7064 (mod 97).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

CONTEXT = 40
"""How many characters are shown on each side of a passage."""

MOST = 20
"""How many passages are shown: past that, the text has to be read again anyway."""


class Kind(StrEnum):
    """What a passage seems to be."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    NIR = "nir"
    IBAN = "iban"
    BIRTH = "birth"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text, from `start` to `end` in characters, with what stands around it."""

    kind: Kind
    start: int
    end: int
    before: str
    text: str
    after: str


def find_passages(text: str) -> list[Passage]:
    """Return what seems to identify someone, in the order of the text, without overlaps. New lines count for one."""
    taken: list[tuple[int, int, Kind]] = []
    for kind, spans in _SEARCHES:
        for start, end in spans(text):
            if not any(start < other_end and other_start < end for other_start, other_end, _ in taken):
                taken.append((start, end, kind))
            if len(taken) >= 10 * MOST:
                break
    return [_shown(text, kind, start, end) for start, end, kind in sorted(taken)[:MOST]]


def _shown(text: str, kind: Kind, start: int, end: int) -> Passage:
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    before = " ".join(before.split("\n")[-1].split(" ")[0 if start <= CONTEXT or "\n" in before else 1 :])
    after = " ".join(after.split("\n")[0].split(" ")[: None if end + CONTEXT >= len(text) or "\n" in after else -1])
    return Passage(kind, start, end, before, text[start:end], after)


# -- Names ---------------------------------------------------------------------------------------------------------

_UPPER = "A-ZÀ-ÖØ-ÞŒŸ"
_SPACE = r"[ \t\u00a0\u202f]"
_LETTER = r"[^\W\d_]"
_WORD = rf"[{_UPPER}]{_LETTER}{{1,40}}(?:['’\-]{_LETTER}{{1,40}}){{0,3}}"
_PARTICLE = rf"(?:d['’]|(?:de{_SPACE}la|de|du|des|da|dos|ben|bin|el|al|van|von|le|la){_SPACE})"
_NAME = rf"(?:[{_UPPER}]\.(?:-?[{_UPPER}]\.)?|{_WORD})"
_FULL_NAME = rf"{_NAME}(?:{_SPACE}{_PARTICLE}?{_NAME}){{0,2}}"

_CIVILITY = re.compile(
    rf"(?<![\w.])(?:M\.|MM\.|M|Mr\.?|MR|Mme\.?|MME|Mmes|Mlle\.?|MLLE|Melle|Monsieur|MONSIEUR|Madame|MADAME"
    rf"|Mademoiselle|Dr\.?|Docteur|Maître){_SPACE}{{1,3}}(?P<name>(?:(?:d['’]|(?:de{_SPACE}la|de|du|ben|bin|el|al|van|von"
    rf"|da|dos){_SPACE}))?{_FULL_NAME})"
)
# As one types on a phone: only after what is short for a civility, since «monsieur» alone starts many a sentence.
_LOWER_CIVILITY = re.compile(rf"(?<![\w.])(?:mr|mme|mlle){_SPACE}{{1,3}}(?P<name>{_LETTER}{{3,40}})\b")
_WORKER = re.compile(
    rf"(?i:\b(?:salarié|ouvrier|ouvrière|stagiaire|employé|agent|bénéficiaire|apprenti|détenu|participant|usager)"
    rf"(?:e|\(e\)|[·.]e)?{_SPACE}+(?:(?:en{_SPACE}(?:insertion|parcours|contrat|CDDI|PMSMP){_SPACE}+))?"
    rf"(?:,?{_SPACE}*(?:qui{_SPACE}+s['’]appelle|nommée?|prénommée?|appelée?|dénommée?){_SPACE}+)?"
    rf"(?:(?:M\.|Mme|Mr){_SPACE}+)?)(?P<name>{_FULL_NAME})"
)
_CALLED = re.compile(
    rf"(?i:\b(?:(?:s['’]appell(?:e|ent|ait)|prénommée?s?|surnommée?|dénommée?)|(?:un|une)?{_SPACE}*nommée?)"
    rf"{_SPACE}+(?:M\.|Mme|Mr)?{_SPACE}*)(?P<name>{_FULL_NAME})"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Who stands for nobody, what one calls an office, and words that begin a sentence.
_NOBODY = _words(
    "x y z xx xxx untel unetelle machin truc lambda toutlemonde tout-le-monde durand-dupont muscle propre "
    "sécurité maire préfet préfète président présidente directeur directrice ministre inspecteur inspectrice "
    "procureur procureure juge docteur professeur professeure responsable chef cheffe député députée sénateur "
    "sénatrice adjoint adjointe commissaire conseiller conseillère secrétaire médecin formateur formatrice "
    "encadrant encadrante bonjour bonsoir merci je j nous vous il elle on ils elles les des un une et mais ou "
    "donc or ni car si pour dans avec sans sur sous quand comment pourquoi que qui quoi ce cet cette ces mon ma "
    "mes ton ta tes son sa ses notre votre leur leurs euros monsieur madame mademoiselle messieurs mesdames tout "
    "tous toute toutes chez cordialement"
)
_LOWER_WORDS = _NOBODY | _words(
    "a ai as au aux avait avec bien ca ça cela de du elle en est était être fait il ils la le les lui mes mme mr "
    "ne non pas peut plus sera ses soit son sont très vient va"
)
_ARTICLES = frozenset(("le", "la", "l", "les"))


def _is_nobody(name: str, words: frozenset[str] = _NOBODY) -> bool:
    first, *others = [part for part in re.split(r"[\s'’.]+", name.lower()) if part] or [""]
    if first in _ARTICLES and others:
        return others[0] in words
    return first in words


def _names(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_CIVILITY, _WORKER, _CALLED):
        for found in pattern.finditer(text):
            name = found["name"]
            # An acronym after «salarié» says which contract, not who.
            is_acronym = pattern is not _CIVILITY and name.isupper() and "." not in name
            if not _is_nobody(name) and not is_acronym:
                yield (found.start() if pattern is _CIVILITY else found.start("name")), _end_of_name(found)
    for found in _LOWER_CIVILITY.finditer(text):
        if not _is_nobody(found["name"], _LOWER_WORDS):
            yield found.span()


def _end_of_name(found: re.Match[str]) -> int:
    """Leave out a capitalised word that is none of the name: «Madame Benali Merci»."""
    name: str = found["name"]
    for word in re.finditer(r"\S+", name):
        if word.start() > 0 and word.group().lower() in _NOBODY:
            return found.start("name") + len(name[: word.start()].rstrip())
    return found.end("name")


# -- Numbers and addresses -----------------------------------------------------------------------------------------

_GAP = r"[ .\-/\u00a0\u202f]"
_PHONE = re.compile(
    rf"(?<![\d+])(?:\(?(?:\+|00){_GAP}?(?:33|262|590|594|596|508|687|689)\)?{_GAP}?(?:\(0\){_GAP}?)?[1-9]|0{_GAP}?[1-79])"
    rf"(?:{_GAP}{{0,2}}\d){{8}}(?!{_GAP}?\d)"
    r"|(?<![\d+])\+(?!33|262|590|594|596|508|687|689)[1-9](?:[ .\-()\u00a0\u202f]{0,2}\d){8,13}(?!\d)"
)
_DATE_FIRST = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}")
_EMAIL = re.compile(r"(?<![\w.+\-])(?P<who>[\w.+\-]{1,64})@[\w\-]{1,63}(?:\.[\w\-]{2,63}){1,4}")
_SHARED_BOXES = _words(
    "accueil administration bonjour contact direction formation info infos noreply secretariat support"
)
_NIR = re.compile(
    rf"(?<![\dA-Za-z])(?P<number>[1-478]{_GAP}?\d{{2}}{_GAP}?(?P<month>\d{{2}}){_GAP}?(?:\d{{2}}|2[ABab])"
    rf"{_GAP}?\d{{3}}{_GAP}?\d{{3}})(?:{_GAP}{{0,3}}(?P<key>\d{{2}}))?(?![\dA-Za-z]|{_GAP}\d)"
)
_CORSICA = {"2A": "19", "2B": "18"}
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ \u00a0]?\d[ \u00a0]?\d")
_IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27, "LT": 20, "LU": 20, "LV": 21,
    "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "TN": 24,
    "TR": 26, "UA": 29,
}  # fmt: skip

_MONTH = (
    r"(?:janvier|janv\.?|février|fevrier|fév\.?|mars|avril|avr\.?|mai|juin|juillet|juil\.?|août|aout|septembre|sept\.?"
    r"|octobre|oct\.?|novembre|nov\.?|décembre|decembre|déc\.?)"
)
_DATE = (
    r"(?:\d{1,2}(?:er)?(?:[ \u00a0]?[/.\-][ \u00a0]?\d{1,2}[ \u00a0]?[/.\-][ \u00a0]?"
    rf"|{_SPACE}+(?:\d{{1,2}}|{_MONTH}){_SPACE}+)"
    r"(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)"
)
_BIRTH = re.compile(
    rf"(?i)\b(?:née?s?|né\(e\)|né[·.]e|ddn|naissance|anniversaire){_SPACE}*:?{_SPACE}*(?:le{_SPACE}+)?"
    rf"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche){_SPACE}+)?{_DATE}"
)
_ARTICLE = rf"(?:(?:de{_SPACE}la|de{_SPACE}l['’]|des|de|du|d['’]|la|le|les|l['’]){_SPACE}*)?"
_HOUSE = rf"(?<![\d/])\d{{1,4}}{_SPACE}?(?:bis|ter|quater|[A-Da-d]\b)?,?{_SPACE}+"
_ADDRESS = re.compile(
    rf"{_HOUSE}(?:(?i:rue|avenue|av\.|boulevard|bd\.?|bld\.?|chemin|impasse|allées?|ruelle|faubourg|lotissement|hameau"
    rf"|résidence|square|esplanade){_SPACE}+{_ARTICLE}{_LETTER}[\w'’\-]{{1,40}}"
    rf"|(?i:place|route|quai|passage|voie|cité|montée|traverse|sente){_SPACE}+{_ARTICLE}[{_UPPER}][\w'’\-]{{1,40}}"
    rf"|(?i:cours){_SPACE}+[{_UPPER}][\w'’\-]{{1,40}})(?:{_SPACE}[{_UPPER}][\w'’\-]{{1,40}}){{0,3}}"
    rf"(?:,?{_SPACE}*\d{{5}}{_SPACE}+[{_UPPER}][\w'’\-]{{1,40}})?"
)


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        if not _DATE_FIRST.match(found.group()):
            yield found.span()


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in _EMAIL.finditer(text):
        if found["who"].lower() not in _SHARED_BOXES:
            yield found.span()


def nir_key(number: str) -> int:
    """Return the key of a NIR of 13 characters."""
    department = number[5:7].upper()
    return 97 - int(number[:5] + _CORSICA.get(department, department) + number[7:]) % 97


def _nirs(text: str) -> Iterator[tuple[int, int]]:
    for found in _NIR.finditer(text):
        number = re.sub(_GAP, "", found["number"])
        month = int(found["month"])
        if found["key"] is not None:
            if nir_key(number) == int(found["key"]):
                yield found.span()
        elif number[0] in "12" and 1 <= month <= 12:
            yield found.span()


def is_iban(text: str) -> bool:
    """Whether these characters, without spaces, are an IBAN: the length of its country and the right check digits."""
    text = text.upper()
    if len(text) != _IBAN_LENGTHS.get(text[:2]) or not text.isascii() or not text.isalnum() or not text[2:4].isdigit():
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(found.group()[:2].upper())
        if length is None:
            continue
        characters, position = "", found.start()
        while len(characters) < length and position < len(text):
            character = text[position]
            if character.isascii() and character.isalnum():
                characters += character
            elif character not in " \u00a0\u202f-":
                break
            position += 1
        if is_iban(characters) and not text[position : position + 1].isalnum():
            yield found.start(), position


def _spans(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    def search(text: str) -> Iterator[tuple[int, int]]:
        for found in pattern.finditer(text):
            yield found.span()

    return search


# The surest first: a NIR is not a telephone number.
_SEARCHES = (
    (Kind.IBAN, _ibans),
    (Kind.NIR, _nirs),
    (Kind.EMAIL, _emails),
    (Kind.PHONE, _phones),
    (Kind.BIRTH, _spans(_BIRTH)),
    (Kind.ADDRESS, _spans(_ADDRESS)),
    (Kind.NAME, _names),
)
