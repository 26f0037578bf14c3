"""Figures about results, and their charts."""

import pytest

from courses.catalog.figures import Series, distribution


@pytest.mark.parametrize(
    ("values", "quartiles"),
    [
        ([1], (1, 1, 1)),
        ([1, 2], (1.25, 1.5, 1.75)),
        # As QUARTILE.INCLURE answers: places 1, 2 and 3 of 0 to 4; then 0.75, 1.5 and 2.25 of 0 to 3.
        ([1, 2, 3, 4, 5], (2, 3, 4)),
        ([10, 20, 30, 40], (17.5, 25, 32.5)),
        ([5, 5, 5, 9], (5, 5, 6)),
    ],
)
def test_quartiles_lie_between_neighbours(values, quartiles):
    series = Series.of((value, 1) for value in values)
    assert tuple(series.quantile(share) for share in (0.25, 0.5, 0.75)) == quartiles


def test_a_series_merges_equal_values_and_forgets_what_was_never_seen():
    series = Series.of([(50, 2), (10, 1), (50, 1), (70, 0)])
    assert series.counts == ((10, 1), (50, 3))
    assert (series.total, series.mean, series.median) == (4, 40, 50)


def test_an_empty_series_has_no_figure():
    series = Series()
    assert (series.total, series.mean, series.median) == (0, None, None)
    assert sum(series.bins()) == 0


def test_full_marks_stand_in_the_last_bin():
    series = Series.of([(0, 1), (9.99, 1), (10, 1), (99.5, 1), (100, 2)])
    assert series.bins() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]


def test_bars_of_no_mark_at_all_have_no_length():
    assert {bar.length for bar in distribution(Series())} == {0}
