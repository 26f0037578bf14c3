"""What the results of activities add to Wagtail's admin: addresses, an entry of the menu, buttons of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button

import people.http  # noqa: F401  (registers the «rowid» part of an address)
from courses.catalog.admin_pages import MembersMenuItem
from courses.catalog.models import LessonPage
from courses.catalog.rights import looks_after

from . import report
from .models import InteractivePage
from .places import places_of_lesson


@hooks.register("register_admin_urls")
def register_report_urls() -> list[URLPattern]:
    """Return the addresses: of an interactive page, and of a block of a lesson."""
    found = [path("activites/resultats/", report.results, name="playing_results")]
    for one in ("activites/<rowid:page_id>/resultats/", "activites/<rowid:page_id>/<uuid:block_id>/resultats/"):
        found += [
            path(one, report.report, name="playing_report"),
            path(f"{one}personnes/", report.people, name="playing_report_people"),
            path(f"{one}personnes/<uuid:registration_id>/", report.person, name="playing_report_person"),
            path(f"{one}<slug:what>.<slug:kind>", report.download, name="playing_report_download"),
        ]
    return found


@hooks.register("register_admin_menu_item")
def results_menu_item() -> MenuItem:
    """Lead to the results of one's activities."""
    return MembersMenuItem(
        _("Suivi des activités"),
        reverse("playing_results"),
        name="suivi-des-activites",
        icon_name="table",
        order=305,
    )


def _has_activities(page: Any) -> bool:
    if page.specific_class is InteractivePage:
        return True
    return page.specific_class is LessonPage and any(places_of_lesson(page.specific))


def _button(page: Any, user: Any) -> Iterator[Button]:
    if looks_after(user, page) and _has_activities(page):
        yield Button(_("Résultats"), reverse("playing_report", args=[page.pk]), icon_name="table", priority=66)


@hooks.register("register_page_header_buttons")
def results_in_header(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Lead to the results beside the other actions of a page that holds activities."""
    yield from _button(page, user)


@hooks.register("register_page_listing_more_buttons")
def results_in_listing(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Lead to the results from the list of pages."""
    yield from _button(page, user)
