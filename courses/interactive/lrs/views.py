"""The resources of xAPI 1.0.3 (part three, «Data Processing, Validation, and Security»)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from email import policy
from email.parser import BytesParser
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _

from . import documents
from .agents import agent_key
from .documents import Conditions, Place
from .formats import FORMATS, accepted_languages, canonical, in_one_language, only_ids
from .http import VERSION, ApiError, Call, json_answer, problem, read_json, resource
from .identities import users_by_agent
from .models import Document, Statement
from .reading import Found, Query, definition_of, find, latest_definitions
from .services import FetchError, check_all, fetch, instant, record_checked
from .validation import StatementError, check_activity_id, check_agent, is_iri, parse_timestamp, parse_uuid

PAGE = 100
MOST = 500
"""How many statements a list has by default, and at most."""
_SALT = "lrs-more"
_LEARNER_READS = "LMS.LaunchData"
"""The state document of cmi5 that its content may read and not change (cmi5, 10.2)."""

# -- Parameters ----------------------------------------------------------------------------------------------------


def _parameter(call: Call, name: str, parse: Callable[[str], Any]) -> Any:
    """Return a parameter, parsed, or None if it is absent."""
    if name not in call.parameters:
        return None
    try:
        return parse(call.parameters[name])
    except (StatementError, ValueError) as error:
        said = error.message if isinstance(error, StatementError) else _("cette valeur n'est pas admise")
        raise ApiError(400, f"{name} : {said}.") from None


def _boolean(call: Call, name: str) -> bool:
    value = call.parameters.get(name, "false")
    if value not in {"true", "false"}:
        raise ApiError(400, _("%s : true ou false est attendu.") % name)
    return value == "true"


def _agent(text: str) -> dict[str, Any]:
    agent = read_json(text.encode())
    check_agent(agent)
    if not agent_key(agent):
        raise StatementError("", _("un agent ou un groupe avec un identifiant est attendu"))
    return dict(agent)


def _single_agent(text: str) -> dict[str, Any]:
    agent = _agent(text)
    if agent.get("objectType", "Agent") != "Agent":
        raise StatementError("", _("un agent est attendu"))
    return agent


def _activity(text: str) -> str:
    check_activity_id(text)
    return text


def _iri(text: str) -> str:
    if not is_iri(text):
        raise StatementError("", _("une adresse absolue (IRI) est attendue"))
    return text


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    # An address may have turned the «+» of a zone into a space.
    return parse_timestamp(text.replace(" ", "+") if "T" in text else text)


def _format(call: Call) -> str:
    wanted = call.parameters.get("format", "exact")
    if wanted not in FORMATS:
        raise ApiError(400, _("format : exact, ids ou canonical est attendu."))
    return wanted


# -- Statements ----------------------------------------------------------------------------------------------------


def _sent(call: Call) -> Any:
    """Return what a request brings as statements."""
    content = call.body
    if call.media_type == "multipart/mixed":
        content = _first_part(call)
    elif call.media_type != "application/json":
        raise ApiError(400, _("Des énoncés s'envoient en application/json."))
    return read_json(content)


def _first_part(call: Call) -> bytes:
    """Return the statements of a request that could have attachments, and has none."""
    head = f"Content-Type: {call.content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + call.body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or parts[0].get_content_type() != "application/json":
        raise ApiError(400, _("La première partie d'un envoi multipart/mixed contient les énoncés, en JSON."))
    if len(parts) > 1:
        raise ApiError(
            400,
            _("Ce site ne garde pas de fichiers joints : donnez l'adresse de chaque fichier dans « fileUrl »."),
        )
    content = parts[0].get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _through(response: HttpResponse) -> HttpResponse:
    response.headers["X-Experience-API-Consistent-Through"] = instant(timezone.now())
    return response


def _record(call: Call, statements: list[Any]) -> list[uuid.UUID]:
    credentials = call.credentials
    credentials.may_write()
    checked = check_all(statements)
    credentials.check_statements(checked)
    return record_checked(
        checked,
        federation_id=credentials.federation_id,
        user=credentials.session.user if credentials.session else None,
        client=credentials.client,
        session=credentials.session,
        client_reported=credentials.session is not None,
    )


def put_statement(call: Call) -> HttpResponse:
    """Store one statement under the id of the address."""
    call.only({"statementId"}, {"statementId"})
    statement_id = _parameter(call, "statementId", parse_uuid)
    statement = _sent(call)
    if not isinstance(statement, dict):
        raise ApiError(400, _("Un seul énoncé est attendu."))
    if "id" in statement and parse_uuid(statement["id"], "id") != statement_id:
        raise ApiError(400, _("L'identifiant de l'énoncé n'est pas celui de l'adresse."))
    _record(call, [{**statement, "id": str(statement_id)}])
    return _through(HttpResponse(status=204))


def post_statements(call: Call) -> HttpResponse:
    """Store one statement or several, all or none."""
    call.only(())
    sent = _sent(call)
    ids = _record(call, sent if isinstance(sent, list) else [sent])
    return _through(json_answer([str(statement_id) for statement_id in ids]))


_FILTERS = (
    *("agent", "verb", "activity", "registration", "related_activities", "related_agents"),
    *("since", "until", "limit", "ascending", "format", "attachments"),
)


def get_statements(call: Call) -> HttpResponse:
    """Return one statement by its id, or a page of a list."""
    call.credentials.may_read()
    if "statementId" in call.parameters or "voidedStatementId" in call.parameters:
        return _through(_one_statement(call))
    call.only(_FILTERS)
    return _through(_list(call, None))


def get_more(call: Call, token: str) -> HttpResponse:
    """Return the next page of a list, whose address the page before gave. What one may see is asked again."""
    call.credentials.may_read()
    call.only(())
    try:
        kept = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise ApiError(404, _("Cette suite n'existe pas : reprenez la liste au début.")) from None
    call.parameters = kept["parameters"]
    return _through(_list(call, kept["after"]))


def _visible(call: Call) -> dict[str, Any]:
    """Return the conditions that keep credentials to their statements."""
    session = call.credentials.session
    where: dict[str, Any] = {"federation": call.credentials.federation_id}
    if session:
        where |= {"user": session.user_id, "registration": session.registration}
    return where


def _one_statement(call: Call) -> HttpResponse:
    call.only({"statementId", "voidedStatementId", "attachments", "format"})
    name = "statementId" if "statementId" in call.parameters else "voidedStatementId"
    if name == "statementId" and "voidedStatementId" in call.parameters:
        raise ApiError(400, _("statementId et voidedStatementId ne vont pas ensemble."))
    wanted = _parameter(call, name, parse_uuid)
    found = Statement.objects.filter(id=wanted, voided=name == "voidedStatementId", **_visible(call)).first()
    if found is None:
        raise ApiError(404, _("Cet énoncé n'existe pas."))
    response = _written(call, _formatted(call, [found])[0])
    response.headers["Last-Modified"] = http_date(found.stored_at.timestamp())
    return response


def _written(call: Call, value: Any) -> HttpResponse:
    """Return JSON, alone or, when attachments are asked for, as the only part of a multipart: there are never any."""
    response = json_answer(value)
    if not _boolean(call, "attachments"):
        return response
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    return HttpResponse(head + response.content + tail, content_type=f'multipart/mixed; boundary="{boundary}"')


def _query(call: Call) -> Query:
    session = call.credentials.session
    agent = _parameter(call, "agent", _agent)
    registration = _parameter(call, "registration", parse_uuid)
    if session:
        call.credentials.check_registration(str(registration or ""))
        registration = session.registration
    return Query(
        federation_id=call.credentials.federation_id,
        agent=agent_key(agent) if agent else "",
        verb=_parameter(call, "verb", _iri) or "",
        activity=_parameter(call, "activity", _activity) or "",
        registration=registration,
        related_activities=_boolean(call, "related_activities"),
        related_agents=_boolean(call, "related_agents"),
        since=_parameter(call, "since", _moment),
        until=_parameter(call, "until", _moment),
        ascending=_boolean(call, "ascending"),
        user_id=session.user_id if session else None,
    )


def _list(call: Call, after: int | None) -> HttpResponse:
    wanted = _parameter(call, "limit", _natural) or PAGE
    found = find(_query(call), limit=min(wanted, MOST), after=after)
    response = _written(call, {"statements": _formatted(call, found.rows), "more": _more(call, found)})
    if found.rows:
        response.headers["Last-Modified"] = http_date(max(row.stored_at for row in found.rows).timestamp())
    return response


def _more(call: Call, found: Found) -> str:
    if found.after is None:
        return ""
    token = signing.dumps({"parameters": call.parameters, "after": found.after}, salt=_SALT, compress=True)
    return reverse("lrs:more", args=[token])


def _formatted(call: Call, rows: list[Statement]) -> list[dict[str, Any]]:
    wanted = _format(call)
    if wanted == "ids":
        return [only_ids(row.raw) for row in rows]
    if wanted == "canonical":
        definitions = latest_definitions(rows, call.credentials.federation_id)
        languages = accepted_languages(call.headers.get("accept-language", ""))
        return [canonical(row.raw, definitions, languages) for row in rows]
    return [row.raw for row in rows]


# -- Documents -----------------------------------------------------------------------------------------------------

_AGENT, _ACTIVITY, _REGISTRATION = "agent", "activityId", "registration"


class _Documents:
    """A resource of documents: which parameters name their place, and which one the document."""

    def __init__(self, kind: str, places: tuple[str, ...], key: str, optional: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.places = places
        self.key = key
        self.optional = optional

    @property
    def is_state(self) -> bool:
        """Whether it is the state resource, whose documents nobody has to fear for."""
        return self.kind == Document.Resource.STATE

    def place(self, call: Call) -> Place:
        """Return where the call looks, if it may."""
        agent = _parameter(call, _AGENT, _single_agent) if _AGENT in self.places else None
        activity = _parameter(call, _ACTIVITY, _activity) if _ACTIVITY in self.places else None
        registration = _parameter(call, _REGISTRATION, parse_uuid) if _REGISTRATION in self.optional else None
        if agent:
            call.credentials.check_agent(agent)
        if activity:
            call.credentials.check_activity(activity)
        if registration:
            call.credentials.check_registration(str(registration))
        return Place(
            federation_id=call.credentials.federation_id,
            resource=self.kind,
            activity=activity or "",
            agent=agent_key(agent) if agent else "",
            registration=str(registration or ""),
        )

    def writing(self, call: Call) -> tuple[Place, str]:
        """Return where the call writes, if it may."""
        call.only({*self.places, *self.optional, self.key}, {*self.places, self.key})
        call.credentials.may_write()
        session = call.credentials.session
        name = call.parameters[self.key]
        if session and (self.kind == Document.Resource.ACTIVITY_PROFILE or name == _LEARNER_READS):
            raise ApiError(403, _("Ce contenu peut lire ce document, pas le changer."))
        return self.place(call), name

    def get(self, call: Call) -> HttpResponse:
        """Return a document, or the names of those of a place."""
        call.only({*self.places, *self.optional, self.key, "since"}, self.places)
        call.credentials.may_read()
        place = self.place(call)
        if self.key not in call.parameters:
            return self._names(call, place)
        if "since" in call.parameters:
            raise ApiError(400, _("« since » ne va qu'avec une liste."))
        found = documents.find(place, call.parameters[self.key])
        if found is None:
            raise ApiError(404, _("Ce document n'existe pas."))
        response = HttpResponse(bytes(found.content), content_type=found.content_type)
        response.headers["ETag"] = f'"{found.etag}"'
        response.headers["Last-Modified"] = http_date(found.updated_at.timestamp())
        return response

    def _names(self, call: Call, place: Place) -> HttpResponse:
        found = documents.documents_in(place)
        if since := _parameter(call, "since", _moment):
            found = found.filter(updated_at__gt=since)
        names = list(found.order_by("key").values_list("key", "updated_at"))
        response = json_answer(sorted({name for name, _updated in names}))
        response.headers["ETag"] = f'"{documents.etag_of(response.content)}"'
        if names:
            response.headers["Last-Modified"] = http_date(max(updated for _name, updated in names).timestamp())
        return response

    def put(self, call: Call) -> HttpResponse:
        """Write a whole document."""
        place, name = self.writing(call)
        self._write(call, documents.put, place, name, guarded=not self.is_state)
        return HttpResponse(status=204)

    def post(self, call: Call) -> HttpResponse:
        """Write a document, or complete the JSON that is there."""
        place, name = self.writing(call)
        self._write(call, documents.merge, place, name)
        return HttpResponse(status=204)

    def _write(self, call: Call, write: Callable[..., Document], place: Place, name: str, **how: bool) -> None:
        session = call.credentials.session
        owner = session.user_id if session else _owner(place)
        write(place, name, call.body, call.content_type, user_id=owner, conditions=_conditions(call), **how)

    def delete(self, call: Call) -> HttpResponse:
        """Delete a document; of states, all those of a place when none is named."""
        if self.is_state and self.key not in call.parameters:
            call.only({*self.places, *self.optional}, self.places)
            call.credentials.may_write()
            documents.documents_in(self.place(call)).exclude(**self._kept(call)).delete()
        else:
            place, name = self.writing(call)
            documents.delete(place, name, _conditions(call))
        return HttpResponse(status=204)

    def _kept(self, call: Call) -> dict[str, Any]:
        return {"key": _LEARNER_READS} if call.credentials.session else {"pk": None}


def _owner(place: Place) -> int | None:
    return users_by_agent([place.agent]).get(place.agent) if place.agent else None


def _conditions(call: Call) -> Conditions:
    return Conditions(call.headers.get("if-match", ""), call.headers.get("if-none-match", ""))


_STATE = _Documents(Document.Resource.STATE, (_ACTIVITY, _AGENT), "stateId", (_REGISTRATION,))
_ACTIVITY_PROFILE = _Documents(Document.Resource.ACTIVITY_PROFILE, (_ACTIVITY,), "profileId")
_AGENT_PROFILE = _Documents(Document.Resource.AGENT_PROFILE, (_AGENT,), "profileId")

# -- The rest ------------------------------------------------------------------------------------------------------


def get_activity(call: Call) -> HttpResponse:
    """Return an activity with its last definition."""
    call.only({_ACTIVITY}, {_ACTIVITY})
    call.credentials.may_read()
    activity = _parameter(call, _ACTIVITY, _activity)
    call.credentials.check_activity(activity)
    definition: Mapping[str, Any] = definition_of(activity, call.credentials.federation_id)
    if definition and (header := call.headers.get("accept-language")):
        definition = in_one_language(definition, accepted_languages(header))
    found = {"objectType": "Activity", "id": activity}
    return json_answer({**found, "definition": definition} if definition else found)


def get_agent(call: Call) -> HttpResponse:
    """Return a Person: all that is known to be one agent. Here each identifier is a person of its own."""
    call.only({_AGENT}, {_AGENT})
    call.credentials.may_read()
    agent = _parameter(call, _AGENT, _single_agent)
    call.credentials.check_agent(agent)
    names = ("name", "mbox", "mbox_sha1sum", "openid", "account")
    return json_answer({"objectType": "Person", **{name: [agent[name]] for name in names if name in agent}})


def get_about(call: Call) -> HttpResponse:
    """Say which versions are spoken. Anyone may ask."""
    return json_answer({"version": [VERSION]})


def post_fetch(call: Call, fetch_key: str) -> HttpResponse:
    """Give a launched content its token, once (cmi5, 8.2)."""
    try:
        return json_answer({"auth-token": fetch(fetch_key)})
    except FetchError as error:
        return json_answer({"error-code": error.code, "error-text": str(error)})


def get_foot(call: Call) -> HttpResponse:
    """Answer at the foot of the LRS, where people try whether it is there."""
    return problem(200, _("LRS de %s : xAPI 1.0.3.") % settings.WAGTAIL_SITE_NAME)


def _missing(call: Call, anything: str) -> HttpResponse:
    return problem(404, _("Il n'y a rien à cette adresse de l'interface xAPI."))


statements = resource(get=get_statements, put=put_statement, post=post_statements)
more = resource(get=get_more)
state = resource(get=_STATE.get, put=_STATE.put, post=_STATE.post, delete=_STATE.delete)
activity_profile = resource(
    get=_ACTIVITY_PROFILE.get, put=_ACTIVITY_PROFILE.put, post=_ACTIVITY_PROFILE.post, delete=_ACTIVITY_PROFILE.delete
)
agent_profile = resource(
    get=_AGENT_PROFILE.get, put=_AGENT_PROFILE.put, post=_AGENT_PROFILE.post, delete=_AGENT_PROFILE.delete
)
activities = resource(get=get_activity)
agents = resource(get=get_agent)
about = resource(public=True, get=get_about)
fetch_token = resource(public=True, post=post_fetch)
root = resource(public=True, get=get_foot)
nothing = resource(public=True, get=_missing, put=_missing, post=_missing, delete=_missing)
