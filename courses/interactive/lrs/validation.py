"""What makes a statement a valid one, after xAPI 1.0.3 (part two, «Experience API Data»). Pure: no database."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .agents import IDENTIFIERS, agent_key, member_keys

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
MAX_DEPTH = 40
"""How deep the values of an extension may nest: far more than any tool writes."""
ACTIVITY_LENGTH, VERB_LENGTH, AGENT_LENGTH = 500, 300, 300
"""How long, in UTF-8, the identifiers may be that lists are searched by."""

Checker = Callable[[Any, str], None]
_AUTHORITY_MEMBERS = 2
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LARGEST = 10**300


class StatementError(ValueError):
    """A statement that breaks a rule: `path` says where («object.definition.type»), `message` which, in French."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} : {message}" if path else message)
        self.path = path
        self.message = message

    def inside(self, path: str) -> StatementError:
        """Return the same error, told from further outside."""
        return StatementError(f"{path}.{self.path}" if self.path else path, self.message)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a statement names: activities, agents as actor or object, agents anywhere."""

    activities: frozenset[str]
    agents: frozenset[str]
    related_agents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid statement, normalised, and what lists and reports need of it. `seconds` is the duration."""

    statement: dict[str, Any]
    id: uuid.UUID | None
    agent: str
    verb: str
    activity: str
    parent: str
    registration: uuid.UUID | None
    target: uuid.UUID | None
    timestamp: datetime | None
    score_scaled: Decimal | None
    success: bool | None
    completion: bool | None
    seconds: float | None
    mentions: Mentions = field(repr=False)

    @property
    def voids(self) -> bool:
        """Whether the statement voids its target."""
        return self.verb == VOIDED


# -- Plain values --------------------------------------------------------------------------------------------------

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:[^\s@:/?#<>\"]+@[^\s@:/?#<>\"]+")
_SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_SHA2 = re.compile(r"([0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+(\s*;\s*[\w.-]+=(\"[^\"]*\"|[^\s;\"]+))*")
_VERSION = re.compile(r"1\.0(\.[0-9]+)?")
# RFC 5646, section 2.1: what is well formed. Whether a subtag is registered changes every month.
_LANGUAGE = re.compile(
    r"""(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})   # language, extended language
        (?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?              # script, region
        (?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*               # variants
        (?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*                   # extensions
        (?:-x(?:-[a-z0-9]{1,8})+)?                             # private use
        |x(?:-[a-z0-9]{1,8})+
        |en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_TIMESTAMP = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,12}))?)?"
    r"(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?",
    re.ASCII,
)
_NUMBER = r"\d{1,15}(?:[.,]\d{1,15})?"
_DURATION = re.compile(
    rf"P(?:(?P<W>{_NUMBER})W|(?:(?P<Y>{_NUMBER})Y)?(?:(?P<M>{_NUMBER})M)?(?:(?P<D>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<h>{_NUMBER})H)?(?:(?P<m>{_NUMBER})M)?(?:(?P<s>{_NUMBER})S)?)?)",
    re.ASCII,
)
# A year and a month are those of the calendar on average: only reports need it, and contents tell hours at most.
_SECONDS = {"W": 604_800, "Y": 31_556_952, "M": 2_629_746, "D": 86_400, "h": 3600, "m": 60, "s": 1}


def parse_uuid(value: Any, path: str = "") -> uuid.UUID:
    """Return a UUID in the standard form."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise StatementError(path, _("un identifiant UUID est attendu"))
    return uuid.UUID(value)


def parse_timestamp(value: Any, path: str = "") -> datetime:
    """Return an ISO 8601 date and time, in UTC. Without a zone it is taken to be UTC; a zone of -00:00 says nothing."""
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise StatementError(path, _("une date et une heure ISO 8601 sont attendues"))
    year, month, day, hour, minute, second, fraction, _zulu, sign, hours, minutes = found.groups()
    if sign == "-" and not int(hours) and not int(minutes or 0):
        raise StatementError(path, _("le décalage -00:00 n'est pas admis"))
    zone = f"{sign}{hours}:{minutes or '00'}" if sign else "+00:00"
    # A leap second is the last one of its minute here: no calendar of ours has more than sixty.
    text = f"{year}-{month}-{day}T{hour}:{minute}:{'59' if second == '60' else second or '00'}"
    try:
        return datetime.fromisoformat(f"{text}.{(fraction or '0')[:6]:0<6}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise StatementError(path, _("cette date n'existe pas")) from None


def parse_duration(value: Any, path: str = "") -> float:
    """Return an ISO 8601 duration in seconds. Only its smallest part may have decimals."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    parts = {name: part for name, part in found.groupdict().items() if part is not None} if found else {}
    if not parts or any("." in part or "," in part for part in list(parts.values())[:-1]):
        raise StatementError(path, _("une durée ISO 8601 est attendue (PT1H5M30S)"))
    return sum(float(part.replace(",", ".")) * _SECONDS[name] for name, part in parts.items())


def is_iri(value: Any) -> bool:
    """Whether a value is an absolute IRI."""
    return isinstance(value, str) and bool(_IRI.fullmatch(value))


def is_language(value: Any) -> bool:
    """Whether a value is a well-formed language tag (RFC 5646)."""
    return isinstance(value, str) and bool(_LANGUAGE.fullmatch(value))


def _iri(value: Any, path: str) -> None:
    if not is_iri(value):
        raise StatementError(path, _("une adresse absolue (IRI) est attendue"))


def _short_iri(length: int) -> Checker:
    def check(value: Any, path: str) -> None:
        _iri(value, path)
        if len(value.encode()) > length:
            raise StatementError(path, _("cette adresse est trop longue (%d octets au plus)") % length)

    return check


def _text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise StatementError(path, _("un texte est attendu"))


def _filled(value: Any, path: str) -> None:
    if not isinstance(value, str) or not value:
        raise StatementError(path, _("un texte est attendu"))


def _boolean(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise StatementError(path, _("vrai ou faux est attendu (true, false)"))


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number: True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any, path: str) -> None:
    if not is_number(value):
        raise StatementError(path, _("un nombre est attendu"))


def _length(value: Any, path: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise StatementError(path, _("un nombre entier est attendu"))


def _like(pattern: re.Pattern[str], message: Callable[[], str]) -> Checker:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise StatementError(path, message())

    return check


def _language(value: Any, path: str) -> None:
    if not is_language(value):
        raise StatementError(path, _("un code de langue est attendu (fr, fr-FR)"))


def _exactly(*words: str) -> Checker:
    def check(value: Any, path: str) -> None:
        if value not in words or not isinstance(value, str):
            raise StatementError(path, _("attendu : %s") % ", ".join(words))

    return check


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise StatementError(path, _("un objet JSON est attendu"))
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _check(value: Any, path: str, allowed: Mapping[str, Checker], required: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Check an object whose properties are all known, each by its own rule."""
    found = _object(value, path)
    for name in required:
        if name not in found:
            raise StatementError(_join(path, name), _("cette propriété manque"))
    for name, part in found.items():
        checker = allowed.get(name)
        if checker is None:
            raise StatementError(_join(path, name[:50]), _("propriété inconnue"))
        if part is None:
            raise StatementError(_join(path, name), _("null n'est pas admis"))
        checker(part, _join(path, name))
    return found


def _list_of(checker: Checker) -> Checker:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise StatementError(path, _("une liste est attendue"))
        for place, part in enumerate(value):
            checker(part, f"{path}[{place}]")

    return check


def _language_map(value: Any, path: str) -> None:
    for name, text in _object(value, path).items():
        _language(name, _join(path, name[:50]))
        _text(text, _join(path, name))


def _extensions(value: Any, path: str) -> None:
    for name in _object(value, path):
        _iri(name, _join(path, name[:80]))


def _is_plain(value: Any) -> bool:
    """Whether a database can keep a value that is neither a list nor an object."""
    if isinstance(value, str):
        return "\x00" not in value and not _SURROGATE.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _LARGEST)


def check_plain(value: Any, path: str = "", depth: int = 0) -> None:
    """Refuse what JSON can say and a database cannot keep: endless nesting, infinite numbers, broken characters."""
    if depth > MAX_DEPTH:
        raise StatementError(path, _("trop de niveaux imbriqués"))
    if isinstance(value, dict):
        for name, part in value.items():
            if not _is_plain(name):
                raise StatementError(path, _("caractère non admis"))
            check_plain(part, _join(path, name[:50]), depth + 1)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            check_plain(part, f"{path}[{place}]", depth + 1)
    elif not _is_plain(value):
        raise StatementError(path, _("caractère ou nombre non admis"))


# -- Agents --------------------------------------------------------------------------------------------------------


def _account(value: Any, path: str) -> None:
    _check(value, path, {"homePage": _iri, "name": _filled}, ("homePage", "name"))


_NAMED: dict[str, Checker] = {
    "name": _text,
    "mbox": _like(_MAILTO, lambda: _("une adresse « mailto: » est attendue")),
    "mbox_sha1sum": _like(_SHA1, lambda: _("une empreinte SHA-1 est attendue (40 chiffres hexadécimaux)")),
    "openid": _iri,
    "account": _account,
}


def _identified(found: Mapping[str, Any], path: str, *, least: int) -> None:
    count = sum(name in found for name in IDENTIFIERS)
    if count < least:
        raise StatementError(path, _("il manque un identifiant : mbox, mbox_sha1sum, openid ou account"))
    if count > 1:
        raise StatementError(path, _("un seul identifiant est admis : mbox, mbox_sha1sum, openid ou account"))
    if len(agent_key(found).encode()) > AGENT_LENGTH:
        raise StatementError(path, _("cet identifiant est trop long (%d octets au plus)") % AGENT_LENGTH)


def _agent(value: Any, path: str) -> None:
    found = _check(value, path, {"objectType": _exactly("Agent"), **_NAMED})
    _identified(found, path, least=1)


def _group(value: Any, path: str) -> None:
    allowed = {"objectType": _exactly("Group"), **_NAMED, "member": _list_of(_agent)}
    found = _check(value, path, allowed, ("objectType",))
    _identified(found, path, least=0)
    if not agent_key(found) and not found.get("member"):
        raise StatementError(_join(path, "member"), _("un groupe sans identifiant nomme ses membres"))


def check_agent(value: Any, path: str = "") -> None:
    """Check an agent or a group."""
    is_group = isinstance(value, dict) and value.get("objectType") == "Group"
    (_group if is_group else _agent)(value, path)


def _authority(value: Any, path: str) -> None:
    check_agent(value, path)
    if value.get("objectType") == "Group" and (agent_key(value) or len(value["member"]) != _AUTHORITY_MEMBERS):
        raise StatementError(path, _("un groupe qui se porte garant a deux membres et pas d'identifiant"))


# -- Activities ----------------------------------------------------------------------------------------------------

COMPONENTS = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "true-false": (),
    "fill-in": (),
    "long-fill-in": (),
    "numeric": (),
    "other": (),
}
"""The kinds of interaction, each with the lists of components that it may have."""
COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def _component(value: Any, path: str) -> None:
    _check(value, path, {"id": _filled, "description": _language_map}, ("id",))


def _components(value: Any, path: str) -> None:
    _list_of(_component)(value, path)
    ids = [component["id"] for component in value]
    if len(set(ids)) != len(ids):
        raise StatementError(path, _("deux éléments ont le même identifiant"))


_DEFINITION: dict[str, Checker] = {
    "name": _language_map,
    "description": _language_map,
    "type": _iri,
    "moreInfo": _iri,
    "extensions": _extensions,
    "interactionType": _exactly(*COMPONENTS),
    "correctResponsesPattern": _list_of(_text),
    **dict.fromkeys(COMPONENT_LISTS, _components),
}


def _definition(value: Any, path: str) -> None:
    found = _check(value, path, _DEFINITION)
    kind = found.get("interactionType")
    if kind is None and ("correctResponsesPattern" in found or any(name in found for name in COMPONENT_LISTS)):
        raise StatementError(_join(path, "interactionType"), _("cette propriété manque"))
    for name in COMPONENT_LISTS:
        if name in found and name not in COMPONENTS[found["interactionType"]]:
            raise StatementError(_join(path, name), _("cette liste ne va pas avec ce type d'interaction"))


def _activity(value: Any, path: str) -> None:
    allowed = {
        "objectType": _exactly("Activity"),
        "id": _short_iri(ACTIVITY_LENGTH),
        "definition": _definition,
    }
    _check(value, path, allowed, ("id",))


def check_activity_id(value: Any, path: str = "") -> None:
    """Check the identifier of an activity."""
    _short_iri(ACTIVITY_LENGTH)(value, path)


# -- Statements ----------------------------------------------------------------------------------------------------


def _uuid(value: Any, path: str) -> None:
    parse_uuid(value, path)


def _timestamp(value: Any, path: str) -> None:
    parse_timestamp(value, path)


def _duration(value: Any, path: str) -> None:
    parse_duration(value, path)


def _reference(value: Any, path: str) -> None:
    _check(value, path, {"objectType": _exactly("StatementRef"), "id": _uuid}, ("objectType", "id"))


def _verb(value: Any, path: str) -> None:
    _check(value, path, {"id": _short_iri(VERB_LENGTH), "display": _language_map}, ("id",))


def _scaled(value: Any, path: str) -> None:
    _number(value, path)
    if not -1 <= value <= 1:
        raise StatementError(path, _("un nombre de -1 à 1 est attendu"))


def _score(value: Any, path: str) -> None:
    found = _check(value, path, {"scaled": _scaled, "raw": _number, "min": _number, "max": _number})
    least, most = found.get("min", -math.inf), found.get("max", math.inf)
    if least >= most:
        raise StatementError(path, _("le score le plus bas doit être inférieur au plus haut"))
    if "raw" in found and not least <= found["raw"] <= most:
        raise StatementError(_join(path, "raw"), _("ce score est hors de ses bornes"))


def _result(value: Any, path: str) -> None:
    allowed = {
        "score": _score,
        "success": _boolean,
        "completion": _boolean,
        "response": _text,
        "duration": _duration,
        "extensions": _extensions,
    }
    _check(value, path, allowed)


def _context_activities(value: Any, path: str) -> None:
    def activities(part: Any, at: str) -> None:
        if isinstance(part, list):
            _list_of(_activity)(part, at)
        else:
            _activity(part, at)

    if not _check(value, path, dict.fromkeys(("parent", "grouping", "category", "other"), activities)):
        raise StatementError(path, _("au moins une activité est attendue"))


def _context(value: Any, path: str) -> None:
    allowed = {
        "registration": _uuid,
        "instructor": check_agent,
        "team": _group,
        "contextActivities": _context_activities,
        "revision": _text,
        "platform": _text,
        "language": _language,
        "statement": _reference,
        "extensions": _extensions,
    }
    _check(value, path, allowed)


def _attachment(value: Any, path: str) -> None:
    allowed = {
        "usageType": _iri,
        "display": _language_map,
        "description": _language_map,
        "contentType": _like(_MEDIA_TYPE, lambda: _("un type de fichier est attendu (text/plain)")),
        "length": _length,
        "sha2": _like(_SHA2, lambda: _("une empreinte SHA-2 est attendue")),
        "fileUrl": _iri,
    }
    found = _check(value, path, allowed, ("usageType", "display", "contentType", "length", "sha2"))
    if "fileUrl" not in found:
        raise StatementError(
            path, _("ce site ne garde pas de fichiers joints : donnez l'adresse du fichier dans « fileUrl »")
        )


def _statement_object(value: Any, path: str, *, nested: bool) -> None:
    kind = _object(value, path).get("objectType", "Activity")
    checkers: dict[str, Checker] = {
        "Activity": _activity,
        "Agent": _agent,
        "Group": _group,
        "StatementRef": _reference,
    }
    if not nested:
        checkers["SubStatement"] = _substatement
    if not isinstance(kind, str) or kind not in checkers:
        raise StatementError(_join(path, "objectType"), _("attendu : %s") % ", ".join(checkers))
    checkers[kind](value, path)


_COMMON: dict[str, Checker] = {
    "actor": check_agent,
    "verb": _verb,
    "result": _result,
    "context": _context,
    "timestamp": _timestamp,
    "attachments": _list_of(_attachment),
}
_PARTS = ("actor", "verb", "object")


def _substatement(value: Any, path: str) -> None:
    allowed: dict[str, Checker] = {
        **_COMMON,
        "objectType": _exactly("SubStatement"),
        "object": lambda part, at: _statement_object(part, at, nested=True),
    }
    _agreed(_check(value, path, allowed, ("objectType", *_PARTS)), path)


def _statement(value: Any) -> Mapping[str, Any]:
    allowed: dict[str, Checker] = {
        **_COMMON,
        "id": _uuid,
        "object": lambda part, at: _statement_object(part, at, nested=False),
        "stored": _timestamp,
        "authority": _authority,
        "version": _like(_VERSION, lambda: _("la version 1.0.0 est attendue")),
    }
    found = _check(value, "", allowed, _PARTS)
    _agreed(found, "")
    return found


def _agreed(statement: Mapping[str, Any], path: str) -> None:
    """Check what two parts of a statement say together."""
    kind = statement["object"].get("objectType", "Activity")
    if kind != "Activity":
        for name in ("revision", "platform"):
            if name in statement.get("context", {}):
                raise StatementError(
                    _join(path, f"context.{name}"), _("cette propriété ne va qu'avec une activité pour objet")
                )
    if statement["verb"]["id"] == VOIDED and kind != "StatementRef":
        raise StatementError(_join(path, "object"), _("l'objet d'une annulation est un autre énoncé (StatementRef)"))


def normalise(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid statement written one way: context activities are lists, the id is in lower case."""
    made = dict(statement)
    if "id" in made:
        made["id"] = str(uuid.UUID(made["id"]))
    if "contextActivities" in made.get("context", {}):
        lists = {
            name: part if isinstance(part, list) else [part]
            for name, part in made["context"]["contextActivities"].items()
        }
        made["context"] = {**made["context"], "contextActivities": lists}
    if made["object"].get("objectType") == "SubStatement":
        made["object"] = normalise(made["object"])
    return made


def context_activities(statement: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the ids of the context activities of a normalised statement, by their part («parent»…)."""
    found = statement.get("context", {}).get("contextActivities", {})
    return {name: [activity["id"] for activity in activities] for name, activities in found.items()}


def _mentions(statement: Mapping[str, Any]) -> Mentions:
    activities: set[str] = set()
    agents: set[str] = set()
    related: set[str] = set()
    parts = [statement]
    if statement["object"].get("objectType") == "SubStatement":
        parts.append(statement["object"])
    for part in parts:
        named = {*member_keys(part["actor"])}
        kind = part["object"].get("objectType", "Activity")
        if kind == "Activity":
            activities.add(part["object"]["id"])
        elif kind in {"Agent", "Group"}:
            named.update(member_keys(part["object"]))
        for ids in context_activities(part).values():
            activities.update(ids)
        if part is statement:
            agents |= named
        context = part.get("context", {})
        related |= named.union(*(member_keys(context[name]) for name in ("instructor", "team") if name in context))
    return Mentions(frozenset(activities), frozenset(agents), frozenset(related))


def validate_statement(value: Any) -> Checked:
    """Check a statement as it was read from JSON and return it normalised. Raises StatementError at the first fault.

    `stored`, `authority` and `version` are checked, then dropped: the LRS says them itself.
    """
    check_plain(value)
    statement = normalise(_statement(value))
    for name in ("stored", "authority", "version"):
        statement.pop(name, None)
    found, context, result = statement["object"], statement.get("context", {}), statement.get("result", {})
    kind = found.get("objectType", "Activity")
    scaled = result.get("score", {}).get("scaled")
    return Checked(
        statement=statement,
        id=uuid.UUID(statement["id"]) if "id" in statement else None,
        agent=agent_key(statement["actor"]),
        verb=statement["verb"]["id"],
        activity=found["id"] if kind == "Activity" else "",
        parent=next(iter(context_activities(statement).get("parent", ())), ""),
        registration=uuid.UUID(context["registration"]) if "registration" in context else None,
        target=uuid.UUID(found["id"]) if kind == "StatementRef" else None,
        timestamp=parse_timestamp(statement["timestamp"]) if "timestamp" in statement else None,
        score_scaled=None if scaled is None else Decimal(str(scaled)).quantize(Decimal("0.000001")),
        success=result.get("success"),
        completion=result.get("completion"),
        seconds=parse_duration(result["duration"]) if "duration" in result else None,
        mentions=_mentions(statement),
    )
