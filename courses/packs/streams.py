"""Blocks of a text as the raw data of a StreamField, with ids that the next load of the same text makes again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from people.text import search_key

from .markup import Part, Table
from .reading import Block
from .schema import (
    AnyQuestion,
    ImageAttributes,
    LawAttributes,
    QuotationAttributes,
    TableAttributes,
    TitleAttributes,
    TrueFalse,
    VideoAttributes,
)

# Never change it: every id of a loaded block, question and option comes from it, and learners' answers name them.
NAMESPACE = UUID("6f3c1b52-8d0e-5a67-9c41-2f7b60d3e9a8")

type Raw = dict[str, Any]


def stable_id(*steps: str) -> str:
    """Return the id of what the steps lead to: «course-id/lesson-id», then a position or a question."""
    return str(uuid5(NAMESPACE, "/".join(steps)))


def item(kind: str, value: Any, *steps: str) -> Raw:
    """Return one block of a stream."""
    return {"type": kind, "value": value, "id": stable_id(*steps)}


def items(values: Iterable[Any], *steps: str) -> list[Raw]:
    """Return the children of a list block."""
    return [item("item", value, *steps, str(position)) for position, value in enumerate(values)]


def question(asked: AnyQuestion, key: str, lessons: Mapping[str, int]) -> Raw:
    """Return the block of a question of the text `key`. `lessons` gives the page of each lesson by its id.

    An option is known by its text, whatever its place: putting options in another order changes no one's answer.
    """
    value: Raw = {
        "text": asked.text,
        "explanation": asked.explanation,
        "worth": str(asked.worth),
        "lesson": lessons.get(asked.lesson or ""),
        "competences": items(asked.competences, key, asked.id, "competences"),
    }
    if isinstance(asked, TrueFalse):
        value |= {
            "answer": "true" if asked.answer else "false",
            "feedback_true": asked.feedback_true,
            "feedback_false": asked.feedback_false,
        }
    else:
        value["options"] = [
            item(
                "item",
                {"text": option.text, "correct": option.correct, "feedback": option.feedback},
                key,
                asked.id,
                search_key(option.text),
            )
            for option in asked.options
        ]
    return item(asked.type, value, key, asked.id)


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


def body(
    blocks: Iterable[Block], key: str, images: Mapping[str, int], lessons: Mapping[str, int] | None = None
) -> list[Raw]:
    """Return the stream of a body; `key` is that of its page: «course-id/lesson-id» or «page/slug»."""
    stream = []
    for position, block in enumerate(blocks):
        if block.name == "question":
            stream.append(question(block.content, key, lessons or {}))  # type: ignore[arg-type]
            continue
        place = str(position)
        kind, value = _value(block, images, key, place)
        stream.append(item(kind, value, key, place))
    return stream
