"""What the learner's progress adds to the pages of the catalogue and of quizzes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from courses.catalog.models import ActivityItem, CoursePage
from courses.progress.reading import CourseStanding, standing_in

register = template.Library()


@register.simple_tag(takes_context=True)
def course_standing(
    context: dict[str, Any], course: CoursePage, activities: Sequence[ActivityItem]
) -> CourseStanding | None:
    """Return where the signed-in person stands in the module; None for a visitor or in the editor's preview."""
    request = context["request"]
    if not request.user.is_authenticated or getattr(request, "is_preview", False):
        return None
    return standing_in(request.user, course, activities)


@register.filter
def state_of(standing: CourseStanding | None, activity_id: int) -> Any:
    """Return the ActivityState of an activity, or None."""
    return standing.states.get(activity_id) if standing else None
