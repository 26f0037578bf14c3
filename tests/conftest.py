"""What all tests share."""

import json
import os
import subprocess
import sys
import time
from functools import cache as remembered
from pathlib import Path

import pytest
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

from courses.interactive.packages import bundle

MADE_WITHIN = 300

# The same examples each time: a change is judged by what it changes.
# `pytest --hypothesis-profile=default` looks further.
hypothesis_settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis_settings.load_profile("suite")


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


@pytest.fixture(scope="session")
def made_site(tmp_path_factory, worker_id) -> Path:
    """A folder with what a first `eti demo` writes (`var`) and says (`said`), made once for the whole suite.

    It takes most of a minute, so the workers share it; whoever changes it takes a copy. The demo is reset over what an
    operator could have left there: files of their own, a link to photos outside.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "made-site"
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + MADE_WITHIN
        while not (folder / "made").exists():
            if (folder / "failed").exists() or time.monotonic() > end:
                pytest.fail("another worker could not make the demo site")
            time.sleep(0.2)
        return folder
    _leave_things_behind(folder / "var", folder / "photos")
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CACHE_URL"}}
    done = subprocess.run(
        [Path(sys.executable).with_name("eti"), "demo", "--no-serve", "--reset"],
        env={**environment, "VAR_DIR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "eti.settings.local"},
        capture_output=True,
        text=True,
        timeout=MADE_WITHIN,
        check=False,
    )
    (folder / "said").write_text(done.stdout)
    (folder / ("failed" if done.returncode else "made")).touch()
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _leave_things_behind(var: Path, outside: Path) -> None:
    for made in (var / "static", var / "cache", outside):
        made.mkdir(parents=True)
        (made / "ancien.txt").write_text("x")
    (var / "media").symlink_to(outside)
    for name in ("eti.sqlite3", "eti.sqlite3-wal", "eti.sqlite3-copie", "notes.txt"):
        (var / name).write_text("x")
    (var / "demo.json").write_text(json.dumps({"made": ["eti.sqlite3", "media", "cache", "static"], "content": "x"}))
