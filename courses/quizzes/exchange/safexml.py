"""XML from anyone, read without trusting it.

The standard library's expat, with a handler that refuses any DOCTYPE: no entity can then be declared, so none can be
expanded or fetched. (defusedxml would do the same, but its last release, 0.7.1 of 2021, predates Python 3.13 and has no
streaming reader with line numbers.) Depth and size are bounded; namespaces are dropped, names alone count.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from . import texts
from .results import FileRefusedError

MAX_DEPTH = 80
MAX_ELEMENT = 24 * 1024 * 1024
"""Characters in one question: room for an image of the greatest size in base64."""

_FAULTS = {
    "XML_ERROR_UNDEFINED_ENTITY": "une entité n'y est pas définie (&nbsp; s'écrit &#160;)",
    "XML_ERROR_TAG_MISMATCH": "une balise n'y est pas fermée comme elle a été ouverte",
    "XML_ERROR_NO_ELEMENTS": "il s'arrête avant la fin",
    "XML_ERROR_UNCLOSED_TOKEN": "il s'arrête avant la fin",
    "XML_ERROR_UNCLOSED_CDATA_SECTION": "il s'arrête avant la fin",
    "XML_ERROR_DUPLICATE_ATTRIBUTE": "un attribut y est écrit deux fois",
    "XML_ERROR_UNBOUND_PREFIX": "un préfixe d'espace de noms n'y est pas déclaré",
    "XML_ERROR_JUNK_AFTER_DOC_ELEMENT": "du texte suit la fin du document",
}
_FAULT_OF = {expat.errors.codes[getattr(expat.errors, name)]: said for name, said in _FAULTS.items()}


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _Collector:
    """Builds the elements that stand at one depth, one at a time; without what is in them if `hollow`."""

    def __init__(self, depth: int, *, hollow: bool = False) -> None:
        self.at, self.hollow = depth, hollow
        self.depth = self.size = self.line = 0
        self.root = ""
        self.namespace = ""
        self.ready: list[tuple[int, Element]] = []
        self.tree: TreeBuilder | None = None
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    @property
    def _is_skipped(self) -> bool:
        """Whether the element at hand is inside one of which only the attributes are wanted."""
        return self.hollow and self.depth > self.at

    def _doctype(self, *_args: Any) -> None:
        raise FileRefusedError(
            "Le fichier XML contient une déclaration DOCTYPE : par sécurité, elle est refusée. Retirez cette ligne."
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FileRefusedError("Le fichier XML emboîte trop d'éléments les uns dans les autres.")
        if self.depth == 1:
            self.namespace, _space, self.root = name.rpartition(" ")
        if self.depth == self.at:
            self.tree, self.size, self.line = TreeBuilder(), 0, self.parser.CurrentLineNumber
        if self.tree is not None:
            self._grow(len(name) + sum(len(key) + len(value) for key, value in attributes.items()))
            if not self._is_skipped:
                self.tree.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def _data(self, data: str) -> None:
        if self.tree is not None:
            self._grow(len(data))
            if not self.hollow:
                self.tree.data(data)

    def _grow(self, by: int) -> None:
        self.size += by
        if self.size > MAX_ELEMENT:
            raise FileRefusedError(f"La question de la ligne {self.line} est bien trop volumineuse.")

    def _end(self, name: str) -> None:
        if self.tree is not None and not self._is_skipped:
            self.tree.end(_local(name))
            if self.depth == self.at:
                self.ready.append((self.line, self.tree.close()))
                self.tree = None
        self.depth -= 1

    def feed(self, text: str, *, last: bool = False) -> Iterator[tuple[int, Element]]:
        """Read on, and yield the elements that are now whole."""
        try:
            self.parser.Parse(text.encode(), last)
        except expat.ExpatError as error:
            fault = _FAULT_OF.get(error.code, "la syntaxe y est incorrecte")
            raise FileRefusedError(f"Le fichier XML est mal formé, ligne {error.lineno} : {fault}.") from error
        yield from self.ready
        self.ready.clear()


def elements(file: BinaryIO, *, depth: int = 2, hollow: bool = False) -> Iterator[tuple[int, Element]]:
    """Yield the elements at a depth (1 is the root) as they are read, with the line of each.

    Hollow ones have their attributes only, which is faster. Raises FileRefusedError.
    """
    collector = _Collector(depth, hollow=hollow)
    for chunk in texts.chunks(file, texts.find_encoding(file)):
        yield from collector.feed(chunk)
    yield from collector.feed("", last=True)


def root_of(file: BinaryIO) -> tuple[str, str]:
    """Return the name and the namespace of the root, without reading further than its start."""
    collector = _Collector(MAX_DEPTH)
    for chunk in texts.chunks(file, texts.find_encoding(file)):
        list(collector.feed(chunk))
        if collector.root:
            break
    else:
        list(collector.feed("", last=True))
    return collector.root, collector.namespace


def parse(content: bytes) -> Element:
    """Return the root of a small document. Raises FileRefusedError."""
    return next(element for _line, element in elements(io.BytesIO(content), depth=1))
