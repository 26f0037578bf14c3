"""Limits and grades hold when many devices act at the same moment, on SQLite and on PostgreSQL."""

import pytest

from tests.databases import postgresql, run_race, sqlite  # noqa: F401  (fixtures)

from .race import DEVICES, PEOPLE


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_many_devices_at_once_make_no_attempt_too_many_and_no_grade_twice(request, database):
    found = run_race("tests.courses.quizzes.race", request.getfixturevalue(database))
    assert set(found["outcomes"]) <= {"went through", "was told the limit"}, found
    assert sum(found["outcomes"].values()) == PEOPLE * DEVICES
    assert found["attempts_of_each"] == [2] * PEOPLE
    assert found["numbers"] == [1, 2]
    assert (found["open"], found["graded"]) == (0, 2 * PEOPLE)
    assert (found["graded_twice"], found["answers_twice"], found["missed_twice"], found["wrong_sums"]) == (0, 0, 0, 0)
    assert found["done"] == found["complete"] == found["passed"]
