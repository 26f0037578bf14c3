"""`eti worker`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from eti.worker import run_worker


class Command(BaseCommand):
    """Run what the site does after it has answered."""

    help = (
        "Exécute les tâches de fond : recalcul des avancements, imports, e-mails. À laisser tourner à côté du site ; "
        "plusieurs peuvent tourner à la fois. SIGTERM ou Ctrl+C l'arrête après la tâche en cours."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", action="store_true", help="exécute ce qui attend, puis s'arrête")

    def handle(self, *args: Any, **options: Any) -> None:
        run_worker(batch=options["batch"])
