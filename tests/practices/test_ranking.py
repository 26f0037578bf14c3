import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.ranking import UNTRIED, score

counts = st.integers(0, 500)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((9, 2, 1), (1, 0, 0)),
        ((1, 0, 0), (0, 1, 0)),
        ((0, 1, 0), (0, 0, 0)),
        ((0, 0, 0), (0, 0, 1)),
        ((10, 0, 0), (10, 0, 1)),
        ((20, 0, 0), (10, 0, 0)),
        ((5, 0, 0), (5, 5, 0)),
    ],
)
def test_a_sheet_ranks_by_what_happened_to_those_who_tried_it(better, worse):
    assert score(*better) > score(*worse)


@given(counts, counts, counts)
def test_a_score_stays_within_its_scale_and_a_success_never_lowers_it(worked, partly, failed):
    now = score(worked, partly, failed)
    assert 0 <= now <= 10_000
    if worked + partly + failed:
        assert score(worked + 1, partly, failed) >= now
        assert score(worked, partly, failed + 1) <= now


def test_a_sheet_that_nobody_tried_has_the_score_of_its_own():
    assert score(0, 0, 0) == UNTRIED


def test_less_than_no_trial_is_refused():
    with pytest.raises(ValueError, match="fewer"):
        score(1, -1, 0)
