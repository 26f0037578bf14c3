"""What the catalogue shows on pages of lower layers."""

from django import template
from django.db.models import F

from courses.catalog.models import CoursePage, CourseQuerySet

register = template.Library()


@register.simple_tag
def latest_courses(limit: int = 4) -> CourseQuerySet:
    """Return the modules published last."""
    return (
        CoursePage.objects.live()
        .public()
        .for_cards()
        .order_by(F("first_published_at").desc(nulls_last=True), "-pk")[:limit]
    )


@register.filter
def duration(minutes: int) -> str:
    """Write a duration as a person says it: 45 min, 1 h, 3 h 30."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"
