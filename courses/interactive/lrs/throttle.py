"""How many requests a tool or a launched content may make: counted in the cache, by the minute."""

from __future__ import annotations

import time

from django.core.cache import cache

WINDOW = 60


def allow(name: str, limit: int) -> bool:
    """Count one more request under a name, and return whether it is among the `limit` ones of this minute."""
    key = f"lrs-rate:{name}:{int(time.time()) // WINDOW}"
    if cache.add(key, 1, WINDOW * 2):
        return limit >= 1
    try:
        return cache.incr(key) <= limit
    except ValueError:
        # It expired between the two.
        return True
