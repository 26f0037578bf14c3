"""Small reads for the templates of quizzes."""

from datetime import timedelta

from django import template

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
