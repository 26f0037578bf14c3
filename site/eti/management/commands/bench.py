"""`eti bench quizzes [--attempts N] [--questions M]`, `eti bench statements [--statements N]`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eti.bench.scratch import run_in_scratch


class Command(BaseCommand):
    """Measure the site with many rows, apart from its own data."""

    help = (
        "Mesure le site avec beaucoup de données, dans une base provisoire (un fichier SQLite, ou une base neuve sur "
        "le serveur de DATABASE_URL) effacée à la fin ; vos données ne sont pas touchées. Le code de sortie est 1 si "
        "un budget n'est pas tenu."
    )

    # Some checks open the database, and nothing of the real site is opened here.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        subjects = parser.add_subparsers(dest="subject", required=True, metavar="quizzes|statements")
        quizzes = subjects.add_parser("quizzes", help="statistiques, rapport, passage d'un quiz")
        quizzes.add_argument("--attempts", type=int, default=10_000, help="essais du grand quiz (10 000)")
        quizzes.add_argument("--questions", type=int, default=100, help="questions du grand quiz (100)")

        statements = subjects.add_parser("statements", help="listes, rapports et enregistrement des énoncés xAPI")
        statements.add_argument("--statements", type=int, default=1_000_000, help="énoncés (1 000 000)")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(run_in_scratch(self._arguments(options)))

    def _arguments(self, options: dict[str, Any]) -> list[str]:
        if options["subject"] == "statements":
            if options["statements"] < 1:
                raise CommandError("Il faut au moins un énoncé.")
            return ["statements", f"--statements={options['statements']}"]
        if options["attempts"] < 1 or not 1 <= options["questions"] <= 1000:
            raise CommandError("Il faut au moins un essai, et de 1 à 1000 questions.")
        return ["quizzes", f"--attempts={options['attempts']}", f"--questions={options['questions']}"]
