"""What interactive contents add to Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import SearchArea

from .admin_views import PackageViewSet, package_viewset
from .chooser import PackageChooserViewSet, package_chooser
from .forms import GroupPackagePermissionFormSet
from .models import Library
from .permissions import MANAGE, may_install, policy


@hooks.register("register_admin_viewset")
def register_packages() -> PackageViewSet:
    """Give the screens their addresses and their place in the menu."""
    return package_viewset


@hooks.register("register_admin_viewset")
def register_package_chooser() -> PackageChooserViewSet:
    """Give the chooser its addresses."""
    return package_chooser


@hooks.register("register_group_permission_panel")
def register_package_permissions() -> type[GroupPackagePermissionFormSet]:
    """Show, with the settings of a group, the collections whose contents it may use."""
    return GroupPackagePermissionFormSet


@hooks.register("register_permissions")
def register_library_permission() -> QuerySet[Permission]:
    """Show, with the settings of a group, the right to install library code."""
    return Permission.objects.filter(
        content_type__app_label=Library._meta.app_label, codename=f"add_{Library._meta.model_name}"
    )


class LibrariesMenuItem(MenuItem):
    """The entry of the settings for those who install library code."""

    def is_shown(self, request: Any) -> bool:
        """Whether the person does."""
        return may_install(request.user)


@hooks.register("register_settings_menu_item")
def register_libraries_menu_item() -> MenuItem:
    """Lead to the libraries."""
    return LibrariesMenuItem(
        _("Bibliothèques H5P"), reverse("packages:libraries"), name="bibliotheques-h5p", icon_name="code", order=810
    )


class PackageSearchArea(SearchArea):
    """Where the search of the admin looks for contents."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person has any to look for."""
        allowed: bool = policy.user_has_any_permission(request.user, MANAGE)
        return allowed


@hooks.register("register_admin_search_area")
def register_package_search() -> SearchArea:
    """Let the search of the admin look for contents."""
    return PackageSearchArea(
        _("Contenus interactifs"), reverse("packages:index"), name="packages", icon_name="desktop", order=310
    )
