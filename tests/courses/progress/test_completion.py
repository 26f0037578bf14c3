from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.progress.completion import standing


@dataclass(frozen=True)
class Item:
    id: int
    required: bool = True


ALL = [Item(1), Item(2), Item(3)]
MIXED = [Item(1), Item(2, required=False), Item(3)]


@pytest.mark.parametrize(
    ("activities", "done", "percent", "complete", "next_id"),
    [
        (ALL, set(), 0, False, 1),
        (ALL, {1}, 33, False, 2),
        (ALL, {2}, 33, False, 1),
        (ALL, {1, 2}, 66, False, 3),
        (ALL, {1, 2, 3}, 100, True, None),
        (MIXED, {1}, 50, False, 3),
        (MIXED, {1, 3}, 100, True, 2),
        (MIXED, {1, 2, 3}, 100, True, None),
        ([Item(1, required=False), Item(2, required=False)], {1}, 50, False, 2),
        ([Item(1, required=False)], {1}, 100, True, None),
        ([], set(), 0, False, None),
        (ALL, {99}, 0, False, 1),
    ],
)
def test_a_module_is_complete_when_its_required_activities_are_done(activities, done, percent, complete, next_id):
    result = standing(activities, done)
    assert (result.percent, result.complete, result.next_id) == (percent, complete, next_id)


activity_lists = st.lists(st.booleans(), max_size=12).map(lambda flags: [Item(i, flag) for i, flag in enumerate(flags)])


@given(activity_lists, st.sets(st.integers(0, 15)))
def test_the_percentage_is_100_only_when_complete(activities, done):
    result = standing(activities, done)
    assert 0 <= result.percent <= 100
    assert (result.percent == 100) == result.complete


@given(activity_lists, st.sets(st.integers(0, 15)), st.integers(0, 15))
def test_doing_one_more_activity_never_moves_a_person_back(activities, done, another):
    assert standing(activities, done | {another}).percent >= standing(activities, done).percent
