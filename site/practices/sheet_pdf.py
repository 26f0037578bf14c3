"""A sheet as a PDF file of one A4: real text, in the type of the site, without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import segno
from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from pages.templatetags.pages_tags import long_date
from pages.typography import french_spaces

from .models import LICENCE, SheetPage
from .printing import SHORTEST_CUT, Part, parts_of, shortened
from .reading import summary_words

_FONT = "atkinson"
_FILES = {"": "400-normal", "B": "700-normal"}
_MARGIN, _TOP, _GAP = 12.0, 12.0, 6.0
_FOOT = 27.0
_QR = 22.0
_SIZES = (10.5, 9.8, 9.1, 8.4, 7.7, 7.0)
_POINT = 0.3528  # millimetres
_BRAND, _INK, _SOFT, _DANGER = (31, 78, 140), (28, 36, 48), (80, 88, 102), (168, 30, 30)


@dataclass(frozen=True, slots=True)
class _Text:
    """What is written of a sheet beside its parts."""

    title: str
    summary: str
    byline: str
    foot: str
    address: str


def _clean(text: str) -> str:
    """Keep what the font can draw: a sign that it has not would be a blank square."""
    return "".join(c for c in french_spaces(text) if c == "\n" or (c.isprintable() and ord(c) < 0x2300))


class _Page(FPDF):
    """One A4 of two columns. It measures before it draws."""

    def __init__(self) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_auto_page_break(auto=False)
        self.set_margins(_MARGIN, _TOP)
        for style, name in _FILES.items():
            path = finders.find(f"fonts/atkinson-hyperlegible-latin-{name}.woff2")
            self.add_font(_FONT, style, path)
        self.set_lang("fr-FR")
        self.column_width = (self.w - 2 * _MARGIN - _GAP) / 2

    def _write(self, text: str, *, width: float, size: float, style: str = "", color: Any = _INK, draw: bool) -> float:
        """Write a text where the pen is, and return its height. Without `draw` it is only measured."""
        self.set_font(_FONT, style, size)
        self.set_text_color(*color)
        height = self.multi_cell(
            width,
            size * _POINT * 1.28,
            _clean(text),
            align="L",
            dry_run=not draw,
            output="HEIGHT",
            new_x=XPos.LEFT,
            new_y=YPos.NEXT,
        )
        return cast("float", height)

    def part(self, part: Part, size: float, *, draw: bool) -> float:
        """Write a part in a column, and return its height."""
        title = f"{part.number}. {part.title}" if part.number else part.title
        color = _DANGER if part.alert else _INK if part.number else _BRAND
        height = self._write(title, width=self.column_width, size=size + 0.4, style="B", color=color, draw=draw)
        if part.text:
            height += self._write(part.text, width=self.column_width, size=size, draw=draw)
        return height + size * _POINT * 0.55

    def head(self, text: _Text, size: float, *, draw: bool) -> float:
        """Write what stands over both columns, and return where it ends."""
        width = self.w - 2 * _MARGIN
        self.set_xy(_MARGIN, _TOP)
        end = _TOP
        for said, points, style, color in (
            (text.title, size + 7, "B", _BRAND),
            (text.summary, size + 1.2, "", _INK),
            (text.byline, size - 0.6, "", _SOFT),
        ):
            end += self._write(said, width=width, size=points, style=style, color=color, draw=draw) + 0.8
            self.set_xy(_MARGIN, end)
        return end + 2

    def foot(self, text: _Text) -> None:
        """Write the licence, and draw the QR code that leads back to the sheet."""
        top = self.h - _FOOT
        self.set_draw_color(*_SOFT)
        self.line(_MARGIN, top, self.w - _MARGIN, top)
        rows = list(segno.make(text.address, error="m", micro=False).matrix_iter(border=0))
        cell = _QR / len(rows)
        self.set_fill_color(0, 0, 0)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    self.rect(self.w - _MARGIN - _QR + x * cell, top + 2 + y * cell, cell, cell, style="F")
        self.set_xy(_MARGIN, top + 3)
        self._write(text.foot, width=self.w - 2 * _MARGIN - _QR - 6, size=8, color=_SOFT, draw=True)


def _split(heights: list[float], room: float) -> int | None:
    """Return how many parts the first column takes for the second to hold the others, as even as can be, or None."""
    fitting = [
        count for count in range(len(heights) + 1) if sum(heights[:count]) <= room and sum(heights[count:]) <= room
    ]
    if not fitting:
        return None
    return min(fitting, key=lambda count: (abs(sum(heights[:count]) - sum(heights[count:])), -count))


def _layout(page: _Page, text: _Text, parts: list[Part], size: float) -> int | None:
    room = page.h - _FOOT - 2 - page.head(text, size, draw=False)
    return _split([page.part(part, size, draw=False) for part in parts], room)


def _choose(page: _Page, text: _Text, parts: list[Part]) -> tuple[list[Part], float, int, bool]:
    """Return the parts, the size and the split that hold on the page: smaller first, then cut."""
    for size in _SIZES:
        if (split := _layout(page, text, parts, size)) is not None:
            return parts, size, split, False
    limit, cut = max(len(part.text) for part in parts), parts
    while limit > SHORTEST_CUT:
        limit = max(SHORTEST_CUT, int(limit * 0.88))
        cut = shortened(parts, limit)
        if (split := _layout(page, text, cut, _SIZES[-1])) is not None:
            return cut, _SIZES[-1], split, True
    # Even cut short it is too long: what comes last is left to the page on the site.
    kept, size, split, _cut = _choose(page, text, cut[:-1])
    return kept, size, split, True


def _texts(sheet: SheetPage, address: str) -> _Text:
    standing = getattr(sheet, "standing", None)
    publisher = sheet.publisher.name if sheet.publisher else ""
    authors = ", ".join(sheet.author_names)
    version = _("Version %d") % standing.version if standing and standing.version else ""
    byline = [
        authors and _("Par %s") % authors,
        publisher,
        version,
        _("à jour au %s") % long_date(sheet.reviewed_on),
        summary_words(standing),
    ]
    return _Text(
        title=sheet.title,
        summary=sheet.summary,
        byline=" · ".join(part for part in byline if part),
        foot="",
        address=address,
    )


def one_page(sheet: SheetPage, address: str) -> bytes:
    """Return a PDF file of one A4, whose QR code leads to an address."""
    text = _texts(sheet, address)
    before, steps, after = parts_of(sheet)
    page = _Page()
    page.set_title(sheet.title)
    page.set_author(", ".join(sheet.author_names) or "Réseau ETI")
    page.set_subject(sheet.summary)
    page.set_creator("Réseau ETI")
    page.add_page()
    parts, size, split, cut = _choose(page, text, [*before, *steps, *after])
    top = page.head(text, size, draw=True)
    for column, chosen in enumerate((parts[:split], parts[split:])):
        x, y = _MARGIN + column * (page.column_width + _GAP), top
        for part in chosen:
            page.set_xy(x, y)
            y += page.part(part, size, draw=True)
    more = _("Texte abrégé pour tenir sur une page : la fiche entière est en ligne.\n") if cut else ""
    licence = _("Licence %s : reprenez, adaptez, citez les auteurs, partagez pareil.") % LICENCE
    page.foot(
        _Text(
            text.title,
            text.summary,
            text.byline,
            foot=f"{more}{_('La fiche, ses essais et ses variantes')} : {text.address}\n{licence}",
            address=text.address,
        )
    )
    return bytes(page.output())
