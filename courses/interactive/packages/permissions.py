"""Who may do what with interactive contents: by collection, as with documents; installing library code by a right."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy
from wagtail.permissions import register_permission_policy

from .models import Package

INSTALL = "packages.add_library"
"""The right to bring script to the site that runs in learners' browsers."""

MANAGE = ("add", "change", "delete")
"""What somebody may do who finds the contents in the menu of the admin."""

policy = CollectionOwnershipPermissionPolicy(Package, owner_field_name="created_by")
register_permission_policy(Package, policy)


def packages_for(user: Any, *actions: str) -> QuerySet[Package]:
    """Return the packages with which the person may do one of the actions («change», «choose», «delete»)."""
    found: QuerySet[Package] = policy.instances_user_has_any_permission_for(user, actions)
    return found


def may_open(user: Any, package: Package) -> bool:
    """Whether the person may see what is inside a package, right answers included: who may change or choose it."""
    allowed: bool = policy.user_has_any_permission_for_instance(user, ("change", "choose"), package)
    return allowed


def may_install(user: Any) -> bool:
    """Whether the person may install library code and remove it."""
    allowed: bool = user.is_active and user.has_perm(INSTALL)
    return allowed
