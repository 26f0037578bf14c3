"""Whether a file's bytes are what its name says: a page or a script may pose as a picture. Pure.

A family is one kind of thing to a browser. A photo named .png that is a JPEG plays everywhere and is left in peace;
a page named .png isn't.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

from django.utils.translation import gettext as _

from ..archive import Archive

_HEAD = 4_096
_CHUNK = 262_144
_XML_LIMIT = 10_000_000

_DRAWN = frozenset({"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"})
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

_MARKUP = re.compile(rb"<(?:script|html|!doctype|svg|iframe|body|object|embed|\?php)[\s>/]", re.IGNORECASE)
_LONGEST_MARKUP = 16
_PAGE_START = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?php|meta|title)\b",
    re.IGNORECASE | re.DOTALL,
)
_PRINTABLE = re.compile(rb"[\t\n\r -~]*")


def _is_picture(head: bytes) -> bool:
    starts = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")
    if head.startswith((b"GIF87a", b"GIF89a")):
        # A real header has sizes, flags and a ratio here: text would be the start of a script.
        return not _PRINTABLE.fullmatch(head[6:13]) and head[6:8] != b"/*"
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith(starts) and head[4:6] != b"/*"


def _is_sound_or_film(head: bytes) -> bool:
    if head[:4] in {b"\x1aE\xdf\xa3", b"OggS", b"fLaC"} or head.startswith(b"ID3"):
        return True
    if head[:4] in {b"RIFF", b"RF64"}:
        return head[8:12] == b"WAVE"
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}:
        return True
    frame = head.lstrip(b"\x00")
    return len(frame) > 1 and frame[0] == 0xFF and frame[1] & 0xE0 == 0xE0


def _is_font(head: bytes) -> bool:
    starts = (b"wOFF", b"wOF2", b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf", b"typ1")
    return head.startswith(starts) or head[34:36] == b"LP"


def _is_text(head: bytes) -> bool:
    return not _PAGE_START.match(head.removeprefix(b"\xef\xbb\xbf")) and (
        b"\x00" not in head or head.startswith(_UTF_16)
    )


def _is_code(head: bytes) -> bool:
    return not _PAGE_START.match(head.removeprefix(b"\xef\xbb\xbf"))


def _is_markup(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith((b"<", *_UTF_16))


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


_PICTURES = ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp")
_FAMILIES: dict[str, Callable[[bytes], bool]] = {
    **dict.fromkeys(_PICTURES, _is_picture),
    **dict.fromkeys(("webm", "mp4", "m4v", "ogg", "ogv", "oga", "mp3", "m4a", "wav"), _is_sound_or_film),
    **dict.fromkeys(("eot", "ttf", "woff", "woff2", "otf"), _is_font),
    **dict.fromkeys(("json", "txt", "csv", "diff", "patch", "md", "textile", "vtt", "webvtt"), _is_text),
    **dict.fromkeys(("js", "css"), _is_code),
    **dict.fromkeys(("svg", "xml"), _is_markup),
    **dict.fromkeys(("doc", "xls", "ppt"), _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp"), _starts(b"PK\x03\x04")),
    "rtf": _starts(b"{\\rtf"),
    "swf": _starts(b"FWS", b"CWS", b"ZWS"),
    "pdf": lambda head: b"%PDF-" in head[:1024] and _is_code(head),
}


def extension(name: str) -> str:
    """Return a file's extension in small letters, without its dot."""
    last = name.rsplit("/", 1)[-1]
    return last.rpartition(".")[2].lower() if "." in last.lstrip(".") else ""


def mismatch(archive: Archive, name: str) -> str:
    """Return what is wrong with a file's bytes, in French with «%(path)s» for its name; empty when nothing is."""
    kind = extension(name)
    family = _FAMILIES.get(kind)
    if family is None or not archive.size(name):
        return ""
    head = archive.start(name, _HEAD)
    if not family(head):
        return _wrong_type(head)
    if kind in _PICTURES and _hides_markup(archive, name):
        return _("L'image « %(path)s » cache une page ou un script. Remplacez-la par une vraie image.")
    if kind == "xml" and _is_page(archive.read(name, _XML_LIMIT)):
        return _("Le fichier « %(path)s » est une page déguisée en XML. Retirez-le.")
    return ""


def _wrong_type(head: bytes) -> str:
    if _PAGE_START.match(head) or _MARKUP.search(head):
        return _("Le fichier « %(path)s » est une page ou un script sous un autre nom. Retirez-le ou remplacez-le.")
    return _("Le fichier « %(path)s » n'est pas du type que son nom annonce. Enregistrez-le de nouveau, ou retirez-le.")


def _hides_markup(archive: Archive, name: str) -> bool:
    """Say whether a picture holds HTML anywhere, as what is a picture to one reader and a page to another does."""
    kept = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            if _MARKUP.search(kept + chunk):
                return True
            kept = chunk[-_LONGEST_MARKUP:]
    return False


def _is_page(data: bytes) -> bool:
    """Say whether a browser would draw and run an XML file: by a namespace, a style sheet or definitions of its own."""
    found: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartNamespaceDeclHandler = lambda _prefix, uri: found.append(uri) if uri in _DRAWN else None
    parser.ProcessingInstructionHandler = lambda target, _data: found.append(target)
    parser.StartDoctypeDeclHandler = _no_definitions
    try:
        parser.Parse(data, True)  # noqa: FBT003  (expat's own signature)
    except (expat.ExpatError, LookupError, ValueError):
        return True
    return bool(found)


def _no_definitions(_name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
    if has_subset:
        raise ValueError("document type with definitions")
