"""Questions answered by typing: a short answer, a quantity, the gaps of a text, an open answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any, Literal, Self

from courses.questions.answers import read_quantity, same_answer
from courses.questions.grading import Grade, graded, share_of

from .base import (
    Choice,
    Field,
    FormData,
    Kind,
    Line,
    Question,
    Response,
    ResponseError,
    State,
    checked_mapping,
    mixed,
    one_value,
)

TYPED_LIMIT = 300
ESSAY_LIMIT = 10_000


def _checked_text(response: Any, limit: int) -> dict[str, str]:
    if not isinstance(response, Mapping) or not set(response) <= {"text"}:
        raise ResponseError("Not a typed answer.")
    text = response.get("text", "")
    if not isinstance(text, str) or len(text) > limit:
        raise ResponseError("Not a text, or too long.")
    text = text.replace("\r\n", "\n").replace("\x00", "")
    return {"text": text} if text.strip() else {}


def _typed(response: Response) -> str:
    return response.get("text", "") if isinstance(response, Mapping) else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _TypedQuestion(Question):
    """A question with one field to type in. A response holds `text`, as it was typed."""

    def read(self, data: FormData, name: str) -> Response:
        return self.check({"text": one_value(data, name)})

    def _checked(self, response: Any) -> dict[str, str]:
        return _checked_text(response, TYPED_LIMIT)

    def in_words(self, response: Response) -> list[str]:
        return [_typed(response)] if response else []

    def fields(self, response: Response, name: str) -> list[Field]:
        return [Field(name, value=_typed(response))]

    def _corrected(self, response: Response, right: str, feedback: str) -> list[Line]:
        result = self.grade(response)
        state = State.RIGHT if result.correct else State.WRONG if response else State.MISSED
        return [Line("", state, _typed(response), right, feedback)]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted answer and the share of the points that it earns, in percent."""

    text: str
    share: Decimal = Decimal(100)
    feedback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortAnswerQuestion(_TypedQuestion):
    """A few words to type. `typo`: whether one slip is forgiven; `feedback_other` goes to any other answer."""

    kind: Literal[Kind.SHORT_ANSWER] = Kind.SHORT_ANSWER
    answers: tuple[Accepted, ...]
    typo: bool = False
    feedback_other: str = ""

    def _match(self, response: Response) -> Accepted | None:
        """Return the best accepted answer that was given: exact ones before those with a slip."""
        given = _typed(response)
        for forgive in (False, True) if self.typo else (False,):
            found = [a for a in self.answers if same_answer(given, a.text, forgive_slip=forgive)]
            if found:
                return max(found, key=lambda accepted: accepted.share)
        return None

    def grade(self, response: Response) -> Grade:
        match = self._match(response)
        return graded(self.worth, match.share if match else 0, 100)

    def key(self) -> Response:
        best = max(self.answers, key=lambda accepted: accepted.share, default=None)
        return {"text": best.text} if best else {}

    def correct(self, response: Response) -> list[Line]:
        match = self._match(response)
        right = " ou ".join(accepted.text for accepted in self.answers if accepted.share >= 100)
        return self._corrected(response, right, match.feedback if match else self.feedback_other if response else "")

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        return self._rescored(other, answers=later.answers, typo=later.typo, feedback_other=later.feedback_other)


@dataclass(frozen=True, slots=True)
class AcceptedQuantity:
    """An accepted value, give or take `tolerance`, and the share of the points that it earns, in percent."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    share: Decimal = Decimal(100)
    feedback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumericalQuestion(_TypedQuestion):
    """A quantity to type.

    `unit_rule` «shown»: the unit stands beside the field and may be typed too; «typed»: it must be. A wrong unit is a
    wrong answer under both.
    """

    kind: Literal[Kind.NUMERICAL] = Kind.NUMERICAL
    answers: tuple[AcceptedQuantity, ...]
    unit: str = ""
    unit_rule: Literal["shown", "typed"] = "shown"
    feedback_other: str = ""

    def complaint(self, response: Response) -> str:
        if not response or read_quantity(_typed(response)) is not None:
            return ""
        return "Ce n'est pas un nombre que l'on peut lire. Écrivez par exemple 3,5 ou 1 200."

    def _match(self, response: Response) -> AcceptedQuantity | None:
        quantity = read_quantity(_typed(response))
        if quantity is None or not self._unit_is_right(quantity.unit):
            return None
        found = [a for a in self.answers if abs(quantity.value - a.value) <= a.tolerance]
        return max(found, key=lambda accepted: accepted.share, default=None)

    def _unit_is_right(self, unit: str) -> bool:
        if not unit:
            return not self.unit or self.unit_rule == "shown"
        # Case tells units apart (mg, Mg), so only spaces and a final dot are forgiven.
        return "".join(unit.split()).rstrip(".") == "".join(self.unit.split()).rstrip(".")

    def grade(self, response: Response) -> Grade:
        match = self._match(response)
        return graded(self.worth, match.share if match else 0, 100)

    def key(self) -> Response:
        best = max(self.answers, key=lambda accepted: accepted.share, default=None)
        return {"text": self._said(best.value)} if best else {}

    def _said(self, value: Decimal) -> str:
        return f"{value.normalize():f}".replace(".", ",") + (f" {self.unit}" if self.unit else "")

    def correct(self, response: Response) -> list[Line]:
        match = self._match(response)
        best = max(self.answers, key=lambda accepted: accepted.share, default=None)
        right = self._said(best.value) if best else ""
        if best and best.tolerance:
            right += f" (à {self._said(best.tolerance)} près)"
        return self._corrected(response, right, match.feedback if match else self.feedback_other if response else "")

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        return self._rescored(
            other,
            answers=later.answers,
            unit=later.unit,
            unit_rule=later.unit_rule,
            feedback_other=later.feedback_other,
        )


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """Something that may stand in a gap: a choice of its list, or an accepted spelling."""

    id: str
    text: str
    correct: bool = True
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap: a list to choose from, or a field to type in. `before` is the text from the gap before it to this one."""

    id: str
    before: str
    answers: tuple[GapAnswer, ...]
    listed: bool = False

    @property
    def right(self) -> str:
        """The first right answer."""
        return next((answer.text for answer in self.answers if answer.correct), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class GapTextQuestion(Question):
    """A text with gaps. A response gives to a gap's id the text typed there, or the id of the choice.

    `after` is the text that follows the last gap; `typo`: whether one slip is forgiven in a typed gap.
    """

    kind: Literal[Kind.GAP_TEXT] = Kind.GAP_TEXT
    gaps: tuple[Gap, ...]
    after: str = ""
    typo: bool = False

    def read(self, data: FormData, name: str) -> Response:
        return self.check({gap.id: one_value(data, f"{name}-{gap.id}") for gap in self.gaps})

    def _checked(self, response: Any) -> dict[str, str]:
        response = checked_mapping(response, [gap.id for gap in self.gaps])
        for gap in self.gaps:
            given = response.get(gap.id, "")
            if gap.listed and given and given not in {answer.id for answer in gap.answers}:
                raise ResponseError("Unknown choice.")
            if len(given) > TYPED_LIMIT:
                raise ResponseError("Too long.")
        return {gap_id: given for gap_id, given in response.items() if given.strip()}

    def is_complete(self, response: Response) -> bool:
        return len(response) == len(self.gaps)

    def _match(self, gap: Gap, given: str) -> GapAnswer | None:
        if gap.listed:
            return next((answer for answer in gap.answers if answer.id == given), None)
        exact = next((answer for answer in gap.answers if same_answer(given, answer.text)), None)
        if exact or not self.typo:
            return exact
        return next((a for a in gap.answers if a.correct and same_answer(given, a.text, forgive_slip=True)), None)

    def _is_right(self, gap: Gap, given: str) -> bool:
        match = self._match(gap, given)
        return match is not None and match.correct

    def grade(self, response: Response) -> Grade:
        assert isinstance(response, Mapping)  # noqa: S101  (checked when it was saved)
        right = sum(self._is_right(gap, response.get(gap.id, "")) for gap in self.gaps)
        return graded(self.worth, right, len(self.gaps))

    def key(self) -> dict[str, str]:
        right = {gap.id: next((a for a in gap.answers if a.correct), None) for gap in self.gaps}
        return {gap.id: answer.id if gap.listed else answer.text for gap in self.gaps if (answer := right[gap.id])}

    def _given(self, gap: Gap, response: Mapping[str, str]) -> str:
        given = response.get(gap.id, "")
        if not gap.listed:
            return given
        return next((answer.text for answer in gap.answers if answer.id == given), "")

    def in_words(self, response: Response) -> list[str]:
        assert isinstance(response, Mapping)  # noqa: S101
        return [f"Trou {gap.id} : {self._given(gap, response)}" for gap in self.gaps if gap.id in response]

    def fields(self, response: Response, name: str) -> list[Field]:
        assert isinstance(response, Mapping)  # noqa: S101
        return [
            Field(
                f"{name}-{gap.id}",
                f"Trou {gap.id}",
                response.get(gap.id, ""),
                tuple(Choice(a.id, a.text, response.get(gap.id) == a.id) for a in gap.answers) if gap.listed else (),
                gap.before,
            )
            for gap in self.gaps
        ]

    def correct(self, response: Response) -> list[Line]:
        assert isinstance(response, Mapping)  # noqa: S101
        lines = []
        for gap in self.gaps:
            match = self._match(gap, response.get(gap.id, ""))
            right = match is not None and match.correct
            state = State.RIGHT if right else State.WRONG if gap.id in response else State.MISSED
            feedback = match.feedback if match else ""
            lines.append(Line(gap.before, state, self._given(gap, response), gap.right, feedback))
        return lines

    def arranged(self, rng: Random, *, shuffle: bool) -> Self:
        # The right choice is often written first.
        gaps = tuple(replace(gap, answers=mixed(gap.answers, rng)) if gap.listed else gap for gap in self.gaps)
        return replace(self, gaps=gaps)

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        known = {gap.id: gap for gap in later.gaps}
        gaps = []
        for gap in self.gaps:
            match = known.get(gap.id)
            if match is None or match.listed != gap.listed or len(known) != len(self.gaps):
                raise ResponseError("Gaps have changed.")
            if gap.listed:
                answers = {answer.id: answer for answer in match.answers}
                if not set(answers) >= {answer.id for answer in gap.answers}:
                    raise ResponseError("Choices have gone.")
                gaps.append(replace(gap, answers=tuple(answers[answer.id] for answer in gap.answers)))
            else:
                gaps.append(replace(gap, answers=match.answers))
        return self._rescored(other, gaps=tuple(gaps), typo=later.typo)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the grid by which an open answer is read; `points` is what it may earn."""

    label: str
    points: Decimal

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The marks that a person may give themselves: value, and what it says."""
        half = (self.points / 2).quantize(Decimal("0.01"))
        return [("0", "pas du tout"), (str(half), "en partie"), (str(self.points), "tout à fait")]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenQuestion(_TypedQuestion):
    """A text that a trainer reads, or that the person compares with a model, by a grid.

    Without a grid, one criterion stands for the whole answer.
    """

    kind: Literal[Kind.OPEN] = Kind.OPEN
    marking: Literal["trainer", "self"] = "trainer"
    model_answer: str = ""
    criteria: tuple[Criterion, ...] = ()

    @property
    def grid(self) -> tuple[Criterion, ...]:
        """The criteria, one at least."""
        return self.criteria or (Criterion("Réponse dans son ensemble", self.worth),)

    def _checked(self, response: Any) -> dict[str, str]:
        return _checked_text(response, ESSAY_LIMIT)

    def grade(self, response: Response) -> Grade:
        """Return a pending grade: a person has to read the answer. Nothing written is worth nothing, at once."""
        return Grade(Decimal(0), correct=False, pending=bool(response))

    def mark(self, points: Iterable[Decimal]) -> Grade:
        """Return the grade for the points given to each criterion. Raises ResponseError if they are out of bounds."""
        given = list(points)
        if len(given) != len(self.grid) or not all(0 <= p <= c.points for p, c in zip(given, self.grid, strict=True)):
            raise ResponseError("Points out of the bounds of the grid.")
        whole = sum((criterion.points for criterion in self.grid), Decimal(0))
        total = sum(given, Decimal(0))
        return Grade(share_of(self.worth, total, whole), correct=0 < whole <= total)

    def key(self) -> dict[str, str]:
        return {}

    def correct(self, response: Response) -> list[Line]:
        return [Line("", State.NEUTRAL, _typed(response))] if response else []

    def with_key_of(self, other: Question) -> Self:
        later = self._same_kind(other)
        if [c.points for c in later.criteria] != [c.points for c in self.criteria] or later.worth != self.worth:
            raise ResponseError("The grid has changed.")
        return self._rescored(other, model_answer=later.model_answer, criteria=later.criteria)
