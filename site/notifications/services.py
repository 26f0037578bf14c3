"""Telling people, and what they do with it. Each is one transaction; what an e-mail says is made in `mailing`.

`User.unread_notifications` is changed in the same statement's wake as the rows it counts: by as many as really changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from people.models import User

from .models import Cadence, Notification, Preference, Rhythm
from .registry import kind_of, kinds

GROUPED_FOR = timedelta(minutes=3)
"""What happens in so short a time goes into one e-mail, and what is read on the site meanwhile into none."""

SUMMARY_HOUR = time(7)
_BATCH = 2000


# -- When ----------------------------------------------------------------------------------------------------------


def next_summary(cadence: str, now: datetime, weekly_day: int = Rhythm.Day.MONDAY) -> datetime | None:
    """Return when the next summary of that cadence leaves: at seven, in the time zone of the site; None for others.

    A clock that is put back or forward changes nothing: it is seven by the wall.
    """
    if cadence not in {Cadence.DAILY, Cadence.WEEKLY}:
        return None
    local = timezone.localtime(now)
    day = local.date()
    if local.time() >= SUMMARY_HOUR:
        day += timedelta(days=1)
    if cadence == Cadence.WEEKLY:
        day += timedelta(days=(weekly_day - day.weekday()) % 7)
    return datetime.combine(day, SUMMARY_HOUR, tzinfo=timezone.get_default_timezone())


def _mail_due(cadence: str, now: datetime, weekly_day: int) -> datetime | None:
    return now + GROUPED_FOR if cadence == Cadence.NOW else next_summary(cadence, now, weekly_day)


# -- Telling -------------------------------------------------------------------------------------------------------


@transaction.atomic
def notify(user_ids: Iterable[int], *, kind: str, target_id: int, group: str = "") -> int:
    """Tell these people of one event, each as they have chosen; return how many are told in the site.

    Told again of the same thing, they are told nothing. Raises KeyError for a kind that no app has registered.
    """
    known = kind_of(kind)
    if known is None:
        raise KeyError(kind)
    now = timezone.now()
    told = 0
    ids = sorted(set(user_ids))
    for start in range(0, len(ids), _BATCH):
        told += _notify(ids[start : start + _BATCH], kind, target_id, group, now)
    return told


def _notify(ids: Sequence[int], kind: str, target_id: int, group: str, now: datetime) -> int:
    from . import tasks

    known = kind_of(kind)
    if known is None:
        raise KeyError(kind)
    # Who is told twice at one moment waits here: the second time finds the first one's rows.
    people = User.objects.select_for_update(no_key=True).filter(pk__in=ids, is_active=True).order_by("pk")
    active = list(people.values_list("pk", flat=True))
    already = set(
        Notification.objects.filter(user__in=active, kind=kind, target_id=target_id).values_list("user_id", flat=True)
    )
    chosen = {row.user_id: row for row in Preference.objects.filter(user__in=active, kind=kind)}
    days = dict(Rhythm.objects.filter(user__in=active).values_list("user_id", "weekly_day"))
    rows, in_site = [], []
    for pk in active:
        preference = chosen.get(pk)
        shown = known.required or preference is None or preference.in_site
        cadence = preference.cadence if preference else known.default
        due = _mail_due(cadence, now, days.get(pk, Rhythm.Day.MONDAY))
        if pk in already or not (shown or due):
            continue
        rows.append(
            Notification(
                user_id=pk,
                kind=kind,
                target_id=target_id,
                group=group,
                created_at=now,
                read_at=None if shown else now,
                mail_due_at=due,
            )
        )
        if shown:
            in_site.append(pk)
    Notification.objects.bulk_create(rows)
    User.objects.filter(pk__in=in_site).update(unread_notifications=F("unread_notifications") + 1)
    if any(row.mail_due_at and row.mail_due_at <= now + GROUPED_FOR for row in rows):
        transaction.on_commit(tasks.schedule_mail, robust=True)
    if in_site:
        transaction.on_commit(partial(tasks.wake_devices.enqueue, in_site), robust=True)
    return len(in_site)


# -- Reading -------------------------------------------------------------------------------------------------------


@transaction.atomic
def _mark_read(user: User, rows: QuerySet[Notification]) -> int:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    changed = rows.filter(user=user, read_at=None).update(read_at=timezone.now())
    _count_less(user, changed)
    return changed


def _count_less(user: User, number: int) -> None:
    if number:
        fewer = Greatest(F("unread_notifications") - number, 0)
        User.objects.filter(pk=user.pk).update(unread_notifications=fewer)
        user.unread_notifications = max(user.unread_notifications - number, 0)


def mark_group_read(user: User, group: str) -> int:
    """Note that the person has seen what a group is about, as when they open a topic; return how many were unread.

    What is read before its e-mail leaves is not mailed.
    """
    return _mark_read(user, Notification.objects.filter(group=group))


def mark_read(user: User, pk: int) -> int:
    """Note that the person has seen one notification."""
    return _mark_read(user, Notification.objects.filter(pk=pk))


def mark_all_read(user: User, up_to: int) -> int:
    """Note that the person has seen all, up to the one of this id: what came since they looked stays unread."""
    return _mark_read(user, Notification.objects.filter(pk__lte=up_to))


@transaction.atomic
def withdraw(*, kinds: Sequence[str], target_ids: Sequence[int]) -> None:
    """Forget what was told of something that is gone, and count it no more."""
    rows = Notification.objects.filter(kind__in=kinds, target_id__in=target_ids)
    _forget(rows)


def forget(user: User, pks: Sequence[int]) -> None:
    """Forget notifications that say nothing to the person any more."""
    with transaction.atomic():
        _forget(Notification.objects.filter(user=user, pk__in=pks))
    user.refresh_from_db(fields=["unread_notifications"])


def _forget(rows: QuerySet[Notification]) -> None:
    owners = list(
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=rows.values("user"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    found = list(rows.filter(user__in=owners).values_list("pk", "user_id", "read_at"))
    Notification.objects.filter(pk__in=[pk for pk, _owner, _read in found]).delete()
    unread: dict[int, int] = {}
    for _pk, owner, read_at in found:
        if read_at is None:
            unread[owner] = unread.get(owner, 0) + 1
    by_number: dict[int, list[int]] = {}
    for owner, number in unread.items():
        by_number.setdefault(number, []).append(owner)
    for number, people in by_number.items():
        User.objects.filter(pk__in=people).update(unread_notifications=Greatest(F("unread_notifications") - number, 0))


# -- Choosing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def choose(user: User, kind: str, *, in_site: bool, cadence: str) -> None:
    """Write how a person wants to be told of a kind; what already waits for an e-mail follows."""
    Preference.objects.update_or_create(user=user, kind=kind, defaults={"in_site": in_site, "cadence": cadence})
    rhythm = Rhythm.objects.filter(user=user).first()
    due = _mail_due(cadence, timezone.now(), rhythm.weekly_day if rhythm else Rhythm.Day.MONDAY)
    Notification.objects.filter(user=user, kind=kind, batch=None, mail_due_at__isnull=False).update(mail_due_at=due)


def stop_mail(user: User, kind: str) -> None:
    """Send no more e-mails of a kind; what is shown in the site stays as it was."""
    preference = Preference.objects.filter(user=user, kind=kind).first()
    choose(user, kind, in_site=preference.in_site if preference else True, cadence=Cadence.NEVER)


@transaction.atomic
def choose_rhythm(user: User, *, weekly_day: int, digest: str) -> None:
    """Write when a person gets their summaries."""
    now = timezone.now()
    Rhythm.objects.update_or_create(
        user=user,
        defaults={
            "weekly_day": weekly_day,
            "digest": digest,
            "digest_due_at": next_summary(digest, now, weekly_day),
        },
        create_defaults={
            "weekly_day": weekly_day,
            "digest": digest,
            "digest_due_at": next_summary(digest, now, weekly_day),
            "digest_since": now,
        },
    )
    weekly = [preference.kind for preference in Preference.objects.filter(user=user, cadence=Cadence.WEEKLY)]
    weekly += [kind.code for kind in kinds() if kind.default == Cadence.WEEKLY]
    Notification.objects.filter(user=user, kind__in=weekly, batch=None, mail_due_at__gt=now + GROUPED_FOR).update(
        mail_due_at=next_summary(Cadence.WEEKLY, now, weekly_day)
    )


# -- Counting again ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Miscount:
    """A person whose number of unread notifications was wrong."""

    user_id: int
    said: int
    true: int

    def __str__(self) -> str:
        return f"compte {self.user_id}, notifications non lues : {self.said} au lieu de {self.true}"


def recount() -> Iterator[Miscount]:
    """Compare each person's number with their unread notifications; write and yield what was wrong."""
    unread = (
        Notification.objects.filter(user=OuterRef("pk"), read_at=None)
        .order_by()
        .values("user")
        .annotate(number=Count("pk"))
        .values("number")
    )
    people = User.objects.annotate(true=Coalesce(Subquery(unread, output_field=IntegerField()), 0))
    wrong = people.filter(~Q(unread_notifications=F("true"))).values_list("pk", "unread_notifications", "true")
    for pk, said, true in wrong.iterator(chunk_size=1000):
        User.objects.filter(pk=pk).update(unread_notifications=true)
        yield Miscount(pk, said, true)
