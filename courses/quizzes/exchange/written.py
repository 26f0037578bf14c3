"""What the writers of both formats share: how a question is named, what a format can't hold of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from courses.questions.kinds import ChoiceQuestion, Kind, PlacingQuestion, Question

from .drafts import short


class LeftOutError(Exception):
    """A question that the format can't hold; the message says why, in French."""


@dataclass(slots=True)
class Written:
    """What became of one question in an export: what the format could not hold of it, or why it was left out."""

    label: str
    lost: list[str] = field(default_factory=list)
    left_out: str = ""

    @classmethod
    def of(cls, question: Question) -> Written:
        """Return an empty account of a question, named by the beginning of its text."""
        return cls(short(question.text.replace("*", "")) or "Question")

    def note(self, what: str) -> None:
        """Tell what is not in the file, once."""
        if what not in self.lost:
            self.lost.append(what)

    def text(self, question: Question) -> str:
        """Return the text of the question; the situation of its case, if any, stands before it."""
        if question.case is None:
            return question.text
        self.note("le lien avec les autres questions de l'étude de cas : la situation est recopiée dans chacune")
        return f"**{question.case.title}**\n\n{question.case.text}\n\n{question.text}"


def share_of_right(question: ChoiceQuestion) -> Decimal:
    """Return what each right option of a multiple choice earns, in percent."""
    return Decimal(100) / len(question.key() or [""])


def pairs_of(question: PlacingQuestion, written: Written) -> list[tuple[str, str]]:
    """Return the pairs of a matching question, then («», match) for each match too many."""
    if question.kind is Kind.CATEGORIZE:
        written.note("le tri en bacs : devenu un appariement")
    if any(item.feedback for item in question.items):
        written.note("les retours de chaque élément")
    texts = {place.id: place.text for place in question.places}
    pairs = [(item.text, texts[item.place]) for item in question.items]
    used = {item.place for item in question.items}
    return pairs + [("", place.text) for place in question.places if place.id not in used]
