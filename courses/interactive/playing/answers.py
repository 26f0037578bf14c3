"""Answers to the parts of a content in words, from what xAPI and SCORM say of them. Pure.

What comes in was sent by a browser: any shape is read, and what makes no sense is left as it is.
Source: xAPI 1.0.3, part 2, «Interaction activities»; SCORM 2004 RTE, cmi.interactions, which shares its vocabulary.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import strip_tags
from django.utils.text import Truncator

LONGEST = 300
ITEMS = 100
"""An answer names so many parts at most; more are not shown."""
FREE = frozenset({"long-fill-in", "other", "performance", ""})
"""Kinds whose answers are each person's own: counting equal ones says nothing."""
_LANGUAGES = ("fr", "fr-FR", "und", "en-US", "en")
# What a pattern says of itself before its answer: {case_matters=false}, {lang=fr}, {order_matters=true}.
_SETTING = re.compile(r"\{(?:case_matters|order_matters|lang)=[A-Za-z-]{1,20}\}")
_TRUTH = {"true": "Vrai", "false": "Faux", "t": "Vrai", "f": "Faux", "1": "Vrai", "0": "Faux"}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def plain(value: Any, longest: int = LONGEST) -> str:
    """Return a text on one line without its HTML, cut where it is too long."""
    if not isinstance(value, str):
        return ""
    words = html.unescape(strip_tags(value[: 10 * longest].replace("<br", " <br").replace("</p>", " </p>")))
    return Truncator(" ".join(words.split())).chars(longest)


def in_language(texts: Any) -> str:
    """Return the French text of a language map, else one that is there."""
    found = _mapping(texts)
    for language in (*_LANGUAGES, *found):
        if said := plain(found.get(language)):
            return said
    return ""


def _names(definition: Mapping[str, Any], *lists: str) -> dict[str, str]:
    """Return what the choices of a definition are called, by their ids."""
    rows = [_mapping(row) for name in lists for row in _rows(definition.get(name))]
    return {str(row.get("id")): in_language(row.get("description")) or plain(str(row.get("id"))) for row in rows}


def _parts(text: str) -> list[str]:
    return text.split("[,]")[:ITEMS] if text else []


def _pairs(text: str, first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[str]:
    for part in _parts(text):
        left, _sign, right = part.partition("[.]")
        yield f"{first.get(left) or plain(left)} → {second.get(right) or plain(right)}"


def in_words(definition: Mapping[str, Any], response: Any) -> str:
    """Return a response (or a pattern of the correct ones) in the words of its question, «» if there is none."""
    if not isinstance(response, str):
        return ""
    text = _SETTING.sub("", response).strip()
    match kind_of(definition):
        case "true-false":
            return _TRUTH.get(text.lower(), plain(text))
        case "choice" | "likert":
            names = _names(definition, "choices", "scale")
            words = " ; ".join(names.get(part) or plain(part) for part in _parts(text))
        case "sequencing":
            names = _names(definition, "choices")
            words = " → ".join(names.get(part) or plain(part) for part in _parts(text))
        case "matching":
            words = " ; ".join(_pairs(text, _names(definition, "source"), _names(definition, "target")))
        case "performance":
            words = " ; ".join(_pairs(text, _names(definition, "steps"), {}))
        case "numeric":
            words = text.replace("[:]", " à ")
        case _:
            words = " / ".join(plain(part) or "(vide)" for part in _parts(text))
    return plain(words)


def kind_of(definition: Mapping[str, Any]) -> str:
    """Return the kind of interaction that a definition says, «» if none."""
    kind = definition.get("interactionType")
    return kind if isinstance(kind, str) else ""


def correct_in_words(definition: Mapping[str, Any]) -> str:
    """Return the first of the correct answers that a definition names, in words."""
    patterns = _rows(definition.get("correctResponsesPattern"))
    return in_words(definition, patterns[0]) if patterns else ""


def question_in_words(definition: Mapping[str, Any]) -> str:
    """Return what a question asks: its description, else its name."""
    return in_language(definition.get("description")) or in_language(definition.get("name"))


# -- SCORM ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interaction:
    """An interaction that a SCORM content has noted. `success` is None where it says neither right nor wrong."""

    id: str
    definition: dict[str, Any]
    response: str
    success: bool | None


# SCORM 1.2 allows one letter, and both kinds of dash; 2004 writes underscores.
_KINDS = {
    "true-false": "true-false",
    "choice": "choice",
    "fill-in": "fill-in",
    "long-fill-in": "long-fill-in",
    "matching": "matching",
    "performance": "performance",
    "sequencing": "sequencing",
    "likert": "likert",
    "numeric": "numeric",
}
_RESULTS = {"correct": True, "incorrect": False, "wrong": False}
_LEAF = re.compile(r"cmi\.interactions\.(\d{1,5})\.(.{1,60})")


def interactions_in(cmi: Any) -> list[Interaction]:
    """Return the interactions in the cmi data of a SCO, as they are kept: flat, `{"cmi.interactions.0.id": …}`.

    The last one of an id counts: contents note each try in a row of its own.
    """
    rows: dict[int, dict[str, Any]] = {}
    for path, value in _mapping(cmi).items():
        if match := _LEAF.fullmatch(path):
            rows.setdefault(int(match[1]), {})[match[2]] = value
    found: dict[str, Interaction] = {}
    for _number, row in sorted(rows.items()):
        number = row.get("id")
        if isinstance(number, str) and number:
            found.pop(number, None)
            found[number] = _interaction(number, row)
    return list(found.values())


def _interaction(number: str, row: Mapping[str, Any]) -> Interaction:
    said = row.get("learner_response") or row.get("student_response")
    correct = row.get("correct_responses.0.pattern")
    # 2004 names what it asks; 1.2 leaves only the identifier, which authoring tools make out of the words.
    words = plain(row.get("description")) or plain(number.replace("_", " "))
    definition = {
        "interactionType": _KINDS.get(str(row.get("type")).replace("_", "-"), ""),
        "description": {"und": words},
        "correctResponsesPattern": [correct] if correct else [],
    }
    return Interaction(
        number, definition, said if isinstance(said, str) else "", _RESULTS.get(str(row.get("result")).lower())
    )
