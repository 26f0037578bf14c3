import datetime

import pytest

from courses.catalog.templatetags.catalog_tags import duration
from pages.templatetags.pages_tags import long_date, pluriel


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (datetime.date(2026, 5, 1), "1er mai 2026"),
        (datetime.date(2026, 11, 25), "25 novembre 2026"),
        (datetime.date(2026, 8, 11), "11 août 2026"),
        (None, ""),
    ],
)
def test_a_date_is_written_as_the_french_write_it(day, written):
    assert long_date(day) == written


@pytest.mark.parametrize(
    ("minutes", "written"), [(5, "5 min"), (59, "59 min"), (60, "1 h"), (65, "1 h 05"), (150, "2 h 30"), (0, "0 min")]
)
def test_a_duration_is_written_as_people_say_it(minutes, written):
    assert duration(minutes) == written


@pytest.mark.parametrize(("number", "ending"), [(0, ""), (1, ""), (1.5, ""), (2, "s"), (10, "s")])
def test_a_french_plural_begins_at_two(number, ending):
    assert pluriel(number) == ending
