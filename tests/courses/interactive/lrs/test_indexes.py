"""Each list and each report finds its rows by an index in their order: nothing is scanned, nothing sorted."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.interactive.lrs import reading
from courses.interactive.lrs.reading import Query
from courses.interactive.lrs.services import record
from tests.courses.interactive.lrs.factories import ACTIVITY, ANSWERED, make_statement
from tests.factories import FederationFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL scans a table of a few rows, and is right to"),
]

AGENT_KEY = "mbox:mailto:camille@exemple.fr"
SOME = uuid.UUID(int=1)
THEN = datetime(2026, 1, 1, tzinfo=UTC)
QUERIES = {
    "everything": {},
    "agent": {"agent": AGENT_KEY},
    "related agent": {"agent": AGENT_KEY, "related_agents": True},
    "verb": {"verb": ANSWERED},
    "activity": {"activity": ACTIVITY},
    "related activity": {"activity": ACTIVITY, "related_activities": True},
    "registration": {"registration": SOME},
    "since": {"since": THEN},
    "until": {"until": datetime(2100, 1, 1, tzinfo=UTC), "ascending": True},
    "agent and verb": {"agent": AGENT_KEY, "verb": ANSWERED, "since": THEN},
}


def plans(call) -> list[str]:
    """Return the steps by which SQLite answers the queries of a call."""
    with CaptureQueriesContext(connection) as queries:
        call()
    steps = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            steps += [row[3] for row in cursor.fetchall()]
    return steps


@pytest.mark.parametrize("asked", QUERIES.values(), ids=QUERIES.keys())
def test_lists_follow_an_index(asked):
    federation = FederationFactory()
    record([make_statement()], federation=federation)
    steps = plans(lambda: reading.find(Query(federation.pk, **asked), limit=10))
    assert steps
    assert [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step] == []


def test_a_registration_and_an_activity_are_found_by_their_own_index():
    federation = FederationFactory()
    record([make_statement()], federation=federation)
    for asked, index in (
        ({"registration": SOME}, "statement_by_registration"),
        ({"activity": ACTIVITY}, "statement_by_activity"),
        ({"agent": AGENT_KEY}, "statement_by_agent"),
    ):
        steps = plans(lambda asked=asked: reading.find(Query(federation.pk, **asked), limit=10))
        assert any(index in step for step in steps), steps


def test_reports_read_only_what_they_are_about():
    reports = {
        "statement_by_registration": lambda: reading.answers_of(SOME),
        "statement_by_parent": lambda: reading.results_by_activity(federation_id=1, parent=ACTIVITY),
        "statement_by_activity": lambda: reading.results_by_activity(activity=ACTIVITY),
        "statement_by_user": lambda: reading.statements_for(federations=[1], users=[1]),
    }
    for index, call in reports.items():
        steps = plans(call)
        assert any(f"USING INDEX {index}" in step for step in steps), steps
