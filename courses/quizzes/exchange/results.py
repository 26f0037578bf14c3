"""What becomes of each question of a file that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FileRefusedError(Exception):
    """A file that can't be read at all; the message says why, in French."""


class QuestionRefusedError(Exception):
    """A question that can't be taken; the message says why, in French."""


class Outcome(StrEnum):
    """What an import made of a question."""

    TAKEN = "taken"
    ADAPTED = "adapted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EmbeddedImage:
    """An image that came with a question. In the raw block, `token` stands where its id in the library will be."""

    token: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """One question of a file: a raw block (`{"type", "id", "value"}`) and what was adapted, or why it was refused.

    `number` counts the questions of the file from 1; `line` is that of its first line where the format has lines.
    """

    number: int
    name: str
    line: int | None = None
    category: str = ""
    block: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    refusal: str = ""
    images: tuple[EmbeddedImage, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was taken as it was, adapted, or refused."""
        if self.block is None:
            return Outcome.REFUSED
        return Outcome.ADAPTED if self.notes else Outcome.TAKEN
