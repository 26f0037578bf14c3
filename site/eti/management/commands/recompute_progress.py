"""`eti recompute_progress`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from courses.catalog.models import CoursePage
from courses.progress.models import Enrolment
from courses.progress.services import recompute_course


class Command(BaseCommand):
    """Bring everyone's progress in step with the modules as they stand."""

    help = "Recalcule l'avancement de toutes les personnes inscrites. Le relancer ne change rien de plus."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        courses = CoursePage.objects.filter(pk__in=Enrolment.objects.values("course")).order_by("path")
        for course in courses.iterator():
            changed = recompute_course(course)
            total += changed
            self.stdout.write(f"{course.title} : {changed} avancement(s) corrigé(s)")
        self.stdout.write(self.style.SUCCESS(f"Avancements corrigés en tout : {total}"))
