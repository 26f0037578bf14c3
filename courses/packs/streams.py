"""Blocks of a text as the raw data of a StreamField."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .ids import Raw, item, items
from .markup import Part, Table
from .questions import Question, Target
from .reading import Block
from .schema import (
    ImageAttributes,
    LawAttributes,
    QuotationAttributes,
    TableAttributes,
    TitleAttributes,
    VideoAttributes,
)


def _table(content: Table, attributes: TableAttributes) -> Raw:
    return {
        "caption": attributes.legende,
        "table": {
            "columns": [{"type": "text", "heading": heading} for heading in content.header],
            "rows": [{"values": list(row)} for row in content.rows],
            "caption": "",
        },
    }


def _parts(content: tuple[Part, ...], *steps: str) -> list[Raw]:
    return items(({"title": part.title, "text": part.text} for part in content), *steps)


def _value(block: Block, images: Mapping[str, int], *steps: str) -> tuple[str, Any]:
    """Return the type and the value of the StreamField block that a block of text becomes."""
    content: Any = block.content
    match block.name, block.attributes:
        case "etapes", TitleAttributes() as attributes:
            return "steps", {"title": attributes.titre or "", "steps": _parts(content, *steps)}
        case "accordeon", _:
            return "accordion", {"items": _parts(content, *steps)}
        case "loi", LawAttributes() as attributes:
            return "callout", {
                "kind": "loi",
                "title": "",
                "text": content,
                "reference": attributes.reference,
                "in_force_on": attributes.date.isoformat(),
                "url": attributes.url or "",
            }
        case kind, TitleAttributes() as attributes:
            return "callout", {"kind": kind, "title": attributes.titre or "", "text": content}
        case "citation", QuotationAttributes() as attributes:
            return "quotation", {"text": content, "author": attributes.auteur or "", "source": attributes.source or ""}
        case "tableau", TableAttributes() as attributes:
            return "table", _table(content, attributes)
        case "image", ImageAttributes() as attributes:
            image = {
                "image": images[attributes.src],
                "alt_text": attributes.alt or "",
                "decorative": attributes.decorative,
            }
            return "image", {"image": image, "caption": attributes.legende or "", "credit": attributes.credit or ""}
        case "video", VideoAttributes() as attributes:
            return "video", {
                "url": attributes.url,
                "title": attributes.titre,
                "duration": attributes.duree or "",
                "description": content,
            }
    return "markdown", content


def body(blocks: Iterable[Block], target: Target) -> list[Raw]:
    """Return the stream of a body; the key of the target is that of its page: «course-id/lesson-id» or «page/slug»."""
    stream = []
    for position, block in enumerate(blocks):
        if isinstance(block.content, Question):
            stream.append(block.content.raw(target))
            continue
        place = str(position)
        kind, value = _value(block, target.images, target.key, place)
        stream.append(item(kind, value, target.key, place))
    return stream
