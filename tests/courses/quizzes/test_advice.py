"""What the editor of a quiz is told about its settings and its draws before publishing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from courses.quizzes.advice import Draw, draw_advice, draw_faults, quiz_advice
from courses.quizzes.models import BankQuestion, QuestionBank
from tests.courses.factories import make_course, make_quiz, make_space
from tests.courses.questions.factories import item, make, raw

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def said(questions=("single",), total=None, **changes):
    settings = {
        "mode": "assessment",
        "attempts_allowed": None,
        "hours_between_attempts": 0,
        "time_limit": None,
        "feedback": "end",
        "feedback_from": None,
    }
    asked = [make(kind) if isinstance(kind, str) else kind for kind in questions]
    quiz = SimpleNamespace(**settings | changes)
    return " ".join(quiz_advice(quiz, asked, len(asked) if total is None else total, NOW))


CERTIFYING = {"mode": "certifying", "attempts_allowed": 2, "time_limit": 30, "hours_between_attempts": 24}


def test_nothing_is_said_of_a_plain_assessment():
    assert said() == ""


def test_nothing_is_said_of_a_certifying_quiz_that_is_well_set():
    assert said(**CERTIFYING) == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"attempts_allowed": None}, "nombre d'essais"),
        ({"time_limit": None}, "limite de temps"),
        ({"hours_between_attempts": 0}, "délai entre deux essais"),
        ({"questions": [make("open", marking="self")]}, "évalue soi-même"),
    ],
)
def test_a_certifying_quiz_that_proves_little_says_so(changes, told):
    assert told in said(**CERTIFYING | changes)


def test_a_correction_that_waits_for_a_date_in_the_past_is_spoken_of():
    assert "date du corrigé est passée" in said(feedback="date", feedback_from=NOW - timedelta(days=1))
    assert said(feedback="date", feedback_from=NOW + timedelta(days=1)) == ""


def test_a_training_quiz_does_not_wait_for_a_trainer():
    assert "entraînement" in said(["open"], mode="training")


def test_a_quiz_without_points_cannot_be_passed():
    assert "ne rapporte de points" in said(["scale"])
    assert "ne rapporte pas de points" in said(["scale", "single"])
    assert said(["scale"], mode="positioning") == ""


def test_too_little_time_for_so_many_questions_is_spoken_of():
    assert "15 secondes par question" in said(["single"] * 4, time_limit=1)
    assert said(["single"] * 3, time_limit=1) == ""


# -- Draws ---------------------------------------------------------------------------------------------------------


def draw(count, available, held=None, bank=1):
    return Draw(bank, count, "Sécurité", available, available if held is None else held)


def test_a_draw_of_more_than_there_is_stops_publication():
    assert "n'en trouve que 3" in draw_faults([draw(5, 3)])[0]
    assert draw_faults([draw(3, 3)]) == []


def test_a_draw_without_a_bank_stops_publication():
    assert "n'a pas de banque" in draw_faults([Draw(None, 5)])[0]


def test_draws_that_share_a_bank_are_counted_together():
    assert "demandent 8 questions ensemble" in draw_advice([draw(4, 6, 6), draw(4, 6, 6)])[0]
    assert draw_advice([draw(2, 6, 6), draw(2, 6, 6)]) == []


def test_a_draw_of_everything_draws_nothing():
    assert "aura les mêmes" in draw_advice([draw(4, 4)])[0]


def test_the_draws_of_a_quiz_are_counted_in_two_queries(db, django_assert_num_queries):
    space = make_space()
    bank = QuestionBank.objects.create(federation=space.federation, title="Sécurité")
    for codes in (["A1.1"], ["A1.1"], []):
        block = raw("true_false", competences=[item(code) for code in codes])
        content = BankQuestion.content.field.stream_block.to_python([block])
        BankQuestion.objects.create(bank=bank, content=content)
    draws = [
        {"type": "draw", "id": str(number), "value": {"bank": bank.pk, "count": count, "competence": code}}
        for number, (count, code) in enumerate([(2, "A1.1"), (5, ""), (3, "A1.1")])
    ]
    quiz = make_quiz(make_course(space), questions=draws)
    with django_assert_num_queries(2):
        advice = quiz.get_advice()
    assert [words.split("demande ")[1].split(" :")[0] for words in advice.faults] == [
        "5 questions, et n'en trouve que 3 à tirer",
        "3 questions, et n'en trouve que 2 à tirer",
    ]


def test_questions_after_a_draw_keep_the_number_that_learners_see(db):
    space = make_space()
    bank = QuestionBank.objects.create(federation=space.federation, title="Sécurité")
    block = {"type": "draw", "id": "d", "value": {"bank": bank.pk, "count": 5, "competence": ""}}
    quiz = make_quiz(make_course(space), questions=[block, raw("true_false", explanation="")])
    assert [each.question.number for each in quiz.get_advice().questions] == [6]


def test_settings_that_contradict_each_other_are_told_of_a_draft(db):
    quiz = make_quiz(make_course(), questions=[raw("single")])
    quiz.mode, quiz.navigation = "training", "forced"
    assert "Dans un entraînement" in quiz.get_advice().faults[0]
