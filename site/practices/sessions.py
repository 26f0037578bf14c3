"""What is done with session plans: make, change, share, copy, throw away and take back. Each is one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from wagtail.models import Page

from people.models import User
from people.text import search_key

from .session_models import SessionPlan, SessionStep

RESTORE_WITHIN = timedelta(days=30)
LICENCE = "CC BY-SA 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/4.0/deed.fr"

TEXTS = ("objective", "audience", "place", "materials", "gestures", "safety", "assessment", "traces")
STEP_FIELDS = ("phase", "minutes", "method", "trainer", "people")


class ChangedElsewhereError(Exception):
    """The plan was changed since the form was shown: another tab, or another device."""


def _write(plan: SessionPlan, fields: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    """Write the texts, ties and steps of a plan."""
    for name in ("title", "minutes", *TEXTS):
        setattr(plan, name, fields[name])
    plan.updated_at = timezone.now()
    parts = [plan.title, *(getattr(plan, name) for name in TEXTS)]
    parts += [str(step[name]) for step in steps for name in ("phase", "trainer", "people")]
    plan.words = "\n".join(search_key(part) for part in parts if part)
    plan.save()
    plan.trades.set(fields["trades"])
    plan.competences.set(fields["competences"])
    SessionStep.objects.filter(plan=plan).delete()
    SessionStep.objects.bulk_create(
        SessionStep(plan=plan, position=position, **{name: step[name] for name in STEP_FIELDS})
        for position, step in enumerate(steps, 1)
    )


def _lock_own(owner: User, plan_id: int) -> SessionPlan:
    return SessionPlan.objects.of(owner).select_for_update(no_key=True).get(pk=plan_id)


@transaction.atomic
def create_plan(
    owner: User,
    *,
    submission: uuid.UUID,
    steps: Sequence[Mapping[str, Any]],
    page: Page | None = None,
    **fields: Any,
) -> SessionPlan:
    """Make a plan; the form that was saved already (by itself, or by a first tap) changes the plan that it made.

    Thrown away since, that plan comes back.
    """
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    plan = SessionPlan.objects.filter(owner=owner, submission=submission).first()
    if plan is None:
        plan = SessionPlan(owner=owner, submission=submission, page=page)
    else:
        plan.revision += 1
        plan.deleted_at = None
    _write(plan, fields, steps)
    return plan


@transaction.atomic
def change_plan(
    owner: User, plan_id: int, *, revision: int, steps: Sequence[Mapping[str, Any]], **fields: Any
) -> SessionPlan:
    """Change one's plan. Raises SessionPlan.DoesNotExist, and ChangedElsewhereError if `revision` is not the last."""
    plan = _lock_own(owner, plan_id)
    if plan.revision != revision:
        raise ChangedElsewhereError
    plan.revision += 1
    _write(plan, fields, steps)
    return plan


@transaction.atomic
def share(owner: User, plan_id: int, *, shared: bool) -> None:
    """Let members read and copy one's plan, or no longer. Copies that were made stay. Twice is once."""
    plans = SessionPlan.objects.of(owner).filter(pk=plan_id)
    if shared:
        plans.filter(shared_at=None).update(shared_at=timezone.now())
    else:
        plans.update(shared_at=None)


@transaction.atomic
def copy_plan(user: User, plan_id: int, *, submission: uuid.UUID) -> SessionPlan:
    """Copy a plan that one may read; the same form sent twice makes one copy.

    Of another's plan the copy keeps the origin, and is counted there. Raises SessionPlan.DoesNotExist.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if made := SessionPlan.objects.filter(owner=user, submission=submission).first():
        return made
    origin = SessionPlan.objects.readable_by(user).get(pk=plan_id)
    trades, competences, steps = list(origin.trades.all()), list(origin.competences.all()), list(origin.steps.all())
    own = origin.owner_id == user.pk
    # A copy of one's own copy still owes its matter to whom it came from.
    credited, copied = (origin.copied_from, origin.copied) if own else (origin, True)
    copy = SessionPlan(owner=user, submission=submission, page_id=origin.page_id, copied_from=credited, copied=copied)
    fields = {name: getattr(origin, name) for name in ("title", "minutes", *TEXTS)}
    if own:
        fields["title"] = f"{origin.title[:110]} (copie)"
    _write(
        copy,
        {**fields, "trades": trades, "competences": competences},
        [{name: getattr(step, name) for name in STEP_FIELDS} for step in steps],
    )
    if not own:
        SessionPlan.objects.filter(pk=origin.pk).update(copy_count=F("copy_count") + 1)
    return copy


@transaction.atomic
def delete_plan(owner: User, plan_id: int) -> bool:
    """Throw one's plan away; it may be taken back for thirty days. Return whether it was still there."""
    SessionPlan.objects.filter(owner=owner, deleted_at__lt=timezone.now() - RESTORE_WITHIN).delete()
    return bool(SessionPlan.objects.of(owner).filter(pk=plan_id).update(deleted_at=timezone.now()))


def restore_plan(owner: User, plan_id: int) -> bool:
    """Take back what one threw away. Return whether there was something to take back."""
    thrown = thrown_away(owner).filter(pk=plan_id)
    return bool(thrown.update(deleted_at=None))


def thrown_away(owner: User) -> Any:
    """Return the plans that one may still take back, the last one first."""
    return SessionPlan.objects.filter(owner=owner, deleted_at__gte=timezone.now() - RESTORE_WITHIN).order_by(
        "-deleted_at"
    )


def find_words(plans: Any, text: str) -> Any:
    """Keep the plans in which each word is found somewhere."""
    for word in search_key(text).split()[:8]:
        plans = plans.filter(words__contains=word)
    return plans


# -- Personal data -------------------------------------------------------------------------------------------------


def export_personal_data(user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return the plans that a person wrote, thrown away ones included while they may be taken back."""
    plans: Iterable[SessionPlan] = (
        SessionPlan.objects.filter(owner=user).order_by("pk").prefetch_related("steps", "trades", "competences")
    )
    return [
        (
            "seances",
            [
                {
                    "titre": plan.title,
                    "minutes": plan.minutes,
                    **{str(plan._meta.get_field(name).verbose_name): getattr(plan, name) for name in TEXTS},  # type: ignore[union-attr]
                    "etapes": [
                        {
                            "etape": step.phase,
                            "minutes": step.minutes,
                            "methode": step.short_method,
                            "encadrant": step.trainer,
                            "salaries": step.people,
                        }
                        for step in plan.steps.all()
                    ],
                    "filieres": [trade.name for trade in plan.trades.all()],
                    "competences": [str(competence) for competence in plan.competences.all()],
                    "creee_le": plan.created_at,
                    "modifiee_le": plan.updated_at,
                    "partagee_le": plan.shared_at,
                    "supprimee_le": plan.deleted_at,
                    "copies": plan.copy_count,
                }
                for plan in plans
            ],
        )
    ]
