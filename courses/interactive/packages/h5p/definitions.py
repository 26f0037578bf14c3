"""What h5p.json and library.json must say, how libraries are named, which files a package may hold. Pure.

After H5P's published definitions. Versions are read whether they are written as numbers or as texts.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from ..faults import Fault

type Json = dict[str, Any]

CORE_API = (1, 28)
"""The version of H5P's core that plays contents here."""

_MEDIA = (
    "png jpg jpeg gif bmp tif tiff svg webp webm mp4 m4v ogg ogv oga mp3 m4a wav "
    "eot ttf woff woff2 otf json txt pdf rtf doc docx xls xlsx ppt pptx odt ods odp xml csv diff patch swf md textile "
    "vtt webvtt"
)
CONTENT_TYPES = frozenset(_MEDIA.split())
LIBRARY_TYPES = CONTENT_TYPES | {"js", "css"}

KINDS = {"preloadedDependencies": "preloaded", "dynamicDependencies": "dynamic", "editorDependencies": "editor"}
"""The lists of library.json that name other libraries, and what they are needed for."""

_MACHINE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_FOLDER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,99}?)(?:-(\d{1,5})\.(\d{1,5}))?")
_UBERNAME = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,99}) (\d{1,5})\.(\d{1,5})")
_LANGUAGE = re.compile(r"[-a-zA-Z]{1,10}")
LANGUAGE_FILE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,6})\.json")
_DIGITS = re.compile(r"\d{1,5}")
_LICENCE = re.compile(r"[\w .-]{1,30}")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_BIGGEST_VERSION = 99_999
_DEEPEST = 200
"""Levels of lists and objects one in another: real contents have some thirty, and what is deeper breaks its readers."""


class LibraryName(NamedTuple):
    """A library as others ask for it: without its patch."""

    machine_name: str
    major: int
    minor: int

    @property
    def name(self) -> str:
        """As H5P writes it in paths: «H5P.Blanks-1.12»."""
        return f"{self.machine_name}-{self.major}.{self.minor}"

    @property
    def ubername(self) -> str:
        """As H5P writes it in contents: «H5P.Blanks 1.12»."""
        return f"{self.machine_name} {self.major}.{self.minor}"


def parse_ubername(text: object) -> LibraryName | None:
    """Return the library that a content names, as «H5P.Blanks 1.12»; None when it names none."""
    found = _UBERNAME.fullmatch(text) if isinstance(text, str) else None
    return LibraryName(found[1], int(found[2]), int(found[3])) if found else None


def is_library_folder(name: str) -> bool:
    """Say whether a folder is named as a library's is: «H5P.Blanks-1.12», or «H5P.Blanks» of old."""
    return bool(_FOLDER.fullmatch(name))


def read_json(data: bytes) -> Any:
    """Return what JSON bytes say; ValueError when they aren't JSON, or hold what no database can keep."""
    text = data.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("too deep") from None
    if text.count("[") + text.count("{") > _DEEPEST and _is_too_deep(value):
        raise ValueError("too deep")
    return _writable(value) if "\\u" in text else value


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for __ in range(_DEEPEST):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _writable(value: Any) -> Any:
    """Return the value without NUL and half characters, which PostgreSQL and UTF-8 have no place for."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("", value)
    if isinstance(value, list):
        return [_writable(each) for each in value]
    if isinstance(value, dict):
        return {_UNWRITABLE.sub("", key): _writable(each) for key, each in value.items()}
    return value


class _Property(NamedTuple):
    """What a property of a JSON file must be. `read` returns its value, or None when it isn't as `expected` says."""

    read: Callable[[Any], Any]
    expected: str
    required: bool = False


def _text(longest: int) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and len(value.strip()) > 0 and len(value) <= longest else None


def _like(pattern: re.Pattern[str]) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


def _version(value: Any) -> int | None:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _BIGGEST_VERSION else None


def _flag(value: Any) -> int | None:
    if isinstance(value, str):
        value = {"0": 0, "1": 1, "true": 1, "false": 0}.get(value.lower())
    return int(value) if isinstance(value, (bool, int)) and value in {0, 1} else None


def _embed_types(value: Any) -> list[str] | None:
    if isinstance(value, str):
        value = [each.strip() for each in value.split(",")]
    if not isinstance(value, list) or not value or any(each not in ("div", "iframe") for each in value):
        return None
    return value


def _dependencies(value: Any) -> list[Json] | None:
    if not isinstance(value, list):
        return None
    read = [_dependency(each) for each in value]
    return None if None in read else [each for each in read if each]


def _dependency(value: Any) -> Json | None:
    if not isinstance(value, dict):
        return None
    name = _like(_MACHINE_NAME)(value.get("machineName"))
    major, minor = _version(value.get("majorVersion")), _version(value.get("minorVersion"))
    if name is None or major is None or minor is None:
        return None
    return {"machineName": name, "majorVersion": major, "minorVersion": minor}


def _paths(ending: str) -> Callable[[Any], list[Json] | None]:
    def read(value: Any) -> list[Json] | None:
        if not isinstance(value, list):
            return None
        paths = [_library_path(each.get("path") if isinstance(each, dict) else None, ending) for each in value]
        return None if None in paths else [{"path": path} for path in paths]

    return read


def _library_path(value: Any, ending: str) -> str | None:
    """Return a path inside a library's folder; old ones start with «./» or «/»."""
    if not isinstance(value, str) or not value.lower().endswith(ending) or "\\" in value or ":" in value:
        return None
    parts = value.split("?")[0].removeprefix("./").lstrip("/").split("/")
    return None if {"", ".", ".."} & set(parts) else "/".join(parts)


def _core(value: Any) -> Json | None:
    if not isinstance(value, dict):
        return None
    major, minor = _version(value.get("majorVersion")), _version(value.get("minorVersion"))
    return None if major is None or minor is None else {"majorVersion": major, "minorVersion": minor}


def _expectations() -> dict[str, str]:
    """Return what is expected of each sort of property, in French; asked for at each reading, in its language."""
    return {
        "text": _("un texte de 255 caractères au plus"),
        "language": _("un code de langue, par exemple « fr »"),
        "machine name": _("le nom d'une bibliothèque, par exemple « H5P.Blanks »"),
        "embed types": _("une liste qui contient « div » ou « iframe »"),
        "dependencies": _("une liste de bibliothèques, chacune avec son nom et ses numéros de version"),
        "version": _("un nombre entier entre 0 et 99999"),
        "flag": _("0 ou 1"),
        "scripts": _("une liste de fichiers .js du dossier de la bibliothèque"),
        "styles": _("une liste de fichiers .css du dossier de la bibliothèque"),
        "core": _("deux numéros de version"),
    }


_TITLE = _Property(_text(255), "text", required=True)
_NEEDED = _Property(_dependencies, "dependencies")
_NUMBER = _Property(_version, "version", required=True)

_PACKAGE = {
    "title": _TITLE,
    "language": _Property(_like(_LANGUAGE), "language", required=True),
    "mainLibrary": _Property(_like(_MACHINE_NAME), "machine name", required=True),
    "embedTypes": _Property(_embed_types, "embed types", required=True),
    "preloadedDependencies": _Property(_dependencies, "dependencies", required=True),
    "dynamicDependencies": _NEEDED,
    "editorDependencies": _NEEDED,
}
_LIBRARY = {
    "title": _TITLE,
    "machineName": _Property(_like(_MACHINE_NAME), "machine name", required=True),
    "majorVersion": _NUMBER,
    "minorVersion": _NUMBER,
    "patchVersion": _NUMBER,
    "runnable": _Property(_flag, "flag", required=True),
    "fullscreen": _Property(_flag, "flag"),
    "coreApi": _Property(_core, "core"),
    "embedTypes": _Property(_embed_types, "embed types"),
    "preloadedJs": _Property(_paths(".js"), "scripts"),
    "preloadedCss": _Property(_paths(".css"), "styles"),
    "preloadedDependencies": _NEEDED,
    "dynamicDependencies": _NEEDED,
    "editorDependencies": _NEEDED,
}

_TEXTS = {
    "defaultLanguage": 32,
    "extraTitle": 255,
    "a11yTitle": 255,
    "contentType": 255,
    "author": 255,
    "source": 2_000,
    "licenseVersion": 10,
    "licenseExtras": 5_000,
    "authorComments": 5_000,
    "metaKeywords": 1_000,
    "metaDescription": 1_000,
}
"""Texts of h5p.json that may be there, with the longest that is kept."""
_YEARS = ("yearFrom", "yearTo", "yearsFrom", "yearsTo")
_MOST_AUTHORS = 100


def read_package(value: Any) -> tuple[Json, list[Fault]]:
    """Return h5p.json with what is of use here, and what is wrong with it. What is optional and odd is left out."""
    raw = value if isinstance(value, dict) else {}
    meta, faults = _read(raw, _PACKAGE, "h5p.json")
    for key, longest in _TEXTS.items():
        if isinstance(raw.get(key), str) and raw[key].strip():
            meta[key] = raw[key][:longest]
    for key in _YEARS:
        if isinstance(raw.get(key), (str, int)) and re.fullmatch(r"\d{1,4}", str(raw[key])):
            meta[key] = str(raw[key])
    licence = raw.get("license")
    meta["license"] = licence if isinstance(licence, str) and _LICENCE.fullmatch(licence) else "U"
    meta["authors"] = _people(raw.get("authors"), ("name", "role"))
    meta["changes"] = _people(raw.get("changes"), ("date", "author", "log"))
    return meta, faults


def read_library(value: Any, path: str) -> tuple[Json, list[Fault]]:
    """Return library.json with its known properties as they must be, others as they are, and what is wrong with it."""
    raw = value if isinstance(value, dict) else {}
    known, faults = _read(raw, _LIBRARY, path)
    return {**{key: each for key, each in raw.items() if key not in _LIBRARY}, **known}, faults


def _read(raw: Json, properties: Mapping[str, _Property], path: str) -> tuple[Json, list[Fault]]:
    read, faults = {}, []
    expectations = _expectations()
    for name, wanted in properties.items():
        given = raw.get(name)
        if given is None:
            if wanted.required:
                faults.append(_missing(name, path))
            continue
        value = wanted.read(given)
        if value is None:
            faults.append(_unlike(name, path, expectations[wanted.expected]))
        else:
            read[name] = value
    return read, faults


def _missing(name: str, path: str) -> Fault:
    message = _(
        "Dans « %(path)s », il manque la propriété obligatoire « %(name)s ». "
        "Exportez de nouveau le contenu depuis le logiciel qui l'a fait."
    )
    return Fault("missing-property", message % {"path": path, "name": name}, path)


def _unlike(name: str, path: str, expected: str) -> Fault:
    message = _(
        "Dans « %(path)s », la propriété « %(name)s » n'est pas valable : il faut %(expected)s. "
        "Exportez de nouveau le contenu depuis le logiciel qui l'a fait."
    )
    return Fault("bad-property", message % {"path": path, "name": name, "expected": expected}, path)


def _people(value: Any, keys: Iterable[str]) -> list[Json]:
    rows = value[:_MOST_AUTHORS] if isinstance(value, list) else []
    kept = [{key: row[key][:1_000] for key in keys if isinstance(row.get(key), str)} for row in rows if _is_row(row)]
    return [row for row in kept if row]


def _is_row(value: Any) -> bool:
    return isinstance(value, dict)


def dependencies(metadata: Mapping[str, Any], *names: str) -> Iterator[LibraryName]:
    """Yield the libraries that h5p.json or library.json asks for, in the lists named."""
    for name in names:
        for each in metadata.get(name, []):
            yield LibraryName(each["machineName"], each["majorVersion"], each["minorVersion"])
