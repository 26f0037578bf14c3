"""A content cleaned after what its libraries say of their fields: only what a field allows is kept. Pure.

Both sides come from outside: the content from whoever wrote it, the semantics from whoever made the library. So nothing
here trusts the shape of either, and no library can allow what a text must never hold.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any

import nh3

from .definitions import Json, parse_ubername

type SemanticsOf = Callable[[str], list[Any] | None]

DEEPEST = 100
"""Levels of fields one in another, libraries included."""
_LONGEST_TEXT = 200_000
_MANY_TAGS = 1_000
_DEEPEST_TAGS = 200
"""Tags one in another: the time to clean a text grows as the square of them."""
_LONGEST_NAME = 255
_MOST_FILES = 50
_BIGGEST_NUMBER = 1e15
_CLEANINGS = 5

_SAFE = """
    a abbr b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption figure h1 h2 h3 h4
    h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub sup table tbody td tfoot th
    thead time tr u ul var
"""
_SAFE_TAGS = frozenset(_SAFE.split())
_ALWAYS = frozenset({"div", "span", "p", "br"})
_TOGETHER = (
    ({"table"}, "tr td th colgroup col thead tbody tfoot caption figure figcaption"),
    ({"strong", "b"}, "strong b"),
    ({"em", "i"}, "em i"),
    ({"ul", "ol"}, "li"),
    ({"del", "strike", "s"}, "s"),
    ({"dl"}, "dt dd"),
)
"""Tags that come with others: whoever may write a table may write its cells."""
_ATTRIBUTES = {
    "*": {"style", "class", "dir", "lang", "title"},
    "a": {"href", "hreflang", "target"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "reversed", "type"},
    "table": {"summary", "cellspacing", "cellpadding", "border", "align"},
    "time": {"datetime"},
}
_FONT_STYLES = {
    "size": "font-size",
    "family": "font-family",
    "color": "color",
    "background": "background-color",
    "spacing": "letter-spacing",
    "height": "line-height",
}
_TABLE_STYLES = (
    "border border-style border-width border-color border-collapse vertical-align padding width height float "
    "background-color white-space"
)
_UNSAFE_STYLE = re.compile(r"[\\<@]|/\*|(?<!rgb)(?<!rgba)(?<!hsl)(?<!hsla)\(|:\s*\w+script", re.IGNORECASE)
_URL_SCHEMES = {"http", "https", "mailto", "tel"}

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)[^>]*>?")
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})

_BARE_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_ESCAPES = {"<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ESCAPED = re.compile('[<>"]')
_RUNNING_URL = re.compile(r"[\s\x00-\x20]*(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE)
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

_MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}")
_REMOTE = re.compile(r"(?:https?:)?//[^\s\"'<>\\]{1,2000}", re.IGNORECASE)
_OTHER_CONTENT = re.compile(r"(?:\.\./)+(?:content/)?(?:\d+|editor)/(?=.)")
_SUB_CONTENT_ID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_NAME = re.compile(r"[A-Za-z_][\w-]{0,99}")

_FILE_TEXTS = ("codecs", "alt", "title")
_COPYRIGHT = ("title", "author", "year", "source", "license", "version")
_METADATA = (
    "contentType title a11yTitle extraTitle license licenseVersion licenseExtras yearFrom yearTo source authorComments "
    "defaultLanguage"
)
_MOST_PEOPLE = 100


def clean_content(content: Any, main_semantics: list[Any] | None, semantics_of: SemanticsOf) -> Json:
    """Return a content with only what its libraries' fields allow. What is unknown, or too deep, is left out.

    `semantics_of` returns the semantics of a library inside the content, named «H5P.Image 1.1», or None when the site
    has no such library: that part of the content is left out.
    """
    return _Cleaner(semantics_of).fields(content, main_semantics, 0)


def clean_text(value: Any, field: Mapping[str, Any]) -> str | None:
    """Return a text as its field allows: with some tags, or none; None when it isn't a text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = _UNWRITABLE.sub("", value)[:_LONGEST_TEXT]
    tags = field.get("tags")
    if isinstance(tags, list) or field.get("widget") == "html":
        return "" if _runs(html := _html(text, tags if isinstance(tags, list) else [], field)) else html
    longest = field.get("maxLength")
    if type(longest) is int and longest > 0:
        text = _shortened(text, longest)
    return plain(text)


def plain(text: str) -> str:
    """Return a text that libraries may put into a page as it is: no tag starts in it, no attribute ends.

    What was already escaped stays so, as H5P does: most texts of packages come from a site that has escaped them.
    Unlike there, an apostrophe stays one: French has one in each sentence, and libraries show some texts as they are.
    """
    if _runs(text):
        return ""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], _BARE_AMPERSAND.sub("&amp;", text))


def _runs(text: str) -> bool:
    """Say whether a whole text is an address that runs: a library may make a link of it."""
    return bool(_RUNNING_URL.match(unescape(text)))


def _shortened(text: str, longest: int) -> str:
    """Return the beginning of a text, counted as it is read: an escaped character is one."""
    return text if len(text) <= longest or len(unescape(text)) <= longest else unescape(text)[:longest]


def _html(text: str, tags: list[Any], field: Mapping[str, Any]) -> str:
    if "<" not in text and "&" not in text:
        return text.replace(">", "&gt;")
    allowed = {tag.lower() for tag in tags if isinstance(tag, str)} | _ALWAYS
    for some, others in _TOGETHER:
        if some & allowed:
            allowed.update(others.split())
    allowed &= _SAFE_TAGS
    attributes = {tag: names for tag, names in _ATTRIBUTES.items() if tag == "*" or tag in allowed}
    styles = {"text-align", *_font_styles(field)}
    if "table" in allowed:
        styles.update(_TABLE_STYLES.split())
    if _is_too_deep(text):
        return plain(_TAG.sub(" ", text))
    for __ in range(_CLEANINGS):
        cleaned = nh3.clean(
            text,
            tags=allowed,
            attributes=attributes,
            attribute_filter=_attribute,
            filter_style_properties=styles,
            url_schemes=_URL_SCHEMES,
            link_rel="noopener noreferrer",
        )
        # A text that a browser mends may be mended again: what is kept is what stays.
        if cleaned == text:
            return cleaned
        text = cleaned
    return plain(nh3.clean(text, tags=set()))


def _is_too_deep(text: str) -> bool:
    """Say whether a text opens many tags that it doesn't close. An estimate: a text of few tags can't be deep."""
    if text.count("<") <= _MANY_TAGS:
        return False
    open_tags: Counter[str] = Counter()
    for found in _TAG.finditer(text):
        name = found[2].lower()
        if found[1]:
            open_tags[name] = max(0, open_tags[name] - 1)
        elif name not in _VOID:
            open_tags[name] += 1
            if open_tags[name] > _DEEPEST_TAGS:
                return True
    return False


def _font_styles(field: Mapping[str, Any]) -> Iterator[str]:
    font = field.get("font")
    if isinstance(font, dict):
        yield from (style for name, style in _FONT_STYLES.items() if font.get(name))


def _attribute(_tag: str, name: str, value: str) -> str | None:
    return None if name == "style" and _UNSAFE_STYLE.search(value) else value


class _Cleaner:
    """Cleans values by the type of their field. Each method returns the value that is kept, or None for nothing."""

    def __init__(self, semantics_of: SemanticsOf) -> None:
        self._semantics_of = semantics_of
        self._types: dict[str, Callable[[Any, Json, int], Any]] = {
            "text": lambda value, field, _depth: clean_text(value, field),
            "number": _number,
            "boolean": _boolean,
            "select": _select,
            "list": self._list,
            "group": self._group,
            "library": self._library,
            "file": _file,
            "image": _file,
            "video": _files,
            "audio": _files,
        }

    def fields(self, value: Any, fields: Any, depth: int) -> Json:
        """Return an object with only the fields named, each cleaned."""
        if not isinstance(value, dict):
            return {}
        kept: Json = {}
        for field in _sound_fields(fields):
            name = field.get("name")
            if isinstance(name, str) and name in value:
                cleaned = self._value(value[name], field, depth + 1)
                if cleaned is not None:
                    kept[name] = cleaned
        return kept

    def _value(self, value: Any, field: Json, depth: int) -> Any:
        kind = field.get("type")
        clean = self._types.get(kind) if isinstance(kind, str) else None
        return None if clean is None or value is None or depth > DEEPEST else clean(value, field, depth)

    def _group(self, value: Any, field: Json, depth: int) -> Any:
        inner = _sound_fields(field.get("fields"))
        is_sub_content = field.get("isSubContent") is True
        if len(inner) == 1 and not is_sub_content:
            # H5P's editor writes a group of one field as the value of that field.
            return self._value(value, inner[0], depth + 1)
        if not isinstance(value, dict):
            return None
        kept = self.fields(value, inner, depth)
        if is_sub_content:
            kept.update(_sub_content_id(value))
        return kept

    def _list(self, value: Any, field: Json, depth: int) -> list[Any] | None:
        inner = field.get("field")
        if isinstance(value, dict):
            value = [value[key] for key in sorted(filter(str.isdecimal, value), key=int)]
        if not isinstance(value, list) or not isinstance(inner, dict):
            return None
        most = field.get("max")
        if type(most) is int and most >= 0:
            value = value[:most]
        cleaned = (self._value(each, inner, depth + 1) for each in value)
        return [each for each in cleaned if each is not None]

    def _library(self, value: Any, field: Json, depth: int) -> Json | None:
        if not isinstance(value, dict):
            return None
        ubername = value.get("library")
        if not parse_ubername(ubername) or ubername not in _library_options(field):
            return None
        semantics = self._semantics_of(ubername)
        if semantics is None:
            return None
        kept: Json = {"library": ubername, "params": self.fields(value.get("params"), semantics, depth)}
        kept.update(_sub_content_id(value))
        if isinstance(value.get("metadata"), dict):
            kept["metadata"] = _metadata(value["metadata"])
        return {**kept, **_extra(value, field, kept)}


def _sound_fields(fields: Any) -> list[Json]:
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []


def _library_options(field: Json) -> list[str]:
    options = field.get("options")
    if not isinstance(options, list):
        return []
    names = (option.get("name") if isinstance(option, dict) else option for option in options)
    return [name for name in names if isinstance(name, str)]


def _number(value: Any, field: Json, _depth: int) -> int | float | None:
    if isinstance(value, str):
        try:
            value = float(value[:50])
        except ValueError:
            return None
        value = int(value) if math.isfinite(value) and value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    low, high = _bound(field.get("min")), _bound(field.get("max"))
    if high is not None and value > high:
        value = high
    if low is not None and value < low:
        value = low
    return value if abs(value) <= _BIGGEST_NUMBER else None


def _bound(value: Any) -> int | float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) <= _BIGGEST_NUMBER else None


def _boolean(value: Any, _field: Json, _depth: int) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in {"true", "1"})


def _select(value: Any, field: Json, _depth: int) -> Any:
    options = set(_select_options(field.get("options"))) if isinstance(field.get("options"), list) else None
    if field.get("multiple") is True:
        values = value if isinstance(value, list) else [value]
        chosen = (_option(each, options) for each in values)
        return [each for each in chosen if each is not None]
    chosen_one = _option(value, options)
    if chosen_one is None and field.get("default") is not None:
        return _option(field["default"], options)
    return chosen_one


def _option(value: Any, options: set[str] | None) -> Any:
    """Return a choice that is among those given; when the editor makes them as it goes, any short text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if options is not None and str(value) not in options:
        return None
    return plain(_UNWRITABLE.sub("", value)[:_LONGEST_NAME]) if isinstance(value, str) else _number(value, {}, 0)


def _select_options(options: Any) -> Iterator[str]:
    waiting = list(options)
    while waiting:
        option = waiting.pop()
        if not isinstance(option, dict):
            continue
        if isinstance(option.get("options"), list):
            waiting.extend(option["options"])
        value = option.get("value")
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            # Compared with values that are cleaned already, too.
            yield from {str(value), plain(str(value))}


def _files(value: Any, field: Json, depth: int) -> list[Json] | None:
    if not isinstance(value, list):
        return None
    cleaned = (_file(each, field, depth) for each in value[:_MOST_FILES])
    return [each for each in cleaned if each is not None]


def _file(value: Any, field: Json, _depth: int) -> Json | None:
    if not isinstance(value, dict):
        return None
    path = clean_path(value.get("path"))
    if not path:
        return None
    kept: Json = {"path": path}
    if isinstance(value.get("mime"), str) and _MIME.fullmatch(value["mime"]):
        kept["mime"] = value["mime"]
    for size in ("width", "height"):
        if (number := _number(value.get(size), {"min": 0, "max": 100_000}, 0)) is not None:
            kept[size] = number
    kept.update(_texts(value, _FILE_TEXTS))
    if original := clean_path(value.get("originalImage")):
        kept["originalImage"] = original
    if isinstance(value.get("copyright"), dict):
        kept["copyright"] = _texts(value["copyright"], _COPYRIGHT)
    if isinstance(value.get("metadata"), dict):
        kept["metadata"] = _metadata(value["metadata"])
    quality = value.get("quality")
    if isinstance(quality, dict):
        kept["quality"] = {
            name: each for name in ("level", "label") if (each := _scalar(quality.get(name))) is not None
        }
    return {**kept, **_extra(value, field, kept)}


def clean_path(value: Any) -> str:
    """Return the path of a content's file, or an address of the web; empty when it leads anywhere else."""
    if not isinstance(value, str):
        return ""
    path = _OTHER_CONTENT.sub("", value, count=1).removesuffix("#tmp")
    if _REMOTE.fullmatch(path):
        return path
    if not path.isprintable() or len(path) > _LONGEST_NAME or any(mark in path for mark in '\\:<>"'):
        return ""
    return "" if {"", ".", ".."} & set(path.split("/")) else path


def _sub_content_id(value: Json) -> Json:
    given = value.get("subContentId")
    return {"subContentId": given} if isinstance(given, str) and _SUB_CONTENT_ID.fullmatch(given) else {}


def _texts(value: Json, names: tuple[str, ...]) -> Json:
    texts = ((name, clean_text(value.get(name), {"maxLength": 5_000})) for name in names)
    return {name: text for name, text in texts if text is not None}


def _metadata(value: Json) -> Json:
    kept = _texts(value, tuple(_METADATA.split()))
    for name, keys in (("authors", ("name", "role")), ("changes", ("date", "author", "log"))):
        if isinstance(value.get(name), list):
            rows = (_texts(row, keys) for row in value[name][:_MOST_PEOPLE] if isinstance(row, dict))
            kept[name] = [row for row in rows if row]
    return kept


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(value, {"maxLength": 5_000})
    return _number(value, {}, 0)


def _extra(value: Json, field: Json, kept: Json) -> Json:
    """Return what a field says it may hold beside what all of its type do: plain values only."""
    names = field.get("extraAttributes")
    if not isinstance(names, list):
        return {}
    given = {
        name: _scalar(value.get(name))
        for name in names
        if isinstance(name, str) and _NAME.fullmatch(name) and name not in kept
    }
    return {name: each for name, each in given.items() if each is not None}
