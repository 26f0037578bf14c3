"""What the forum forgets as time passes, each hour."""

from __future__ import annotations

from . import attachments, drafts, services


def tidy_forum() -> None:
    """Erase what was deleted a day ago, old drafts, and files that were sent and published nowhere."""
    services.purge_deleted()
    drafts.forget_old()
    attachments.forget_unused()
