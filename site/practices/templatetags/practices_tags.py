"""What sheets add to pages, theirs and those of other apps."""

from __future__ import annotations

from typing import Any

import segno
from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from forum.models import Topic
from pages.markdown import render_markdown
from practices import rights
from practices.models import SheetPage, SheetStanding
from practices.reading import published, summary_words

register = template.Library()


@register.filter
def sheet_text(text: str) -> SafeString:
    """Show a text of a sheet: Markdown written by a member."""
    return render_markdown(text, top_heading=4, untrusted=True)


@register.simple_tag
def trials_summary(standing: SheetStanding | None) -> str:
    """Say how the trials of a sheet went."""
    return summary_words(standing)


@register.simple_tag
def qr_code(address: str) -> SafeString:
    """Draw the QR code of an address. It asks for no style: the rules of the site allow none."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))  # noqa: S308


@register.inclusion_tag("practices/from_topic.html", takes_context=True)
def sheet_from_topic(context: dict[str, Any], topic: Topic) -> dict[str, Any]:
    """Offer to make a sheet of a discussion, to who may propose one. It asks the database nothing."""
    request = context.get("request")
    may = request is not None and rights.may_propose(request.user) and not topic.hidden
    return {"address": f"{reverse('practices:propose')}?{urlencode({'sujet': topic.pk})}" if may else ""}


@register.inclusion_tag("practices/page_sheets.html")
def page_sheets(page: Page, limit: int = 3) -> dict[str, Any]:
    """Show the best tried sheets that work on the competences of the module of a lesson, in one query."""
    course = getattr(page, "course", page)
    competences = getattr(course, "competences", None)
    if competences is None:
        return {"sheets": []}
    found = published().filter(competences__in=competences.model.objects.filter(courses=course.pk)).distinct()
    rows = found.select_related("standing").only("title", "url_path", "summary", "standing__score")
    return {"sheets": list(rows.order_by("-standing__score", "-pk")[:limit])}


@register.inclusion_tag("practices/sheet_card.html")
def sheet_card(sheet: SheetPage, standing: SheetStanding | None = None, level: int = 2) -> dict[str, Any]:
    """Show a sheet in a list. What it reads comes with the sheets of the list."""
    return {"sheet": sheet, "standing": standing or getattr(sheet, "standing", None), "level": level}
