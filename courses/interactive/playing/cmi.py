"""What a SCO says of itself (its cmi data): read from what a browser sent, kept, and given back. Pure.

Data are kept flat, as the standard names them: `{"cmi.core.lesson_status": "passed", …}`, every value a text.
Sources: SCORM 1.2 Run-Time Environment (3.4); SCORM 2004 4th ed. Run-Time Environment (4.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .outcome import Score, make_score

SCORM12, SCORM2004 = "scorm12", "scorm2004"
MAX_SUSPEND_DATA = 64_000
MAX_INTERACTIONS = 500
MAX_OBJECTIVES = 300
MAX_COMMENTS = 100
MAX_PARTS = 20
"""How many objectives and correct responses an interaction keeps."""
MAX_TEXT = 4_096
MAX_ID = 4_000
MAX_SECONDS = 9_999 * 3_600
_MAX_DEPTH = 8
_MAX_VALUES = 60_000

_SCORE = {"score.raw", "score.min", "score.max"}
_SINGLE: dict[str, dict[str, int]] = {
    SCORM12: {
        "core.lesson_location": 1000,
        "core.lesson_status": 13,
        "core.exit": 10,
        "core.session_time": 30,
        "core.total_time": 30,
        **{f"core.{name}": 30 for name in _SCORE},
        "suspend_data": MAX_SUSPEND_DATA,
        "comments": MAX_TEXT,
        **{f"student_preference.{name}": 255 for name in ("audio", "language", "speed", "text")},
    },
    SCORM2004: {
        "location": 1000,
        "completion_status": 15,
        "success_status": 10,
        "exit": 10,
        "session_time": 60,
        "total_time": 60,
        "progress_measure": 30,
        "score.scaled": 30,
        **dict.fromkeys(_SCORE, 30),
        "suspend_data": MAX_SUSPEND_DATA,
        **{
            f"learner_preference.{name}": 255
            for name in ("audio_level", "language", "delivery_speed", "audio_captioning")
        },
    },
}
_ROWS: dict[str, dict[str, dict[str, int]]] = {
    SCORM12: {
        "objectives": {"id": 255, "status": 13, **dict.fromkeys(_SCORE, 30)},
        "interactions": {
            "id": 255,
            "type": 20,
            "time": 30,
            "weighting": 30,
            "student_response": MAX_TEXT,
            "result": 30,
            "latency": 30,
        },
    },
    SCORM2004: {
        "objectives": {
            "id": MAX_ID,
            "success_status": 10,
            "completion_status": 15,
            "progress_measure": 30,
            "description": 500,
            "score.scaled": 30,
            **dict.fromkeys(_SCORE, 30),
        },
        "interactions": {
            "id": MAX_ID,
            "type": 20,
            "timestamp": 40,
            "weighting": 30,
            "learner_response": MAX_TEXT,
            "result": 30,
            "latency": 60,
            "description": 500,
        },
        "comments_from_learner": {"comment": MAX_TEXT, "location": 250, "timestamp": 40},
    },
}
_MOST = {"objectives": MAX_OBJECTIVES, "interactions": MAX_INTERACTIONS, "comments_from_learner": MAX_COMMENTS}
_ROW = re.compile(r"(objectives|interactions|comments_from_learner)\.(\d{1,5})\.(.+)")
_PART = re.compile(r"(objectives|correct_responses)\.(\d{1,3})\.(id|pattern)")
_PARTS = {("objectives", "id"), ("correct_responses", "pattern")}
# In an interaction its id and type come first: the runtime checks the others by them.
_ORDER = ("id", "type")
_CLOCK = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)")
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_UNITS = (365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1)
STATUSES = frozenset({"passed", "completed", "failed", "incomplete", "browsed", "not attempted"})


@dataclass(frozen=True, slots=True)
class ScoOutcome:
    """What a SCO says of itself at one time. `cmi` is all that is kept; `seconds` its time so far, this session's too.

    `started` tells that there is something to take up again; `finished` that it ended its session (LMSFinish,
    Terminate): a tab that was closed leaves it open.
    """

    completed: bool = False
    success: bool | None = None
    score: Score | None = None
    progress: float | None = None
    seconds: float = 0
    exit: str = ""
    finished: bool = False
    started: bool = False
    cmi: dict[str, str] = field(default_factory=dict)


def read_cmi(kind: str, data: Any, item: Mapping[str, Any] | None = None) -> ScoOutcome:
    """Read what a browser sent for a SCO, nested or flat; whatever it is, it is read as far as it makes sense.

    `kind` is «scorm12» or «scorm2004»; `item` is the SCO's in the structure of its package: its mastery score or its
    thresholds decide, where the standard says so.
    """
    kind = kind if kind in _SINGLE else SCORM12
    cmi = clean_cmi(kind, data)
    finished = isinstance(data, Mapping) and data.get("finished") is True
    read = _read_12 if kind == SCORM12 else _read_2004
    return read(cmi, item or {}, finished=finished)


def _read_12(cmi: dict[str, str], item: Mapping[str, Any], *, finished: bool) -> ScoOutcome:
    status = cmi.get("cmi.core.lesson_status", "")
    raw = number(cmi.get("cmi.core.score.raw"))
    success = {"passed": True, "failed": False}.get(status)
    completed = status in {"completed", "passed", "failed"}
    mastery = number(item.get("mastery_score"))
    # RTE 3.4.4: with a mastery score the LMS decides, once the SCO has a score and is through.
    if mastery is not None and raw is not None and (completed or finished):
        success = raw >= mastery
        completed = completed or success
    return ScoOutcome(
        completed=completed,
        success=success,
        score=_score(raw, cmi, "cmi.core.score"),
        seconds=_time_so_far(cmi, "cmi.core."),
        exit=cmi.get("cmi.core.exit", ""),
        finished=finished,
        started=status not in {"", "not attempted"} or raw is not None or _has_place(cmi, "cmi.core.lesson_location"),
        cmi=cmi,
    )


def _read_2004(cmi: dict[str, str], item: Mapping[str, Any], *, finished: bool) -> ScoOutcome:
    completed = cmi.get("cmi.completion_status") == "completed"
    success = {"passed": True, "failed": False}.get(cmi.get("cmi.success_status", ""))
    progress = number(cmi.get("cmi.progress_measure"))
    threshold, passing = number(item.get("completion_threshold")), number(item.get("scaled_passing_score"))
    scaled = number(cmi.get("cmi.score.scaled"))
    # RTE 4.2.4.1 and 4.2.22.1: where the manifest has a threshold and the SCO a measure, the LMS decides.
    if threshold is not None and progress is not None:
        completed = progress >= threshold
    if passing is not None and scaled is not None:
        success = scaled >= passing
    raw = number(cmi.get("cmi.score.raw"))
    score = make_score(scaled=scaled) if scaled is not None else None
    points = _score(raw, cmi, "cmi.score")
    if score is None:
        score = points
    elif points is not None and abs(points.scaled - score.scaled) <= Decimal("0.01"):
        score = Score(score.scaled, points.raw, points.maximum)
    return ScoOutcome(
        completed=completed,
        success=success,
        score=score,
        progress=min(max(progress, 0), 1) if progress is not None else None,
        seconds=_time_so_far(cmi, "cmi."),
        exit=cmi.get("cmi.exit", ""),
        finished=finished,
        started=cmi.get("cmi.completion_status", "unknown") not in {"unknown", "not attempted"}
        or score is not None
        or _has_place(cmi, "cmi.location"),
        cmi=cmi,
    )


def _has_place(cmi: Mapping[str, str], location: str) -> bool:
    return location in cmi or "cmi.suspend_data" in cmi or "cmi.interactions.0.id" in cmi


def _score(raw: float | None, cmi: Mapping[str, str], path: str) -> Score | None:
    """Return a score from its points. Without bounds it is out of 100, as SCORM 1.2 has it; more than all is all."""
    if raw is None:
        return None
    least, most = number(cmi.get(f"{path}.min")), number(cmi.get(f"{path}.max"))
    low = least if least is not None else 0
    high = most if most is not None and most > low else max(100, low + 1)
    if low == 0:
        return make_score(raw=min(max(raw, 0), high), maximum=high)
    share = (raw - low) / (high - low)
    return make_score(scaled=min(max(share, 0), 1))


def _time_so_far(cmi: Mapping[str, str], prefix: str) -> float:
    total, session = (seconds_of(cmi.get(f"{prefix}{name}", "")) for name in ("total_time", "session_time"))
    return min((total or 0) + (session or 0), MAX_SECONDS)


def number(value: Any) -> float | None:
    """Return a finite number of reasonable size from a text or a number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", ".")
        if len(value) > 40 or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", value, re.ASCII):
            return None
    elif not isinstance(value, (int, float, Decimal)):
        return None
    found = float(value) if not isinstance(value, int) or abs(value) < 1e12 else math.inf
    return found if math.isfinite(found) and abs(found) < 1e9 else None


def seconds_of(text: str) -> float | None:
    """Return a time of SCORM 1.2 (HHHH:MM:SS.ss) or of SCORM 2004 (ISO 8601) in seconds; tools mix them up."""
    if match := _CLOCK.fullmatch(text.strip()):
        hours, minutes, seconds = match.groups()
        return min(int(hours) * 3600 + int(minutes) * 60 + float(seconds), MAX_SECONDS)
    if (match := _DURATION.fullmatch(text.strip())) and any(match.groups()):
        parts = zip(match.groups(), _UNITS, strict=True)
        return min(sum(float(part[:15]) * unit for part, unit in parts if part), MAX_SECONDS)
    return None


def clock(seconds: float) -> str:
    """Return seconds as SCORM 1.2 writes them: HHHH:MM:SS.ss."""
    hundredths = round(min(max(seconds, 0), MAX_SECONDS) * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60:04d}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"


def duration(seconds: float) -> str:
    """Return seconds as SCORM 2004 writes them: PT…H…M…S."""
    hundredths = round(min(max(seconds, 0), MAX_SECONDS) * 100)
    minutes, rest = divmod(hundredths, 6000)
    tail = f"{rest / 100:.2f}".rstrip("0").rstrip(".")
    return f"PT{minutes // 60}H{minutes % 60}M{tail}S"


def clean_cmi(kind: str, data: Any) -> dict[str, str]:
    """Return what is kept of cmi data, nested or flat: elements of the standard, within bounds, in order.

    Of the interactions the last ones are kept: a course of many years goes on counting.
    """
    singles: dict[str, str] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for path, value in _flat(data):
        text = _text(value)
        if text is None:
            continue
        name = path.removeprefix("cmi.")
        if (longest := _SINGLE[kind].get(name)) is not None:
            if text and len(text) <= longest:
                singles[f"cmi.{name}"] = text
        elif match := _ROW.fullmatch(name):
            table, index, leaf = match[1], int(match[2]), match[3]
            _keep_leaf(rows.setdefault(table, {}).setdefault(index, {}), kind, table, leaf, text)
    return singles | dict(_numbered(kind, rows))


def _keep_leaf(row: dict[str, str], kind: str, table: str, leaf: str, text: str) -> None:
    columns = _ROWS[kind].get(table, {})
    longest = columns.get(leaf)
    part = _PART.fullmatch(leaf) if table == "interactions" else None
    if part and (part[1], part[3]) in _PARTS and int(part[2]) < MAX_PARTS:
        longest = MAX_TEXT
    if longest is not None and text and len(text) <= longest:
        row[leaf] = text


def _numbered(kind: str, rows: Mapping[str, Mapping[int, dict[str, str]]]) -> Iterator[tuple[str, str]]:
    """Yield the rows of each table that have an id, without holes, the last ones where there are too many."""
    for table in _ROWS[kind]:
        found = [row for _index, row in sorted(rows.get(table, {}).items()) if row]
        if table != "comments_from_learner":
            found = [row for row in found if "id" in row]
        for number_, row in enumerate(found[-_MOST[table] :]):
            for leaf in sorted(row, key=lambda leaf: (leaf not in _ORDER, leaf)):
                yield f"cmi.{table}.{number_}.{leaf}", row[leaf]


def _text(value: Any) -> str | None:
    """Return a value as SCORM has it: text. Of what no database keeps, NUL and halves of characters, nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value) if math.isfinite(value) and abs(value) < 1e12 else None
    if not isinstance(value, str):
        return None
    return (
        value.replace("\0", "").encode("utf-8", "replace").decode() if not value.isascii() else value.replace("\0", "")
    )


def _flat(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield the paths and the leaves of nested data, as many as any SCO has."""
    waiting: list[tuple[str, Any, int]] = [("", data, 0)]
    left = _MAX_VALUES
    while waiting and left:
        path, value, depth = waiting.pop()
        left -= 1
        if isinstance(value, Mapping):
            inside = list(value.items())
        elif isinstance(value, list):
            inside = list(enumerate(value))
        else:
            yield path, value
            continue
        if depth < _MAX_DEPTH:
            for key, each in reversed(inside[:_MAX_VALUES]):
                waiting.append((f"{path}.{key}" if path else str(key), each, depth + 1))


def first_cmi(kind: str, item: Mapping[str, Any], learner_id: str, learner_name: str) -> dict[str, str]:
    """Return the cmi data of a SCO that is opened for the first time."""
    return resume_cmi(kind, item, {}, learner_id, learner_name)


def resume_cmi(
    kind: str, item: Mapping[str, Any], state: Mapping[str, Any], learner_id: str, learner_name: str
) -> dict[str, str]:
    """Return the cmi data that a SCO finds when it is opened, given the state that it left (`{}` if none).

    A SCO that left by «suspend», or whose window was closed before it could say how it leaves, finds everything again.
    One of SCORM 2004 that left otherwise begins anew (RTE 4.2.8). So does one of SCORM 1.2 that was through; where it
    was not, it keeps its place, since many never say that they suspend.
    """
    kind = kind if kind in _SINGLE else SCORM12
    before = read_cmi(kind, state.get("cmi"), item)
    finished = state.get("finished") is True
    suspended = before.exit == "suspend" or (before.started and not finished)
    kept = suspended or (kind == SCORM12 and before.started and not before.completed)
    entry = "resume" if suspended else "" if kept else "ab-initio"
    saved = before.cmi if kept else {}
    if kind == SCORM12:
        return _given_12(item, saved, before.seconds, entry, learner_id, learner_name)
    return _given_2004(item, saved, before.seconds if kept else 0, entry, learner_id, learner_name)


def _given_12(
    item: Mapping[str, Any], saved: Mapping[str, str], seconds: float, entry: str, learner_id: str, name: str
) -> dict[str, str]:
    given = {
        "cmi.core.student_id": learner_id[:255],
        "cmi.core.student_name": name[:255],
        "cmi.core.credit": "credit",
        "cmi.core.lesson_mode": "normal",
        "cmi.core.entry": entry,
        "cmi.core.total_time": clock(seconds),
        "cmi.core.lesson_status": "not attempted",
        "cmi.launch_data": str(item.get("launch_data") or ""),
        "cmi.student_data.mastery_score": _written(item.get("mastery_score")),
        "cmi.student_data.max_time_allowed": _limit(item, clock),
        "cmi.student_data.time_limit_action": str(item.get("time_limit_action") or ""),
    }
    fresh = {"cmi.core.exit", "cmi.core.session_time", "cmi.core.total_time"}
    given |= {name: value for name, value in saved.items() if name not in fresh}
    return {name: value for name, value in given.items() if value or name == "cmi.core.entry"}


def _given_2004(
    item: Mapping[str, Any], saved: Mapping[str, str], seconds: float, entry: str, learner_id: str, name: str
) -> dict[str, str]:
    given = {
        "cmi.learner_id": learner_id[:MAX_ID],
        "cmi.learner_name": name[:250],
        "cmi.credit": "credit",
        "cmi.mode": "normal",
        "cmi.entry": entry,
        "cmi.total_time": duration(seconds),
        "cmi.launch_data": str(item.get("launch_data") or ""),
        "cmi.max_time_allowed": _limit(item, duration),
        "cmi.time_limit_action": str(item.get("time_limit_action") or ""),
        "cmi.scaled_passing_score": _written(item.get("scaled_passing_score")),
        "cmi.completion_threshold": _written(item.get("completion_threshold")),
    }
    if not any(path.startswith("cmi.objectives.") for path in saved):
        objectives = [o for o in item.get("objectives") or [] if isinstance(o, str) and o]
        given |= {f"cmi.objectives.{n}.id": o for n, o in enumerate(objectives[:MAX_OBJECTIVES])}
    given |= {n: v for n, v in saved.items() if n not in {"cmi.exit", "cmi.session_time", "cmi.total_time"}}
    return {n: v for n, v in given.items() if v or n == "cmi.entry"}


def _limit(item: Mapping[str, Any], write: Any) -> str:
    seconds = seconds_of(str(item.get("max_time") or ""))
    return str(write(seconds)) if seconds else ""


def _written(value: Any) -> str:
    found = number(value)
    return "" if found is None else f"{found:g}"
