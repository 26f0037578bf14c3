"""Whether an H5P package can be taken: every fault is found before anything is stored. Pure.

After the rules of H5P's own validator, plus what a public site needs: files are what their names say, no reference
leads elsewhere, no picture runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..archive import Archive
from ..faults import Fault, RefusedError
from . import definitions, filetypes, svg
from .definitions import CORE_API, Json, LibraryName

CONTENT = "content/"
_JSON_LIMIT = 10_000_000
_LIBRARY_JSON_LIMIT = 2_000_000
_SVG_LIMIT = 10_000_000
_LONGEST_FILENAME = 64
_KEPT_STEM = 40


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """A library of a package: what it says of itself, and the archive's paths of its files."""

    metadata: Json
    semantics: list[Any] | None = None
    translations: dict[str, Json] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    preloaded_js: list[str] = field(default_factory=list)
    preloaded_css: list[str] = field(default_factory=list)
    requires: list[tuple[str, str]] = field(default_factory=list)
    """The libraries that it needs («H5P.Question-1.4»), each with what for: preloaded, dynamic or editor."""

    @property
    def folder(self) -> str:
        """The folder of the archive that it is in; the first part of the path of each of its files."""
        return self.files[0].split("/")[0]

    @property
    def library(self) -> LibraryName:
        """Its name and version."""
        return LibraryName(self.metadata["machineName"], self.metadata["majorVersion"], self.metadata["minorVersion"])


@dataclass(frozen=True, slots=True)
class CheckedH5P:
    """A package that can be taken. `content` is content.json as it was sent: it has yet to be cleaned."""

    meta: Json
    main: str
    content: Json
    content_files: list[str]
    libraries: dict[str, LibraryFiles]
    advice: list[str] = field(default_factory=list)


def check_h5p(archive: Archive, installed: Mapping[str, int], *, core: tuple[int, int] = CORE_API) -> CheckedH5P:
    """Return what an archive holds as an H5P package, or raise RefusedError with all that is wrong with it.

    `installed` are the libraries that the site already has, as «H5P.Blanks-1.12», with their patch: a package may leave
    them out. `core` is the version of H5P's core that will play it.
    """
    check = _Check(archive, installed, core)
    checked = check.run()
    if check.faults or checked is None:
        raise RefusedError(check.faults)
    return checked


class _Check:
    """One package being checked. Each step adds what it finds to `faults` and goes on."""

    def __init__(self, archive: Archive, installed: Mapping[str, int], core: tuple[int, int]) -> None:
        self.archive = archive
        self.installed = installed
        self.core = core
        self.faults: list[Fault] = []
        self.advice: list[str] = []

    def fault(self, code: str, message: str, path: str = "", **values: object) -> None:
        """Add a fault; `message` may name `path` and the values."""
        self.faults.append(Fault(code, message % {"path": path, **values}, path))

    def run(self) -> CheckedH5P | None:
        """Check everything; None when too little could be read to go on."""
        meta = self.package()
        content = self.content()
        folders = self.folders()
        files = self.content_files()
        libraries = self.libraries(folders)
        if self.faults or meta is None or content is None:
            self.closure(meta or {}, libraries)
            return None
        main = self.main(meta)
        self.closure(meta, libraries)
        if self.faults or main is None:
            return None
        self.advise(meta, content, libraries)
        files, content = self.shortened(files, content)
        return CheckedH5P(meta, main.name, content, files, libraries, self.advice)

    def json(self, path: str, limit: int) -> Any:
        """Return what a JSON file says, or None with a fault."""
        try:
            return definitions.read_json(self.archive.read(path, limit))
        except RefusedError as error:
            self.faults += error.faults
        except ValueError:
            self.fault(
                "broken-json",
                _(
                    "Le fichier « %(path)s » est illisible : ce n'est pas du JSON valable. "
                    "Exportez de nouveau le contenu depuis le logiciel qui l'a fait."
                ),
                path,
            )
        return None

    def package(self) -> Json | None:
        """Return h5p.json."""
        if "h5p.json" not in self.archive:
            self.fault(
                "missing-h5p-json",
                _(
                    "Le fichier « h5p.json » manque à la racine de l'archive : ce n'est pas un contenu H5P, "
                    "ou il a été compressé avec son dossier. Envoyez le fichier .h5p tel qu'il a été exporté."
                ),
                "h5p.json",
            )
            return None
        found = len(self.faults)
        value = self.json("h5p.json", _LIBRARY_JSON_LIMIT)
        if len(self.faults) > found:
            return None
        meta, faults = definitions.read_package(value)
        self.faults += faults
        return meta

    def content(self) -> Json | None:
        """Return content.json."""
        path = "content/content.json"
        if path not in self.archive:
            self.fault(
                "missing-content",
                _("Le fichier « %(path)s » manque : l'archive n'a pas de contenu. Exportez de nouveau le contenu."),
                path,
            )
            return None
        found = len(self.faults)
        value = self.json(path, _JSON_LIMIT)
        if len(self.faults) == found and not isinstance(value, dict):
            self.fault(
                "bad-content",
                _("Le fichier « %(path)s » ne décrit pas un contenu. Exportez de nouveau le contenu."),
                path,
            )
        return value if isinstance(value, dict) else None

    def folders(self) -> dict[str, list[str]]:
        """Return the folders of libraries with their files; hidden files, and what lies at the root, are left out."""
        folders: dict[str, list[str]] = {}
        for name in self.archive.names:
            folder, slash, __ = name.partition("/")
            if slash and folder != "content" and not _is_hidden(name):
                folders.setdefault(folder, []).append(name)
        return folders

    def content_files(self) -> list[str]:
        """Return the paths of the content's files, each of a type that is allowed and with bytes of that type."""
        names = [name for name in self.archive.names if name.startswith(CONTENT) and not _is_hidden(name)]
        names = [name for name in names if name != "content/content.json"]
        for name in names:
            if self.is_allowed(name, definitions.CONTENT_TYPES):
                self.sound(name)
                if filetypes.extension(name) == "svg":
                    self.picture(name)
        return names

    def is_allowed(self, name: str, allowed: Iterable[str]) -> bool:
        """Say whether a file has an extension that is allowed, with a fault when it hasn't."""
        if filetypes.extension(name) in allowed:
            return True
        self.fault(
            "file-type",
            _("Le fichier « %(path)s » est d'un type que H5P n'accepte pas. Retirez-le du contenu, puis exportez-le."),
            name,
        )
        return False

    def sound(self, name: str) -> None:
        """Add a fault when a file's bytes aren't what its extension says."""
        try:
            reason = filetypes.mismatch(self.archive, name)
        except RefusedError as error:
            self.faults += error.faults
            return
        if reason:
            self.fault("not-its-type", reason, name)

    def picture(self, name: str) -> None:
        """Add a fault when an SVG can't be made harmless, and tell when something will be taken out of it."""
        try:
            cleaned = svg.cleaned(self.archive.read(name, _SVG_LIMIT))
        except RefusedError as error:
            self.faults += error.faults
        except ValueError:
            self.fault(
                "bad-svg",
                _(
                    "L'image « %(path)s » n'est pas un SVG que le site peut rendre sûr. "
                    "Enregistrez-la de nouveau en « SVG simple » ou en PNG."
                ),
                name,
            )
        else:
            if cleaned.removed:
                message = _("L'image « %(path)s » contenait du code ou des liens : ils ont été retirés.")
                self.advice.append(message % {"path": name})

    def libraries(self, folders: Mapping[str, list[str]]) -> dict[str, LibraryFiles]:
        """Return the sound libraries by name and version."""
        libraries: dict[str, LibraryFiles] = {}
        for folder, files in folders.items():
            library = self.library(folder, files)
            if library is None:
                continue
            name = library.library.name
            if name in libraries:
                self.fault(
                    "library-twice",
                    _("La bibliothèque %(name)s est deux fois dans l'archive. Exportez de nouveau le contenu."),
                    folder,
                    name=name,
                )
            libraries[name] = library
        return libraries

    def library(self, folder: str, files: list[str]) -> LibraryFiles | None:
        """Return a folder's library, or None with the reasons why it isn't one."""
        path = f"{folder}/library.json"
        if not definitions.is_library_folder(folder):
            self.fault(
                "library-folder",
                _(
                    "Le dossier « %(path)s » n'a pas un nom de bibliothèque H5P (comme « H5P.Blanks-1.12 »). "
                    "Retirez-le, ou exportez de nouveau le contenu."
                ),
                folder,
            )
            return None
        if path not in self.archive:
            self.fault(
                "missing-library-json",
                _(
                    "Le dossier « %(folder)s » n'a pas de « library.json » : ce n'est pas une bibliothèque H5P. "
                    "Retirez-le, ou exportez de nouveau le contenu."
                ),
                path,
                folder=folder,
            )
            return None
        found = len(self.faults)
        value = self.json(path, _LIBRARY_JSON_LIMIT)
        if len(self.faults) > found:
            return None
        metadata, faults = definitions.read_library(value, path)
        self.faults += faults
        self.names_agree(folder, metadata)
        self.core_is_enough(folder, metadata)
        scripts = self.preloaded(folder, metadata.get("preloadedJs", []))
        styles = self.preloaded(folder, metadata.get("preloadedCss", []))
        for name in files:
            if self.is_allowed(name, definitions.LIBRARY_TYPES):
                self.sound(name)
        semantics = self.semantics(folder)
        translations = self.translations(folder, files)
        if faults:
            return None
        requires = [
            (needed.name, kind)
            for key, kind in definitions.KINDS.items()
            for needed in definitions.dependencies(metadata, key)
        ]
        return LibraryFiles(metadata, semantics, translations, files, scripts, styles, requires)

    def names_agree(self, folder: str, metadata: Json) -> None:
        """Add a fault when a folder isn't named as its library.json says."""
        if not {"machineName", "majorVersion", "minorVersion"} <= metadata.keys():
            return
        library = LibraryName(metadata["machineName"], metadata["majorVersion"], metadata["minorVersion"])
        if folder not in {library.machine_name, library.name}:
            self.fault(
                "library-name",
                _(
                    "Le dossier « %(path)s » contient la bibliothèque %(name)s : les deux noms doivent être les mêmes. "
                    "Exportez de nouveau le contenu."
                ),
                folder,
                name=library.name,
            )

    def core_is_enough(self, folder: str, metadata: Json) -> None:
        """Add a fault when a library asks for a newer core than the one that will play it."""
        wanted = metadata.get("coreApi")
        if not wanted or (wanted["majorVersion"], wanted["minorVersion"]) <= self.core:
            return
        self.fault(
            "core-too-old",
            _(
                "La bibliothèque %(path)s demande la version %(wanted)s de H5P, et ce site a la version %(core)s. "
                "Exportez le contenu avec une version plus ancienne, ou demandez la mise à jour du site."
            ),
            folder,
            wanted=f"{wanted['majorVersion']}.{wanted['minorVersion']}",
            core=f"{self.core[0]}.{self.core[1]}",
        )

    def preloaded(self, folder: str, listed: list[Json]) -> list[str]:
        """Return the archive's paths of the files that a library loads, with a fault for each that isn't there."""
        paths = [f"{folder}/{each['path']}" for each in listed]
        for path in paths:
            if path not in self.archive:
                self.fault(
                    "missing-library-file",
                    _(
                        "La bibliothèque %(folder)s charge le fichier « %(path)s », qui n'est pas dans l'archive. "
                        "Exportez de nouveau le contenu."
                    ),
                    path,
                    folder=folder,
                )
        return paths

    def semantics(self, folder: str) -> list[Any] | None:
        """Return a library's semantics.json when it has one."""
        path = f"{folder}/semantics.json"
        if path not in self.archive:
            return None
        found = len(self.faults)
        value = self.json(path, _LIBRARY_JSON_LIMIT)
        if len(self.faults) == found and not isinstance(value, list):
            self.fault(
                "bad-semantics",
                _("Le fichier « %(path)s » ne décrit pas des champs de saisie. Exportez de nouveau le contenu."),
                path,
            )
        return value if isinstance(value, list) else None

    def translations(self, folder: str, files: list[str]) -> dict[str, Json]:
        """Return what a library's language files say, by language."""
        translations: dict[str, Json] = {}
        prefix = f"{folder}/language/"
        for path in files:
            if not path.startswith(prefix):
                continue
            named = definitions.LANGUAGE_FILE.fullmatch(path.removeprefix(prefix))
            if not named:
                self.fault(
                    "language-name",
                    _(
                        "Le fichier de langue « %(path)s » n'est pas nommé d'après une langue, comme « fr.json ». "
                        "Exportez de nouveau le contenu."
                    ),
                    path,
                )
                continue
            found = len(self.faults)
            value = self.json(path, _LIBRARY_JSON_LIMIT)
            if isinstance(value, dict):
                translations[named[1].lower()] = value
            elif len(self.faults) == found:
                self.fault(
                    "bad-language",
                    _("Le fichier de langue « %(path)s » est vide de traductions. Exportez de nouveau le contenu."),
                    path,
                )
        return translations

    def main(self, meta: Json) -> LibraryName | None:
        """Return the library that plays the content: h5p.json names it, and its version stands among those needed."""
        for needed in definitions.dependencies(meta, "preloadedDependencies"):
            if needed.machine_name == meta["mainLibrary"]:
                return needed
        self.fault(
            "main-not-listed",
            _(
                "Dans « h5p.json », la bibliothèque principale %(name)s n'est pas dans « preloadedDependencies ». "
                "Exportez de nouveau le contenu."
            ),
            "h5p.json",
            name=meta["mainLibrary"],
        )
        return None

    def closure(self, meta: Json, libraries: Mapping[str, LibraryFiles]) -> None:
        """Add a fault for each library that is needed to play, and is neither in the archive nor on the site."""
        playing = ("preloadedDependencies", "dynamicDependencies")
        missing: dict[str, list[str]] = {}
        for needed in definitions.dependencies(meta, *playing):
            if not self.has(needed, libraries):
                missing.setdefault(needed.name, []).append("h5p.json")
        for library in libraries.values():
            for needed in definitions.dependencies(library.metadata, *playing):
                if not self.has(needed, libraries):
                    missing.setdefault(needed.name, []).append(library.library.name)
        broken = {fault.path.split("/")[0] for fault in self.faults}
        for name, askers in missing.items():
            if name in broken or name.rsplit("-", 1)[0] in broken:
                continue
            self.fault(
                "missing-library",
                _(
                    "La bibliothèque %(path)s manque : %(askers)s en a besoin, et elle n'est ni dans l'archive ni sur "
                    "le site. Exportez le contenu avec ses bibliothèques."
                ),
                name,
                askers=", ".join(askers[:3]),
            )

    def has(self, needed: LibraryName, libraries: Mapping[str, LibraryFiles]) -> bool:
        """Say whether a library is in the archive or on the site."""
        return needed.name in libraries or needed.name in self.installed

    def advise(self, meta: Json, content: Json, libraries: Mapping[str, LibraryFiles]) -> None:
        """Tell what won't keep the content from being taken, but that its author should know."""
        used = {meta["mainLibrary"]: None}
        remote: dict[str, None] = {}
        absent: dict[str, None] = {}
        for each in _objects(content):
            named = definitions.parse_ubername(each.get("library"))
            if named:
                used[named.machine_name] = None
                if not self.has(named, libraries):
                    absent[named.ubername] = None
            path = each.get("path")
            if isinstance(path, str) and path.lower().startswith(("http://", "https://", "//")):
                remote[path] = None
            elif isinstance(path, str) and path and "mime" in each and not self.has_file(path):
                message = _("Le fichier « %(path)s » est cité par le contenu, mais n'est pas dans l'archive.")
                self.advice.append(message % {"path": path[:200]})
        remote.update(dict.fromkeys(sorted(used.keys() & _REMOTE_LIBRARIES)))
        if remote:
            self.advice.append(_remote_advice(list(remote)))
        if absent:
            message = _(
                "Une partie du contenu ne s'affichera pas : la bibliothèque %(names)s n'est pas dans l'archive."
            )
            self.advice.append(message % {"names": ", ".join(absent)})
        if meta["license"] == "U":
            self.advice.append(_("La licence du contenu n'est pas indiquée : vérifiez que vous pouvez le diffuser."))
        if meta["language"] != "fr" and (untranslated := _untranslated(used, libraries)):
            message = _("Les boutons et messages de %(names)s ne sont pas traduits en français.")
            self.advice.append(message % {"names": ", ".join(untranslated)})

    def has_file(self, path: str) -> bool:
        """Say whether a file that the content names is there. An editor's mark may end the name."""
        return CONTENT + path.removesuffix("#tmp") in self.archive

    def shortened(self, files: list[str], content: Json) -> tuple[list[str], Json]:
        """Give shorter names to the content's files that have a long one, in the archive and in the content.

        Renamed and not refused: other tools accept such names, and whoever exported the file can't change them. Kept
        short, because an export must open on a Windows disk, where a whole path has 260 characters.
        """
        names: dict[str, str] = {}
        for path in files:
            short = _short_path(path)
            if short != path and short not in self.archive:
                self.archive.rename(path, short)
                names[path.removeprefix(CONTENT)] = short.removeprefix(CONTENT)
                message = _("Le fichier « %(path)s » avait un nom très long : il s'appelle maintenant « %(short)s ».")
                self.advice.append(message % {"path": path, "short": PurePosixPath(short).name})
        if not names:
            return files, content
        return [CONTENT + names.get(path.removeprefix(CONTENT), path.removeprefix(CONTENT)) for path in files], (
            _with_paths(content, lambda path: names.get(path.removesuffix("#tmp"), path))
        )


_REMOTE_LIBRARIES = frozenset({"H5P.IFrameEmbed", "H5P.TwitterUserFeed", "H5P.GoogleMap"})
"""Libraries that show nothing but what another site sends."""


def _is_hidden(name: str) -> bool:
    """Say whether H5P leaves a file out: hidden ones, and those of tools, which start with «_»."""
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _objects(value: Any) -> Iterator[Json]:
    """Yield every JSON object inside a value, whatever its depth."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def _with_paths(value: Any, renamed: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            key: renamed(each) if key == "path" and isinstance(each, str) else _with_paths(each, renamed)
            for key, each in value.items()
        }
    return [_with_paths(each, renamed) for each in value] if isinstance(value, list) else value


def _short_path(path: str) -> str:
    """Return a path whose file name is short, and that no other path shares."""
    pure = PurePosixPath(path)
    if len(pure.name) <= _LONGEST_FILENAME:
        return path
    mark = hashlib.sha256(path.encode()).hexdigest()[:8]
    return str(pure.with_name(f"{pure.stem[:_KEPT_STEM].rstrip(' .')}-{mark}{pure.suffix}"))


def _remote_advice(remote: list[str]) -> str:
    message = ngettext(
        "Le contenu appelle un autre site (%(paths)s) : ce média ne sera pas lu ici, car rien ne sort du site. "
        "Déposez le fichier lui-même dans le contenu.",
        "Le contenu appelle d'autres sites (%(paths)s) : ces médias ne seront pas lus ici, car rien ne sort du site. "
        "Déposez les fichiers eux-mêmes dans le contenu.",
        len(remote),
    )
    shown = ", ".join(path[:100] for path in remote[:3]) + (" …" if len(remote) > 3 else "")
    return message % {"paths": shown}


def _untranslated(used: Iterable[str], libraries: Mapping[str, LibraryFiles]) -> list[str]:
    """Return the titles of the libraries in use that show texts of their own and don't speak French."""
    machine_names = set(used)
    return [
        library.metadata["title"]
        for library in libraries.values()
        if library.metadata["machineName"] in machine_names
        and "fr" not in library.translations
        and any(each.get("type") == "text" and each.get("default") for each in _objects(library.semantics))
    ]
