"""Small liberties that H5P and its libraries take with xAPI, put right before a statement is checked. Pure.

H5P writes «compound» for a set of questions, empty or missing texts as null, an answer as a number; a score that
rounding has put a hair over its bound. None of it is worth losing a learner's result. What a tool outside the site
sends is never mended: it is told what is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .validation import (
    COMPONENT_LISTS,
    COMPONENTS,
    StatementError,
    is_iri,
    is_language,
    is_number,
    parse_duration,
)

_NUL = re.compile(r"[\x00\ud800-\udfff]")
_HAIR = 0.01
"""How far over its bound a score may be by rounding."""


def mend(statement: Any) -> Any:
    """Return a statement of the site's own players as xAPI has it, as far as it can be told. Changes nothing given."""
    if not isinstance(statement, dict):
        return statement
    made = {name: value for name, value in _plain(statement).items() if value is not None}
    if isinstance(made.get("verb"), dict):
        made["verb"] = _with(made["verb"], display=_language_map)
    if isinstance(made.get("object"), dict):
        made["object"] = _activity(made["object"])
    if isinstance(made.get("result"), dict):
        made["result"] = _result(made["result"])
    if isinstance(made.get("context"), dict):
        made["context"] = _context(made["context"])
    return made


def _plain(value: Any, depth: int = 0) -> Any:
    """Drop characters that no database keeps. What is nested too deep is left to the check."""
    if isinstance(value, str):
        return _NUL.sub("", value)
    if isinstance(value, dict) and depth < 50:
        return {_plain(name): _plain(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list) and depth < 50:
        return [_plain(part, depth + 1) for part in value]
    return value


def _with(found: Mapping[str, Any], **rules: Any) -> dict[str, Any]:
    """Apply a rule to each property that has one; a property that is, or becomes, None is left out."""
    made = {name: rules[name](value) if name in rules else value for name, value in found.items()}
    return {name: value for name, value in made.items() if value is not None}


def _language_map(value: Any) -> dict[str, str] | None:
    if isinstance(value, str):
        value = {"und": value}
    if not isinstance(value, dict):
        return None
    return {name: text for name, text in value.items() if is_language(name) and isinstance(text, str)}


def _extensions(value: Any) -> dict[str, Any] | None:
    return {name: part for name, part in value.items() if is_iri(name)} if isinstance(value, dict) else None


def _activity(value: Any) -> Any:
    return _with(value, definition=_definition) if isinstance(value, dict) else value


def _definition(value: Any) -> Any:
    if not isinstance(value, dict):
        return None
    lists = dict.fromkeys(COMPONENT_LISTS, _components)
    made = _with(
        value,
        name=_language_map,
        description=_language_map,
        extensions=_extensions,
        correctResponsesPattern=_responses,
        type=lambda kind: kind if is_iri(kind) else None,
        moreInfo=lambda address: address if is_iri(address) else None,
        **lists,
    )
    has_parts = "correctResponsesPattern" in made or any(name in made for name in COMPONENT_LISTS)
    kind = made.get("interactionType")
    if (kind is not None or has_parts) and (not isinstance(kind, str) or kind not in COMPONENTS):
        kind = made["interactionType"] = "other"
    allowed = COMPONENTS[kind] if kind else ()
    return {name: part for name, part in made.items() if name not in COMPONENT_LISTS or name in allowed}


def _responses(value: Any) -> list[str] | None:
    return [_word(part) for part in value if part is not None] if isinstance(value, list) else None


def _components(value: Any) -> list[dict[str, Any]] | None:
    if not isinstance(value, list):
        return None
    made: dict[str, dict[str, Any]] = {}
    for part in value:
        if isinstance(part, dict) and (name := _word(part.get("id", ""))):
            made.setdefault(name, _with({**part, "id": name}, description=_language_map))
    return list(made.values())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _result(value: Mapping[str, Any]) -> dict[str, Any]:
    return _with(
        value,
        score=_score,
        success=_boolean,
        completion=_boolean,
        response=_word,
        duration=_duration,
        extensions=_extensions,
    )


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _duration(value: Any) -> str | None:
    try:
        parse_duration(value)
    except StatementError:
        return None
    return str(value)


def _score(value: Any) -> dict[str, Any] | None:
    """Keep what makes sense: a score without its bounds is better than none at all, one out of them is none."""
    if not isinstance(value, dict):
        return None
    found = {name: number for name, number in value.items() if is_number(number) and math.isfinite(number)}
    scaled = found.get("scaled")
    if scaled is not None and abs(scaled) > 1:
        found["scaled"] = math.copysign(1, scaled)
        if abs(scaled) > 1 + _HAIR:
            del found["scaled"]
    if found.get("min", -math.inf) >= found.get("max", math.inf):
        found.pop("min", None)
        found.pop("max", None)
    if "raw" in found:
        least, most = found.get("min", -math.inf), found.get("max", math.inf)
        if not least - _HAIR <= found["raw"] <= most + _HAIR:
            del found["raw"]
        else:
            found["raw"] = min(max(found["raw"], least), most)
    return found or None


def _context(value: Mapping[str, Any]) -> dict[str, Any]:
    return _with(
        value,
        contextActivities=_context_activities,
        extensions=_extensions,
        language=lambda tag: tag if is_language(tag) else None,
    )


def _context_activities(value: Any) -> Any:
    if not isinstance(value, dict):
        return None
    lists = {
        name: [_activity(one) for one in (part if isinstance(part, list) else [part])]
        for name, part in value.items()
        if part
    }
    return lists or None
