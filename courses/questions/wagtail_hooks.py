"""What questions add to Wagtail's admin: the image that zones are drawn on, a word on what could be better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.images import get_image_model
from wagtail.models import Page

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from .images import RENDITION
from .panels import TakesAdvice


def picture(request: HttpRequest, image_id: int) -> HttpResponse:
    """Lead to an image in the size that learners see: the one that a chooser shows is too small to draw on."""
    image = get_object_or_404(get_image_model(), pk=image_id)
    return redirect(image.get_rendition(RENDITION).url)


@hooks.register("register_admin_urls")
def register_question_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [path("questions/image/<rowid:image_id>/", picture, name="question_picture")]


def _tell(request: HttpRequest, instance: Any) -> None:
    """Say how much could be better in what was just published, with a link back. It is published all the same."""
    advice = instance.get_advice() if isinstance(instance, TakesAdvice) else None
    if not advice:
        return
    words = ngettext(
        "Un point pourrait être amélioré dans « {title} ».",
        "{count} points pourraient être améliorés dans « {title} ».",
        advice.count,
    )
    edit_url = AdminURLFinder(request.user).get_edit_url(instance)
    buttons = [messages.button(edit_url, _("Voir"))] if edit_url else []
    messages.warning(request, format_html(words, count=advice.count, title=str(instance)), buttons=buttons)


@hooks.register("after_publish_page")
def after_publishing_page(request: HttpRequest, page: Any) -> None:
    """Speak of a lesson or a quiz."""
    _tell(request, page)


def _unfinished(pages: Iterable[Page]) -> list[Page]:
    """Return the pages whose draft could not be published from its own form."""
    drafts = (page.specific.get_latest_revision_as_object() for page in pages)
    return [draft for draft in drafts if isinstance(draft, TakesAdvice) and draft.get_advice().is_blocking]


@hooks.register("before_bulk_action")
def publish_no_unfinished_draft(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Keep drafts with unfinished questions out of what is published together: no form checks them there."""
    if action_type != "publish" or not all(isinstance(each, Page) for each in objects):
        return None
    pages = list(objects)
    if action.cleaned_form.cleaned_data.get("include_descendants"):
        pages += [child for page in objects for child in page.get_descendants().not_live()]
    unfinished = _unfinished(pages)
    if not unfinished:
        return None
    titles = ", ".join(f"« {page.title} »" for page in unfinished)
    messages.error(request, _("Rien n'est publié. Finissez d'abord %(titles)s.") % {"titles": titles})
    return redirect(action.next_url)


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def after_saving_snippet(request: HttpRequest, instance: Any) -> None:
    """Speak of a question of a bank: it may be drawn as soon as it is saved."""
    _tell(request, instance)
