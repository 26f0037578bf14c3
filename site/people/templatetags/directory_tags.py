"""What the pages of the directory need to draw and to name."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from people.directory_map import INNER_PARIS, Counted, Shape
from people.directory_models import ContactMessage, DirectoryEntry

register = template.Library()


@register.simple_tag
def receiver_name(message: ContactMessage) -> str:
    """Return the name of who gets a message, as far as the directory shows it to who sent it."""
    entry: DirectoryEntry | None = getattr(message.receiver, "directory_entry", None)
    return message.receiver.display_name if entry and entry.listed and entry.show_name else "un membre du réseau"


@register.simple_tag
def map_department(shape: Shape, by_code: Mapping[str, Counted], *, small: bool = False) -> SafeString:
    """Draw a département of the map as a link; nothing for one that the site doesn't know.

    One that is too small to be touched is drawn again in a box: there it is the link of the keyboard.
    """
    department = by_code.get(shape.code)
    if department is None:
        return mark_safe("")
    number = format_html('<text class="map__number" x="{}" y="{}">{}</text>', shape.x, shape.y, department.structures)
    repeated = small and shape.code in INNER_PARIS
    return format_html(
        '<a class="map__department map__shade-{}" href="{}" {}><title>{}</title><path d="{}"/>{}</a>',
        department.shade,
        reverse("directory:department", args=[shape.code]),
        mark_safe('tabindex="-1" aria-hidden="true"') if repeated else format_html('aria-label="{}"', department.label),
        department.label,
        shape.path,
        "" if repeated else number,
    )
