"""What people are told about sheets. What is said is made when it is read (`notifications`), by the rights of then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page, TaskState

from notifications.models import Cadence
from notifications.registry import Kind, Line, register_kind
from notifications.services import notify
from people.models import User

from .models import SheetPage, SheetProposal, SheetVersion, Trial
from .rights import may_review, reviewers_of

REVIEW, COMMENT, PUBLISHED = "practices.review", "practices.comment", "practices.published"
TRIAL, REUSE = "practices.trial", "practices.reuse"
EXCERPT = 160


def sheet_group(sheet_id: int) -> str:
    """Return the group of what is told about a sheet: opening it marks that as read."""
    return f"sheet:{sheet_id}"


# -- Whom to tell --------------------------------------------------------------------------------------------------


def _authors(sheet: SheetPage) -> set[int]:
    """Return the people whom the sheet credits, and who proposed it."""
    people = set(sheet.credits.filter(user__isnull=False).values_list("user_id", flat=True))
    return people | set(SheetProposal.objects.filter(page=sheet).values_list("owner_id", flat=True))


def tell_reviewers(sheet: SheetPage, state: TaskState) -> None:
    """Tell those who review in the space of a sheet that it waits for them."""
    space = sheet.get_parent().specific
    people = set(reviewers_of(space).values_list("pk", flat=True)) - {sheet.owner_id}
    notify(people, kind=REVIEW, target_id=state.pk, group=sheet_group(sheet.pk))


def tell_of_remark(sheet: SheetPage, state: TaskState) -> None:
    """Tell who proposed a sheet what its reviewers ask for."""
    owner = SheetProposal.objects.filter(page=sheet).values_list("owner_id", flat=True)
    notify(set(owner) - {state.finished_by_id}, kind=COMMENT, target_id=state.pk, group=sheet_group(sheet.pk))


def tell_of_version(version: SheetVersion) -> None:
    """Tell the authors that their sheet is published, and for a first version those of the sheet that it varies."""
    sheet = version.sheet
    authors = _authors(sheet)
    notify(authors, kind=PUBLISHED, target_id=version.pk, group=sheet_group(sheet.pk))
    if version.number == 1 and sheet.variant_of is not None:
        origin = sheet.variant_of
        notify(_authors(origin) - authors, kind=REUSE, target_id=sheet.pk, group=sheet_group(origin.pk))


def tell_of_trial(trial: Trial) -> None:
    """Tell the authors of a sheet that someone tried it."""
    notify(_authors(trial.sheet) - {trial.user_id}, kind=TRIAL, target_id=trial.pk, group=sheet_group(trial.sheet_id))


# -- What is said --------------------------------------------------------------------------------------------------


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"


def _states(ids: Sequence[int], status: str) -> list[tuple[TaskState, SheetPage]]:
    states = TaskState.objects.filter(
        pk__in=ids,
        status=status,
        workflow_state__base_content_type=ContentType.objects.get_for_model(Page),
    ).select_related("workflow_state", "finished_by")
    by_page = {int(state.workflow_state.object_id): state for state in states}
    sheets = SheetPage.objects.in_bulk(list(by_page))
    return [(state, sheets[pk]) for pk, state in by_page.items() if pk in sheets]


def _describe_reviews(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    return {
        state.pk: Line(
            title=_("Une fiche attend votre relecture : « %s »") % sheet.draft_title,
            url=reverse("wagtailadmin_pages:edit", args=[sheet.pk]),
            excerpt=_excerpt(sheet.summary),
            group_title=sheet.draft_title,
            group_url=reverse("wagtailadmin_pages:edit", args=[sheet.pk]),
        )
        for state, sheet in _states(ids, TaskState.STATUS_IN_PROGRESS)
        if may_review(user, sheet)
    }


def _describe_remarks(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    proposals = dict(SheetProposal.objects.filter(owner=user, page__isnull=False).values_list("page_id", "pk"))
    return {
        state.pk: Line(
            title=_("Votre fiche « %s » est à corriger") % sheet.draft_title,
            url=reverse("practices:edit", args=[proposals[sheet.pk]]),
            actor=state.finished_by.display_name if state.finished_by else "",
            excerpt=_excerpt(state.comment),
            group_title=sheet.draft_title,
            group_url=reverse("practices:own"),
        )
        for state, sheet in _states(ids, TaskState.STATUS_REJECTED)
        if sheet.pk in proposals
    }


def _shown(ids: Any) -> dict[int, SheetPage]:
    return {sheet.pk: sheet for sheet in SheetPage.objects.live().public().filter(pk__in=ids)}


def _sheet_url(sheet_id: int) -> str:
    return reverse("practices:sheet", args=[sheet_id])


def _describe_versions(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    versions = list(SheetVersion.objects.filter(pk__in=ids))
    sheets = _shown({version.sheet_id for version in versions})
    lines = {}
    for version in versions:
        if (sheet := sheets.get(version.sheet_id)) is None:
            continue
        title = (
            _("Votre fiche « %s » est publiée")
            if version.number == 1
            else _("La nouvelle version de votre fiche « %s » est publiée")
        )
        url = _sheet_url(sheet.pk)
        lines[version.pk] = Line(title % sheet.title, url, excerpt=version.note, group_title=sheet.title, group_url=url)
    return lines


def _describe_trials(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    trials = list(Trial.objects.filter(pk__in=ids, hidden_at=None).select_related("user"))
    sheets = _shown({trial.sheet_id for trial in trials})
    return {
        trial.pk: Line(
            title=_("%(who)s a essayé « %(sheet)s » : %(outcome)s")
            % {
                "who": trial.author_name,
                "sheet": sheets[trial.sheet_id].title,
                "outcome": trial.get_outcome_display().lower(),
            },
            url=f"{_sheet_url(trial.sheet_id)}#essai-{trial.pk}",
            actor=trial.author_name,
            excerpt=_excerpt(trial.story or trial.adapted),
            group_title=sheets[trial.sheet_id].title,
            group_url=_sheet_url(trial.sheet_id),
        )
        for trial in trials
        if trial.sheet_id in sheets
    }


def _describe_reuses(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    sheets = _shown(ids)
    origins = _shown({sheet.variant_of_id for sheet in sheets.values()})
    return {
        sheet.pk: Line(
            title=_("Votre fiche « %(origin)s » a une variante : « %(sheet)s »")
            % {"origin": origins[sheet.variant_of_id].title, "sheet": sheet.title},
            url=_sheet_url(sheet.pk),
            excerpt=_excerpt(sheet.summary),
            group_title=origins[sheet.variant_of_id].title,
            group_url=_sheet_url(sheet.variant_of_id),
        )
        for sheet in sheets.values()
        if sheet.variant_of_id in origins
    }


def register() -> None:
    """Make the kinds known. Called once, when the site starts."""
    for kind in (
        Kind(
            REVIEW,
            gettext_lazy("Fiches à relire"),
            _describe_reviews,
            help=gettext_lazy("Si vous relisez les fiches d'une fédération ou d'un réseau."),
        ),
        Kind(COMMENT, gettext_lazy("Corrections demandées sur ma fiche"), _describe_remarks, required=True),
        Kind(PUBLISHED, gettext_lazy("Ma fiche est publiée"), _describe_versions),
        Kind(TRIAL, gettext_lazy("Quelqu'un a essayé ma fiche"), _describe_trials, default=Cadence.DAILY),
        Kind(REUSE, gettext_lazy("Ma fiche a une variante"), _describe_reuses, default=Cadence.DAILY),
    ):
        register_kind(kind)
