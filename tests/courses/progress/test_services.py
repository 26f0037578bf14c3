import datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.progress.models import ActivityState, Enrolment
from courses.progress.services import enrol, recompute_course, see_activity, set_done, set_not_done
from courses.quizzes.services import start_attempt, submit_attempt
from tests.courses.factories import make_course, make_lesson, make_quiz, save_answer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def pass_quiz(user, quiz):
    attempt = start_attempt(user, quiz)
    for number, question in enumerate(attempt.questions, start=1):
        save_answer(attempt, number, question.key())
    return submit_attempt(attempt)


def done(enrolment, activity, **when):
    return set_done(Enrolment.objects.filter(pk=enrolment.pk), activity.pk, **when)


def not_done(enrolment, activity):
    return set_not_done(Enrolment.objects.filter(pk=enrolment.pk), activity.pk)


def activities(course):
    return list(course.get_children().specific())


def test_enrolling_twice_makes_one_enrolment():
    user, course = UserFactory(), make_course(lessons=1)
    assert enrol(user, course) == enrol(user, course)
    assert Enrolment.objects.count() == 1


def test_the_database_refuses_a_second_enrolment():
    user, course = UserFactory(), make_course()
    Enrolment.objects.create(user=user, course=course)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(user=user, course=course)


def test_lessons_done_and_quiz_passed_complete_the_module():
    user, course = UserFactory(), make_course(lessons=2, quiz=True)
    first, second, quiz = activities(course)
    enrolment = enrol(user, course)
    assert done(enrolment, first).percent == 33
    assert done(enrolment, second).percent == 66
    pass_quiz(user, quiz)
    enrolment.refresh_from_db()
    assert enrolment.percent == 100
    assert enrolment.completed_at is not None


def test_a_failed_quiz_moves_nothing():
    user, course = UserFactory(), make_course(quiz=True)
    enrolment = enrol(user, course)
    submit_attempt(start_attempt(user, activities(course)[0]))
    enrolment.refresh_from_db()
    assert enrolment.percent == 0


def test_a_quiz_passed_before_enrolling_counts_at_once():
    user, course = UserFactory(), make_course(quiz=True)
    attempt = pass_quiz(user, activities(course)[0])
    enrolment = enrol(user, course)
    enrolment.refresh_from_db()
    assert enrolment.percent == 100
    assert enrolment.completed_at == attempt.submitted_at


def test_marking_as_done_twice_keeps_the_first_date():
    user, course = UserFactory(), make_course(lessons=2)
    enrolment = enrol(user, course)
    early = timezone.now() - datetime.timedelta(days=3)
    done(enrolment, activities(course)[0], done_at=early)
    done(enrolment, activities(course)[0])
    assert ActivityState.objects.get().done_at == early


def test_reopening_a_lesson_moves_back_but_keeps_the_date_of_completion():
    user, course = UserFactory(), make_course(lessons=1)
    enrolment = done(enrol(user, course), activities(course)[0])
    completed_at = enrolment.completed_at
    enrolment = not_done(enrolment, activities(course)[0])
    assert (enrolment.percent, enrolment.completed_at) == (0, completed_at)


def test_a_lesson_published_later_lowers_the_percentage_and_keeps_what_was_done(django_capture_on_commit_callbacks):
    user, course = UserFactory(), make_course(lessons=1)
    enrolment = done(enrol(user, course), activities(course)[0])
    new = make_lesson(course, live=False)
    with django_capture_on_commit_callbacks(execute=True):
        new.save_revision().publish()
    enrolment.refresh_from_db()
    assert enrolment.percent == 50
    assert enrolment.completed_at is not None


def test_an_unpublished_lesson_no_longer_counts(django_capture_on_commit_callbacks):
    user, course = UserFactory(), make_course(lessons=2)
    enrolment = done(enrol(user, course), activities(course)[0])
    with django_capture_on_commit_callbacks(execute=True):
        activities(course)[1].unpublish()
    enrolment.refresh_from_db()
    assert enrolment.percent == 100


def test_a_deleted_lesson_no_longer_counts(django_capture_on_commit_callbacks):
    user, course = UserFactory(), make_course(lessons=2)
    enrolment = done(enrol(user, course), activities(course)[0])
    with django_capture_on_commit_callbacks(execute=True):
        activities(course)[1].delete()
    enrolment.refresh_from_db()
    assert enrolment.percent == 100


def test_a_lesson_moved_to_another_module_counts_there_and_no_longer_here(django_capture_on_commit_callbacks):
    user, course = UserFactory(), make_course(lessons=2)
    other = make_course(lessons=1)
    here, there = done(enrol(user, course), activities(course)[0]), enrol(user, other)
    done(there, activities(other)[0])
    with django_capture_on_commit_callbacks(execute=True):
        activities(course)[1].move(other, pos="last-child")
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.percent, there.percent) == (100, 50)


def test_an_optional_lesson_does_not_count():
    user, course = UserFactory(), make_course(lessons=1)
    make_lesson(course, required=False)
    assert done(enrol(user, course), activities(course)[0]).percent == 100


def test_recomputing_changes_nothing_that_is_right_and_mends_what_is_wrong():
    user, course = UserFactory(), make_course(lessons=1, quiz=True)
    lesson, quiz = activities(course)
    enrolment = done(enrol(user, course), lesson)
    pass_quiz(user, quiz)
    enrolment.refresh_from_db()
    right = (enrolment.percent, enrolment.completed_at)
    assert recompute_course(course) == 0
    Enrolment.objects.update(percent=7, completed_at=None)
    call_command("recompute_progress")
    enrolment.refresh_from_db()
    assert (enrolment.percent, enrolment.completed_at) == right


def test_seeing_a_lesson_again_keeps_the_first_date_and_what_was_done():
    user, course = UserFactory(), make_course(lessons=1)
    lesson = activities(course)[0]
    enrolment = done(enrol(user, course), lesson)
    before = ActivityState.objects.get()
    see_activity(enrolment, lesson)
    after = ActivityState.objects.get()
    assert (after.first_seen_at, after.done_at) == (before.first_seen_at, before.done_at)
    assert after.last_seen_at > before.last_seen_at


def test_recomputing_many_enrolments_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    course = make_course(lessons=2)
    lesson = activities(course)[0]
    for _ in range(20):
        enrol(UserFactory(), course)
    ActivityState.objects.bulk_create(
        ActivityState(
            enrolment=e,
            activity=lesson,
            first_seen_at=timezone.now(),
            last_seen_at=timezone.now(),
            done_at=timezone.now(),
        )
        for e in Enrolment.objects.all()
    )
    with django_assert_max_num_queries(6):
        assert recompute_course(course) == 20


def test_a_quiz_of_a_module_that_one_does_not_follow_is_graded_all_the_same():
    attempt = pass_quiz(UserFactory(), make_quiz())
    assert attempt.passed
    assert Enrolment.objects.count() == 0


def test_a_person_takes_a_copy_of_their_progress_and_answers(client):
    user, course = UserFactory(), make_course(lessons=1, quiz=True)
    lesson, quiz = activities(course)
    done(enrol(user, course), lesson)
    pass_quiz(user, quiz)
    enrol(UserFactory(), make_course(title="Module d'une autre personne"))
    client.force_login(user)
    copy = client.get("/compte/mes-donnees/").json()
    assert copy["progression"][0]["module"] == course.title
    assert copy["progression"][0]["avancement en %"] == 100
    assert copy["quiz"][0]["réponses"][0]["réponse"] == ["Je protège"]
    assert "autre personne" not in str(copy)


@pytest.mark.parametrize("address", ["/_util/login/", "/admin/login/"])
def test_wagtail_s_own_sign_in_pages_lead_to_the_one_of_the_site(client, address):
    assert client.get(address)["Location"].startswith("/compte/connexion/")
    assert client.post(address, {"username": "x", "password": "y"})["Location"].startswith("/compte/connexion/")
