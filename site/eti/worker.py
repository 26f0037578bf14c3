"""The process that runs the tasks of the site."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from types import FrameType

import django
from django.db import connections
from django.utils.crypto import get_random_string


def run_worker(*, batch: bool = False, alone: bool = False) -> None:
    """Run the tasks of the queue, in this process, until SIGTERM or Ctrl+C (or until none waits, with `batch`).

    With `alone`, no other worker is at work: what seems to run was left by one that was killed, and is settled at once.
    """
    from django_tasks_db.management.commands import db_worker

    from .tasks import LOST_AFTER, tidy_queue

    class Worker(db_worker.Worker):
        def shutdown(self, signum: int, frame: FrameType | None) -> None:
            """End after the task in hand; at the second signal, now.

            The inherited method may exit between the moment a task was claimed and the moment it runs.
            """
            if not self.running:
                self.reset_signals()
                sys.exit(1)
            self.running = False

    tidy_queue(timedelta(0) if alone else LOST_AFTER)
    worker = Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=1,
        batch=batch,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
    )
    worker.configure_signals()
    worker.run()


def end_with_parent() -> None:
    """Hear only the word of the process that started this one, and end with it even if it was killed."""
    if hasattr(os, "setpgrp"):
        # Ctrl+C reaches every process of the terminal's group, not those of a group of their own.
        os.setpgrp()
    parent, parent_pid = multiprocessing.parent_process(), os.getppid()

    def follow() -> None:
        # Where processes fork, another child may keep the parent's sentinel open: the parent's number tells.
        while os.getppid() == parent_pid and parent is not None and parent.is_alive():
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()


def _work() -> None:
    end_with_parent()
    django.setup()
    run_worker(alone=True)


class WorkerBeside:
    """A context in which a worker runs in a process of its own."""

    def __enter__(self) -> None:
        connections.close_all()
        self.process = multiprocessing.Process(target=_work, name="eti worker", daemon=True)
        self.process.start()

    def __exit__(self, *exc_info: object) -> None:
        self.process.terminate()
        self.process.join(timeout=10)
        if self.process.is_alive():
            self.process.kill()
