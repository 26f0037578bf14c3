"""What the LRS adds to Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from . import admin


@hooks.register("register_admin_urls")
def register_xapi_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [path("xapi/enonces/", admin.statements, name="xapi_statements")]


class StatementsMenuItem(MenuItem):
    """The entry of the list of statements, for those who may give keys to them."""

    def is_shown(self, request: Any) -> bool:
        """Whether the person is an editor of a federation, or administers the site."""
        return admin.policy.user_has_permission(request.user, "view")


@hooks.register("register_xapi_menu_item")
def statements_menu_item() -> MenuItem:
    """Lead to the list of statements, from the menu «Traces xAPI»."""
    return StatementsMenuItem(
        _("Énoncés reçus"), reverse("xapi_statements"), name="enonces-xapi", icon_name="list-ul", order=300
    )
