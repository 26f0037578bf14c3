"""What keeps a post back before anyone reads it."""

from __future__ import annotations

from people.models import User


def must_be_reviewed(author: User, body: str) -> bool:
    """Whether a moderator reads this post before the others do."""
    return False
