"""Questions written to a file, one at a time, with a report of what the format can't hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from courses.questions.kinds import Question

from .gift import Writer as GiftWriter
from .moodle import ImageSource
from .moodle import Writer as MoodleWriter
from .written import LeftOutError, Written


class ExportFormat(StrEnum):
    """The formats that are written."""

    GIFT = "gift"
    MOODLE = "moodle"


class Export:
    """One export: iterate on it for the text of the file; `report` and `count` then tell of it."""

    def __init__(self, questions: Iterable[Question], form: ExportFormat, images: ImageSource) -> None:
        self.questions = questions
        self.writer = GiftWriter() if form is ExportFormat.GIFT else MoodleWriter(images)
        self.report: list[Written] = []
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the file piece by piece. A question that is left out leaves a comment in its place."""
        yield self.writer.opening
        for question in self.questions:
            self.count += 1
            written = Written.of(question)
            try:
                yield self.writer.question(question, written)
            except LeftOutError as reason:
                written.left_out = str(reason)
                yield self.writer.comment(f"Non exportée : {written.label} – {reason}.")
            if written.left_out or written.lost:
                self.report.append(written)
        yield self.writer.closing
