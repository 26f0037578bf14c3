"""Questions written on this site as the content of an H5P package. Pure.

Each kind of question has a content type that asks the same thing, H5P.TrueFalse, H5P.MultiChoice, H5P.Blanks or
H5P.DragText, or it is left out and the editor is told; what a content type marks otherwise is told too. Their fields
are those of each library's semantics.json (github.com/h5p). `lessons` writes whole lessons.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from courses.questions.kinds import (
    ChoiceQuestion,
    Gap,
    GapTextQuestion,
    ImageRef,
    Kind,
    NumericalQuestion,
    OrderingQuestion,
    PlacingQuestion,
    Question,
    ShortAnswerQuestion,
)
from pages.markdown import plain_text, render_inline_markdown, render_markdown

from . import wording
from .fitting import as_html, fitted
from .semantics import plain

type Params = dict[str, Any]
type Semantics = Sequence[Mapping[str, Any]]

# Versions that fit together and that current platforms have: the containers name exactly these of the others.
CURRENT = {
    "H5P.AdvancedText": "1.1",
    "H5P.Blanks": "1.14",
    "H5P.Column": "1.18",
    "H5P.CoursePresentation": "1.26",
    "H5P.DragText": "1.10",
    "H5P.Image": "1.1",
    "H5P.MultiChoice": "1.16",
    "H5P.QuestionSet": "1.20",
    "H5P.TrueFalse": "1.8",
}
_TITLES = {
    "H5P.AdvancedText": "Text",
    "H5P.Blanks": "Fill in the Blanks",
    "H5P.DragText": "Drag the Words",
    "H5P.Image": "Image",
    "H5P.MultiChoice": "Multiple Choice",
    "H5P.TrueFalse": "True/False Question",
}
# The tags that each field may hold, beside paragraphs: what every version of its semantics allows.
_QUESTION_TAGS = ("strong", "em", "sub", "sup")
_ANSWER_TAGS = ("strong", "em", "sub", "sup")
_TASK_TAGS = ("strong", "em", "a", "ul", "ol")
_BLANKS_TAGS = ("strong", "em")
MAX_FEEDBACK = 2048

# Never change it: a content that is exported again keeps the ids under which results were recorded elsewhere.
_NAMESPACE = uuid.UUID("0d6e3c0e-6a0f-5a8e-9b53-7f6ab1c0d2e4")

# -- What comes in, what goes out ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as a package holds it: a PNG, a JPEG or a GIF, the formats that every platform takes."""

    name: str
    mime: str
    content: bytes
    width: int
    height: int


type PictureSource = Callable[[int], Picture | None]
"""Gives an image of the library by its id, or None if it is gone."""


@dataclass(slots=True)
class Told:
    """What the file does not hold of something, or why it is left out, in French."""

    label: str
    lost: list[str] = field(default_factory=list)
    left_out: str = ""

    def note(self, what: str) -> None:
        """Tell what is not in the file, once."""
        if what not in self.lost:
            self.lost.append(what)


@dataclass(frozen=True, slots=True)
class Authored:
    """What to build a package of. `main` and `libraries` are written «H5P.Blanks 1.12»; `main` is one of them.

    `content` is None when nothing could be written. `files` are under their paths in the folder of the content.
    """

    main: str
    title: str
    content: Params | None
    files: Mapping[str, bytes]
    libraries: tuple[str, ...]
    report: tuple[Told, ...]
    count: int


class LeftOutError(Exception):
    """Something that H5P can't hold; the message says why, in French."""


# -- Versions ------------------------------------------------------------------------------------------------------


class Shelf:
    """The libraries that an export is written for: those that the site stores, else the current ones.

    `stored` gives the semantics of each stored library by its name, «H5P.Blanks 1.12».
    """

    def __init__(self, stored: Mapping[str, Semantics | None]) -> None:
        self.stored = stored

    def highest(self, machine_name: str) -> str:
        """Return the highest stored version, or the current one."""
        found = [ubername for ubername in self.stored if ubername.split(" ")[0] == machine_name]
        return max(found, key=_version) if found else f"{machine_name} {CURRENT[machine_name]}"

    def inside(self, container: str, machine_name: str) -> str | None:
        """Return the version that a container takes, or None if it takes no such library."""
        semantics = self.stored.get(container)
        if not semantics:
            return f"{machine_name} {CURRENT[machine_name]}"
        return next((option for option in _options(semantics) if option.split(" ")[0] == machine_name), None)

    def fit(self, ubername: str, params: Params) -> Params:
        """Return the parameters without those that the stored version does not know."""
        semantics = self.stored.get(ubername)
        return _known(params, semantics) if semantics else params


def _version(ubername: str) -> tuple[int, ...]:
    return tuple(int(number) for number in ubername.split(" ")[1].split("."))


def _fields(semantics: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in semantics:
        yield each
        yield from _fields(each.get("fields", ()))
        if "field" in each:
            yield from _fields([each["field"]])


def _options(semantics: Semantics) -> Iterator[str]:
    for each in _fields(semantics):
        if each.get("type") == "library":
            yield from each.get("options", ())


def _known(params: Params, semantics: Semantics) -> Params:
    known = {each["name"]: each for each in semantics}
    return {name: _known_value(value, known[name]) for name, value in params.items() if name in known}


def _known_value(value: Any, semantics: Mapping[str, Any]) -> Any:
    # A group of one field is written as the value of that field.
    fields = semantics.get("fields", ())
    if semantics["type"] == "group" and len(fields) == 1:
        return _known_value(value, fields[0])
    if semantics["type"] == "group" and isinstance(value, dict):
        return _known(value, fields)
    if semantics["type"] == "list" and isinstance(value, list) and "field" in semantics:
        return [_known_value(each, semantics["field"]) for each in value]
    return value


# -- Texts ---------------------------------------------------------------------------------------------------------

# Look-alikes of the signs that mean something there.
_MARKS = str.maketrans({"*": "∗", "\\": "∖"})


def _inline(markdown: str, tags: Sequence[str]) -> str:
    return fitted(str(render_inline_markdown(markdown)), tags)


def _said(markdown: str) -> str:
    """Return inline Markdown as a plain text."""
    return plain(plain_text(str(render_inline_markdown(markdown))))


def short(text: str, limit: int = 80) -> str:
    """Return the beginning of a question, as the editor is told of it."""
    text = plain_text(str(render_inline_markdown(text.strip().partition("\n\n")[0])))
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _task(question: Question, tags: Sequence[str], told: Told) -> str:
    """Return what is asked as HTML; the situation of its case, if any, stands before it."""
    html = str(render_markdown(question.text, top_heading=3))
    if question.case is not None:
        told.note("le lien avec les autres questions de l'étude de cas : la situation est recopiée dans chacune")
        case = question.case
        html = f"<p><strong>{as_html(case.title)}</strong></p>{render_markdown(case.text, top_heading=3)}{html}"
    return fitted(html, tags)


def _overall(question: Question) -> list[Params]:
    return [{"from": 0, "to": 100, "feedback": _said(question.explanation)}]


def _signless(text: str) -> str:
    """Return a text in which no sign of the notation is left: a tip starts with a colon."""
    text = re.sub(r"\s*:(?=\s|$)\s*", " – ", " ".join(text.split())).strip()
    return text.translate(_MARKS).replace(":", "∶")


def _around(text: str) -> str:
    """Return a text that stands between gaps."""
    return text.translate(_MARKS)


def _typed_answers(answers: Iterable[str]) -> str:
    texts = list(dict.fromkeys(" ".join(answer.split()) for answer in answers))
    if not texts:
        raise LeftOutError("elle n'a pas de bonne réponse entière")
    if any(set("*/:\\<>") & set(text) for text in texts):
        raise LeftOutError("une réponse contient un des signes * / : < >, qui ont un autre sens en H5P")
    return "/".join(as_html(text) for text in texts)


# -- Questions -----------------------------------------------------------------------------------------------------


class Writer:
    """Writes one package: counts what it holds, keeps its images and what it could not hold."""

    def __init__(self, shelf: Shelf, pictures: PictureSource) -> None:
        self.shelf = shelf
        self.pictures = pictures
        self.files: dict[str, bytes] = {}
        self.libraries: list[str] = []
        self.report: list[Told] = []
        self.asked = 0

    def tell(self, told: Told) -> None:
        if told.left_out or told.lost:
            self.report.append(told)

    def use(self, ubername: str) -> str:
        if ubername not in self.libraries:
            self.libraries.append(ubername)
        return ubername

    def placed(self, container: str, machine_name: str, params: Params, title: str, key: str) -> Params:
        """Return a content inside another one."""
        ubername = self.shelf.inside(container, machine_name)
        if ubername is None:
            raise LeftOutError(f"la version installée ici de {container} ne l'accueille pas")
        self.use(ubername)
        return {
            "library": ubername,
            "params": self.shelf.fit(ubername, params),
            "subContentId": str(uuid.uuid5(_NAMESPACE, key)),
            "metadata": {"contentType": _TITLES[machine_name], "license": "U", "title": plain(title)},
        }

    # -- Images ----------------------------------------------------------------------------------------------------

    def image(self, ref: ImageRef, container: str, told: Told) -> Params | None:
        """Return an image as a content, or None when it is gone."""
        picture = self.pictures(ref.id)
        if picture is None:
            told.note("l'image, qui n'est plus dans la médiathèque")
            return None
        path = f"images/{picture.name}"
        self.files[path] = picture.content
        file: Params = {"path": path, "mime": picture.mime, "copyright": {"license": "U"}}
        file |= {"width": picture.width, "height": picture.height}
        alt = plain(ref.alt)
        params = {"file": file, "decorative": ref.decorative or not alt, "alt": alt, **wording.IMAGE}
        if not alt:
            del params["alt"]
        return self.placed(container, "H5P.Image", params, picture.name, f"{container}/image/{ref.id}")

    def _media(self, question: Question, main: str, told: Told) -> Params:
        image = _image_of(question)
        placed = self.image(image, main, told) if image else None
        return {"type": placed, "disableImageZooming": False} if placed else {"disableImageZooming": False}

    # -- One question ----------------------------------------------------------------------------------------------

    def question(self, question: Question, container: str = "") -> tuple[str, Params] | None:
        """Return a question as the name of its library and its parameters, or None; what is lost is told."""
        told = Told(short(question.text) or "Question")
        self.asked += 1
        files, libraries = dict(self.files), list(self.libraries)
        try:
            written = self._question(question, container, told)
        except LeftOutError as reason:
            # What was taken for it goes with it.
            self.files, self.libraries = files, libraries
            told.left_out = str(reason)
            written = None
        else:
            if question.hint:
                told.note("l'indice")
            if question.worth != 1:
                told.note("le nombre de points : H5P compte un point par bonne réponse")
        self.tell(told)
        return written

    def _question(self, question: Question, container: str, told: Told) -> tuple[str, Params]:
        name, write = self._way_to_write(question)
        main = self.shelf.inside(container, name) if container else self.shelf.highest(name)
        if main is None:
            raise LeftOutError(f"la version installée ici de {container} ne l'accueille pas")
        return name, write(main, told)

    def _way_to_write(self, question: Question) -> tuple[str, Callable[[str, Told], Params]]:
        match question:
            case ChoiceQuestion(kind=Kind.TRUE_FALSE):
                return "H5P.TrueFalse", partial(self._true_false, question)
            case ChoiceQuestion():
                return "H5P.MultiChoice", partial(self._multi_choice, question)
            case GapTextQuestion(gaps=gaps) if gaps and all(gap.listed for gap in gaps):
                return "H5P.DragText", partial(self._gaps_to_drag, question)
            case GapTextQuestion():
                return "H5P.Blanks", partial(self._gaps_to_type, question)
            case ShortAnswerQuestion() | NumericalQuestion():
                return "H5P.Blanks", partial(self._typed, question)
            case PlacingQuestion():
                return "H5P.DragText", partial(self._placing, question)
            case OrderingQuestion():
                return "H5P.DragText", partial(self._ordering, question)
        raise LeftOutError(_WHY_NOT[question.kind])

    def _true_false(self, question: ChoiceQuestion, main: str, told: Told) -> Params:
        right = next((option for option in question.options if option.correct), question.options[0])
        wrong = next(option for option in question.options if option is not right)

        def feedback(said: str) -> str:
            return " ".join(part for part in (_said(said), _said(question.explanation)) if part)[:MAX_FEEDBACK]

        return {
            "media": self._media(question, main, told),
            "question": _task(question, _QUESTION_TAGS, told),
            "correct": right.id,
            "behaviour": {
                "enableRetry": True,
                "enableSolutionsButton": True,
                "enableCheckButton": True,
                "confirmCheckDialog": False,
                "confirmRetryDialog": False,
                "autoCheck": False,
                "feedbackOnCorrect": feedback(right.feedback),
                "feedbackOnWrong": feedback(wrong.feedback),
            },
            **wording.TRUE_FALSE,
        }

    def _multi_choice(self, question: ChoiceQuestion, main: str, told: Told) -> Params:
        answers = [
            {
                "text": _inline(option.text, _ANSWER_TAGS),
                "correct": option.correct,
                "tipsAndFeedback": {
                    "tip": "",
                    "chosenFeedback": _inline(option.feedback, _ANSWER_TAGS),
                    "notChosenFeedback": "",
                },
            }
            for option in question.options
        ]
        return {
            "media": self._media(question, main, told),
            "question": _task(question, _QUESTION_TAGS, told),
            "answers": answers,
            "overallFeedback": _overall(question),
            "behaviour": {
                "enableRetry": True,
                "enableSolutionsButton": True,
                "enableCheckButton": True,
                "type": "multi" if question.chooses_many else "single",
                "singlePoint": False,
                "randomAnswers": True,
                "showSolutionsRequiresInput": True,
                "confirmCheckDialog": False,
                "confirmRetryDialog": False,
                "autoCheck": False,
                "passPercentage": 100,
                "showScorePoints": True,
            },
            **wording.MULTI_CHOICE,
        }

    def _blanks(self, question: Question, main: str, told: Told, body: str, *, typo: bool) -> Params:
        return {
            "media": self._media(question, main, told),
            "text": _task(question, _TASK_TAGS, told),
            "questions": [body],
            "overallFeedback": _overall(question),
            "behaviour": {
                "enableRetry": True,
                "enableSolutionsButton": True,
                "enableCheckButton": True,
                "autoCheck": False,
                "caseSensitive": False,
                "showSolutionsRequiresInput": True,
                "separateLines": False,
                "confirmCheckDialog": False,
                "confirmRetryDialog": False,
                "acceptSpellingErrors": typo,
            },
            **wording.BLANKS,
        }

    def _gaps_to_type(self, question: GapTextQuestion, main: str, told: Told) -> Params:
        parts = []
        for gap in question.gaps:
            tip = ""
            if gap.listed:
                told.note("les listes à choix : les mots proposés sont donnés en indice, et la réponse se tape")
                words = sorted(" ".join(answer.text.split()) for answer in gap.answers)
                tip = f":Au choix – {as_html(', '.join(_signless(word) for word in words))}"
            self._tell_feedback(gap, told)
            key = _typed_answers(answer.text for answer in gap.answers if answer.correct)
            parts.append(f"{as_html(_around(gap.before))}*{key}{tip}*")
        body = "".join(parts) + as_html(_around(question.after))
        return self._blanks(question, main, told, _paragraphs(body), typo=question.typo)

    @staticmethod
    def _tell_feedback(gap: Gap, told: Told) -> None:
        if any(answer.feedback for answer in gap.answers):
            told.note("les retours de chaque réponse")

    def _typed(self, question: ShortAnswerQuestion | NumericalQuestion, main: str, told: Told) -> Params:
        typo, after = False, ""
        if isinstance(question, ShortAnswerQuestion):
            whole = [answer.text for answer in question.answers if answer.share >= 100]
            typo = question.typo
        else:
            if any(answer.tolerance for answer in question.answers if answer.share >= 100):
                raise LeftOutError("une réponse à peu près juste ne s'écrit pas en H5P")
            values = [f"{answer.value.normalize():f}" for answer in question.answers if answer.share >= 100]
            whole = [each for value in values for each in (value.replace(".", ","), value)]
            if question.unit and question.unit_rule == "typed":
                whole = [f"{value} {question.unit}" for value in whole]
            else:
                after = f"&nbsp;{as_html(_around(question.unit))}" if question.unit else ""
        if len(question.answers) > sum(answer.share >= 100 for answer in question.answers):
            told.note("les réponses qui ne valent qu'une part des points")
        if question.feedback_other or any(answer.feedback for answer in question.answers):
            told.note("les retours de chaque réponse")
        body = f"<p>Votre réponse&nbsp;: *{_typed_answers(whole)}*{after}</p>"
        return self._blanks(question, main, told, body, typo=typo)

    # -- Labels to drag --------------------------------------------------------------------------------------------

    def _drag_text(self, question: Question, main: str, told: Told, text: str, others: Iterable[str]) -> Params:
        others = [f"*{plain(_signless(other))}*" for other in others]
        if others and not self._takes(main, "distractors"):
            told.note("les étiquettes en trop, que cette version ne connaît pas")
        shows_images = self._takes(main, "media")
        if _image_of(question) and not shows_images:
            told.note("l'image, que cette version ne montre pas")
        return {
            "media": self._media(question, main, told) if shows_images else {},
            "taskDescription": _task(question, _TASK_TAGS, told),
            "textField": text,
            "distractors": "".join(others),
            "overallFeedback": _overall(question),
            "behaviour": {
                "enableRetry": True,
                "enableSolutionsButton": True,
                "enableCheckButton": True,
                "instantFeedback": False,
            },
            **wording.DRAG_TEXT,
        }

    def _takes(self, ubername: str, name: str) -> bool:
        semantics = self.shelf.stored.get(ubername)
        return not semantics or any(each["name"] == name for each in semantics)

    def _gaps_to_drag(self, question: GapTextQuestion, main: str, told: Told) -> Params:
        parts, others = [], []
        for gap in question.gaps:
            right = [answer.text for answer in gap.answers if answer.correct]
            if len(right) > 1:
                told.note("les autres bonnes réponses d'un trou : une seule est gardée")
            self._tell_feedback(gap, told)
            others += [answer.text for answer in gap.answers if not answer.correct]
            parts.append(f"{plain(_around(gap.before))}*{plain(_signless(gap.right))}*")
        told.note("les listes à choix : tous les mots sont ensemble, à poser dans le texte")
        keys = {gap.right for gap in question.gaps}
        text = "".join(parts) + plain(_around(question.after))
        return self._drag_text(question, main, told, text.strip(), dict.fromkeys(o for o in others if o not in keys))

    def _placing(self, question: PlacingQuestion, main: str, told: Told) -> Params:
        texts = {place.id: place.text for place in question.places}
        if any(item.feedback for item in question.items):
            told.note("les retours de chaque élément")
        lines = [f"{plain(_around(item.text))} → *{plain(_signless(texts[item.place]))}*" for item in question.items]
        used = {item.place for item in question.items}
        others = [place.text for place in question.places if place.id not in used]
        return self._drag_text(question, main, told, "\n".join(lines), others)

    def _ordering(self, question: OrderingQuestion, main: str, told: Told) -> Params:
        told.note("le barème : chaque étape à sa place vaut un point")
        steps = sorted(question.steps, key=lambda step: step.rank)
        text = "\n".join(f"{step.rank}. *{plain(_signless(step.text))}*" for step in steps)
        return self._drag_text(question, main, told, text, ())

    # -- The whole -------------------------------------------------------------------------------------------------

    def authored(self, main: str, title: str, content: Params | None) -> Authored:
        if content is not None:
            self.use(main)
            content = self.shelf.fit(main, content)
        libraries = (main, *(name for name in self.libraries if name != main)) if content is not None else ()
        return Authored(main, title, content, self.files, libraries, tuple(self.report), self.asked)


def _image_of(question: Question) -> ImageRef | None:
    return question.image or (question.case.image if question.case else None)


_WHY_NOT = {
    Kind.OPEN: "une réponse lue par une personne, selon une grille, n'a pas d'équivalent",
    Kind.HOTSPOT: "une zone à montrer sur une image n'a pas d'équivalent aussi accessible",
    Kind.SCALE: "une échelle où l'on se situe, sans points, n'a pas d'équivalent",
}


def _paragraphs(text: str) -> str:
    blocks = [block.strip().replace("\n", "<br>") for block in re.split(r"\n\s*\n", text) if block.strip()]
    return fitted("".join(f"<p>{block}</p>" for block in blocks), _BLANKS_TAGS)


# -- Quizzes -------------------------------------------------------------------------------------------------------


def write_questions(
    title: str,
    questions: Iterable[Question],
    shelf: Shelf,
    pictures: PictureSource,
    *,
    introduction: str = "",
    pass_mark: int = 50,
) -> Authored:
    """Return questions as one activity: a single question as itself, several as a question set.

    `introduction` is Markdown; `pass_mark` a percentage.
    """
    asked = list(questions)
    writer = Writer(shelf, pictures)
    if len(asked) == 1:
        alone = writer.question(asked[0])
        main = shelf.highest(alone[0]) if alone else shelf.highest("H5P.QuestionSet")
        return writer.authored(main, title, alone[1] if alone else None)
    main = shelf.highest("H5P.QuestionSet")
    placed = []
    for question in asked:
        if written := writer.question(question, main):
            name, params = written
            placed.append(writer.placed(main, name, params, short(question.text), question.id))
    content = {
        "introPage": {
            "showIntroPage": bool(introduction),
            "title": as_html(title),
            "introduction": fitted(str(render_markdown(introduction)), _QUESTION_TAGS),
            "startButtonText": "Commencer",
        },
        "progressType": "textual",
        "passPercentage": pass_mark,
        "questions": placed,
        "disableBackwardsNavigation": False,
        "randomQuestions": False,
        "texts": wording.QUESTION_SET["texts"],
        "endGame": {
            "showResultPage": True,
            "showSolutionButton": True,
            "showRetryButton": True,
            "overallFeedback": [{"from": 0, "to": 100, "feedback": ""}],
            "showAnimations": False,
            "skippable": False,
            **wording.QUESTION_SET["endGame"],
        },
        "override": {"checkButton": True},
    }
    return writer.authored(main, title, content if placed else None)
