import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.quizzes.models import Attempt
from courses.quizzes.services import start_attempt, submit_attempt
from tests.courses.factories import make_quiz, multiple, save_answer, single, true_false
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def learner(client, user):
    client.force_login(user)
    return client


def question_url(attempt, number=1):
    return reverse("quizzes:question", args=[attempt.pk, number])


def test_a_visitor_sees_the_rules_and_is_asked_to_sign_in(client):
    quiz = make_quiz()
    page = client.get(quiz.url)
    assert page.status_code == 200
    assert "Se connecter pour passer le quiz" in page.content.decode()


def test_starting_as_a_visitor_leads_to_sign_in_then_back_to_the_quiz(client, user):
    quiz = make_quiz()
    answer = client.post(reverse("quizzes:start", args=[quiz.pk]))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    client.force_login(user)
    assert client.get(reverse("quizzes:start", args=[quiz.pk]))["Location"] == quiz.url


def test_nothing_secret_is_in_the_quiz_nor_in_a_question_before_the_answer(learner, user):
    question = single("Que faites-vous ?", right="Je protège", wrong=("Je crie",))
    question["value"]["explanation"] = "EXPLICATION-SECRÈTE"
    quiz = make_quiz(questions=[question])
    attempt = start_attempt(user, quiz)
    for url in (quiz.url, question_url(attempt), attempt.get_absolute_url()):
        html = learner.get(url).content.decode()
        assert "EXPLICATION-SECRÈTE" not in html
        assert "Non (0)." not in html
        assert "Oui." not in html
        assert "correct" not in html


def test_an_answer_is_saved_and_the_next_question_shown(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single(), true_false()]))
    answer = learner.post(question_url(attempt), {"reponse": "right"})
    assert answer["Location"] == question_url(attempt, 2)
    assert attempt.answers.get().response == ["right"]


def test_coming_back_shows_the_answer_that_was_saved(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single()]))
    save_answer(attempt, 1, ["wrong-0"])
    assert 'value="wrong-0" checked' in learner.get(question_url(attempt)).content.decode()


def test_going_on_with_a_quiz_opens_the_first_question_without_an_answer(learner, user):
    quiz = make_quiz(questions=[single(), single(), single()])
    attempt = start_attempt(user, quiz)
    save_answer(attempt, 1, ["right"])
    answer = learner.post(reverse("quizzes:start", args=[quiz.pk]))
    assert answer["Location"] == question_url(attempt, 2)


def test_after_the_last_question_comes_the_summary_that_names_what_is_missing(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single(), single()]))
    assert learner.post(question_url(attempt, 2), {"reponse": "right"})["Location"] == attempt.get_absolute_url()
    assert "La question 1 n" in learner.get(attempt.get_absolute_url()).content.decode()


def test_a_forged_option_is_refused_clearly_and_nothing_is_lost(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single()]))
    save_answer(attempt, 1, ["right"])
    answer = learner.post(question_url(attempt), {"reponse": "forged"})
    assert answer.status_code == 400
    assert "ne fait pas partie des choix" in answer.content.decode()
    assert attempt.answers.get().response == ["right"]


@pytest.mark.parametrize("number", [0, 99])
def test_a_question_that_does_not_exist_is_not_found(learner, user, number):
    attempt = start_attempt(user, make_quiz())
    assert learner.get(f"/quiz/essai/{attempt.pk}/question/{number}/").status_code == 404


@pytest.mark.parametrize("name", ["quizzes:question", "quizzes:attempt", "quizzes:submit"])
def test_someone_else_s_attempt_does_not_exist_for_me(learner, name):
    attempt = start_attempt(UserFactory(), make_quiz())
    args = [attempt.pk, 1] if name == "quizzes:question" else [attempt.pk]
    url = reverse(name, args=args)
    assert learner.post(url, {"reponse": "right"}).status_code in {404, 405}
    assert learner.get(url).status_code in {404, 405}
    assert attempt.answers.count() == 0
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_an_attempt_that_never_was_is_not_found(learner):
    assert learner.get(reverse("quizzes:attempt", args=[uuid.uuid4()])).status_code == 404


def test_the_result_shows_the_answers_the_key_and_the_explanations(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single(), multiple()]))
    save_answer(attempt, 1, ["wrong-0"])
    answer = learner.post(reverse("quizzes:submit", args=[attempt.pk]), follow=True)
    html = answer.content.decode()
    for expected in ("Pas encore réussi", "Votre réponse, fausse", "Bonne réponse", "Protéger d'abord.", "Non (0)."):
        assert expected in html


def test_a_double_submission_shows_the_same_result(learner, user):
    attempt = start_attempt(user, make_quiz())
    first = learner.post(reverse("quizzes:submit", args=[attempt.pk]), follow=True)
    second = learner.post(reverse("quizzes:submit", args=[attempt.pk]), follow=True)
    assert first.content == second.content
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(("minutes_left", "told"), [(10, False), (-1, True)])
def test_the_result_says_each_time_it_is_read_that_time_was_over(learner, user, minutes_left, told):
    attempt = start_attempt(user, make_quiz())
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=now - timedelta(hours=1), deadline=now + timedelta(minutes=minutes_left)
    )
    submit_attempt(attempt)
    for _reading in range(2):
        assert ("Le temps est écoulé" in learner.get(attempt.get_absolute_url()).content.decode()) is told


def test_an_answer_sent_after_the_end_leads_to_the_result(learner, user):
    attempt = submit_attempt(start_attempt(user, make_quiz()))
    assert learner.post(question_url(attempt), {"reponse": "right"})["Location"] == attempt.get_absolute_url()


def test_an_autosave_answers_nothing_and_keeps_the_answer(learner, user):
    attempt = start_attempt(user, make_quiz(questions=[single()]))
    answer = learner.post(question_url(attempt), {"reponse": "right"}, headers={"X-Autosave": "1"})
    assert answer.status_code == 204
    assert attempt.answers.get().response == ["right"]


def test_the_limit_of_attempts_is_told_on_the_quiz(learner, user):
    quiz = make_quiz(attempts_allowed=1)
    submit_attempt(start_attempt(user, quiz))
    answer = learner.post(reverse("quizzes:start", args=[quiz.pk]), follow=True)
    assert "tous les essais permis" in answer.content.decode()
    assert Attempt.objects.count() == 1


def test_an_unpublished_quiz_cannot_be_started(learner):
    quiz = make_quiz(live=False)
    assert learner.post(reverse("quizzes:start", args=[quiz.pk])).status_code == 404
    assert learner.get(f"/formations/{quiz.slug}/").status_code == 404
