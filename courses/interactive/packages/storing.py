"""Packages are stored whole or not at all: checked, then written, then told to the database in one transaction."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.tasks import enqueue_once

from . import libraries
from .archive import Archive, open_archive
from .bundle import bundle, compress
from .cmi5.structure import STRUCTURE, check_cmi5
from .faults import Fault, RefusedError
from .files import CHUNK, delete_tree, write
from .h5p.check import CheckedH5P, LibraryFiles, check_h5p
from .h5p.semantics import clean_content
from .h5p.svg import clean_svg
from .h5p.translation import in_french
from .models import Library, Package, PackageVersion
from .scorm.check import MANIFEST, check_scorm
from .tasks import rebuild_bundles

if TYPE_CHECKING:
    from django.core.files.base import File
    from wagtail.models import Collection

    from people.models import User

LARGEST_SVG = 10_000_000
LONGEST_TITLE = 255


@dataclass(slots=True)
class _Plan:
    """What is to be stored: the paths of files in the archive, and what the database will say."""

    kind: str
    title: str
    files: list[str]
    structure: dict[str, Any]
    advice: list[str]
    content: dict[str, Any] | None = None
    main: str = ""
    libraries: dict[str, LibraryFiles] = field(default_factory=dict)


def detect(archive: Archive) -> str:
    """Return what an archive is by the files at its root: «h5p», «cmi5» or «scorm»; RefusedError if it is none."""
    roots = {name.lower() for name in archive.names if "/" not in name}
    for name, kind in (("h5p.json", "h5p"), (STRUCTURE, "cmi5"), (MANIFEST, "scorm")):
        if name in roots:
            return kind
    for name in archive.names:
        folder, _slash, last = name.rpartition("/")
        if last.lower() in ("h5p.json", STRUCTURE, MANIFEST):
            message = _(
                "Le fichier « %(name)s » est dans le dossier « %(folder)s ». Compressez ce que contient ce dossier, "
                "pas le dossier lui-même."
            )
            raise RefusedError([Fault("in-folder", message % {"name": last, "folder": folder}, name)])
    raise RefusedError(
        [
            Fault(
                "unknown-format",
                _(
                    "Cette archive n'est ni un contenu H5P, ni un paquet SCORM ou cmi5 : il n'y a à sa racine ni "
                    "« h5p.json », ni « imsmanifest.xml », ni « cmi5.xml »."
                ),
            )
        ]
    )


def store_package(
    file: File | BinaryIO,
    *,
    title: str = "",
    user: User | None,
    collection: Collection,
    may_install: bool,
    package: Package | None = None,
    note: str = "",
) -> PackageVersion:
    """Store an H5P, SCORM or cmi5 file as a new package, or as the next version of `package`, and return the version.

    Everything is checked first. When anything is wrong RefusedError tells it, and nothing is left in the storage or in
    the database; the same holds for any other error. Sending once more what the package plays already changes nothing.
    `may_install` says whether library code that the site does not have yet may come with it: without it, new libraries
    that the content needs are a fault, and newer patches of known ones are left aside. `collection` is where a new
    package goes.
    """
    stream: BinaryIO = file  # type: ignore[assignment]  # Django's files are read in the same way
    stream.seek(0)
    digest, size = _digest(stream)
    if package is not None and package.current is not None and package.current.digest == digest:
        return package.current
    archive = open_archive(stream)
    plan = _plan(archive, may_install=may_install)
    if package is not None and package.kind != plan.kind:
        message = _("Ce contenu est au format %(old)s, et le fichier au format %(new)s : ajoutez-le à part.")
        kinds = {"old": Package.Kind(package.kind).label, "new": Package.Kind(plan.kind).label}
        raise RefusedError([Fault("other-format", message % kinds)])
    filename = posixpath.basename((getattr(file, "name", "") or "").replace("\\", "/"))[-255:]
    version = PackageVersion(
        created_by=user,
        note=note[:200],
        filename=filename,
        size=size,
        digest=digest,
        structure=plan.structure,
        content=plan.content,
        advice=plan.advice,
    )
    title = title.strip() or (package.title if package else "") or plan.title or posixpath.splitext(filename)[0]
    try:
        _write_files(archive, version, plan)
        if plan.kind != "h5p":
            stream.seek(0)
            write(f"{version.folder}/original.zip", stream)
        with libraries.Installer() as installer, transaction.atomic():
            changed = installer.install(archive, plan.libraries, user)
            if package is None:
                package = Package(kind=plan.kind, collection=collection, created_by=user)
            _store_version(version, package, plan, title[:LONGEST_TITLE])
            for library in changed:
                enqueue_once(rebuild_bundles, library.pk)
    except BaseException:
        delete_tree(version.folder)
        raise
    if version.bundle:
        # What is stored plays without it: a full disk is no reason to say that nothing is.
        with suppress(OSError):
            compress(version)
    return version


@transaction.atomic
def restore_version(package: Package, version: PackageVersion, user: User | None) -> PackageVersion:
    """Let a package play again an earlier version of its own; ValueError for the version of another one."""
    package = Package.objects.select_for_update().get(pk=package.pk)
    if version.package_id != package.pk:
        raise ValueError("This version is of another package.")
    package.current = version
    package.save()
    return version


def _digest(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while data := stream.read(CHUNK):
        digest.update(data)
        size += len(data)
    return digest.hexdigest(), size


def _plan(archive: Archive, *, may_install: bool) -> _Plan:
    kind = detect(archive)
    if kind == "h5p":
        return _plan_h5p(archive, check_h5p(archive, libraries.installed()), may_install=may_install)
    checked = check_cmi5(archive) if kind == "cmi5" else check_scorm(archive)
    return _Plan(checked.kind, checked.title, checked.files, checked.structure, [str(line) for line in checked.advice])


def _plan_h5p(archive: Archive, checked: CheckedH5P, *, may_install: bool) -> _Plan:
    brought = checked.libraries if may_install else {}
    if not may_install:
        needed = [checked.main, *libraries.declared(checked.meta), *libraries.names_in(checked.content)]
        _refuse_new_code(needed, checked.libraries)
    known = _Known(brought)
    semantics = known.semantics_of(libraries.ubername_of(checked.main)) or []
    content = clean_content(checked.content, semantics, known.semantics_of)
    main = libraries.ubername_of(checked.main)
    content = in_french(content, semantics, known.semantics_of, known.translation_of, main=main)
    return _Plan(
        kind="h5p",
        title=checked.meta["title"],
        files=checked.content_files,
        structure=checked.meta,
        advice=[str(line) for line in checked.advice],
        content=content,
        main=checked.main,
        libraries=brought,
    )


class _Known:
    """What libraries say of their fields and texts: those that come with the package, then those of the site."""

    def __init__(self, found: Mapping[str, LibraryFiles]) -> None:
        patches = libraries.installed()
        self._found = {
            name: files for name, files in found.items() if libraries.patch_of(files.metadata) > patches.get(name, -1)
        }
        self._patches = patches
        self._stored: dict[str, Library] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._found or name in self._patches

    def of(self, ubername: str) -> LibraryFiles | Library | None:
        """Return the library that a content names, as it will be stored; None when there is none."""
        name = libraries.name_of(ubername)
        if name not in self:
            return None
        if name in self._found:
            return self._found[name]
        if name not in self._stored:
            self._stored[name] = libraries.get(name)
        return self._stored[name]

    def semantics_of(self, ubername: str) -> list[Any] | None:
        """Return the fields of a library, None when it has none or is unknown."""
        library = self.of(ubername)
        return library.semantics if library else None

    def translation_of(self, ubername: str) -> dict[str, Any] | None:
        """Return the French texts of a library, None when it has none or is unknown."""
        library = self.of(ubername)
        return library.translations.get("fr") if library else None


def _refuse_new_code(needed: list[str], brought: Mapping[str, LibraryFiles]) -> None:
    known = libraries.installed()
    new = sorted({name for name in needed if name in brought and name not in known})
    if new:
        message = ngettext(
            "Ce contenu a besoin d'une bibliothèque que le site n'a pas encore : %(names)s. "
            "Demandez à une personne qui a le droit d'en installer d'envoyer ce fichier une première fois.",
            "Ce contenu a besoin de bibliothèques que le site n'a pas encore : %(names)s. "
            "Demandez à une personne qui a le droit d'en installer d'envoyer ce fichier une première fois.",
            len(new),
        )
        raise RefusedError([Fault("new-code", message % {"names": ", ".join(new)})])


def _write_files(archive: Archive, version: PackageVersion, plan: _Plan) -> None:
    for path in plan.files:
        name = f"{version.folder}/files/{path}"
        if plan.kind == "h5p" and path.lower().endswith(".svg"):
            write(name, BytesIO(clean_svg(archive.read(path, LARGEST_SVG))))
        else:
            with archive.open(path) as stream:
                write(name, stream)


def _store_version(version: PackageVersion, package: Package, plan: _Plan, title: str) -> None:
    """Store the rows of a version, its bundle, and let the package play it."""
    package.title = title
    if package.pk:
        Package.objects.select_for_update().get(pk=package.pk)
    else:
        package.save()
    version.package = package
    version.number = (package.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    if plan.main:
        version.library = libraries.get(plan.main)
    version.save(force_insert=True)
    if plan.main:
        if missing := libraries.link(version):
            message = _("Une bibliothèque vient d'être retirée du site : %(names)s. Envoyez de nouveau le fichier.")
            raise RefusedError([Fault("library-gone", message % {"names": ", ".join(missing)})])
        version.bundle = bundle(version)
        version.save(update_fields=["bundle"])
    package.current = version
    package.save()
