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


@task
@retry(OSError, OperationalError)
def tell_markers(quiz_id: int) -> None:
    """Tell the editors of a quiz's federation that answers wait for a trainer."""
    from . import notices

    notices.tell_markers(quiz_id)


@task
@retry(OSError, OperationalError)
def tell_learner(attempt_id: str) -> None:
    """Tell a person that their attempt is marked."""
    from . import notices

    notices.tell_learner(attempt_id)


@task
@retry(OperationalError)
def close_attempt(attempt_id: str) -> None:
    """Submit an attempt whose time is over, though nobody came back to it; come again if it has got more time."""
    from .models import Attempt
    from .services import close_at_deadline

    attempt = Attempt.objects.filter(pk=attempt_id, submitted_at=None).first()
    if attempt is not None:
        close_at_deadline(attempt)
