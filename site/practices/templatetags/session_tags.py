"""The way from a page to a session plan."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode
from wagtail.models import Page

from courses.catalog.models import LessonPage

register = template.Library()


@register.inclusion_tag("practices/session_button.html")
def session_button(page: Page) -> dict[str, Any]:
    """Offer to prepare a session from a lesson or a sheet. It asks the database nothing."""
    name = "lecon" if isinstance(page, LessonPage) else "fiche"
    return {"address": f"{reverse('practices:new_session')}?{urlencode({name: page.pk})}"}
