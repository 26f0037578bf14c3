"""Template tags of questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from courses.questions.images import RENDITION
from courses.questions.kinds import ImageRef

register = template.Library()


@register.inclusion_tag("questions/image.html")
def question_image(reference: ImageRef | None, images: Mapping[int, Any], **attributes: str) -> dict[str, Any]:
    """Show an image of a question, if it still exists. `images` comes from `question_images`."""
    image = images.get(reference.id) if reference else None
    if image is None or reference is None:
        return {}
    return {
        "rendition": image.get_rendition(RENDITION),
        "alt": "" if reference.decorative else reference.alt or image.default_alt_text,
        "attributes": attributes,
    }
