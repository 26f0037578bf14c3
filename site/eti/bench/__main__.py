"""`python -m eti.bench NAME …`: run a benchmark in the scratch site that the environment names."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command
from django.test.utils import override_settings

from eti.bench.scratch import MARK

if TYPE_CHECKING:
    from eti.bench.measuring import Measure


def main() -> int:
    """Make the tables, run the benchmark, print what it measured. Returns 1 if a budget does not hold."""
    if not os.environ.get(MARK) or os.environ.get("VAR_DIR") != os.environ[MARK]:
        sys.exit("Lancez « eti bench » : il prépare un site provisoire, à part de vos données.")
    parser = argparse.ArgumentParser()
    subjects = parser.add_subparsers(dest="subject", required=True)
    quizzes = subjects.add_parser("quizzes")
    quizzes.add_argument("--attempts", type=int, required=True)
    quizzes.add_argument("--questions", type=int, required=True)
    subjects.add_parser("statements").add_argument("--statements", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    # Nothing is collected there, but a request warns of a folder that is missing.
    settings.STATIC_ROOT.mkdir(exist_ok=True)

    from eti.bench.measuring import table

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, ALLOWED_HOSTS=["testserver"]):
        call_command("migrate", verbosity=0)
        measures = _measures(options)
    for line in table(measures):
        print(line)  # noqa: T201
    return 0 if all(found.holds for found in measures) else 1


def _measures(options: argparse.Namespace) -> list[Measure]:
    from eti.bench import quizzes, statements

    def say(text: str) -> None:
        print(text, flush=True)  # noqa: T201

    if options.subject == "statements":
        return statements.run(options.statements, say=say)
    return quizzes.run(options.attempts, options.questions, say=say)


if __name__ == "__main__":
    sys.exit(main())
