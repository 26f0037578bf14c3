"""Questions read from the JSON of a StreamField, as the database holds it: no block is built and nothing is queried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from . import gaps
from .kinds import (
    Accepted,
    AcceptedQuantity,
    Case,
    ChoiceQuestion,
    Criterion,
    GapTextQuestion,
    HotspotQuestion,
    ImageRef,
    Kind,
    NumericalQuestion,
    OpenQuestion,
    Option,
    OrderingQuestion,
    Place,
    Placed,
    PlacingQuestion,
    Question,
    ScaleQuestion,
    ShortAnswerQuestion,
    Step,
    Zone,
    text_id,
)

TRUE_ID, FALSE_ID = "true", "false"
CASE = "case"
type Raw = Mapping[str, Any]


def items(values: Iterable[Any] | None) -> list[tuple[str, Any]]:
    """Return the id and the value of each item of a list block, whichever of its two notations it is in."""
    found = []
    for number, item in enumerate(values or ()):
        if isinstance(item, Mapping) and item.get("type") == "item" and "value" in item:
            found.append((item.get("id") or str(number), item["value"]))
        else:
            found.append((str(number), item))
    return found


def _texts(values: Iterable[Any] | None) -> list[str]:
    """Return the texts of a list of texts. Those of a draft may be missing."""
    return [text or "" for _id, text in items(values)]


def _number(value: Any, default: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(default)
    return number if number.is_finite() else Decimal(default)


def _text(value: Raw, key: str) -> str:
    return value.get(key) or ""


def image_ref(value: Any) -> ImageRef | None:
    """Return what an image block holds: an object, or the bare id of older data."""
    if isinstance(value, Mapping):
        if not value.get("image"):
            return None
        return ImageRef(value["image"], value.get("alt_text") or "", decorative=bool(value.get("decorative")))
    return ImageRef(value) if value else None


def _common(block_id: str, kind: Kind, value: Raw, case: Case | None) -> dict[str, Any]:
    return {
        "id": block_id,
        "kind": kind,
        "text": _text(value, "text"),
        "worth": Decimal(0) if kind is Kind.SCALE else _number(value.get("worth"), "1"),
        "explanation": _text(value, "explanation"),
        "hint": _text(value, "hint"),
        "lesson_id": value.get("lesson"),
        "image": image_ref(value.get("image")),
        "competence_codes": tuple(code for _id, code in items(value.get("competences")) if code),
        "case": case,
    }


def _choice(common: dict[str, Any], value: Raw) -> Question:
    if common["kind"] is Kind.TRUE_FALSE:
        options = tuple(
            Option(option_id, label, value.get("answer") == option_id, _text(value, f"feedback_{option_id}"))
            for option_id, label in ((TRUE_ID, "Vrai"), (FALSE_ID, "Faux"))
        )
    else:
        options = tuple(
            Option(option_id, _text(option, "text"), bool(option.get("correct")), _text(option, "feedback"))
            for option_id, option in items(value.get("options"))
        )
    return ChoiceQuestion(**common, options=options)


def _scale(common: dict[str, Any], value: Raw) -> Question:
    # Levels keep their place when their words change: results before and after a module stay comparable.
    levels = tuple(Option(str(n), text) for n, text in enumerate(_texts(value.get("levels")), 1))
    return ScaleQuestion(**common, levels=levels)


def _matching(common: dict[str, Any], value: Raw) -> Question:
    pairs = [pair for _id, pair in items(value.get("pairs"))]
    texts = [_text(pair, "match") for pair in pairs] + [text for text in _texts(value.get("distractors")) if text]
    places = {text_id(text): Place(text_id(text), text) for text in texts}
    placed = tuple(
        Placed(
            text_id(_text(pair, "prompt")),
            _text(pair, "prompt"),
            text_id(_text(pair, "match")),
            _text(pair, "feedback"),
        )
        for pair in pairs
    )
    return PlacingQuestion(**common, items=placed, places=tuple(places.values()))


def _categorize(common: dict[str, Any], value: Raw) -> Question:
    bins = [content for _id, content in items(value.get("bins"))]
    placed = tuple(
        Placed(text_id(text), text, text_id(_text(content, "label")), _text(content, "feedback"))
        for content in bins
        for text in _texts(content.get("items"))
    )
    places = tuple(Place(text_id(_text(content, "label")), _text(content, "label")) for content in bins)
    return PlacingQuestion(**common, items=placed, places=places)


def _ordering(common: dict[str, Any], value: Raw) -> Question:
    steps = tuple(Step(text_id(text), text, rank) for rank, text in enumerate(_texts(value.get("items")), 1))
    return OrderingQuestion(**common, steps=steps)


def _gap_text(common: dict[str, Any], value: Raw) -> Question:
    found, after = gaps.parse(_text(value, "body"))
    return GapTextQuestion(**common, gaps=found, after=after, typo=bool(value.get("typo")))


def _short_answer(common: dict[str, Any], value: Raw) -> Question:
    answers = tuple(
        Accepted(_text(answer, "text"), _number(answer.get("share"), "100"), _text(answer, "feedback"))
        for _id, answer in items(value.get("answers"))
    )
    return ShortAnswerQuestion(
        **common, answers=answers, typo=bool(value.get("typo")), feedback_other=_text(value, "feedback_other")
    )


def _numerical(common: dict[str, Any], value: Raw) -> Question:
    answers = tuple(
        AcceptedQuantity(
            _number(answer.get("value"), "0"),
            _number(answer.get("tolerance"), "0"),
            _number(answer.get("share"), "100"),
            _text(answer, "feedback"),
        )
        for _id, answer in items(value.get("answers"))
    )
    return NumericalQuestion(
        **common,
        answers=answers,
        unit=_text(value, "unit"),
        unit_rule="typed" if value.get("unit_rule") == "typed" else "shown",
        feedback_other=_text(value, "feedback_other"),
    )


def _hotspot(common: dict[str, Any], value: Raw) -> Question:
    zones = tuple(
        Zone(
            zone_id,
            _text(zone, "label"),
            "ellipse" if zone.get("shape") == "ellipse" else "rect",
            x=_number(zone.get("x"), "0"),
            y=_number(zone.get("y"), "0"),
            width=_number(zone.get("width"), "0"),
            height=_number(zone.get("height"), "0"),
            correct=bool(zone.get("correct")),
            feedback=_text(zone, "feedback"),
        )
        for zone_id, zone in items(value.get("zones"))
    )
    return HotspotQuestion(**common, picture=image_ref(value.get("picture")), zones=zones)


def _open(common: dict[str, Any], value: Raw) -> Question:
    criteria = tuple(
        Criterion(_text(criterion, "label"), _number(criterion.get("points"), "1"))
        for _id, criterion in items(value.get("criteria"))
    )
    return OpenQuestion(
        **common,
        marking="self" if value.get("marking") == "self" else "trainer",
        model_answer=_text(value, "model_answer"),
        criteria=criteria,
    )


_READERS: dict[Kind, Callable[[dict[str, Any], Raw], Question]] = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.TRUE_FALSE: _choice,
    Kind.MATCHING: _matching,
    Kind.ORDERING: _ordering,
    Kind.CATEGORIZE: _categorize,
    Kind.GAP_TEXT: _gap_text,
    Kind.SHORT_ANSWER: _short_answer,
    Kind.NUMERICAL: _numerical,
    Kind.HOTSPOT: _hotspot,
    Kind.OPEN: _open,
    Kind.SCALE: _scale,
}


def question_from_raw(block: Raw, case: Case | None = None) -> Question:
    """Return the question that a raw block (`{"type", "id", "value"}`) describes. A draft may be incomplete."""
    kind = Kind(block["type"])
    return _READERS[kind](_common(str(block.get("id") or ""), kind, block["value"], case), block["value"])


def case_from_raw(block: Raw) -> Case:
    """Return the situation of a raw case block, without its questions."""
    value = block["value"]
    return Case(str(block["id"]), _text(value, "title"), _text(value, "text"), image_ref(value.get("image")))


def questions_from_raw(stream: Iterable[Raw]) -> Iterator[Question]:
    """Yield the questions of a raw stream in order; those of a case carry it. Other blocks are passed over."""
    for block in stream:
        if block["type"] == CASE:
            case = case_from_raw(block)
            for inner in block["value"].get("questions") or ():
                yield question_from_raw(inner, case)
        elif block["type"] in set(Kind):
            yield question_from_raw(block)
