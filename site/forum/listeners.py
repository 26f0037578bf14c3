"""What the forum answers to the apps below it."""

from __future__ import annotations

from typing import Any

from people.models import User

from .models import Post, TopicRead


def export_personal_data(user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return what a person wrote and read here. What they deleted is erased: nothing of it is left to give."""
    posts = Post.objects.filter(author=user, deleted_at=None).order_by("pk")
    reads = TopicRead.objects.filter(user=user).order_by("topic_id")
    return [
        (
            "forum",
            {
                "messages": [
                    {"sujet": title, "ecrit_le": created_at, "modifie_le": edited_at, "message": body}
                    for title, created_at, edited_at, body in posts.values_list(
                        "topic__title", "created_at", "edited_at", "body"
                    )
                ],
                "sujets_lus": list(reads.values_list("topic__title", flat=True)),
            },
        )
    ]
