"""SVG pictures without anything that runs or that calls elsewhere. Pure; only the standard library's parser.

What is written back is made anew from the elements that are known to draw: no document type, no entity, no processing
instruction and no comment ever reaches the output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_DEEPEST = 200

_DRAWING = """
    svg g defs symbol use switch title desc metadata view marker clipPath mask pattern style
    path rect circle ellipse line polyline polygon image
    text tspan textPath tref altGlyph altGlyphDef altGlyphItem glyphRef
    font font-face font-face-name glyph missing-glyph hkern vkern
    linearGradient radialGradient stop
    filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
"""
_ELEMENTS = frozenset(_DRAWING.split())
_UNWRAPPED = frozenset({"a"})
"""Elements that go while what they hold stays."""
_RUNNING = frozenset(
    {"script", "foreignObject", "handler", "iframe", "embed", "object", "animate", "set", "animateMotion"}
)
"""Elements whose loss is worth telling: others that go are an editor's private notes."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LOADING = frozenset({"href", "src", "action", "formaction", "ping", "target", "from", "to", "by", "values", "base"})
_FRAGMENT = re.compile(r"#[^\s\"'<>()\\]+")
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_LOCAL_URL = re.compile(r"url\(\s*([\"']?)#[\w.:-]+\1\s*\)", re.IGNORECASE)
_CSS_FORBIDDEN = re.compile(
    r"\\|<|@import|@namespace|@font-face|\burl\s*\(|\bsrc\s*\(|\bimage\s*\(|image-set|cross-fade|element\s*\("
    r"|expression\s*\(|-moz-binding|behavior|javascript\s*:|vbscript\s*:|data\s*:|https?\s*:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CleanedSvg:
    """A picture made harmless, and the names of what had to go because it could run or call elsewhere."""

    data: bytes
    removed: list[str] = field(default_factory=list)


def clean_svg(data: bytes) -> bytes:
    """Return a picture made harmless; ValueError when it is not an SVG or declares entities of its own."""
    return cleaned(data).data


def cleaned(data: bytes) -> CleanedSvg:
    """Return a picture made harmless with what had to go; ValueError when that can't be done."""
    writer = _Writer()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_subset
    parser.EntityDeclHandler = _no_entity
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    try:
        parser.Parse(data, True)  # noqa: FBT003  (expat's own signature)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(str(error)) from None
    return CleanedSvg("".join(writer.parts).encode(), list(dict.fromkeys(writer.removed)))


def _no_subset(name: str, system: str | None, public: str | None, has_subset: int) -> None:
    """Refuse definitions written into the document: entities that swell, attributes by default."""
    if has_subset:
        raise ValueError("document type with definitions")


def _no_entity(*_args: object) -> None:
    raise ValueError("entity declaration")


class _Writer:
    """Writes what is kept, as the parser reads."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.removed: list[str] = []
        self._open: list[str] = []
        self._skipping = 0
        self._style: list[str] | None = None

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Write a start tag, or begin to skip what it opens."""
        namespace, __, name = qualified.rpartition(" ")
        if not self._open and not self._skipping and (name != "svg" or namespace not in {"", _SVG}):
            raise ValueError("not an SVG")
        if self._skipping:
            self._skipping += 1
            return
        if len(self._open) >= _DEEPEST:
            raise ValueError("too deep")
        is_known = namespace in {"", _SVG}
        if is_known and name in _UNWRAPPED:
            name = "g"
        if not is_known or name not in _ELEMENTS or self._style is not None:
            if name in _RUNNING:
                self.removed.append(name)
            self._skipping = 1
            return
        spaces = f' xmlns="{_SVG}" xmlns:xlink="{_XLINK}"' if not self._open else ""
        self._open.append(name)
        if name == "style":
            self._style = []
        kept = "".join(f" {key}={quoteattr(value)}" for key, value in self._attributes(name, attributes))
        self.parts.append(f"<{name}{spaces}{kept}>")

    def end(self, _qualified: str) -> None:
        """Write an end tag, or end to skip."""
        if self._skipping:
            self._skipping -= 1
            return
        name = self._open.pop()
        if self._style is not None:
            css, self._style = "".join(self._style), None
            if _is_harmless_css(css):
                self.parts.append(escape(css))
            else:
                self.removed.append("style")
        self.parts.append(f"</{name}>")

    def text(self, data: str) -> None:
        """Write text; that of a style sheet is looked at whole."""
        if self._skipping:
            return
        if self._style is not None:
            self._style.append(data)
        else:
            self.parts.append(escape(data))

    def _attributes(self, element: str, attributes: dict[str, str]) -> list[tuple[str, str]]:
        kept = []
        for qualified, value in attributes.items():
            namespace, __, name = qualified.rpartition(" ")
            if name == "href" and namespace in {"", _XLINK}:
                if self._is_harmless_link(element, value):
                    kept.append(("xlink:href" if namespace else "href", value))
            elif namespace == _XML and name in {"space", "lang"}:
                kept.append((f"xml:{name}", value))
            elif namespace or not _NAME.fullmatch(name):
                continue
            elif name.lower().startswith("on") or name.lower() in _LOADING:
                self.removed.append(name)
            elif not _may_be_css(name) or _is_harmless_css(value):
                kept.append((name, value))
            elif name == "style":
                kept.append((name, self._harmless_declarations(value)))
            else:
                self.removed.append(name)
        return kept

    def _is_harmless_link(self, element: str, value: str) -> bool:
        target = value.strip()
        if _FRAGMENT.fullmatch(target) or (element == "image" and _PICTURE.fullmatch(target)):
            return True
        self.removed.append("href")
        return False

    def _harmless_declarations(self, style: str) -> str:
        self.removed.append("style")
        declarations = style.split(";")
        kept = ";".join(each for each in declarations if _is_harmless_css(each))
        return kept if _is_harmless_css(kept) else ""


_FREE_TEXT = frozenset(
    {"id", "class", "d", "points", "unicode", "glyph-name", "alt", "title", "role", "g1", "g2", "u1", "u2"}
)


def _may_be_css(name: str) -> bool:
    """Say whether a browser may read an attribute as CSS: any may, but those that are text or numbers of their own."""
    return name not in _FREE_TEXT and not name.startswith(("aria-", "data-"))


def _is_harmless_css(css: str) -> bool:
    """Say whether CSS loads nothing: with and without its comments, as a string may hide either from a reader."""
    return not any(
        _CSS_FORBIDDEN.search(_CSS_LOCAL_URL.sub("none", each)) for each in (css, _CSS_COMMENT.sub(" ", css))
    )
