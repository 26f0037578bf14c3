"""What every page shows around its content."""

import datetime

from django import template
from django.core.cache import cache
from django.template.defaultfilters import date as date_filter
from django.utils.safestring import SafeString
from wagtail.models import Page

from pages.cache import FOOTER_CACHE_KEY
from pages.markdown import render_inline_markdown, render_markdown
from pages.typography import french_spaces

register = template.Library()


@register.simple_tag
def footer_links() -> list[tuple[str, str]]:
    """Return (title, address) of the pages that are marked to be shown in menus; kept until a page changes."""
    links: list[tuple[str, str]] | None = cache.get_or_set(
        FOOTER_CACHE_KEY,
        lambda: [
            (page.title, page.url)
            for page in Page.objects.live().public().filter(depth=3, show_in_menus=True).order_by("path")
        ],
        timeout=3600,
    )
    return links or []


@register.filter
def markdown(text: str, top_heading: int = 3) -> SafeString:
    """Show a Markdown text, its headings from the given level down."""
    return render_markdown(text, top_heading=top_heading)


@register.filter
def inline_markdown(text: str) -> SafeString:
    """Show one line of Markdown."""
    return render_inline_markdown(text)


@register.filter(expects_localtime=True)
def long_date(value: datetime.date | datetime.datetime | None) -> str:
    """Write a date in full: 1er mai 2026, 25 novembre 2026."""
    return (
        date_filter(value, "j F Y").replace("1 ", "1er ", 1)
        if value and value.day == 1
        else date_filter(value, "j F Y")
    )


@register.filter(is_safe=True)
def typo(text: str) -> str:
    """Keep each sign of a French text on the line of its word."""
    return french_spaces(str(text))


@register.filter
def pluriel(number: float) -> str:
    """Return the s of a French plural, which begins at two: 0 message, 1,5 point, 2 messages."""
    return "s" if abs(number) >= 2 else ""


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
