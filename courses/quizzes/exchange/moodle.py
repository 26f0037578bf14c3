"""Moodle XML, the format of Moodle's question banks: read and written. Pure.

See https://docs.moodle.org/en/Moodle_XML_format. Images travel in the file, in base64. Texts are written in Markdown,
which Moodle reads (`format="markdown"`): nothing of them changes on the way.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial, singledispatchmethod
from typing import BinaryIO
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from courses.questions.kinds import (
    ChoiceQuestion,
    GapTextQuestion,
    ImageRef,
    Kind,
    NumericalQuestion,
    OpenQuestion,
    OrderingQuestion,
    PlacingQuestion,
    Question,
    ShortAnswerQuestion,
)

from . import cloze, rules, safexml
from .drafts import Draft, Files, plain_decimal, short, to_decimal
from .images import decode_base64
from .markup import MARK, TextFormat, plain
from .results import Imported, QuestionRefusedError
from .rules import FULL, Amount, Answer, Hole, Made
from .written import LeftOutError, Written, pairs_of, share_of_right

_FORMATS = {
    "html": TextFormat.HTML,
    "markdown": TextFormat.MARKDOWN,
    "plain_text": TextFormat.PLAIN,
    "moodle_auto_format": TextFormat.AUTO,
}
# What Moodle itself writes when an author leaves these feedbacks alone.
_STOCK = {
    "",
    "votre réponse est correcte.",
    "votre réponse est partiellement correcte.",
    "votre réponse est incorrecte.",
    "your answer is correct.",
    "your answer is partially correct.",
    "your answer is incorrect.",
}
_NUMBERED_GAP = re.compile(r"\[\[(\d{1,3})\]\]")
_UNKNOWN = {
    "description": "c'est un texte, pas une question",
    "calculated": "les questions calculées ne sont pas prises en charge",
    "calculatedmulti": "les questions calculées ne sont pas prises en charge",
    "calculatedsimple": "les questions calculées ne sont pas prises en charge",
    "random": "c'est un tirage au sort : recréez-le avec « Tirage dans une banque »",
    "randomsamatch": "c'est un tirage au sort, pas une question",
}

# -- Reading -------------------------------------------------------------------------------------------------------


def _child_text(element: Element | None, path: str = "text") -> str:
    return "" if element is None else (element.findtext(path) or "").strip()


def _form(element: Element | None) -> TextFormat:
    return _FORMATS.get("" if element is None else element.get("format", ""), TextFormat.AUTO)


def _formed(element: Element | None) -> tuple[str, TextFormat]:
    return _child_text(element), _form(element)


def _files(element: Element | None) -> Files:
    """Return the files that come with a text; each is decoded only when it is asked for."""
    found = [] if element is None else element.findall("file")
    return {file.get("name", ""): partial(decode_base64, file.text or "") for file in found}


class _Reader:
    """Reads one `<question>`."""

    def __init__(self, draft: Draft, element: Element) -> None:
        self.draft = draft
        self.element = element
        draft.name = short(_child_text(element.find("name")), 120)

    def read(self) -> Made:
        kind = self.element.get("type", "")
        reader = getattr(self, f"_read_{kind}", None) if kind in _KINDS else None
        if reader is None:
            raise QuestionRefusedError(f"Type « {kind} » : {_UNKNOWN.get(kind, "il n'a pas d'équivalent ici")}.")
        self._common()
        made: Made = reader()
        return made

    def _common(self) -> None:
        find = self.element.find
        self.draft.worth(to_decimal(_child_text(self.element, "defaultgrade")))
        self.draft.explain(*_formed(find("generalfeedback")))
        self.draft.hints(_formed(hint) for hint in self.element.findall("hint"))
        self.draft.tags(_child_text(tag) for tag in self.element.findall("tags/tag"))
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
            said = plain(*_formed(find(name))).text
            if said.lower() not in _STOCK:
                self.draft.note(f"N'a pas été repris : le retour d'ensemble « {short(said)} ».")

    def _put_text(self) -> None:
        element = self.element.find("questiontext")
        self.draft.put_text(*_formed(element), _files(element))

    def _feedback(self, answer: Element, of: str = "") -> str:
        return self.draft.feedback(*_formed(answer.find("feedback")), of=of)

    def _fraction(self, answer: Element) -> Decimal:
        return to_decimal(answer.get("fraction", "0")) or Decimal(0)

    def _read_multichoice(self) -> Made:
        self._put_text()
        answers = []
        for answer in self.element.findall("answer"):
            label = self.draft.label(*_formed(answer))
            answers.append(Answer(label, self._fraction(answer), self._feedback(answer, label)))
        single = _child_text(self.element, "single").lower() not in {"false", "0"}
        return rules.choice(self.draft, answers, single=single)

    def _read_truefalse(self) -> Made:
        self._put_text()
        found = {_child_text(answer).lower(): answer for answer in self.element.findall("answer")}
        if set(found) != {"true", "false"}:
            raise QuestionRefusedError("Vrai ou faux dont les réponses ne sont pas « true » et « false ».")
        fractions = {text: self._fraction(answer) for text, answer in found.items()}
        return rules.true_false(
            answer=fractions["true"] > fractions["false"],
            feedback_true=self._feedback(found["true"], "Vrai"),
            feedback_false=self._feedback(found["false"], "Faux"),
        )

    def _read_shortanswer(self) -> Made:
        self._put_text()
        answers = []
        for answer in self.element.findall("answer"):
            text = self.draft.label(_child_text(answer), TextFormat.PLAIN)
            answers.append(Answer(text, self._fraction(answer), self._feedback(answer, text)))
        case_matters = _child_text(self.element, "usecase") == "1"
        return rules.short_answer(self.draft, answers, case_matters=case_matters)

    def _read_numerical(self) -> Made:
        self._put_text()
        amounts = [
            Amount(
                _child_text(answer),
                _child_text(answer, "tolerance"),
                self._fraction(answer),
                self._feedback(answer, _child_text(answer)),
            )
            for answer in self.element.findall("answer")
        ]
        units = [
            (_child_text(unit, "unit_name"), to_decimal(_child_text(unit, "multiplier")))
            for unit in self.element.findall("units/unit")
        ]
        unit = next((name for name, multiplier in units if multiplier == 1), "")
        for name, multiplier in units:
            if name != unit:
                factor = plain_decimal(multiplier or Decimal(1)).replace(".", ",")
                self.draft.note(f"N'a pas été reprise : l'unité « {name} » (× {factor}). Ici, une seule est acceptée.")
        typed = _child_text(self.element, "unitgradingtype") not in {"", "0"}
        if unit and typed and to_decimal(_child_text(self.element, "unitpenalty")) != 1:
            self.draft.note("Une unité fausse coûtait une part des points : ici, c'est une réponse fausse.")
        return rules.numerical(self.draft, amounts, unit=unit, unit_typed=typed)

    def _read_matching(self) -> Made:
        self._put_text()
        pairs = []
        for pair in self.element.findall("subquestion"):
            prompt = self.draft.label(*_formed(pair))
            pairs.append((prompt, self.draft.label(_child_text(pair.find("answer")), TextFormat.PLAIN)))
        return rules.matching(self.draft, pairs)

    def _read_ordering(self) -> Made:
        self._put_text()
        if _child_text(self.element, "gradingtype") in {"ALL_OR_NOTHING", "-1"}:
            self.draft.note("C'était tout ou rien : ici, une étape déplacée ne coûte qu'une part des points.")
        answers = sorted(self.element.findall("answer"), key=self._fraction)
        return rules.ordering([self.draft.label(*_formed(answer)) for answer in answers])

    def _read_essay(self) -> Made:
        self._put_text()
        if plain(*_formed(self.element.find("responsetemplate"))).text:
            self.draft.note("N'a pas été repris : le modèle à remplir, proposé dans la zone de réponse.")
        if _child_text(self.element, "attachments") not in {"", "0"}:
            self.draft.note("Une pièce jointe pouvait être envoyée : ici, la réponse est un texte.")
        source, form = _formed(self.element.find("graderinfo"))
        return rules.open_answer(self.draft.words(source, form, where="de la réponse modèle", inline=False))

    def _gaps(self, source: str, form: TextFormat, holes: list[Hole]) -> Made:
        text = self.draft.text(source, form, _files(self.element.find("questiontext")))
        return rules.gap_text(self.draft, text, holes)

    def _read_cloze(self) -> Made:
        source, form = _formed(self.element.find("questiontext"))
        source, holes, weight = cloze.take_gaps(self.draft, source, form)
        if self.element.find("defaultgrade") is None:
            self.draft.worth(weight)
        return self._gaps(source, form, holes)

    def _read_gapselect(self) -> Made:
        return self._listed_gaps("selectoption")

    def _read_ddwtos(self) -> Made:
        return self._listed_gaps("dragbox")

    def _listed_gaps(self, tag: str) -> Made:
        """Read a text where `[[2]]` is a gap for the second choice, or for another of its group."""
        choices = [
            (self.draft.label(_child_text(choice), TextFormat.HTML), _child_text(choice, "group"))
            for choice in self.element.findall(tag)
        ]
        source, form = _formed(self.element.find("questiontext"))
        holes: list[Hole] = []

        def take(match: re.Match[str]) -> str:
            number = int(match[1])
            if not 1 <= number <= len(choices):
                raise QuestionRefusedError(f"Le trou [[{number}]] n'a pas de réponse.")
            right, group = choices[number - 1]
            answers = (Answer(text, FULL if text == right else Decimal(0)) for text, other in choices if other == group)
            holes.append(Hole(listed=True, answers=tuple(answers)))
            return f"{MARK}{len(holes) - 1}{MARK}"

        source = _NUMBERED_GAP.sub(take, source)
        if not holes:
            raise QuestionRefusedError("Texte à trous sans aucun trou lisible.")
        return self._gaps(source, form, holes)


_KINDS = {name.removeprefix("_read_") for name in vars(_Reader) if name.startswith("_read_")}


def _category(element: Element) -> str:
    parts = _child_text(element.find("category")).split("/")
    return " / ".join(part for part in map(str.strip, parts) if part and not part.startswith("$") and part != "top")


def count(file: BinaryIO) -> int:
    """Return how many questions a file holds; the whole of it is read. Raises FileRefusedError."""
    found = safexml.elements(file, hollow=True)
    return sum(element.tag == "question" and element.get("type") != "category" for _line, element in found)


def read(file: BinaryIO, seed: uuid.UUID) -> Iterator[Imported]:
    """Yield what becomes of each question of a file. Raises FileRefusedError."""
    category, number = "", 0
    for line, element in safexml.elements(file):
        if element.tag != "question":
            continue
        if element.get("type") == "category":
            category = _category(element)
            continue
        number += 1
        draft = Draft(seed, number, line=line, category=category)
        yield draft.read(_Reader(draft, element).read)


# -- Writing -------------------------------------------------------------------------------------------------------

type ImageSource = Callable[[int], tuple[str, bytes] | None]
"""Returns the name and the bytes of an image of the library, by its id, or None if it is gone."""


def _text(tag: str, text: str, extra: str = "", form: str = "markdown") -> str:
    return f'    <{tag} format="{form}">\n      <text>{escape(text)}</text>\n{extra}    </{tag}>\n'


def _answer(text: str, fraction: str, feedback: str = "", extra: str = "", form: str = "plain_text") -> str:
    said = f'      <feedback format="markdown"><text>{escape(feedback)}</text></feedback>\n'
    return (
        f'    <answer fraction="{fraction}" format="{form}">\n'
        f"      <text>{escape(text)}</text>\n{said}{extra}    </answer>\n"
    )


class Writer:
    """Writes questions one by one."""

    opening = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
    closing = "</quiz>\n"

    def __init__(self, images: ImageSource) -> None:
        self.images = images

    def comment(self, text: str) -> str:
        """Return a remark for who reads the file."""
        return f"<!-- {' '.join(text.split()).replace('--', '– –')} -->\n"

    def question(self, question: Question, written: Written) -> str:
        """Return a question as it stands in the file. Raises LeftOutError."""
        self.written = written
        kind, own = self._own(question)
        text, files = self._question_text(question)
        parts = [
            f"  <question type={quoteattr(kind)}>\n",
            f"    <name><text>{escape(written.label)}</text></name>\n",
            _text("questiontext", text, files),
            _text("generalfeedback", question.explanation),
            f"    <defaultgrade>{plain_decimal(question.worth)}</defaultgrade>\n",
            "    <penalty>0</penalty>\n    <hidden>0</hidden>\n",
            own,
            _text("hint", question.hint) if question.hint else "",
            self._tags(question),
            "  </question>\n",
        ]
        return "".join(parts)

    def _tags(self, question: Question) -> str:
        tags = "".join(f"<tag><text>{escape(code)}</text></tag>" for code in question.competence_codes)
        return f"    <tags>{tags}</tags>\n" if tags else ""

    def _question_text(self, question: Question) -> tuple[str, str]:
        text = self.written.text(question)
        if isinstance(question, GapTextQuestion):
            instruction = "" if text == rules.GAP_INSTRUCTION else f"{text}\n\n"
            text = instruction + cloze.write(question)
        shown = question.image or (question.case.image if question.case else None)
        return self._with_image(text, shown) if shown else (text, "")

    def _with_image(self, text: str, ref: ImageRef) -> tuple[str, str]:
        found = self.images(ref.id)
        if found is None:
            self.written.note("l'image, qui n'est plus dans la médiathèque")
            return text, ""
        name, content = found
        alt = ref.alt.replace("[", "(").replace("]", ")")
        encoded = base64.b64encode(content).decode()
        file = f'      <file name={quoteattr(name)} path="/" encoding="base64">{encoded}</file>\n'
        return f"![{alt}](@@PLUGINFILE@@/{name})\n\n{text}", file

    @singledispatchmethod
    def _own(self, question: Question) -> tuple[str, str]:
        raise LeftOutError("Moodle n'a pas d'équivalent de ce genre de question")

    @_own.register
    def _choice(self, question: ChoiceQuestion) -> tuple[str, str]:
        if question.kind is Kind.TRUE_FALSE:
            return "truefalse", "".join(
                _answer(option.id, "100" if option.correct else "0", option.feedback, form="moodle_auto_format")
                for option in question.options
            )
        single = question.kind is Kind.SINGLE
        share = FULL if single else share_of_right(question)
        right, wrong = (
            plain_decimal(n.quantize(Decimal("0.00001"))) for n in (share, Decimal(0) if single else -share)
        )
        answers = (_answer(o.text, right if o.correct else wrong, o.feedback) for o in question.options)
        head = (
            f"    <single>{'true' if single else 'false'}</single>\n    <shuffleanswers>true</shuffleanswers>\n"
            "    <answernumbering>abc</answernumbering>\n"
        )
        return "multichoice", head + "".join(answers)

    @_own.register
    def _placing(self, question: PlacingQuestion) -> tuple[str, str]:
        pairs = "".join(
            f'    <subquestion format="plain_text">\n      <text>{escape(prompt)}</text>\n'
            f"      <answer><text>{escape(match)}</text></answer>\n    </subquestion>\n"
            for prompt, match in pairs_of(question, self.written)
        )
        return "matching", "    <shuffleanswers>true</shuffleanswers>\n" + pairs

    @_own.register
    def _ordering(self, question: OrderingQuestion) -> tuple[str, str]:
        steps = sorted(question.steps, key=lambda step: step.rank)
        head = (
            "    <layouttype>VERTICAL</layouttype>\n    <selecttype>ALL</selecttype>\n"
            f"    <selectcount>{len(steps)}</selectcount>\n    <gradingtype>LONGEST_ORDERED_SUBSET</gradingtype>\n"
            "    <showgrading>SHOW</showgrading>\n    <numberingstyle>none</numberingstyle>\n"
        )
        return "ordering", head + "".join(_answer(step.text, f"{rank}.0000000") for rank, step in enumerate(steps, 1))

    @_own.register
    def _short_answer(self, question: ShortAnswerQuestion) -> tuple[str, str]:
        if question.typo:
            self.written.note("le pardon d'une faute de frappe")
        auto = "moodle_auto_format"
        answers = [
            _answer(answer.text.replace("*", "\\*"), plain_decimal(answer.share), answer.feedback, form=auto)
            for answer in question.answers
        ]
        if question.feedback_other:
            answers.append(_answer("*", "0", question.feedback_other, form=auto))
        return "shortanswer", "    <usecase>0</usecase>\n" + "".join(answers)

    @_own.register
    def _numerical(self, question: NumericalQuestion) -> tuple[str, str]:
        auto = "moodle_auto_format"
        answers = [
            _answer(
                plain_decimal(answer.value),
                plain_decimal(answer.share),
                answer.feedback,
                f"      <tolerance>{plain_decimal(answer.tolerance)}</tolerance>\n",
                auto,
            )
            for answer in question.answers
        ]
        if question.feedback_other:
            answers.append(_answer("*", "0", question.feedback_other, "      <tolerance>0</tolerance>\n", auto))
        typed = question.unit_rule == "typed"
        units = ""
        if question.unit:
            units = (
                "    <units>\n      <unit><multiplier>1</multiplier>"
                f"<unit_name>{escape(question.unit)}</unit_name></unit>\n    </units>\n"
            )
        rule = (
            f"    <unitgradingtype>{int(typed)}</unitgradingtype>\n    <unitpenalty>1.0</unitpenalty>\n"
            f"    <showunits>{0 if question.unit else 3}</showunits>\n    <unitsleft>0</unitsleft>\n"
        )
        return "numerical", "".join(answers) + units + rule

    @_own.register
    def _open(self, question: OpenQuestion) -> tuple[str, str]:
        model = question.model_answer
        if question.marking == "self":
            self.written.note("l'auto-évaluation : un formateur devra noter")
        if question.criteria:
            self.written.note("la grille : elle est écrite dans les informations pour l'évaluateur")
            grid = "\n".join(f"- {c.label} : {plain_decimal(c.points)}".replace(".", ",") for c in question.criteria)
            model = f"{model}\n\n{grid}".strip()
        head = (
            "    <responseformat>editor</responseformat>\n    <responserequired>1</responserequired>\n"
            "    <responsefieldlines>15</responsefieldlines>\n    <attachments>0</attachments>\n"
        )
        return "essay", head + _text("graderinfo", model)

    @_own.register
    def _gap_text(self, question: GapTextQuestion) -> tuple[str, str]:
        if question.typo:
            self.written.note("le pardon d'une faute de frappe")
        return "cloze", ""
