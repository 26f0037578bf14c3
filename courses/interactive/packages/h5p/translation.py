"""The buttons and messages of a content in French, where its author has left them as the library had them. Pure.

A library's language file repeats its semantics without the names: the first entry is about the first field, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from .definitions import Json
from .semantics import DEEPEST, SemanticsOf, clean_text

_VARIABLE = re.compile(r"[@:%!][A-Za-z]+")

type TranslationOf = Callable[[str], Json | None]


def in_french(
    content: Json,
    main_semantics: list[Any] | None,
    semantics_of: SemanticsOf,
    translation_of: TranslationOf,
    *,
    main: str = "",
) -> Json:
    """Return a content whose texts left at their English default are the library's own French ones.

    A text that its author has written stays as it is. `translation_of` returns the French language file of a library,
    named «H5P.Image 1.1», or None; `main` is the name of the library of the content itself. The French texts are
    cleaned after their field, so that it does not matter whether the content is cleaned before or after.
    """
    translator = _Translator(semantics_of, translation_of)
    return translator.fields(content, main_semantics, _entries(translation_of(main) if main else None), 0)


def _entries(translation: Any) -> Any:
    return translation.get("semantics") if isinstance(translation, dict) else None


class _Translator:
    """Walks a content, its fields and their French side by side; what doesn't match is left as it is."""

    def __init__(self, semantics_of: SemanticsOf, translation_of: TranslationOf) -> None:
        self._semantics_of = semantics_of
        self._translation_of = translation_of

    def fields(self, value: Any, fields: Any, french: Any, depth: int) -> Any:
        """Return an object with each of its fields in French."""
        if not isinstance(value, dict) or not isinstance(fields, list):
            return value
        translated = dict(value)
        entries = french if isinstance(french, list) else []
        for index, field in enumerate(fields):
            name = field.get("name") if isinstance(field, dict) else None
            if isinstance(name, str) and name in translated:
                entry = entries[index] if index < len(entries) else None
                translated[name] = self._value(translated[name], field, entry, depth + 1)
        return translated

    def _value(self, value: Any, field: Any, french: Any, depth: int) -> Any:
        if depth > DEEPEST or not isinstance(field, dict):
            return value
        french = french if isinstance(french, dict) else {}
        match field.get("type"):
            case "text":
                return _text(value, field, french)
            case "group":
                return self._group(value, field, french.get("fields"), depth)
            case "list" if isinstance(value, list):
                return [self._value(each, field.get("field"), french.get("field"), depth + 1) for each in value]
            case "library":
                return self._library(value, depth)
        return value

    def _group(self, value: Any, field: Json, french: Any, depth: int) -> Any:
        inner = field.get("fields")
        if isinstance(inner, list) and len(inner) == 1 and field.get("isSubContent") is not True:
            entry = french[0] if isinstance(french, list) and french else None
            return self._value(value, inner[0], entry, depth + 1)
        return self.fields(value, inner, french, depth)

    def _library(self, value: Any, depth: int) -> Any:
        ubername = value.get("library") if isinstance(value, dict) else None
        if not isinstance(ubername, str) or "params" not in value:
            return value
        semantics, translation = self._semantics_of(ubername), self._translation_of(ubername)
        # Without French of its own, a library may hold others that have some.
        return {**value, "params": self.fields(value["params"], semantics, _entries(translation), depth)}


def _text(value: Any, field: Json, french: Json) -> Any:
    default, translated = field.get("default"), french.get("default")
    if not isinstance(value, str) or not isinstance(default, str) or not isinstance(translated, str):
        return value
    if not default.strip() or not translated.strip() or _plainly(value) != _plainly(default):
        return value
    if _variables(translated) != _variables(default):
        # Some language files have lost a variable: better English than «:points» read aloud.
        return value
    return clean_text(translated, field) or value


def _plainly(text: str) -> str:
    """Return a text as it is read, however it was escaped or indented."""
    return " ".join(unescape(text).split())


def _variables(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))
