"""Open answers that a trainer marks: the queue, giving marks, who may, and what is sent by e-mail."""

import datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from courses.quizzes import notices, tasks
from courses.quizzes.marking import AlreadyMarkedError, give_marks, seen_mark, waiting
from courses.quizzes.models import Answer, Attempt, MarkingNotice
from courses.quizzes.services import mark_answer, start_attempt, submit_attempt
from tests.courses.factories import make_course, make_quiz, make_space, save_answer, single
from tests.courses.questions.factories import raw
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

QUEUE = reverse("quiz_marking")


def essay(**changes):
    return raw("open", text="Que faites-vous d'abord ?", worth="3", **changes)


@pytest.fixture
def quiz():
    return make_quiz(questions=[single(), essay()], title="Sécurité", pass_mark=70)


def hand_in(quiz, text="Je protège.", user=None):
    """Submit an attempt with its last question answered. Returns the answer."""
    attempt = start_attempt(user or UserFactory(), quiz)
    if len(attempt.questions) > 1:
        save_answer(attempt, 1, ["right"])
    save_answer(attempt, len(attempt.questions), {"text": text})
    submit_attempt(attempt)
    return Answer.objects.select_related("attempt__quiz").get(attempt=attempt, question_id=attempt.questions[-1].id)


def member(quiz, role="editor", **fields):
    return MembershipFactory(federation=quiz.course.federation, role=role, user=UserFactory(**fields)).user


@pytest.fixture
def marker(client, quiz):
    client.user = member(quiz, first_name="Awa", last_name="Diop")
    client.force_login(client.user)
    return client


def page_of(answer):
    return reverse("quiz_mark", args=[answer.pk])


def text_of(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def marks(first="2", second="0,5", **more):
    return {"points-0": first, "points-1": second, "comment": "**Bien** vu.", "seen": ""} | more


# -- Which answers wait --------------------------------------------------------------------------------------------


def test_an_open_answer_waits_from_its_submission_until_it_is_marked(quiz):
    answer, user = hand_in(quiz), member(quiz)
    assert answer.awaits_since == answer.attempt.submitted_at
    assert list(waiting(user)) == [answer]
    mark_answer(answer.attempt, str(answer.question_id), [Decimal(2), Decimal(1)], by=user)
    assert not waiting(user).exists()


def test_what_needs_no_trainer_does_not_wait(quiz):
    attempt = start_attempt(UserFactory(), quiz)
    save_answer(attempt, 1, ["right"])
    submit_attempt(attempt)
    hand_in(make_quiz(quiz.course, questions=[essay(marking="self")]))
    start_attempt(UserFactory(), quiz)
    assert not Answer.objects.filter(awaits_since__isnull=False).exists()


def test_answers_of_other_federations_are_not_in_the_queue(quiz, marker):
    answer = hand_in(make_quiz(make_course(make_space(FederationFactory())), questions=[essay()]))
    assert "Aucune copie" in text_of(marker.get(QUEUE))
    assert marker.get(page_of(answer)).status_code == 404


# -- The queue -----------------------------------------------------------------------------------------------------


def test_the_oldest_come_first_and_the_menu_counts_them(quiz, marker):
    late, early = hand_in(quiz), hand_in(quiz)
    Answer.objects.filter(pk=early.pk).update(awaits_since=timezone.now() - datetime.timedelta(days=3))
    response = marker.get(QUEUE)
    assert [row["answer"] for row in response.context["rows"]] == [early, late]
    assert "noter (2)" in text_of(response)


def test_the_queue_is_narrowed_to_a_module_or_a_quiz(quiz, marker):
    other = make_quiz(quiz.course, questions=[essay()])
    elsewhere = make_quiz(make_course(make_space(quiz.course.federation)), questions=[essay()])
    answers = {page.pk: hand_in(page) for page in (quiz, other, elsewhere)}

    def shown(page):
        return {row["answer"] for row in marker.get(QUEUE, {"dans": page.pk}).context["rows"]}

    assert shown(quiz) == {answers[quiz.pk]}
    assert shown(quiz.course) == {answers[quiz.pk], answers[other.pk]}
    titles = [(g.course.title, [q.title for q in g.quizzes]) for g in marker.get(QUEUE).context["groups"]]
    assert titles == [
        (quiz.course.title, [quiz.title, other.title]),
        (elsewhere.course.title, [elsewhere.title]),
    ]


def test_the_pages_of_the_queue_follow_each_other_without_gap_or_repeat(quiz, marker, monkeypatch):
    monkeypatch.setattr("courses.quizzes.marking_views.SHOWN", 2)
    since = timezone.now()
    answers = [hand_in(quiz) for _number in range(5)]
    Answer.objects.filter(awaits_since__isnull=False).update(awaits_since=since)
    seen, query = [], ""
    for _page in range(3):
        response = marker.get(QUEUE + query)
        seen += [row["answer"] for row in response.context["rows"]]
        query = response.context["later"]
    assert seen == answers
    assert query == ""


@pytest.mark.parametrize("place", ["", "x", "2026-01-01,3", "2026-01-01T00:00:00+00:00,x", "é,²", "9" * 40])
def test_an_address_that_makes_no_sense_shows_the_queue(quiz, marker, place):
    hand_in(quiz)
    assert marker.get(QUEUE, {"apres": place, "dans": place}).status_code == 200


def test_names_may_be_hidden(quiz, marker):
    answer = hand_in(quiz, user=UserFactory(first_name="Nadia", last_name="Roux"))
    assert "Nadia Roux" in text_of(marker.get(QUEUE))
    for address in (QUEUE, page_of(answer)):
        assert "Nadia" not in text_of(marker.get(address, {"anonyme": "1"}))
    assert "?anonyme=1" in text_of(marker.get(QUEUE, {"anonyme": "1"}))


@pytest.mark.parametrize("number", [2, 20])
def test_the_queries_do_not_grow_with_the_answers(quiz, marker, number, django_assert_max_num_queries):
    answers = [hand_in(quiz) for _number in range(number)]
    marker.get(QUEUE)
    with django_assert_max_num_queries(18):
        marker.get(QUEUE)
    with django_assert_max_num_queries(18):
        marker.get(page_of(answers[0]))
    with django_assert_max_num_queries(30):
        marker.post(page_of(answers[0]), marks(suivante="1"))


# -- Marking -------------------------------------------------------------------------------------------------------


def test_the_page_shows_all_that_one_needs_to_mark(quiz, marker):
    case = {
        "type": "case",
        "id": "0e9f1e0a-0000-4000-8000-000000000000",
        "value": {"title": "Un matin", "text": "Il **pleut**.", "image": None, "questions": [essay()]},
    }
    answer = hand_in(make_quiz(quiz.course, questions=[single(), case]), "Je mets <b>mes gants</b>.")
    shown = text_of(marker.get(page_of(answer)))
    for words in ("Un matin", "<strong>pleut</strong>", "d'abord ?", "Je protège, puis j'alerte.", "Protège (sur 2)"):
        assert words in shown
    assert "Je mets &lt;b&gt;mes gants&lt;/b&gt;." in shown


def test_points_and_comment_are_kept_with_who_and_when(quiz, marker):
    answer = hand_in(quiz)
    response = marker.post(page_of(answer), marks())
    assert response.url == QUEUE
    answer.refresh_from_db()
    assert (answer.score, answer.criteria, answer.comment) == (Decimal("2.50"), ["2", "0.5"], "**Bien** vu.")
    assert answer.marked_by == marker.user
    attempt = Attempt.objects.get(pk=answer.attempt_id)
    assert (attempt.percent, attempt.passed) == (Decimal("87.50"), True)
    shown = text_of(marker.get(page_of(answer)))
    assert "Notée par Awa Diop" in shown
    assert "Remplacer la note" in shown


@pytest.mark.parametrize("wrong", ["", "3", "-1", "deux", "0,125", "NaN", "Infinity"])
def test_points_out_of_bounds_are_refused_in_words_and_nothing_typed_is_lost(quiz, marker, wrong):
    answer = hand_in(quiz)
    response = marker.post(page_of(answer), marks(first=wrong))
    assert response.status_code == 400
    shown = text_of(response)
    assert "Donnez de 0 à 2." in shown
    assert "**Bien** vu." in shown
    assert 'value="0,5"' in shown
    answer.refresh_from_db()
    assert answer.score is None


def test_save_and_next_goes_through_the_queue_and_comes_round(quiz, marker):
    first, second, third = (hand_in(quiz) for _number in range(3))
    query = f"?dans={quiz.pk}&anonyme=1"
    assert marker.post(page_of(second) + query, marks(suivante="1")).url == page_of(third) + query
    assert marker.post(page_of(third) + query, marks(suivante="1")).url == page_of(first) + query
    assert marker.post(page_of(first) + query, marks(suivante="1")).url == QUEUE + query


def test_the_second_of_two_markers_sees_the_first_and_must_confirm(quiz, marker):
    answer = hand_in(quiz)
    other = member(quiz, first_name="Luc", last_name="Moreau")
    give_marks(answer, [Decimal(1), Decimal(1)], by=other, comment="", seen="")
    response = marker.post(page_of(answer), marks())
    assert response.status_code == 409
    shown = text_of(response)
    assert "Luc Moreau vient de noter cette réponse" in shown
    assert "**Bien** vu." in shown
    answer.refresh_from_db()
    assert (answer.score, answer.marked_by) == (2, other)
    again = marks(seen=response.context["form"]["seen"].value())
    assert marker.post(page_of(answer), again).status_code == 302
    answer.refresh_from_db()
    assert (answer.score, answer.marked_by) == (Decimal("2.50"), marker.user)


def test_a_mark_that_changed_meanwhile_is_not_overwritten(quiz):
    answer, one, other = hand_in(quiz), member(quiz), member(quiz)
    give_marks(answer, [Decimal(1), Decimal(1)], by=one, comment="", seen="")
    with pytest.raises(AlreadyMarkedError) as refused:
        give_marks(answer, [Decimal(0), Decimal(0)], by=other, comment="", seen="")
    assert refused.value.answer.marked_by == one
    answer.refresh_from_db()
    give_marks(answer, [Decimal(0), Decimal(0)], by=other, comment="", seen=seen_mark(answer))


@pytest.mark.parametrize("role", ["author", "editor"])
def test_authors_and_editors_of_the_federation_mark(client, quiz, role):
    answer = hand_in(quiz)
    client.force_login(member(quiz, role))
    assert client.get(QUEUE).status_code == client.get(page_of(answer)).status_code == 200
    assert client.post(page_of(answer), marks()).status_code == 302
    assert not Answer.objects.filter(awaits_since__isnull=False).exists()


def test_an_administrator_marks_everywhere(client, quiz):
    answer = hand_in(quiz)
    client.force_login(UserFactory(is_superuser=True))
    assert client.get(QUEUE).context["rows"][0]["answer"] == answer
    assert client.get(page_of(answer)).status_code == 200


def test_members_of_other_federations_and_learners_do_not_mark(client, quiz):
    answer = hand_in(quiz)
    client.force_login(MembershipFactory(role="editor").user)
    assert client.get(page_of(answer)).status_code == 404
    assert client.post(page_of(answer), marks()).status_code == 404
    client.force_login(UserFactory())
    assert client.get(QUEUE).status_code == client.post(page_of(answer), marks()).status_code == 302
    answer.refresh_from_db()
    assert answer.score is None


def test_an_answer_that_no_trainer_marks_has_no_page(quiz, marker):
    open_attempt = start_attempt(UserFactory(), quiz)
    save_answer(open_attempt, 2, {"text": "Pas encore rendue."})
    own = hand_in(make_quiz(quiz.course, questions=[essay(marking="self")]))
    closed = hand_in(quiz).attempt.answers.get(response=["right"])
    for answer in (open_attempt.answers.get(), own, closed):
        assert marker.get(page_of(answer)).status_code == 404


# -- E-mails -------------------------------------------------------------------------------------------------------


def test_the_learner_is_told_once_when_the_attempt_is_marked(quiz, django_capture_on_commit_callbacks):
    learner = UserFactory()
    answer, by = hand_in(quiz, user=learner), member(quiz)
    mail.outbox.clear()
    for points in (Decimal(2), Decimal(1)):
        with django_capture_on_commit_callbacks(execute=True):
            mark_answer(answer.attempt, str(answer.question_id), [points, Decimal(1)], by=by)
    notices.tell_learner(answer.attempt_id)
    (message,) = mail.outbox
    assert message.subject == "Votre copie a été notée"
    assert message.to == [learner.email]
    html = message.alternatives[0].content
    for text in (message.body, html):
        assert "Sécurité" in text
        assert answer.attempt.get_absolute_url() in text
    assert "Votre note : 100 % (4 points sur 4)." in message.body
    assert "Le quiz est réussi." in message.body


def test_a_mail_that_the_server_refused_is_sent_when_it_is_tried_again(quiz, monkeypatch):
    answer = hand_in(quiz)
    mark_answer(answer.attempt, str(answer.question_id), [Decimal(0), Decimal(1)], by=member(quiz))
    mail.outbox.clear()
    with monkeypatch.context() as broken:
        broken.setattr("people.adapter.AccountAdapter.send_mail", refuse)
        with pytest.raises(ConnectionRefusedError):
            notices.tell_learner(answer.attempt_id)
    notices.tell_learner(answer.attempt_id)
    (message,) = mail.outbox
    assert "Le quiz n'est pas encore réussi : il fallait 70 %." in message.body


def refuse(*arguments):
    raise ConnectionRefusedError


def test_an_attempt_without_open_questions_or_marked_by_the_person_sends_nothing(
    quiz, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        attempt = start_attempt(UserFactory(), make_quiz(quiz.course))
        submit_attempt(attempt)
        own = hand_in(make_quiz(quiz.course, questions=[single(), essay(marking="self")]))
        mark_answer(own.attempt, str(own.question_id), [Decimal(2), Decimal(1)], by=own.attempt.user)
    assert mail.outbox == []


def test_editors_are_told_at_most_once_a_day_that_answers_wait(quiz, django_capture_on_commit_callbacks):
    editors = {member(quiz).email, member(quiz).email}
    member(quiz, "author")
    MembershipFactory(role="editor")
    for _number in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            hand_in(quiz)
    assert {address for message in mail.outbox for address in message.to} == editors
    assert len(mail.outbox) == 2
    message = mail.outbox[0]
    assert len(message.subject) <= 60
    assert "1 réponse ouverte attend d'être notée." in message.body
    assert QUEUE in message.body
    assert QUEUE in message.alternatives[0].content


def test_the_next_day_they_are_told_of_all_that_waits_then(quiz):
    member(quiz)
    hand_in(quiz)
    notices.tell_markers(quiz.pk)
    hand_in(quiz)
    notices.tell_markers(quiz.pk)
    assert len(mail.outbox) == 1
    MarkingNotice.objects.update(sent_at=timezone.now() - datetime.timedelta(hours=25))
    notices.tell_markers(quiz.pk)
    assert "2 réponses ouvertes attendent d'être notées." in mail.outbox[1].body


def test_one_reminder_waits_for_the_next_day(quiz, settings, django_capture_on_commit_callbacks):
    from django_tasks_db.models import DBTaskResult

    settings.TASKS = {"default": {"BACKEND": "eti.task_backend.TaskBackend"}}
    member(quiz)
    hand_in(quiz)
    notices.tell_markers(quiz.pk)
    with django_capture_on_commit_callbacks(execute=True):
        for _number in range(3):
            notices.tell_markers(quiz.pk)
    rows = DBTaskResult.objects.filter(task_path=tasks.tell_markers.module_path)
    (row,) = rows
    assert row.run_after == MarkingNotice.objects.get().sent_at + notices.BETWEEN_NOTICES


def test_nothing_is_sent_when_all_is_marked_meanwhile_or_nobody_edits(quiz):
    answer = hand_in(quiz)
    notices.tell_markers(quiz.pk)
    by = member(quiz)
    mark_answer(answer.attempt, str(answer.question_id), [Decimal(2), Decimal(1)], by=by)
    MarkingNotice.objects.all().delete()
    notices.tell_markers(quiz.pk)
    assert mail.outbox == []


def test_a_notice_that_no_server_took_is_tried_again(quiz, monkeypatch):
    member(quiz)
    hand_in(quiz)
    with monkeypatch.context() as broken:
        broken.setattr("people.adapter.AccountAdapter.send_mail", refuse)
        with pytest.raises(ConnectionRefusedError):
            notices.tell_markers(quiz.pk)
    notices.tell_markers(quiz.pk)
    assert len(mail.outbox) == 1
