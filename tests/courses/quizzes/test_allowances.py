"""Extra time: who has it, giving it to an attempt under way, taking it away; and attempts that time has run out on."""

import datetime

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.quizzes import services, tasks
from courses.quizzes.allowances import give_time
from courses.quizzes.models import Attempt, TimeAllowance
from courses.quizzes.services import GRACE, start_attempt
from tests.courses.factories import make_course, make_quiz, make_space, save_answer, single
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST, ADD = reverse("quiz_allowances"), reverse("quiz_allowance_add")
MINUTES = datetime.timedelta(minutes=1)


@pytest.fixture
def quiz():
    return make_quiz(questions=[single()], time_limit=60)


@pytest.fixture
def editor(client, quiz):
    client.user = MembershipFactory(federation=quiz.course.federation, role="editor").user
    client.force_login(client.user)
    return client


def text_of(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def minutes_given(attempt):
    fresh = Attempt.objects.get(pk=attempt.pk)
    return (fresh.deadline - fresh.started_at) / MINUTES


def delete_address(allowance):
    return reverse("quiz_allowance_delete", args=[allowance.pk])


# -- Time ----------------------------------------------------------------------------------------------------------


def test_an_attempt_under_way_gets_the_time_at_once(quiz):
    user, by = UserFactory(), UserFactory()
    attempt = start_attempt(user, quiz)
    assert minutes_given(attempt) == 60
    give_time(user, quiz.course.federation, 50, by=by)
    assert minutes_given(attempt) == 90


def test_less_time_or_none_shortens_no_attempt_under_way(quiz):
    user, by = UserFactory(), UserFactory()
    give_time(user, quiz.course.federation, 100, by=by)
    attempt = start_attempt(user, quiz)
    give_time(user, quiz.course.federation, 33, by=by)
    assert TimeAllowance.objects.get().extra_percent == 33
    assert minutes_given(attempt) == 120
    quiz.time_limit = None
    quiz.save()
    give_time(user, quiz.course.federation, 50, by=by)
    assert minutes_given(attempt) == 120


def test_other_people_other_federations_and_finished_attempts_keep_their_time(quiz):
    user = UserFactory()
    federation = quiz.course.federation
    elsewhere = make_quiz(make_course(make_space(FederationFactory())), questions=[single()], time_limit=60)
    others = [start_attempt(UserFactory(), quiz), start_attempt(user, elsewhere)]
    late = start_attempt(user, quiz)
    Attempt.objects.filter(pk=late.pk).update(
        started_at=timezone.now() - 61 * MINUTES, deadline=timezone.now() - MINUTES
    )
    give_time(user, federation, 100, by=UserFactory())
    assert [round(minutes_given(attempt)) for attempt in (*others, late)] == [60, 60, 60]


# -- In the admin --------------------------------------------------------------------------------------------------


def test_an_editor_gives_time_by_e_mail_address(editor, quiz):
    user = UserFactory(email="nadia@exemple.fr", first_name="Nadia", last_name="Roux")
    attempt = start_attempt(user, quiz)
    assert text_of(editor.get(ADD)).count('type="radio"') == 4
    data = {"email": "Nadia@Exemple.fr", "federation": quiz.course.federation_id, "share": "33"}
    assert editor.post(ADD, data).url == LIST
    given = TimeAllowance.objects.get()
    assert (given.user, given.extra_percent, given.given_by) == (user, 33, editor.user)
    assert minutes_given(attempt) == pytest.approx(79.8)
    shown = text_of(editor.get(LIST))
    assert "Nadia Roux" in shown
    assert "33 %" in shown


def test_giving_again_replaces_what_there_was(editor, quiz):
    user = UserFactory()
    for share, percent in (("33", ""), ("other", "75")):
        data = {"email": user.email, "federation": quiz.course.federation_id, "share": share, "percent": percent}
        editor.post(ADD, data)
    assert TimeAllowance.objects.get().extra_percent == 75


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "inconnu@exemple.fr"}, "Aucun compte n'a cette adresse."),
        ({"email": "pas une adresse"}, "adresse"),
        ({"share": "other"}, "Indiquez combien, de 1 à 300 %."),
        ({"share": "other", "percent": "301"}, "300"),
        ({"share": "12"}, "choix"),
    ],
)
def test_what_cannot_be_given_is_refused_in_words(editor, quiz, data, words):
    known = UserFactory().email
    sent = {"email": known, "federation": quiz.course.federation_id, "share": "33"} | data
    response = editor.post(ADD, sent)
    assert response.status_code == 400
    assert words in text_of(response)
    assert not TimeAllowance.objects.exists()


def test_an_account_that_was_closed_is_unknown(editor, quiz):
    closed = UserFactory(is_active=False)
    response = editor.post(ADD, {"email": closed.email, "federation": quiz.course.federation_id, "share": "33"})
    assert "Aucun compte" in text_of(response)


def test_no_time_is_given_in_another_federation(editor):
    other = make_space(FederationFactory()).federation
    response = editor.post(ADD, {"email": UserFactory().email, "federation": other.pk, "share": "33"})
    assert response.status_code == 400
    assert not TimeAllowance.objects.exists()


def test_taking_away_asks_first_and_leaves_attempts_under_way_alone(editor, quiz):
    user = UserFactory()
    given = give_time(user, quiz.course.federation, 50, by=editor.user)
    attempt = start_attempt(user, quiz)
    assert "50 %" in text_of(editor.get(delete_address(given)))
    assert TimeAllowance.objects.exists()
    assert editor.post(delete_address(given)).url == LIST
    assert not TimeAllowance.objects.exists()
    assert minutes_given(attempt) == 90


def test_the_allowances_of_other_federations_are_neither_shown_nor_deleted(editor):
    other = make_space(FederationFactory()).federation
    given = give_time(UserFactory(first_name="Nadia"), other, 50, by=UserFactory())
    assert "Nadia" not in text_of(editor.get(LIST))
    assert editor.get(delete_address(given)).status_code == 404
    assert editor.post(delete_address(given)).status_code == 404
    assert TimeAllowance.objects.exists()


@pytest.mark.parametrize("address", [LIST, ADD])
def test_only_members_of_a_federation_and_administrators_come_in(client, quiz, address):
    client.force_login(MembershipFactory(federation=quiz.course.federation, role="author").user)
    assert client.get(address).status_code == 200
    client.force_login(UserFactory(is_superuser=True))
    assert client.get(address).status_code == 200
    client.force_login(UserFactory())
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("number", [2, 40])
def test_the_queries_of_the_list_do_not_grow(editor, quiz, number, django_assert_max_num_queries):
    for _number in range(number):
        give_time(UserFactory(), quiz.course.federation, 50, by=editor.user)
    editor.get(LIST)
    with django_assert_max_num_queries(16):
        editor.get(LIST)


# -- When time is over ---------------------------------------------------------------------------------------------


def run_out(attempt):
    Attempt.objects.filter(pk=attempt.pk).update(deadline=timezone.now() - GRACE)


@pytest.fixture
def queue(settings):
    """Tasks wait in the database, as on the site."""
    settings.TASKS = {"default": {"BACKEND": "eti.task_backend.TaskBackend"}}
    return DBTaskResult.objects.filter(task_path=tasks.close_attempt.module_path)


def test_a_task_closes_the_attempt_just_after_its_deadline(quiz, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attempt = start_attempt(UserFactory(), quiz)
        save_answer(attempt, 1, ["right"])
    row = queue.get()
    assert row.run_after == attempt.deadline + GRACE
    run_out(attempt)
    row.task.call(*row.task_result.args)
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.submitted_at) == (100, attempt.deadline)
    row.task.call(*row.task_result.args)


def test_the_task_comes_again_for_an_attempt_that_got_more_time(quiz, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attempt = start_attempt(UserFactory(), quiz)
    give_time(attempt.user, quiz.course.federation, 50, by=UserFactory())
    row = queue.get()
    row.task.call(*row.task_result.args)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert queue.order_by("run_after").last().run_after == attempt.deadline + GRACE


def test_a_quiz_without_a_limit_leaves_no_task(quiz, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        start_attempt(UserFactory(), make_quiz(quiz.course))
    assert not queue.exists()


def test_the_command_closes_what_no_task_did(quiz, capsys):
    late, running = (start_attempt(UserFactory(), quiz) for _number in range(2))
    run_out(late)
    call_command("close_attempts")
    assert "Essais terminés : 1" in capsys.readouterr().out
    assert services.close_late_attempts() == 0
    running.refresh_from_db()
    assert running.submitted_at is None
