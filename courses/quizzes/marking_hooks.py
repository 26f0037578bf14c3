"""What quizzes add to Wagtail's admin for those who run them: regrading, marking, extra time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.widgets import Button

import people.http  # noqa: F401  (registers the «rowid» part of an address)
from courses.catalog.admin_pages import MembersMenuItem

from . import allowance_views, marking_views, regrade_views
from .marking import waiting
from .models import QuizPage
from .rights import may_regrade

COUNTED = 100
"""The menu counts the answers that wait up to here: it is on every page of the admin."""


@hooks.register("register_admin_urls")
def register_marking_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [
        path("quiz/<rowid:quiz_id>/recorriger/", regrade_views.regrade, name="quiz_regrade"),
        path("quiz/<rowid:quiz_id>/recorrections/", regrade_views.log, name="quiz_regrades"),
        path(
            "quiz/<rowid:quiz_id>/recorrections/<rowid:regrade_id>/", regrade_views.detail, name="quiz_regrade_detail"
        ),
        path("quiz/copies/", marking_views.queue, name="quiz_marking"),
        path("quiz/copies/<rowid:answer_id>/", marking_views.mark, name="quiz_mark"),
        path("quiz/temps/", allowance_views.allowances, name="quiz_allowances"),
        path("quiz/temps/ajouter/", allowance_views.add, name="quiz_allowance_add"),
        path("quiz/temps/<rowid:allowance_id>/retirer/", allowance_views.delete, name="quiz_allowance_delete"),
    ]


class MarkingMenuItem(MembersMenuItem):
    """The entry of the queue, with how many answers wait."""

    def render_component(self, request: Any) -> LinkMenuItem:
        """Return the entry with its count, if there is anything to count."""
        number = waiting(request.user)[: COUNTED + 1].count()
        count = f" ({COUNTED}+)" if number > COUNTED else f" ({number})" if number else ""
        return LinkMenuItem(
            self.name, f"{self.label}{count}", self.url, icon_name=self.icon_name, classname=self.classname
        )


@hooks.register("register_quiz_menu_item")
def marking_menu_item() -> MenuItem:
    """Lead to the answers to mark."""
    url = reverse("quiz_marking")
    return MarkingMenuItem(_("Copies à noter"), url, name="copies-a-noter", icon_name="edit", order=301)


@hooks.register("register_quiz_menu_item")
def allowances_menu_item() -> MenuItem:
    """Lead to extra time."""
    url = reverse("quiz_allowances")
    return MembersMenuItem(_("Temps supplémentaire"), url, name="temps", icon_name="history", order=302)


def _regrade_button(page: Any, user: Any) -> Iterator[Button]:
    quiz = page.specific if page.specific_class is QuizPage else None
    if quiz is not None and may_regrade(user, quiz):
        yield Button(
            _("Recorriger les essais"), reverse("quiz_regrade", args=[quiz.pk]), icon_name="rotate", priority=67
        )


@hooks.register("register_page_header_buttons")
def regrade_in_header(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer to regrade beside the other actions of a quiz."""
    yield from _regrade_button(page, user)


@hooks.register("register_page_listing_more_buttons")
def regrade_in_listing(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer to regrade in the list of pages."""
    yield from _regrade_button(page, user)
