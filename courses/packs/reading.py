"""Read a pack from its folder and find everything that is wrong with it. No database: what exists is passed in."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel

from courses.quizzes.rules import setting_faults

from .faults import Fault, PackError, Report, reporter
from .lines import Document, read_yaml
from .markup import Directive, Part, Stretch, Table, read_parts, read_table, report_markup, split_body
from .questions import CheckQuestion, Question, QuizFile
from .schema import (
    DIRECTIVES,
    CourseFile,
    ImageAttributes,
    InteractiveFile,
    LessonFront,
    NoAttributes,
    PageFront,
    alt_fault,
    validate,
)

MAX_FILE_BYTES = 1024 * 1024
MAX_IMAGE_SIDE = 5000  # pixels; a small file may unfold into a picture that fills the memory
IMAGE_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}

_ACTIVITY_NAME = re.compile(r"(?P<number>[0-9]{2})-[a-z0-9]+(?:-[a-z0-9]+)*\.(?:md|yaml)")
_IMAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.(?:png|jpe?g|webp)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


type ContentFault = tuple[tuple[str | int, ...], str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What a pack may refer to outside itself: federations and themes by slug, competences by code.

    `interactive` tells what is wrong with the content of an interactive activity: where in the file, the problem, the
    remedy. By default nothing is checked there.
    """

    federations: frozenset[str]
    themes: frozenset[str]
    competences: frozenset[str]
    interactive: Callable[[InteractiveFile], Iterable[ContentFault]] = lambda _front: ()


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image of a pack: its file and the SHA-256 of its content."""

    path: Path
    checksum: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a body: `name` is `markdown` or a directive's; `content` is what that kind holds."""

    line: int
    name: str
    content: str | tuple[Part, ...] | Table | Question | None
    attributes: BaseModel = field(default_factory=NoAttributes)


@dataclass(frozen=True, slots=True)
class Text[Front: BaseModel]:
    """A Markdown file: its header, its body, the images that it shows by name."""

    file: str
    front: Front
    body: tuple[Block, ...]
    images: dict[str, ImageFile]


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz file: what it says, the images that its questions show by name, the line of each part of `questions`."""

    file: str
    front: QuizFile
    images: dict[str, ImageFile]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Interactive:
    """The file of an interactive activity, and the images that its content shows by name."""

    file: str
    front: InteractiveFile
    images: dict[str, ImageFile]


type Activity = Text[LessonFront] | Quiz | Interactive


@dataclass(frozen=True, slots=True)
class Pack:
    """A module as its folder describes it, without faults. Its activities are in order."""

    path: Path
    course: CourseFile
    activities: tuple[Activity, ...]

    @property
    def lessons(self) -> list[Text[LessonFront]]:
        """The lessons among the activities."""
        return [activity for activity in self.activities if isinstance(activity, Text)]

    @property
    def quizzes(self) -> list[Quiz]:
        """The quizzes among the activities."""
        return [activity for activity in self.activities if isinstance(activity, Quiz)]

    @property
    def interactive(self) -> list[Interactive]:
        """The interactive activities."""
        return [activity for activity in self.activities if isinstance(activity, Interactive)]


# -- Files ---------------------------------------------------------------------------------------------------------


def read_file(path: Path, report: Report) -> str | None:
    """Return a file's text with plain line ends, or None when it cannot be read; faults are reported."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            report(1, "le fichier dépasse 1 Mo", "découpez-le")
            return None
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        report(line, "le fichier n'est pas en UTF-8", "enregistrez-le en UTF-8 dans votre éditeur de texte")
        return None
    except OSError as error:
        report(1, f"le fichier ne s'ouvre pas ({error.strerror})", "vérifiez son nom et ses droits")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _CONTROL.search(text):
        report(text.count("\n", 0, found.start()) + 1, "un caractère invisible interdit", "retapez cette ligne")
        return None
    return text


def read_document[M: BaseModel](path: Path, model: type[M], faults: list[Fault]) -> tuple[Document | None, M | None]:
    """Return a YAML file as a document with its lines, and as the model; None for what cannot be had."""
    report = reporter(faults, str(path))
    text = read_file(path, report)
    document = None if text is None else read_yaml(text, report)
    return document, validate(model, document, report) if document else None


def _image(images: Path, name: str, line: int, report: Report) -> ImageFile | None:
    if not _IMAGE_NAME.fullmatch(name):
        report(
            line,
            f"« {name} » n'est pas un nom d'image",
            "écrivez le seul nom du fichier, sans dossier, en .png, .jpg ou .webp",
        )
        return None
    path = images / name
    # The names as they are on disk: a file system that ignores case must not hide a mistake that shows on another.
    if not images.is_dir() or images.is_symlink() or name not in {entry.name for entry in images.iterdir()}:
        report(
            line,
            f"l'image « {name} » n'existe pas",
            "mettez-la dans le dossier images/, ou corrigez le nom (majuscules comprises)",
        )
        return None
    if path.is_symlink() or not path.is_file():
        report(line, f"l'image « {name} » n'est pas un fichier ordinaire", "copiez l'image elle-même dans images/")
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        report(line, f"l'image « {name} » dépasse 1 Mo", "réduisez ses dimensions ou enregistrez-la en .webp")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=sorted(set(IMAGE_FORMATS.values()))) as image:
                width, height, kind = *image.size, image.format
                image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        width, height, kind = MAX_IMAGE_SIDE + 1, 0, ""
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        report(
            line, f"« {name} » n'est pas une image, ou elle est abîmée", "exportez-la de nouveau en .png, .jpg ou .webp"
        )
        return None
    if max(width, height) > MAX_IMAGE_SIDE:
        report(line, f"l'image « {name} » dépasse {MAX_IMAGE_SIDE} pixels de côté", "réduisez ses dimensions")
        return None
    if kind != IMAGE_FORMATS[path.suffix]:
        report(
            line,
            f"« {name} » contient en fait une image {kind}",
            f"renommez-la selon son format, ou exportez-la en {path.suffix}",
        )
        return None
    return ImageFile(path, hashlib.sha256(path.read_bytes()).hexdigest())


type _Place = tuple[Document, tuple[str | int, ...], dict[str, Any]]


def _places(document: Document, path: tuple[str | int, ...], value: Any) -> Iterator[_Place]:
    """Yield a raw question, and those that it holds if it is a case: the document, the path there, the raw value."""
    if isinstance(value, dict):
        yield document, path, value
        inner = value.get("questions")
        for number, question in enumerate(inner if isinstance(inner, list) else ()):
            yield from _places(document, (*path, "questions", number), question)


def _question_images(folder: Path, places: Iterable[_Place], report: Report) -> dict[str, ImageFile]:
    found = {}
    for document, path, value in places:
        image = value.get("image")
        name = image.get("src") if isinstance(image, dict) else None
        if isinstance(name, str) and (file := _image(folder, name, document.line_of((*path, "image", "src")), report)):
            found[name] = file
    return found


# -- Bodies --------------------------------------------------------------------------------------------------------


class _BodyReader:
    """Turns the split text of one file into blocks. Keeps the images and the raw questions that it met."""

    def __init__(self, images: Path, report: Report, *, questions_allowed: bool) -> None:
        self.folder = images
        self.report = report
        self.questions_allowed = questions_allowed
        self.images: dict[str, ImageFile] = {}
        self.questions: list[_Place] = []

    def read(self, text: str, first_line: int) -> tuple[Block, ...]:
        blocks = []
        for piece in split_body(text, self.report, first_line=first_line):
            if isinstance(piece, Stretch):
                report_markup(piece.text, piece.line, self.report)
                blocks.append(Block(piece.line, "markdown", piece.text))
            elif block := self._directive(piece):
                blocks.append(block)
        return tuple(blocks)

    def _directive(self, directive: Directive) -> Block | None:
        name, line = directive.name, directive.line
        known = [known for known in DIRECTIVES if known != "question" or self.questions_allowed]
        if name not in known:
            if name:  # without a name, the line itself was reported
                self.report(line, f"le bloc « {name} » n'existe pas ici", f"choisissez parmi : {', '.join(known)}")
            return None
        document = Document(directive.attributes, {(): line})
        attributes = validate(DIRECTIVES[name], document, self.report)
        content = self._content(directive, attributes)
        return Block(line, name, content, attributes) if attributes else None

    def _content(self, directive: Directive, attributes: BaseModel | None) -> Any:
        name, line, text = directive.name, directive.line, directive.text
        if name == "question":
            return self._question(directive)
        if name == "image":
            if text.strip():
                self.report(
                    line, "un bloc image ne contient pas de texte", 'mettez le texte dans legende="…", ou après le bloc'
                )
            if isinstance(attributes, ImageAttributes):
                self._see_image(attributes, line)
            return None
        if not text.strip():
            self.report(line, f"le bloc « {name} » est vide", "écrivez son contenu avant la ligne « ::: »")
            return None
        if name == "citation":
            return text.strip()
        report_markup(text, line + 1, self.report)
        if name in {"etapes", "accordeon"}:
            return read_parts(directive, self.report)
        if name == "tableau":
            return read_table(directive, self.report)
        return text.strip("\n")

    def _question(self, directive: Directive) -> Any:
        document = read_yaml(directive.text, self.report, first_line=directive.line + 1)
        if document is None:
            return None
        places = list(_places(document, (), document.value))
        self.questions += places
        self.images |= _question_images(self.folder, places, self.report)
        # The model wraps the question, and so does its document: paths of faults begin with the same step.
        wrapped = Document(
            {"question": document.value}, {("question", *path): line for path, line in document.lines.items()}
        )
        read = validate(CheckQuestion, wrapped, self.report)
        return read.question if read else None

    def _see_image(self, attributes: ImageAttributes, line: int) -> None:
        if found := alt_fault(attributes.alt, decorative=attributes.decorative):
            self.report(line, *found)
        if image := _image(self.folder, attributes.src, line, self.report):
            self.images[attributes.src] = image


def _split_front(text: str, report: Report) -> tuple[str, str, int] | None:
    """Return the header, the body, and the line on which the body starts."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        report(
            1, "l'en-tête manque", "commencez le fichier par une ligne « --- », les clés, puis une autre ligne « --- »"
        )
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        report(1, "l'en-tête n'est pas fermé", "ajoutez une ligne « --- » après la dernière clé")
        return None
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


@dataclass(frozen=True, slots=True)
class _RawText[Front: BaseModel]:
    """What could be read of a Markdown file, faults or not: enough to check it against its neighbours."""

    file: str
    header: Document | None = None
    front: Front | None = None
    body: tuple[Block, ...] = ()
    images: dict[str, ImageFile] = field(default_factory=dict)
    questions: tuple[_Place, ...] = ()

    @property
    def finished(self) -> Text[Front]:
        assert self.front is not None  # noqa: S101  (only asked for when there was no fault)
        return Text(self.file, self.front, self.body, self.images)


def _read_text[Front: BaseModel](
    path: Path, model: type[Front], images: Path, faults: list[Fault], *, questions_allowed: bool
) -> _RawText[Front]:
    report = reporter(faults, str(path))
    text = read_file(path, report)
    parts = None if text is None else _split_front(text, report)
    if parts is None:
        return _RawText(path.name)
    head, rest, first_line = parts
    header = read_yaml(head, report, first_line=2)
    front = validate(model, header, report) if header else None
    reader = _BodyReader(images, report, questions_allowed=questions_allowed)
    body = reader.read(rest, first_line)
    if not rest.strip():
        report(first_line - 1, "rien ne suit l'en-tête", "écrivez le texte après la seconde ligne « --- »")
    return _RawText(path.name, header, front, body, reader.images, tuple(reader.questions))


def read_page(path: Path) -> Text[PageFront]:
    """Read a standard page. Raises PackError with all its faults."""
    faults: list[Fault] = []
    text = _read_text(path, PageFront, path.parent / "images", faults, questions_allowed=False)
    if faults:
        raise PackError(faults)
    return text.finished


# -- Packs ---------------------------------------------------------------------------------------------------------


def _stranger(entry: Path) -> tuple[str, str] | None:
    """Return what is wrong with something that stands in a pack and is not a lesson, if anything is."""
    name = entry.name
    if entry.is_symlink():
        return "un lien symbolique n'est pas accepté", "copiez le fichier lui-même dans le pack"
    if entry.is_dir():
        if name == "images":
            return None
        return f"le dossier « {name} » n'a pas sa place dans un pack", "retirez-le ; les images vont dans images/"
    if name in {"course.yaml", "quiz.yaml"} or entry.suffix not in {".md", ".yaml", ".yml"}:
        return None
    remedy = "nommez : leçon 01-nom.md, quiz ou activité 02-nom.yaml, fiche course.yaml"
    return (
        f"le nom « {name} » n'est pas celui d'un fichier de pack",
        f"{remedy} (minuscules sans accent, chiffres, tirets)",
    )


def _activity_files(path: Path, faults: list[Fault]) -> list[Path]:
    """Return the lessons and quizzes in the order of their number, and report every file that a pack does not hold."""
    found: dict[int, Path] = {}
    for entry in sorted(path.iterdir()):
        match = _ACTIVITY_NAME.fullmatch(entry.name)
        if match and entry.is_file() and not entry.is_symlink():
            number = int(match["number"])
            if found.setdefault(number, entry) != entry:
                faults.append(
                    Fault(str(entry), 1, f"deux activités portent le numéro {number:02}", "renumérotez l'une des deux")
                )
        elif not entry.name.startswith(".") and (fault := _stranger(entry)):
            faults.append(Fault(str(entry), 1, *fault))
    if not any(file.suffix == ".md" for file in found.values()):
        faults.append(Fault(str(path), 1, "le pack n'a aucune leçon", "ajoutez un fichier 01-nom.md"))
    numbers = sorted(found)
    # What comes before the first lesson may be 00, so that lessons keep the number that people call them by.
    gap = next(((n, expected) for expected, n in enumerate(numbers, 0 if 0 in found else 1) if n != expected), None)
    if gap:
        number, expected = gap
        problem = f"l'activité {expected:02} manque avant celle-ci"
        faults.append(Fault(str(found[number]), 1, problem, "renumérotez les leçons et les quiz 01, 02, 03…"))
    final = path / "quiz.yaml"
    return [found[number] for number in numbers] + ([final] if final.is_file() and not final.is_symlink() else [])


def _raw(document: Document | None, key: str) -> Any:
    return document.value.get(key) if document and isinstance(document.value, dict) else None


def _check_unique(found: Iterable[tuple[Any, int, Report]], what: str) -> None:
    """Report every id that was already met."""
    seen: set[str] = set()
    for identifier, line, report in found:
        if isinstance(identifier, str):
            if identifier in seen:
                problem = f"l'identifiant « {identifier} » est déjà celui d'une autre {what}"
                report(line, problem, "choisissez-en un autre")
            seen.add(identifier)


@dataclass(frozen=True, slots=True)
class _References:
    """What may be referred to. Checks raw values, so that these faults are found beside those of the schema."""

    lessons: frozenset[str]
    known: Known | None

    def check_question(
        self, document: Document, path: tuple[str | int, ...], value: dict[str, Any], report: Report
    ) -> None:
        """Report a lesson or competences that a question names and that don't exist."""
        lesson = value.get("lesson")
        if isinstance(lesson, str) and lesson not in self.lessons:
            problem = f"la leçon « {lesson} » n'existe pas dans ce module"
            report(document.line_of((*path, "lesson")), problem, "écrivez l'id d'une leçon du module")
        self._check_competences(document, path, value.get("competences"), report)

    def check_course(self, card: Document, report: Report) -> None:
        """Report a federation, themes or competences that the module names and that don't exist."""
        if self.known is None:
            return
        federation = _raw(card, "federation")
        if isinstance(federation, str) and federation not in self.known.federations:
            problem = f"la fédération « {federation} » n'existe pas"
            report(card.line_of(("federation",)), problem, "choisissez un identifiant de content/federations.yaml")
        for line, theme in self._strangers(card, ("themes",), _raw(card, "themes"), self.known.themes):
            problem = f"le thème « {theme} » n'existe pas"
            report(line, problem, "choisissez un thème de content/referentials/themes.yaml")
        self._check_competences(card, (), _raw(card, "competences"), report)

    def _check_competences(self, document: Document, path: tuple[str | int, ...], codes: Any, report: Report) -> None:
        if self.known is not None:
            where = (*path, "competences")
            for line, code in self._strangers(document, where, codes, self.known.competences):
                problem = f"la compétence « {code} » n'existe pas"
                report(line, problem, "choisissez un code de content/referentials/")

    @staticmethod
    def _strangers(
        document: Document, path: tuple[str | int, ...], found: Any, known: frozenset[str]
    ) -> Iterator[tuple[int, str]]:
        for number, item in enumerate(found if isinstance(found, list) else ()):
            if isinstance(item, str) and item not in known:
                yield document.line_of((*path, number)), item


@dataclass(frozen=True, slots=True)
class _RawQuiz:
    """What could be read of a quiz file, faults or not."""

    file: str
    header: Document | None
    front: QuizFile | None
    images: dict[str, ImageFile]
    questions: tuple[_Place, ...]

    @property
    def finished(self) -> Quiz:
        assert self.header is not None  # noqa: S101  (only asked for when there was no fault)
        assert self.front is not None  # noqa: S101
        lines = (self.header.line_of(("questions", number)) for number in range(len(self.front.questions)))
        return Quiz(self.file, self.front, self.images, tuple(lines))


@dataclass(frozen=True, slots=True)
class _RawInteractive:
    """What could be read of the file of an interactive activity, faults or not."""

    file: str
    header: Document | None
    front: InteractiveFile | None
    images: dict[str, ImageFile]
    questions: tuple[_Place, ...] = ()

    @property
    def finished(self) -> Interactive:
        assert self.front is not None  # noqa: S101  (only asked for when there was no fault)
        return Interactive(self.file, self.front, self.images)


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the files that a content names, and where."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "path" and isinstance(each, str):
                yield (*path, key), each
            yield from _paths(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _paths(each, (*path, number))


def _read_yaml_activity(path: Path, images: Path, faults: list[Fault]) -> _RawQuiz | _RawInteractive:
    """Read a quiz, or an interactive activity when the file says so."""
    report = reporter(faults, str(path))
    text = read_file(path, report)
    document = None if text is None else read_yaml(text, report)
    if _raw(document, "kind") != "interactive":
        return _quiz(path, document, images, report)
    front = validate(InteractiveFile, document, report) if document else None
    shown = {}
    for where, named in _paths(_raw(document, "content"), ("content",)):
        line = document.line_of(where) if document else 1
        if not named.startswith("images/"):
            report(line, f"« {named} » n'est pas un fichier du pack", "écrivez images/ puis le nom de l'image")
        elif file := _image(images, named.removeprefix("images/"), line, report):
            shown[named.removeprefix("images/")] = file
    return _RawInteractive(path.name, document, front, shown)


def _quiz(path: Path, document: Document | None, images: Path, report: Report) -> _RawQuiz:
    quiz = validate(QuizFile, document, report) if document else None
    found = _raw(document, "questions")
    places: list[_Place] = []
    if document and isinstance(found, list):
        places = [place for n, value in enumerate(found) for place in _places(document, ("questions", n), value)]
    shown = _question_images(images, places, report)
    return _RawQuiz(path.name, document, quiz, shown, tuple(places))


class _PackReader:
    """Reads each file of a pack, then checks them against each other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.files = _activity_files(path, self.faults)
        images = path / "images"
        if images.is_dir() and not images.is_symlink():
            for entry in images.iterdir():
                if entry.is_symlink():
                    self._report(entry)(1, "un lien symbolique n'est pas accepté", "copiez l'image dans images/")
        self.card_path = path / "course.yaml"
        self.card: Document | None = None
        self.course: CourseFile | None = None
        if self.card_path.is_file() and not self.card_path.is_symlink():
            self.card, self.course = read_document(self.card_path, CourseFile, self.faults)
        elif not self.card_path.is_file():
            self._report(self.card_path)(1, "la fiche du module manque", "écrivez course.yaml")
        self.activities = [
            _read_yaml_activity(file, images, self.faults)
            if file.suffix == ".yaml"
            else _read_text(file, LessonFront, images, self.faults, questions_allowed=True)
            for file in self.files
        ]

    def _report(self, path: Path) -> Report:
        return reporter(self.faults, str(path))

    def check(self, known: Known | None) -> None:
        """Report ids met twice and what is referred to without being there."""
        lessons = (_raw(each.header, "id") for each in self.activities if isinstance(each, _RawText))
        references = _References(frozenset(i for i in lessons if isinstance(i, str)), known)
        if self.card:
            references.check_course(self.card, self._report(self.card_path))
        there = list(zip(map(self._report, self.files), self.activities, strict=True))
        _check_unique(
            ((_raw(each.header, "id"), each.header.line_of(("id",)), report) for report, each in there if each.header),
            "activité du module",
        )
        for report, activity in there:
            asked = activity.questions
            _check_unique(((v.get("id"), doc.line_of((*path, "id")), report) for doc, path, v in asked), "question")
            for document, path, value in asked:
                references.check_question(document, path, value, report)
            if isinstance(activity, _RawInteractive) and activity.header and activity.front and known:
                for where, problem, remedy in known.interactive(activity.front):
                    report(activity.header.line_of(where), problem, remedy)
        self._check_settings()

    def _check_settings(self) -> None:
        """Report settings of quizzes that don't go together; a quiz may only repeat one that comes before it."""
        before: dict[str, QuizFile] = {}
        for file, activity in zip(self.files, self.activities, strict=True):
            if not isinstance(activity, _RawQuiz) or activity.header is None or activity.front is None:
                continue
            quiz, report = activity.front, self._report(file)
            if quiz.repeats and quiz.repeats not in before:
                problem = f"« repeats » : aucun quiz « {quiz.repeats} » ne vient avant celui-ci dans le module"
                report(activity.header.line_of(("repeats",)), problem, "écrivez l'id du positionnement de début")
            else:
                for key, told in setting_faults(quiz, before.get(quiz.repeats or "")).items():
                    problem = f"« {key} » ne va pas avec le reste"
                    remedy = str(told).rstrip(".")
                    report(activity.header.line_of((key,)), problem, remedy[0].lower() + remedy[1:])
            before[quiz.id] = quiz


def read_pack(path: Path, known: Known | None = None) -> Pack:
    """Read the pack in a folder. Raises PackError with all its faults at once, by file and line.

    Without `known`, federations, themes and competences are not checked.
    """
    if path.is_symlink() or not path.is_dir():
        raise PackError([Fault(str(path), 1, "ce n'est pas un dossier", "donnez le dossier d'un pack")])
    reader = _PackReader(path)
    reader.check(known)
    if reader.faults or reader.course is None:
        raise PackError(reader.faults)
    return Pack(path, reader.course, tuple(activity.finished for activity in reader.activities))


def find_packs(path: Path) -> list[Path]:
    """Return the packs at a path: the path itself, or the packs that the folder holds."""
    if not path.is_dir() or (path / "course.yaml").exists():
        return [path]
    folders = [entry for entry in sorted(path.iterdir()) if entry.is_dir() and not entry.name.startswith(".")]
    packs = [folder for folder in folders if (folder / "course.yaml").exists() or any(folder.glob("[0-9][0-9]-*.md"))]
    return packs or [path]


def read_packs(paths: Sequence[Path], known: Known | None = None) -> list[Pack]:
    """Read several packs. Raises PackError with the faults of all of them, two packs with one id included."""
    packs: list[Pack] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            pack = read_pack(path, known)
        except PackError as error:
            faults += error.faults
            continue
        twin = next((other for other in packs if other.course.id == pack.course.id), None)
        if twin:
            faults.append(
                Fault(
                    str(path / "course.yaml"),
                    1,
                    f"le pack « {twin.path.name} » a le même identifiant « {pack.course.id} »",
                    "donnez à chaque module un id à lui",
                )
            )
        packs.append(pack)
    if faults:
        raise PackError(faults)
    return packs
