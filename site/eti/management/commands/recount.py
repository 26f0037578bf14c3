"""`eti recount`: compare the numbers that pages show with what they count, and mend those that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand

from forum import counting as forum_counting
from notifications import services as notifications
from pages.templatetags.pages_tags import pluriel
from practices import trials

COUNTS: tuple[Callable[[], Iterable[object]], ...] = (
    forum_counting.recount,
    notifications.recount,
    trials.recount,
)
"""Each compares the numbers that an app keeps, writes the right ones, and yields what was wrong."""


class Command(BaseCommand):
    """Compare and mend."""

    help = (
        "Recompte ce que les pages affichent (réponses, sujets, réactions, notifications…) et corrige les écarts. "
        "Le dit, et s'arrête avec le code 1 s'il y en avait."
    )

    def handle(self, **options: Any) -> None:
        """Print each number that was wrong."""
        wrong = 0
        for count in COUNTS:
            for miscount in count():
                wrong += 1
                self.stdout.write(str(miscount))
        if wrong:
            self.stdout.write(self.style.WARNING(f"{wrong} nombre{pluriel(wrong)} corrigé{pluriel(wrong)}."))
            raise SystemExit(1)
        self.stdout.write(self.style.SUCCESS("Tout est juste."))
