import datetime

import pytest
from django.utils import timezone

from courses.catalog.models import ActivityItem
from courses.progress.completion import standing
from courses.progress.models import ActivityState, Enrolment
from courses.progress.reading import CourseStanding

NOW = timezone.now()


def item(number, *, required=True):
    return ActivityItem(number, f"Leçon {number}", f"l{number}", "lesson", 10, required, f"/m/l{number}/")


def course_standing(activities, opened):
    """`opened` lists (activity id, done) in the order in which they were last opened."""
    states = {
        activity_id: ActivityState(
            activity_id=activity_id,
            last_seen_at=NOW + datetime.timedelta(minutes=i),
            done_at=NOW if done else None,
            anchor=f"titre-{activity_id}",
        )
        for i, (activity_id, done) in enumerate(opened)
    }
    done_ids = {activity_id for activity_id, done in opened if done}
    return CourseStanding(Enrolment(), standing(activities, done_ids), states, activities)


THREE = [item(1), item(2), item(3)]
OPTIONAL = [item(1), item(2, required=False), item(3)]


@pytest.mark.parametrize(
    ("activities", "opened", "expected"),
    [
        (THREE, [], 1),
        (THREE, [(1, False)], 1),
        (THREE, [(1, True)], 2),
        (THREE, [(3, False), (2, True)], 3),
        (THREE, [(2, True)], 3),
        (THREE, [(1, False), (3, True)], 1),
        (THREE, [(1, True), (2, True), (3, True)], None),
        (OPTIONAL, [(1, True)], 3),
        (OPTIONAL, [(1, True), (2, False)], 2),
        (OPTIONAL, [(1, True), (3, True)], 2),
        (THREE, [(99, False)], 1),
        ([], [], None),
    ],
)
def test_one_goes_on_where_one_was_then_with_what_follows(activities, opened, expected):
    resume = course_standing(activities, opened).resume
    assert (resume.id if resume else None) == expected


def test_one_comes_back_to_the_last_title_read():
    assert course_standing(THREE, [(2, False)]).resume_url == "/m/l2/#titre-2"
