"""What the search does after the site has answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import task

from people.tasks import retry

from .services import mend_audience_marks


@task
@retry(OperationalError)
def mend_marks() -> int:
    """Bring the marks of all entries in step with their audience. Return how many changed."""
    return mend_audience_marks()
