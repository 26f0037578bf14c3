"""Contents as files that other tools open: H5P made anew from what is stored, SCORM and cmi5 as they were sent."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from . import libraries
from .files import CHUNK, packages_storage, temporary, walk
from .libraries import DYNAMIC, EDITOR, PRELOADED
from .models import Library, Package, PackageVersion

PACKED = frozenset({"png", "jpg", "jpeg", "gif", "webp", "mp4", "m4v", "webm", "mp3", "m4a", "ogg", "woff", "woff2"})
"""What is compressed already, by extension: to compress it again takes time and gains nothing."""


def export_h5p(version: PackageVersion) -> BinaryIO:
    """Return a file open for reading, to be closed by the caller, that other tools take as this version.

    An H5P package is made anew with the libraries that it needs, to play and to be edited; a SCORM or cmi5 package is
    the file that was sent.
    """
    if version.package.kind != Package.Kind.H5P:
        return cast("BinaryIO", packages_storage().open(f"{version.folder}/original.zip"))
    linked = list(version.version_libraries.values_list("library_id", "dynamic"))
    needed = _Needed(
        main=version.library_id or 0,
        preloaded=[library for library, dynamic in linked if not dynamic],
        dynamic=[library for library, dynamic in linked if dynamic],
    )
    folder = f"{version.folder}/files"
    target = temporary()
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("h5p.json", _json(version.structure | needed.declared()))
            archive.writestr("content/content.json", _json(version.content))
            for name in walk(folder):
                _copy(archive, name, name.removeprefix(f"{folder}/"))
            needed.copy_into(archive)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def build_h5p(
    content: dict[str, Any], main: str, title: str, files: Mapping[str, bytes], language: str = "fr"
) -> bytes:
    """Return a .h5p file for a content made here: `main` is the library that plays it, «H5P.TrueFalse 1.6».

    `files` are those that the content names, by their paths in it («images/a.png»). The libraries that the site has are
    put into the file, with all that they need; those that it has not are named only, for a site that has them.
    """
    names = list(dict.fromkeys([libraries.name_of(main), *libraries.names_in(content)]))
    ids = libraries.ids_by_name()
    needed = _Needed(main=ids.get(names[0], 0), preloaded=[ids[name] for name in names if name in ids])
    declared = needed.declared()
    absent = [_reference(*libraries.parts_of(name)) for name in names if name not in ids]
    meta = {
        "title": title[:255],
        "language": language,
        "mainLibrary": libraries.parts_of(names[0])[0],
        "embedTypes": ["iframe"],
        "license": "U",
        "defaultLanguage": language,
        **declared,
        "preloadedDependencies": [*absent, *declared["preloadedDependencies"]],
    }
    with temporary() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("h5p.json", _json(meta))
            archive.writestr("content/content.json", _json(content))
            for path, data in files.items():
                archive.writestr(f"content/{path}", data)
            needed.copy_into(archive)
        target.seek(0)
        return target.read()


class _Needed:
    """The libraries that go with a content, each in the list of h5p.json where it belongs."""

    def __init__(self, main: int, preloaded: list[int], dynamic: list[int] | None = None) -> None:
        graph = libraries.Graph()
        played = graph.reached(preloaded, PRELOADED)
        asked = graph.reached([*played, *(dynamic or [])], PRELOADED, DYNAMIC)
        edited = graph.reached(asked, PRELOADED, DYNAMIC, EDITOR)
        # Some readers take the first one of its name as the main library.
        played.sort(key=lambda library: library != main)
        self._found = Library.objects.in_bulk(edited)
        self._lists = {
            "preloadedDependencies": played,
            "dynamicDependencies": [library for library in asked if library not in played],
            "editorDependencies": [library for library in edited if library not in asked],
        }

    def declared(self) -> dict[str, list[dict[str, Any]]]:
        """Return what h5p.json says of them."""
        return {
            key: [_reference(each.machine_name, each.major, each.minor) for each in map(self._found.__getitem__, ids)]
            for key, ids in self._lists.items()
            if ids or key == "preloadedDependencies"
        }

    def copy_into(self, archive: zipfile.ZipFile) -> None:
        """Put their files into an archive."""
        for library in sorted(self._found.values(), key=lambda library: library.name):
            for name in walk(library.folder):
                _copy(archive, name, name.removeprefix("libraries/"))


def _reference(machine_name: str, major: int, minor: int) -> dict[str, Any]:
    return {"machineName": machine_name, "majorVersion": major, "minorVersion": minor}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _copy(archive: zipfile.ZipFile, name: str, path: str) -> None:
    """Put a file of the storage into an archive, in pieces."""
    info = zipfile.ZipInfo(path, date_time=(2020, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    packed = path.rpartition(".")[2].lower() in PACKED
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    with packages_storage().open(name) as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target, CHUNK)
