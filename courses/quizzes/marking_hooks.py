"""What quizzes add to Wagtail's admin for those who run them: regrading, marking, extra time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import regrade_views
from .models import QuizPage
from .rights import may_regrade


@hooks.register("register_admin_urls")
def register_marking_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [
        path("quiz/<rowid:quiz_id>/recorriger/", regrade_views.regrade, name="quiz_regrade"),
        path("quiz/<rowid:quiz_id>/recorrections/", regrade_views.log, name="quiz_regrades"),
        path(
            "quiz/<rowid:quiz_id>/recorrections/<rowid:regrade_id>/", regrade_views.detail, name="quiz_regrade_detail"
        ),
    ]


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
