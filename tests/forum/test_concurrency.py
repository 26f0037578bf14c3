"""Counters are exact when many people write, take away, move and merge at the same moment."""

import pytest

from tests.databases import postgresql, run_race, sqlite  # noqa: F401  (fixtures)

from .race import PEOPLE, ROUNDS


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_number_is_right_after_many_people_acted_at_once(request, database):
    found = run_race("tests.forum.race", request.getfixturevalue(database))
    assert set(found["outcomes"]) <= {"went through", "was refused"}, found
    assert sum(found["outcomes"].values()) == PEOPLE * ROUNDS
    assert found["outcomes"]["went through"] > PEOPLE * ROUNDS / 3
    assert found["miscounts"] == []
    assert found["sent_twice"] == 1
    assert found["topics_without_opening"] == []
