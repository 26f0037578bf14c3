"""The parts of a lesson: its table of contents, and the slides that it may be read as. Pure: HTML in, HTML out."""

import html as html_entities
import re
from dataclasses import dataclass

from django.utils.html import strip_tags
from django.utils.text import slugify

_H2 = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_ANCHORED = re.compile(r'(?=<h2 id="([^"]+)">)')


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of a lesson and the anchor that leads to it."""

    anchor: str
    title: str


def add_anchors(html: str) -> tuple[str, list[Heading]]:
    """Give each `<h2>` an anchor made from its text, distinct from the others, and return the headings in order."""
    headings: list[Heading] = []
    taken: set[str] = set()

    def anchored(match: re.Match[str]) -> str:
        title = html_entities.unescape(strip_tags(match[1])).strip()
        base = slugify(title).replace("_", "-")[:60].strip("-") or "partie"
        anchor, number = base, 1
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        headings.append(Heading(anchor, title))
        return f'<h2 id="{anchor}">{match[1]}</h2>'

    return _H2.sub(anchored, html), headings


def in_slides(html: str) -> str:
    """Put each part of a text that went through `add_anchors` in a section: from a title to the next one.

    What comes before the first title is a section too, if there is anything to see there. Titles stand at the top level
    of a lesson, never inside another element.
    """
    first, *parts = _ANCHORED.split(html)
    slides = [f'<section class="slide" data-slide>{first}</section>'] if first.strip() else []
    slides += [
        f'<section class="slide" data-slide aria-labelledby="{anchor}">{part}</section>'
        for anchor, part in zip(parts[::2], parts[1::2], strict=True)
    ]
    return "\n".join(slides)
