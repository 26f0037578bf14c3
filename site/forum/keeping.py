"""What someone sent while signed out, kept until they have signed in: a session ends, a text does not.

The text waits two hours in the cache, under a key that only this browser's session knows; signing in keeps the session.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from people.models import User

from . import drafts

KEPT_FOR = 2 * 3600
_SESSION_KEY = "forum_kept"


def keep(request: HttpRequest, place: str, data: Mapping[str, Any]) -> bool:
    """Keep the sent form for after signing in; return whether there was something to keep."""
    content = drafts.content_of(data)
    content.pop("files", None)
    if not drafts.says_something(content):
        return False
    key = request.session.get(_SESSION_KEY) or secrets.token_urlsafe(24)
    cache.set(f"forum:kept:{key}", {"place": place, "content": content}, KEPT_FOR)
    request.session[_SESSION_KEY] = key
    return True


def claim(request: HttpRequest, user: User, place: str) -> bool:
    """Make what this browser sent before signing in the draft of its place; return whether it is the place asked."""
    key = request.session.get(_SESSION_KEY)
    if not key:
        return False
    kept = cache.get(f"forum:kept:{key}")
    if kept is not None:
        drafts.save(user, kept["place"], kept["content"])
        cache.delete(f"forum:kept:{key}")
    del request.session[_SESSION_KEY]
    return kept is not None and kept["place"] == place
