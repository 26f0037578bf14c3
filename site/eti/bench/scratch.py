"""A scratch site: a folder and a database of its own, gone when the benchmark ends. Nothing of the real one is opened.

The benchmark runs in another process, whose environment names the scratch places only.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

MARK = "ETI_BENCH_SCRATCH"
"""Set in the environment of a benchmark to the folder of its scratch site: it refuses to run without."""
_REAL = ("DATABASE_URL", "CACHE_URL", "MEDIA_URL_S3", "EMAIL_URL", "TRUSTED_PROXY_COUNT")


@contextmanager
def scratch_environment(database_url: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a scratch site: SQLite in its folder, or a new database of the same server."""
    kept = {name: value for name, value in os.environ.items() if name not in _REAL}
    # Not ignoring failures would hide the result behind a file that SQLite still holds on some systems.
    with tempfile.TemporaryDirectory(prefix="eti-bench-", ignore_cleanup_errors=True) as folder:
        kept |= {"VAR_DIR": folder, MARK: folder, "DJANGO_SETTINGS_MODULE": "eti.settings.local"}
        if connection.vendor == "sqlite":
            yield {**kept, "DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}"}
            return
        name = f"eti_bench_{secrets.token_hex(4)}"
        quoted = connection.ops.quote_name(name)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted}")
        try:
            yield {**kept, "DATABASE_URL": urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))}
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def run_in_scratch(arguments: Sequence[str]) -> int:
    """Run `python -m eti.bench` with these arguments in a scratch site, and return its exit code."""
    with scratch_environment(os.environ.get("DATABASE_URL", "")) as environment:
        command = [sys.executable, "-m", "eti.bench", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  (ourselves)
