"""Grading past attempts anew after a wrong key was corrected: the preview, the regrade, what follows from it."""

import copy
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.urls import reverse

from courses.progress.models import ActivityState
from courses.progress.services import enrol
from courses.quizzes import regrading
from courses.quizzes.models import Answer, Attempt, BankQuestion, QuestionBank, QuizPage, Regrade, RegradeChange
from courses.quizzes.regrading import (
    NothingToRegradeError,
    RegradePreview,
    RegradeRunningError,
    Report,
    make_report,
    outcome,
    preview,
    regrades_of,
    run_regrade,
    start_regrade,
)
from courses.quizzes.services import mark_answer, start_attempt, submit_attempt
from courses.quizzes.signals import attempt_graded
from tests.courses.factories import make_quiz, multiple, save_answer, single
from tests.courses.questions.factories import raw
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def edit(quiz, change):
    """Publish the quiz with its raw questions changed in place."""
    blocks = copy.deepcopy(quiz.raw_questions)
    change(blocks)
    quiz.questions = QuizPage.questions.field.stream_block.to_python(blocks)
    quiz.save_revision().publish()


def swap_key(blocks, place=0):
    """Make the first wrong option of a single choice the right one."""
    for option in blocks[place]["value"]["options"]:
        option["value"]["correct"] = option["id"] == "wrong-0"


def take(quiz, *responses, user=None):
    """Answer the questions in turn (None: left out), and submit."""
    attempt = start_attempt(user or UserFactory(), quiz)
    for number, response in enumerate(responses, 1):
        if response is not None:
            save_answer(attempt, number, response)
    return submit_attempt(attempt)


def regrade(quiz, *, keep_passes=True, reason="La clé était fausse.", by=None):
    """Start a regrade and see to the end of it."""
    started = start_regrade(quiz, make_report(quiz), by=by or UserFactory(), reason=reason, keep_passes=keep_passes)
    while not run_regrade(started.pk):
        pass
    started.refresh_from_db()
    return started


def state_of(model):
    return list(model.objects.order_by("pk").values())


@pytest.fixture
def quiz():
    """Two questions, both to be right to pass."""
    return make_quiz(questions=[single(), single("Et ensuite ?")], pass_mark=100)


# -- Preview -------------------------------------------------------------------------------------------------------


def test_nothing_changed_is_nothing_to_regrade(quiz):
    take(quiz, ["right"], ["right"])
    report = make_report(quiz)
    assert (report.changed, report.refused, report.effects, report.keys) == ([], [], [], [])
    with pytest.raises(NothingToRegradeError):
        start_regrade(quiz, report, by=UserFactory(), reason="Rien", keep_passes=True)


def test_the_preview_says_what_changed_and_who_gains_or_loses(quiz):
    winner, loser = take(quiz, ["wrong-0"], ["right"]), take(quiz, ["right"], ["right"])
    take(quiz, None, ["right"])
    edit(quiz, swap_key)
    report = make_report(quiz)
    (changed,) = report.changed
    assert changed.lines == ["Bonne réponse : « Je protège » → « Je crie »"]
    assert changed.attempts == report.concerned == report.attempts == 3
    assert [(e.attempt, e.loses, e.gains) for e in report.effects] == [
        (str(loser.pk), True, False),
        (str(winner.pk), False, True),
    ]
    assert (report.effects[1].percent_before, report.effects[1].percent_after) == ("50.00", "100.00")
    assert (report.gained, report.lost) == (1, 1)


def test_the_preview_writes_nothing(quiz, django_capture_on_commit_callbacks):
    take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    kept = (Attempt, Answer, Regrade, RegradeChange, RegradePreview)
    before = [state_of(model) for model in kept]
    with django_capture_on_commit_callbacks(execute=True):
        assert isinstance(preview(quiz), Report)
    assert [state_of(model) for model in kept] == before


def test_a_draft_that_is_not_published_changes_nothing(quiz):
    take(quiz, ["right"], ["right"])
    blocks = copy.deepcopy(quiz.raw_questions)
    swap_key(blocks)
    quiz.questions = QuizPage.questions.field.stream_block.to_python(blocks)
    quiz.save_revision()
    assert make_report(QuizPage.objects.get(pk=quiz.pk)).changed == []


def test_what_no_longer_asks_the_same_thing_is_told_with_the_reason(quiz):
    take(quiz, ["right"], ["right"])

    def change(blocks):
        blocks[0]["value"]["options"].pop()
        del blocks[1]

    edit(quiz, change)
    report = make_report(quiz)
    assert {question.reason for question in report.refused} == {
        "Une des réponses proposées alors a été supprimée.",
        "Elle n'est plus dans le quiz.",
    }
    assert report.keys == []


def test_another_worth_changes_what_there_was_to_earn(quiz):
    attempt = take(quiz, ["right"], ["wrong-0"])
    edit(quiz, lambda blocks: blocks[1]["value"].update(worth="3"))
    (effect,) = make_report(quiz).effects
    assert (effect.max_before, effect.max_after, effect.percent_after) == ("2.00", "4.00", "25.00")
    regrade(quiz)
    attempt.refresh_from_db()
    assert (attempt.score, attempt.max_score, attempt.percent) == (1, 4, 25)


def test_attempts_of_several_versions_are_compared_each_with_its_own(quiz):
    old = take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    new = take(quiz, ["wrong-0"], ["right"])
    edit(quiz, lambda blocks: swap_key(blocks, 1))
    report = make_report(quiz)
    assert sorted(question.attempts for question in report.changed) == [1, 2]
    assert {e.attempt: e.percent_after for e in report.effects} == {str(old.pk): "0.00", str(new.pk): "50.00"}


def test_a_question_drawn_from_a_bank_is_compared_with_the_bank():
    quiz = make_quiz(questions=[single()])
    bank = QuestionBank.objects.create(federation=quiz.course.federation, title="Sécurité")
    block = single("Tirée ?")
    question = BankQuestion(bank=bank)
    question.content = BankQuestion.content.field.stream_block.to_python([block])
    question.save()
    draw = {"type": "draw", "id": "0e9f1e0a-0000-4000-8000-000000000000"}
    edit(quiz, lambda blocks: blocks.append(draw | {"value": {"bank": bank.pk, "count": 1, "competence": ""}}))
    attempt = take(quiz, ["right"], ["wrong-0"])
    before = regrading.questions_digest(quiz)
    swap_key([block])
    question.content = BankQuestion.content.field.stream_block.to_python([block])
    question.save()
    assert regrading.questions_digest(quiz) != before
    assert [c.text for c in make_report(quiz).changed] == ["Tirée ?"]
    regrade(quiz)
    attempt.refresh_from_db()
    assert attempt.percent == 100


# -- Many attempts -------------------------------------------------------------------------------------------------


def test_the_preview_of_many_attempts_is_worked_out_by_a_task(quiz, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(regrading, "AT_ONCE", 1)
    monkeypatch.setattr(regrading, "BATCH", 2)
    for _number in range(3):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    with django_capture_on_commit_callbacks(execute=True):
        waiting = preview(quiz)
    assert (waiting.total, waiting.done, waiting.report) == (3, 0, None)
    report = preview(quiz)
    assert report.effects == make_report(quiz).effects
    assert RegradePreview.objects.get().done == 3


def test_a_kept_preview_is_worked_out_again_when_the_questions_changed(
    quiz, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(regrading, "AT_ONCE", 0)
    take(quiz, ["wrong-0"], ["right"])
    with django_capture_on_commit_callbacks(execute=True):
        preview(quiz)
    assert preview(quiz).changed == []
    edit(quiz, swap_key)
    with django_capture_on_commit_callbacks(execute=True):
        assert isinstance(preview(quiz), RegradePreview)
    assert len(preview(quiz).changed) == 1


def test_the_queries_of_a_preview_grow_with_batches_only(quiz, django_assert_num_queries):
    for _number in range(10):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    fresh = QuizPage.objects.get(pk=quiz.pk)
    with django_assert_num_queries(5):
        make_report(fresh)


# -- Regrade -------------------------------------------------------------------------------------------------------


def test_a_regrade_does_what_the_preview_said(quiz):
    attempts = [take(quiz, first, ["right"]) for first in (["wrong-0"], ["right"], None)]
    edit(quiz, swap_key)
    expected = {e.attempt: (e.score_after, e.percent_after, e.passed_after) for e in make_report(quiz).effects}
    done = regrade(quiz, keep_passes=False)
    assert (done.status, done.done, done.total) == (Regrade.Status.DONE, 3, 3)
    assert done.finished_at
    for attempt in attempts:
        attempt.refresh_from_db()
        if str(attempt.pk) in expected:
            assert (str(attempt.score), str(attempt.percent), attempt.passed) == expected[str(attempt.pk)]
    assert outcome(done).changes == 2
    assert (outcome(done).gained, outcome(done).lost) == (1, 1)
    assert make_report(quiz).changed == []


def test_a_regrade_keeps_the_order_and_the_words_of_the_attempt():
    quiz = make_quiz(questions=[multiple(right=2, wrong=4)], shuffle_answers=True)
    attempt = take(quiz, ["right-0", "right-1"])
    shown = [(o.id, o.text) for o in attempt.questions[0].options]

    def change(blocks):
        options = blocks[0]["value"]["options"]
        options[0]["value"]["correct"] = False
        options[1]["value"]["text"] = "Autrement dit"

    edit(quiz, change)
    regrade(quiz)
    fresh = Attempt.objects.get(pk=attempt.pk)
    assert [(o.id, o.text) for o in fresh.questions[0].options] == shown
    assert fresh.questions[0].key() == ["right-1"]


def test_who_had_passed_keeps_it_although_the_mark_falls(quiz):
    attempt = take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    done = regrade(quiz, keep_passes=True)
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed, attempt.pass_kept) == (50, True, True)
    assert (outcome(done).lost, outcome(done).lowered) == (0, 1)


def test_a_pass_that_was_kept_outlives_the_next_regrade_that_keeps_passes(quiz):
    attempt = take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    regrade(quiz)
    edit(quiz, lambda blocks: swap_key(blocks, 1))
    regrade(quiz)
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed) == (0, True)


def test_a_regrade_that_changes_no_grade_leaves_no_trace_of_one(quiz):
    attempt = take(quiz, None, ["right"])
    heard = []
    attempt_graded.connect(lambda **given: heard.append(given), weak=False, dispatch_uid="heard")
    try:
        edit(quiz, swap_key)
        done = regrade(quiz)
    finally:
        attempt_graded.disconnect(dispatch_uid="heard")
    assert heard == []
    assert not done.changes.exists()
    assert Attempt.objects.get(pk=attempt.pk).questions[0].key() == ["wrong-0"]


def test_an_attempt_under_way_gets_the_new_key_and_is_graded_by_it(quiz):
    attempt = start_attempt(UserFactory(), quiz)
    save_answer(attempt, 1, ["wrong-0"])
    save_answer(attempt, 2, ["right"])
    edit(quiz, swap_key)
    assert make_report(quiz).unfinished == 1
    regrade(quiz)
    assert submit_attempt(attempt).percent == 100


def test_marks_given_by_a_trainer_stay(quiz):
    quiz = make_quiz(questions=[single(), raw("open", worth="3")], pass_mark=70)
    attempt = take(quiz, ["wrong-0"], {"text": "Je protège."})
    mark_answer(attempt, attempt.questions[1].id, [Decimal(2), Decimal("0.5")], by=UserFactory(), comment="Bien")
    edit(quiz, swap_key)
    regrade(quiz)
    attempt.refresh_from_db()
    assert (attempt.score, attempt.percent) == (Decimal("3.50"), Decimal("87.50"))
    answer = attempt.answers.get(question_id=attempt.questions[1].id)
    assert (answer.score, answer.comment) == (Decimal("2.50"), "Bien")


def test_an_attempt_that_waits_for_a_trainer_gets_the_new_points_and_no_grade_yet():
    quiz = make_quiz(questions=[single(), raw("open", worth="3")])
    attempt = take(quiz, ["wrong-0"], {"text": "Je protège."})
    edit(quiz, swap_key)
    done = regrade(quiz)
    attempt.refresh_from_db()
    assert attempt.graded_at is None
    assert not done.changes.exists()
    mark_answer(attempt, attempt.questions[1].id, [Decimal(2), Decimal(1)], by=UserFactory())
    attempt.refresh_from_db()
    assert attempt.percent == 100


def test_the_learner_is_told_of_each_regrade_that_changed_their_grade(quiz, django_assert_num_queries):
    attempt, other = take(quiz, ["wrong-0"], ["right"]), take(quiz, None, ["right"])
    edit(quiz, swap_key)
    regrade(quiz, reason="La réponse attendue était fausse.")
    with django_assert_num_queries(1):
        (change,) = regrades_of(attempt)
        assert change.regrade.reason == "La réponse attendue était fausse."
    assert (change.percent_before, change.percent_after) == (50, 100)
    assert regrades_of(other) == []


# -- Stopped, repeated, at once ------------------------------------------------------------------------------------


def test_a_regrade_that_was_killed_goes_on_and_counts_no_attempt_twice(quiz, monkeypatch):
    monkeypatch.setattr(regrading, "BATCH", 2)
    for _number in range(5):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    started = start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
    real, calls = regrading.regrade_attempt, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise OperationalError
        return real(*arguments)

    monkeypatch.setattr(regrading, "regrade_attempt", killed)
    with pytest.raises(OperationalError):
        run_regrade(started.pk)
    started.refresh_from_db()
    assert (started.status, started.done, started.changes.count()) == (Regrade.Status.RUNNING, 2, 3)
    assert run_regrade(started.pk)
    started.refresh_from_db()
    assert (started.status, started.done, started.changes.count()) == (Regrade.Status.DONE, 5, 5)
    assert set(Attempt.objects.values_list("percent", flat=True)) == {100}


def test_a_task_leaves_the_rest_to_the_next_one(quiz, monkeypatch):
    monkeypatch.setattr(regrading, "BATCH", 2)
    for _number in range(5):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    started = start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
    assert not run_regrade(started.pk, step=2)
    assert started.changes.count() == 2
    assert run_regrade(started.pk)
    assert started.changes.count() == 5


def test_two_workers_at_one_regrade_count_each_attempt_once(quiz, monkeypatch):
    for _number in range(3):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    started = start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
    real, others = regrading.regrade_attempt, []

    def overtaken(*arguments):
        """Be so slow that another worker has done it all meanwhile."""
        if not others:
            others.append(True)
            assert run_regrade(started.pk)
        return real(*arguments)

    monkeypatch.setattr(regrading, "regrade_attempt", overtaken)
    run_regrade(started.pk)
    started.refresh_from_db()
    assert (started.done, started.changes.count(), started.status) == (3, 3, Regrade.Status.DONE)


def test_publishing_again_while_a_regrade_runs_changes_nothing_of_it(quiz):
    attempt = take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    started = start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
    edit(quiz, lambda blocks: swap_key(blocks, 1))
    run_regrade(started.pk)
    attempt.refresh_from_db()
    assert attempt.percent == 100


def test_a_quiz_has_one_regrade_at_a_time(quiz):
    take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    report = make_report(quiz)
    start_regrade(quiz, report, by=UserFactory(), reason="Clé", keep_passes=True)
    with pytest.raises(RegradeRunningError):
        start_regrade(quiz, report, by=UserFactory(), reason="Clé", keep_passes=True)


def test_the_task_runs_once_the_request_is_over(quiz, django_capture_on_commit_callbacks):
    attempt = take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    with django_capture_on_commit_callbacks(execute=True):
        start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
        assert Regrade.objects.get().status == Regrade.Status.WAITING
    assert Regrade.objects.get().status == Regrade.Status.DONE
    attempt.refresh_from_db()
    assert attempt.passed


# -- Progress ------------------------------------------------------------------------------------------------------


def is_done(user, quiz):
    return ActivityState.objects.filter(enrolment__user=user, activity=quiz, done_at__isnull=False).exists()


def test_a_pass_that_was_won_is_done_in_the_module(quiz):
    user = UserFactory()
    enrol(user, quiz.course)
    take(quiz, ["wrong-0"], ["right"], user=user)
    edit(quiz, swap_key)
    assert not is_done(user, quiz)
    regrade(quiz)
    assert is_done(user, quiz)


@pytest.mark.parametrize("keep_passes", [True, False])
def test_a_pass_that_was_lost_is_to_be_done_again_unless_passes_are_kept(quiz, keep_passes):
    user = UserFactory()
    enrolment = enrol(user, quiz.course)
    take(quiz, ["right"], ["right"], user=user)
    edit(quiz, swap_key)
    regrade(quiz, keep_passes=keep_passes)
    assert is_done(user, quiz) == keep_passes
    enrolment.refresh_from_db()
    assert enrolment.percent == (100 if keep_passes else 0)


def test_a_pass_that_was_lost_stays_done_with_another_passed_attempt(quiz):
    user = UserFactory()
    enrol(user, quiz.course)
    take(quiz, ["right"], ["right"], user=user)
    edit(quiz, swap_key)
    take(quiz, ["wrong-0"], ["right"], user=user)
    regrade(quiz, keep_passes=False)
    assert is_done(user, quiz)


def test_failing_again_after_a_pass_leaves_it_done(quiz):
    user = UserFactory()
    enrol(user, quiz.course)
    take(quiz, ["right"], ["right"], user=user)
    take(quiz, ["wrong-0"], ["right"], user=user)
    assert is_done(user, quiz)


# -- In the admin --------------------------------------------------------------------------------------------------


def address(quiz, name="quiz_regrade", *more):
    return reverse(name, args=[quiz.pk, *more])


@pytest.fixture
def editor(client, quiz):
    client.user = MembershipFactory(federation=quiz.course.federation, role="editor").user
    client.force_login(client.user)
    return client


def text_of(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def confirmation(response, **more):
    return {"reason": "La clé était fausse.", "digest": response.context["report"].digest, "keep_passes": "on"} | more


def test_an_editor_previews_confirms_and_reads_what_was_done(editor, quiz, django_capture_on_commit_callbacks):
    user = UserFactory(first_name="Nadia", last_name="Roux")
    attempt = take(quiz, ["wrong-0"], ["right"], user=user)
    edit(quiz, swap_key)
    page = editor.get(address(quiz))
    shown = text_of(page)
    assert "Nadia Roux" in shown
    assert "50 %" in shown
    assert "pas réussi → réussi" in shown
    attempt.refresh_from_db()
    assert attempt.percent == 50
    with django_capture_on_commit_callbacks(execute=True):
        response = editor.post(address(quiz), confirmation(page))
    done = Regrade.objects.get()
    assert response.url == address(quiz, "quiz_regrade_detail", done.pk)
    assert (done.by, done.reason, done.keep_passes) == (editor.user, "La clé était fausse.", True)
    assert "1 note changée" in text_of(editor.get(response.url))
    assert "La clé était fausse." in text_of(editor.get(address(quiz, "quiz_regrades")))
    assert "Rien à recorriger" in text_of(editor.get(address(quiz)))


def test_a_reason_is_required_and_the_choice_made_stays(editor, quiz):
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    page = editor.get(address(quiz))
    response = editor.post(address(quiz), {"reason": " ", "digest": page.context["report"].digest})
    assert "Dites pourquoi" in text_of(response)
    assert not response.context["form"]["keep_passes"].value()
    assert not Regrade.objects.exists()


def test_questions_published_after_the_preview_are_previewed_before_anything_is_done(editor, quiz):
    take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    page = editor.get(address(quiz))
    edit(quiz, lambda blocks: swap_key(blocks, 1))
    response = editor.post(address(quiz), confirmation(page))
    assert "Les questions ont changé" in text_of(response)
    assert response.context["form"]["reason"].value() == "La clé était fausse."
    assert not Regrade.objects.exists()


def test_changed_words_have_to_be_checked(editor, quiz):
    take(quiz, ["right"], ["right"])
    edit(quiz, lambda blocks: (swap_key(blocks), blocks[0]["value"].update(text="Que ne faites-vous pas ?")))
    page = editor.get(address(quiz))
    assert "Vérifiez que la question demande toujours la même chose" in text_of(page)
    assert "Vérifiez d'abord" in text_of(editor.post(address(quiz), confirmation(page)))
    assert not Regrade.objects.exists()
    editor.post(address(quiz), confirmation(page, checked="on"))
    assert Regrade.objects.exists()


def test_a_second_click_starts_nothing_more(editor, quiz):
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    data = confirmation(editor.get(address(quiz)))
    first, second = editor.post(address(quiz), data), editor.post(address(quiz), data)
    assert first.url == second.url
    assert Regrade.objects.count() == 1


def test_a_regrade_under_way_shows_how_far_it_is_and_may_be_resumed(editor, quiz, django_capture_on_commit_callbacks):
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    editor.post(address(quiz), confirmation(editor.get(address(quiz))))
    where = editor.get(address(quiz)).url
    assert "0 essai vu sur 1" in text_of(editor.get(where))
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(where)
    assert "Terminée" in text_of(editor.get(where))


def test_a_preview_under_way_shows_how_far_it_is(editor, quiz, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(regrading, "AT_ONCE", 0)
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    with django_capture_on_commit_callbacks(execute=True):
        response = editor.get(address(quiz))
    assert "0 essai vu sur 1" in text_of(response)
    assert response["Refresh"]
    page = editor.get(address(quiz))
    assert page.context["report"].lost == 1
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(address(quiz), {"recalculer": "1"})
    page = editor.get(address(quiz))
    editor.post(address(quiz), confirmation(page))
    assert Regrade.objects.exists()
    assert not RegradePreview.objects.exists()


@pytest.mark.parametrize("name", ["quiz_regrade", "quiz_regrades", "quiz_regrade_detail"])
@pytest.mark.parametrize(("role", "mine", "status"), [("author", True, 403), ("editor", False, 404)])
def test_only_editors_of_the_federation_regrade(client, quiz, name, role, mine, status):
    federation = {"federation": quiz.course.federation} if mine else {}
    client.force_login(MembershipFactory(role=role, **federation).user)
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    started = start_regrade(quiz, make_report(quiz), by=UserFactory(), reason="Clé", keep_passes=True)
    more = [started.pk] if name == "quiz_regrade_detail" else []
    assert client.get(address(quiz, name, *more)).status_code == status
    if name == "quiz_regrade":
        started.delete()
        data = {"reason": "Pour rire", "digest": make_report(quiz).digest}
        assert client.post(address(quiz), data).status_code == status
        assert not Regrade.objects.exists()


def test_an_administrator_regrades_everywhere_and_a_learner_nowhere(client, quiz):
    client.force_login(UserFactory(is_superuser=True))
    assert client.get(address(quiz)).status_code == 200
    client.force_login(UserFactory())
    assert client.get(address(quiz)).status_code == 302
    client.logout()
    assert client.get(address(quiz)).status_code == 302


def test_the_list_of_pages_leads_an_editor_to_the_regrade_of_a_quiz(editor, quiz):
    assert address(quiz) in text_of(editor.get(reverse("wagtailadmin_explore", args=[quiz.course.pk])))
    author = MembershipFactory(federation=quiz.course.federation, role="author").user
    editor.force_login(author)
    assert address(quiz) not in text_of(editor.get(reverse("wagtailadmin_explore", args=[quiz.course.pk])))


def test_a_quiz_that_repeats_another_is_compared_with_the_questions_of_that_one(editor, quiz):
    quiz.mode = QuizPage.Mode.POSITIONING
    quiz.save()
    again = make_quiz(quiz.course, title="Le même, après", mode=QuizPage.Mode.POSITIONING)
    QuizPage.objects.filter(pk=again.pk).update(repeats=quiz)
    again.refresh_from_db()
    take(again, ["right"], ["right"])
    take(quiz, ["right"], ["right"])
    edit(quiz, swap_key)
    assert address(again) in text_of(editor.get(address(quiz)))
    assert len(editor.get(address(again)).context["report"].effects) == 1


@pytest.mark.parametrize("number", [2, 30])
def test_the_queries_of_the_pages_do_not_grow_with_the_attempts(
    editor, quiz, number, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    for _number in range(number):
        take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    page = editor.get(address(quiz))
    with django_assert_max_num_queries(26):
        editor.get(address(quiz))
    with django_capture_on_commit_callbacks(execute=True):
        where = editor.post(address(quiz), confirmation(page)).url
    with django_assert_max_num_queries(24):
        editor.get(where)
    with django_assert_max_num_queries(20):
        editor.get(address(quiz, "quiz_regrades"))


def test_the_result_says_what_was_corrected_and_why(quiz):
    attempt = take(quiz, ["wrong-0"], ["right"])
    edit(quiz, swap_key)
    regrade(quiz, reason="La réponse attendue était fausse.")
    html = render_to_string("quizzes/regraded.html", {"regrades": regrades_of(attempt)}).replace("\xa0", " ")
    html = html.replace("&nbsp;", " ")
    assert "Note corrigée le" in html
    assert "50 % → 100 %." in html
    assert "Le quiz est maintenant réussi." in html
    assert "La réponse attendue était fausse." in html
