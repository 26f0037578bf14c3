"""What quizzes do after the site has answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import task

from people.tasks import retry


@task
@retry(OperationalError)
def preview_regrade(preview_id: int) -> None:
    """Work out what a regrade would change."""
    from .regrading import fill_preview

    fill_preview(preview_id)


@task
@retry(OperationalError)
def regrade_attempts(regrade_id: int) -> None:
    """See to the next attempts of a regrade, and leave those that follow to another task."""
    from .regrading import run_regrade

    if not run_regrade(regrade_id):
        regrade_attempts.enqueue(regrade_id)
