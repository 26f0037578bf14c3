"""Names of what `pages` keeps in the cache, and what throws it away."""

from typing import Any

from django.core.cache import cache

FOOTER_CACHE_KEY = "pages:footer"


def forget_footer(sender: type, **kwargs: Any) -> None:
    """Drop the links of the footer when a page changes."""
    cache.delete(FOOTER_CACHE_KEY)
