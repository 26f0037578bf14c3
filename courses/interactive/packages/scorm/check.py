"""Check a SCORM package: all its faults at once, in French. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..archive import Archive
from ..faults import Fault, RefusedError
from ..safe_xml import MAX_BYTES
from ..web_files import DEAD, PAGES, PROGRAMS, Target, by_lower_case, extension, found, kept, named, page_advice
from .manifest import read_manifest

MANIFEST = "imsmanifest.xml"
MAX_PAGE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CheckedScorm:
    """A SCORM package that may be stored: `kind` is «scorm12» or «scorm2004», `files` what is kept of the archive.

    `structure` has `title`, `schema_version` and `items`: folders and parts in order, with `id`, `title`, `href` (the
    address to launch, encoded, relative to the package; null for a folder), `path` (the same as a path in the archive),
    `type` («sco», «asset» or null), `level`, `visible`, `prerequisites`, `mastery_score`, `launch_data`, `max_time`,
    `time_limit_action`, `scaled_passing_score`, `completion_threshold` and `objectives` (identifiers).
    """

    kind: str
    structure: dict[str, Any]
    files: list[str]
    advice: list[str]

    @property
    def title(self) -> str:
        """The title of its organization, «» if it has none."""
        return self.structure["title"]


def check_scorm(archive: Archive) -> CheckedScorm:
    """Check a SCORM package; RefusedError tells all its faults at once."""
    names = by_lower_case(archive.names)
    manifest_name = names.get(MANIFEST)
    if manifest_name is None:
        raise RefusedError([_no_manifest(archive.names)])
    manifest = read_manifest(archive.read(manifest_name, MAX_BYTES))
    items = manifest.structure["items"]
    faults = []
    for item in items:
        if not item["path"]:
            continue
        target = found(Target(item["path"], item["href"]), names)
        if target is None:
            message = _("La page à ouvrir pour « %(title)s » manque dans l'archive : %(path)s.")
            fault = Fault("missing-launch", message % {"title": item["title"], "path": item["path"]}, item["path"])
            faults.append(fault)
        elif extension(target.path) in PROGRAMS | DEAD:
            message = _("« %(title)s » s'ouvre par un fichier que les navigateurs ne lisent pas : %(path)s.")
            fault = Fault("unreadable-launch", message % {"title": item["title"], "path": target.path}, target.path)
            faults.append(fault)
        else:
            item |= {"path": target.path, "href": target.href}
    if faults:
        raise RefusedError(faults)
    files, left = kept(archive.names)
    advice = [*manifest.advice, *left]
    if lost := [file.path for file in manifest.files if found(file, names) is None]:
        advice.append(
            ngettext(
                "Un fichier annoncé par le manifeste manque dans l'archive : %(names)s.",
                "%(count)d fichiers annoncés par le manifeste manquent dans l'archive : %(names)s.",
                len(lost),
            )
            % {"count": len(lost), "names": named(lost)}
        )
    launched = dict.fromkeys(item["path"] for item in items if item["path"])
    for path in [path for path in launched if extension(path) in PAGES][:20]:
        if archive.size(path) <= MAX_PAGE:
            advice += page_advice(archive.read(path, MAX_PAGE))
    return CheckedScorm(manifest.kind, manifest.structure, files, list(dict.fromkeys(advice)))


def _no_manifest(names: list[str]) -> Fault:
    """Tell where the manifest is, when it is only one folder too deep."""
    deeper = [name for name in names if name.casefold().endswith(f"/{MANIFEST}")]
    if deeper:
        folder = deeper[0].rpartition("/")[0]
        message = _(
            "Le fichier imsmanifest.xml est dans le dossier « %(folder)s ». Compressez ce que contient ce dossier, "
            "pas le dossier lui-même."
        )
        return Fault("manifest-in-folder", message % {"folder": folder}, deeper[0])
    return Fault(
        "no-manifest", _("Il manque le fichier imsmanifest.xml : ce n'est pas un paquet SCORM. Exportez-le en SCORM.")
    )
