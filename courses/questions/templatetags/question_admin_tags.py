"""Template tags of questions in Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django import template

from courses.questions.panels import TakesAdvice

register = template.Library()


@register.inclusion_tag("questions/admin/advice_update.html")
def advice_update(page: Any) -> dict[str, Any]:
    """Bring the panel «Avant de publier» of an open editing form up to date, if the form has one."""
    has_panel = isinstance(page, TakesAdvice)
    return {"has_panel": has_panel, "advice": page.get_advice() if has_panel else None}
