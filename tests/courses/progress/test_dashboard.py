"""«Mon parcours»: questions to see again, and the words for each kind of result."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.quizzes.models import MissedQuestion
from courses.quizzes.reading import recent_results
from courses.quizzes.services import mark_answer, start_attempt, submit_attempt
from tests.courses.factories import make_course, make_quiz, save_answer, single
from tests.courses.quizzes.test_practice import open_question
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def dashboard(client, user):
    client.force_login(user)

    def html():
        return client.get(reverse("progress:dashboard")).content.decode()

    return html


def attempt_at(user, quiz, answer):
    attempt = start_attempt(user, quiz)
    save_answer(attempt, 1, answer)
    return submit_attempt(attempt)


def test_nothing_is_said_of_practice_before_a_question_was_missed(dashboard):
    assert "à revoir" not in dashboard()


def test_the_next_day_is_named_then_the_questions_due_are_counted(dashboard, user):
    attempt_at(user, make_quiz(questions=[single(), single()]), ["wrong-0"])
    assert "Prochaines <a" in dashboard()
    today = timezone.localdate()
    MissedQuestion.objects.update(due_on=today, moved_on=today - timedelta(days=1))
    html = dashboard()
    assert "2 questions à revoir aujourd'hui" in html
    assert f'href="{reverse("quizzes:practice")}"' in html


@pytest.mark.parametrize(
    ("mode", "kind", "outcome"),
    [
        ("training", "Entraînement", "non réussi"),
        ("assessment", "Évaluation", "non réussi"),
        ("certifying", "Certification", "non réussi"),
        ("positioning", "Positionnement", "fait"),
    ],
)
def test_each_result_says_its_kind_and_outcome(dashboard, user, mode, kind, outcome):
    attempt_at(user, make_quiz(questions=[single()], mode=mode), ["wrong-0"])
    html = dashboard()
    assert f"{kind}," in html
    assert f">{outcome}</span>" in html
    assert ">réussi" not in html


@pytest.mark.parametrize(
    ("marking", "said"),
    [("trainer", "en attente d'un formateur"), ("self", "à comparer au modèle")],
)
def test_a_result_without_a_grade_says_whom_it_waits_for(dashboard, user, marking, said):
    attempt = attempt_at(user, make_quiz(questions=[open_question(marking)]), {"text": "Voici."})
    html = dashboard()
    assert said in html
    assert "non réussi" not in html
    mark_answer(attempt, attempt.questions[0].id, [Decimal(2)], by=user)
    assert said not in dashboard()


def test_a_positioning_that_repeats_another_shows_the_gain(dashboard, user):
    course = make_course()
    before = make_quiz(course, questions=[single(), single()], mode="positioning")
    after = make_quiz(course, questions=[], mode="positioning", repeats=before)
    attempt_at(user, before, ["wrong-0"])
    attempt_at(user, after, ["right"])
    assert [result.gain for result in recent_results(user)] == [Decimal(50), None]
    assert "+50 points depuis le début du module" in dashboard()


def test_results_are_one_query_and_the_last_ten(user, django_assert_num_queries):
    quiz = make_quiz(questions=[open_question()])
    for _number in range(12):
        attempt_at(user, quiz, {"text": "Voici."})
    with django_assert_num_queries(1):
        assert [result.attempt.number for result in recent_results(user)] == list(range(12, 2, -1))
