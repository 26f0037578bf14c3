"""`python -m eti.bench NAME …`: run a benchmark in the scratch site that the environment names."""

from __future__ import annotations

import argparse
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.test.utils import override_settings

from eti.bench.scratch import MARK


def main() -> int:
    """Make the tables, run the benchmark, print what it measured. Returns 1 if a budget does not hold."""
    if not os.environ.get(MARK) or os.environ.get("VAR_DIR") != os.environ[MARK]:
        sys.exit("Lancez « eti bench » : il prépare un site provisoire, à part de vos données.")
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=["quizzes"])
    parser.add_argument("--attempts", type=int, required=True)
    parser.add_argument("--questions", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    # Nothing is collected there, but a request warns of a folder that is missing.
    settings.STATIC_ROOT.mkdir(exist_ok=True)

    from eti.bench import quizzes
    from eti.bench.measuring import table

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, ALLOWED_HOSTS=["testserver"]):
        call_command("migrate", verbosity=0)
        measures = quizzes.run(options.attempts, options.questions, say=lambda text: print(text, flush=True))  # noqa: T201
    for line in table(measures):
        print(line)  # noqa: T201
    return 0 if all(found.holds for found in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
