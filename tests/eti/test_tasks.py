"""Tasks: where they wait, which are tried again, what a killed worker leaves."""

import datetime
import signal
import uuid

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.interactive.lrs.models import Session
from courses.progress.models import ActivityState, Enrolment
from courses.progress.services import enrol, set_done
from courses.progress.tasks import recompute_progress
from eti.tasks import tidy_queue, tidy_queue_later
from people.tasks import enqueue_once, release_lost_tasks, retry
from tests.courses.factories import make_course, make_lesson
from tests.factories import FederationFactory, UserFactory

pytestmark = pytest.mark.django_db

tries: list[str] = []


@task
@retry(ConnectionError, attempts=3, delay=datetime.timedelta(minutes=1))
def call_a_server(name: str) -> None:
    tries.append(name)
    raise ConnectionError(name)


@task
@retry(ConnectionError)
def divide(by: int) -> float:
    return 1 / by


@task
def not_to_be_repeated() -> None:
    tries.append("once")


@pytest.fixture(autouse=True)
def _queue(settings, monkeypatch):
    settings.TASKS = {"default": {"BACKEND": "eti.task_backend.TaskBackend"}}
    # The worker would give up the connection in whose transaction the test runs.
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)
    tries.clear()


def work() -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
    call_command("worker", "--batch")
    for number, handler in handlers.items():
        signal.signal(number, handler)


def queued(of) -> DBTaskResult:
    return DBTaskResult.objects.get(task_path=of.module_path)


def test_a_task_waits_for_the_worker():
    result = divide.enqueue(4)
    assert result.status == TaskResultStatus.READY
    work()
    result.refresh()
    assert result.return_value == 0.25


def test_an_error_that_may_pass_is_tried_again_later_each_time_and_then_given_up():
    call_a_server.enqueue("mail")
    for minutes in (1, 4):
        before = timezone.now()
        work()
        row = queued(call_a_server)
        assert row.status == TaskResultStatus.READY
        delay = row.run_after - before
        assert datetime.timedelta(0) <= delay - datetime.timedelta(minutes=minutes) < datetime.timedelta(seconds=30)
        work()  # too early: nothing happens
        DBTaskResult.objects.filter(pk=row.pk).update(run_after=timezone.now())
    work()
    assert queued(call_a_server).status == TaskResultStatus.FAILED
    assert tries == ["mail"] * 3


def test_a_mistake_is_not_tried_again():
    divide.enqueue(0)
    work()
    assert queued(divide).status == TaskResultStatus.FAILED


@pytest.mark.parametrize(
    ("of", "args", "status"),
    [(divide, [1], TaskResultStatus.READY), (not_to_be_repeated, [], TaskResultStatus.FAILED)],
)
def test_what_a_killed_worker_ran_is_repeated_only_if_it_may_be(of, args, status):
    of.enqueue(*args)
    queued(of).claim("killed")
    assert release_lost_tasks(datetime.timedelta(hours=1)) == 0
    assert release_lost_tasks(datetime.timedelta(0)) == 1
    assert queued(of).status == status


def test_a_task_that_kills_its_worker_each_time_is_given_up():
    divide.enqueue(1)
    for _ in range(6):
        queued(divide).claim("killed")
        release_lost_tasks(datetime.timedelta(0))
    assert queued(divide).status == TaskResultStatus.FAILED


def test_old_results_are_forgotten_and_failures_kept_longer():
    for days, status in ((8, "SUCCESSFUL"), (6, "SUCCESSFUL"), (59, "FAILED"), (61, "FAILED"), (100, "READY")):
        divide.enqueue(1)
        old = timezone.now() - datetime.timedelta(days=days)
        DBTaskResult.objects.filter(task_path=divide.module_path, finished_at=None, enqueued_at__gt=old).update(
            status=status, finished_at=None if status == "READY" else old, enqueued_at=old
        )
    tidy_queue()
    left = DBTaskResult.objects.filter(task_path=divide.module_path).values_list("status", flat=True)
    assert sorted(left) == ["FAILED", "READY", "SUCCESSFUL"]


def test_the_queue_is_tidied_each_hour_by_one_task_whatever_the_number_of_workers():
    for _ in range(2):
        work()
    row = queued(tidy_queue_later)
    assert row.run_after > timezone.now() + datetime.timedelta(minutes=59)
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert DBTaskResult.objects.filter(task_path=tidy_queue_later.module_path, status="READY").count() == 1


def test_the_same_task_waits_only_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number in (1, 1, 2):
            enqueue_once(divide, number)
        assert not DBTaskResult.objects.exists()
    assert DBTaskResult.objects.count() == 2
    queued_first = DBTaskResult.objects.first()
    queued_first.claim("at work")
    # It has perhaps read already: what changed since needs another one.
    with django_capture_on_commit_callbacks(execute=True):
        enqueue_once(divide, 1)
        enqueue_once(divide, 2)
    assert DBTaskResult.objects.count() == 3


def test_wagtail_brings_its_indexes_up_to_date_at_once():
    course = make_course(title="Le tri des déchets")
    assert not DBTaskResult.objects.exists()
    assert list(type(course).objects.search("déchets")) == [course]


def test_publishing_a_lesson_has_progress_recomputed_by_the_worker(django_capture_on_commit_callbacks):
    user, course = UserFactory(), make_course(lessons=1)
    enrolment = enrol(user, course)
    set_done(Enrolment.objects.filter(pk=enrolment.pk), course.get_children().get().pk)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            lesson = make_lesson(course, live=False)
            lesson.save_revision().publish()
    enrolment.refresh_from_db()
    assert enrolment.percent == 100
    assert queued(recompute_progress).args_kwargs == {"args": [course.pk], "kwargs": {}}
    work()
    enrolment.refresh_from_db()
    assert enrolment.percent == 33
    assert ActivityState.objects.count() == 1


def test_a_module_deleted_meanwhile_is_no_error():
    recompute_progress.enqueue(999_999)
    work()
    assert queued(recompute_progress).return_value == 0


def test_what_uploads_and_launches_have_left_behind_goes_once_a_day():
    def launched(expires_in):
        return Session.objects.create(
            token_hash=uuid.uuid4().hex,
            user=UserFactory(),
            federation=FederationFactory(),
            registration=uuid.uuid4(),
            activity="https://exemple.fr/a",
            expires_at=timezone.now() + datetime.timedelta(days=expires_in),
        )

    cache.clear()
    launched(-30)
    current = launched(1)
    tidy_queue_later.func()
    assert list(Session.objects.all()) == [current]
    later = launched(-30)
    tidy_queue_later.func()
    assert set(Session.objects.all()) == {current, later}
