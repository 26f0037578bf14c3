"""Work done after the site has answered, with `django.tasks`: which of it is tried again, and what waits only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.tasks import Task, TaskResult, TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max


@dataclass(frozen=True, slots=True)
class Retry:
    """When a failed task is tried again: after `delay`, then each time four times later, `attempts` times in all."""

    errors: tuple[type[BaseException], ...]
    attempts: int
    delay: timedelta

    def wait(self, attempts: int) -> timedelta | None:
        """Return how long to wait after that many attempts, or None to give up."""
        return self.delay * 4 ** (attempts - 1) if attempts < self.attempts else None


def retry[**P, R](
    *errors: type[BaseException], attempts: int = 6, delay: timedelta = timedelta(minutes=1)
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark the function of a task, under `@task`, as one that may run twice without harm.

    It is tried again when it raises one of the errors (after 1, 4, 16 minutes… as `Retry` says), and when the worker
    that ran it was killed. Nothing else is tried again.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        function.retry = Retry(errors, attempts, delay)  # type: ignore[attr-defined]
        return function

    return mark


def enqueue_once(task: Task, *args: Any) -> None:
    """Enqueue a task when the transaction has committed, unless the same one waits already.

    For a task that reads things as they are when it runs: the one that waits will read what was just committed.
    """
    transaction.on_commit(partial(_enqueue_unless_waiting, task, args), robust=True)


def _enqueue_unless_waiting(task: Task, args: tuple[Any, ...]) -> None:
    same = {"args": list(args), "kwargs": {}}
    if not DBTaskResult.objects.ready().filter(task_path=task.module_path, args_kwargs=same).exists():
        task.enqueue(*args)


def try_again(sender: type, task_result: TaskResult, **kwargs: Any) -> None:
    """Put a failed task back into the queue if its error may pass."""
    rule: Retry | None = getattr(task_result.task.func, "retry", None)
    row = getattr(task_result, "db_result", None)
    if row is None or rule is None or task_result.status != TaskResultStatus.FAILED:
        return
    try:
        error = task_result.errors[0].exception_class
    except (ImportError, ValueError):
        return
    wait = rule.wait(task_result.attempts)
    if issubclass(error, rule.errors) and wait is not None:
        _requeue(row, wait)


def _requeue(row: DBTaskResult, wait: timedelta | None = None) -> None:
    row.status = TaskResultStatus.READY
    row.run_after = timezone.now() + wait if wait else get_date_max()
    row.finished_at = None
    row.save(update_fields=["status", "run_after", "finished_at"])


def release_lost_tasks(running_for: timedelta) -> int:
    """Settle the tasks that started that long ago and never ended: their worker was killed. Return how many.

    Those that may be repeated wait again; the others are marked as failed.
    """
    lost = DBTaskResult.objects.running().filter(started_at__lte=timezone.now() - running_for)
    count = 0
    for row in lost:
        count += 1
        try:
            rule: Retry | None = getattr(row.task.func, "retry", None)
        except ImportError:  # a task of an earlier version of the site
            rule = None
        if rule and len(row.worker_ids) < rule.attempts:
            _requeue(row)
        else:
            row.set_failed(InterruptedError("The worker was killed."))
    return count
