"""cmi5.xml: the assignable units (AU) of a course, in order. Pure.

Source: cmi5 (Quartz, 1st ed.), 13 Course Structure Data Requirements and 14 Course Package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..archive import Archive
from ..faults import Fault, RefusedError
from ..safe_xml import MAX_BYTES, Element, UnsafeXMLError, parse
from ..web_files import DEAD, PAGES, PROGRAMS, by_lower_case, extension, found, is_elsewhere, kept, page_advice, resolve

STRUCTURE = "cmi5.xml"
MAX_ITEMS = 1000
MAX_TEXT = 4096
MAX_TITLE = 255
# The key of a PlayState, and the activity of a statement, hold no more.
MAX_IRI = 255
MAX_PAGE = 2 * 1024 * 1024
MOVE_ON = {
    rule.lower(): rule for rule in ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
}
METHODS = {"ownwindow": "OwnWindow", "anywindow": "AnyWindow"}
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedCmi5:
    """A cmi5 package that may be stored; `files` is what is kept of the archive.

    `structure` has `course_id`, `title` and `items`: blocks (href null) and AUs in order, with `id` (IRI), `title`,
    `href` (encoded, relative to the package), `path` (in the archive), `type` («au» or null), `level`,
    `launch_parameters`, `launch_method`, `move_on`, `mastery_score` (0 to 1 or null), `activity_type` and
    `entitlement_key`.
    """

    structure: dict[str, Any]
    files: list[str]
    advice: list[str]
    kind: str = "cmi5"

    @property
    def title(self) -> str:
        """The title of the course."""
        return self.structure["title"]


def check_cmi5(archive: Archive) -> CheckedCmi5:
    """Check a cmi5 package; RefusedError tells all its faults at once."""
    names = by_lower_case(archive.names)
    if STRUCTURE not in names:
        raise RefusedError(
            [
                Fault(
                    "no-structure",
                    _("Il manque le fichier cmi5.xml : ce n'est pas un paquet cmi5. Exportez-le en cmi5."),
                )
            ]
        )
    structure, faults = read_structure(archive.read(names[STRUCTURE], MAX_BYTES))
    for item in structure["items"]:
        if item["href"]:
            faults += _placed(item, names)
    if faults:
        raise RefusedError(faults)
    files, advice = kept(archive.names)
    launched = dict.fromkeys(item["path"] for item in structure["items"] if item["path"])
    for path in [path for path in launched if extension(path) in PAGES][:20]:
        if archive.size(path) <= MAX_PAGE:
            advice += page_advice(archive.read(path, MAX_PAGE))
    return CheckedCmi5(structure, files, list(dict.fromkeys(advice)))


def read_structure(data: bytes) -> tuple[dict[str, Any], list[Fault]]:
    """Read cmi5.xml; return the structure, whose addresses have not been looked for, and its faults.

    RefusedError when it can't be read at all.
    """
    try:
        root = parse(data)
    except UnsafeXMLError as error:
        message = _("Le fichier cmi5.xml ne peut pas être lu : %(why)s.") % {"why": error}
        raise RefusedError([Fault("structure-xml", message, STRUCTURE)]) from error
    course = root.first("course")
    if root.name != "coursestructure" or course is None:
        message = _("Le fichier cmi5.xml ne décrit pas un cours cmi5 : il y manque <courseStructure> ou <course>.")
        raise RefusedError([Fault("structure-root", message, STRUCTURE)])
    faults: list[Fault] = []
    items: list[dict[str, Any]] = []
    waiting = [(element, 0) for element in reversed(root.all("au", "block"))]
    seen: set[str] = set()
    while waiting and len(items) < MAX_ITEMS:
        element, level = waiting.pop()
        item = _item(element, level, faults)
        if item["id"] in seen:
            message = _("Deux parties du cours ont le même identifiant : « %(id)s ».") % {"id": item["id"]}
            faults.append(Fault("twin-item", message, STRUCTURE))
        seen.add(item["id"])
        items.append(item)
        waiting.extend((child, level + 1) for child in reversed(element.all("au", "block")))
    if waiting:
        message = _("Le cours a plus de %(count)d parties.") % {"count": MAX_ITEMS}
        faults.append(Fault("too-many-items", message, STRUCTURE))
    if not any(item["type"] for item in items):
        faults.append(Fault("nothing-to-play", _("Le cours ne contient rien à ouvrir (aucun <au>)."), STRUCTURE))
    identifier = course.attributes.get("id", "").strip()
    if not _IRI.fullmatch(identifier) or len(identifier) > MAX_IRI:
        message = _("L'identifiant du cours n'est pas une adresse (IRI) : « %(id)s ».") % {"id": identifier[:100]}
        faults.append(Fault("course-id", message, STRUCTURE))
    return {"course_id": identifier, "title": _title(course), "items": items}, faults


def _item(element: Element, level: int, faults: list[Fault]) -> dict[str, Any]:
    def fault(code: str, message: str) -> None:
        faults.append(Fault(code, message, STRUCTURE))

    identifier = element.attributes.get("id", "").strip()
    title = _title(element) or identifier[:MAX_TITLE]
    if not _IRI.fullmatch(identifier) or len(identifier) > MAX_IRI:
        fault(
            "item-id",
            _("L'identifiant de « %(title)s » n'est pas une adresse (IRI) : « %(id)s ».")
            % {"title": title, "id": identifier[:100]},
        )
    values: dict[str, Any] = {
        "id": identifier,
        "title": title,
        "level": level,
        "href": None,
        "path": None,
        "type": None,
    }
    if element.name == "block":
        return values
    move_on = element.attributes.get("moveon", "NotApplicable").strip()
    if move_on.lower() not in MOVE_ON:
        fault(
            "move-on",
            _("« %(title)s » a une règle moveOn inconnue : %(rule)s.") % {"title": title, "rule": move_on[:50]},
        )
    score = element.attributes.get("masteryscore", "").strip()
    mastery = _mastery(score)
    if score and mastery is None:
        fault(
            "mastery-score",
            _("« %(title)s » a un masteryScore qui n'est pas entre 0 et 1 : %(score)s.")
            % {"title": title, "score": score[:50]},
        )
    return values | {
        "type": "au",
        "href": element.words("url")[:MAX_TEXT] or element.attributes.get("url", "").strip()[:MAX_TEXT] or "?",
        "launch_parameters": _raw(element, "launchparameters"),
        "launch_method": METHODS.get(element.attributes.get("launchmethod", "").strip().lower(), "AnyWindow"),
        "move_on": MOVE_ON.get(move_on.lower(), "NotApplicable"),
        "mastery_score": mastery,
        "activity_type": element.attributes.get("activitytype", "").strip()[:MAX_IRI],
        "entitlement_key": _raw(element, "entitlementkey"),
    }


def _placed(item: dict[str, Any], names: dict[str, str]) -> list[Fault]:
    """Put an AU's path and encoded address into it, or return why they can't be found."""
    address = item["href"]
    if is_elsewhere(address):
        message = _("« %(title)s » s'ouvre sur un autre site (%(url)s) : ses fichiers doivent être dans l'archive.")
        return [Fault("remote", message % {"title": item["title"], "url": address[:200]}, STRUCTURE)]
    target = resolve(address)
    if target is None:
        message = _("« %(title)s » n'a pas d'adresse à ouvrir, ou elle mène hors de l'archive : %(url)s.")
        return [Fault("outside", message % {"title": item["title"], "url": address[:200]}, STRUCTURE)]
    real = found(target, names)
    if real is None:
        message = _("La page à ouvrir pour « %(title)s » manque dans l'archive : %(path)s.")
        return [Fault("missing-launch", message % {"title": item["title"], "path": target.path}, target.path)]
    if extension(real.path) in PROGRAMS | DEAD:
        message = _("« %(title)s » s'ouvre par un fichier que les navigateurs ne lisent pas : %(path)s.")
        return [Fault("unreadable-launch", message % {"title": item["title"], "path": real.path}, real.path)]
    item |= {"path": real.path, "href": real.href}
    return []


def _title(element: Element) -> str:
    """Return the French title, else the first one."""
    title = element.first("title")
    strings = title.all("langstring") if title else []
    french = next((s for s in strings if s.attributes.get("lang", "").lower().startswith("fr")), None)
    chosen = french or (strings[0] if strings else title)
    return " ".join(chosen.text.split())[:MAX_TITLE] if chosen else ""


def _raw(element: Element, name: str) -> str:
    child = element.first(name)
    return child.text.strip()[:MAX_TEXT] if child else ""


def _mastery(score: str) -> float | None:
    try:
        value = float(score)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
