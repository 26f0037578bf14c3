"""What every kind of question has in common: its parts, the form it is answered with, what is shown of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any, Protocol, Self

from courses.questions.grading import Grade

type Response = list[str] | dict[str, Any]
"""What a person answered, as JSON. An empty list or object is no answer; the kind of question tells the shape."""


class Kind(StrEnum):
    """Kinds of question, as named in packs, in snapshots and in the editor."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    MATCHING = "matching"
    ORDERING = "ordering"
    CATEGORIZE = "categorize"
    GAP_TEXT = "gap_text"
    SHORT_ANSWER = "short_answer"
    NUMERICAL = "numerical"
    HOTSPOT = "hotspot"
    OPEN = "open"
    SCALE = "scale"


class ResponseError(ValueError):
    """An answer that the question could not have got: an unknown option, several where one is asked, a wrong shape."""


class FormData(Protocol):
    """What a form sends: Django's QueryDict, or anything that lists the values of a name."""

    def getlist(self, key: str) -> list[str]:
        """Return the values sent under the name, none if it was not sent."""
        ...


class State(StrEnum):
    """What a line of a correction says."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSED = "missed"
    NEUTRAL = ""


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image of the library and what it says to those who don't see it."""

    id: int
    alt: str = ""
    decorative: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """The situation that several questions share. `text` is Markdown."""

    id: str
    title: str
    text: str
    image: ImageRef | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, as a form shows it."""

    id: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in: a prompt with its choices, or a text to type (no choices). Says nothing of the key."""

    name: str
    text: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a correction: an option or a prompt, what was given for it, what was right, and the feedback."""

    text: str
    state: State
    given: str = ""
    right: str = ""
    feedback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question as it is put to a person. `worth` is in points, above zero but for scales."""

    id: str
    text: str
    worth: Decimal = Decimal(1)
    explanation: str = ""
    hint: str = ""
    lesson_id: int | None = None
    image: ImageRef | None = None
    competence_codes: tuple[str, ...] = ()
    case: Case | None = None
    kind: Kind

    @property
    def headline(self) -> str:
        """What is asked: the first paragraph of the text."""
        return self.text.strip().partition("\n\n")[0]

    @property
    def details(self) -> str:
        """The paragraphs and lists that follow the first one; often nothing."""
        return self.text.strip().partition("\n\n")[2].strip()

    @property
    def is_scored(self) -> bool:
        """Whether the answer earns points."""
        return self.worth > 0

    def read(self, data: FormData, name: str) -> Response:
        """Return the answer that a form holds under `name`. Raises ResponseError."""
        raise NotImplementedError

    def check(self, response: Any) -> Response:
        """Return the answer in its one form, or raise ResponseError when the question could not have got it."""
        return self._checked(response) if response else self._blank()

    def _checked(self, response: Any) -> Response:
        raise NotImplementedError

    def _blank(self) -> Response:
        return {}

    def is_answered(self, response: Response) -> bool:
        """Whether anything was answered."""
        return bool(response)

    def is_complete(self, response: Response) -> bool:
        """Whether every part has an answer."""
        return self.is_answered(response)

    def complaint(self, response: Response) -> str:
        """Return what makes an answer impossible to understand, in French, to be told at once; empty if nothing."""
        return ""

    def grade(self, response: Response) -> Grade:
        """Grade an answer by the rules of `grading`. No answer is worth nothing."""
        raise NotImplementedError

    def key(self) -> Response:
        """Return an answer that earns all the points; no answer where there is no key."""
        raise NotImplementedError

    def in_words(self, response: Response) -> list[str]:
        """Return what was answered as a person would say it."""
        raise NotImplementedError

    def fields(self, response: Response, name: str) -> list[Field]:
        """Return what the form shows, filled with the answer."""
        raise NotImplementedError

    def correct(self, response: Response) -> list[Line]:
        """Return the correction, line by line."""
        raise NotImplementedError

    def arranged(self, rng: Random, *, shuffle: bool) -> Self:
        """Return the question in the order in which one person sees it.

        `shuffle` mixes what may stay as written; what would give the key away in its written order is always mixed.
        """
        return self

    def with_key_of(self, other: Question) -> Self:
        """Return this question, as it was put, with the right answers and worth of a later version of it.

        Raises ResponseError when the two no longer ask the same thing.
        """
        raise NotImplementedError

    def _same_kind[Q: Question](self: Q, other: Question) -> Q:
        if not isinstance(other, type(self)) or other.kind != self.kind:
            raise ResponseError("The kind of question has changed.")
        return other

    def _rescored(self, other: Question, **parts: Any) -> Self:
        return replace(self, worth=other.worth, explanation=other.explanation, **parts)


def text_id(text: str) -> str:
    """Return an id that names a text and nothing else.

    A written list gives its key away by its order, and ids made one after the other would too.
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def one_value(data: FormData, name: str) -> str:
    """Return the last value sent under a name, or an empty text."""
    values = data.getlist(name)
    return values[-1] if values else ""


def checked_mapping(response: Any, keys: Sequence[str]) -> dict[str, str]:
    """Return a response that gives a text to some of the keys, in their order; raise ResponseError otherwise."""
    if not isinstance(response, Mapping) or not set(response) <= set(keys):
        raise ResponseError("Not an answer to these prompts.")
    if not all(isinstance(value, str) for value in response.values()):
        raise ResponseError("Not texts.")
    return {key: response[key] for key in keys if response.get(key)}


def mixed[T](items: Sequence[T], rng: Random, *, never: Sequence[T] = ()) -> tuple[T, ...]:
    """Return the items in another order, not the one that must not be shown if there is any choice."""
    order = list(items)
    for _try in range(8):
        rng.shuffle(order)
        if tuple(order) != tuple(never):
            return tuple(order)
    return tuple(reversed(never))
