"""What happens to a registration: opened, reported on, declared done. Each is one transaction and safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from courses.catalog.models import course_of
from courses.interactive.lrs import services as lrs
from courses.interactive.lrs.models import Statement
from courses.interactive.packages.models import Package, PackageVersion
from people.models import User

from . import scorm
from .models import PlayState, Registration
from .outcome import Outcome, Reported, Score, is_done, reported_by
from .places import NoSuchPlaceError, Place, actor_of, find_place
from .signals import activity_done
from .statements import checked_statement

MOST_STATEMENTS = 20_000
MOST_STATES = 200
REPORTS_A_MINUTE = 60
"""A player reports every few seconds at most; more than this is not a player."""


class TooManyReportsError(Exception):
    """More reports came for one registration in a minute than a player sends."""


@dataclass(frozen=True, slots=True)
class StateReport:
    """What a content wants back later, with the number that grows with each change on the device."""

    key: str
    sequence: int
    data: Any


@dataclass(frozen=True, slots=True)
class Report:
    """What a player sends of one stretch of time. `id` names it, so that it counts once however often it arrives.

    `cmi` holds the whole cmi data of SCOs by their identifier; `seconds` is the time spent since the report before.
    """

    id: str = ""
    statements: Sequence[Any] = ()
    states: Sequence[StateReport] = ()
    cmi: Sequence[StateReport] = ()
    seconds: int = 0
    seen: bool = False


@dataclass(slots=True)
class Received:
    """What was kept of a report, and where the person stands then."""

    registration: Registration
    place: Place
    statements: list[UUID] = field(default_factory=list)


@transaction.atomic
def register(user: User, place: Place, version: PackageVersion) -> Registration:
    """Return the person's registration in a place, made now if there was none, for the version that is played.

    A new version of an H5P content starts anew, since what it saved may not fit; what a SCORM package saved is kept.
    Results are kept.
    """
    registration, created = Registration.objects.get_or_create(
        user=user,
        page_id=place.page_id,
        block_id=place.block_id,
        defaults={"version": version, "last_at": timezone.now()},
    )
    if not created and registration.version_id != version.pk:
        registration = _lock(registration.pk)
        if version.package.kind == Package.Kind.H5P or registration.version.package_id != version.package_id:
            registration.states.all().delete()
        registration.version = version
        registration.save(update_fields=["version"])
    return registration


def _lock(registration_id: UUID) -> Registration:
    """Lock a registration, and its person as enrolling does: one of the two always sees what the other has done."""
    rows = Registration.objects.select_for_update(of=("self", "user")).select_related("user", "version__package")
    return rows.get(pk=registration_id)


@transaction.atomic(savepoint=False)
def update_outcome(
    registration_id: UUID,
    reported: Reported,
    *,
    seconds: int = 0,
    seen: bool = False,
    declared: bool = False,
) -> Registration:
    """Take in what a content says of the whole of it, and mark the activity as done if the rule of its place is met.

    The best score, a pass and a completion stay. Tells it by `activity_done`, once, in the same transaction. Raises
    Registration.DoesNotExist. `seconds` are added: whoever calls sees to it that they come once.
    """
    registration = _lock(registration_id)
    try:
        place = find_place(registration.page_id, registration.block_id)[0]
    except NoSuchPlaceError:
        place = None
    _apply(registration, place, reported, seconds=seconds, seen=seen, declared=declared)
    return registration


def outcome_of(registration: Registration) -> Outcome:
    """Return where a registration stands."""
    score = None
    if registration.score is not None:
        score = Score(registration.score, registration.score_raw, registration.score_max)
    return Outcome(score, registration.success, registration.completed_at is not None)


def _apply(
    registration: Registration,
    place: Place | None,
    reported: Reported,
    *,
    seconds: int = 0,
    seen: bool = False,
    declared: bool = False,
) -> None:
    """Write an outcome to a locked registration."""
    now = timezone.now()
    outcome = outcome_of(registration).after(reported)
    if outcome.score is not None:
        registration.score = outcome.score.scaled
        registration.score_raw = outcome.score.raw
        registration.score_max = outcome.score.maximum
    registration.success = outcome.success
    if outcome.completed and registration.completed_at is None:
        registration.completed_at = now
    registration.last_at = now
    # Nobody has spent more time than has passed.
    passed = int((now - registration.started_at).total_seconds()) + 1
    registration.seconds = max(registration.seconds, min(registration.seconds + max(seconds, 0), passed))
    done = (
        registration.done_at is None
        and place is not None
        and is_done(outcome, place.rule, place.pass_mark, seen=seen, declared=declared)
    )
    if done:
        registration.done_at = now
    registration.save(
        update_fields=[
            "score", "score_raw", "score_max", "success", "completed_at", "last_at", "seconds", "done_at",
        ]
    )  # fmt: skip
    if done:
        activity_done.send(Registration, registration=registration)


@transaction.atomic
def declare_done(user: User, place: Place, version: PackageVersion) -> Registration:
    """Note that the person says that they are done; it counts where the rule of the place lets them say it."""
    registration = register(user, place, version)
    return update_outcome(registration.pk, Reported(), declared=True)


def check_rate(registration_id: UUID) -> None:
    """Count a report for a registration. Raises TooManyReportsError."""
    key = f"playing:reports:{registration_id}:{int(timezone.now().timestamp()) // 60}"
    cache.add(key, 0, 120)
    if cache.incr(key) > REPORTS_A_MINUTE:
        raise TooManyReportsError


def _is_new(registration_id: UUID, report: Report) -> bool:
    return not report.id or cache.add(f"playing:report:{registration_id}:{report.id}", 1, 7 * 24 * 3600)


@transaction.atomic
def receive(registration_id: UUID, report: Report) -> Received:
    """Keep what a player reports, as far as it may be kept. Repeating a report changes nothing.

    Raises Registration.DoesNotExist, NoSuchPlaceError.
    """
    registration = _lock(registration_id)
    place, page = find_place(registration.page_id, registration.block_id)
    received = Received(registration, place)
    reported: list[Reported] = []
    if report.statements:
        actor = actor_of(registration.user_id)
        now = timezone.now()
        checked = (
            checked_statement(raw, place.activity, actor=actor, registration=registration.pk, now=now)
            for raw in report.statements
        )
        kept = {statement["id"]: statement for statement in checked if statement}
        received.statements = _record(registration, page, kept)
        reported = [reported_by(kept[str(number)], place.activity) for number in received.statements]
    _save_states(registration, report.states)
    if report.cmi and registration.version.package.kind in scorm.RUNTIMES:
        reported.append(scorm.receive_cmi(registration, report.cmi))
    seconds = report.seconds if _is_new(registration.pk, report) else 0
    outcome = Outcome()
    for one in reported:
        outcome = outcome.after(one)
    _apply(
        registration,
        place,
        Reported(outcome.score, outcome.success, outcome.completed),
        seconds=seconds,
        seen=report.seen,
    )
    return received


def _record(registration: Registration, page: Any, statements: dict[str, dict[str, Any]]) -> list[UUID]:
    """Store the statements that are new; return the ids of those that are this registration's, as they were sent."""
    known = dict(Statement.objects.filter(id__in=list(statements)).values_list("id", "registration"))
    ours = [number for number, owner in known.items() if owner == registration.pk]
    room = MOST_STATEMENTS - Statement.objects.filter(registration=registration.pk).count()
    new = [statement for number, statement in statements.items() if UUID(number) not in known][: max(room, 0)]
    if new:
        ours += lrs.record(
            new,
            federation=course_of(page).federation,
            user=registration.user,
            registration=registration.pk,
            client_reported=True,
        )
    return ours


def _save_states(registration: Registration, states: Sequence[StateReport]) -> None:
    """Write the states of an H5P content that are newer than the saved ones."""
    if not states or registration.version.package.kind != Package.Kind.H5P:
        return
    saved = dict(registration.states.values_list("key", "sequence"))
    newest: dict[str, StateReport] = {}
    for state in states:
        before = newest[state.key].sequence if state.key in newest else saved.get(state.key, -1)
        if state.sequence > before and (state.key in saved or len(saved) + len(newest) < MOST_STATES):
            newest[state.key] = state
    now = timezone.now()
    # What was erased stays as nothing at all, under its number: an older report does not bring it back.
    PlayState.objects.bulk_create(
        [
            PlayState(
                registration=registration,
                key=state.key,
                data="" if state.data is None else state.data,
                sequence=state.sequence,
                saved_at=now,
            )
            for state in newest.values()
        ],
        update_conflicts=True,
        unique_fields=["registration", "key"],
        update_fields=["data", "sequence", "saved_at"],
    )
