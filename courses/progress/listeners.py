"""What progress does when something happens in the layers below."""

from __future__ import annotations

from typing import Any

from wagtail.models import Page

from courses.catalog.models import CoursePage, LessonPage, course_of
from courses.interactive.playing.models import NO_BLOCK, InteractivePage, Registration
from courses.quizzes.models import Attempt, course_path
from people.models import User
from people.tasks import enqueue_once

from .models import ActivityState, Enrolment
from .services import see_activity, set_done, set_not_done
from .tasks import recompute_progress


def lesson_was_viewed(sender: type, lesson: LessonPage, user: User, **kwargs: Any) -> None:
    """Note the view for an enrolled person."""
    _note_view(lesson, user)


def activity_was_viewed(sender: type, page: InteractivePage, user: User, **kwargs: Any) -> None:
    """Note the view for an enrolled person."""
    _note_view(page, user)


def _note_view(page: LessonPage | InteractivePage, user: User) -> None:
    enrolment = Enrolment.objects.filter(user=user, course=page.course).first()
    if enrolment is not None:
        see_activity(enrolment, page)


def activity_was_done(sender: type, registration: Registration, **kwargs: Any) -> None:
    """An interactive activity that meets its rule is done, in the same transaction, for one who follows the module.

    A content inside a lesson is a part of the lesson: the reader says when the lesson is done.
    """
    if registration.block_id != NO_BLOCK:
        return
    followed = Enrolment.objects.filter(user=registration.user_id, course=course_of(registration.page))
    set_done(followed, registration.page_id, done_at=registration.done_at)


def attempt_was_graded(sender: type, attempt: Attempt, **kwargs: Any) -> None:
    """A passed quiz is done, in the transaction that graded it, for one who follows the module.

    It is to be done again when a new grade takes the pass away, unless another attempt was passed.
    """
    followed = Enrolment.objects.filter(user_id=attempt.user_id, course__path=course_path(attempt.quiz))
    if attempt.passed:
        done = ActivityState.objects.filter(activity=attempt.quiz_id, done_at__isnull=False)
        set_done(followed.exclude(pk__in=done.values("enrolment")), attempt.quiz_id, done_at=attempt.submitted_at)
    elif not Attempt.objects.filter(user=attempt.user_id, quiz=attempt.quiz_id, passed=True).exists():
        was_done = followed.filter(states__activity=attempt.quiz_id, states__done_at__isnull=False)
        set_not_done(was_done, attempt.quiz_id)


def course_has_changed(sender: type, instance: Page, **kwargs: Any) -> None:
    """Have everyone's progress brought in step with the activities that the module now has."""
    paths = {instance.path}
    if before := kwargs.get("parent_page_before"):
        paths |= {before.path + "0000", kwargs["parent_page_after"].path + "0000"}
    parents = {path[: -Page.steplen] for path in paths}
    for course_id in CoursePage.objects.filter(path__in=parents).values_list("pk", flat=True):
        enqueue_once(recompute_progress, course_id)


def personal_data_of_progress(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return the part of progress in the copy that a person takes of their data."""
    enrolments = Enrolment.objects.filter(user=user).select_related("course").prefetch_related("states__activity")
    return [
        (
            "progression",
            [
                {
                    "module": enrolment.course.title,
                    "inscrit": enrolment.enrolled_at,
                    "avancement en %": enrolment.percent,
                    "terminé": enrolment.completed_at,
                    "activités": [
                        {
                            "activité": state.activity.title,
                            "ouverte": state.first_seen_at,
                            "rouverte": state.last_seen_at,
                            "terminée": state.done_at,
                            "dernier titre lu": state.anchor,
                        }
                        for state in enrolment.states.all()
                    ],
                }
                for enrolment in enrolments.order_by("enrolled_at")
            ],
        )
    ]
