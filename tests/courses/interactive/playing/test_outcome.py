from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.playing.outcome import Outcome, Reported, Score, is_done, make_score, reported_by

HALF = Score(Decimal("0.5"), Decimal(1), Decimal(2))
FULL = Score(Decimal(1), Decimal(2), Decimal(2))
PLACE = "https://exemple.fr/activites/3/"
numbers = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.decimals(), st.lists(st.integers())
)


@pytest.mark.parametrize(
    ("sent", "scaled"),
    [
        ({"raw": 1, "maximum": 2, "scaled": 0.9}, "0.5"),
        ({"raw": 0, "maximum": 5}, "0"),
        ({"raw": 5.5, "maximum": 5.5}, "1"),
        ({"scaled": 0.8}, "0.8"),
        ({"scaled": -0.5}, "0"),
        ({"raw": 500, "scaled": 0.25}, "0.25"),
    ],
)
def test_points_within_their_bounds_say_the_scaled_score(sent, scaled):
    assert make_score(**sent).scaled == Decimal(scaled)


@pytest.mark.parametrize(
    "sent",
    [
        {"raw": 500, "maximum": 100, "scaled": 1},
        {"raw": -1, "maximum": 100},
        {"raw": 0, "maximum": 0},
        {"raw": 1, "maximum": 10**9},
        {"scaled": 5},
        {"scaled": float("nan")},
        {"raw": "1", "maximum": "1"},
        {"raw": True, "maximum": True},
        {"raw": 1},
        {},
    ],
)
def test_what_is_out_of_bounds_is_no_score(sent):
    assert make_score(**sent) is None


@given(numbers, numbers, numbers)
def test_a_score_is_always_one_that_the_database_takes(raw, maximum, scaled):
    score = make_score(raw, maximum, scaled)
    if score is not None:
        assert 0 <= score.scaled <= 1
        assert score.maximum is None or 0 <= score.raw <= score.maximum


def test_the_best_score_a_pass_and_a_completion_stay():
    outcome = Outcome().after(Reported(FULL, success=True, completed=True)).after(Reported(HALF, success=False))
    assert outcome == Outcome(FULL, success=True, completed=True)


def test_a_later_better_try_counts():
    outcome = Outcome().after(Reported(HALF, success=False)).after(Reported(FULL, success=True))
    assert outcome == Outcome(FULL, success=True)


@pytest.mark.parametrize(
    ("rule", "outcome", "said", "done"),
    [
        ("passed", Outcome(Score(Decimal("0.7"))), {}, True),
        ("passed", Outcome(Score(Decimal("0.699999"))), {}, False),
        ("passed", Outcome(Score(Decimal("0.6")), success=True, completed=True), {}, False),
        ("passed", Outcome(success=True), {}, True),
        ("passed", Outcome(completed=True), {"seen": True, "declared": True}, False),
        ("completed", Outcome(completed=True), {}, True),
        ("completed", Outcome(success=True), {}, True),
        ("completed", Outcome(FULL), {"seen": True, "declared": True}, False),
        ("seen", Outcome(), {"seen": True}, True),
        ("seen", Outcome(), {"declared": True}, True),
        ("seen", Outcome(), {}, False),
        ("declared", Outcome(FULL, success=True, completed=True), {"seen": True}, False),
        ("declared", Outcome(), {"declared": True}, True),
    ],
)
def test_when_an_activity_is_done(rule, outcome, said, done):
    assert is_done(outcome, rule, 70, **said) is done


@pytest.mark.parametrize(
    ("verb", "result", "reported"),
    [
        ("answered", {"score": {"raw": 1, "max": 2}}, Reported(HALF, completed=True)),
        ("completed", {"completion": True}, Reported(completed=True)),
        ("passed", {"score": {"raw": 2, "max": 2}}, Reported(FULL, success=True, completed=True)),
        ("failed", {"score": {"raw": 1, "max": 2}}, Reported(HALF, success=False)),
        ("progressed", {"score": {"raw": 2, "max": 2}, "completion": True, "success": True}, Reported()),
        ("attempted", {}, Reported()),
    ],
)
def test_what_a_statement_about_the_whole_content_says(verb, result, reported):
    statement = {
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": PLACE},
        "result": result,
    }
    assert reported_by(statement, PLACE) == reported


def test_a_part_of_the_content_says_nothing_of_the_whole():
    statement = {
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"{PLACE}?subContentId=1"},
        "result": {"score": {"raw": 2, "max": 2}, "completion": True},
    }
    assert reported_by(statement, PLACE).is_empty
