"""ZIP archives that come from anywhere: read without trust, in constant memory. Pure.

The standard library's `zipfile` reads a whole directory before anyone can refuse it, forgives what stands before the
archive, and cuts names at a NUL. Here the last record is read first, then the directory entry by entry, and no byte is
inflated before everything that is announced has been judged.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from .faults import Fault, RefusedError

MB = 1_000_000

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_SIGNATURE, _END64_SIGNATURE, _LOCATOR_SIGNATURE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL_SIGNATURE, _LOCAL_SIGNATURE = b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_UTF8_FLAG = 0x800
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFF_FFFF
_LONGEST_RECORD = 4_096
"""The bytes that one entry of a directory may take: its fixed part, its name, its extra fields and its comment."""
_CHUNK = 65_536

_DRIVE = re.compile(r"[A-Za-z]:")
_CLUTTER_FOLDERS = ("__MACOSX/",)
_CLUTTER_FILES = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive may hold. Sizes are in bytes; `ratio` is looked at from `ratio_from` bytes on."""

    archive: int = 250 * MB
    entries: int = 5_000
    unpacked: int = 500 * MB
    file: int = 200 * MB
    ratio: int = 100
    ratio_from: int = 1 * MB
    path: int = 255
    name: int = 200


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    raw_name: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class _End:
    """What the last record announces: how many entries, and where their directory stands."""

    entries: int
    size: int
    offset: int
    position: int


class Archive:
    """An archive that has been judged sound, read file by file. Folders and system clutter are not among its files."""

    def __init__(self, file: BinaryIO, entries: Mapping[str, _Entry]) -> None:
        self._file = file
        self._entries = dict(entries)

    @property
    def names(self) -> list[str]:
        """The paths of its files in the order of the archive, in Unicode's composed form (NFC)."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return composed(name) in self._entries

    def size(self, name: str) -> int:
        """Return how many bytes a file announces; KeyError when there is no such file."""
        return self._entries[composed(name)].size

    def open(self, name: str) -> BinaryIO:
        """Return a stream of a file's bytes. Reading raises RefusedError when they are not those announced."""
        entry = self._entries[composed(name)]
        return cast("BinaryIO", io.BufferedReader(_Stream(self._file, entry), _CHUNK))

    def read(self, name: str, limit: int) -> bytes:
        """Return a small file's bytes; RefusedError when it has more than `limit`."""
        if self.size(name) > limit:
            message = _("Le fichier « %(path)s » est trop gros (%(size)s, %(limit)s au plus). Allégez-le.") % {
                "path": name,
                "size": size_text(self.size(name)),
                "limit": size_text(limit),
            }
            raise RefusedError([Fault("file-too-big", message, name)])
        with self.open(name) as stream:
            return stream.read()

    def start(self, name: str, length: int) -> bytes:
        """Return a file's first bytes."""
        with self.open(name) as stream:
            return stream.read(length)

    def rename(self, name: str, new: str) -> None:
        """Let a file be known by another path from now on."""
        if new in self._entries:
            raise ValueError(new)
        self._entries = {new if key == name else key: entry for key, entry in self._entries.items()}


def composed(name: str) -> str:
    """Return a path in Unicode's composed form: a Mac writes «é» as two characters, a manifest as one."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def size_text(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    for unit, one in (("Go", 1000 * MB), ("Mo", MB), ("Ko", 1000)):
        if size >= one:
            return f"{size / one:.1f}".removesuffix(".0").replace(".", ",") + f" {unit}"
    return f"{size} octets"


def open_archive(file: BinaryIO, limits: Limits | None = None) -> Archive:
    """Return the archive that a seekable file holds, or raise RefusedError with all that is wrong with it.

    What is judged here is what the archive announces. That the bytes are those announced is judged when they are read.
    """
    limits = limits or Limits()
    length = file.seek(0, io.SEEK_END)
    if length > limits.archive:
        raise _refused(
            "archive-too-big",
            _("Le fichier est trop gros (%(size)s). La limite est de %(limit)s : allégez ses images et ses vidéos.")
            % {"size": size_text(length), "limit": size_text(limits.archive)},
        )
    end = _end(file, length)
    if end.entries > limits.entries or end.size > limits.entries * _LONGEST_RECORD:
        raise _refused(
            "too-many-files",
            _("L'archive annonce %(count)d fichiers, et la limite est de %(limit)d. Retirez ceux qui ne servent pas.")
            % {"count": end.entries, "limit": limits.entries},
        )
    if not end.entries:
        raise _refused("empty", _("L'archive est vide : exportez de nouveau le contenu, puis réessayez."))
    _starts_with_an_entry(file)
    entries = list(_directory(file, end))
    faults = [*_layout_faults(file, entries, end), *_size_faults(entries, limits)]
    kept: dict[str, _Entry] = {}
    places: dict[str, str] = {}
    for entry in entries:
        if _is_clutter(entry.name):
            continue
        if fault := _name_fault(entry, limits) or _twin_fault(entry, places):
            faults.append(fault)
        elif not entry.name.endswith("/"):
            kept[entry.name] = entry
    faults += _folder_faults(kept, places)
    if faults:
        raise RefusedError(faults)
    return Archive(file, kept)


def _refused(code: str, message: str, path: str = "") -> RefusedError:
    return RefusedError([Fault(code, message, path)])


def _corrupt() -> RefusedError:
    return _refused(
        "corrupt",
        _("L'archive est abîmée ou incomplète : le fichier a pu être coupé pendant l'envoi. Exportez-le de nouveau."),
    )


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    data = file.read(length)
    if len(data) != length:
        raise _corrupt()
    return data


def _end(file: BinaryIO, length: int) -> _End:
    """Read the last record, which ends the file: what stands after it is not part of the archive."""
    not_a_zip = _refused(
        "not-a-zip",
        _("Ce fichier n'est pas une archive ZIP, ou il a été coupé. Envoyez le fichier tel qu'il a été exporté."),
    )
    if length < _END.size:
        raise not_a_zip
    start = max(0, length - _END.size - _LONGEST_COMMENT)
    tail = _read_at(file, start, length - start)
    at = tail.rfind(_END_SIGNATURE)
    while at >= 0 and len(tail) - at < _END.size:
        at = tail.rfind(_END_SIGNATURE, 0, at)
    if at < 0:
        raise not_a_zip
    __, disk, first_disk, here, entries, size, offset, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise _refused(
            "trailing-bytes",
            _("Le fichier contient autre chose après l'archive ZIP. Envoyez le fichier tel qu'il a été exporté."),
        )
    position = start + at
    end = _End(entries, size, offset, position)
    if _FULL_16 in {here, entries} or _FULL_32 in {size, offset}:
        end = _end64(file, end)
    elif disk or first_disk or here != entries:
        raise _refused("several-disks", _("L'archive est découpée en plusieurs morceaux : refaites-la en un seul."))
    if end.offset + end.size != end.position:
        raise _corrupt() if end.offset + end.size > end.position else _before()
    return end


def _end64(file: BinaryIO, end: _End) -> _End:
    """Read the last record of a ZIP64 archive, which says what the short one has no room for."""
    if end.position < _END64_LOCATOR.size:
        raise _corrupt()
    signature, __, offset, __ = _END64_LOCATOR.unpack(
        _read_at(file, end.position - _END64_LOCATOR.size, _END64_LOCATOR.size)
    )
    if signature != _LOCATOR_SIGNATURE or offset > end.position:
        raise _corrupt()
    record = _END64.unpack(_read_at(file, offset, _END64.size))
    if record[0] != _END64_SIGNATURE:
        raise _corrupt()
    return _End(record[7], record[8], record[9], offset)


def _before() -> RefusedError:
    return _refused(
        "leading-bytes",
        _("Le fichier contient autre chose avant l'archive ZIP. Envoyez le fichier tel qu'il a été exporté."),
    )


def _starts_with_an_entry(file: BinaryIO) -> None:
    if _read_at(file, 0, 4) != _LOCAL_SIGNATURE:
        raise _before()


def _directory(file: BinaryIO, end: _End) -> Iterator[_Entry]:
    """Read the directory: exactly the entries announced, in exactly the bytes announced."""
    position = end.offset
    for __ in range(end.entries):
        if position + _CENTRAL.size > end.position:
            raise _corrupt()
        record = _CENTRAL.unpack(_read_at(file, position, _CENTRAL.size))
        if record[0] != _CENTRAL_SIGNATURE:
            raise _corrupt()
        name_length, extra_length, comment_length = record[10:13]
        if not name_length or position + _CENTRAL.size + name_length + extra_length > end.position:
            raise _corrupt()
        rest = _read_at(file, position + _CENTRAL.size, name_length + extra_length)
        yield _entry(record, rest[:name_length], rest[name_length:])
        position += _CENTRAL.size + name_length + extra_length + comment_length
    if position != end.position:
        raise _corrupt()


def _entry(record: tuple, raw_name: bytes, extra: bytes) -> _Entry:
    flags, method, crc, packed, size = record[3], record[4], record[7], record[8], record[9]
    attributes, offset = record[15], record[16]
    name = _decoded(raw_name, flags)
    if flags & _ENCRYPTED_FLAGS:
        raise _refused(
            "encrypted",
            _("L'archive est protégée par un mot de passe. Refaites-la sans mot de passe."),
            name,
        )
    if method not in {_STORED, _DEFLATED}:
        raise _refused(
            "compression",
            _("Le fichier « %(path)s » est compressé d'une façon que le site ne lit pas. Refaites un ZIP ordinaire.")
            % {"path": name},
            name,
        )
    if _is_special(attributes >> 16):
        raise _refused(
            "special-file",
            _("« %(path)s » n'est pas un vrai fichier mais un lien. Remplacez-le par le fichier lui-même.")
            % {"path": name},
            name,
        )
    size, packed, offset = _wide(extra, size, packed, offset)
    if method == _STORED and packed != size:
        raise _corrupt()
    return _Entry(name, raw_name, method, crc, packed, size, offset)


def _decoded(raw_name: bytes, flags: int) -> str:
    """Return a name as text: many tools write UTF-8 without saying so; what is not is read as ZIP's first code page."""
    try:
        name = raw_name.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8_FLAG:
            raise _corrupt() from None
        name = raw_name.decode("cp437")
    return composed(name)


def _is_special(mode: int) -> bool:
    return stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Return the numbers of an entry, those without room in the short record read from its ZIP64 field."""
    if _FULL_32 not in {size, packed, offset}:
        return size, packed, offset
    field = _extra_field(extra, 1)
    wanted = [number == _FULL_32 for number in (size, packed, offset)]
    if len(field) < 8 * sum(wanted):
        raise _corrupt()
    wide = iter(struct.unpack_from(f"<{sum(wanted)}Q", field))
    size, packed, offset = (
        next(wide) if is_wanted else number for number, is_wanted in zip((size, packed, offset), wanted, strict=True)
    )
    return size, packed, offset


def _extra_field(extra: bytes, kind: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        found, length = struct.unpack_from("<2H", extra, at)
        if found == kind:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _layout_faults(file: BinaryIO, entries: list[_Entry], end: _End) -> list[Fault]:
    """Return whether entries lie one in another, or elsewhere than the directory says: the shape of most bombs."""
    free_from = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < free_from:
            message = _("Dans l'archive, « %(path)s » et un autre fichier occupent la même place. Refaites l'archive.")
            return [Fault("overlap", message % {"path": entry.name}, entry.name)]
        data = _data_offset(file, entry)
        free_from = data + entry.packed
        if free_from > end.offset:
            raise _corrupt()
    return []


def _data_offset(file: BinaryIO, entry: _Entry) -> int:
    """Return where an entry's bytes begin, once its own header has been compared with the directory."""
    record = _LOCAL.unpack(_read_at(file, entry.offset, _LOCAL.size))
    name = file.read(record[9])
    if record[0] != _LOCAL_SIGNATURE or name != entry.raw_name or record[3] != entry.method:
        raise _corrupt()
    return entry.offset + _LOCAL.size + record[9] + record[10]


def _size_faults(entries: list[_Entry], limits: Limits) -> list[Fault]:
    faults = []
    total = sum(entry.size for entry in entries)
    if total > limits.unpacked:
        message = _("Une fois ouverte, l'archive occuperait %(size)s. La limite est de %(limit)s.")
        figures = {"size": size_text(total), "limit": size_text(limits.unpacked)}
        faults.append(Fault("unpacked-too-big", message % figures))
    for entry in entries:
        figures = {"path": entry.name, "size": size_text(entry.size), "limit": size_text(limits.file)}
        if entry.size > limits.file:
            message = _("Le fichier « %(path)s » est trop gros (%(size)s, %(limit)s au plus). Allégez-le.")
            faults.append(Fault("file-too-big", message % figures, entry.name))
        elif entry.size > limits.ratio_from and entry.size > limits.ratio * max(entry.packed, 1):
            message = _("Le fichier « %(path)s » est comprimé à l'excès, comme un fichier piégé. Retirez-le.")
            faults.append(Fault("ratio", message % figures, entry.name))
    return faults


def _is_clutter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return name.startswith(_CLUTTER_FOLDERS) or last.lower() in _CLUTTER_FILES or last.startswith("._")


def _name_fault(entry: _Entry, limits: Limits) -> Fault | None:
    name = entry.name
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or _DRIVE.match(name):
        code, message = "absolute-path", _("Le chemin « %(path)s » est absolu. Refaites l'archive sans lui.")
    elif "\\" in name:
        code, message = "backslash", _("Le chemin « %(path)s » contient une barre inverse (\\). Refaites l'archive.")
    elif any(part in {"", ".", ".."} for part in parts):
        code, message = "parent-path", _("Le chemin « %(path)s » sort de l'archive. Refaites l'archive sans lui.")
    elif any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        code, message = "control-character", _("Le nom « %(path)s » contient un caractère interdit. Changez ce nom.")
    elif len(name) > limits.path or any(len(part.encode()) > limits.name for part in parts):
        code, message = "long-name", _("Le nom « %(path)s » est trop long. Donnez à ce fichier un nom plus court.")
    elif name.endswith("/") and entry.size:
        code, message = (
            "folder-with-bytes",
            _("« %(path)s » est à la fois un dossier et un fichier. Refaites l'archive."),
        )
    else:
        return None
    shown = "".join(character if character.isprintable() else "�" for character in name)
    return Fault(code, message % {"path": shown}, shown)


def _key(name: str) -> str:
    """Return what two names share when a disk that ignores case, or composes accents, takes one for the other."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.removesuffix("/")).casefold())


def _twin_fault(entry: _Entry, places: dict[str, str]) -> Fault | None:
    key = _key(entry.name)
    if key not in places:
        places[key] = entry.name
        return None
    return _same_name(entry.name, places[key])


def _same_name(name: str, other: str) -> Fault:
    message = _("« %(path)s » et « %(other)s » ont le même nom, aux majuscules ou aux accents près. Changez-en un.")
    return Fault("duplicate", message % {"path": name, "other": other}, name)


def _folder_faults(kept: Mapping[str, _Entry], places: Mapping[str, str]) -> list[Fault]:
    """Return the files that stand where another file needs a folder, and folders that differ only by case."""
    faults = []
    files = {_key(name) for name in kept}
    folders: dict[str, str] = {}
    for name in kept:
        at = name.find("/")
        while at >= 0:
            folder = name[:at]
            key = _key(folder)
            other = places[key] if key in files else folders.setdefault(key, folder)
            if key in files or other != folder:
                faults.append(_same_name(folder, other))
            at = name.find("/", at + 1)
    return faults


class _Stream(io.RawIOBase):
    """The bytes of one entry, inflated as they are asked for, never more than announced."""

    def __init__(self, file: BinaryIO, entry: _Entry) -> None:
        self._file = file
        self._entry = entry
        self._position = _data_offset(file, entry)
        self._packed_left = entry.packed
        self._left = entry.size
        self._crc = 0
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None
        self._pending = b""
        self._checked = False

    def readable(self) -> bool:
        """Say that it is read from."""
        return True

    def readinto(self, buffer) -> int:
        """Put the next bytes into `buffer` and return how many; 0 at the end, once all has been found as announced."""
        wanted = min(len(buffer), _CHUNK)
        data = self._more(min(wanted, self._left)) if self._left else b""
        self._crc = zlib.crc32(data, self._crc)
        self._left -= len(data)
        if not self._left and not self._checked:
            self._check_end()
        buffer[: len(data)] = data
        return len(data)

    def _packed(self, length: int) -> bytes:
        length = min(length, self._packed_left)
        if not length:
            return b""
        data = _read_at(self._file, self._position, length)
        self._position += length
        self._packed_left -= length
        return data

    def _more(self, wanted: int) -> bytes:
        data = self._packed(wanted) if self._inflate is None else self._inflated(wanted)
        if not data:
            raise self._broken()
        return data

    def _inflated(self, wanted: int) -> bytes:
        """Return at least one byte, and at most `wanted`; nothing when the packed bytes are over."""
        inflate = self._inflate
        if inflate is None:
            return b""
        while not inflate.eof:
            self._pending = self._pending or self._packed(_CHUNK)
            try:
                data = inflate.decompress(self._pending, wanted)
            except zlib.error:
                raise self._broken() from None
            was_empty, self._pending = not self._pending, inflate.unconsumed_tail
            if data:
                return data
            if was_empty:
                break
        return b""

    def _check_end(self) -> None:
        self._checked = True
        if self._crc != self._entry.crc or self._inflated(1):
            raise self._broken()

    def _broken(self) -> RefusedError:
        message = _("Le fichier « %(path)s » de l'archive n'a pas le contenu annoncé : l'archive est abîmée ou piégée.")
        return _refused("not-as-announced", message % {"path": self._entry.name}, self._entry.name)
