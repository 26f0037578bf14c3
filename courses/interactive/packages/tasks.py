"""Work done after an upload has been answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import task

from people.tasks import retry


@task
@retry(OSError, OperationalError)
def rebuild_bundles(library_id: int) -> int:
    """Bring the contents that use a library in step with its new patch. Return how many changed."""
    from .bundle import rebuild

    return rebuild(library_id)
