"""The characters of a file that anyone may have written anywhere: which encoding, and what is no text at all. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from .results import FileRefusedError

CHUNK = 1 << 16
MAX_LINE = 4_000_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']""")
_REMEDY = "Enregistrez-le en UTF-8, puis renvoyez-le."
_KNOWN = {"utf-8", "utf-16", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
# Control characters are no text. The noncharacters are ours: readers mark places in a text with them.
_UNWANTED = dict.fromkeys(
    [*(c for c in range(32) if c not in (9, 10, 13)), 127, *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF]
)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_declared(head: bytes) -> None:
    """Refuse an XML file that says it is written in an encoding that we don't read."""
    if not (declared := _DECLARED.match(head)):
        return
    name = declared[1].decode()
    try:
        known = codecs.lookup(name).name in _KNOWN
    except LookupError:
        known = False
    if not known:
        raise FileRefusedError(f"Le fichier se dit écrit en « {name} ». {_REMEDY}")


def find_encoding(file: BinaryIO) -> str:
    """Return the encoding of a file: UTF-8 with or without BOM, UTF-16 with BOM, or Windows-1252.

    Raises FileRefusedError for anything else.
    """
    file.seek(0)
    head = file.read(1024)
    if not head.strip():
        raise FileRefusedError("Le fichier est vide.")
    _check_declared(head)
    marked = [encoding for bom, encoding in _BOMS if head.startswith(bom)]
    if not marked and b"\0" in head:
        raise FileRefusedError(f"Ce n'est pas un fichier de texte, ou son encodage n'est pas reconnu. {_REMEDY}")
    for encoding in marked or ("utf-8", "cp1252"):
        if _decodes(file, encoding):
            return encoding
    raise FileRefusedError(f"L'encodage du fichier n'est pas reconnu, ou change en cours de route. {_REMEDY}")


def chunks(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text of a file piece by piece, without what is no text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while raw := file.read(CHUNK):
        yield decoder.decode(raw).translate(_UNWANTED)
    yield decoder.decode(b"", final=True).translate(_UNWANTED)


def lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines of a file, whichever way they end, without their ends."""
    rest = ""
    for chunk in chunks(file, encoding):
        # A line may end with \r\n cut in two: the \r waits for what follows.
        held = "\r" if chunk.endswith("\r") else ""
        text = (rest + chunk.removesuffix(held)).replace("\r\n", "\n").replace("\r", "\n")
        *whole, rest = text.split("\n")
        rest += held
        yield from whole
        if len(rest) > MAX_LINE:
            raise FileRefusedError("Une ligne du fichier est bien trop longue : ce n'est sans doute pas du texte.")
    yield rest.rstrip("\r")
