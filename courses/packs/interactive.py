"""Interactive activities of packs: their content as H5P takes it, the libraries that come with the site.

A file gives what teaches; the buttons and messages are added here, in French, for the content types that we have words
for. What the library does not know is a fault: the site would drop it without a word.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.models import Collection

from courses.interactive.packages.archive import Archive, open_archive
from courses.interactive.packages.exporting import build_h5p
from courses.interactive.packages.faults import RefusedError
from courses.interactive.packages.files import delete_tree
from courses.interactive.packages.h5p.authoring import Shelf
from courses.interactive.packages.h5p.check import CheckedH5P, check_h5p
from courses.interactive.packages.h5p.semantics import clean_content
from courses.interactive.packages.h5p.wording import WORDS
from courses.interactive.packages.libraries import Installer, installed, patch_of, ubername_of
from courses.interactive.packages.models import Library, PackageVersion
from courses.interactive.packages.storing import store_package
from courses.interactive.packages.tasks import rebuild_bundles
from people.models import User
from people.tasks import enqueue_once

from .faults import Fault, PackError, reporter
from .models import PackContent
from .reading import ContentFault, ImageFile, Interactive
from .schema import InteractiveFile

type Libraries = Mapping[str, list[Any] | None]
"""Semantics of libraries by name: «H5P.DragText 1.8»."""
type Where = tuple[str | int, ...]


# -- What a file says ----------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def _merged(words: Any, given: Any) -> Any:
    if not isinstance(words, dict) or not isinstance(given, dict):
        return given
    return words | {name: _merged(words.get(name), value) for name, value in given.items()}


def complete(front: InteractiveFile, libraries: Libraries) -> dict[str, Any]:
    """Return the content of an activity with the words of its buttons and messages."""
    words = Shelf(libraries).fit(front.library, WORDS.get(front.library.split(" ")[0], {}))
    merged: dict[str, Any] = _merged(words, _plain(front.content))
    return merged


def content_faults(front: InteractiveFile, libraries: Libraries) -> Iterator[ContentFault]:
    """Yield what the library would not take: where in the file, what is wrong, what to do."""
    if front.library not in libraries:
        problem = f"la bibliothèque « {front.library} » n'est ni sur le site, ni dans content/h5p/"
        known = ", ".join(sorted(name for name, semantics in libraries.items() if semantics)) or "aucune"
        yield ("library",), problem, f"choisissez parmi : {known}"
        return
    content = complete(front, libraries)
    semantics = libraries[front.library]
    for path, is_gone in _differences(content, clean_content(content, semantics, libraries.get)):
        name = " › ".join(str(step + 1) if isinstance(step, int) else step for step in path)
        said = "n'existe pas dans cette bibliothèque" if is_gone else "n'est pas accepté tel quel"
        yield ("content", *path), f"« {name} » {said}", "suivez le semantics.json de la bibliothèque"


def _differences(given: Any, kept: Any, path: Where = ()) -> Iterator[tuple[Where, bool]]:
    """Yield the parts of a content that cleaning would change, each with whether it would be gone."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            if name in kept:
                yield from _differences(value, kept[name], (*path, name))
            else:
                yield (*path, name), True
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (value, other) in enumerate(zip(given, kept, strict=True)):
            yield from _differences(value, other, (*path, number))
    elif _comparable(given) != _comparable(kept):
        yield path, False


def _comparable(value: Any) -> Any:
    # A sign that the site writes in another way is still the same text.
    return unescape(value) if isinstance(value, str) else value


# -- Libraries that come with the site -----------------------------------------------------------------------------


def _opened(path: Path, known: Mapping[str, int], file: Any) -> tuple[Archive, CheckedH5P]:
    try:
        archive = open_archive(file)
        return archive, check_h5p(archive, known)
    except RefusedError as refused:
        faults: list[Fault] = []
        for fault in refused.faults:
            reporter(faults, str(path))(1, str(fault.message).rstrip("."), "remplacez ce fichier")
        raise PackError(faults) from None


def shipped_libraries(directory: Path) -> dict[str, list[Any] | None]:
    """Return the semantics of the libraries in the .h5p files of a `content/` folder. Raises PackError."""
    found: dict[str, list[Any] | None] = {}
    for path in sorted((directory / "h5p").glob("*.h5p")):
        with path.open("rb") as file:
            _archive, checked = _opened(path, {}, file)
            found |= {ubername_of(name): files.semantics for name, files in checked.libraries.items()}
    return found


def stored_libraries() -> dict[str, list[Any] | None]:
    """Return the semantics of the libraries of the site."""
    return {library.ubername: library.semantics for library in Library.objects.all()}


def install_libraries(directory: Path) -> None:
    """Install the libraries of a `content/` folder that the site lacks, or has in an older patch. Raises PackError."""
    for path in sorted((directory / "h5p").glob("*.h5p")):
        with path.open("rb") as file:
            known = installed()
            archive, checked = _opened(path, known, file)
            if all(patch_of(files.metadata) <= known.get(name, -1) for name, files in checked.libraries.items()):
                continue
            with Installer() as installer, transaction.atomic():
                for library in installer.install(archive, checked.libraries, None):
                    enqueue_once(rebuild_bundles, library.pk)


# -- Packages ------------------------------------------------------------------------------------------------------


class PackageShelf:
    """Stores the contents of packs as packages, each once. What a failed load stored is taken away again."""

    def __init__(self) -> None:
        self.stored: list[PackageVersion] = []

    def put(
        self, key: str, activity: Interactive, collection: Collection, *, user: User | None, overwrite: bool
    ) -> tuple[PackContent, str]:
        """Return what is known of a content, and what was done: «created», «updated», «unchanged» or «kept».

        A content that someone replaced on the site is kept, unless `overwrite`. Raises RefusedError.
        """
        libraries = stored_libraries()
        content = complete(activity.front, libraries)
        checksum = _checksum(activity, content)
        known = PackContent.objects.select_related("package").filter(key=key).first()
        if known is not None:
            replaced = known.package.current_id != known.version_id
            if replaced and not overwrite:
                return known, "kept"
            if known.checksum == checksum and not replaced:
                return known, "unchanged"
        files = {f"images/{name}": image.path.read_bytes() for name, image in activity.images.items()}
        file = build_h5p(content, activity.front.library, activity.front.title, files)
        version = store_package(
            ContentFile(file, name=f"{activity.front.id}.h5p"),
            title=activity.front.title,
            user=user,
            collection=collection,
            may_install=False,
            package=known.package if known else None,
            note="Pack",
        )
        self.stored.append(version)
        values = {"package": version.package, "version": version, "checksum": checksum}
        item, created = PackContent.objects.update_or_create(key=key, defaults=values)
        return item, "created" if created else "updated"

    def forget(self) -> None:
        """Remove the stored files: the rows that named them were rolled back."""
        for version in self.stored:
            delete_tree(version.folder)


def _checksum(activity: Interactive, content: Mapping[str, Any]) -> str:
    images: Mapping[str, ImageFile] = activity.images
    told = [
        activity.front.title,
        activity.front.library,
        content,
        {name: image.checksum for name, image in images.items()},
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
