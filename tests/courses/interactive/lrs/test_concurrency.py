"""A statement sent twice at once is stored once, on SQLite and on PostgreSQL; no change of a document is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.courses.quizzes.test_concurrency import postgresql, sqlite

from .race import BATCH, ROUNDS, SENDERS

ROOT = Path(__file__).parents[4]
__all__ = ["postgresql", "sqlite"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_is_sent_twice_at_once_is_stored_once_and_nothing_is_lost(request, database):
    environment = os.environ | {
        "DATABASE_URL": request.getfixturevalue(database),
        "DJANGO_SETTINGS_MODULE": "tests.scratch",
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.courses.interactive.lrs.race"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["outcomes"] == {
        "claimed": ROUNDS,
        "conflict": ROUNDS * (SENDERS - 1),
        "first": ROUNDS,
        "412": ROUNDS * (SENDERS - 1),
    }
    assert found["statements"] == ROUNDS * BATCH + ROUNDS
    assert found["told"] - found["told_twice"] == found["statements"]
    assert found["documents"] == 1 + ROUNDS
    assert found["merged"] == SENDERS * ROUNDS
