"""Playing cmi5 packages: launching an assignable unit (AU), and what its statements amount to.

Source: cmi5 (Quartz, 1st ed.): 8 Content Launch, 9 xAPI Statement Data Model, 10 State API, 11 Agent Profile API.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courses.interactive.lrs import documents
from courses.interactive.lrs.agents import agent_key
from courses.interactive.lrs.models import Session, Statement
from courses.interactive.lrs.services import open_session, record
from courses.interactive.packages.models import Package
from people.models import Federation

from .models import PlayState, Registration
from .outcome import Reported, make_score
from .places import activity_iri, actor_of
from .results import update_outcome
from .scorm import PartState, aggregate, part_state

LAUNCH_DATA, PREFERENCES = "LMS.LaunchData", "cmi5LearnerPreferences"
CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
_EXTENSIONS = "https://w3id.org/xapi/cmi5/context/extensions/"
SESSION = f"{_EXTENSIONS}sessionid"
LAUNCHED = "http://adlnet.gov/expapi/verbs/launched"
SATISFIED = "https://w3id.org/xapi/adl/verbs/satisfied"
ADL = "http://adlnet.gov/expapi/verbs/"
VERBS = {f"{ADL}{name}": name for name in ("initialized", "completed", "passed", "failed", "terminated")}
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"
BLOCK_TYPE = "https://w3id.org/xapi/cmi5/activitytype/block"


# -- What an AU has said -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitState:
    """What the statements of an AU amount to over all its sessions."""

    opened: bool = False
    completed: bool = False
    passed: bool = False
    failed: bool = False
    score: Decimal | None = None

    def satisfies(self, move_on: str) -> bool:
        """Whether the AU's rule to move on is met (13.1.4, moveOn)."""
        return {
            "Passed": self.passed,
            "Completed": self.completed,
            "CompletedAndPassed": self.completed and self.passed,
            "CompletedOrPassed": self.completed or self.passed,
        }.get(move_on, True)

    def as_data(self, move_on: str) -> dict[str, Any]:
        """Return what is stored, with `best` as the parts of every package have it.

        An AU that asks for nothing is over once it has been opened.
        """
        return {
            "opened": self.opened,
            "completed": self.completed,
            "passed": self.passed,
            "failed": self.failed,
            "satisfied": self.satisfies(move_on),
            "best": {
                "completed": self.opened and self.satisfies(move_on),
                "success": True if self.passed else False if self.failed else None,
                "score": None if self.score is None else str(self.score),
            },
        }


def unit_state(data: Any) -> UnitState:
    """Return what the stored state of an AU says."""
    if not isinstance(data, Mapping):
        return UnitState()
    best: PartState = part_state(data)
    flags = {name: data.get(name) is True for name in ("opened", "completed", "passed", "failed")}
    return UnitState(**flags, score=best.score.scaled if best.score else None)


def after(state: UnitState, raw: Any, item: Mapping[str, Any], *, activity: str, session_id: str) -> UnitState:
    """Return the state of an AU once it has sent a statement; one that isn't cmi5's, or breaks its rules, is nothing.

    `raw` is the statement, `item` the AU in the structure, `activity` its id in this registration. A statement of cmi5
    names its category and the session of its launch (9.6.2.1, 9.6.3.1); with a mastery score a pass below it, and a
    failure above it, say nothing (9.3.4, 9.3.5).
    """
    context = _mapping(_mapping(raw).get("context"))
    said_session = _mapping(context.get("extensions")).get(SESSION)
    if not isinstance(raw, Mapping) or said_session != session_id or not _is_cmi5(context):
        return state
    if _mapping(raw.get("object")).get("id") != activity:
        return state
    verb = VERBS.get(str(_mapping(raw.get("verb")).get("id")))
    result = _mapping(raw.get("result"))
    score = make_score(scaled=_mapping(result.get("score")).get("scaled"))
    mastery = item.get("mastery_score")
    if verb is None:
        return state
    state = replace(state, opened=True)
    if verb == "completed" and result.get("completion", True) is True:
        return replace(state, completed=True)
    if verb not in {"passed", "failed"} or result.get("success", verb == "passed") is not (verb == "passed"):
        return state
    if mastery is not None and score is not None and (score.scaled >= Decimal(str(mastery))) is not (verb == "passed"):
        return state
    best = max((s for s in (state.score, score.scaled if score else None) if s is not None), default=None)
    return replace(state, passed=state.passed or verb == "passed", failed=state.failed or verb == "failed", score=best)


def _is_cmi5(context: Mapping[str, Any]) -> bool:
    categories = _mapping(context.get("contextActivities")).get("category")
    categories = categories if isinstance(categories, list) else [categories]
    return any(_mapping(category).get("id") == CATEGORY for category in categories)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def satisfied_groups(structure: Mapping[str, Any], satisfied: Mapping[str, bool]) -> list[tuple[str, str]]:
    """Return the blocks and the course whose AUs are all satisfied, as (id, activity type), innermost first."""
    items: Sequence[Mapping[str, Any]] = structure.get("items", [])
    found = []
    for place, item in enumerate(items):
        if item.get("href"):
            continue
        inside = []
        for below in items[place + 1 :]:
            if below["level"] <= item["level"]:
                break
            if below.get("href"):
                inside.append(below["id"])
        if inside and all(satisfied.get(unit) for unit in inside):
            found.append((item["level"], item["id"], BLOCK_TYPE))
    groups = [(identifier, kind) for _level, identifier, kind in sorted(found, key=lambda group: -group[0])]
    if all(satisfied.get(item["id"]) for item in items if item.get("href")):
        groups.append((structure["course_id"], COURSE_TYPE))
    return groups


# -- Launching ---------------------------------------------------------------------------------------------------


def unit_iri(registration: Registration, unit: str) -> str:
    """Return the id of an AU in a place: cmi5 wants one of the site's own, not the publisher's (8.1.5)."""
    place = activity_iri(registration.page_id, registration.block_id)
    return f"{place}?au={uuid.uuid5(uuid.NAMESPACE_URL, unit).hex}"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a launch adds to the address of an AU, and the addresses that it will ask."""

    parameters: dict[str, str]
    connect: tuple[str, ...]


@transaction.atomic
def launch(registration: Registration, item: Mapping[str, Any], federation: Federation, origin: str) -> Launch:
    """Launch an AU: open its session, write its launch data and its learner's preferences, say that it is launched.

    `origin` is that of the frame, «https://…» without a path. The fetch key in the address is good once.
    """
    activity = unit_iri(registration, item["id"])
    actor = actor_of(registration.user_id)
    session, fetch_key = open_session(registration.user, federation, registration.pk, activity)
    template = _template(session, activity, item)
    data = {
        "contextTemplate": template,
        "launchMode": "Normal",
        "launchMethod": item.get("launch_method") or "AnyWindow",
        "launchParameters": item.get("launch_parameters") or "",
        "moveOn": item.get("move_on") or "NotApplicable",
    }
    if item.get("mastery_score") is not None:
        data["masteryScore"] = item["mastery_score"]
    if item.get("entitlement_key"):
        data["entitlementKey"] = {"courseStructure": item["entitlement_key"]}
    agent = agent_key(actor)
    state = documents.Place(federation.pk, "state", activity, agent, str(registration.pk))
    _put(state, LAUNCH_DATA, data, registration.user_id)
    profile = documents.Place(federation.pk, "agent_profile", agent=agent)
    if documents.find(profile, PREFERENCES) is None:
        _put(profile, PREFERENCES, {"languagePreference": "fr-FR,fr", "audioPreference": "on"}, registration.user_id)
    endpoint = f"{origin}{reverse('lrs:root')}"
    said = {
        "id": str(uuid.uuid4()),
        "actor": actor,
        "verb": {"id": LAUNCHED, "display": {"en": "launched", "fr": "a ouvert"}},
        "object": {"objectType": "Activity", "id": activity},
        "context": _launch_context(registration, template, data),
        "timestamp": timezone.now().isoformat(),
    }
    record([said], federation=federation, user=registration.user, registration=registration.pk, client_reported=False)
    fetch = f"{origin}{reverse('lrs:fetch', args=[fetch_key])}"
    return Launch(
        {
            "endpoint": endpoint,
            "fetch": fetch,
            "actor": json.dumps(actor),
            "registration": str(registration.pk),
            "activityId": activity,
        },
        (endpoint,),
    )


def _put(place: documents.Place, key: str, data: Mapping[str, Any], user_id: int) -> None:
    documents.put(place, key, json.dumps(data).encode(), "application/json", user_id=user_id)


def _template(session: Session, activity: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context that an AU puts into its statements (10.2.1); the LRS knows it by its activity among them."""
    return {
        "contextActivities": {"grouping": [{"id": item["id"]}, {"id": activity}]},
        "extensions": {SESSION: str(session.session_id)},
    }


def _launch_context(registration: Registration, template: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    extensions = {
        **template["extensions"],
        f"{_EXTENSIONS}launchmode": data["launchMode"],
        f"{_EXTENSIONS}moveon": data["moveOn"],
        f"{_EXTENSIONS}launchparameters": data["launchParameters"],
    }
    if "masteryScore" in data:
        extensions[f"{_EXTENSIONS}masteryscore"] = data["masteryScore"]
    return {
        "registration": str(registration.pk),
        "contextActivities": {**template["contextActivities"], "category": [{"id": CATEGORY}]},
        "extensions": extensions,
    }


# -- What statements change --------------------------------------------------------------------------------------


@transaction.atomic
def take_in(statements: Iterable[Statement], session: Session) -> Reported | None:
    """Take in what an AU has sent, in the order it came; return what the package says then, None if nothing changed.

    What becomes satisfied is said by statements of the site's own, once.
    """
    registration = (
        Registration.objects.select_for_update(of=("self",))
        .select_related("user", "version__package")
        .filter(pk=session.registration, user=session.user_id)
        .first()
    )
    if registration is None or registration.version.package.kind != Package.Kind.CMI5:
        return None
    structure = registration.version.structure
    units = [item for item in structure.get("items", []) if item.get("href")]
    item = next((unit for unit in units if unit_iri(registration, unit["id"]) == session.activity), None)
    if item is None:
        return None
    states = dict(registration.states.values_list("key", "data"))
    before = now = unit_state(states.get(item["id"]))
    for statement in statements:
        now = after(now, statement.raw, item, activity=session.activity, session_id=str(session.session_id))
    if now == before:
        return None
    states[item["id"]] = now.as_data(item["move_on"])
    _save(registration, item["id"], states[item["id"]])
    _say_satisfied(registration, session, structure, states)
    return aggregate(structure, states)


def _save(registration: Registration, key: str, data: Mapping[str, Any]) -> None:
    PlayState.objects.update_or_create(registration=registration, key=key, defaults={"data": data})


def _say_satisfied(
    registration: Registration, session: Session, structure: Mapping[str, Any], states: Mapping[str, Any]
) -> None:
    units = [item for item in structure["items"] if item.get("href")]
    satisfied = {unit["id"]: unit_state(states.get(unit["id"])).satisfies(unit["move_on"]) for unit in units}
    said = []
    for identifier, kind in satisfied_groups(structure, satisfied):
        if states.get(identifier):
            continue
        _save(registration, identifier, {"satisfied": True})
        said.append(_satisfied(registration, session, identifier, kind))
    if said:
        record(
            said,
            federation=session.federation,
            user=registration.user,
            registration=registration.pk,
            client_reported=True,
        )


def _satisfied(registration: Registration, session: Session, identifier: str, kind: str) -> dict[str, Any]:
    """Return the statement that a block or the course is satisfied (9.3.9); it rests on what the browser said."""
    return {
        "id": str(uuid.uuid4()),
        "actor": actor_of(registration.user_id),
        "verb": {"id": SATISFIED, "display": {"en": "satisfied", "fr": "a validé"}},
        "object": {
            "objectType": "Activity",
            "id": unit_iri(registration, identifier),
            "definition": {"type": kind},
        },
        "context": {
            "registration": str(registration.pk),
            "contextActivities": {"category": [{"id": CATEGORY}], "grouping": [{"id": identifier}]},
            "extensions": {SESSION: str(session.session_id)},
        },
        "timestamp": timezone.now().isoformat(),
    }


def on_statements(sender: type, *, statements: Sequence[Statement], session: Session | None, **_kwargs: Any) -> None:
    """Let what a launched AU says count for its activity: a receiver of `lrs.signals.statement_recorded`."""
    if session is None:
        return
    reported = take_in(statements, session)
    if reported is not None:
        update_outcome(session.registration, reported)
