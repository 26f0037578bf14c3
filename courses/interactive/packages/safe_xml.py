"""Read XML that strangers wrote: no document type, no entities, bounded depth, size and number of elements.

Names are compared without their prefix and without case: authoring tools write `adlcp:scormtype`, `adlcp:scormType`,
prefixes that they never declared, or none at all.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from django.utils.translation import gettext as _

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 60
MAX_ELEMENTS = 100_000

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class UnsafeXMLError(ValueError):
    """The text is not XML that may be read; the message says why, in French."""


@dataclass
class Element:
    """An element: its name and those of its attributes are local and lower-case. `spaces`: the namespaces declared."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    text: str = ""

    def all(self, *names: str) -> list[Element]:
        """Return the children of these names."""
        return [child for child in self.children if child.name in names]

    def first(self, *path: str) -> Element | None:
        """Return the first element at the end of a path of names."""
        found: Element | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def words(self, *path: str) -> str:
        """Return the text at the end of a path, with single spaces; «» if there is none."""
        found = self.first(*path)
        return " ".join(found.text.split()) if found else ""

    def walk(self) -> Iterator[Element]:
        """Yield this element and all those inside, in order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def local(name: str) -> str:
    """Return a name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


def decode(data: bytes) -> str:
    """Return the text of an XML file: what its first bytes show counts more than what it declares."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace")
    if data[:4] == b"<\0?\0":
        return data.decode("utf-16-le", "replace")
    if data[:4] == b"\0<\0?":
        return data.decode("utf-16-be", "replace")
    declared = DECLARED_ENCODING.match(data)
    encodings = ["utf-8", "cp1252"]
    if declared and not declared[1].lower().startswith((b"utf-16", b"utf16", b"utf-32", b"ucs")):
        encodings.insert(0, declared[1].decode())
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")


class _Builder:
    """Build elements from what expat reads, and stop at the first thing that is not allowed."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.texts: list[list[str]] = []
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) >= MAX_DEPTH:
            raise UnsafeXMLError(_("ses éléments sont emboîtés trop profondément"))
        if self.count > MAX_ELEMENTS:
            raise UnsafeXMLError(_("il a trop d'éléments"))
        element = Element(local(name))
        for key, value in attributes.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                element.spaces.append(value)
            else:
                element.attributes[local(key)] = value
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self.texts.append([])

    def end(self, _name: str) -> None:
        self.open.pop().text = "".join(self.texts.pop())

    def text(self, text: str) -> None:
        self.texts[-1].append(text)

    def doctype(self, *_arguments: object) -> None:
        raise UnsafeXMLError(_("il contient une déclaration DOCTYPE, qui n'est pas acceptée"))


def parse(data: bytes) -> Element:
    """Return the root of an XML file; UnsafeXMLError says in French why it can't be read."""
    if len(data) > MAX_BYTES:
        raise UnsafeXMLError(_("il est trop gros"))
    text = DECLARATION.sub("", decode(data).strip("\ufeff\0 \t\r\n"), count=1).lstrip()
    builder = _Builder()
    # Without namespaces: expat would refuse a prefix that is not declared, and tools do write such manifests.
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003  # takes no keyword
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise UnsafeXMLError(
            _("ligne %(line)d : ce n'est pas du XML bien formé (%(error)s)") % {"line": error.lineno, "error": message}
        ) from error
    if builder.root is None:
        raise UnsafeXMLError(_("il est vide"))
    return builder.root
