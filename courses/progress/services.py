"""What moves a person forward in a module. Each function is one transaction and may be repeated without harm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import models, transaction
from django.db.models import Min
from django.utils import timezone
from wagtail.models import Page

from courses.catalog.models import CoursePage, course_activities
from courses.interactive.playing.models import NO_BLOCK, Registration
from courses.quizzes.models import Attempt
from people.models import User

from .completion import standing
from .models import ActivityState, Enrolment

BATCH = 500


@transaction.atomic
def enrol(user: User, course: CoursePage) -> Enrolment:
    """Return the person's enrolment in the module, made now if there was none.

    Quizzes passed and interactive activities done before count at once.
    """
    # Submitting a quiz, or finishing an activity, locks the same row: one of the two always sees what the other did.
    User.objects.select_for_update().get(pk=user.pk)
    enrolment, created = Enrolment.objects.get_or_create(user=user, course=course)
    if created:
        passed = (
            Attempt.objects.filter(user=user, passed=True, quiz__path__startswith=course.path)
            .values_list("quiz_id")
            .annotate(first=Min("submitted_at"))
        )
        played = Registration.objects.filter(
            user=user, block_id=NO_BLOCK, done_at__isnull=False, page__path__startswith=course.path
        ).values_list("page_id", "done_at")
        for activity_id, first in [*passed, *played]:
            _write_done(enrolment, activity_id, first)
        recompute_course(course, [enrolment])
    return enrolment


def see_activity(enrolment: Enrolment, activity: Page) -> None:
    """Note that an enrolled person was shown an activity: where «Continuer» leads. One statement, no lock held."""
    now = timezone.now()
    ActivityState.objects.bulk_create(
        [ActivityState(enrolment=enrolment, activity_id=activity.pk, first_seen_at=now, last_seen_at=now)],
        update_conflicts=True,
        unique_fields=["enrolment", "activity"],
        update_fields=["last_seen_at"],
    )


def keep_place(enrolment: Enrolment, activity_id: int, anchor: str) -> None:
    """Remember the last title that the reader of a lesson reached.

    The page says it as it closes, perhaps after the next one has opened: which lesson was opened last does not change.
    """
    ActivityState.objects.filter(enrolment=enrolment, activity_id=activity_id).update(anchor=anchor[:80])


# savepoint=False: these run inside the transaction of what caused them, or open their own.
@transaction.atomic(savepoint=False)
def set_done(
    enrolments: models.QuerySet[Enrolment], activity_id: int, *, done_at: datetime | None = None
) -> Enrolment | None:
    """Mark an activity as done, from `done_at` or now, in the one enrolment of the queryset, and bring it up to date.

    The first date stands. Returns the enrolment, or None if the queryset is empty.
    """
    locked = _locked(enrolments)
    if locked:
        done = _done_dates([locked])
        if activity_id not in done[locked.pk]:
            done[locked.pk][activity_id] = done_at or timezone.now()
            _write_done(locked, activity_id, done[locked.pk][activity_id])
        _recompute(locked.course, [locked], done)
    return locked


@transaction.atomic(savepoint=False)
def set_not_done(enrolments: models.QuerySet[Enrolment], activity_id: int) -> Enrolment | None:
    """Mark an activity as still to do, and bring the enrolment up to date. A module completed once stays completed."""
    locked = _locked(enrolments)
    if locked:
        ActivityState.objects.filter(enrolment=locked, activity_id=activity_id).update(done_at=None)
        recompute_course(locked.course, [locked])
    return locked


def _locked(enrolments: models.QuerySet[Enrolment]) -> Enrolment | None:
    return enrolments.select_for_update(of=("self",)).select_related("course").first()


def _write_done(enrolment: Enrolment, activity_id: int, done_at: datetime) -> None:
    """Write when an activity was done. The enrolment is locked, and the activity was not done before."""
    state = ActivityState(
        enrolment=enrolment, activity_id=activity_id, first_seen_at=done_at, last_seen_at=done_at, done_at=done_at
    )
    # The row may be there, or come meanwhile: opening an activity takes no lock.
    ActivityState.objects.bulk_create(
        [state], update_conflicts=True, unique_fields=["enrolment", "activity"], update_fields=["done_at"]
    )


def recompute_course(course: CoursePage, enrolments: Sequence[Enrolment] | None = None) -> int:
    """Bring enrolments (all of the module's by default) in step with what is done and with the module as it stands.

    Returns how many changed. Running it again changes nothing. All of them are done in batches, each in a transaction
    of its own: no one who learns meanwhile waits for more than a batch.
    """
    if enrolments is not None:
        return _recompute(course, enrolments, _done_dates(enrolments))
    everyone = Enrolment.objects.filter(course=course).order_by("pk")
    changed = last = 0
    while True:
        with transaction.atomic(savepoint=False):
            # Locked before the states and the module are read: whoever finishes an activity meanwhile waits, and is
            # not overwritten; a second recomputation of the same module cannot be overtaken by an older one.
            batch = list(everyone.filter(pk__gt=last)[:BATCH].select_for_update())
            if not batch:
                return changed
            changed += _recompute(course, batch, _done_dates(batch))
        last = batch[-1].pk


def _done_dates(enrolments: Sequence[Enrolment]) -> dict[int, dict[int, datetime]]:
    """Return when each activity was done, by enrolment id and activity id."""
    done: dict[int, dict[int, datetime]] = defaultdict(dict)
    for state in ActivityState.objects.filter(enrolment__in=enrolments):
        if state.done_at:
            done[state.enrolment_id][state.activity_id] = state.done_at
    return done


@transaction.atomic(savepoint=False)
def _recompute(course: CoursePage, enrolments: Sequence[Enrolment], done: Mapping[int, Mapping[int, datetime]]) -> int:
    activities = course_activities(course)
    changed = []
    for enrolment in enrolments:
        dates = done[enrolment.pk]
        now = standing(activities, dates)
        before = (enrolment.percent, enrolment.completed_at)
        enrolment.percent = now.percent
        if now.complete and enrolment.completed_at is None:
            counted = {a.id for a in activities if a.required} or {a.id for a in activities}
            enrolment.completed_at = max(date for activity_id, date in dates.items() if activity_id in counted)
        if (enrolment.percent, enrolment.completed_at) != before:
            changed.append(enrolment)
    Enrolment.objects.bulk_update(changed, ["percent", "completed_at"], batch_size=BATCH)
    return len(changed)
