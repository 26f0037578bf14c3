"""What the forum adds to its own pages and to lessons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from wagtail.models import Page

from forum.models import Category, Topic
from pages.templatetags.pages_tags import long_date

register = template.Library()

_HARMLESS = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def lesson_topics(page: Page, limit: int = 3) -> list[Topic]:
    """Return the topics about a page that everyone may read, newest first, with their authors, in one query."""
    public = Topic.objects.filter(page_id=page.pk, hidden=False, category__audience=Category.Audience.PUBLIC)
    topics = public.select_related("author")
    return list(topics.order_by("-pk")[:limit])


@register.simple_tag(takes_context=True)
def canonical(context: dict[str, Any], path: str) -> SafeString:
    """Tell search engines the one address of a page that has several."""
    return format_html('<link rel="canonical" href="{}">', context["request"].build_absolute_uri(path))


@register.filter
def of(values: Mapping[Any, Any], key: Any) -> Any:
    """Return what a mapping holds for a key."""
    return values.get(key)


@register.filter
def ld_json(data: dict[str, Any]) -> SafeString:
    """Write structured data for search engines: a block of data, which no browser runs, and which no text can close."""
    text = json.dumps(data, ensure_ascii=False).translate(_HARMLESS)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.simple_tag
def moment(value: datetime) -> SafeString:
    """Show when something happened: how long ago within a week, else the day. The full date stays at hand."""
    local = timezone.localtime(value)
    age = timezone.now() - value
    if age < timedelta(minutes=1):
        said = _("à l'instant")
    elif age < timedelta(days=7):
        said = _("il y a %(time)s") % {"time": timesince(value, depth=1)}
    else:
        said = _("le %(date)s") % {"date": long_date(local)}
    full = _("%(day)s %(date)s à %(time)s") % {
        "day": date_format(local, "l"),
        "date": long_date(local),
        "time": date_format(local, "H:i"),
    }
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), full, said)
