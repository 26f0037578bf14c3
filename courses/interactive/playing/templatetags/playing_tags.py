"""What pages show of interactive activities."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from courses.interactive.packages.models import Package
from courses.interactive.playing.models import Registration
from courses.interactive.playing.reading import ActivityView, block_view, rule_text

register = template.Library()


@register.simple_tag(takes_context=True)
def block_activity(context: dict[str, Any]) -> ActivityView | None:
    """Return the activity that a block of a lesson is; None out of a lesson, or where its package is gone."""
    value, page, block_id = context["value"], context.get("page"), context.get("block_id")
    package = value.get("package")
    if not (isinstance(package, Package) and package.current_id and page is not None and page.pk and block_id):
        return None
    return block_view(page.pk, block_id, package, title=value.get("title") or "", preview=bool(context.get("preview")))


@register.filter
def weight(size: int) -> str:
    """Write a number of bytes as a person says it: 350 Ko, 1,2 Mo."""
    if size < 1_000_000:
        return f"{max(round(size / 10_000) * 10, 10)}\N{NO-BREAK SPACE}Ko"
    return f"{size / 1_000_000:.1f}\N{NO-BREAK SPACE}Mo".replace(".", ",")


@register.simple_tag
def done_when(rule: str, pass_mark: int) -> str:
    """Say when an activity is done, after «Cette activité est faite»."""
    return rule_text(rule, pass_mark)


@register.simple_tag
def frame_sandbox(kind: str) -> str:
    """Return what the frame of a content may do. Never more than scripts, but for SCORM and cmi5 on their own host."""
    rights = "allow-scripts allow-forms allow-downloads"
    return f"{rights} allow-same-origin" if kind != Package.Kind.H5P and settings.PLAYER_ORIGIN else rights


@register.filter
def percent(registration: Registration) -> int:
    """Return the best score of a registration as a percentage, rounded down."""
    return int((registration.score or 0) * 100)
