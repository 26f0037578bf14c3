"""Where tasks wait. Imported before there are models: see `TASKS` in the settings."""

from __future__ import annotations

from typing import Any

from django.tasks import Task, TaskResult
from django.tasks.backends.immediate import ImmediateBackend
from django_tasks_db.backend import DatabaseBackend


class TaskBackend(DatabaseBackend):
    """Keep tasks in the database for `eti worker`, but run those of Wagtail itself at once.

    Wagtail's tasks bring its search index and its index of references up to date: a few milliseconds, of which the
    next page depends (find what one has just saved; refuse to delete what is in use).
    """

    at_once = ("wagtail.", "modelsearch.")

    def __init__(self, alias: str, params: dict) -> None:
        super().__init__(alias, params)
        self._immediate = ImmediateBackend(alias, params)

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:  # type: ignore[override]
        """Store the task, or run it if it is one of Wagtail's."""
        if task.module_path.startswith(self.at_once):
            return self._immediate.enqueue(task, args, kwargs)
        return super().enqueue(task, args, kwargs)
