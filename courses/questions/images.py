"""The images that questions show, fetched together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail.images import get_image_model

from .kinds import Question
from .review import image_ids

RENDITION = "max-900x700|format-webp"


def question_images(questions: Iterable[Question]) -> dict[int, Any]:
    """Return the images of the questions by id, with the rendition that pages show: two queries, none without images.

    An image that was deleted since is not there: the question stays, without it.
    """
    wanted = image_ids(list(questions))
    if not wanted:
        return {}
    images = get_image_model().objects.filter(pk__in=wanted).prefetch_renditions(RENDITION)
    return {image.pk: image for image in images}
