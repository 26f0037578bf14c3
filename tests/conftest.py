"""What all tests share."""

import gc
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache as remembered
from importlib.metadata import distributions
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings

from courses.interactive.packages import bundle

ROOT = Path(__file__).parents[1]
MADE_WITHIN = 300
KEPT_FOR = 24 * 3600
WHILE_DEMO_IS_MADE = 4

# The same examples each time: a change is judged by what it changes.
# `pytest --hypothesis-profile=default` looks further.
hypothesis_settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis_settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, so that the workers end together: those that start processes, then the most tests.

    One worker makes the demo site, then, while the other makes the database and runs what needs no demo.
    """
    sizes = Counter(item.path for item in items)
    starting = {item.path for item in items if not {"made_site", "postgresql"}.isdisjoint(item.fixturenames)}
    first = sorted(starting, key=lambda path: (sizes[path], path), reverse=True)
    others = sorted(sizes.keys() - starting, key=lambda path: (sizes[path], path), reverse=True)
    order = [*first[:1], *others[:WHILE_DEMO_IS_MADE], *first[1:], *others[WHILE_DEMO_IS_MADE:]]
    places = {path: place for place, path in enumerate(order)}
    items.sort(key=lambda item: places[item.path])


def pytest_collection_finish() -> None:
    """Spare garbage collection what stays as long as the tests: it took a quarter of their time to look through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(autouse=True)
def _empty_cache():
    """No test sees what another one left in the cache (rate limits, rendered lessons, footer)."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _media_of_its_own(settings, tmp_path):
    """Files that a test stores go away with it."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session", autouse=True)
def _bundles_compressed_once():
    """The libraries of the samples take seconds to compress: once is enough for all the tests of a worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_compressed", remembered(bundle._compressed))
        yield


def _made_once(name: str, factory: pytest.TempPathFactory, worker_id: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first worker to ask for it fills, and that the others wait for."""
    base = factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / name
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + MADE_WITHIN
        while not (folder / "made").exists():
            if (folder / "failed").exists() or time.monotonic() > end:
                pytest.fail(f"another worker could not make {name}")
            time.sleep(0.2)
        return folder
    try:
        make(folder)
    except BaseException:
        (folder / "failed").touch()
        raise
    (folder / "made").touch()
    return folder


def _run(command: list[str | Path], **environment: str) -> str:
    """Run a command of the site with the database and the cache of its own folder; return what it says."""
    mine = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CACHE_URL"}}
    done = subprocess.run(
        command, env=mine | environment, capture_output=True, text=True, timeout=MADE_WITHIN, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _what_migrations_depend_on() -> str:
    """Return a digest of all that decides what a migrated database holds: the site's code, the packages, SQLite."""
    digest = hashlib.sha256(f"{sys.version} {sqlite3.sqlite_version}".encode())
    for package in sorted(f"{each.metadata['Name']}=={each.version}" for each in distributions()):
        digest.update(package.encode())
    for file in sorted(file for folder in ("site", "courses") for file in (ROOT / folder).rglob("*.py")):
        digest.update(b"\0%b\0%b" % (str(file.relative_to(ROOT)).encode(), file.read_bytes()))
    return digest.hexdigest()[:32]


@pytest.fixture(scope="session")
def migrated(request, tmp_path_factory, worker_id) -> Path:
    """A SQLite file with the site's tables, as migrations leave them: made once for all the workers.

    Migrations take a quarter of a minute, so pytest's own cache keeps the file for the next run: until any code of the
    site changes (`pytest --cache-clear` forgets it at once).
    """

    def make(folder: Path) -> None:
        file, kept = folder / "migrated.sqlite3", None
        if cache := getattr(request.config, "cache", None):
            kept = cache.mkdir("migrated") / f"{_what_migrations_depend_on()}.sqlite3"
            for old in kept.parent.glob("*.sqlite3"):
                if old != kept and time.time() - old.stat().st_mtime > KEPT_FOR:
                    old.unlink(missing_ok=True)
            if kept.exists():
                shutil.copyfile(kept, file)
                return
        _run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
            PYTHONPATH=os.pathsep.join(str(path) for path in (ROOT / "site", ROOT)),
            DJANGO_SETTINGS_MODULE="eti.settings.test",
            DATABASE_URL=f"sqlite:///{file}",
        )
        if kept:
            # Put in place whole: another run may look for it at the same time.
            draft = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(file, draft)
            draft.replace(kept)

    return _made_once("migrated", tmp_path_factory, worker_id, make) / "migrated.sqlite3"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix) -> Iterator[None]:
    """The database of the tests, with all tables already there where it is in memory: nothing is left to migrate."""
    creation = connection.creation
    name = creation._get_test_db_name() if connection.vendor == "sqlite" else ""
    if not name or not creation.is_in_memory_db(name):
        yield
        return
    # The database in memory lives as long as someone is connected to it.
    with closing(sqlite3.connect(name, uri=True)) as memory:
        with closing(sqlite3.connect(request.getfixturevalue("migrated"))) as file:
            file.backup(memory)
        yield


@pytest.fixture(scope="session")
def made_site(tmp_path_factory, worker_id) -> Path:
    """A folder with what a first `eti demo` writes (`var`) and says (`said`), made once for the whole suite.

    It takes most of a minute, so the workers share it; whoever changes it takes a copy. The demo is reset over what an
    operator could have left there: files of their own, a link to photos outside.
    """

    def make(folder: Path) -> None:
        _leave_things_behind(folder / "var", folder / "photos")
        said = _run(
            [Path(sys.executable).with_name("eti"), "demo", "--no-serve", "--reset"],
            VAR_DIR=str(folder / "var"),
            DJANGO_SETTINGS_MODULE="eti.settings.local",
        )
        (folder / "said").write_text(said)

    return _made_once("made-site", tmp_path_factory, worker_id, make)


def _leave_things_behind(var: Path, outside: Path) -> None:
    for made in (var / "static", var / "cache", outside):
        made.mkdir(parents=True)
        (made / "ancien.txt").write_text("x")
    (var / "media").symlink_to(outside)
    for name in ("eti.sqlite3", "eti.sqlite3-wal", "eti.sqlite3-copie", "notes.txt"):
        (var / name).write_text("x")
    (var / "demo.json").write_text(json.dumps({"made": ["eti.sqlite3", "media", "cache", "static"], "content": "x"}))
