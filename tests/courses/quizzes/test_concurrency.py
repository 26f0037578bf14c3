"""Limits and grades hold when many devices act at the same moment, on SQLite and on PostgreSQL."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .race import DEVICES, PEOPLE

ROOT = Path(__file__).parents[3]


def _postgresql_programs() -> Path | None:
    """Return the folder of the server's programs: Debian keeps them apart, others on the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@pytest.fixture
def postgresql(tmp_path_factory) -> Iterator[str]:
    """A PostgreSQL server for one test."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: only SQLite is tried")
    folder = tmp_path_factory.mktemp("postgresql")
    # The server refuses to run as root.
    as_server = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_server:
        for path in (folder, *folder.parents):
            if path.stat().st_uid == os.geteuid() and path.is_relative_to(tempfile.gettempdir()):
                path.chmod(path.stat().st_mode | 0o055)
        shutil.chown(folder, "postgres")
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"], check=True, **quiet, **as_server
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen([programs / "postgres", "-D", data, *options], **quiet, **as_server)
    try:
        for _try in range(100):
            ready = subprocess.run([programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], check=False, **quiet)
            if ready.returncode == 0:
                break
            server.poll()
            assert server.returncode is None, "PostgreSQL did not start"
            time.sleep(0.1)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def sqlite(tmp_path) -> str:
    """A SQLite file for one test."""
    return f"sqlite:///{tmp_path / 'race.sqlite3'}"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_many_devices_at_once_make_no_attempt_too_many_and_no_grade_twice(request, database):
    url = request.getfixturevalue(database)
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.scratch",
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.courses.quizzes.race"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["outcomes"]) <= {"went through", "was told the limit"}, found
    assert sum(found["outcomes"].values()) == PEOPLE * DEVICES
    assert found["attempts_of_each"] == [2] * PEOPLE
    assert found["numbers"] == [1, 2]
    assert (found["open"], found["graded"]) == (0, 2 * PEOPLE)
    assert (found["graded_twice"], found["answers_twice"], found["missed_twice"], found["wrong_sums"]) == (0, 0, 0, 0)
    assert found["done"] == found["complete"] == found["passed"]
