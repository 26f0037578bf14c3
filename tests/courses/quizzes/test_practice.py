"""Spaced practice: the schedule, what enters the queue and when it may be seen, and answering in it."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import PageViewRestriction

from courses.quizzes import missed, practice, services
from courses.quizzes.export import personal_data_of_quizzes
from courses.quizzes.models import Attempt, MissedQuestion, QuizPage, correction_is_shown
from courses.quizzes.practice import INTERVALS, Schedule
from courses.quizzes.services import start_attempt, submit_attempt
from tests.courses.factories import make_course, make_lesson, make_quiz, multiple, save_answer, single, true_false
from tests.factories import UserFactory

TODAY = date(2026, 11, 25)


def day(after: int) -> date:
    return TODAY + timedelta(days=after)


# The schedule


@pytest.mark.parametrize(
    ("step", "right", "then"),
    [
        (0, True, Schedule(1, day(3), TODAY)),
        (1, True, Schedule(2, day(7), TODAY)),
        (2, True, Schedule(3, day(21), TODAY)),
        (3, True, None),
        (0, False, Schedule(0, day(1), TODAY)),
        (2, False, Schedule(0, day(1), TODAY)),
        (3, False, Schedule(0, day(1), TODAY)),
    ],
)
def test_an_answer_sends_the_question_further_or_back_to_the_start(step, right, then):
    assert practice.answered(Schedule(step, TODAY, day(-1)), right=right, today=TODAY) == then


def test_a_missed_question_comes_back_the_next_day():
    assert practice.missed(TODAY) == Schedule(0, day(1), TODAY)


@pytest.mark.parametrize("right", [True, False])
def test_a_schedule_moves_once_a_day(right):
    moved = Schedule(1, day(3), TODAY)
    assert practice.answered(moved, right=right, today=TODAY) == moved


def test_a_right_answer_before_the_day_counts_from_that_day():
    assert practice.answered(Schedule(1, day(2), day(-1)), right=True, today=TODAY) == Schedule(2, day(7), TODAY)


ANSWERS = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30)


@given(ANSWERS)
def test_whatever_is_answered_the_schedule_stays_possible(answers):
    today, schedule = TODAY, practice.missed(TODAY)
    for later, right in answers:
        today += timedelta(days=later)
        after = practice.answered(schedule, right=right, today=today)
        if after is None:
            assert schedule.step == len(INTERVALS) - 1
            return
        assert after.due_on == after.moved_on + timedelta(days=INTERVALS[after.step])
        assert after.moved_on >= schedule.moved_on
        assert practice.answered(after, right=right, today=after.moved_on) == after
        schedule = after


@given(ANSWERS)
def test_it_takes_as_many_right_answers_in_a_row_as_there_are_intervals_to_leave(answers):
    today, schedule, in_a_row = TODAY, practice.missed(TODAY), 0
    for later, right in answers:
        today += timedelta(days=later)
        counts = today > schedule.moved_on
        in_a_row = (in_a_row + 1 if right else 0) if counts else in_a_row
        schedule = practice.answered(schedule, right=right, today=today)
        assert (schedule is None) == (in_a_row == len(INTERVALS))
        if schedule is None:
            return
        assert schedule.step == in_a_row


# What enters the queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def learner(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def on(monkeypatch):
    """Set the day it is, at noon in Paris."""

    def set_day(after, *, hour=11, minute=0):
        now = datetime(2026, 11, 25, hour, minute, tzinfo=UTC) + timedelta(days=after)
        monkeypatch.setattr(timezone, "now", lambda: now)

    set_day(0)
    return set_day


def attempt_at(user, quiz, *answers):
    """Take the quiz: «right», another option, or None for no answer, in the order of the questions."""
    attempt = start_attempt(user, quiz)
    for number, answer in enumerate(answers, 1):
        if answer:
            save_answer(attempt, number, [answer])
    return submit_attempt(attempt)


def rows(user):
    return {row.question_id: row for row in MissedQuestion.objects.filter(user=user)}


def only(user):
    return MissedQuestion.objects.get(user=user)


def scale():
    level = [{"type": "item", "id": str(uuid.uuid4()), "value": text} for text in ("Débutant", "À l'aise")]
    return {"type": "scale", "id": str(uuid.uuid4()), "value": {"text": "Où en êtes-vous ?", "levels": level}}


def open_question(marking="trainer"):
    value = {"text": "Racontez.", "worth": "2", "marking": marking, "model_answer": "Voilà.", "criteria": []}
    return {"type": "open", "id": str(uuid.uuid4()), "value": value}


def test_what_was_not_fully_right_comes_back_the_next_day_unanswered_included(user, on):
    questions = [single("Juste ?"), single("Fausse ?"), single("Sans réponse ?"), multiple("En partie ?")]
    attempt = start_attempt(user, make_quiz(questions=questions))
    save_answer(attempt, 1, ["right"])
    save_answer(attempt, 2, ["wrong-0"])
    save_answer(attempt, 4, ["right-0"])
    submit_attempt(attempt)
    assert {str(key) for key in rows(user)} == {question["id"] for question in questions[1:]}
    assert {(row.step, row.due_on, row.moved_on) for row in rows(user).values()} == {(0, day(1), TODAY)}


def test_the_day_is_that_of_paris(user, on):
    on(0, hour=23, minute=30)  # half past midnight, the next day
    attempt_at(user, make_quiz(questions=[single()]), "wrong-0")
    assert only(user).due_on == day(2)


def test_scales_and_open_answers_never_enter(user):
    attempt = start_attempt(user, make_quiz(questions=[scale(), open_question(), open_question("self"), single()]))
    save_answer(attempt, 2, {"text": "Je raconte."})
    submit_attempt(attempt)
    assert not rows(user)
    services.mark_answer(attempt, attempt.questions[1].id, [Decimal(0)], by=UserFactory())
    assert {str(key) for key in rows(user)} == {attempt.questions[3].id}


def test_a_question_missed_again_starts_anew_and_is_never_there_twice(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    MissedQuestion.objects.update(step=2, due_on=day(9), moved_on=day(2), response=["wrong-0"])
    on(5)
    second = attempt_at(user, quiz, "wrong-0")
    row = only(user)
    assert (row.attempt, row.step, row.due_on, row.response) == (second, 0, day(6), None)


def test_a_right_answer_in_a_later_attempt_moves_the_question_on(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    on(1)
    attempt_at(user, quiz, "right")
    assert only(user).schedule == Schedule(1, day(4), day(1))


def test_passing_the_quiz_again_on_the_same_day_proves_nothing(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    attempt_at(user, quiz, "right")
    assert only(user).schedule == Schedule(0, day(1), TODAY)


def test_the_last_right_answer_makes_the_question_leave(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    MissedQuestion.objects.update(step=3, due_on=day(9), moved_on=TODAY)
    on(8)
    attempt_at(user, quiz, "right")
    assert only(user).left_at
    on(100)
    assert missed.practice_standing(user) == missed.PracticeStanding()


def test_a_question_that_was_learnt_or_removed_comes_back_when_it_is_missed_again(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    missed.leave(user, only(user).question_id)
    on(2)
    attempt_at(user, quiz, "wrong-0")
    assert only(user).left_at is None
    assert only(user).due_on == day(3)


def test_grading_an_attempt_again_moves_nothing(user, on):
    quiz = make_quiz(questions=[single(), single()])
    first = attempt_at(user, quiz, "wrong-0", "wrong-0")
    on(1)
    second = attempt_at(user, quiz, "right", "wrong-0")
    before = {key: row.schedule for key, row in rows(user).items()}
    on(6)
    for attempt in (first, second):
        services.grade_attempt(Attempt.objects.get(pk=attempt.pk))
    assert {key: row.schedule for key, row in rows(user).items()} == before


def test_a_question_that_a_regrade_finds_right_goes_away_and_one_that_it_finds_wrong_enters(user, on):
    attempt = attempt_at(user, make_quiz(questions=[single(), single()]), "wrong-0", "right")
    for answer in attempt.answers.all():
        answer.score = 1 - answer.score
        answer.save()
    services.grade_attempt(Attempt.objects.get(pk=attempt.pk))
    assert str(only(user).question_id) == attempt.questions[1].id


def test_the_question_is_put_with_the_key_that_a_regrade_corrected(user, learner, on):
    attempt = attempt_at(user, make_quiz(questions=[single(), single()]), "wrong-0")
    for option in attempt.snapshot[0]["options"]:
        option["correct"] = option["id"] == "wrong-0"
    attempt.save()
    on(1)
    row = MissedQuestion.objects.get(question_id=attempt.questions[0].id)
    post(learner, row, "wrong-0")
    assert MissedQuestion.objects.get(pk=row.pk).step == 1


def test_one_person_one_question_is_a_rule_of_the_database(user):
    attempt_at(user, make_quiz(questions=[single()]), "wrong-0")
    row = only(user)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# Nothing secret before its time


SECRETS = [
    ({"feedback": "end"}, True),
    ({"feedback": "score"}, False),
    ({"feedback": "date", "feedback_from": timezone.now() + timedelta(hours=1)}, False),
    ({"feedback": "date", "feedback_from": timezone.now() - timedelta(hours=1)}, True),
    ({"feedback": "score", "mode": "training"}, True),
]


@pytest.mark.parametrize(("fields", "shown"), SECRETS)
def test_a_question_is_put_only_where_the_result_shows_its_correction(user, learner, fields, shown):
    quiz = make_quiz(questions=[single()], **fields)
    attempt_at(user, quiz, "wrong-0")
    MissedQuestion.objects.update(due_on=timezone.localdate(), moved_on=timezone.localdate() - timedelta(days=1))
    assert quiz.shows_correction() is shown
    assert Attempt.objects.filter(correction_is_shown()).exists() is shown
    assert missed.practice_standing(user).due == shown
    assert len(missed.practice_by_module(user)) == shown
    assert bool(missed.due_ids(user)) is shown
    row = only(user)
    assert learner.get(url(row)).status_code == (200 if shown else 404)
    assert learner.get(url(row, "practice_corrected")).status_code == (302 if shown else 404)
    assert learner.post(url(row), {"reponse": "right", "passage": row.turn}).status_code == (302 if shown else 404)


def test_a_question_comes_once_its_date_is_reached(user, on):
    quiz = make_quiz(questions=[single()], feedback="date", feedback_from=timezone.now() + timedelta(days=5))
    attempt_at(user, quiz, "wrong-0")
    on(4)
    assert missed.due_ids(user) == []
    on(6)
    assert missed.due_ids(user) == [only(user).question_id]


@pytest.mark.parametrize("answer", ["right", "wrong-0"])
def test_a_secret_attempt_does_not_move_what_can_be_seen_in_the_queue(user, on, answer):
    shared = single()
    attempt_at(user, make_quiz(questions=[shared]), "wrong-0")
    before = only(user)
    on(1)
    attempt_at(user, make_quiz(questions=[shared], feedback="score"), answer)
    after = only(user)
    assert (after.schedule, after.attempt_id, after.turn) == (before.schedule, before.attempt_id, before.turn)


def test_a_secret_question_missed_again_in_the_open_comes_in_the_open(user, on):
    shared = single()
    attempt_at(user, make_quiz(questions=[shared], feedback="score"), "wrong-0")
    attempt_at(user, make_quiz(questions=[shared]), "wrong-0")
    on(1)
    assert missed.practice_standing(user).due == 1


def test_questions_of_a_quiz_or_module_that_is_not_published_are_not_put(user, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    on(1)
    for page in (quiz, quiz.course):
        page.unpublish()
        assert missed.practice_standing(user) == missed.PracticeStanding()
        page.save_revision().publish()
        assert missed.practice_standing(user).due == 1


@pytest.mark.parametrize("level", ["quiz", "module", "space"])
def test_questions_behind_a_restriction_are_not_put(user, on, level):
    quiz = make_quiz(questions=[single()])
    other = make_quiz(make_course(), questions=[single()])
    attempt_at(user, quiz, "wrong-0")
    on(1)
    space = quiz.course.get_parent()
    page = {"quiz": quiz, "module": quiz.course, "space": space}[level]
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    restriction.groups.add(Group.objects.create(name="Réservé"))
    assert missed.practice_standing(user).due == 0
    restriction.page = other
    restriction.save()
    assert missed.practice_standing(user).due == 1


def test_the_questions_of_a_positioning_wait_for_the_one_that_repeats_it(user, on):
    course = make_course()
    before = make_quiz(course, questions=[single(), single()], mode="positioning")
    attempt_at(user, before, "wrong-0", "wrong-0")
    on(1)
    assert missed.practice_standing(user).due == 2
    after = make_quiz(course, questions=[], mode="positioning", repeats=before)
    assert missed.practice_standing(user).due == 0
    attempt_at(user, after, "right", "wrong-0")
    on(4)
    assert missed.practice_standing(user).due == 2


def test_a_person_sees_their_own_queue_only(user, learner, on):
    attempt = attempt_at(UserFactory(), make_quiz(questions=[single()]), "wrong-0")
    on(1)
    row = MissedQuestion.objects.get()
    assert missed.practice_standing(user) == missed.PracticeStanding()
    for name in ("practice_question", "practice_corrected"):
        assert learner.get(url(row, name)).status_code == 404
    assert learner.post(url(row), {"reponse": "right", "passage": row.turn}).status_code == 404
    learner.post(url(row, "practice_leave"))
    assert learner.get(reverse("quizzes:practice"), {"essai": attempt.pk}).status_code == 404
    row.refresh_from_db()
    assert (row.left_at, row.response) == (None, None)


def test_a_visitor_is_asked_to_sign_in(client):
    answer = client.get(reverse("quizzes:practice"))
    assert answer["Location"].startswith(reverse("account_login"))


# The pages


def url(row, name="practice_question", attempt=None):
    path = reverse(f"quizzes:{name}", args=[row.question_id])
    return f"{path}?essai={attempt.pk}" if attempt else path


def post(client, row, *answer, attempt=None, turn=None, **data):
    row.refresh_from_db()
    form = {"reponse": answer, "passage": row.turn if turn is None else turn} | data
    return client.post(url(row, attempt=attempt), form)


def html_of(response):
    return response.content.decode()


def test_an_empty_queue_says_what_it_is_for(learner):
    assert "Votre liste est vide" in html_of(learner.get(reverse("quizzes:practice")))


def test_the_page_counts_what_is_due_by_module_and_says_when_the_rest_comes(user, learner, on):
    first, second = make_course(title="Sécurité"), make_course(title="Tri")
    attempt_at(user, make_quiz(first, questions=[single(), single()]), "wrong-0")
    html = html_of(learner.get(reverse("quizzes:practice")))
    assert "Rien à revoir aujourd'hui" in html
    assert "26 novembre 2026" in html
    on(1)
    attempt_at(user, make_quiz(second, questions=[single()]), "wrong-0")
    html = html_of(learner.get(reverse("quizzes:practice")))
    assert "2 questions à revoir aujourd'hui" in html
    assert re.search(r"Sécurité.*2 aujourd'hui.*Tri.*le 27 novembre 2026", html, re.DOTALL)


def test_a_question_is_answered_corrected_and_the_next_one_offered_until_the_end(user, learner, on):
    attempt_at(user, make_quiz(questions=[single("Une ?"), single("Deux ?")]))
    on(1)
    first, second = MissedQuestion.objects.order_by("pk")
    assert url(first) in html_of(learner.get(reverse("quizzes:practice")))
    assert "Encore 2 questions aujourd'hui" in html_of(learner.get(url(first)))
    answer = post(learner, first, "right")
    assert answer["Location"] == url(first, "practice_corrected")
    html = html_of(learner.get(answer["Location"]))
    assert "C'est juste" in html
    assert "dans 3 jours (le 29 novembre 2026)" in html
    assert f'href="{url(second)}">Question suivante' in html
    html = html_of(learner.get(post(learner, second, "wrong-0")["Location"]))
    assert "Elle revient demain" in html
    assert "Terminer" in html
    assert "les prochaines reviennent le 27 novembre 2026" in html_of(learner.get(reverse("quizzes:practice")))


def test_nothing_of_the_key_is_on_the_page_before_the_answer(user, learner, on):
    attempt_at(user, make_quiz(questions=[single(explanation="EXPLICATION-SECRÈTE")]))
    on(1)
    html = html_of(learner.get(url(only(user))))
    for secret in ("EXPLICATION-SECRÈTE", "Non (0).", "Oui.", "correct"):
        assert secret not in html


def test_not_knowing_is_an_answer_that_counts_as_wrong(user, learner, on):
    attempt_at(user, make_quiz(questions=[single()]))
    MissedQuestion.objects.update(step=2)
    on(7)
    answer = post(learner, only(user), **{"ne-sais-pas": "1"})
    assert "Sans réponse" in html_of(learner.get(answer["Location"]))
    assert only(user).schedule == Schedule(0, day(8), day(7))


@pytest.mark.parametrize(("given", "said"), [((), "Répondez d"), (("forged",), "ne fait pas partie des choix")])
def test_no_answer_or_a_forged_one_changes_nothing(user, learner, on, given, said):
    attempt_at(user, make_quiz(questions=[single()]))
    on(1)
    before = only(user)
    answer = post(learner, before, *given)
    assert answer.status_code == 400
    assert said in html_of(answer)
    assert (only(user).schedule, only(user).turn) == (before.schedule, before.turn)


def test_options_keep_their_order_from_the_question_to_its_correction_and_change_the_next_time(user, learner, on):
    wrong = [f"Choix {n}" for n in range(9)]
    attempt_at(user, make_quiz(questions=[single(right="Choix 9", wrong=wrong)]))
    on(1)

    def order(response):
        return re.findall(r"<span>(Choix \d)</span>", html_of(response))

    row = only(user)
    shown = order(learner.get(url(row)))
    assert len(shown) == 10
    assert order(learner.get(url(row))) == shown
    assert order(post(learner, row)) == shown
    corrected = post(learner, row, "wrong-0")["Location"]
    assert order(learner.get(corrected)) == shown
    assert order(learner.get(corrected)) == shown
    assert order(learner.get(url(row))) != shown


def test_two_tabs_a_double_click_and_a_reload_count_once(user, learner, on):
    attempt_at(user, make_quiz(questions=[single()]))
    on(1)
    row = only(user)
    turn = row.turn
    for answer in ("right", "right", "wrong-0"):
        response = post(learner, row, answer, turn=turn)
        assert response["Location"] == url(row, "practice_corrected")
    assert only(user).schedule == Schedule(1, day(4), day(1))
    assert only(user).response == ["right"]
    assert "vous aviez déjà répondu" in html_of(learner.get(url(row, "practice_corrected"))).lower()
    for _time in range(3):
        learner.get(url(row, "practice_corrected"))
        post(learner, row, "right")
    assert only(user).schedule == Schedule(1, day(4), day(1))


def test_of_two_requests_at_once_one_counts(user, on):
    attempt_at(user, make_quiz(questions=[single()]))
    on(1)
    one, other = (missed.find(user, only(user).question_id) for _request in range(2))
    assert missed.answer(one, one.turn, ["right"])
    assert not missed.answer(other, other.turn, ["wrong-0"])
    assert (only(user).step, only(user).response) == (1, ["right"])


@pytest.mark.parametrize("turn", ["", "-1", "x", "9" * 30])
def test_a_form_without_its_turn_does_not_count(user, learner, on, turn):
    attempt_at(user, make_quiz(questions=[single()]))
    on(1)
    assert post(learner, only(user), "right", turn=turn).status_code == 302
    assert only(user).response is None


def test_a_question_missed_in_a_quiz_meanwhile_does_not_take_the_answer_of_an_old_form(user, learner, on):
    quiz = make_quiz(questions=[single()])
    attempt_at(user, quiz)
    on(1)
    turn = only(user).turn
    attempt_at(user, quiz, "wrong-0")
    post(learner, only(user), "right", turn=turn)
    assert only(user).schedule == Schedule(0, day(2), day(1))


def test_a_known_question_is_taken_away_and_given_back(user, learner, on):
    attempt_at(user, make_quiz(questions=[single(), single()]))
    on(1)
    row, other = MissedQuestion.objects.order_by("pk")
    before = row.schedule
    page = learner.post(url(row, "practice_leave"), follow=True)
    assert page.redirect_chain[-1][0] == f"{url(other)}?retiree={row.question_id}"
    assert "La question est retirée" in html_of(page)
    assert missed.due_ids(user) == [other.question_id]
    page = learner.post(url(row, "practice_bring_back"), follow=True)
    assert page.redirect_chain[-1][0] == url(row)
    row.refresh_from_db()
    assert (row.schedule, row.left_at) == (before, None)
    assert "La question est retirée" not in html_of(learner.get(url(other), {"retiree": row.question_id}))


def test_taking_away_the_last_question_leads_to_the_end(user, learner, on):
    attempt_at(user, make_quiz(questions=[single()]))
    on(1)
    page = learner.post(url(only(user), "practice_leave"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("quizzes:practice"))
    assert "La question est retirée" in html_of(page)


def test_getting_the_addresses_that_change_something_changes_nothing(user, learner, on):
    attempt_at(user, make_quiz(questions=[single()]))
    for name in ("practice_leave", "practice_bring_back"):
        assert learner.get(url(only(user), name)).status_code == 302
    assert only(user).left_at is None


def test_the_lesson_that_explains_is_named_while_it_is_in_the_module(user, learner, on):
    course = make_course()
    lesson = make_lesson(course, title="Lire un pictogramme")
    attempt_at(user, make_quiz(course, questions=[single(lesson=lesson.pk)]))
    on(1)
    corrected = post(learner, only(user), "wrong-0")["Location"]
    assert "Lire un pictogramme" in html_of(learner.get(corrected))
    lesson.unpublish()
    assert "Lire un pictogramme" not in html_of(learner.get(corrected))


# The missed questions of one attempt, at once


def test_the_missed_questions_of_an_attempt_are_put_at_once_in_its_order(user, learner, on):
    quiz = make_quiz(questions=[single("Une ?"), single("Deux ?"), single("Trois ?")])
    attempt = attempt_at(user, quiz, "wrong-0", "right")
    assert missed.due_ids(user) == []
    first, last = (rows(user)[uuid.UUID(q.id)] for q in attempt.questions if q.text != "Deux ?")
    answer = learner.get(reverse("quizzes:practice"), {"essai": attempt.pk})
    assert answer["Location"] == url(first, attempt=attempt)
    assert "Question ratée 1 sur 2" in html_of(learner.get(answer["Location"]))
    corrected = learner.get(post(learner, first, "right", attempt=attempt)["Location"])
    assert url(last, attempt=attempt) in html_of(corrected)
    corrected = learner.get(post(learner, last, "right", attempt=attempt)["Location"])
    assert "Terminer" in html_of(corrected)
    assert {row.schedule for row in rows(user).values()} == {Schedule(0, day(1), TODAY)}


def test_the_missed_questions_of_an_attempt_move_once_a_day_on_the_days_after(user, learner, on):
    attempt = attempt_at(user, make_quiz(questions=[single()]), "wrong-0")
    on(2)
    for _time in range(3):
        post(learner, only(user), "right", attempt=attempt)
    assert only(user).schedule == Schedule(1, day(5), day(2))


def test_a_question_that_has_left_the_queue_can_be_done_again_and_stays_out(user, learner, on):
    attempt = attempt_at(user, make_quiz(questions=[single()]), "wrong-0")
    missed.leave(user, only(user).question_id)
    on(1)
    post(learner, only(user), "wrong-0", attempt=attempt)
    assert only(user).left_at
    assert only(user).response == ["wrong-0"]
    assert missed.due_ids(user) == []


def test_an_attempt_with_nothing_to_put_leads_to_the_queue(user, learner):
    attempt = attempt_at(user, make_quiz(questions=[single()], feedback="score"), "wrong-0")
    answer = learner.get(reverse("quizzes:practice"), {"essai": attempt.pk})
    assert answer["Location"] == reverse("quizzes:practice")


def test_a_question_missed_again_since_is_still_in_the_series_of_the_first_attempt(user, on):
    quiz = make_quiz(questions=[single()])
    first = attempt_at(user, quiz, "wrong-0")
    attempt_at(user, quiz, "wrong-0")
    assert missed.missed_ids(Attempt.objects.get(pk=first.pk)) == [only(user).question_id]


# Budgets


def crowd(user, quiz, size):
    """Put as many questions in the queue of the person and of another."""
    attempt = Attempt.objects.get(user=user, quiz=quiz)
    for person in (user, UserFactory()):
        MissedQuestion.objects.bulk_create(
            MissedQuestion(user=person, attempt=attempt, question_id=uuid.uuid4(), due_on=day(1), moved_on=TODAY)
            for _number in range(size)
        )


@pytest.fixture(params=[0, 1000], ids=["alone", "with 1000 others"])
def queue(request, user, learner, on):
    course = make_course()
    lesson = make_lesson(course)
    attempt = attempt_at(user, make_quiz(course, questions=[single(lesson=lesson.pk), true_false()]))
    learner.row = MissedQuestion.objects.order_by("pk").first()
    crowd(user, attempt.quiz, request.param)
    on(1)
    learner.attempt = attempt
    learner.get(reverse("quizzes:practice"))
    return learner


def test_the_page_of_the_queue_takes_few_queries(queue, django_assert_num_queries):
    with django_assert_num_queries(5):
        queue.get(reverse("quizzes:practice"))


@pytest.mark.parametrize("in_attempt", [False, True])
def test_a_question_to_see_again_takes_few_queries(queue, django_assert_num_queries, in_attempt):
    with django_assert_num_queries(3):
        queue.get(url(queue.row, attempt=queue.attempt if in_attempt else None))


@pytest.mark.parametrize("in_attempt", [False, True])
def test_an_answer_in_practice_takes_few_queries(queue, django_assert_num_queries, in_attempt):
    queue.row.refresh_from_db()
    with django_assert_num_queries(3):
        answer = queue.post(
            url(queue.row, attempt=queue.attempt if in_attempt else None),
            {"reponse": "right", "passage": queue.row.turn},
        )
    with django_assert_num_queries(4):
        queue.get(answer["Location"])


def test_where_practice_stands_is_one_query(queue, user, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert missed.practice_standing(user).due >= 2


@pytest.mark.parametrize("size", [5, 50])
def test_taking_in_an_attempt_takes_as_many_queries_whatever_was_missed(user, on, django_assert_num_queries, size):
    quiz = make_quiz(questions=[single(str(n)) for n in range(size)])
    attempt_at(user, quiz)
    on(1)
    attempt = start_attempt(user, quiz)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=timezone.now())
    attempt.refresh_from_db()
    attempt.saved  # noqa: B018
    attempt.quiz = QuizPage.objects.get(pk=quiz.pk)
    with django_assert_num_queries(2):
        missed.take_in(attempt)


# The copy of one's data


def test_the_copy_of_my_data_holds_the_queue_but_for_what_is_secret(user, learner, on):
    attempt_at(user, make_quiz(questions=[single("Une ?")]), "wrong-0")
    attempt_at(user, make_quiz(questions=[single("Secrète ?")], feedback="score"), "wrong-0")
    on(1)
    post(learner, MissedQuestion.objects.order_by("pk").first(), "right")
    told = dict(personal_data_of_quizzes(type(user), user))["questions à revoir"]
    assert [
        (one["question"], one["à revoir le"], one["réussie de suite"], one["dernière réponse"]) for one in told
    ] == [("Une ?", day(4), 1, ["Je protège"])]


def test_the_queue_goes_away_with_the_account(user):
    attempt_at(user, make_quiz(questions=[single()]), "wrong-0")
    user.delete()
    assert not MissedQuestion.objects.exists()


# From a result


def test_the_result_offers_the_questions_that_may_be_put_and_counts_no_other(user, learner):
    quiz = make_quiz(questions=[single(), single(), open_question()])
    html = html_of(learner.get(attempt_at(user, quiz, "wrong-0").get_absolute_url()))
    assert "Refaire les 2 questions ratées" in html
    assert "questions ratées" not in html_of(
        learner.get(attempt_at(user, make_quiz(feedback="score")).get_absolute_url())
    )
