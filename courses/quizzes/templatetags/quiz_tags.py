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
def time_taken(seconds: float) -> str:
    """Write a length of time as a person says it: 45 s, 18 min, 1 h 05, 2 j 3 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}\N{NO-BREAK SPACE}s"
    minutes_in_all = round(seconds / 60)
    if minutes_in_all < 60:
        return f"{minutes_in_all}\N{NO-BREAK SPACE}min"
    hours_in_all, rest = divmod(minutes_in_all, 60)
    if hours_in_all < 48:
        return f"{hours_in_all}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{rest:02}"
    return f"{hours_in_all // 24}\N{NO-BREAK SPACE}j\N{NO-BREAK SPACE}{hours_in_all % 24}\N{NO-BREAK SPACE}h"


@register.filter
def time_spent(attempt: Attempt) -> float:
    """Return the seconds from the start of a submitted attempt to its end."""
    return (attempt.submitted_at - attempt.started_at).total_seconds() if attempt.submitted_at else 0.0
