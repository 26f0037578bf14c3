"""`eti close_attempts`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from courses.quizzes.services import close_late_attempts


class Command(BaseCommand):
    """Submit the attempts whose time is over and to which nobody came back."""

    help = (
        "Termine et note les essais dont le temps est écoulé. Une tâche le fait pour chaque essai à la fin de son "
        "temps : cette commande sert si elle n'a pas pu. La relancer ne change rien de plus."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(self.style.SUCCESS(f"Essais terminés : {close_late_attempts()}"))
