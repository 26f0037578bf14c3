from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.grading import Kind, Option, Question, UnknownOptionError, check_response, grade, percent


def question(kind=Kind.MULTIPLE, right=2, wrong=2, worth="1"):
    options = [Option(f"r{i}", f"r{i}", correct=True) for i in range(right)]
    options += [Option(f"w{i}", f"w{i}", correct=False) for i in range(wrong)]
    return Question("q", kind, "?", tuple(options), Decimal(worth))


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        ({"r0", "r1"}, "1"),
        ({"r0"}, "0.50"),
        ({"r0", "w0"}, "0"),
        ({"r0", "r1", "w0"}, "0.50"),
        ({"r0", "r1", "w0", "w1"}, "0"),
        ({"w0"}, "0"),
        (set(), "0"),
    ],
)
def test_a_multiple_choice_gives_a_share_for_each_right_option_and_takes_one_for_each_wrong(chosen, score):
    assert grade(question(), frozenset(chosen)).score == Decimal(score)


@pytest.mark.parametrize(("chosen", "score"), [({"r0"}, "2"), ({"w0"}, "0"), (set(), "0")])
def test_a_single_choice_is_all_or_nothing(chosen, score):
    assert grade(question(Kind.SINGLE, right=1, worth="2"), frozenset(chosen)).score == Decimal(score)


def test_a_third_of_a_point_is_rounded_half_up_to_two_places():
    assert grade(question(right=3, wrong=1), frozenset({"r0", "r1"})).score == Decimal("0.67")


@pytest.mark.parametrize("chosen", [["unknown"], ["r0", "unknown"]])
def test_an_option_that_the_question_does_not_have_is_refused(chosen):
    with pytest.raises(UnknownOptionError):
        check_response(question(), chosen)


def test_several_options_are_refused_where_one_is_asked():
    with pytest.raises(UnknownOptionError):
        check_response(question(Kind.SINGLE, right=1), ["r0", "w0"])


questions = st.builds(
    question,
    kind=st.just(Kind.MULTIPLE),
    right=st.integers(1, 6),
    wrong=st.integers(1, 6),
    worth=st.sampled_from(["0.25", "1", "1.50", "3", "20"]),
)


@given(questions, st.data())
def test_a_score_lies_between_zero_and_the_worth_and_full_marks_need_exactly_the_key(asked, data):
    response = frozenset(data.draw(st.sets(st.sampled_from([o.id for o in asked.options]))))
    result = grade(asked, response)
    assert 0 <= result.score <= asked.worth
    assert (result.score == asked.worth) == (response == asked.key) == result.correct


@given(questions, st.randoms())
def test_the_order_of_options_does_not_change_the_score(asked, random):
    shuffled = list(asked.options)
    random.shuffle(shuffled)
    other = Question(asked.id, asked.kind, asked.text, tuple(shuffled), asked.worth)
    response = frozenset(o.id for o in asked.options[::2])
    assert grade(asked, response) == grade(other, response)


@given(questions)
def test_a_snapshot_reads_back_as_the_same_question(asked):
    assert Question.from_json(asked.as_json()) == asked


@pytest.mark.parametrize(
    ("score", "maximum", "expected"),
    [("7", "10", "70"), ("2", "3", "66.67"), ("0", "5", "0"), ("0", "0", "0"), ("5", "5", "100")],
)
def test_a_percentage_is_exact_to_two_places(score, maximum, expected):
    assert percent(Decimal(score), Decimal(maximum)) == Decimal(expected)
