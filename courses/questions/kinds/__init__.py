"""The kinds of question: what each asks, which answers it takes, how it is graded and shown. Pure.

A question is a frozen dataclass. Its JSON is the snapshot that an attempt keeps: it holds the key, and is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field as PydanticField
from pydantic import TypeAdapter

from .base import Case, Choice, Field, ImageRef, Kind, Line, Question, Response, ResponseError, State, text_id
from .choices import ChoiceQuestion, Option, ScaleQuestion
from .hotspot import HotspotQuestion, Zone
from .placing import OrderingQuestion, Place, Placed, PlacingQuestion, Step
from .written import (
    Accepted,
    AcceptedQuantity,
    Criterion,
    Gap,
    GapAnswer,
    GapTextQuestion,
    NumericalQuestion,
    OpenQuestion,
    ShortAnswerQuestion,
)

type AnyQuestion = Annotated[
    ChoiceQuestion
    | ScaleQuestion
    | PlacingQuestion
    | OrderingQuestion
    | GapTextQuestion
    | ShortAnswerQuestion
    | NumericalQuestion
    | OpenQuestion
    | HotspotQuestion,
    PydanticField(discriminator="kind"),
]
_SNAPSHOT: TypeAdapter[Any] = TypeAdapter(list[AnyQuestion])  # a list of the questions above


def to_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Return the snapshot of questions, keys included."""
    dumped: list[dict[str, Any]] = _SNAPSHOT.dump_python(list(questions), mode="json")
    return dumped


def from_json(data: Iterable[Any]) -> list[Question]:
    """Read a snapshot back."""
    questions: list[Question] = _SNAPSHOT.validate_python(list(data))
    return questions


__all__ = [
    "Accepted",
    "AcceptedQuantity",
    "Case",
    "Choice",
    "ChoiceQuestion",
    "Criterion",
    "Field",
    "Gap",
    "GapAnswer",
    "GapTextQuestion",
    "HotspotQuestion",
    "ImageRef",
    "Kind",
    "Line",
    "NumericalQuestion",
    "OpenQuestion",
    "Option",
    "OrderingQuestion",
    "Place",
    "Placed",
    "PlacingQuestion",
    "Question",
    "Response",
    "ResponseError",
    "ScaleQuestion",
    "ShortAnswerQuestion",
    "State",
    "Step",
    "Zone",
    "from_json",
    "text_id",
    "to_json",
]
