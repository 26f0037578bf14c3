"""What notifications do after the site has answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import TaskResultStatus, default_task_backend, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from people.tasks import retry

from .services import GROUPED_FOR


@task
@retry(OSError, OperationalError)
def send_mail() -> None:
    """Send the e-mails that are due, and see to those that will be in a moment."""
    from .mailing import is_due_soon, send_due

    try:
        send_due()
    finally:
        if is_due_soon():
            schedule_mail()


def schedule_mail() -> None:
    """Have the e-mails that are due in three minutes sent then; one such task waits at a time.

    Where tasks cannot wait, the hourly round sends them.
    """
    if not default_task_backend.supports_defer:
        return
    waiting = DBTaskResult.objects.filter(task_path=send_mail.module_path, status=TaskResultStatus.READY)
    soon = timezone.now() + GROUPED_FOR
    if not waiting.filter(run_after__gt=timezone.now(), run_after__lte=soon).exists():
        send_mail.using(run_after=soon).enqueue()


@task
@retry(OSError, OperationalError)
def wake_devices(user_ids: list[int]) -> None:
    """Wake the devices of these people that have accepted it."""
    from .push import wake

    wake(user_ids)
