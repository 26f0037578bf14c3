"""Tables to download, as CSV for a French spreadsheet or as an Excel workbook, row by row.

A text that a spreadsheet would take for a formula gets an apostrophe before it, in both: what people type ends up in
these files. Numbers stay numbers. Source: OWASP, «CSV Injection».
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LONGEST = 32_000
"""A cell of a workbook holds 32,767 characters."""
type Cell = str | int | Decimal | datetime | None

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
# What no cell of a workbook may hold, and no text needs.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, its headings, and its rows, which may be read once."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    text = _CONTROL.sub("", text)[:LONGEST]
    return f"'{text}" if _FORMULA.match(text) else text


# -- Writing -------------------------------------------------------------------------------------------------------


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def in_french(cell: Cell) -> str:
    """Write a cell as French readers do: 25/11/2026 14:05, 0,5."""
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case datetime():
            return timezone.localtime(cell).strftime("%d/%m/%Y %H:%M")
        case Decimal():
            return f"{cell:f}".replace(".", ",")
    return str(cell)


def csv_lines(table: Table) -> Iterator[str]:
    """Yield the lines of a CSV file that a French spreadsheet opens by itself: semicolons, decimal commas, a BOM."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow([harmless(heading) for heading in table.headings])
    for row in table.rows:
        yield writer.writerow([in_french(cell) for cell in row])


def write_workbook(table: Table, file: Any) -> None:
    """Write a workbook of one sheet to a file."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title)
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)

    def cell(value: Cell, font: Font | None = None) -> Any:
        if not isinstance(value, str):
            return timezone.make_naive(value) if isinstance(value, datetime) else value
        made = WriteOnlyCell(sheet, harmless(value))
        # Never a formula, whatever it begins with.
        made.data_type = "s"
        if font:
            made.font = font
        return made

    sheet.append([cell(heading, bold) for heading in table.headings])
    for row in table.rows:
        sheet.append([cell(value) for value in row])
    book.save(file)


def send(table: Table, kind: str, name: str) -> StreamingHttpResponse | FileResponse:
    """Return the response that downloads a table."""
    if kind == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return StreamingHttpResponse(csv_lines(table), content_type=KINDS[kind], headers=headers)
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    write_workbook(table, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=KINDS[kind])
