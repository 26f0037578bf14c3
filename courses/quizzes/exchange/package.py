"""A zip archive from anyone, read without unpacking it: no path leaves it, and no bomb goes off. Pure."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO
from urllib.parse import unquote

from .results import FileRefusedError

MAX_ENTRIES = 30_000
MAX_ENTRY = 20 * 1024 * 1024
MAX_TOTAL = 400 * 1024 * 1024
MAX_RATIO = 200
_RATIO_MATTERS_FROM = 1024 * 1024
_SYMLINK = 0o120000


def _checked_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    parts = name.split("/")
    if "\\" in name or name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise FileRefusedError(f"Le paquet contient un chemin dangereux : « {name[:80]} ».")
    if (info.external_attr >> 16) & 0o170000 == _SYMLINK:
        raise FileRefusedError(f"Le paquet contient un lien symbolique : « {name[:80]} ».")
    if info.flag_bits & 1:
        raise FileRefusedError("Le paquet est protégé par un mot de passe : enlevez-le, puis renvoyez le fichier.")
    if info.file_size > MAX_ENTRY:
        raise FileRefusedError(f"« {name[:80]} », dans le paquet, dépasse 20 Mo.")
    if info.file_size > _RATIO_MATTERS_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise FileRefusedError(f"« {name[:80]} », dans le paquet, est anormalement compressé.")
    return posixpath.normpath(name)


class Package:
    """The files of an archive, by path. Raises FileRefusedError if any of it is not to be trusted."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
            infos = [info for info in self._zip.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise FileRefusedError("Le paquet zip est abîmé.") from None
        if len(infos) > MAX_ENTRIES:
            raise FileRefusedError("Le paquet contient trop de fichiers.")
        if sum(info.file_size for info in infos) > MAX_TOTAL:
            raise FileRefusedError("Le paquet, une fois décompressé, est bien trop gros.")
        self._infos = {_checked_name(info): info for info in infos}

    def __contains__(self, path: str) -> bool:
        return path in self._infos

    def paths(self) -> list[str]:
        """Return the paths of the files, sorted."""
        return sorted(self._infos)

    def read(self, path: str) -> bytes:
        """Return the content of a file. Sizes written in an archive may lie: what is read is bounded too."""
        try:
            with self._zip.open(self._infos[path]) as opened:
                content = opened.read(MAX_ENTRY + 1)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise FileRefusedError(f"« {path} », dans le paquet, est abîmé.") from error
        if len(content) > MAX_ENTRY:
            raise FileRefusedError(f"« {path} », dans le paquet, dépasse 20 Mo.")
        return content

    def beside(self, path: str) -> Mapping[str, Callable[[], bytes]]:
        """Return the files as a document at a path refers to them."""
        return _Beside(self, posixpath.dirname(path))


class _Beside(Mapping[str, Callable[[], bytes]]):
    def __init__(self, package: Package, folder: str) -> None:
        self.package, self.folder = package, folder

    def _resolve(self, address: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, unquote(address)))

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and self._resolve(address) in self.package

    def __getitem__(self, address: str) -> Callable[[], bytes]:
        return partial(self.package.read, self._resolve(address))

    def __iter__(self) -> object:  # type: ignore[override]
        return iter(self.package.paths())

    def __len__(self) -> int:
        return len(self.package.paths())


def resolve(base: str, address: str) -> str:
    """Return the path of what a file at `base` refers to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address.partition("#")[0])))
