"""imsmanifest.xml: what is played, in which order, under which conditions. Pure.

Sources: SCORM 1.2 Content Aggregation Model; SCORM 2004 4th ed. CAM (3.4) and IMS Simple Sequencing 1.0.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..faults import Fault, RefusedError
from ..safe_xml import Element, UnsafeXMLError, parse
from ..web_files import Target, is_elsewhere, resolve, with_parameters

SCORM12, SCORM2004 = "scorm12", "scorm2004"
MAX_ITEMS = 1000
MAX_TITLE = 255
MAX_TEXT = 4096
MAX_OBJECTIVES = 100
# Long enough for any identifier in use, and for the key of a PlayState.
MAX_IDENTIFIER = 255
ACTIONS = frozenset({"exit,message", "exit,no message", "continue,message", "continue,no message"})
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")


@dataclass
class Resource:
    """A resource of the manifest, `target` being what it launches."""

    identifier: str
    kind: str
    target: Target | None
    files: list[Target] = field(default_factory=list)
    elsewhere: str = ""


@dataclass
class Manifest:
    """What a manifest says: `structure` as `check.CheckedScorm` has it, and the `files` that it lists."""

    kind: str
    structure: dict[str, Any]
    files: list[Target]
    advice: list[str]


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest; RefusedError tells all its faults at once."""
    try:
        root = parse(data)
    except UnsafeXMLError as error:
        message = _("Le fichier imsmanifest.xml ne peut pas être lu : %(why)s.") % {"why": error}
        raise RefusedError([Fault("manifest-xml", message, "imsmanifest.xml")]) from error
    if root.name != "manifest":
        message = _("Le fichier imsmanifest.xml n'est pas un manifeste SCORM : il commence par <%(name)s>.")
        raise RefusedError([Fault("manifest-root", message % {"name": root.name[:50]}, "imsmanifest.xml")])
    return _Reader(root).read()


class _Reader:
    """One reading of one manifest, gathering faults and advice."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self.advice: list[str] = []
        self.sequencings = {
            element.attributes["id"]: element
            for collection in root.all("sequencingcollection")
            for element in collection.all("sequencing")
            if "id" in element.attributes
        }
        self.resources = self._resources()
        self.items: list[dict[str, Any]] = []
        self.identifiers: set[str] = set()
        self.sequenced = False

    def read(self) -> Manifest:
        version = self.root.words("metadata", "schemaversion")
        if "common cartridge" in self.root.words("metadata", "schema").lower():
            self.fault("not-scorm", _("C'est une « Common Cartridge », pas un paquet SCORM. Exportez-le en SCORM."))
        kind = _kind(version, self.root)
        organization = self._organization()
        title = ""
        if organization is not None:
            title = organization.words("title")
            self._items(organization)
        elif not self.root.first("organizations", "organization"):
            self._from_resources()
        if not any(item["href"] for item in self.items) and not self.faults:
            self.fault(
                "nothing-to-play", _("Le manifeste ne dit pas quelle page ouvrir : aucun élément n'a d'adresse.")
            )
        if self.sequenced:
            self.advice.append(
                _(
                    "Ce contenu règle l'ordre de ses parties par des règles de séquencement (SCORM 2004). Elles ne "
                    "sont pas suivies : l'apprenant choisit librement dans le sommaire."
                )
            )
        if self.faults:
            raise RefusedError(self.faults)
        structure = {
            "title": (title or self._general_title())[:MAX_TITLE],
            "schema_version": version[:50],
            "items": self.items,
        }
        files = [file for resource in self.resources.values() for file in resource.files]
        return Manifest(kind, structure, list(dict.fromkeys(files)), list(dict.fromkeys(self.advice)))

    def fault(self, code: str, message: str) -> None:
        self.faults.append(Fault(code, message, "imsmanifest.xml"))

    def _general_title(self) -> str:
        for element in self.root.all("metadata"):
            for inner in element.walk():
                if inner.name == "title":
                    return " ".join(" ".join(part.text for part in inner.walk()).split())
        return ""

    def _resources(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for group in self.root.all("resources"):
            for element in group.all("resource"):
                identifier = element.attributes.get("identifier", "").strip()
                bases = [e.attributes.get("base", "") for e in (self.root, group, element)]
                address = element.attributes.get("href", "").strip()
                elsewhere = next((a for a in (*bases, address) if is_elsewhere(a)), "")
                target = resolve(address, bases) if address and not elsewhere else None
                if address and not elsewhere and target is None:
                    self.fault(
                        "outside",
                        _("La ressource « %(id)s » mène hors de l'archive : %(href)s.")
                        % {"id": identifier[:100], "href": address[:200]},
                    )
                addresses = [f.attributes.get("href", "") for f in element.all("file")]
                files = [resolve(a, bases) for a in addresses if a.strip() and not is_elsewhere(a)]
                kind = element.attributes.get("scormtype", "").strip().lower()
                found.setdefault(
                    identifier,
                    Resource(
                        identifier,
                        "asset" if kind == "asset" else "sco" if address else "",
                        target,
                        [file for file in files if file],
                        elsewhere,
                    ),
                )
        return found

    def _organization(self) -> Element | None:
        """Return the default organization, else the first one."""
        group = self.root.first("organizations")
        organizations = group.all("organization") if group else []
        if not group or not organizations:
            return None
        default = group.attributes.get("default", "").strip()
        chosen = next((o for o in organizations if o.attributes.get("identifier", "").strip() == default), None)
        if chosen is None and default:
            self.advice.append(
                _("Le manifeste désigne une organisation « %(id)s » qu'il ne contient pas : la première est utilisée.")
                % {"id": default[:100]}
            )
        if len(organizations) > 1:
            self.advice.append(_("Le paquet contient plusieurs organisations : une seule est utilisée."))
        return chosen or organizations[0]

    def _items(self, organization: Element) -> None:
        waiting = [(item, 0) for item in reversed(organization.all("item"))]
        while waiting:
            element, level = waiting.pop()
            if len(self.items) >= MAX_ITEMS:
                self.fault("too-many-items", _("Le sommaire a plus de %(count)d éléments.") % {"count": MAX_ITEMS})
                return
            self._item(element, level)
            waiting.extend((child, level + 1) for child in reversed(element.all("item")))

    def _item(self, element: Element, level: int) -> None:
        identifier = element.attributes.get("identifier", "").strip()[:MAX_IDENTIFIER] or f"item-{len(self.items) + 1}"
        if identifier in self.identifiers:
            self.fault(
                "twin-item", _("Deux éléments du sommaire ont le même identifiant : « %(id)s ».") % {"id": identifier}
            )
        self.identifiers.add(identifier)
        reference = element.attributes.get("identifierref", "").strip()
        resource = self._referenced(reference, identifier) if reference else None
        href = path = None
        if resource and resource.target:
            path = resource.target.path
            href = with_parameters(resource.target.href, element.attributes.get("parameters", ""))
        title = element.words("title")[:MAX_TITLE] or (_("Partie %(number)d") % {"number": len(self.items) + 1})
        self.items.append(
            {
                "id": identifier,
                "title": title,
                "href": href,
                "path": path,
                "type": (resource.kind if resource and href else None),
                "level": level,
                "visible": element.attributes.get("isvisible", "true").strip().lower() not in ("false", "0"),
                "prerequisites": _text(element, "prerequisites", MAX_TEXT),
                "mastery_score": _number(_text(element, "masteryscore", 50), 0, 100),
                "launch_data": _raw(element, "datafromlms", MAX_TEXT),
                "time_limit_action": _action(_text(element, "timelimitaction", 50)),
                "max_time": _text(element, "maxtimeallowed", 50),
                **self._sequencing(element),
            }
        )

    def _referenced(self, reference: str, identifier: str) -> Resource | None:
        resource = self.resources.get(reference)
        if resource is None:
            self.fault(
                "missing-resource",
                _("L'élément « %(id)s » renvoie à une ressource que le manifeste ne contient pas : « %(ref)s ».")
                % {"id": identifier, "ref": reference[:100]},
            )
        elif resource.elsewhere:
            self.fault(
                "remote",
                _("L'élément « %(id)s » s'ouvre sur un autre site (%(href)s) : mettez ses fichiers dans l'archive.")
                % {"id": identifier, "href": resource.elsewhere[:200]},
            )
        elif resource.target is None and not self.faults:
            self.advice.append(
                _("L'élément « %(id)s » n'a pas de page à ouvrir : il est montré comme un titre.") % {"id": identifier}
            )
        return resource

    def _sequencing(self, element: Element) -> dict[str, Any]:
        """Return what SCORM 2004 says of an item: thresholds, objectives, the longest time."""
        own = element.first("sequencing")
        shared = self.sequencings.get(own.attributes.get("idref", "")) if own else None
        parts = [part for part in (own, shared) if part]
        values: dict[str, Any] = {
            "scaled_passing_score": None,
            "completion_threshold": _threshold(element),
            "objectives": [],
        }
        for part in parts:
            if any(part.first(name) and part.first(name).children for name in ("sequencingrules", "rolluprules")):  # type: ignore[union-attr]  # it is there
                self.sequenced = True
            limits = part.first("limitconditions")
            if limits and (longest := limits.attributes.get("attemptabsolutedurationlimit", "").strip()):
                values["max_time"] = longest[:50]
            objectives = part.first("objectives")
            if not objectives or values["objectives"]:
                continue
            primary = objectives.first("primaryobjective")
            if primary and primary.attributes.get("satisfiedbymeasure", "").strip().lower() in ("true", "1"):
                values["scaled_passing_score"] = _number(primary.words("minnormalizedmeasure") or "1", -1, 1)
            found = [primary, *objectives.all("objective")]
            ids = [o.attributes.get("objectiveid", "").strip()[:MAX_IDENTIFIER] for o in found if o]
            values["objectives"] = list(dict.fromkeys(i for i in ids if i))[:MAX_OBJECTIVES]
        return values

    def _from_resources(self) -> None:
        """Without an organization every resource that launches something is an item: SCOs, or else the first asset."""
        launchable = [r for r in self.resources.values() if r.target]
        scos = [r for r in launchable if r.kind == "sco"] or launchable[:1]
        for number, resource in enumerate(scos[:MAX_ITEMS], 1):
            title = _("Partie %(number)d") % {"number": number}
            children = [Element("title", text=title)]
            attributes = {"identifier": resource.identifier, "identifierref": resource.identifier}
            self._item(Element("item", attributes, children), 0)
        if scos:
            self.advice.append(_("Le manifeste n'a pas de sommaire : toutes les pages à ouvrir y sont mises."))


def _kind(version: str, root: Element) -> str:
    """Return «scorm12» or «scorm2004», by the version that the manifest says, else by its namespaces."""
    if "2004" in version or "1.3" in version:
        return SCORM2004
    if version.startswith("1.2"):
        return SCORM12
    spaces = " ".join(space.lower() for element in root.walk() for space in element.spaces)
    return SCORM2004 if "adlcp_v1p3" in spaces or "imsss" in spaces else SCORM12


def _text(element: Element, name: str, longest: int) -> str:
    return element.words(name)[:longest]


def _raw(element: Element, name: str, longest: int) -> str:
    """Return a text whose spaces and lines count."""
    found = element.first(name)
    return found.text.strip()[:longest] if found else ""


def _action(text: str) -> str:
    action = ",".join(part.strip() for part in text.lower().split(","))
    return action if action in ACTIONS else ""


def _number(text: str, least: float, most: float) -> float | None:
    """Return a number within bounds, written with a point or a comma, maybe followed by %; None for anything else."""
    match = _NUMBER.match(text.strip())
    value = float(match[0].replace(",", ".")) if match else math.nan
    return value if least <= value <= most else None


def _threshold(element: Element) -> float | None:
    """Return the progress that completes an item: 3rd ed. writes it as text, 4th ed. as attributes."""
    found = element.first("completionthreshold")
    if found is None:
        return None
    if "completedbymeasure" in found.attributes or "minprogressmeasure" in found.attributes:
        if found.attributes.get("completedbymeasure", "false").strip().lower() not in ("true", "1"):
            return None
        return _number(found.attributes.get("minprogressmeasure", "1"), 0, 1)
    return _number(found.text, 0, 1)
