"""A question on its way from another system to ours: words, images, and notes on what had to change. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

from courses.questions.checks import faults
from courses.questions.kinds import Kind
from courses.questions.raw import question_from_raw

from . import images
from .markup import MARK, Picture, TextFormat, convert, plain
from .results import EmbeddedImage, FileRefusedError, Imported, QuestionRefusedError

type Files = Mapping[str, Callable[[], bytes]]
"""Files that come with a question: by name, what returns their bytes. It may raise NotAnImageError."""

SHORT, FEEDBACK, LABEL = 300, 400, 200
MIN_WORTH, MAX_WORTH = Decimal("0.25"), Decimal(20)
BOUNDS = {
    "options": (2, 10, "réponses"),
    "pairs": (2, 12, "paires"),
    "items": (2, 12, "étapes"),
    "bins": (2, 6, "bacs"),
    "zones": (2, 12, "zones"),
}
"""How many parts a question may have. `answers` depends on the kind."""
_ANSWERS = {Kind.SHORT_ANSWER: 20, Kind.NUMERICAL: 10}
_PLACES = re.compile(f"{MARK}.*?{MARK}")
_COMPETENCE = re.compile(r"[A-Za-z]{1,3}\d{1,2}(?:\.\d{1,2})*")


def to_decimal(text: str) -> Decimal | None:
    """Return the number that a text is, written with a point or a comma, or None."""
    try:
        number = Decimal("".join(text.split()).replace(",", ".").replace("−", "-"))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 16 else None


def plain_decimal(number: Decimal) -> str:
    """Return a number without exponent or useless zeros: «3.5», «1200», «33.33»."""
    return f"{number.normalize():f}" if number else "0"


def french(number: Decimal) -> str:
    """Return a number as it is written in French."""
    return plain_decimal(number).replace(".", ",")


def short(text: str, length: int = 60) -> str:
    """Return the beginning of a text, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


class Draft:
    """One question being read. What is not kept of it is told by `note`; `imported` makes the result."""

    def __init__(self, seed: uuid.UUID, number: int, *, line: int | None = None, category: str = "") -> None:
        self.seed, self.number, self.line, self.category = seed, number, line, category
        self.name = ""
        self.notes: list[str] = []
        self.images: dict[str, EmbeddedImage] = {}
        self.values: dict[str, Any] = {
            "text": "",
            "image": None,
            "explanation": "",
            "hint": "",
            "worth": "1",
            "lesson": None,
            "competences": [],
        }

    def note(self, text: str) -> None:
        """Tell what was adapted, once."""
        if text not in self.notes:
            self.notes.append(text)

    # -- Words -----------------------------------------------------------------------------------------------------

    def _lost(self, lost: Iterable[str]) -> None:
        for name in sorted(lost):
            self.note(f"N'a pas été repris : {name}.")

    def words(self, source: str, form: TextFormat, *, where: str, inline: bool = True) -> str:
        """Return a text as Markdown. Pictures in it are lost, and told."""
        words = convert(source, form, inline=inline)
        self._lost(words.lost)
        if words.pictures:
            self.note(f"N'a pas été reprise : l'image {where}. Ici, seul l'énoncé porte une image.")
            if not words.text:
                return " ".join(picture.alt for picture in words.pictures).strip()
        return words.text

    def label(self, source: str, form: TextFormat) -> str:
        """Return a short text to choose, to place or to type: words alone. Raises QuestionRefusedError."""
        words = plain(source, form)
        self._lost(words.lost)
        if words.pictures:
            if not words.text and not any(picture.alt for picture in words.pictures):
                raise QuestionRefusedError("Une réponse est faite d'une image seule, sans texte de remplacement.")
            self.note("N'a pas été reprise : l'image d'une réponse. Ici, seul l'énoncé porte une image.")
        return self.bounded(words.text or " ".join(picture.alt for picture in words.pictures).strip())

    def bounded(self, text: str, bound: int = SHORT) -> str:
        """Return a text that is short enough. Raises QuestionRefusedError."""
        if len(text) > bound:
            raise QuestionRefusedError(f"Une réponse dépasse {bound} caractères : « {short(text)} ».")
        return text

    def feedback(self, source: str, form: TextFormat, *, of: str = "") -> str:
        """Return a feedback that fits; a longer one goes to the explanation, and is told."""
        text = self.words(source, form, where="d'un retour")
        if len(text) <= FEEDBACK:
            return text
        self.note("Un retour de plus de 400 caractères a été déplacé dans l'explication.")
        self.explain(f"« {of} » : {text}" if of else text, TextFormat.MARKDOWN)
        return ""

    def explain(self, source: str, form: TextFormat) -> None:
        """Add to the explanation."""
        text = self.words(source, form, where="de l'explication", inline=False)
        self.values["explanation"] = "\n\n".join(filter(None, [self.values["explanation"], text]))

    def hints(self, sources: Iterable[tuple[str, TextFormat]]) -> None:
        """Set the hint: one, of all those given."""
        found = [text for source, form in sources if (text := self.words(source, form, where="d'un indice"))]
        self.values["hint"] = " ".join(found)
        if len(self.values["hint"]) > FEEDBACK:
            self.values["hint"] = ""
            self.note("N'a pas été repris : l'indice, qui dépasse 400 caractères.")

    def worth(self, number: Decimal | None) -> None:
        """Set the points, within the site's bounds."""
        if number is None:
            return
        kept = min(max(number, MIN_WORTH), MAX_WORTH).quantize(Decimal("0.01"))
        if number <= 0:
            kept = Decimal(1)
        if kept != number:
            self.note(f"Valait {french(number)} point(s) : ici {french(kept)}.")
        self.values["worth"] = plain_decimal(kept)

    def tags(self, tags: Iterable[str]) -> None:
        """Keep the tags that look like codes of competences."""
        codes = [tag.strip().upper() for tag in tags if _COMPETENCE.fullmatch(tag.strip())]
        self.values["competences"] = list(dict.fromkeys(code for code in codes if len(code) <= 10))

    # -- Images ----------------------------------------------------------------------------------------------------

    def text(self, source: str, form: TextFormat, files: Files | None = None, *, inline: bool = False) -> str:
        """Return the text of the question as Markdown, and keep its first picture."""
        words = convert(source, form, inline=inline)
        self._lost(words.lost)
        self._show(words.pictures, files or {})
        if not self.name:
            self.name = short(_PLACES.sub("…", words.text))
        return words.text

    def put_text(self, source: str, form: TextFormat, files: Files | None = None) -> None:
        """Set the text of the question. Raises QuestionRefusedError if it is empty."""
        self.values["text"] = self.text(source, form, files)
        if not self.values["text"]:
            raise QuestionRefusedError("L'énoncé est vide.")

    def _show(self, pictures: Iterable[Picture], files: Files) -> None:
        for picture in pictures:
            if self.values["image"] is not None:
                self.note("N'a pas été reprise : une autre image. Ici, une question ne porte qu'une image.")
            elif found := self.picture(picture, files):
                self.values["image"] = found[0]

    def picture(self, picture: Picture, files: Files) -> tuple[dict[str, Any], tuple[int, int]] | None:
        """Return the value of an image block, with a token for id, and the size; None and a note if it can't be had."""
        name = short(picture.source if not picture.source.startswith("data:") else "image", 40)
        try:
            content = images.data_address(picture.source)
            if content is None:
                content = self._file(picture.source, files)
            image, size = images.check_image(unquote(name), content)
        except (images.NotAnImageError, FileRefusedError) as error:
            self.note(f"N'a pas été reprise : l'image « {name} » ({error}).")
            return None
        self.images[image.token] = image
        alt = picture.alt
        if not alt:
            alt = f"Image « {image.name} »"
            self.note("L'image n'a pas de texte de remplacement : écrivez ce qu'elle montre.")
        return {"image": image.token, "alt_text": alt[:255], "decorative": False}, size

    def _file(self, source: str, files: Files) -> bytes:
        path = unquote(source.removeprefix("@@PLUGINFILE@@/")).partition("?")[0]
        for name in (path, path.rpartition("/")[2]):
            if name in files:
                return files[name]()
        if source.startswith(("http:", "https:", "//")):
            raise images.NotAnImageError("elle est sur un autre site")
        raise images.NotAnImageError("elle n'est pas dans le fichier")

    # -- Results ---------------------------------------------------------------------------------------------------

    def _with_ids(self, value: Any, path: str) -> Any:
        """Give an id to each item of each list: the same one each time that this question is read."""
        if isinstance(value, dict):
            return {key: self._with_ids(inner, f"{path}/{key}") for key, inner in value.items()}
        if isinstance(value, list):
            return [
                {
                    "type": "item",
                    "id": str(uuid.uuid5(self.seed, f"{path}/{place}")),
                    "value": self._with_ids(inner, f"{path}/{place}"),
                }
                for place, inner in enumerate(value)
            ]
        return value

    def _check_counts(self, kind: Kind, value: Mapping[str, Any]) -> None:
        bounds = dict(BOUNDS)
        if kind in _ANSWERS:
            bounds["answers"] = (1, _ANSWERS[kind], "réponses acceptées")
        for key, (least, most, what) in bounds.items():
            if key in value and not least <= len(value[key]) <= most:
                raise QuestionRefusedError(f"{len(value[key])} {what} : il en faut de {least} à {most}.")

    def imported(self, kind: Kind, value: Mapping[str, Any]) -> Imported:
        """Return the question as a raw block. Raises QuestionRefusedError if nobody could answer it rightly."""
        self._check_counts(kind, value)
        whole = self.values | dict(value)
        if kind is Kind.HOTSPOT:
            del whole["image"]  # the image to point at is the question's own
        block = {
            "type": str(kind),
            "id": str(uuid.uuid5(self.seed, str(self.number))),
            "value": self._with_ids(whole, str(self.number)),
        }
        if found := faults(question_from_raw(block)):
            raise QuestionRefusedError(" ".join(found))
        shown = [whole[key] for key in ("image", "picture") if whole.get(key)]
        used = tuple(self.images[image["image"]] for image in shown)
        return Imported(self.number, self.name, self.line, self.category, block, tuple(self.notes), images=used)

    def refused(self, reason: str) -> Imported:
        """Return the question as refused."""
        return Imported(self.number, self.name, self.line, self.category, refusal=reason)

    def read(self, reader: Callable[[], tuple[Kind, Mapping[str, Any]]]) -> Imported:
        """Return what a reader makes of the question: a refusal is a result too."""
        try:
            return self.imported(*reader())
        except QuestionRefusedError as refusal:
            return self.refused(str(refusal))
