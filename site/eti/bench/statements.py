"""The LRS with many statements: what its lists, its reports and storing cost then, and with few."""

from __future__ import annotations

import json
import random
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import Client as WebClient
from django.urls import reverse
from django.utils import timezone

from courses.interactive.lrs import reading, services
from courses.interactive.lrs.export import personal_data_of_lrs
from courses.interactive.lrs.identities import actor_of
from courses.interactive.lrs.mentions import ACTIVITY, mention_key
from courses.interactive.lrs.models import Client, Mention, Statement
from courses.interactive.lrs.reading import Query
from eti.bench.measuring import Budget, Measure, measure
from eti.bench.rows import insert, settle
from people.models import Federation, User

FEW = 1000
"""So many statements are measured first: with all of them, a list may hardly cost more."""
CONTENTS, PARTS = 60, 20
BY_PERSON = 200
YEAR, EVERY = 365, 30
"""Statements came over so many days, one every so many seconds."""
REFERENCES, BY_TOOL, ELSEWHERE = 0.005, 0.05, 0.1
"""The shares of statements that speak of another one, that a tool sent, and of another federation."""
_VERBS = ("answered", "answered", "answered", "answered", "interacted", "interacted", "completed", "experienced")
_ADL = "http://adlnet.gov/expapi/verbs/"
_COMMON, _RARE = f"{_ADL}answered", f"{_ADL}mastered"
_LIBRARIES = ("H5P.MultiChoice-1.16", "H5P.Blanks-1.14", "H5P.TrueFalse-1.8", "H5P.DragText-1.10")
_CHUNK = 20_000
_PASSED = 0.5
Say = Callable[[str], None]

_STATEMENT = (
    *("id", "federation_id", "user_id", "client_id", "agent", "verb", "activity", "parent", "registration", "target"),
    *("timestamp", "stored_at", "score_scaled", "success", "completion", "seconds", "voided", "client_reported", "raw"),
)
_MENTION = ("statement_id", "key")


@dataclass
class Filled:
    """A site full of statements, and some of what is looked for in it."""

    federations: list[Federation]
    tools: list[Client]
    secret: str
    people: list[User]
    dice: random.Random
    registrations: list[uuid.UUID] = field(default_factory=list)
    ids: list[uuid.UUID] = field(default_factory=list)
    made: int = 0
    begun: datetime = field(default_factory=lambda: timezone.now() - timedelta(days=YEAR))

    def at(self, number: int) -> datetime:
        """When the statement of this number came."""
        return self.begun + timedelta(seconds=EVERY * number)

    @property
    def federation_id(self) -> int:
        """The federation that has most of it."""
        return self.federations[0].pk


def _content(number: int) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}/activites/{number}/"


def _library(name: str) -> str:
    return f"http://h5p.org/libraries/{name}"


def start(people: int) -> Filled:
    """Make two federations with their tools, and people."""
    federations = [Federation.objects.create(name=f"Fédération {n}", slug=f"mesure-{n}") for n in range(2)]
    tools = [Client(federation=federation, name="Outil") for federation in federations]
    secrets = [services.give_credentials(tool) for tool in tools]
    for tool in tools:
        tool.save()
    users = User.objects.bulk_create(
        [
            User(email=f"trace{n}@exemple.fr", first_name="Camille", last_name=f"Martin{n}", password="!")  # noqa: S106
            for n in range(people)
        ],
        batch_size=5000,
    )
    dice = random.Random(42)  # noqa: S311  (the same site each time)
    return Filled(federations, tools, secrets[0], users, dice)


def fill(site: Filled, number: int) -> None:
    """Add statements as contents send them, until there are so many."""
    dice = site.dice
    first = (Statement.objects.aggregate(last=Max("sequence"))["last"] or 0) + 1 - site.made
    rows: list[tuple[Any, ...]] = []
    mentions: list[tuple[int, int]] = []
    keys = {
        (federation.pk, name): mention_key(federation.pk, ACTIVITY, _library(name))
        for federation in site.federations
        for name in _LIBRARIES
    }

    def flush() -> None:
        insert(Statement, _STATEMENT, rows)
        insert(Mention, _MENTION, mentions)
        rows.clear()
        mentions.clear()

    while site.made < number:
        owner = int(dice.random() < ELSEWHERE)
        federation, tool = site.federations[owner], site.tools[owner]
        person = dice.choice(site.people)
        # A few contents are everybody's, most are seldom opened.
        content = _content(int(CONTENTS * dice.random() ** 2) + 1)
        registration = uuid.UUID(int=dice.getrandbits(128), version=4)
        site.registrations.append(registration)
        library, by_tool = dice.choice(_LIBRARIES), dice.random() < BY_TOOL
        for part in range(min(PARTS, number - site.made)):
            at = site.at(site.made)
            sent = _Sent(uuid.UUID(int=dice.getrandbits(128), version=4), person, content, registration, library, part)
            target = site.ids[-1] if site.ids and dice.random() < REFERENCES else None
            rows.append(
                _row(sent, at, target, federation.pk, tool.pk if by_tool else None, dice.choice(_VERBS), dice.random())
            )
            mentions.append((first + site.made, keys[federation.pk, library]))
            site.ids.append(sent.id)
            site.made += 1
        if len(rows) >= _CHUNK:
            flush()
    flush()


@dataclass(frozen=True, slots=True)
class _Sent:
    id: uuid.UUID
    person: User
    content: str
    registration: uuid.UUID
    library: str
    part: int


def _row(
    sent: _Sent, at: datetime, target: uuid.UUID | None, federation: int, tool: int | None, verb: str, score: float
) -> tuple[Any, ...]:
    whole = sent.part == 0
    answered = verb == "answered"
    scaled = round(score, 2) if answered and target is None else None
    passed = None if scaled is None else scaled > _PASSED
    activity = sent.content if whole else f"{sent.content}?subContentId={sent.part}"
    parent = "" if whole else sent.content
    raw = statement(sent, activity, parent, verb, scaled, at)
    if target:
        raw["object"] = {"objectType": "StatementRef", "id": str(target)}
    return (
        *(sent.id, federation, sent.person.pk, tool, _agent(sent.person), f"{_ADL}{verb}"),
        *("" if target else activity, parent, sent.registration, target, at, at),
        *(None if scaled is None else str(scaled), passed, verb == "completed" or None),
        *(30 + score * 60, False, tool is None, json.dumps(raw)),
    )


def _agent(person: User) -> str:
    return f"account:{settings.WAGTAILADMIN_BASE_URL}|{person.pk}"


def statement(sent: _Sent, activity: str, parent: str, verb: str, scaled: float | None, at: datetime) -> dict[str, Any]:
    """Return a statement as H5P writes it about a question."""
    choices = [{"id": str(n), "description": {"fr": f"Réponse {n}, gants et lunettes"}} for n in range(4)]
    around: dict[str, Any] = {"category": [{"id": _library(sent.library), "objectType": "Activity"}]}
    if parent:
        around["parent"] = [{"id": parent, "objectType": "Activity"}]
    made: dict[str, Any] = {
        "id": str(sent.id),
        "actor": actor_of(sent.person),
        "verb": {"id": f"{_ADL}{verb}", "display": {"fr": verb}},
        "object": {
            "objectType": "Activity",
            "id": activity,
            "definition": {
                "name": {"fr": "Les équipements de protection"},
                "description": {"fr": "Que mettez-vous avant de commencer ?"},
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "interactionType": "choice",
                "choices": choices,
                "correctResponsesPattern": ["0[,]2"],
            },
        },
        "context": {"registration": str(sent.registration), "contextActivities": around},
        "timestamp": services.instant(at),
        "stored": services.instant(at),
        "version": "1.0.0",
    }
    if scaled is not None:
        score = {"scaled": scaled, "raw": scaled * 2, "min": 0, "max": 2}
        made["result"] = {"score": score, "success": scaled > _PASSED, "response": "0[,]3", "duration": "PT41.2S"}
    return made


# -- What is measured ----------------------------------------------------------------------------------------------


def _lists(site: Filled) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the lists of the statement resource that are measured."""
    here = site.federation_id
    person, content, middle = site.people[0], _content(1), site.at(site.made // 2)
    queries = {
        "tout": Query(here),
        "une personne": Query(here, agent=_agent(person)),
        "personne inconnue": Query(here, agent="mbox:mailto:x@exemple.fr"),
        "un verbe fréquent": Query(here, verb=_COMMON),
        "un verbe sans énoncé": Query(here, verb=_RARE),
        "une activité": Query(here, activity=content),
        "une activité, en relation": Query(here, activity=content, related_activities=True),
        "une catégorie, en relation": Query(here, activity=_library(_LIBRARIES[0]), related_activities=True),
        "une personne, en relation": Query(here, agent=_agent(person), related_agents=True),
        "une inscription": Query(here, registration=site.registrations[0]),
        "depuis une date": Query(here, since=middle),
        "jusqu'à une date": Query(here, until=middle),
        "depuis une date, ascendant": Query(here, since=middle, ascending=True),
        "personne et verbe": Query(here, agent=_agent(person), verb=_COMMON),
        "activité et verbe": Query(here, activity=content, verb=_COMMON),
        "personne, activité, depuis": Query(here, agent=_agent(person), activity=content, since=middle),
    }
    for name, query in queries.items():
        yield name, partial(reading.find, query, limit=100)
    half = site.made // 2
    yield "tout, page du milieu", lambda: reading.find(Query(here), limit=100, after=half)
    yield "verbe, page du milieu", lambda: reading.find(Query(here, verb=_COMMON), limit=100, after=half)


def _reports(site: Filled) -> Iterator[tuple[str, float, Callable[[], Any]]]:
    here, person = site.federation_id, site.people[0]
    big, small = _content(1), _content(CONTENTS)
    yield "réponses d'une inscription", 0.1, lambda: reading.answers_of(site.registrations[0])
    yield "page de l'administration", 0.1, lambda: reading.statements_for(federations=[here])
    yield "page d'une personne", 0.1, lambda: reading.statements_for(federations=[here], users=[person.pk])
    yield "résultats d'un petit contenu", 1, lambda: reading.results_by_activity(federation_id=here, parent=small)
    yield "résultats du plus gros contenu", 3, lambda: reading.results_by_activity(federation_id=here, parent=big)
    yield "copie de ses données", 1, lambda: personal_data_of_lrs(User, person)


def _expect(status: int, response: Any) -> Any:
    """Refuse an answer that is not the one to be measured."""
    if response.status_code != status:
        message = f"{response.status_code} instead of {status}: {response.content[:500]!r}"
        raise RuntimeError(message)
    return response


def _requests(site: Filled) -> Iterator[tuple[str, int, Callable[..., Any], Callable[[], Any] | None]]:
    """Yield the requests that are measured, with the queries that they may make, and what makes each body anew."""
    credentials = b64encode(f"{site.tools[0].key}:{site.secret}".encode()).decode()
    web = WebClient(headers={"X-Experience-API-Version": "1.0.3", "Authorization": f"Basic {credentials}"})
    address = reverse("lrs:statements")
    agent = json.dumps(actor_of(site.people[0]))

    def sent(number: int) -> str:
        at = timezone.now()
        return json.dumps(
            [
                statement(
                    _Sent(uuid.uuid4(), site.people[n % len(site.people)], _content(1), uuid.uuid4(), _LIBRARIES[0], 1),
                    f"{_content(1)}?subContentId=1",
                    _content(1),
                    "answered",
                    0.5,
                    at,
                )
                for n in range(number)
            ]
        )

    def post(body: str) -> Any:
        return _expect(200, web.post(address, body, content_type="application/json"))

    known = sent(10)
    post(known)
    one: dict[str, str] = {"statementId": str(site.ids[0])}
    yield "GET d'une personne", 12, lambda: _expect(200, web.get(address, {"agent": agent, "limit": "100"})), None
    yield "GET d'un énoncé", 3, lambda: web.get(address, one), None
    yield "POST d'un énoncé", 12, post, lambda: sent(1)
    yield "POST de 100 énoncés", 12, post, lambda: sent(100)
    yield "POST répété", 8, lambda: post(known), None


def _measured(site: Filled) -> Iterator[Measure]:
    size = f"{site.made:,}".replace(",", " ")
    for name, call in _lists(site):
        yield measure(Budget(f"{size} : liste, {name}", 0.1, 9), call)
    for name, seconds, call in _reports(site):
        yield measure(Budget(f"{size} : {name}", seconds, 3), call)
    for name, queries, request, prepare in _requests(site):
        yield measure(Budget(f"{size} : {name}", 0.5, queries), request, prepare=prepare)


def run(statements: int, *, say: Say) -> list[Measure]:
    """Fill the scratch site, a little and then whole, and return what was measured there."""
    site = start(max(statements // BY_PERSON, 5))
    found: list[Measure] = []
    for number in sorted({min(FEW, statements), statements}):
        say(f"{number} énoncés…")
        fill(site, number)
        settle()
        found += _measured(site)
    say(f"{Statement.objects.count()} énoncés, {Mention.objects.count()} mentions, {connection.vendor}.")
    return found
