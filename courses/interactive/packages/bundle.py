"""One file of scripts and one of styles for a content, so that a poor network makes a handful of requests.

Scripts are run one by one, as if each had been loaded by itself: a fault in one stops that one and is told with its
name. Joined end to end, a syntax error in one file would stop them all, two files that both declare a `const` of the
same name would refuse each other, and «use strict» at the top of the first would hold for all.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from io import BytesIO

import brotli  # type: ignore[import-untyped]

from . import libraries
from .files import packages_storage, write
from .models import Library, PackageVersion
from .styles import joined

BEST_UNTIL = 2 * 1024 * 1024
"""From this size on, in bytes, brotli's best quality takes too many seconds for what it gains."""

_RUNNER = """(function (scripts) {
  scripts.forEach(function (script) {
    var element = document.createElement("script");
    element.text = script[1] + "\\n//# sourceURL=" + encodeURI(script[0]);
    document.head.appendChild(element);
    document.head.removeChild(element);
  });
})([
%s
]);
"""
_SOURCE_MAP = re.compile(
    r"^[ \t]*(?://[#@][ \t]*sourceMappingURL=.*|/\*[#@][ \t]*sourceMappingURL=[^*]*\*/)[ \t]*$", re.MULTILINE
)


ENDINGS = (".js", ".css")
LAST = ".css.gz"
"""The end of the last file to be written: when it is there, all are."""


def bundle(version: PackageVersion) -> str:
    """Store the bundled scripts and styles of a version of an H5P package, and return the name of the bundle.

    The libraries are those that the version is linked to, in their order; those that are loaded only when asked for are
    left out. The files are not compressed yet: that takes seconds, in which no transaction should be open.
    """
    linked = version.version_libraries.filter(dynamic=False).select_related("library").order_by("position")
    loaded = [link.library for link in linked]
    parts = {".js": scripts(loaded), ".css": styles(loaded)}
    digest = _digest(loaded, parts)
    for ending, part in parts.items():
        name = _name(version, digest, ending)
        if not packages_storage().exists(name):
            write(name, BytesIO(part.encode("utf-8", "replace")))
    return digest


def compress(version: PackageVersion) -> None:
    """Store the compressed forms of a version's bundle; until they are there, it is compressed each time it is served.

    Contents of one type have the same bundle: it is taken from another version where one has it.
    """
    if packages_storage().exists(_name(version, version.bundle, LAST)):
        return
    for ending, data in (_compressed_elsewhere(version) or _compressed_here(version)).items():
        write(_name(version, version.bundle, ending), BytesIO(data))


def _compressed_elsewhere(version: PackageVersion) -> dict[str, bytes]:
    """Return the compressed forms of the same bundle from another version; nothing if there are none yet."""
    twin = PackageVersion.objects.filter(bundle=version.bundle).exclude(pk=version.pk).only("pk", "bundle").first()
    if twin is None or not packages_storage().exists(_name(twin, twin.bundle, LAST)):
        return {}
    found = {}
    for ending in (f"{ending}.{form}" for ending in ENDINGS for form in ("br", "gz")):
        with packages_storage().open(_name(twin, twin.bundle, ending)) as file:
            found[ending] = file.read()
    return found


def _compressed_here(version: PackageVersion) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for ending in ENDINGS:
        with packages_storage().open(_name(version, version.bundle, ending)) as file:
            found |= _compressed(ending, file.read())
    return found


def rebuild(library_id: int) -> int:
    """Link again the versions that use a library which has changed, and bundle them again. Return how many changed."""
    changed = 0
    versions = PackageVersion.objects.filter(libraries=library_id).order_by("pk")
    for version in versions.select_related("library").iterator(chunk_size=50):
        if libraries.link(version):
            continue
        name = bundle(version)
        if name != version.bundle:
            version.bundle = name
            compress(version)
            version.save(update_fields=["bundle"])
            changed += 1
    return changed


def scripts(loaded: Iterable[Library]) -> str:
    """Return one script that runs those of the libraries, each by itself, in order."""
    return run_apart((path, text(path)) for path in _paths(loaded, "preloadedJs"))


def run_apart(sources: Iterable[tuple[str, str]]) -> str:
    """Return one script that runs others, given with their names, in order and each as if it were loaded by itself."""
    sources = ((path, _SOURCE_MAP.sub("", source)) for path, source in sources)
    return _RUNNER % ",\n".join(_literal([path, source]) for path, source in sources)


def styles(loaded: Iterable[Library]) -> str:
    """Return the styles of the libraries as one sheet, whose addresses begin with `libraries/`."""
    return joined(_paths(loaded, "preloadedCss"), text)


def text(path: str) -> str:
    """Return what a text file in the storage says; the few that aren't UTF-8 are in the code page of Windows."""
    with packages_storage().open(path) as file:
        data: bytes = file.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _paths(loaded: Iterable[Library], kind: str) -> list[str]:
    return [
        posixpath.normpath(f"{library.folder}/{file['path']}")
        for library in loaded
        for file in library.metadata.get(kind) or []
    ]


def _literal(value: list[str]) -> str:
    """Return a value as JavaScript that old browsers read too: for them two line separators of Unicode end a line."""
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _digest(loaded: Sequence[Library], parts: dict[str, str]) -> str:
    """Name a bundle after all that its address gives: a new patch may change pictures and nothing else."""
    digest = hashlib.sha256(repr([(library.name, library.patch) for library in loaded]).encode())
    for ending, part in parts.items():
        digest.update(f"{ending} {len(part)} {part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


def _name(version: PackageVersion, digest: str, ending: str) -> str:
    return f"{version.folder}/bundle-{digest}{ending}"


def _compressed(ending: str, data: bytes) -> dict[str, bytes]:
    quality = 11 if len(data) < BEST_UNTIL else 9
    return {
        f"{ending}.br": brotli.compress(data, mode=brotli.MODE_TEXT, quality=quality),
        f"{ending}.gz": gzip.compress(data, compresslevel=9, mtime=0),
    }
