"""Finding Chromium, or installing it: a browser test never skips because there is none."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _found() -> str | None:
    named = os.environ.get("CHROMIUM_PATH")
    if named and Path(named).exists():
        return named
    if on_path := next(filter(None, map(shutil.which, NAMES)), None):
        return on_path
    caches = [os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ""), str(Path.home() / ".cache/ms-playwright")]
    for cache in filter(None, caches):
        if bundled := sorted(Path(cache).glob("chromium-*/chrome-linux*/chrome")):
            return str(bundled[-1])
    return None


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}"
    return "" if done.returncode == 0 else f"{' '.join(command)}: {done.stderr[-800:]}"


def chromium_path() -> str:
    """Return the path of a Chromium: the one of the machine, else playwright's, else Debian's, installed now."""
    with (Path(tempfile.gettempdir()) / "eti-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        attempts = (
            [],
            [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]],
            [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]],
        )
        faults = []
        for commands in attempts:
            faults += [fault for command in commands if (fault := _run(*command))]
            if path := _found():
                return path
    msg = "No Chromium, and it could not be installed:\n" + "\n".join(faults)
    raise RuntimeError(msg)
