"""The same statements and documents sent at the same moment, from several places.

Run in a process of its own with DATABASE_URL: `python -m tests.courses.interactive.lrs.race`; prints what was found as
JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import django

SENDERS, ROUNDS, BATCH = 8, 5, 10


def main() -> dict[str, Any]:
    """Let the senders race, and return what the database holds and what they were told."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", run_syncdb=True, verbosity=0)

    from courses.interactive.lrs import documents
    from courses.interactive.lrs.documents import Conditions, DocumentError, Place
    from courses.interactive.lrs.models import Document, Statement
    from courses.interactive.lrs.services import ConflictError, record
    from courses.interactive.lrs.signals import statement_recorded
    from people.models import Federation
    from tests.courses.interactive.lrs.factories import make_statement

    federation = Federation.objects.create(name="Fédération", slug="federation")
    place = Place(federation.pk, Document.Resource.STATE, "https://exemple.fr/a", "mbox:mailto:a@exemple.fr")
    same = [[make_statement() for _one in range(BATCH)] for _round in range(ROUNDS)]
    claimed = [make_statement() for _round in range(ROUNDS)]
    told: list[Any] = []

    def listen(sender: type, statements: list[Statement], **kwargs: Any) -> None:
        told.extend(statement.id for statement in statements)

    statement_recorded.connect(listen)
    together = Barrier(SENDERS)

    def send(number: int) -> list[str]:
        outcomes = []
        try:
            for turn in range(ROUNDS):
                together.wait(timeout=60)
                record(same[turn], federation=federation)
                try:
                    record([{**claimed[turn], "result": {"response": str(number)}}], federation=federation)
                    outcomes.append("claimed")
                except ConflictError:
                    outcomes.append("conflict")
                documents.merge(place, "shared", json.dumps({f"{number}-{turn}": turn}).encode(), "application/json")
                try:
                    documents.put(place, f"one-{turn}", b"x", "text/plain", conditions=Conditions(none_match="*"))
                    outcomes.append("first")
                except DocumentError as error:
                    outcomes.append(str(error.status))
        except Exception as error:  # noqa: BLE001  (whatever it is, the test has to hear of it)
            outcomes.append(f"{type(error).__name__}: {error}")
            together.abort()
        finally:
            connection.close()
        return outcomes

    with ThreadPoolExecutor(SENDERS) as pool:
        outcomes = [outcome for found in pool.map(send, range(SENDERS)) for outcome in found]

    shared = documents.find(place, "shared")
    return {
        "outcomes": Counter(outcomes),
        "statements": Statement.objects.count(),
        "told": len(told),
        "told_twice": len(told) - len(set(told)),
        "documents": Document.objects.count(),
        "merged": len(json.loads(bytes(shared.content))) if shared else 0,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
