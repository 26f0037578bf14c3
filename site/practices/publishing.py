"""What happens when a sheet is published: it gets a version, and those whom it concerns are told."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from wagtail.models import Revision, TaskState

from . import notices
from .models import SheetPage, SheetStanding, SheetVersion


@transaction.atomic
def follow_publication(sender: type, instance: SheetPage, revision: Revision | None = None, **kwargs: Any) -> None:
    """Number a version when it is published. The same revision published again is the same version."""
    if revision is None or SheetVersion.objects.filter(revision=revision).exists():
        return
    SheetStanding.objects.get_or_create(sheet=instance)
    standing = SheetStanding.objects.select_for_update().get(sheet=instance)
    SheetStanding.objects.filter(pk=standing.pk).update(version=F("version") + 1)
    version = SheetVersion.objects.create(
        sheet=instance,
        number=standing.version + 1,
        revision=revision,
        content=revision.content,
        note=instance.change_note,
        reviewed_on=instance.reviewed_on,
    )
    notices.tell_of_version(version)


def follow_submission(sender: type, instance: TaskState, **kwargs: Any) -> None:
    """Tell the reviewers that a sheet waits for them."""
    if isinstance(sheet := _sheet_of(instance), SheetPage):
        notices.tell_reviewers(sheet, instance)


def follow_rejection(sender: type, instance: TaskState, **kwargs: Any) -> None:
    """Tell the author that corrections are asked for."""
    if isinstance(sheet := _sheet_of(instance), SheetPage):
        notices.tell_of_remark(sheet, instance)


def _sheet_of(state: TaskState) -> Any:
    return getattr(state.workflow_state.content_object, "specific", None)
