"""What is kept of a statement that a player in a browser has made. Pure.

It may be forged, so a new statement is built from the parts that make sense: whose it is, when at the latest, in which
place and which registration is said by the server alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from .outcome import make_score

ADL = "http://adlnet.gov/expapi/verbs/"
VERBS = {
    f"{ADL}{name}": name
    for name in (
        "answered", "attempted", "completed", "experienced", "failed", "initialized", "mastered", "passed",
        "progressed", "responded", "scored", "suspended", "resumed", "terminated",
    )
} | {"http://activitystrea.ms/schema/1.0/consume": "consumed"}  # fmt: skip
"""What the activities of H5P say. «interacted» comes at each touch and is not kept."""

PART = re.compile(r"\?subContentId=([A-Za-z0-9-]{1,64})")
LIBRARY = re.compile(r"http://h5p\.org/libraries/[A-Za-z0-9._-]{1,120}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
DURATION = re.compile(r"PT(?:\d{1,4}H)?(?:\d{1,5}M)?(?:\d{1,7}(?:\.\d{1,3})?S)?")
IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]{1,300}")
INTERACTIONS = frozenset(
    {
        "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert",
        "numeric", "other",
    }
)  # fmt: skip
COMPONENTS = ("choices", "scale", "source", "target", "steps")
TEXT = 5000
ITEMS = 200
OLDEST = timedelta(days=30)


def checked_statement(
    raw: Any, activity: str, *, actor: dict[str, Any], registration: UUID, now: datetime
) -> dict[str, Any] | None:
    """Return the statement to store, or None for one that a player in this place cannot have made.

    `activity` is the IRI of the place: the object must be it or a part of it.
    """
    verb = _get(raw, "verb", "id")
    object_id = _part_of(_get(raw, "object", "id"), activity)
    number = _uuid(_get(raw, "id"))
    if not isinstance(verb, str) or verb not in VERBS or object_id is None or number is None:
        return None
    statement: dict[str, Any] = {
        "id": str(number),
        "actor": actor,
        "verb": {"id": verb, "display": {"en-US": VERBS[verb]}},
        "object": {"objectType": "Activity", "id": object_id},
        "context": {"registration": str(registration)},
        "timestamp": _when(_get(raw, "timestamp"), now).isoformat(),
    }
    definition = _definition(_get(raw, "object", "definition"))
    if definition:
        statement["object"]["definition"] = definition
    result = _result(_get(raw, "result"))
    if result:
        statement["result"] = result
    around = _context_activities(_get(raw, "context", "contextActivities"), activity, object_id)
    if around:
        statement["context"]["contextActivities"] = around
    return statement


def _get(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _when(value: Any, now: datetime) -> datetime:
    """Return when it was, if that can be: a report may have waited for the network, but not come from the future."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not now - OLDEST <= moment <= now:
        return now
    return moment


def _part_of(value: Any, activity: str) -> str | None:
    if value == activity:
        return activity
    if not isinstance(value, str) or not value.startswith(activity):
        return None
    part = PART.fullmatch(value.removeprefix(activity))
    return f"{activity}{part[0]}" if part else None


def _text(value: Any) -> str | None:
    # Neither database keeps a NUL in JSON.
    return value[:TEXT].replace("\x00", "") if isinstance(value, str) else None


def _texts(value: Any) -> dict[str, str]:
    """Return a language map."""
    if not isinstance(value, Mapping):
        return {}
    found = {k: _text(v) for k, v in list(value.items())[:5] if isinstance(k, str) and LANGUAGE.fullmatch(k)}
    return {language: text for language, text in found.items() if text}


def _components(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    rows = [(_text(_get(row, "id")), _texts(_get(row, "description"))) for row in value[:ITEMS]]
    return [{"id": number, "description": said} if said else {"id": number} for number, said in rows if number]


def _definition(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Any] = {name: _texts(value.get(name)) for name in ("name", "description")}
    kind = value.get("type")
    if isinstance(kind, str) and IRI.fullmatch(kind):
        found["type"] = kind
    interaction = value.get("interactionType")
    if isinstance(interaction, str) and interaction in INTERACTIONS:
        found["interactionType"] = interaction
        patterns = value.get("correctResponsesPattern")
        if isinstance(patterns, list):
            found["correctResponsesPattern"] = [text for p in patterns[:ITEMS] if (text := _text(p)) is not None]
        found |= {name: _components(value.get(name)) for name in COMPONENTS}
    return {name: part for name, part in found.items() if part}


def _result(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Any] = {}
    score = value.get("score")
    if isinstance(score, Mapping):
        checked = make_score(score.get("raw"), score.get("max"), score.get("scaled"))
        if checked is not None:
            found["score"] = {"scaled": float(checked.scaled)}
            if checked.raw is not None and checked.maximum is not None:
                found["score"] |= {"raw": float(checked.raw), "min": 0, "max": float(checked.maximum)}
    checks: dict[str, Callable[[Any], bool]] = {
        "success": lambda part: isinstance(part, bool),
        "completion": lambda part: isinstance(part, bool),
        "duration": lambda part: isinstance(part, str) and len(part) > len("PT") and bool(DURATION.fullmatch(part)),
    }
    found |= {name: value[name] for name, check in checks.items() if name in value and check(value[name])}
    response = _text(value.get("response"))
    return found if response is None else found | {"response": response}


def _context_activities(value: Any, activity: str, object_id: str) -> dict[str, Any]:
    """Return the content that a part belongs to, and the library that made the statement."""
    found: dict[str, Any] = {}
    parents = _get(value, "parent")
    first = parents[0] if isinstance(parents, list) and parents else parents
    parent = _part_of(_get(first, "id"), activity) or activity
    if object_id != activity and parent != object_id:
        found["parent"] = [{"id": parent, "objectType": "Activity"}]
    if found and parent != activity:
        found["grouping"] = [{"id": activity, "objectType": "Activity"}]
    categories = _get(value, "category")
    if isinstance(categories, list):
        ids = [_get(row, "id") for row in categories[:5]]
        found["category"] = [
            {"id": number, "objectType": "Activity"}
            for number in ids
            if isinstance(number, str) and LIBRARY.fullmatch(number)
        ]
    return {name: part for name, part in found.items() if part}
