"""The `eti` command: everything that an operator runs. `eti help` lists it all."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a management command; `eti recompute-progress` and `eti recompute_progress` are the same."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eti.settings.local")
    arguments = list(sys.argv)
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    execute_from_command_line(arguments)
