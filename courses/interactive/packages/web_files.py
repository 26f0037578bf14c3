"""The files of a SCORM or cmi5 package: which are kept, and how an address in a manifest names one of them. Pure.

Such packages are whole web sites: every file is kept and served with a type from a fixed table, in the sandbox. What a
server or a computer would run has no place there and is left out; so are Flash and Java, which no browser reads.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .archive import composed

WINDOWS = frozenset(
    {"exe", "dll", "com", "scr", "msi", "msix", "bat", "cmd", "ps1", "vbs", "wsf", "hta", "lnk", "reg", "inf"}
)
OTHERS = frozenset({"sh", "app", "apk", "dmg", "pkg", "deb", "rpm", "jar"})
SERVER = frozenset(
    {"php", "php5", "php7", "phtml", "phar", "asp", "aspx", "ashx", "asmx", "jsp", "cfm", "cgi", "pl", "py", "rb"}
)
PROGRAMS = WINDOWS | OTHERS | SERVER | {"htaccess"}
DEAD = frozenset({"swf", "flv", "f4v", "fla", "class", "dcr", "dir", "xap"})
PAGES = frozenset({"html", "htm", "xhtml"})
NAMED = 5
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_REMOTE = re.compile(
    rb"""<(?:script|iframe|frame|img|video|audio|source|link)\b[^>]*?(?:src|href)\s*=\s*["']?https?://""", re.IGNORECASE
)
_FRAMES = re.compile(rb"<i?frame\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """What an address in a manifest leads to: `path` in the archive, and the address to launch, encoded for a URL."""

    path: str
    href: str


def extension(name: str) -> str:
    """Return a file's extension in lower case, «htaccess» for a name that is nothing else."""
    return name.rpartition("/")[2].rpartition(".")[2].lower()


def kept(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the files that are kept, and what the editor is told about the others."""
    files: list[str] = []
    programs: list[str] = []
    dead: list[str] = []
    for name in names:
        (programs if extension(name) in PROGRAMS else dead if extension(name) in DEAD else files).append(name)
    advice = []
    if programs:
        advice.append(
            ngettext(
                "Un programme est laissé de côté, il ne servira pas ici : %(names)s.",
                "%(count)d programmes sont laissés de côté, ils ne serviront pas ici : %(names)s.",
                len(programs),
            )
            % {"count": len(programs), "names": named(programs)}
        )
    if dead:
        advice.append(
            ngettext(
                "Un fichier Flash ou Java ne sera pas lu, aucun navigateur ne le lit plus : %(names)s.",
                "%(count)d fichiers Flash ou Java ne seront pas lus, aucun navigateur ne les lit plus : %(names)s.",
                len(dead),
            )
            % {"count": len(dead), "names": named(dead)}
        )
    return files, advice


def named(names: list[str]) -> str:
    """Return the first of some names, and how many more there are."""
    text = ", ".join(f"« {name} »" for name in names[:NAMED])
    return (
        text
        if len(names) <= NAMED
        else _("%(names)s et %(count)d autres")
        % {
            "names": text,
            "count": len(names) - NAMED,
        }
    )


def is_elsewhere(address: str) -> bool:
    """Tell whether an address names its own scheme or host: it is not a file of the package."""
    return bool(_SCHEME.match(address.strip()))


def resolve(address: str, bases: Iterable[str] = ()) -> Target | None:
    """Return what a relative address leads to, below the bases that the manifest gives; None if it leads outside.

    Tools write backslashes, spaces and accents as they are; `Target.path` has them decoded, `Target.href` encoded.
    """
    whole = address.strip().replace("\\", "/")
    for base in reversed([base.strip().replace("\\", "/") for base in bases if base.strip()]):
        whole = posixpath.join(base, whole.lstrip("/"))
    parts = urlsplit(f"./{whole.lstrip('/')}")
    path = composed(posixpath.normpath(unquote(parts.path)).removeprefix("./"))
    if path in ("", ".", "..") or path.startswith("../") or "\0" in path:
        return None
    tail = (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return Target(path, _encoded(path) + quote(tail, safe="?#!$&'()*+,;=:@~/%"))


def with_parameters(href: str, parameters: str) -> str:
    """Return an address with the parameters of an item, joined as SCORM says (CAM 3.4.1.9)."""
    parameters = parameters.strip().lstrip("?&")
    if not parameters:
        return href
    encoded = quote(parameters, safe="?#!$&'()*+,;=:@~/%")
    if encoded.startswith("#"):
        return href if "#" in href else href + encoded
    address, mark, fragment = href.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{encoded}{mark}{fragment}"


def by_lower_case(names: Iterable[str]) -> dict[str, str]:
    """Return the files of an archive by their path without case, as `found` wants them."""
    return {name.casefold(): name for name in names}


def found(target: Target, names: Mapping[str, str]) -> Target | None:
    """Return a target as the archive writes it; None if its file isn't there.

    Windows doesn't mind the case of a path, and some tools store a file under the name that is encoded in the manifest.
    """
    for path in (target.path, quote(target.path), target.path.replace(" ", "+")):
        if name := names.get(path.casefold()):
            return Target(name, _encoded(name) + target.href.removeprefix(_encoded(target.path)))
    return None


def _encoded(path: str) -> str:
    return quote(path, safe="/!$&'()*+,;=:@~")


def page_advice(data: bytes) -> list[str]:
    """Return what the first page of a package asks for that it may not get here."""
    advice = []
    if _FRAMES.search(data):
        advice.append(
            _(
                "Ce contenu est fait de plusieurs cadres. S'il n'enregistre rien, demandez à l'hébergeur de donner aux "
                "contenus une adresse à part (PLAYER_ORIGIN)."
            )
        )
    if _REMOTE.search(data):
        advice.append(
            _(
                "Ce contenu va chercher des fichiers sur un autre site : ils ne seront pas lus. "
                "Mettez-les dans l'archive."
            )
        )
    return advice
