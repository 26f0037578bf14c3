"""What the forum adds to its own pages and to lessons."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from wagtail.models import Page

from forum.models import Topic
from pages.templatetags.pages_tags import long_date

register = template.Library()


@register.simple_tag
def lesson_topics(page: Page, limit: int = 3) -> list[Topic]:
    """Return the visible topics about a page, newest first, with their authors, in one query."""
    topics = Topic.objects.filter(page_id=page.pk, hidden=False).select_related("author")
    return list(topics.order_by("-pk")[:limit])


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
