"""H5P libraries: stored once per machine name and major.minor, replaced by a newer patch, linked to what needs them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from .archive import Archive
from .files import copy_tree, delete_tree, packages_storage, walk, write
from .h5p.definitions import parse_ubername
from .models import Library, LibraryDependency, PackageVersion, VersionLibrary

if TYPE_CHECKING:
    from people.models import User

    from .h5p.check import LibraryFiles

PRELOADED, DYNAMIC, EDITOR = (
    LibraryDependency.Kind.PRELOADED,
    LibraryDependency.Kind.DYNAMIC,
    LibraryDependency.Kind.EDITOR,
)


def installed() -> dict[str, int]:
    """Return the patch of each library on the site by its name: «H5P.Blanks-1.12» → 9."""
    return {library.name: library.patch for library in Library.objects.only("machine_name", "major", "minor", "patch")}


def usage() -> QuerySet[Library]:
    """Return the libraries, each with how many packages play it (`packages`), as it is or through others that need it.

    `dependent_libraries` is how many other libraries need it.
    """
    return Library.objects.annotate(
        packages=Count("version_libraries__version__package", distinct=True),
        dependent_libraries=Count("dependents__library", distinct=True),
    )


def patch_of(metadata: Mapping[str, Any]) -> int:
    """Return the patch that a library.json says."""
    return int(metadata["patchVersion"])


class Installer:
    """Writes libraries into the storage, and puts everything back if what follows fails.

    with Installer() as installer, transaction.atomic():
        installer.install(archive, found, user)

    The transaction is the inner one: whatever it undoes in the database is undone in the storage too.
    """

    def __init__(self) -> None:
        self._backup = f"staging/{uuid.uuid4()}"
        self._touched: dict[str, bool] = {}

    def __enter__(self) -> Installer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        if kind is not None:
            for folder, had_files in self._touched.items():
                delete_tree(folder)
                if had_files:
                    copy_tree(f"{self._backup}/{folder}", folder)
        delete_tree(self._backup)

    def install(self, archive: Archive, found: Mapping[str, LibraryFiles], user: User | None) -> list[Library]:
        """Store the libraries that are new, or newer by their patch. Return those that were there and have changed.

        All of them are locked, in one order for everybody: two uploads of the same library wait for each other.
        """
        written: dict[str, Library] = {}
        changed = []
        for name, files in sorted(found.items()):
            library, is_new = _claim(name, files, user)
            if not is_new and library.patch >= patch_of(files.metadata):
                continue
            self._write(archive, library, files, is_new=is_new)
            if not is_new:
                _fill(library, files)
                library.save()
                changed.append(library)
            written[name] = library
        _store_dependencies(written, found)
        return changed

    def _write(self, archive: Archive, library: Library, files: LibraryFiles, *, is_new: bool) -> None:
        folder = library.folder
        if is_new:
            delete_tree(folder)  # what a stopped upload may have left
        else:
            copy_tree(folder, f"{self._backup}/{folder}")
        self._touched[folder] = not is_new
        names = {f"{folder}/{path.partition('/')[2]}": path for path in files.files}
        for name, path in names.items():
            with archive.open(path) as stream:
                write(name, stream)
        for name in [name for name in walk(folder) if name not in names]:
            packages_storage().delete(name)


def _claim(name: str, files: LibraryFiles, user: User | None) -> tuple[Library, bool]:
    """Return the row of a library, locked, and whether it was made now."""
    key = _key(name)
    # Others may go on linking contents to it: only its key must stay for that.
    locked = Library.objects.select_for_update(no_key=True)
    if library := locked.filter(**key).first():
        return library, False
    library = Library(**key, installed_by=user)
    _fill(library, files)
    try:
        with transaction.atomic():
            library.save(force_insert=True)
    except IntegrityError:
        # Somebody else was storing it at the same moment, and has finished.
        return locked.get(**key), False
    return library, True


def _key(name: str) -> dict[str, Any]:
    return dict(zip(("machine_name", "major", "minor"), parts_of(name), strict=True))


def parts_of(name: str) -> tuple[str, int, int]:
    """Return machine name, major and minor version of a name in paths: «H5P.Blanks-1.12»."""
    machine_name, _dash, number = name.rpartition("-")
    major, _dot, minor = number.partition(".")
    return machine_name, int(major), int(minor)


def _fill(library: Library, files: LibraryFiles) -> None:
    library.patch = patch_of(files.metadata)
    library.title = str(files.metadata["title"])[:255]
    library.runnable = bool(int(files.metadata.get("runnable") or 0))
    library.metadata = files.metadata
    library.semantics = files.semantics
    library.translations = files.translations


def _store_dependencies(written: Mapping[str, Library], found: Mapping[str, LibraryFiles]) -> None:
    """Store what each library needs. What is needed only to edit may be missing."""
    if not written:
        return
    ids = ids_by_name()
    LibraryDependency.objects.filter(library__in=written.values()).delete()
    LibraryDependency.objects.bulk_create(
        LibraryDependency(library=library, needed_id=ids[needed], kind=kind)
        for name, library in written.items()
        for needed, kind in dict.fromkeys(found[name].requires)
        if needed in ids or kind != EDITOR
    )


def ids_by_name() -> dict[str, int]:
    """Return the row of each library on the site by its name."""
    return {library.name: library.pk for library in Library.objects.only("machine_name", "major", "minor")}


class Graph:
    """What needs what, read in one query. Sites have a few hundred libraries, each with a handful of dependencies."""

    def __init__(self) -> None:
        self._needs: dict[int, list[tuple[int, str]]] = {}
        rows = LibraryDependency.objects.order_by("pk").values_list("library_id", "needed_id", "kind")
        for library, needed, kind in rows:
            self._needs.setdefault(library, []).append((needed, kind))

    def reached(self, roots: Iterable[int], *kinds: str) -> list[int]:
        """Return the roots and all that they need by these kinds, each after what it needs itself.

        Libraries that need each other come in the order in which they are met.
        """
        done: dict[int, None] = {}
        met: set[int] = set()
        for root in roots:
            steps = [(root, iter(self._needed(root, kinds)))] if root not in met else []
            met.add(root)
            while steps:
                library, rest = steps[-1]
                needed = next((each for each in rest if each not in met), None)
                if needed is None:
                    done[library] = None
                    steps.pop()
                else:
                    met.add(needed)
                    steps.append((needed, iter(self._needed(needed, kinds))))
        return list(done)

    def _needed(self, library: int, kinds: tuple[str, ...]) -> list[int]:
        return [needed for needed, kind in self._needs.get(library, []) if kind in kinds]


def names_in(content: Any) -> list[str]:
    """Return the libraries that a content names, in order, each once: «H5P.Blanks-1.12»."""
    found: dict[str, None] = {}
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if name := name_of(value.get("library")):
                found[name] = None
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return list(found)


def name_of(ubername: object) -> str:
    """Return the name in paths of a library as content writes it: «H5P.Blanks 1.12» → «H5P.Blanks-1.12», else ""."""
    named = parse_ubername(ubername)
    return named.name if named else ""


def ubername_of(name: str) -> str:
    """Return the name in content of a library as paths write it: «H5P.Blanks-1.12» → «H5P.Blanks 1.12»."""
    return " ".join(name.rsplit("-", 1))


def get(name: str) -> Library:
    """Return the library of that name: «H5P.Blanks-1.12». Raise Library.DoesNotExist."""
    return Library.objects.get(**_key(name))


def declared(meta: Mapping[str, Any], kind: str = "preloadedDependencies") -> list[str]:
    """Return the names of the dependencies that an h5p.json or a library.json declares."""
    return [f"{one['machineName']}-{one['majorVersion']}.{one['minorVersion']}" for one in meta.get(kind) or []]


@transaction.atomic
def link(version: PackageVersion) -> list[str]:
    """Store which libraries a version of an H5P package needs to run, in the order of loading.

    They are its main library, those of the site that its content names, those that its h5p.json declares, and all that
    these need.
    Return the names of the declared ones that are not on the site: nothing is stored then.
    """
    ids = ids_by_name()
    main = version.library.name if version.library else ""
    asked_later = declared(version.structure, "dynamicDependencies")
    if missing := [name for name in [main, *declared(version.structure), *asked_later] if name not in ids]:
        return missing
    named = [name for name in names_in(version.content) if name in ids]
    wanted = dict.fromkeys([main, *named, *declared(version.structure)])
    graph = Graph()
    preloaded = graph.reached([ids[name] for name in wanted], PRELOADED)
    roots = [*preloaded, *(ids[name] for name in asked_later)]
    everything = [*preloaded, *graph.reached(roots, PRELOADED, DYNAMIC)]
    linked = list(dict.fromkeys(everything))
    VersionLibrary.objects.filter(version=version).delete()
    VersionLibrary.objects.bulk_create(
        VersionLibrary(version=version, library_id=library, position=position, dynamic=position >= len(preloaded))
        for position, library in enumerate(linked)
    )
    return []
