"""What the results of quizzes add to Wagtail's admin: addresses, an entry of the menu, buttons of a quiz's page."""

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
from courses.catalog.rights import looks_after

from . import report
from .models import QuizPage


@hooks.register("register_admin_urls")
def register_report_urls() -> list[URLPattern]:
    """Return the addresses."""
    one = "quiz/<rowid:quiz_id>/resultats/"
    return [
        path("quiz/resultats/", report.results, name="quiz_results"),
        path(one, report.report, name="quiz_report"),
        path(f"{one}essais/", report.attempts, name="quiz_report_attempts"),
        path(f"{one}essais/<uuid:attempt_id>/", report.attempt, name="quiz_report_attempt"),
        path(f"{one}<slug:what>.<slug:kind>", report.download, name="quiz_report_download"),
    ]


@hooks.register("register_quiz_menu_item")
def results_menu_item() -> MenuItem:
    """Lead to the results of one's quizzes, from the menu «Quiz»."""
    return MembersMenuItem(
        _("Résultats des quiz"), reverse("quiz_results"), name="resultats-des-quiz", icon_name="table", order=0
    )


def _button(page: Any, user: Any) -> Iterator[Button]:
    if page.specific_class is QuizPage and looks_after(user, page):
        yield Button(_("Résultats"), reverse("quiz_report", args=[page.pk]), icon_name="table", priority=66)


@hooks.register("register_page_header_buttons")
def results_in_header(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Lead to the results beside the other actions of a quiz."""
    yield from _button(page, user)


@hooks.register("register_page_listing_more_buttons")
def results_in_listing(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Lead to the results from the list of pages."""
    yield from _button(page, user)
