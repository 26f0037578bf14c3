"""A federation's rights on its own space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from courses.interactive.packages.models import Package
from people.models import Federation
from people.services import role_groups

from .models import CoursePage, FederationPage

# An author writes and submits; an editor also publishes, and may lock a page while reviewing it.
_AUTHOR_RIGHTS = ("add_page",)
_EDITOR_RIGHTS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")


def federation_collection(federation: Federation) -> Collection:
    """Return the collection that holds the federation's images, documents and interactive contents, made if need be."""
    root = Collection.get_first_root_node()
    existing = root.get_children().filter(name=federation.name).first()
    return existing or root.add_child(name=federation.name)


def _page_permissions(codenames: Iterable[str]) -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=codenames))


def _media_permissions() -> list[Permission]:
    models = (get_image_model(), get_document_model(), Package)
    codenames = [f"{verb}_{model._meta.model_name}" for model in models for verb in ("add", "change", "choose")]
    apps = {model._meta.app_label for model in models}
    return list(Permission.objects.filter(content_type__app_label__in=apps, codename__in=codenames))


@transaction.atomic
def grant_federation_rights(space: FederationPage) -> None:
    """Give the federation's groups their rights on its space and its collection, on nothing else. Safe to repeat."""
    federation = space.federation
    collection = federation_collection(federation)
    rights: Mapping[Group, Iterable[str]] = {
        federation.author_group: _AUTHOR_RIGHTS,
        federation.editor_group: _EDITOR_RIGHTS,
    }
    GroupPagePermission.objects.filter(page=space, group__in=role_groups()).exclude(group__in=rights).delete()
    for group, codenames in rights.items():
        GroupPagePermission.objects.filter(group=group).exclude(page=space).delete()
        for permission in _page_permissions(codenames):
            GroupPagePermission.objects.get_or_create(group=group, page=space, permission=permission)
        for permission in _media_permissions():
            GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)


def grant_all_rights() -> None:
    """Give the federations that are there already what a later version of the site lets federations do."""
    for space in FederationPage.objects.select_related("federation"):
        grant_federation_rights(space)


@transaction.atomic
def follow_move(space: FederationPage) -> None:
    """Give the modules of a space the federation of the space: after a module was moved there."""
    CoursePage.objects.descendant_of(space).exclude(federation=space.federation).update(federation=space.federation)
