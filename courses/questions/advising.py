"""What an editor is told before publishing: what each question lacks, and what could be better. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pages.markdown import plain_text, render_inline_markdown

from .checks import NO_COMPETENCE, advice, faults, left_blank
from .kinds import Question

WORDS = 90
"""How many characters of a question are enough to recognise it."""
COMMON_FROM = 3
"""What is said of as many questions is said once, with their numbers."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question as its editor finds it: its number, its first words, the id of its block."""

    number: int
    words: str
    block_id: str

    @property
    def anchor(self) -> str:
        """The id of the block's place in Wagtail's editor."""
        return f"block-{self.block_id}-section"


@dataclass(frozen=True, slots=True)
class Advised:
    """A question with what must be put right before it can be published, and what could be better."""

    question: Numbered
    faults: list[str]
    advice: list[str]


@dataclass(frozen=True, slots=True)
class Advice:
    """All that is said of a draft. `faults` and `general` are about the whole; `common` is shared by questions."""

    faults: list[str] = field(default_factory=list)
    general: list[str] = field(default_factory=list)
    questions: list[Advised] = field(default_factory=list)
    common: list[tuple[str, list[Numbered]]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many things are said."""
        asked = sum(len(each.faults) + len(each.advice) for each in self.questions)
        return len(self.faults) + len(self.general) + len(self.common) + asked

    @property
    def is_blocking(self) -> bool:
        """Whether publishing would be refused."""
        return bool(self.faults) or any(each.faults for each in self.questions)

    def __bool__(self) -> bool:
        return self.count > 0


def numbered(question: Question, number: int) -> Numbered:
    """Return what identifies a question for its editor."""
    words = plain_text(render_inline_markdown(question.headline)).strip()
    short = words if len(words) <= WORDS else f"{words[: WORDS - 1].rstrip()}…"
    return Numbered(number, short, question.id)


def advise(
    questions: Iterable[tuple[int, Question]],
    *,
    by_competence: bool = True,
    broken: Iterable[str] = (),
    general: Iterable[str] = (),
) -> Advice:
    """Return what is said of numbered questions; `broken` and `general` are about what holds them.

    `by_competence`: whether a result by competence will be worked out from them.
    """
    said: list[Advised] = []
    for number, question in questions:
        lacking = left_blank(question) or faults(question)
        better = [each for each in advice(question) if by_competence or each != NO_COMPETENCE]
        said.append(Advised(numbered(question, number), lacking, better))
    shared: dict[str, list[Numbered]] = defaultdict(list)
    for each in said:
        for words in each.advice:
            shared[words].append(each.question)
    common = {words: about for words, about in shared.items() if len(about) >= COMMON_FROM}
    own = [Advised(e.question, e.faults, [words for words in e.advice if words not in common]) for e in said]
    return Advice(
        list(broken), list(general), [each for each in own if each.faults or each.advice], list(common.items())
    )
