"""What nothing uses any more: libraries, and the files that a crash has left behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import libraries
from .files import delete_tree, packages_storage, walk
from .models import Library, LibraryDependency, PackageVersion, VersionLibrary

LEFT_AFTER = timedelta(days=1)
"""How old files without a row must be: those of an upload that goes on have none yet."""


def unused_libraries() -> QuerySet[Library]:
    """Return the libraries that no version of a package needs, to run or to be edited, by itself or through others."""
    return Library.objects.exclude(pk__in=_used())


def prune(chosen: Iterable[Library] | None = None) -> list[str]:
    """Delete the unused libraries (among `chosen` only, if given) with their files, and return their names.

    Nothing that is used is ever deleted, nor what another library needs that stays. Files that crashes have left in the
    storage are deleted too.
    """
    wanted = None if chosen is None else {library.pk for library in chosen}
    names = _prune_libraries(wanted)
    prune_files()
    return names


def prune_files() -> list[str]:
    """Delete the files without a row that are older than a day, and return the names of their folders.

    They are those of uploads that were cut short, and the bundles that others have replaced.
    """
    versions = {str(pk): name for pk, name in PackageVersion.objects.values_list("pk", "bundle")}
    known = {"staging": set(), "versions": set(versions), "libraries": set(libraries.ids_by_name())}
    left = [
        f"{parent}/{name}"
        for parent, names in known.items()
        for name in _folders(parent)
        if name not in names and _is_old(f"{parent}/{name}")
    ]
    for folder in left:
        delete_tree(folder)
    for version, bundle in versions.items():
        left += _prune_bundles(f"versions/{version}", bundle)
    return left


def _used() -> set[int]:
    roots = set(VersionLibrary.objects.values_list("library_id", flat=True).distinct())
    roots.update(PackageVersion.objects.exclude(library=None).values_list("library_id", flat=True).distinct())
    return set(libraries.Graph().reached(roots, libraries.PRELOADED, libraries.DYNAMIC, libraries.EDITOR))


@transaction.atomic
def _prune_libraries(wanted: set[int] | None) -> list[str]:
    """Delete rows and files together: whoever uploads one of these libraries at this moment waits for the end."""
    locked = {library.pk: library for library in unused_libraries().select_for_update().order_by("pk")}
    chosen = set(locked) if wanted is None else wanted & set(locked)
    needed_by_others = LibraryDependency.objects.exclude(library__in=chosen).values_list("library_id", flat=True)
    kept = libraries.Graph().reached(set(needed_by_others), libraries.PRELOADED, libraries.DYNAMIC, libraries.EDITOR)
    gone = [locked[pk] for pk in chosen.difference(kept)]
    LibraryDependency.objects.filter(library__in=gone).delete()
    Library.objects.filter(pk__in=[library.pk for library in gone]).delete()
    for library in gone:
        delete_tree(library.folder)
    return sorted(library.name for library in gone)


def _folders(parent: str) -> list[str]:
    try:
        return packages_storage().listdir(parent)[0]
    except FileNotFoundError:
        return []


def _is_old(folder: str) -> bool:
    """Whether all files of a folder were written long ago; one without files is being made, or harms nobody."""
    before = timezone.now() - LEFT_AFTER
    storage = packages_storage()
    return all(storage.get_modified_time(name) < before for name in walk(folder))


def _prune_bundles(folder: str, current: str) -> list[str]:
    try:
        files = packages_storage().listdir(folder)[1]
    except FileNotFoundError:
        return []
    storage = packages_storage()
    before = timezone.now() - LEFT_AFTER
    replaced = [
        f"{folder}/{name}" for name in files if name.startswith("bundle-") and not name.startswith(f"bundle-{current}.")
    ]
    old = [name for name in replaced if storage.get_modified_time(name) < before]
    for name in old:
        storage.delete(name)
    return old
