"""The earlier versions of a post, and what each change was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .diffing import Change, changes
from .models import Post

SHOWN = 30
"""How many changes are shown, the latest first."""


@dataclass(frozen=True, slots=True)
class Version:
    """One change: when, and what it took out and put in. `title` is empty where it stayed."""

    at: datetime
    title: list[Change]
    body: list[Change]


def versions_of(post: Post) -> list[Version]:
    """Return the changes of a post, the latest first."""
    after_title = post.topic.title if post.opening else ""
    after_body = post.body
    versions = []
    for edit in post.edits.order_by("-pk")[:SHOWN]:
        title = changes(edit.title, after_title) if edit.title and edit.title != after_title else []
        body = changes(edit.body, after_body) if edit.body != after_body else []
        versions.append(Version(edit.until, title, body))
        after_title, after_body = edit.title or after_title, edit.body
    return versions
