"""What questions add to Wagtail's admin: the image that zones are drawn on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.images import get_image_model

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from .images import RENDITION


def picture(request: HttpRequest, image_id: int) -> HttpResponse:
    """Lead to an image in the size that learners see: the one that a chooser shows is too small to draw on."""
    image = get_object_or_404(get_image_model(), pk=image_id)
    return redirect(image.get_rendition(RENDITION).url)


@hooks.register("register_admin_urls")
def register_question_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [path("questions/image/<rowid:image_id>/", picture, name="question_picture")]
