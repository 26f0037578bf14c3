"""Small reads for the templates of quizzes."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def get_item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return the value under a key that is itself a variable, or None."""
    return mapping.get(key)
