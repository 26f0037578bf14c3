"""The way from a page to a session plan."""

from __future__ import annotations

from typing import Any

import segno
from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from courses.catalog.models import LessonPage

register = template.Library()


@register.simple_tag
def session_qr(address: str) -> SafeString:
    """Draw the QR code of an address, for paper. It asks for no style: the page's rules allow none."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="session-qr", lineclass=None))  # noqa: S308


@register.inclusion_tag("practices/session_button.html")
def session_button(page: Page) -> dict[str, Any]:
    """Offer to prepare a session from a lesson or a sheet. It asks the database nothing."""
    name = "lecon" if isinstance(page, LessonPage) else "fiche"
    return {"address": f"{reverse('practices:new_session')}?{urlencode({name: page.pk})}"}
