"""The housekeeping of the queue of tasks."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.interactive.lrs.services import forget_sessions
from courses.interactive.packages.pruning import prune_files
from people.tasks import release_lost_tasks

# No task of the site runs for that long: one that seems to has lost its worker.
LOST_AFTER = timedelta(hours=1)
TIDY_EVERY = timedelta(hours=1)
KEEP_SUCCESSES = timedelta(days=7)
KEEP_FAILURES = timedelta(days=60)


def tidy_queue(lost_after: timedelta = LOST_AFTER) -> None:
    """Settle what a killed worker left, forget old results, and see to it that this is done again in an hour."""
    waiting = DBTaskResult.objects.filter(task_path=tidy_queue_later.module_path, status=TaskResultStatus.READY)
    if not waiting.exists():
        tidy_queue_later.using(run_after=timezone.now() + TIDY_EVERY).enqueue()
    release_lost_tasks(lost_after)
    now = timezone.now()
    DBTaskResult.objects.filter(
        Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lte=now - KEEP_SUCCESSES)
        | Q(status=TaskResultStatus.FAILED, finished_at__lte=now - KEEP_FAILURES)
    ).delete()


@task
def tidy_queue_later() -> None:
    """Tidy the queue each hour, whatever the number of workers; once a day, what uploads and launches leave."""
    tidy_queue()
    if cache.add("eti:tidied", 1, 24 * 3600):
        prune_files()
        forget_sessions()
