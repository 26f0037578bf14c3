"""GIFT, Moodle's plain text format: read and written. Pure.

The grammar is that of Moodle's own importer (https://docs.moodle.org/en/GIFT_format): a question ends at an empty line,
a backslash makes an ordinary character of any of `: # = { } ~ \\`, and `\\n` is a line break. Ordering questions are in
the form of Moodle's ordering type: `{>3 ALL VERTICAL …`, then one item a line.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatchmethod
from typing import BinaryIO

from courses.questions.kinds import (
    ChoiceQuestion,
    Kind,
    NumericalQuestion,
    OpenQuestion,
    OrderingQuestion,
    PlacingQuestion,
    Question,
    ShortAnswerQuestion,
)

from . import rules, texts
from .drafts import Draft, plain_decimal, short
from .markup import TextFormat, convert
from .results import Imported, QuestionRefusedError
from .rules import FULL, Amount, Answer, Made
from .written import LeftOutError, Written, pairs_of, share_of_right

_ESCAPABLE = ":#={}~\\"
# While a question is taken apart, an escaped character is a noncharacter: it can't be taken for a sign.
_HELD = {char: chr(0xFDE0 + place) for place, char in enumerate(_ESCAPABLE)} | {"n": "\ufdea"}
_RELEASED = str.maketrans({held: char for char, held in _HELD.items()} | {"\ufdea": "\n"})
_ESCAPED = re.compile(rf"\\([{re.escape(_ESCAPABLE)}n])")
_FORMATS = {
    "html": TextFormat.HTML,
    "markdown": TextFormat.MARKDOWN,
    "plain": TextFormat.PLAIN,
    "moodle": TextFormat.AUTO,
}
_FORMAT = re.compile(r"\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_NAME = re.compile(r"::(.*?)::", re.DOTALL)
_WEIGHT = re.compile(r"%(-?\d+(?:[.,]\d+)?)%")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]])+)\]")
_ORDERING = re.compile(r">\s*\d*[A-Z0-9_a-z \t]*(?:\n|$)")
_CONTINUES = ("=", "~", "}", "#")
MAX_QUESTION = 1_000_000
BLANK = "……"
"""Stands where the answer goes in a sentence (the «missing word» form)."""

# -- Cutting a file into questions ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Chunk:
    """The lines of one question, without comments, and what the comments say of it."""

    line: int
    category: str
    lines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The question as it is written, escaped characters held."""
        return _ESCAPED.sub(lambda match: _HELD[match[1]], "\n".join(self.lines)).strip()


def _opens(line: str) -> int:
    """Return how many braces a line opens for good."""
    plain = _ESCAPED.sub("", line)
    return plain.count("{") - plain.count("}")


class _Cutter:
    """Gathers lines until a question is whole."""

    def __init__(self) -> None:
        self.category = ""
        self.chunk: Chunk | None = None
        self.depth = self.size = 0
        self.tags: list[str] = []
        self.paused = False

    def take(self, number: int, line: str) -> Iterator[Chunk]:
        """Read a line; yield the question that it ends."""
        line = line.strip()
        if line.startswith("//"):
            self.tags += [tag.replace("\\]", "]") for tag in _TAG.findall(line)]
            return
        if line.startswith("$CATEGORY:"):
            yield from self.end()
            self.category = _category(line.removeprefix("$CATEGORY:"))
            return
        if not line:
            # An empty line ends a question, unless its answers are still open and go on after it.
            self.paused = True
            if self.depth <= 0:
                yield from self.end()
            return
        if self.paused and self.chunk and not line.startswith(_CONTINUES):
            yield from self.end()
        self.paused = False
        if self.chunk is None:
            self.chunk = Chunk(number, self.category, tags=self.tags)
            self.tags = []
        self.chunk.lines.append(line)
        self.depth += _opens(line)
        self.size += len(line)
        if self.size > MAX_QUESTION:
            yield from self.end()

    def end(self) -> Iterator[Chunk]:
        """Yield the question read so far, if any."""
        if self.chunk:
            yield self.chunk
        self.chunk, self.depth, self.size = None, 0, 0


def _category(path: str) -> str:
    parts = [part.strip() for part in path.replace("//", "/").split("/")]
    return " / ".join(part for part in parts if part and not re.fullmatch(r"\$\w+\$|top", part))


def cut(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the questions of a file as they are written. Raises FileRefusedError."""
    cutter = _Cutter()
    for number, line in enumerate(texts.lines(file, texts.find_encoding(file)), 1):
        yield from cutter.take(number, line)
    yield from cutter.end()


# -- Reading one question ------------------------------------------------------------------------------------------


def _release(text: str) -> str:
    return text.translate(_RELEASED).strip()


def _formed(text: str, form: TextFormat) -> tuple[str, TextFormat]:
    """Return a text without its `[format]`, and its format."""
    text = text.strip()
    if match := _FORMAT.match(text):
        return _release(text[match.end() :]), _FORMATS[match[1].lower()]
    return _release(text), form


def _unwrapped(text: str, form: TextFormat) -> str:
    """Return a text whose lines are those that its author meant: elsewhere than in Markdown, `\\n` alone is one."""
    return text if form in {TextFormat.MARKDOWN, TextFormat.PLAIN} else " ".join(text.split())


class _Reader:
    """Reads one question."""

    def __init__(self, draft: Draft, chunk: Chunk) -> None:
        self.draft = draft
        self.chunk = chunk
        self.form = TextFormat.AUTO

    def read(self) -> Made:
        text = self.chunk.text
        if match := _NAME.match(text):
            self.draft.name = short(_release(match[1]), 120)
            text = text[match.end() :].strip()
        self.draft.tags(self.chunk.tags)
        question, answers = self._parts(text)
        if answers is None:
            self.draft.name = self.draft.name or short(_release(question))
            raise QuestionRefusedError("Il n'y a pas de réponses entre accolades : c'est un texte, pas une question.")
        answers, _sign, general = self._general(answers)
        match = _FORMAT.match(question)
        self.form = _FORMATS[match[1].lower()] if match else self.form
        self.draft.put_text(*_formed(_unwrapped(question, self.form), self.form))
        if general:
            self.draft.explain(*_formed(_unwrapped(general, self.form), self.form))
        return self._answers(answers)

    def _parts(self, text: str) -> tuple[str, str | None]:
        """Return the text of the question and what stands between its braces."""
        start, end = text.find("{"), text.find("}")
        if start < 0 and end < 0:
            return text, None
        if start < 0 or end < start:
            raise QuestionRefusedError("Les accolades ne vont pas par deux : il en manque une, ou un \\ devant.")
        before, after = text[:start].rstrip(), text[end + 1 :].strip()
        if "{" in after or "}" in after:
            raise QuestionRefusedError("Il y a deux blocs de réponses : GIFT n'en admet qu'un par question.")
        answers = text[start + 1 : end].strip()
        if not after or (before.endswith(tuple(".?!:")) and not re.search(r"\w", after)):
            return before, answers
        joint = "" if after[0] in ".,)" else " "
        return f"{before} {BLANK}{joint}{after}", answers

    def _general(self, answers: str) -> tuple[str, str, str]:
        start, sign, general = answers.rpartition("####")
        return (start.strip(), sign, general.strip()) if sign else (answers, "", "")

    def _answers(self, answers: str) -> Made:
        if not answers:
            return rules.open_answer()
        if answers.startswith("#"):
            return self._numerical(answers[1:])
        if _ORDERING.match(answers):
            return self._ordering(answers)
        if "~" in answers:
            return self._choice(answers)
        if "=" in answers and "->" in answers:
            return self._matching(answers)
        statement = answers.partition("#")[0].strip()
        if statement in {"T", "TRUE", "F", "FALSE"}:
            return self._true_false(answers, answer=statement in {"T", "TRUE"})
        return self._short_answer(answers)

    def _feedback(self, text: str, of: str = "") -> str:
        source, form = _formed(_unwrapped(text, self.form), self.form)
        return self.draft.feedback(source, form, of=of)

    def _weighted(self, text: str, default: Decimal) -> tuple[Decimal, str]:
        text = text.strip()
        if match := _WEIGHT.match(text):
            return Decimal(match[1].replace(",", ".")), text[match.end() :]
        return default, text

    def _choice(self, answers: str) -> Made:
        first, *found = re.split(r"(?=[=~])", answers) if answers[0] not in "=~" else ["", *_split_marks(answers)]
        if first.strip():
            raise QuestionRefusedError(f"« {short(_release(first))} » n'a pas de signe = ou ~ devant.")
        options = []
        for option in found:
            fraction, text = self._weighted(option[1:], FULL if option[0] == "=" else Decimal(0))
            words, _sign, feedback = text.partition("#")
            label = self.draft.label(*_formed(_unwrapped(words, self.form), self.form))
            options.append(Answer(label, fraction, self._feedback(feedback, label)))
        return rules.choice(self.draft, options, single="=" in answers)

    def _matching(self, answers: str) -> Made:
        pairs = []
        for pair in filter(str.strip, answers.split("=")):
            if "->" not in pair:
                raise QuestionRefusedError(f"« {short(_release(pair))} » n'a pas de flèche ->.")
            prompt, _arrow, match = pair.partition("->")
            label = self.draft.label(*_formed(_unwrapped(prompt, self.form), self.form))
            pairs.append((label, self.draft.label(*_formed(match, self.form))))
        return rules.matching(self.draft, pairs)

    def _ordering(self, answers: str) -> Made:
        _options, *steps = answers.split("\n")
        return rules.ordering([self.draft.label(*_formed(step, self.form)) for step in steps])

    def _true_false(self, answers: str, *, answer: bool) -> Made:
        _answer, wrong, right = [*answers.split("#", 2), "", ""][:3]
        said = [self._feedback(wrong), self._feedback(right)]
        return rules.true_false(answer=answer, feedback_true=said[answer], feedback_false=said[not answer])

    def _accepted(self, answers: str) -> Iterator[tuple[Decimal, str, str]]:
        for answer in filter(str.strip, answers.split("=")):
            fraction, text = self._weighted(answer, FULL)
            words, _sign, feedback = text.partition("#")
            yield fraction, words, self._feedback(feedback, _release(words))

    def _short_answer(self, answers: str) -> Made:
        found = []
        for fraction, words, feedback in self._accepted(answers):
            source, form = _formed(words, self.form)
            found.append(Answer(self.draft.label(source, form), fraction, feedback))
        return rules.short_answer(self.draft, found)

    def _numerical(self, answers: str) -> Made:
        answers, _sign, wrong = answers.partition("~")
        amounts = []
        for fraction, words, feedback in self._accepted(answers):
            amounts.append(Amount(*_amount(_release(words)), fraction, feedback))
        if wrong:
            amounts.append(Amount("*", "0", Decimal(0), self._feedback(wrong.partition("#")[2])))
        if not amounts:
            raise QuestionRefusedError("Réponse numérique sans aucun nombre.")
        return rules.numerical(self.draft, amounts)


def _split_marks(answers: str) -> list[str]:
    return [part for part in re.split(r"(?=[=~])", answers) if part]


def _amount(text: str) -> tuple[str, str]:
    """Return a value and its tolerance, written `value:tolerance` or `least..most`."""
    if ".." in text[1:]:
        least, _dots, most = text.partition("..")
        low, high = rules.number(least), rules.number(most)
        return plain_decimal((low + high) / 2), plain_decimal(abs(high - low) / 2)
    value, _colon, tolerance = text.partition(":")
    return value.strip(), tolerance.strip() or "0"


def count(file: BinaryIO) -> int:
    """Return how many questions a file holds. Raises FileRefusedError."""
    return sum(1 for _chunk in cut(file))


def read(file: BinaryIO, seed: uuid.UUID) -> Iterator[Imported]:
    """Yield what becomes of each question of a file. Raises FileRefusedError."""
    for number, chunk in enumerate(cut(file), 1):
        draft = Draft(seed, number, line=chunk.line, category=chunk.category)
        yield draft.read(_Reader(draft, chunk).read)


# -- Writing -------------------------------------------------------------------------------------------------------


def _escape(text: str) -> str:
    return re.sub(rf"([{re.escape(_ESCAPABLE)}])", r"\\\1", text).replace("\n", "\\n")


def _is_taken_for_more(text: str) -> bool:
    """Whether the beginning of a text would be read as a format, a weight, a comment or a category."""
    return bool(_FORMAT.match(text) or _WEIGHT.match(text)) or text.startswith(("//", "$CATEGORY:"))


def _words(text: str) -> str:
    """Write a text in the format of the question, Markdown."""
    return ("[markdown]" if _is_taken_for_more(text) else "") + _escape(text)


def _plain(text: str) -> str:
    """Write words alone: in a question in Markdown, no sign of theirs may be read as markup."""
    return (
        "[plain]" if _is_taken_for_more(text) or convert(text, TextFormat.PLAIN, inline=True).text != text else ""
    ) + _escape(text)


def _weight(share: Decimal) -> str:
    return f"%{plain_decimal(share.quantize(Decimal('0.00001')))}%"


class Writer:
    """Writes questions one by one; `notes` tells what the format could not hold of the last one."""

    opening = ""
    closing = ""

    def comment(self, text: str) -> str:
        """Return a remark for who reads the file."""
        return f"// {' '.join(text.split())}\n\n"

    def question(self, question: Question, written: Written) -> str:
        """Return a question as it stands in the file. Raises LeftOutError."""
        self.written = written
        if question.hint:
            written.note("l'indice")
        if question.image or (question.case and question.case.image):
            written.note("l'image")
        if question.worth != 1:
            written.note(f"les points ({plain_decimal(question.worth)})")
        answers = self._answers(question)
        tags = "".join(f"// [tag:{code}]\n" for code in question.competence_codes)
        general = f"####{_words(question.explanation)}" if question.explanation else ""
        text = _escape(written.text(question))
        return f"{tags}::{_escape(written.label)}::[markdown]{text} {{{answers}{general}}}\n\n"

    @singledispatchmethod
    def _answers(self, question: Question) -> str:
        raise LeftOutError("le format GIFT ne connaît pas ce genre de question")

    @_answers.register
    def _choice(self, question: ChoiceQuestion) -> str:
        if question.kind is Kind.TRUE_FALSE:
            right, wrong = sorted(question.options, key=lambda option: not option.correct)
            said = f"#{_words(wrong.feedback)}#{_words(right.feedback)}" if wrong.feedback or right.feedback else ""
            return ("TRUE" if right.id == "true" else "FALSE") + said
        signs = {True: "=", False: "~"}
        if question.kind is Kind.MULTIPLE:
            share = share_of_right(question)
            signs = {True: f"~{_weight(share)}", False: f"~{_weight(-share)}"}
        return "\n".join(["", *(signs[o.correct] + _with_feedback(o.text, o.feedback) for o in question.options), ""])

    @_answers.register
    def _placing(self, question: PlacingQuestion) -> str:
        pairs = pairs_of(question, self.written)
        if any("->" in prompt for prompt, _match in pairs):
            self.written.note("la flèche -> dans un énoncé, devenue →")
        lines = [f"={_plain(prompt.replace('->', '→'))} -> {_plain(match)}" for prompt, match in pairs]
        return "\n".join(["", *lines, ""])

    @_answers.register
    def _ordering(self, question: OrderingQuestion) -> str:
        steps = sorted(question.steps, key=lambda step: step.rank)
        head = f">{len(steps)} ALL VERTICAL RELATIVE_TO_CORRECT SHOW"
        return "\n".join([head, *(_plain(step.text) for step in steps), ""])

    @_answers.register
    def _short_answer(self, question: ShortAnswerQuestion) -> str:
        if question.typo:
            self.written.note("le pardon d'une faute de frappe")
        lines = [
            f"={_weight(answer.share)}{_plain(answer.text.replace('*', '\\*'))}{_said(answer.feedback)}"
            for answer in question.answers
        ]
        if question.feedback_other:
            lines.append(f"=%0%*{_said(question.feedback_other)}")
        if any("->" in line for line in lines):
            self.written.note("la flèche ->, devenue →")
        return "\n".join(["", *(line.replace("->", "→") for line in lines), ""])

    @_answers.register
    def _numerical(self, question: NumericalQuestion) -> str:
        if question.unit:
            self.written.note(f"l'unité « {question.unit} »")
        lines = [
            f"={_weight(a.share)}{plain_decimal(a.value)}:{plain_decimal(a.tolerance)}{_said(a.feedback)}"
            for a in question.answers
        ]
        if question.feedback_other:
            lines.append(f"~{_said(question.feedback_other)}")
        return "\n".join(["#", *lines, ""])

    @_answers.register
    def _open(self, question: OpenQuestion) -> str:
        if question.model_answer or question.criteria:
            self.written.note("la réponse modèle et la grille")
        return ""


def _said(feedback: str) -> str:
    return f"#{_words(feedback)}" if feedback else ""


def _with_feedback(text: str, feedback: str) -> str:
    return _plain(text) + _said(feedback)
