from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.questions.kinds import ResponseError
from courses.quizzes.drawing import EmptyQuizError
from courses.quizzes.models import Attempt
from courses.quizzes.preview import preview_questions
from courses.quizzes.services import (
    AttemptClosedError,
    AttemptLimitError,
    start_attempt,
    submit_attempt,
)
from tests.courses.factories import make_quiz, multiple, save_answer, single
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def answer_all_right(attempt):
    for number, question in enumerate(attempt.questions, start=1):
        save_answer(attempt, number, question.key())


def test_starting_twice_gives_the_same_attempt():
    user, quiz = UserFactory(), make_quiz()
    assert start_attempt(user, quiz) == start_attempt(user, quiz)
    assert Attempt.objects.count() == 1


def test_an_attempt_keeps_the_questions_as_they_were_put():
    user, quiz = UserFactory(), make_quiz(questions=[single("Avant ?")])
    attempt = start_attempt(user, quiz)
    quiz.questions = quiz.questions.stream_block.to_python([single("Après ?")])
    quiz.save()
    assert [q.text for q in Attempt.objects.get(pk=attempt.pk).questions] == ["Avant ?"]


def test_the_next_attempt_takes_the_questions_as_they_are_now():
    user, quiz = UserFactory(), make_quiz(questions=[single("Avant ?")])
    submit_attempt(start_attempt(user, quiz))
    quiz.questions = quiz.questions.stream_block.to_python([single("Après ?")])
    quiz.save()
    second = start_attempt(user, quiz)
    assert second.number == 2
    assert [q.text for q in second.questions] == ["Après ?"]


def test_attempts_beyond_the_limit_are_refused():
    user, quiz = UserFactory(), make_quiz(attempts_allowed=1)
    submit_attempt(start_attempt(user, quiz))
    with pytest.raises(AttemptLimitError):
        start_attempt(user, quiz)


def test_another_person_has_attempts_of_their_own():
    quiz = make_quiz(attempts_allowed=1)
    submit_attempt(start_attempt(UserFactory(), quiz))
    assert start_attempt(UserFactory(), quiz).number == 1


def test_a_quiz_without_questions_cannot_be_started():
    quiz = make_quiz()
    quiz.questions = []
    with pytest.raises(EmptyQuizError):
        start_attempt(UserFactory(), quiz)


def test_all_right_answers_give_full_marks_and_a_pass():
    attempt = start_attempt(UserFactory(), make_quiz())
    answer_all_right(attempt)
    result = submit_attempt(attempt)
    assert (result.score, result.max_score, result.percent, result.passed) == (3, 3, 100, True)


def test_the_pass_mark_is_the_one_of_the_moment_when_the_attempt_started():
    user, quiz = UserFactory(), make_quiz(questions=[single(), single()], pass_mark=50)
    attempt = start_attempt(user, quiz)
    save_answer(attempt, 1, ["right"])
    quiz.pass_mark = 90
    quiz.save()
    assert submit_attempt(attempt).passed


def test_a_question_without_an_answer_is_worth_nothing():
    attempt = start_attempt(UserFactory(), make_quiz(questions=[single(), multiple()]))
    save_answer(attempt, 2, ["right-0"])
    result = submit_attempt(attempt)
    assert result.score == Decimal("0.50")
    assert result.percent == 25


def test_submitting_twice_changes_nothing():
    attempt = start_attempt(UserFactory(), make_quiz())
    first = submit_attempt(attempt)
    second = submit_attempt(attempt)
    assert (first.submitted_at, first.score) == (second.submitted_at, second.score)


def test_the_last_answer_saved_stands():
    attempt = start_attempt(UserFactory(), make_quiz(questions=[single()]))
    save_answer(attempt, 1, ["wrong-0"])
    save_answer(attempt, 1, ["right"])
    assert attempt.answers.count() == 1
    assert submit_attempt(attempt).passed


def test_an_unknown_option_is_refused_and_the_saved_answer_stays():
    attempt = start_attempt(UserFactory(), make_quiz(questions=[single()]))
    save_answer(attempt, 1, ["right"])
    with pytest.raises(ResponseError):
        save_answer(attempt, 1, ["forged"])
    assert attempt.answers.get().response == ["right"]


def test_an_answer_after_submission_is_refused():
    attempt = start_attempt(UserFactory(), make_quiz())
    submit_attempt(attempt)
    with pytest.raises(AttemptClosedError):
        save_answer(attempt, 1, ["right"])


def test_the_database_holds_one_open_attempt_for_each_person_and_quiz():
    attempt = start_attempt(UserFactory(), make_quiz())
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(user=attempt.user, quiz=attempt.quiz, number=2, snapshot=[], pass_mark=70)


def test_the_database_refuses_a_graded_attempt_without_its_grade():
    attempt = start_attempt(UserFactory(), make_quiz())
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(submitted_at=timezone.now(), graded_at=timezone.now())


def test_an_attempt_that_an_operator_deleted_does_not_block_the_next(django_assert_max_num_queries):
    user, quiz = UserFactory(), make_quiz()
    first = submit_attempt(start_attempt(user, quiz))
    submit_attempt(start_attempt(user, quiz))
    first.delete()
    with django_assert_max_num_queries(9):
        assert start_attempt(user, quiz).number == 3


def test_a_draft_question_without_a_right_option_is_worth_nothing_and_can_be_previewed():
    quiz = make_quiz(questions=[multiple(right=0, wrong=2), single(wrong=())])
    shown = preview_questions(quiz, with_key=True)["corrected"]
    assert [review.grade.score for review in shown] == [0, 1]
