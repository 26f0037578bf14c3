"""How many queries each kind of page takes, signed in: exact, and the same however much there is in the database."""

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

from courses.progress.models import ActivityState, Enrolment
from courses.progress.services import enrol
from courses.quizzes.models import Attempt
from courses.quizzes.services import start_attempt, submit_attempt
from people.models import User
from tests.courses.factories import make_course, make_home, make_theme, save_answer, single
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def crowd(course, size):
    """Enrol many other people who have seen every activity and passed the quiz."""
    password = make_password(None)
    people = User.objects.bulk_create(User(email=f"foule{n}@exemple.fr", password=password) for n in range(size))
    enrolments = Enrolment.objects.bulk_create(Enrolment(user=p, course=course, percent=50) for p in people)
    now = timezone.now()
    activities = list(course.get_children().specific())
    ActivityState.objects.bulk_create(
        ActivityState(enrolment=e, activity=a, first_seen_at=now, last_seen_at=now, done_at=now)
        for e in enrolments
        for a in activities
    )
    Attempt.objects.bulk_create(
        Attempt(user=p, quiz=activities[-1], number=1, snapshot=[], pass_mark=70) for p in people
    )


@pytest.fixture(params=[0, 1000], ids=["alone", "with 1000 others"])
def site(request, client):
    make_home()
    course = make_course(lessons=6, themes=[make_theme()])
    from tests.courses.factories import make_quiz

    quiz = make_quiz(course, questions=[single(f"Question {n} ?") for n in range(20)])
    for page in course.get_children().specific():
        page.save_revision().publish()
    crowd(course, request.param)
    user = UserFactory()
    enrol(user, course)
    client.force_login(user)
    client.user, client.course, client.quiz = user, course, quiz
    client.lesson = course.get_first_child().specific
    # What the cache holds from the first visitor on: footer, site roots, the body of the lesson.
    client.get(client.lesson.url)
    client.get(course.url)
    return client


def test_a_lesson(site, django_assert_num_queries):
    with django_assert_num_queries(12):
        site.get(site.lesson.url)


def test_a_course(site, django_assert_num_queries):
    with django_assert_num_queries(12):
        site.get(site.course.url)


def test_the_page_of_a_quiz(site, django_assert_num_queries):
    with django_assert_num_queries(8):
        site.get(site.quiz.url)


def test_a_question_shown(site, django_assert_num_queries):
    attempt = start_attempt(site.user, site.quiz)
    with django_assert_num_queries(3):
        site.get(reverse("quizzes:question", args=[attempt.pk, 3]))


def test_an_answer_saved(site, django_assert_num_queries):
    attempt = start_attempt(site.user, site.quiz)
    with django_assert_num_queries(6):
        site.post(reverse("quizzes:question", args=[attempt.pk, 3]), {"reponse": "right"})


def test_a_quiz_submitted_and_passed(site, django_assert_max_num_queries):
    attempt = start_attempt(site.user, site.quiz)
    for number in range(1, 21):
        save_answer(attempt, number, ["right"])
    with django_assert_max_num_queries(14):
        site.post(reverse("quizzes:submit", args=[attempt.pk]))


def test_a_result(site, django_assert_num_queries):
    attempt = submit_attempt(start_attempt(site.user, site.quiz))
    with django_assert_num_queries(8):
        site.get(attempt.get_absolute_url())


def test_the_dashboard(site, django_assert_num_queries):
    with django_assert_num_queries(9):
        site.get(reverse("progress:dashboard"))


@pytest.mark.parametrize("more", [1, 12])
def test_the_dashboard_of_a_person_who_follows_many_modules(site, django_assert_num_queries, more):
    for _ in range(more):
        enrol(site.user, make_course(lessons=2))
    with django_assert_num_queries(9):
        site.get(reverse("progress:dashboard"))


@pytest.mark.parametrize("more", [1, 11])
def test_the_catalogue(site, django_assert_num_queries, more):
    for _ in range(more):
        make_course(themes=[make_theme()])
    site.get("/formations/")
    with django_assert_num_queries(12):
        site.get("/formations/")
