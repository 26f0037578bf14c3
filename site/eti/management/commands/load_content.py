"""`eti load_content`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.packs.content import load_content
from courses.packs.faults import PackError


class Command(BaseCommand):
    """Load the content that comes with the code."""

    help = (
        "Charge les contenus livrés avec le logiciel : référentiels, fédérations, pages, catégories du forum, modules. "
        "On peut le relancer : seul ce qui a changé est mis à jour, ce qui a été retouché sur le site est laissé."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Lecture de {settings.CONTENT_DIR}…")
        try:
            report = load_content(settings.CONTENT_DIR)
        except PackError as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            raise CommandError("Les contenus ont des erreurs : rien n'a été chargé.") from None
        for line in report.lines():
            self.stdout.write(line)
