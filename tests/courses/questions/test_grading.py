from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.grading import percent, share_of

worths = st.sampled_from([Decimal(w) for w in ("0.25", "1", "1.50", "3", "20")])


@given(worths, st.integers(-5, 120), st.integers(0, 100))
def test_a_share_is_full_only_when_all_is_right(worth, part, whole):
    score = share_of(worth, part, whole)
    assert 0 <= score <= worth
    assert (score == worth) == (0 < whole <= part)


@given(worths, st.integers(1, 100), st.data())
def test_more_right_parts_never_earn_less(worth, whole, data):
    part = data.draw(st.integers(1, whole))
    assert share_of(worth, part - 1, whole) <= share_of(worth, part, whole)


@pytest.mark.parametrize(
    ("score", "maximum", "expected"),
    [("7", "10", "70"), ("2", "3", "66.67"), ("0", "5", "0"), ("0", "0", "0"), ("5", "5", "100")],
)
def test_a_percentage_is_exact_to_two_places(score, maximum, expected):
    assert percent(Decimal(score), Decimal(maximum)) == Decimal(expected)
