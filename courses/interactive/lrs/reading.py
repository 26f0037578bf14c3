"""Finding statements: pages by keyset, answers within a registration, results by activity. Nothing here writes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from .identities import client_key_of
from .mentions import ACTIVITY, AGENT, RELATED_AGENT, mention_key
from .models import Mention, Statement

ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
_CHAIN = 2
"""How many references on («c speaks of b, which speaks of a») a statement is looked for by what it speaks of."""
_FEW = 200
"""So many statements are asked for who speaks of them."""
_OVERLAP = 5000
"""By how many numbers statements that are being stored at once may come in another order than their times."""


# -- Lists of the statement resource -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """What statements to look for: the parameters of GET statements (xAPI 1.0.3, part three, 2.1.3).

    `agent` is an agent key. `user_id` keeps to statements of one person, for a launched content.
    """

    federation_id: int
    agent: str = ""
    verb: str = ""
    activity: str = ""
    registration: uuid.UUID | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    user_id: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than a time: then statements that speak of a found one are found too."""
        return bool(self.agent or self.verb or self.activity or self.registration)


@dataclass(frozen=True, slots=True)
class Found:
    """Statements in their order, and the sequence after which the next ones are, None if these are all."""

    rows: list[Statement]
    after: int | None


def find(query: Query, *, limit: int, after: int | None = None) -> Found:
    """Return the statements that a query is for, the last stored first unless it asks for the contrary.

    Each way in which one can match reads an index of its own in order of sequence and stops after `limit`: the cost
    does not grow with the number of statements.
    """
    window = _window(query, after)
    if window is None:
        return Found([], None)
    sign = "" if query.ascending else "-"
    sequences: set[int] = set()
    for rows, prefix in _ways(query):
        ordered = rows.filter(**{f"{prefix}{name}": value for name, value in window.items()})
        column = "statement_id" if prefix else "sequence"
        sequences.update(ordered.order_by(f"{sign}{column}").values_list(column, flat=True)[: limit + 1])
    chosen = sorted(sequences, reverse=not query.ascending)[: limit + 1]
    if query.is_narrowed:
        last = chosen[limit] if len(chosen) > limit else None
        sequences.update(_speaking(query, window, last).order_by(f"{sign}sequence")[: limit + 1])
        chosen = sorted(sequences, reverse=not query.ascending)[: limit + 1]
    statements = Statement.objects.filter(sequence__in=chosen[:limit]).order_by(f"{sign}sequence")
    return Found(list(statements), chosen[limit - 1] if len(chosen) > limit else None)


def _speaking(query: Query, window: Mapping[str, Any], last: int | None) -> QuerySet[Statement, int]:
    """Return the statements that speak of those that a query is for (2.1.3, conditions for StatementRefs), or of these.

    The ones spoken of may be voided: the voiding statement itself is found so. When they are few, they are asked for
    who speaks of them; else each one that speaks of something, down to the end of the page (`last`), is asked of what.
    """
    spoken: set[uuid.UUID] = set()
    for rows, prefix in _ways(query, living=False):
        spoken.update(rows.values_list(f"{prefix}id", flat=True)[: _FEW + 1])
        if len(spoken) > _FEW:
            break
    speaking = Statement.objects.filter(**_scope(query, ""), **window).values_list("sequence", flat=True)
    if len(spoken) > _FEW:
        if last is not None:
            speaking = speaking.filter(**{"sequence__lte" if query.ascending else "sequence__gte": last})
        return speaking.filter(_speaks_of(query, _CHAIN))
    for _link in range(_CHAIN - 1):
        others = Statement.objects.filter(target__in=spoken, federation=query.federation_id) if spoken else ()
        spoken.update(other.id for other in others)
    return speaking.filter(target__in=spoken)


def _window(query: Query, after: int | None) -> dict[str, Any] | None:
    """Return the conditions of time and of place in the list; None if no statement is of that time.

    A time gives a bound of the sequence, in whose order the indexes are.
    """
    window: dict[str, Any] = {}
    if after is not None:
        window["sequence__gt" if query.ascending else "sequence__lt"] = after
    timed = Statement.objects.values_list("sequence", flat=True)
    if query.since:
        first = timed.filter(stored_at__gt=query.since).order_by("stored_at").first()
        if first is None:
            return None
        window |= {"stored_at__gt": query.since, "sequence__gte": first - _OVERLAP}
    if query.until:
        last = timed.filter(stored_at__lte=query.until).order_by("-stored_at").first()
        if last is None:
            return None
        window |= {"stored_at__lte": query.until, "sequence__lte": last + _OVERLAP}
    return window


def _ways(query: Query, *, living: bool = True) -> Iterator[tuple[QuerySet[Any], str]]:
    """Yield each way in, as rows and what leads from them to the statement: its columns, what it mentions.

    Not `living` only: voided statements too.
    """
    drives_by_agent = bool(query.agent)
    name = query.agent or query.activity
    columns, kinds = _agent_places(query) if drives_by_agent else _activity_places(query)
    others = replace(query, agent="") if drives_by_agent else replace(query, activity="")
    if not name:
        yield Statement.objects.filter(_where(query, "", living=living)), ""
        return
    for column in columns:
        yield Statement.objects.filter(column, _where(others, "", living=living)), ""
    for kind in kinds:
        key = mention_key(query.federation_id, kind, name)
        yield Mention.objects.filter(_where(others, "statement__", living=living), key=key), "statement__"


def _scope(query: Query, prefix: str) -> dict[str, Any]:
    scope: dict[str, Any] = {f"{prefix}federation": query.federation_id, f"{prefix}voided": False}
    if query.user_id is not None:
        scope[f"{prefix}user"] = query.user_id
    return scope


def _agent_places(query: Query) -> tuple[list[Q], list[str]]:
    """Return the columns and the kinds of mention that name the agent."""
    places = [Q(agent=query.agent)]
    if not query.related_agents:
        return places, [AGENT]
    key = client_key_of(query.agent)
    if key is not None:
        places.append(Q(client__key=key) if key else Q(client=None))
    return places, [AGENT, RELATED_AGENT]


def _activity_places(query: Query) -> tuple[list[Q], list[str]]:
    """Return the columns and the kinds of mention that name the activity."""
    places = [Q(activity=query.activity)]
    return ([*places, Q(parent=query.activity)], [ACTIVITY]) if query.related_activities else (places, [])


def _where(query: Query, prefix: str, *, living: bool = True) -> Q:
    """Return the conditions of a query that are not of time, on the statement that `prefix` leads to."""
    scope = _scope(query, prefix)
    if not living:
        scope.pop(f"{prefix}voided")
    where = Q(**scope)
    if query.verb:
        where &= Q(**{f"{prefix}verb": query.verb})
    if query.registration:
        where &= Q(**{f"{prefix}registration": query.registration})
    for name, (columns, kinds) in (
        (query.agent, _agent_places(query)),
        (query.activity, _activity_places(query)),
    ):
        if name:
            named = Q(*[_under(column, prefix) for column in columns], _connector=Q.OR)
            if kinds:
                keys = [mention_key(query.federation_id, kind, name) for kind in kinds]
                named |= Q(Exists(Mention.objects.filter(statement=OuterRef(f"{prefix}sequence"), key__in=keys)))
            where &= named
    return where


def _under(condition: Q, prefix: str) -> Q:
    return Q(*[(f"{prefix}{name}", value) for name, value in condition.children])  # type: ignore[misc]


def _speaks_of(query: Query, depth: int) -> Q:
    """Return the condition that a statement speaks of one that the query is for, or of one that does."""
    wanted = _where(query, "", living=False)
    if depth > 1:
        wanted |= _speaks_of(query, depth - 1)
    spoken = Statement.objects.filter(wanted, id=OuterRef("target"))
    return Q(target__isnull=False) & Q(Exists(spoken))


def latest_definitions(rows: Collection[Statement], federation_id: int) -> dict[str, dict[str, Any]]:
    """Return by activity the definition that the last statement about it gives, for those that rows are about."""
    same = Statement.objects.filter(activity=OuterRef("activity"), federation=federation_id).order_by("-sequence")
    last = (
        Statement.objects.filter(sequence__in=[row.pk for row in rows if row.activity])
        .annotate(last=Subquery(same.values("sequence")[:1]))
        .order_by()
        .values_list("last", flat=True)
    )
    raws = Statement.objects.filter(sequence__in=set(last)).values_list("activity", "raw")
    return {activity: raw["object"]["definition"] for activity, raw in raws if "definition" in raw.get("object", {})}


def definition_of(activity: str, federation_id: int) -> dict[str, Any]:
    """Return the last definition that was given of an activity, {} if there is none among the last statements."""
    found = Statement.objects.filter(activity=activity, federation=federation_id).order_by("-sequence")
    for raw in found.values_list("raw", flat=True)[:_LOOKED_AT]:
        if definition := raw.get("object", {}).get("definition"):
            return dict(definition)
    return {}


_LOOKED_AT = 50


# -- Reports -------------------------------------------------------------------------------------------------------


def statements_for(
    *,
    federations: Collection[int] | None = None,
    users: Collection[int] | None = None,
    verb: str = "",
    activity: str = "",
    parent: str = "",
    registration: uuid.UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Found:
    """Return a page of statements for a report, the last stored first, with their people. One query.

    `before` is the `after` of the page that this one follows. `federations` None: of all of them.
    """
    where: dict[str, Any] = {
        "verb": verb,
        "activity": activity,
        "parent": parent,
        "registration": registration,
        "sequence__lt": before,
    }
    rows = Statement.objects.filter(**{name: value for name, value in where.items() if value})
    if federations is not None:
        rows = rows.filter(federation__in=federations)
    if users is not None:
        rows = rows.filter(user__in=users)
    found = list(rows.select_related("user", "client").order_by("-sequence")[: limit + 1])
    return Found(found[:limit], found[limit - 1].sequence if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer that a person gave to one part of a content, and how often they answered it.

    `response` is as xAPI writes it («a[,]b»); `choices` gives the words of its parts, by their ids.
    """

    activity: str
    parent: str
    name: str
    description: str
    kind: str
    response: str
    right: tuple[str, ...]
    choices: Mapping[str, str]
    score: float | None
    success: bool | None
    seconds: float | None
    at: datetime
    tries: int
    client_reported: bool
    raw: Mapping[str, Any]

    @property
    def in_words(self) -> str:
        """The response, in the words of the choices."""
        return spell(self.response, self.choices)

    @property
    def right_in_words(self) -> list[str]:
        """The right responses, in the words of the choices."""
        return [spell(pattern, self.choices) for pattern in self.right]


def spell(response: str, choices: Mapping[str, str]) -> str:
    """Return a response of xAPI in words: «[,]» is between its parts, «[.]» within a pair (2.4.4.1, patterns)."""
    parts = [" → ".join(choices.get(end, end) for end in part.split("[.]")) for part in response.split("[,]") if part]
    return ", ".join(parts)


def words(language_map: Mapping[str, str] | None, *preferred: str) -> str:
    """Return the text of a language map in the first language there is: French by default, else any."""
    found = language_map or {}
    for wanted in (*preferred, "fr", "und", "en"):
        for tag, text in found.items():
            if tag.lower() == wanted or tag.lower().startswith(f"{wanted}-"):
                return text
    return next(iter(found.values()), "")


def answers_of(registration: uuid.UUID) -> list[Answer]:
    """Return the last answer to each part of a content within a registration, in order of the first ones. One query."""
    rows = Statement.objects.filter(registration=registration, verb=ANSWERED, voided=False).order_by("sequence")
    last: dict[str, Statement] = {}
    tries: dict[str, int] = {}
    for row in rows:
        last[row.activity] = row
        tries[row.activity] = tries.get(row.activity, 0) + 1
    return [_answer(row, tries[activity]) for activity, row in last.items()]


def _answer(row: Statement, tries: int) -> Answer:
    definition = row.raw.get("object", {}).get("definition", {})
    listed = [one for name in ("choices", "scale", "source", "target", "steps") for one in definition.get(name, ())]
    return Answer(
        activity=row.activity,
        parent=row.parent,
        name=words(definition.get("name")).strip(),
        description=words(definition.get("description")).strip(),
        kind=definition.get("interactionType", ""),
        response=row.raw.get("result", {}).get("response", ""),
        right=tuple(definition.get("correctResponsesPattern", ())),
        choices={one["id"]: words(one.get("description")).strip() or one["id"] for one in listed},
        score=None if row.score_scaled is None else float(row.score_scaled),
        success=row.success,
        seconds=row.seconds,
        at=row.timestamp,
        tries=tries,
        client_reported=row.client_reported,
        raw=row.raw,
    )


@dataclass(frozen=True, slots=True)
class ActivityResult:
    """What was said about one activity: how many scores, their average, how many say success or its contrary."""

    activity: str
    statements: int
    people: int
    scored: int
    average: float | None
    passed: int
    failed: int
    first_at: datetime
    last_at: datetime


def results_by_activity(
    *, federation_id: int | None = None, activity: str = "", parent: str = "", verb: str = ""
) -> list[ActivityResult]:
    """Return the results of an activity, or of all the parts of one (`parent`), counted by the database. One query."""
    where: dict[str, Any] = {
        "federation": federation_id,
        "activity": activity,
        "parent": parent,
        "verb": verb,
    }
    rows = Statement.objects.filter(voided=False, **{name: value for name, value in where.items() if value})
    counted: Iterable[Any] = (
        rows.values("activity")
        .annotate(
            statements=Count("sequence"),
            people=Count("agent", distinct=True),
            scored=Count("score_scaled"),
            average=Avg("score_scaled"),
            passed=Count("sequence", filter=Q(success=True)),
            failed=Count("sequence", filter=Q(success=False)),
            first_at=Min("timestamp"),
            last_at=Max("timestamp"),
        )
        .order_by(F("activity").asc())
    )
    return [
        ActivityResult(**{**row, "average": None if row["average"] is None else float(row["average"])})
        for row in counted
    ]
