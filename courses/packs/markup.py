"""The text of a lesson: stretches of Markdown and `:::` directives. Pure, and total: any text can be split.

What is refused in Markdown is what the site would not show: its own Markdown (`pages.markdown`) drops HTML and images.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .faults import Report

_OPENING = re.compile(r"\s*:::[ \t]*(?P<name>[^\W\d_][\w-]*)[ \t]*(?P<attributes>\{.*\})?\s*")
_CLOSING = re.compile(r"\s*:::\s*")
_ATTRIBUTE = re.compile(
    r'\s*(?P<name>[^\W\d_][\w-]*)[ \t]*=[ \t]*(?:"(?P<quoted>(?:\\"|[^"])*)"|(?P<bare>[^\s"“”«»{}]+))(?=\s|$)'
)

# A code span does not cross a blank line: a lone accent hides nothing of what follows.
_CODE = re.compile(r"(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_TAG = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|!--|\?|![A-Za-z])")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\(")
_LINK = re.compile(r"\]\(\s*<?(?P<target>[^)\s>]*)")
_LINK_STARTS = ("https://", "http://", "mailto:", "tel:", "/", "#")
_TOP_TITLE = re.compile(r"^#(?!#)", re.MULTILINE)
_DEEP_TITLE = re.compile(r"^####", re.MULTILINE)
_UNDERLINED_TITLE = re.compile(r"(?<=\n)=+[ \t]*$", re.MULTILINE)
_STEP_TITLE = re.compile(r"###(?!#)(?P<title>.*)")
_RULE_CELL = re.compile(r":?-+:?")
_PIPE = re.compile(r"(?<!\\)\|")

type Remark = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Plain Markdown between directives. `line` is that of its first line in the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Directive:
    """A `:::name {attributes}` block. `line` is that of its first line, the content starts on the next one."""

    line: int
    name: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A `### title` and what follows it, in a block of steps or an accordion."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the cells of its heading, and those of its rows, all of one length."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _without_code(text: str) -> str:
    """Blank out code spans, where a tag is text; positions and lines stay the same."""
    return _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def markup_faults(text: str) -> Iterator[Remark]:
    """Yield what the site would not show as it is written: line (from 1), problem, remedy."""
    shown = _without_code(text)

    def line(position: int) -> int:
        return shown.count("\n", 0, position) + 1

    for match in _TAG.finditer(shown):
        yield (
            line(match.start()),
            "du HTML dans le texte",
            "retirez la balise ; pour parler d'elle, entourez-la de `accents graves`",
        )
    for match in _IMAGE.finditer(shown):
        yield line(match.start()), "une image dans le Markdown", "écrivez-la avec un bloc :::image"
    for match in _TOP_TITLE.finditer(shown):
        yield (
            line(match.start()),
            "un titre de premier niveau (#)",
            "commencez par ## : le titre de la page est déjà là",
        )
    for match in _UNDERLINED_TITLE.finditer(shown):
        yield line(match.start()), "un titre souligné de ===", "écrivez le titre avec ##"
    for match in _DEEP_TITLE.finditer(shown):
        yield line(match.start()), "un titre trop profond (####)", "n'utilisez que ## et ###"
    for match in _LINK.finditer(shown):
        if not match["target"].startswith(_LINK_STARTS):
            yield (
                line(match.start()),
                f"le lien « {match['target']} » ne mène nulle part sur le site",
                "écrivez une adresse entière (https://…) ou qui commence par /",
            )


def report_markup(text: str, first_line: int, report: Report) -> None:
    """Report what is refused in a Markdown text that starts on a line of the file."""
    for line, problem, remedy in markup_faults(text):
        report(first_line + line - 1, problem, remedy)


def _attributes(source: str, line: int, report: Report) -> dict[str, str]:
    """Read what stands between the braces. What cannot be read is reported, and the rest is left out."""
    attributes: dict[str, str] = {}
    position, end = 0, len(source.rstrip())
    while position < end:
        match = _ATTRIBUTE.match(source, position)
        if match is None:
            report(
                line,
                f"les attributs ne sont pas lisibles à partir de « {source[position:].strip()} »",
                'écrivez nom="valeur", avec des guillemets droits, séparés par des espaces',
            )
            break
        name = match["name"]
        if name in attributes:
            report(line, f"l'attribut « {name} » est écrit deux fois", "gardez-en un seul")
        value = match["bare"] if match["quoted"] is None else match["quoted"].replace('\\"', '"')
        attributes.setdefault(name, value)
        position = match.end()
    return attributes


@dataclass(slots=True)
class _Splitter:
    """Where the reading of a body stands: the lines since the last `:::`, and the directive they belong to."""

    report: Report
    start: int
    blocks: list[Stretch | Directive] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    opened: tuple[int, str, dict[str, str]] | None = None
    # A directive opened inside another was reported once; its closing line is no second fault.
    closings_owed: int = 0

    def finish(self) -> None:
        """Turn the lines read so far into a block."""
        first = next((number for number, line in enumerate(self.lines) if line.strip()), None)
        if self.opened:
            line, name, attributes = self.opened
            self.blocks.append(Directive(line, name, "\n".join(self.lines), attributes))
        elif first is not None:
            self.blocks.append(Stretch(self.start + first, "\n".join(self.lines[first:]).rstrip()))
        self.lines.clear()

    def close(self, number: int) -> None:
        """Read a `:::` line."""
        if self.opened:
            self.finish()
            self.opened, self.start = None, number + 1
            return
        if self.closings_owed:
            self.closings_owed -= 1
        else:
            self.report(number, "une ligne « ::: » ne ferme rien", "retirez-la, ou ouvrez le bloc avant")
        self.lines.append("")

    def open(self, line: str, number: int) -> None:
        """Read a `:::name` line."""
        if self.opened:
            self.report(
                number,
                f"le bloc « {self.opened[1]} », ouvert ligne {self.opened[0]}, n'est pas fermé avant celui-ci",
                "ajoutez une ligne « ::: » seule avant cette ligne ; les blocs ne s'emboîtent pas",
            )
            self.closings_owed += 1
        self.finish()
        match = _OPENING.fullmatch(line)
        if match is None:
            self.report(
                number,
                f"la ligne « {line.strip()} » n'ouvre pas un bloc",
                'écrivez :::nom, ou :::nom {attribut="valeur"}, sur une seule ligne',
            )
            self.opened = number, "", {}
        else:
            attributes = _attributes((match["attributes"] or "{}")[1:-1], number, self.report)
            self.opened = number, match["name"], attributes


def split_body(text: str, report: Report, *, first_line: int = 1) -> list[Stretch | Directive]:
    """Split a text into Markdown and directives, in order. Each line lands in one of them, except the `:::` lines."""
    splitter = _Splitter(report, first_line)
    for number, line in enumerate(text.split("\n"), first_line):
        if not line.lstrip().startswith(":::"):
            splitter.lines.append(line)
        elif _CLOSING.fullmatch(line):
            splitter.close(number)
        else:
            splitter.open(line, number)
    if splitter.opened:
        line_opened, name, _attributes_read = splitter.opened
        report(line_opened, f"le bloc « {name} » n'est jamais fermé", "ajoutez une ligne « ::: » seule à sa fin")
    splitter.finish()
    return splitter.blocks


def read_parts(directive: Directive, report: Report) -> tuple[Part, ...]:
    """Return the `### title` parts of a block of steps or of an accordion, with their faults reported."""
    parts: list[tuple[int, str, list[str]]] = []
    strayed = False
    for number, line in enumerate(directive.text.split("\n"), directive.line + 1):
        if match := _STEP_TITLE.match(line):
            parts.append((number, match["title"].strip().rstrip("#").strip(), []))
        elif parts:
            parts[-1][2].append(line)
        elif line.strip() and not strayed:
            strayed = True
            problem = f"du texte avant le premier titre du bloc « {directive.name} »"
            report(number, problem, "commencez par une ligne ### Titre")
    for number, title, lines in parts:
        if not title:
            report(number, "un titre est vide", "écrivez le titre après ###")
        elif len(title) > 150:
            report(number, f"le titre dépasse 150 caractères (il en a {len(title)})", "raccourcissez-le")
        if not "".join(lines).strip():
            report(number, f"rien ne suit le titre « {title} »", "ajoutez un texte sous ce titre")
    return tuple(Part(title, "\n".join(lines).strip("\n")) for _number, title, lines in parts)


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple(cell.strip().replace("\\|", "|") for cell in _PIPE.split(inner))


def read_table(directive: Directive, report: Report) -> Table:
    """Return the Markdown table of a block, with its faults reported."""
    rows = [
        (number, _cells(line))
        for number, line in enumerate(directive.text.split("\n"), directive.line + 1)
        if line.strip()
    ]
    if len(rows) < 3 or not all(_RULE_CELL.fullmatch(cell) for cell in rows[1][1]):
        report(
            directive.line,
            "le tableau n'a pas la forme attendue",
            "écrivez une ligne d'en-tête, une ligne | --- | --- |, puis au moins une ligne",
        )
        return Table((), ())
    width = len(rows[0][1])
    for number, cells in rows[1:]:
        if len(cells) != width:
            report(
                number,
                f"cette ligne a {len(cells)} cases, l'en-tête en a {width}",
                "mettez le même nombre de cases partout",
            )
    return Table(rows[0][1], tuple(cells for _number, cells in rows[2:]))
