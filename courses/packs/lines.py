"""YAML that remembers on which line each value stands, and takes only what a person writes by hand.

Anchors, aliases and tags are refused: nothing in a pack needs them, and they are how a small file grows without end in
memory. Plain values follow YAML 1.2: only `true` and `false` are booleans, so that «no» or «12:30» stay texts.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from .faults import Report

type Path = tuple[str | int, ...]

MAX_DEPTH = 10
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

_QUOTE = "mettez la valeur entre guillemets, ou vérifiez le décalage des lignes"
# Words of libyaml's message: what they mean, what to do.
_SYNTAX = {
    "mapping values are not allowed": ("un « : » de trop, ou une ligne mal décalée", _QUOTE),
    "found character": (
        "un caractère interdit à cet endroit (tabulation, @, `, %…)",
        "remplacez les tabulations par des espaces, ou mettez la valeur entre guillemets",
    ),
    "expected alphabetic or numeric": ("une valeur commence par * ou &, qui ont un sens spécial en YAML", _QUOTE),
    "end of stream": ("des guillemets ou un crochet ouverts ne sont jamais fermés", "fermez-les"),
    "could not find expected ':'": (
        "une clé sans « : », ou un texte sur plusieurs lignes mal décalé",
        "ajoutez « : » après la clé, ou décalez la suite du texte",
    ),
    "' or '": (
        "une liste entre crochets ou accolades est mal écrite",
        "séparez les valeurs par des virgules et fermez la liste",
    ),
    "expected key": ("cette ligne n'est pas à sa place", "vérifiez son décalage et les guillemets de la ligne d'avant"),
    "expected '-' indicator": ("cette ligne n'est pas à sa place dans la liste", "alignez-la avec les autres tirets"),
    "block sequence entries": ("un tiret de liste n'est pas à sa place", "mettez la liste à la ligne sous sa clé"),
    "escape character": ("une barre oblique inverse \\ dans des guillemets doubles", "utilisez des guillemets simples"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its value, and the line of each part of it by its path from the top."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """Return the line of a part. Steps that lead nowhere (a missing key, the name of a variant) are skipped."""
        here: Path = ()
        for step in path:
            if (*here, step) in self.lines:
                here = (*here, step)
        return self.lines.get(here, 1)


class _RefusedError(Exception):
    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.fault = (line, problem, remedy)


def _plain(text: str) -> Any:
    """Return what an unquoted scalar stands for. An impossible date stays a text, that the schema refuses as a date."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return text


class _Builder:
    """Makes values out of the parser's events, one level of Python recursion for each level of the document."""

    def __init__(self, text: str, report: Report, first_line: int) -> None:
        self.events = yaml.parse(text, Loader=_LOADER)
        self.report = report
        self.first_line = first_line
        self.lines: dict[Path, int] = {}

    def document(self) -> Document:
        value: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _RefusedError(
                        self._line(event),
                        "une ligne « --- » commence un second document",
                        "gardez un seul document par fichier",
                    )
                value = self._value(next(self.events), ())
        return Document(value, self.lines)

    def _line(self, event: Any) -> int:
        return event.start_mark.line + self.first_line

    def _value(self, event: Any, path: Path) -> Any:
        line = self._line(event)
        self.lines.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
            raise _RefusedError(
                line, "les ancres (&), les alias (*) et les étiquettes (!) ne sont pas acceptés", _QUOTE
            )
        if isinstance(event, yaml.ScalarEvent):
            return _plain(event.value) if event.implicit[0] else event.value
        if len(path) >= MAX_DEPTH:
            raise _RefusedError(line, "trop de niveaux emboîtés", "suivez la forme décrite dans content/README.md")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = self._line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _RefusedError(line, "une clé doit être un mot simple", _QUOTE)
            key = event.value
            twice = key in mapping
            if twice:
                self.report(line, f"la clé « {key} » est écrite deux fois", "gardez une seule des deux")
            else:
                self.lines[*path, key] = line
            value = self._value(next(self.events), (*path, key))
            if not twice:
                mapping[key] = value
        return mapping


def read_yaml(text: str, report: Report, *, first_line: int = 1) -> Document | None:
    """Return the document, or None when it cannot be read; faults are reported. The text starts on `first_line`."""
    try:
        return _Builder(text, report, first_line).document()
    except _RefusedError as refused:
        report(*refused.fault)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = str(getattr(error, "problem", "") or "")
        problem, remedy = next(
            (told for words, told in _SYNTAX.items() if words in said),
            (
                "le YAML n'est pas lisible ici",
                "vérifiez les décalages, les « : » et les guillemets autour de cette ligne",
            ),
        )
        report(first_line + (mark.line if mark else 0), problem, remedy)
    return None
