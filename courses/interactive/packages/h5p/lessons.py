"""Lessons written on this site as the content of an H5P package: a page, or slides. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from courses.questions.kinds import ImageRef, Question
from pages.markdown import plain_text

from . import wording
from .authoring import Authored, Params, PictureSource, Shelf, Told, Writer, short
from .fitting import as_html, fitted
from .semantics import plain

# What every version of H5P.AdvancedText lets a text hold.
_TEXT_TAGS = ("strong", "em", "del", "a", "ul", "ol", "h2", "h3")
_TITLE = re.compile(r"(?=<h2)")
_H2 = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a lesson that is read, as HTML."""

    html: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a lesson that is looked at."""

    image: ImageRef
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A piece of a lesson that has no counterpart, and why."""

    label: str
    reason: str


type Piece = Text | Shown | Question | Absent


def write_lesson(
    title: str, key: str, pieces: Iterable[Piece], shelf: Shelf, pictures: PictureSource, *, slides: bool
) -> Authored:
    """Return a lesson as one activity: a page, or slides that each begin at a title.

    `key` names the lesson for good: the ids of its parts are made from it.
    """
    writer = Writer(shelf, pictures)
    main = shelf.highest("H5P.CoursePresentation" if slides else "H5P.Column")
    elements = list(_elements(writer, main, key, pieces))
    if not elements:
        return writer.authored(main, title, None)
    if slides:
        return writer.authored(main, title, _presentation(title, elements))
    content = [{"content": placed, "useSeparator": "auto"} for _heading, placed in elements]
    return writer.authored(main, title, {"content": content})


def _elements(writer: Writer, main: str, key: str, pieces: Iterable[Piece]) -> Iterator[tuple[str, Params]]:
    """Yield what a lesson holds, in order, each with the title of a part that it begins, if it does."""
    for number, piece in enumerate(_joined(pieces)):
        place = f"{key}/{number}"
        if isinstance(piece, Absent):
            writer.tell(Told(piece.label, left_out=piece.reason))
        elif isinstance(piece, Text):
            for position, part in enumerate(_TITLE.split(piece.html)):
                if text := fitted(part, _TEXT_TAGS):
                    heading = _H2.search(part)
                    said = plain_text(heading[1]) if heading else ""
                    where = f"{place}/{position}"
                    yield said, writer.placed(main, "H5P.AdvancedText", {"text": text}, said or "Texte", where)
        elif isinstance(piece, Shown):
            told = Told(piece.image.alt or piece.caption or "Image")
            if placed := writer.image(piece.image, main, told):
                yield "", placed
            if piece.caption:
                caption = {"text": f"<p><em>{as_html(piece.caption)}</em></p>"}
                yield "", writer.placed(main, "H5P.AdvancedText", caption, "Légende", f"{place}/legende")
            writer.tell(told)
        elif written := writer.question(piece, main):
            name, params = written
            yield "", writer.placed(main, name, params, short(piece.text), piece.id)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces, texts that follow each other as one."""
    held = ""
    for piece in pieces:
        if isinstance(piece, Text):
            held += piece.html
            continue
        if held:
            yield Text(held)
            held = ""
        yield piece
    if held:
        yield Text(held)


def _presentation(title: str, elements: Sequence[tuple[str, Params]]) -> Params:
    """Return slides: a text alone or beside an image, a question on a slide of its own."""
    slides: list[tuple[str, list[Params]]] = []
    current = title
    for heading, placed in elements:
        current = heading or current
        name = placed["library"].split(" ")[0]
        beside = slides and not heading and _goes_beside(name, slides[-1][1])
        if beside:
            slides[-1][1].append(placed)
        else:
            slides.append((current, [placed]))
    return {
        "presentation": {
            "slides": [_slide(heading, placed) for heading, placed in slides],
            "keywordListEnabled": True,
            "keywordListAlwaysShow": False,
            "keywordListAutoHide": False,
            "keywordListOpacity": 90,
            "globalBackgroundSelector": {},
        },
        "override": {
            "activeSurface": False,
            "hideSummarySlide": False,
            "summarySlideSolutionButton": True,
            "summarySlideRetryButton": True,
            "enablePrintButton": False,
        },
        **wording.COURSE_PRESENTATION,
    }


def _names(placed: Iterable[Params]) -> list[str]:
    return [each["library"].split(" ")[0] for each in placed]


def _goes_beside(name: str, there: Sequence[Params]) -> bool:
    """Whether something goes on the slide of what is there: an image beside a text, a caption under an image."""
    names = _names(there)
    if name == "H5P.Image":
        return names == ["H5P.AdvancedText"]
    return name == "H5P.AdvancedText" and names[-1] == "H5P.Image" and len(names) < 3


_WHOLE = (3, 4, 94, 92)  # left, top, width, height, in percent of the slide
_LEFT, _RIGHT, _UNDER = (3, 4, 50, 92), (56, 4, 41, 74), (56, 80, 41, 16)
_MIDDLE, _FOOT = (15, 4, 70, 78), (15, 84, 70, 14)


def _slide(heading: str, placed: Sequence[Params]) -> Params:
    names = _names(placed)
    if names[:1] == ["H5P.Image"]:
        boxes = [_MIDDLE, _FOOT]
    elif "H5P.Image" in names:
        boxes = [_LEFT, _RIGHT, _UNDER]
    else:
        boxes = [_WHOLE]
    elements = []
    for each, box in zip(placed, boxes, strict=False):
        file = each["params"].get("file") if each["library"].startswith("H5P.Image ") else None
        sides = _within(box, file["width"], file["height"]) if file else box
        elements.append(
            {
                **dict(zip(("x", "y", "width", "height"), sides, strict=True)),
                "action": each,
                "alwaysDisplayComments": False,
                "backgroundOpacity": 0,
                "displayAsButton": False,
                "buttonSize": "big",
                "goToSlideType": "specified",
                "invisible": False,
                "solution": "",
            }
        )
    return {"elements": elements, "keywords": [{"main": plain(heading)}], "slideBackgroundSelector": {}}


def _within(box: tuple[int, int, int, int], width: int, height: int) -> tuple[float, float, float, float]:
    """Return the box with the shape of the image, in the middle of the given one. A slide is twice as wide as high."""
    x, y, room_across, room_down = box
    scale = min(room_across * 2 / width, room_down / height)
    across, down = width * scale / 2, height * scale
    left, top = x + (room_across - across) / 2, y + (room_down - down) / 2
    return round(left, 2), round(top, 2), round(across, 2), round(down, 2)
