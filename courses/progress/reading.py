"""Where a person stands, for the pages that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.catalog.models import ActivityItem, CoursePage, activities_by_course
from courses.interactive.playing.models import Registration
from courses.interactive.playing.reading import recent_interactive
from courses.quizzes.missed import PracticeStanding, practice_standing
from courses.quizzes.reading import RecentResult, recent_results
from people.models import User

from .completion import Standing, standing
from .models import ActivityState, Enrolment


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """An enrolment, its standing, and the state of each activity that the person has opened."""

    enrolment: Enrolment
    standing: Standing
    states: dict[int, ActivityState]
    activities: Sequence[ActivityItem]

    @property
    def resume(self) -> ActivityItem | None:
        """The activity to go on with: the last one opened, else what follows it, else the first one still to do."""
        last = max(self.states.values(), key=lambda state: state.last_seen_at, default=None)
        start = next((i for i, a in enumerate(self.activities) if last and a.id == last.activity_id), 0)
        in_turn = [*self.activities[start:], *self.activities[:start]]
        to_do = [a for a in in_turn if not (a.id in self.states and self.states[a.id].done_at)]
        return next((a for a in to_do if a.required or (last and a.id == last.activity_id)), next(iter(to_do), None))

    @property
    def resume_url(self) -> str:
        """Address of `resume`, down to the last title read."""
        if self.resume is None:
            return ""
        state = self.states.get(self.resume.id)
        return f"{self.resume.url}#{state.anchor}" if state and state.anchor else self.resume.url

    @property
    def last_seen_at(self) -> datetime:
        """When the person last opened the module."""
        return max((state.last_seen_at for state in self.states.values()), default=self.enrolment.enrolled_at)


def standing_in(user: User, course: CoursePage, activities: Sequence[ActivityItem]) -> CourseStanding | None:
    """Return where the person stands in the module, or None if they don't follow it.

    One query once an activity has been opened, two before.
    """
    rows = ActivityState.objects.filter(enrolment__user=user, enrolment__course=course).select_related("enrolment")
    states = {state.activity_id: state for state in rows}
    enrolment = (
        next(iter(states.values())).enrolment if states else Enrolment.objects.filter(user=user, course=course).first()
    )
    return _standing(enrolment, states, activities) if enrolment else None


def _standing(
    enrolment: Enrolment, states: dict[int, ActivityState], activities: Sequence[ActivityItem]
) -> CourseStanding:
    done = {activity_id for activity_id, state in states.items() if state.done_at}
    return CourseStanding(enrolment, standing(activities, done), states, activities)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What «Mon parcours» shows: questions to see again, modules under way (last opened first), completed, results.

    `played` is what the person did in interactive activities, the newest first.
    """

    current: list[CourseStanding]
    completed: list[CourseStanding]
    results: list[RecentResult]
    played: list[Registration]
    practice: PracticeStanding


def dashboard_for(user: User) -> Dashboard:
    """Return the person's modules and results, in a number of queries that does not depend on how many they are."""
    enrolments = list(
        Enrolment.objects.filter(user=user, course__in=CoursePage.objects.live().public().values("pk"))
        .select_related("course__federation")
        .prefetch_related("states")
        .order_by("-enrolled_at")
    )
    activities = activities_by_course([enrolment.course for enrolment in enrolments])
    standings = [
        _standing(enrolment, {s.activity_id: s for s in enrolment.states.all()}, activities[enrolment.course_id])
        for enrolment in enrolments
    ]
    standings.sort(key=lambda item: item.last_seen_at, reverse=True)
    return Dashboard(
        current=[s for s in standings if not s.standing.complete],
        completed=[s for s in standings if s.standing.complete],
        results=recent_results(user),
        played=recent_interactive(user),
        practice=practice_standing(user),
    )
