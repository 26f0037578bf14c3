"""Playing SCORM packages: the page of a SCO with its runtime, what it reports, and what it finds when opened again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from .cmi import SCORM12, SCORM2004, ScoOutcome, first_cmi, number, read_cmi, resume_cmi
from .models import PlayState, Registration
from .outcome import Reported, Score, make_score
from .prerequisites import prerequisites_met

if TYPE_CHECKING:
    from .results import StateReport

RUNTIMES = {
    SCORM12: "vendor/scorm-again/scorm12.min.js",
    SCORM2004: "vendor/scorm-again/scorm2004.min.js",
}
PLAYER = "js/scorm-player.js"

# -- The page of a SCO -------------------------------------------------------------------------------------------

ONE_BYTE = "latin-1"
_BOMS = ((b"\xef\xbb\xbf", ONE_BYTE), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# What may stand before the head of a page: white space, comments, a document type, an XML declaration.
_BEFORE = re.compile(r"(?:\s+|<!--.*?-->|<![^>]*>|<\?[^>]*>)*", re.DOTALL)
_TAG = r"""<%s(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>"""
_HTML, _HEAD = (re.compile(_TAG % name, re.IGNORECASE) for name in ("html", "head"))
_CHARSET = re.compile(r"""<meta\b[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_PRESCAN = 1024
"""How many bytes browsers look at for the encoding of a page."""


def inject(html: bytes, context: Mapping[str, Any]) -> bytes:
    """Put the runtime into a page before any script of its own, and what it needs to know.

    `context` is that of `launch_context`; its `scripts` are addresses. What is put in is ASCII, so that it is right in
    any encoding of the page; since it pushes away what the page says of its encoding, this is said first.
    """
    bom, codec = next(((mark, name) for mark, name in _BOMS if html.startswith(mark)), (b"", ""))
    body = html[len(bom) :]
    text, codec = _decoded(body, codec)
    place = _place(text)
    # A mark at its beginning counts more than what a page says, and so does its being of two bytes a character.
    said = _CHARSET.search(text[:_PRESCAN]) if not bom and codec == ONE_BYTE else None
    added = _markup(context, said[1] if said else "")
    return bom + (text[:place] + added + text[place:]).encode(codec, "surrogatepass")


def _decoded(body: bytes, codec: str) -> tuple[str, str]:
    """Return a page as text and the codec that gives its bytes back: a character for a byte where none is needed."""
    if not codec:
        codec = {b"<\0!\0": "utf-16-le", b"\0<\0!": "utf-16-be"}.get(body[:4], ONE_BYTE)
    try:
        return body.decode(codec, "surrogatepass"), codec
    except UnicodeDecodeError:
        return body.decode(ONE_BYTE), ONE_BYTE


def _place(text: str) -> int:
    """Return where the head of a page begins, or would begin."""
    found = _BEFORE.match(text)
    at = found.end() if found else 0
    for tag in (_HTML, _HEAD):
        if match := tag.match(text, at):
            at = match.end()
            after = _BEFORE.match(text, at)
            if tag is _HTML and after and _HEAD.match(text, after.end()):
                at = after.end()
    return at


def _markup(context: Mapping[str, Any], charset: str) -> str:
    known = {name: value for name, value in context.items() if name != "scripts"}
    data = json.dumps(known).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    meta = f'<meta charset="{charset}"/>' if charset else ""
    tags = "".join(f'<script src="{address}"></script>' for address in context.get("scripts", ()))
    return f'{meta}<script type="application/json" id="eti-launch">{data}</script>{tags}'


# -- What a package amounts to -----------------------------------------------------------------------------------


def parts_of(structure: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a package that count: those that can be opened and are not hidden; all, if all are."""
    items = [item for item in structure.get("items", []) if item.get("href")]
    return [item for item in items if item.get("visible", True)] or items


@dataclass(frozen=True, slots=True)
class PartState:
    """Where a person stands at one part: what was best over all the times they opened it."""

    opened: bool = False
    completed: bool = False
    success: bool | None = None
    score: Score | None = None

    @property
    def status(self) -> str:
        """The status in the words of SCORM 1.2."""
        if self.success is not None:
            return "passed" if self.success else "failed"
        return "completed" if self.completed else "incomplete" if self.opened else "not attempted"


def part_state(data: Any) -> PartState:
    """Return what the stored state of a part says."""
    best = data.get("best") if isinstance(data, Mapping) else None
    if not isinstance(best, Mapping):
        return PartState(opened=data is not None)
    success = best.get("success")
    raw, most, scaled = (number(best.get(name)) for name in ("raw", "max", "score"))
    score = make_score(scaled=scaled)
    points = make_score(raw, most) if score else None
    return PartState(
        opened=True,
        completed=best.get("completed") is True,
        success=success if isinstance(success, bool) else None,
        score=replace(score, raw=points.raw, maximum=points.maximum) if score and points else score,
    )


def _best(before: PartState, now: ScoOutcome) -> dict[str, Any]:
    """Return what is best of a part, once it has said this: what was reached stays."""
    better = now.score is not None and (before.score is None or now.score.scaled > before.score.scaled)
    score = now.score if better else before.score
    return {
        "completed": before.completed or now.completed,
        "success": now.success if before.success is None else before.success or bool(now.success),
        "score": score and str(score.scaled),
        "raw": None if score is None or score.raw is None else str(score.raw),
        "max": None if score is None or score.maximum is None else str(score.maximum),
    }


def aggregate(structure: Mapping[str, Any], states: Mapping[str, Any]) -> Reported:
    """Return what the states of its parts say of a whole package.

    It is completed when every part is; failed when one is failed, passed when one is and the others are over. Its score
    is the mean of those of its parts, once all have been opened: a part that has a mastery score and gave none counts
    as 0, one that has neither does not count.
    """
    parts = parts_of(structure)
    found = [(item, part_state(states.get(item["id"]))) for item in parts]
    if not found:
        return Reported()
    if len(found) == 1:
        only = found[0][1]
        return Reported(only.score, only.success, only.completed)
    all_opened = all(state.opened for _item, state in found)
    scores = [
        state.score.scaled if state.score else Decimal(0)
        for item, state in found
        if state.score or item.get("mastery_score") is not None or item.get("scaled_passing_score") is not None
    ]
    success = None
    if any(state.success is False for _item, state in found):
        success = False
    elif any(state.success for _item, state in found) and all(
        state.success or (state.completed and not _is_graded(item)) for item, state in found
    ):
        success = True
    return Reported(
        score=Score((sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.000001")))
        if all_opened and scores
        else None,
        success=success if all_opened else None,
        # An AU of cmi5 has a rule of its own for that, which may ask for more than a pass.
        completed=all(state.completed or (state.success is True and item["type"] != "au") for item, state in found),
    )


def _is_graded(item: Mapping[str, Any]) -> bool:
    return item.get("mastery_score") is not None or item.get("scaled_passing_score") is not None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of contents; `href` is empty for a folder, and `may_open` false where it must wait."""

    id: str
    title: str
    level: int
    is_part: bool
    status: str
    label: str
    may_open: bool
    score: Decimal | None = None


def contents_table(structure: Mapping[str, Any], states: Mapping[str, Any]) -> list[Line]:
    """Return the table of contents of a package, with where a person stands. `states`: stored states by identifier."""
    items: Sequence[Mapping[str, Any]] = structure.get("items", [])
    shown = {item["id"] for item in parts_of(structure)}
    parts = {item["id"]: part_state(states.get(item["id"])) for item in items if item.get("href")}
    statuses = {item["id"]: _status(items, place, parts) for place, item in enumerate(items)}
    lines = []
    for item in items:
        is_part = bool(item.get("href"))
        score = parts[item["id"]].score if is_part else None
        if (is_part and item["id"] not in shown) or (not is_part and not item.get("visible", True)):
            continue
        lines.append(
            Line(
                id=item["id"],
                title=item["title"],
                level=int(item.get("level") or 0),
                is_part=is_part,
                status=statuses[item["id"]],
                label=_label(statuses[item["id"]]),
                may_open=is_part and prerequisites_met(str(item.get("prerequisites") or ""), statuses),
                score=score.scaled if score else None,
            )
        )
    return lines


def _status(items: Sequence[Mapping[str, Any]], place: int, parts: Mapping[str, PartState]) -> str:
    """Return the status of an item: its own, or for a folder that of all that is inside."""
    item = items[place]
    if item["id"] in parts:
        return parts[item["id"]].status
    inside = []
    for below in items[place + 1 :]:
        if int(below.get("level") or 0) <= int(item.get("level") or 0):
            break
        if below["id"] in parts:
            inside.append(parts[below["id"]])
    if inside and all(state.completed or state.success for state in inside):
        return "completed"
    return "incomplete" if any(state.opened for state in inside) else "not attempted"


def _label(status: str) -> str:
    return {
        "passed": _("réussi"),
        "failed": _("à reprendre"),
        "completed": _("terminé"),
        "incomplete": _("commencé"),
        "not attempted": _("à faire"),
    }[status]


# -- What the database keeps -------------------------------------------------------------------------------------


def states_of(registration: Registration) -> dict[str, Any]:
    """Return the stored states of the parts of a package by their identifier. One query."""
    return dict(registration.states.values_list("key", "data"))


def initial_cmi(registration: Registration, item: Mapping[str, Any]) -> dict[str, str]:
    """Return the cmi data that a SCO finds when it is opened. One query."""
    state = registration.states.filter(key=item["id"]).values_list("data", flat=True).first()
    kind = registration.version.package.kind
    user = registration.user
    return resume_cmi(kind, item, state if isinstance(state, dict) else {}, str(user.pk), str(user))


def launch_context(
    registration: Registration | None, kind: str, item: Mapping[str, Any], report_url: str
) -> dict[str, Any]:
    """Return what the runtime needs to know of a part that is opened: for `inject`.

    Without a registration (a visitor, a preview) it begins anew and nothing is reported.
    """
    scripts = [static(path) for path in (RUNTIMES.get(kind), PLAYER) if path]
    context: dict[str, Any] = {
        "kind": kind,
        "item": item["id"],
        "report": report_url,
        "sequence": 0,
        "cmi": {},
        "scripts": scripts,
    }
    if kind not in RUNTIMES:
        return context
    if registration is None:
        return context | {"cmi": first_cmi(kind, item, "0", _("Visiteur"))}
    saved = registration.states.filter(key=item["id"]).values_list("sequence", flat=True).first()
    return context | {"cmi": initial_cmi(registration, item), "sequence": saved or 0}


@transaction.atomic
def receive_cmi(registration: Registration, reports: Sequence[StateReport]) -> Reported:
    """Keep what SCOs say of themselves, and return what the whole package says then.

    An older report never overwrites a newer one, and repeating one changes nothing. The caller holds the lock on the
    registration. A report with `partial` is what a closing page had room to send: it completes what is there.
    """
    version = registration.version
    kind, structure = version.package.kind, version.structure
    items = {item["id"]: item for item in structure.get("items", []) if item.get("href")}
    saved = {state.key: state for state in registration.states.all()}
    changed: dict[str, PlayState] = {}
    for report in sorted(reports, key=lambda report: report.sequence):
        item = items.get(report.key)
        state = saved.get(report.key)
        if item is None or (state is not None and report.sequence <= state.sequence):
            continue
        before = state.data if state is not None and isinstance(state.data, dict) else {}
        data = report.data
        if isinstance(data, dict) and data.get("partial") is True:
            data = {**_mapping(before.get("cmi")), **{k: v for k, v in data.items() if k != "partial"}}
        outcome = read_cmi(kind, data, item)
        state = state or PlayState(registration=registration, key=report.key)
        state.sequence = report.sequence
        state.saved_at = timezone.now()
        state.data = {
            "cmi": outcome.cmi,
            "finished": outcome.finished,
            "best": _best(part_state(before or None), outcome),
        }
        saved[report.key] = changed[report.key] = state
    _write(changed.values())
    return aggregate(structure, {key: state.data for key, state in saved.items()})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _write(states: Iterable[PlayState]) -> None:
    PlayState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=["registration", "key"],
        update_fields=["data", "sequence", "saved_at"],
    )


@transaction.atomic
def note_opened(registration: Registration, item: Mapping[str, Any]) -> Reported:
    """Note that an asset was opened: it says nothing by itself, so who has opened it has completed it."""
    if item.get("type") != "asset":
        return Reported()
    data = {"cmi": {}, "finished": True, "best": _best(PartState(), ScoOutcome(completed=True))}
    registration.states.get_or_create(key=item["id"], defaults={"data": data})
    return aggregate(registration.version.structure, states_of(registration))
