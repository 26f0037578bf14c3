"""What progress does after the site has answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import task

from courses.catalog.models import CoursePage
from people.tasks import retry

from .services import recompute_course


@task
@retry(OperationalError)
def recompute_progress(course_id: int) -> int:
    """Bring everyone's progress in step with the module as it stands now. Return how many enrolments changed."""
    course = CoursePage.objects.filter(pk=course_id).first()
    return recompute_course(course) if course else 0
