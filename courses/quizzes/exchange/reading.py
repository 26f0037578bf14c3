"""A file of questions, whichever its format: checked first, then read question by question. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from . import gift, moodle, qti, safexml, texts
from .results import FileRefusedError, Imported

MAX_BYTES = 50 * 1024 * 1024


class FileFormat(StrEnum):
    """The formats that are read, as `ImportJob.format` names them."""

    GIFT = "gift"
    MOODLE = "moodle"
    QTI = "qti"


class _Reader(NamedTuple):
    count: Callable[[BinaryIO], int]
    read: Callable[[BinaryIO, uuid.UUID], Iterator[Imported]]


_READERS = {
    FileFormat.GIFT: _Reader(gift.count, gift.read),
    FileFormat.MOODLE: _Reader(moodle.count, moodle.read),
    FileFormat.QTI: _Reader(qti.count, qti.read),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is, and how many questions it holds."""

    format: FileFormat
    total: int


def _format_of(file: BinaryIO) -> FileFormat:
    """Tell a format by what the file holds: names lie."""
    file.seek(0)
    head = file.read(4)
    if head.startswith(b"PK"):
        return FileFormat.QTI
    first = next((text for chunk in texts.chunks(file, texts.find_encoding(file)) if (text := chunk.strip())), "")
    if not first.startswith("<"):
        return FileFormat.GIFT
    root, namespace = safexml.root_of(file)
    if root == "quiz":
        return FileFormat.MOODLE
    if root in {"assessmentItem", "assessmentTest", "manifest"}:
        return FileFormat.QTI
    if root == "questestinterop" or root.startswith("qti-"):
        raise FileRefusedError("Cette version de QTI n'est pas lue : exportez les questions en QTI 2.1 ou 2.2.")
    raise FileRefusedError(
        f"Ce fichier XML n'est ni du Moodle XML ni du QTI (« {root} », {namespace or 'sans espace'})."
    )


def check(file: BinaryIO) -> Checked:
    """Return what a file is, once it was read through. Raises FileRefusedError, with a reason in French."""
    file.seek(0, 2)
    if file.tell() > MAX_BYTES:
        raise FileRefusedError("Le fichier dépasse 50 Mo : partagez-le en plusieurs.")
    kind = _format_of(file)
    total = _READERS[kind].count(file)
    if not total:
        raise FileRefusedError("Le fichier ne contient aucune question.")
    return Checked(kind, total)


def read(file: BinaryIO, kind: FileFormat, seed: uuid.UUID) -> Iterator[Imported]:
    """Yield what becomes of each question of a file that was checked, in order.

    Ids of questions come from the seed and their place: the same file read twice gives the same blocks.
    """
    return _READERS[kind].read(file, seed)
