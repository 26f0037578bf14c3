"""People named in a post."""

from __future__ import annotations

from .models import Post


def record(post: Post) -> None:
    """Keep whom a post names, as its text says now."""
