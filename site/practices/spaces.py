"""The spaces of sheets: made when the first sheet is sent there, and kept in step with who reviews in them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupPagePermission, Page, Workflow, WorkflowPage, WorkflowTask

from courses.catalog.services import federation_collection
from pages.models import HomePage
from people.models import Federation, Membership, Network, NetworkMembership

from .models import NamedReviewer, PeerReviewTask, SheetIndexPage, SheetSpacePage
from .rights import reviewers_of

INDEX_SLUG = "pratiques"
# Nothing is added in the admin: sheets come from the form, with the consents that it asks for.
_REVIEWER_RIGHTS = ("change_page", "publish_page", "lock_page", "unlock_page")
_WORKFLOW = "Relecture des fiches pratiques"
_PROPOSALS = "Propositions de fiches"


class NoHomeError(Exception):
    """The site has no home page yet: there is no place for sheets."""


# -- Pages and workflow --------------------------------------------------------------------------------------------


@transaction.atomic
def sheet_index() -> SheetIndexPage:
    """Return the page of all sheets, made if it is missing. Raises NoHomeError."""
    index: SheetIndexPage | None = SheetIndexPage.objects.first()
    if index is None:
        home = HomePage.objects.select_for_update(of=("self",)).first()
        if home is None:
            raise NoHomeError
        index = SheetIndexPage.objects.first() or home.add_child(
            instance=SheetIndexPage(title=_("Fiches pratiques"), slug=INDEX_SLUG)
        )
    ensure_review(index)
    return index


def ensure_review(index: SheetIndexPage) -> Workflow:
    """Have sheets reviewed: one workflow of one step for all spaces. A workflow that administrators chose stays."""
    assigned = WorkflowPage.objects.select_related("workflow").filter(page=index).first()
    if assigned:
        return assigned.workflow
    task, _created = PeerReviewTask.objects.get_or_create(name=_WORKFLOW)
    workflow, _created = Workflow.objects.get_or_create(name=_WORKFLOW)
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task, defaults={"sort_order": 0})
    WorkflowPage.objects.get_or_create(page=index, defaults={"workflow": workflow})
    return workflow


@transaction.atomic
def space_of(*, federation: Federation | None = None, network: Network | None = None) -> SheetSpacePage:
    """Return the space of a federation or of a network, made with its group of reviewers if it is missing."""
    index = sheet_index()
    # Two first sheets at once make one space.
    Page.objects.select_for_update(of=("self",)).get(pk=index.pk)
    owner: Federation | Network | None = federation or network
    if owner is None:
        msg = "A space belongs to a federation or to a network."
        raise ValueError(msg)
    found = SheetSpacePage.objects.filter(federation=federation, network=network).first()
    if found is not None:
        return found
    slug = owner.slug if federation else f"reseau-{owner.slug}"
    group, _created = Group.objects.get_or_create(name=f"{slug} : relecture des fiches")
    group.permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
    space: SheetSpacePage = index.add_child(
        instance=SheetSpacePage(
            title=owner.name, slug=slugify(slug), federation=federation, network=network, reviewers=group
        )
    )
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailcore", content_type__model="page", codename__in=_REVIEWER_RIGHTS
    ):
        GroupPagePermission.objects.get_or_create(group=group, page=space, permission=permission)
    sync_reviewers(space)
    return space


# -- Images --------------------------------------------------------------------------------------------------------


def _collection(name: str) -> Collection:
    root = Collection.get_first_root_node()
    found: Collection | None = root.get_children().filter(name=name).first()
    return found or root.add_child(name=name)


def proposals_collection() -> Collection:
    """Return the collection of photos that are not sent yet: nobody but administrators sees it in the admin."""
    return _collection(_PROPOSALS)


def space_collection(space: SheetSpacePage) -> Collection:
    """Return the collection of the photos of a space."""
    if space.federation is not None:
        return federation_collection(space.federation)
    return _collection(space.title)


# -- Reviewers -----------------------------------------------------------------------------------------------------


def sync_reviewers(space: SheetSpacePage) -> None:
    """Make the group of a space say who reviews there."""
    space.reviewers.user_set.set(reviewers_of(space))


def _sync(**of: Any) -> None:
    for space in SheetSpacePage.objects.select_related("reviewers").filter(**of):
        sync_reviewers(space)


def follow_membership(instance: Membership, *, raw: bool = False, **kwargs: Any) -> None:
    """Follow a change of a federation's team."""
    if not raw:
        _sync(federation=instance.federation_id)


def follow_network_membership(instance: NetworkMembership, *, raw: bool = False, **kwargs: Any) -> None:
    """Follow a change of the moderators of a network."""
    if not raw:
        _sync(network=instance.network_id)


def follow_named_reviewer(instance: NamedReviewer, *, raw: bool = False, **kwargs: Any) -> None:
    """Follow a change of the peers named for a space."""
    if not raw:
        _sync(pk=instance.space_id)
