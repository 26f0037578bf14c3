"""Small reads for the templates of quizzes."""

from datetime import date, timedelta

from django import template
from django.utils import timezone

from courses.quizzes.models import Attempt
from pages.templatetags.pages_tags import long_date

register = template.Library()


@register.filter
def minutes(value: timedelta) -> int:
    """Return how many minutes there are, rounded up: nobody is promised less time than they have."""
    return -int(-value.total_seconds() // 60)


@register.filter
def hours(value: int) -> str:
    """Write a number of hours as a person says it: 12 h, 2 jours."""
    days, rest = divmod(value, 24)
    if days and not rest:
        return f"{days} jour{'s' if days > 1 else ''}"
    return f"{value} h"


@register.filter
def in_days(day: date) -> str:
    """Say when a day comes, as in «Elle revient …»: demain, dans 3 jours (le 28 novembre 2026)."""
    days = (day - timezone.localdate()).days
    if days < 1:
        return "aujourd'hui"
    return "demain" if days == 1 else f"dans {days} jours (le {long_date(day)})"


@register.filter
def time_spent(attempt: Attempt) -> float:
    """Return the seconds from the start of a submitted attempt to its end."""
    return (attempt.submitted_at - attempt.started_at).total_seconds() if attempt.submitted_at else 0.0
