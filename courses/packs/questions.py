"""Questions and quizzes as the files of a pack hold them, and the blocks that they become.

What makes a question impossible to answer is judged by `courses.questions.checks`, as in the editor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from courses.questions import checks
from courses.questions.raw import question_from_raw
from people.text import search_key

from .ids import Raw, item, items
from .schema import (
    AltText,
    Codes,
    FileModel,
    Identifier,
    Inline400,
    Inline3000,
    Line150,
    Line200,
    Line250,
    Line300,
    Markdown5000,
    Note3000,
    Note5000,
    Number,
    Worth,
    alt_fault,
    fault,
)

Share = Annotated[Number, Field(ge=0, le=100, decimal_places=2)]
Quantity = Annotated[Number, Field(max_digits=18, decimal_places=6)]
Percent = Annotated[Number, Field(ge=0, le=100, decimal_places=2)]
EXAMPLES = "chaque type de question a son exemple dans content/README.md"


@dataclass(frozen=True, slots=True)
class Target:
    """The text that a question stands in, «course-id/lesson-id», and the pages and images of the site it may name."""

    key: str
    images: Mapping[str, int]
    pages: Mapping[str, int]


# Enough to judge a question by: every image is there.
_NOWHERE = Target("", defaultdict(lambda: 1), {})


class Picture(FileModel):
    """An image of the folder `images/`, and what it says to those who don't see it."""

    src: Line150
    alt: AltText | None = None
    decorative: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if found := alt_fault(self.alt, decorative=self.decorative):
            raise fault(*found)
        return self


def _picture(picture: Picture | None, target: Target) -> Raw | None:
    if picture is None:
        return None
    return {"image": target.images[picture.src], "alt_text": picture.alt or "", "decorative": picture.decorative}


class Question(FileModel):
    """What every kind has. `key_part` is where its right answers stand."""

    key_part: ClassVar[str] = "type"

    id: Identifier
    type: str
    text: Inline3000
    image: Picture | None = None
    hint: Inline400 = ""
    explanation: Note3000 = ""
    lesson: Identifier | None = None
    competences: Codes = []

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if found := checks.faults(question_from_raw(self.raw(_NOWHERE))):
            told = " ; ".join(each.rstrip(".") for each in found)
            raise fault(told[0].lower() + told[1:], f"corrigez « {self.key_part} » ; {EXAMPLES}", self.key_part)
        return self

    def raw(self, target: Target) -> Raw:
        """Return the block that the question becomes."""
        value = {
            "text": self.text,
            "hint": self.hint,
            "explanation": self.explanation,
            "lesson": target.pages.get(self.lesson or ""),
            "competences": items(self.competences, target.key, self.id, "competences"),
        }
        return item(self.type, value | self._own(target), target.key, self.id)

    def _own(self, target: Target) -> Raw:
        raise NotImplementedError


class _Scored(Question):
    worth: Worth = Decimal(1)

    def _own(self, target: Target) -> Raw:
        return {"worth": str(self.worth), "image": _picture(self.image, target)}

    def _list(self, values: Iterable[FileModel], target: Target) -> list[Raw]:
        dumped = (value.model_dump(mode="json") for value in values)
        return items(dumped, target.key, self.id, self.key_part)


class _Explained(_Scored):
    explanation: Inline3000


# -- Choosing ------------------------------------------------------------------------------------------------------


class Option(FileModel):
    """One possible answer."""

    text: Line300
    correct: bool = False
    feedback: Inline400 = ""


class _Choice(_Explained):
    key_part = "options"
    options: Annotated[list[Option], Field(min_length=2, max_length=10)]

    def _own(self, target: Target) -> Raw:
        # An option is known by its text, whatever its place: putting options in another order changes no one's answer.
        options = [
            item("item", option.model_dump(), target.key, self.id, search_key(option.text)) for option in self.options
        ]
        return {**super()._own(target), "options": options}


class SingleChoice(_Choice):
    """One right answer."""

    type: Literal["single"]


class MultipleChoice(_Choice):
    """Several right answers, and at least one wrong."""

    type: Literal["multiple"]


class TrueFalse(_Explained):
    """A statement that is true or false."""

    type: Literal["true_false"]
    answer: bool
    feedback_true: Inline400 = ""
    feedback_false: Inline400 = ""

    def _own(self, target: Target) -> Raw:
        return {
            **super()._own(target),
            "answer": "true" if self.answer else "false",
            "feedback_true": self.feedback_true,
            "feedback_false": self.feedback_false,
        }


# -- Placing -------------------------------------------------------------------------------------------------------


class Pair(FileModel):
    """A prompt and what goes with it."""

    prompt: Line300
    match: Line300
    feedback: Inline400 = ""


class Matching(_Explained):
    """Match each prompt; `distractors` fit none."""

    key_part = "pairs"
    type: Literal["matching"]
    pairs: Annotated[list[Pair], Field(min_length=2, max_length=12)]
    distractors: Annotated[list[Line300], Field(max_length=12)] = []

    def _own(self, target: Target) -> Raw:
        return {
            **super()._own(target),
            "pairs": self._list(self.pairs, target),
            "distractors": items(self.distractors, target.key, self.id, "distractors"),
        }


class Ordering(_Explained):
    """Steps, written in the right order."""

    key_part = "items"
    type: Literal["ordering"]
    items: Annotated[list[Line300], Field(min_length=2, max_length=12)]

    def _own(self, target: Target) -> Raw:
        return {**super()._own(target), "items": items(self.items, target.key, self.id, "items")}


class Bin(FileModel):
    """A bin and what belongs in it."""

    label: Annotated[Line200, Field(max_length=100)]
    items: Annotated[list[Line200], Field(max_length=12)] = []
    feedback: Inline400 = ""


class Categorize(_Explained):
    """Sort items into bins."""

    key_part = "bins"
    type: Literal["categorize"]
    bins: Annotated[list[Bin], Field(min_length=2, max_length=6)]

    def _own(self, target: Target) -> Raw:
        steps = (target.key, self.id, "bins")
        bins = [
            {**content.model_dump(), "items": items(content.items, *steps, str(number), "items")}
            for number, content in enumerate(self.bins)
        ]
        return {**super()._own(target), "bins": items(bins, *steps)}


# -- Writing -------------------------------------------------------------------------------------------------------


class GapText(_Explained):
    """A text with gaps, in the notation of `courses.questions.gaps`."""

    key_part = "body"
    type: Literal["gap_text"]
    text: Inline3000 = "Complétez le texte."
    body: Annotated[str, Field(min_length=1, max_length=3000)]
    typo: bool = True

    def _own(self, target: Target) -> Raw:
        return {**super()._own(target), "body": self.body.strip(), "typo": self.typo}


class AcceptedAnswer(FileModel):
    """An accepted answer, and the percentage of the points that it earns."""

    text: Line300
    share: Share = Decimal(100)
    feedback: Inline400 = ""


class ShortAnswer(_Explained):
    """A few words to type."""

    key_part = "answers"
    type: Literal["short_answer"]
    answers: Annotated[list[AcceptedAnswer], Field(min_length=1, max_length=20)]
    typo: bool = True
    feedback_other: Inline400 = ""

    def _own(self, target: Target) -> Raw:
        return {
            **super()._own(target),
            "answers": self._list(self.answers, target),
            "typo": self.typo,
            "feedback_other": self.feedback_other,
        }


class AcceptedQuantity(FileModel):
    """An accepted value, give or take `tolerance`, and the percentage of the points that it earns."""

    value: Quantity
    tolerance: Annotated[Quantity, Field(ge=0)] = Decimal(0)
    share: Share = Decimal(100)
    feedback: Inline400 = ""


class Numerical(_Explained):
    """A quantity to type."""

    key_part = "answers"
    type: Literal["numerical"]
    answers: Annotated[list[AcceptedQuantity], Field(min_length=1, max_length=10)]
    unit: Annotated[str, Field(max_length=20)] = ""
    unit_rule: Literal["shown", "typed"] = "shown"
    feedback_other: Inline400 = ""

    def _own(self, target: Target) -> Raw:
        return {
            **super()._own(target),
            "answers": self._list(self.answers, target),
            "unit": self.unit,
            "unit_rule": self.unit_rule,
            "feedback_other": self.feedback_other,
        }


class Criterion(FileModel):
    """A line of a grid, and the points that it may earn."""

    label: Line200
    points: Worth = Decimal(1)


class Open(_Scored):
    """An answer to write, read by a trainer or compared with a model."""

    key_part = "model_answer"
    type: Literal["open"]
    marking: Literal["trainer", "self"] = "trainer"
    model_answer: Note5000 = ""
    criteria: Annotated[list[Criterion], Field(max_length=10)] = []

    def _own(self, target: Target) -> Raw:
        criteria = (criterion.model_dump(mode="json") for criterion in self.criteria)
        return {
            **super()._own(target),
            "marking": self.marking,
            "model_answer": self.model_answer,
            "criteria": items(criteria, target.key, self.id, "criteria"),
        }


# -- Looking, placing oneself --------------------------------------------------------------------------------------


class Zone(FileModel):
    """A place of the image, in percent of its width and height; `x` and `y` are the top left of its box."""

    label: Line200
    correct: bool = False
    shape: Literal["rect", "ellipse"] = "rect"
    x: Percent
    y: Percent
    width: Percent
    height: Percent
    feedback: Inline400 = ""


class Hotspot(_Explained):
    """Point at what is asked on the image."""

    key_part = "zones"
    type: Literal["hotspot"]
    image: Picture
    zones: Annotated[list[Zone], Field(min_length=2, max_length=12)]

    def _own(self, target: Target) -> Raw:
        zones = [
            item("item", zone.model_dump(mode="json"), target.key, self.id, search_key(zone.label))
            for zone in self.zones
        ]
        return {"worth": str(self.worth), "picture": _picture(self.image, target), "zones": zones}


class Scale(Question):
    """A scale to place oneself on, without points."""

    key_part = "levels"
    type: Literal["scale"]
    levels: Annotated[list[Line200], Field(min_length=2, max_length=10)]

    def _own(self, target: Target) -> Raw:
        return {
            "image": _picture(self.image, target),
            "levels": items(self.levels, target.key, self.id, "levels"),
        }


# -- Streams -------------------------------------------------------------------------------------------------------

# Plain assignments: what `type` names is not flattened into the union that holds it.
_GradedAtOnce = (
    SingleChoice
    | MultipleChoice
    | TrueFalse
    | Matching
    | Ordering
    | Categorize
    | GapText
    | ShortAnswer
    | Numerical
    | Hotspot
)
_Any = _GradedAtOnce | Open | Scale
type LessonQuestion = Annotated[_GradedAtOnce, Field(discriminator="type")]
type AnyQuestion = Annotated[_Any, Field(discriminator="type")]


class Case(FileModel):
    """One situation and the questions about it."""

    id: Identifier
    type: Literal["case"]
    title: Line150
    text: Markdown5000
    image: Picture | None = None
    questions: Annotated[list[AnyQuestion], Field(min_length=1, max_length=20)]

    def raw(self, target: Target) -> Raw:
        """Return the block that the case becomes."""
        value = {
            "title": self.title,
            "text": self.text,
            "image": _picture(self.image, target),
            "questions": [question.raw(target) for question in self.questions],
        }
        return item("case", value, target.key, self.id)


type QuizPart = Annotated[_Any | Case, Field(discriminator="type")]


class CheckQuestion(FileModel):
    """The question of a `:::question` block; wrapped, because a union is not a model."""

    question: LessonQuestion


class QuizFile(FileModel):
    """`quiz.yaml`, or a numbered quiz."""

    id: Identifier
    title: Line250
    introduction: Note5000 = ""
    minutes: Annotated[int, Field(ge=1, le=600)]
    required: bool = True
    mode: Literal["training", "assessment", "positioning", "certifying"] = "assessment"
    repeats: Identifier | None = None
    pass_mark: Annotated[int, Field(ge=1, le=100)] = 70
    attempts_allowed: Annotated[int, Field(ge=1, le=100)] | None = None
    hours_between_attempts: Annotated[int, Field(ge=0, le=24 * 90)] = 0
    time_limit: Annotated[int, Field(ge=1, le=600)] | None = None
    layout: Literal["one", "all"] = "one"
    navigation: Literal["free", "forced"] = "free"
    shuffle_questions: bool = False
    shuffle_answers: bool = False
    feedback: Literal["end", "date", "score"] = "end"
    feedback_from: date | None = None
    questions: Annotated[list[QuizPart], Field(max_length=100)] = []

    def asked(self) -> Iterator[Question]:
        """Yield the questions, those of cases among them."""
        for part in self.questions:
            if isinstance(part, Case):
                yield from part.questions
            else:
                yield part
