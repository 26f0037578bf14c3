"""Trials of sheets: told, changed, taken back, hidden; and the counts that follow them. Each is one transaction.

The standing of the sheet is locked first: counts follow each other, whoever tells at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from people.models import User

from . import rights
from .models import SheetPage, SheetStanding, Trial
from .ranking import score

_COUNTS = ("trial_count", "worked_count", "partly_count", "failed_count", "score")


class NotAllowedError(Exception):
    """The person may not do this here."""


def _lock(sheet_id: int) -> SheetStanding:
    SheetStanding.objects.get_or_create(sheet_id=sheet_id)
    return SheetStanding.objects.select_for_update().get(sheet_id=sheet_id)


def _counted(sheet_id: int) -> dict[str, int]:
    counts = Trial.objects.filter(sheet=sheet_id, hidden_at=None).aggregate(
        worked_count=Count("pk", filter=Q(outcome=Trial.Outcome.WORKED)),
        partly_count=Count("pk", filter=Q(outcome=Trial.Outcome.PARTLY)),
        failed_count=Count("pk", filter=Q(outcome=Trial.Outcome.FAILED)),
    )
    return _completed(counts["worked_count"], counts["partly_count"], counts["failed_count"])


def _completed(worked: int, partly: int, failed: int) -> dict[str, int]:
    return {
        "trial_count": worked + partly + failed,
        "worked_count": worked,
        "partly_count": partly,
        "failed_count": failed,
        "score": score(worked, partly, failed),
    }


def _follow(sheet_id: int) -> None:
    SheetStanding.objects.filter(sheet_id=sheet_id).update(**_counted(sheet_id))


@transaction.atomic
def tell(user: User, sheet: SheetPage, *, outcome: str, place: str = "", adapted: str = "", story: str = "") -> Trial:
    """Keep how a trial went: one for each person and sheet, told again it is changed. Raises NotAllowedError.

    A hidden one stays hidden, whatever its author changes.
    """
    if not rights.may_try(user, sheet):
        raise NotAllowedError
    _lock(sheet.pk)
    values: dict[str, Any] = {"outcome": outcome, "place": place, "adapted": adapted, "story": story}
    trial = Trial.objects.filter(sheet=sheet, user=user).first()
    if trial is None:
        trial = Trial.objects.create(sheet=sheet, user=user, **values)
        _tell_authors(trial)
    elif any(getattr(trial, name) != value for name, value in values.items()):
        Trial.objects.filter(pk=trial.pk).update(updated_at=timezone.now(), **values)
        trial.refresh_from_db()
    _follow(sheet.pk)
    return trial


def _tell_authors(trial: Trial) -> None:
    from .notices import tell_of_trial

    tell_of_trial(trial)


@transaction.atomic
def take_back(user: User, sheet: SheetPage) -> None:
    """Delete one's trial. Doing it again changes nothing."""
    _lock(sheet.pk)
    Trial.objects.filter(sheet=sheet, user=user).delete()
    _follow(sheet.pk)


@transaction.atomic
def hide(user: User, trial: Trial, *, hidden: bool) -> None:
    """Hide a trial from readers and from the counts, or show it again. Raises NotAllowedError."""
    sheet = SheetPage.objects.get(pk=trial.sheet_id)
    if not rights.may_hide_trials(user, sheet):
        raise NotAllowedError
    _lock(sheet.pk)
    Trial.objects.filter(pk=trial.pk).update(hidden_at=timezone.now() if hidden else None)
    _follow(sheet.pk)


# -- Recounting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Miscount:
    """A number that was wrong."""

    what: str
    was: int
    now: int

    def __str__(self) -> str:
        return f"{self.what} : {self.was} → {self.now}"


def recount() -> Iterator[Miscount]:
    """Compare what is kept of trials with the trials, mend what is wrong, and yield it. For `eti recount`."""
    missing = SheetPage.objects.filter(standing=None)
    for pk in list(missing.values_list("pk", flat=True)):
        SheetStanding.objects.get_or_create(sheet_id=pk)
    shown = Q(sheet__trials__hidden_at=None)
    kept = SheetStanding.objects.annotate(
        worked=Count("sheet__trials", filter=shown & Q(sheet__trials__outcome=Trial.Outcome.WORKED)),
        partly=Count("sheet__trials", filter=shown & Q(sheet__trials__outcome=Trial.Outcome.PARTLY)),
        failed=Count("sheet__trials", filter=shown & Q(sheet__trials__outcome=Trial.Outcome.FAILED)),
    )
    for row in kept.order_by("pk").iterator():
        right = _completed(row.worked, row.partly, row.failed)
        if all(getattr(row, name) == right[name] for name in _COUNTS):
            continue
        with transaction.atomic():
            # Someone may have told of a trial since the first look.
            locked = _lock(row.pk)
            right = _counted(row.pk)
            wrong = [name for name in _COUNTS if getattr(locked, name) != right[name]]
            SheetStanding.objects.filter(pk=row.pk).update(**right)
        for name in wrong:
            yield Miscount(f"sheet {row.pk} {name}", getattr(locked, name), right[name])
