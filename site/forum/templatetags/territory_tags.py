"""What the forum adds to the pages of a territory."""

from __future__ import annotations

from typing import Any

from django import template

from forum.models import Category
from forum.rights import rights_of
from people.models import Territory

register = template.Library()


@register.simple_tag(takes_context=True)
def territory_category(context: dict[str, Any], territory: Territory) -> Category | None:
    """Return the category of a territory, or of its région, that the visitor may read; None where there is none."""
    by_territory = {category.territory_id: category for category in rights_of(context["request"].user).categories}
    return by_territory.get(territory.pk) or by_territory.get(territory.parent_id)
