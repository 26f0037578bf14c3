"""Requests and answers of the LRS: headers, credentials, the old way of asking by POST, errors, other origins."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from .auth import Credentials, UnknownError, authenticate
from .documents import DocumentError
from .services import ConflictError, ForbiddenError
from .throttle import WINDOW, allow
from .validation import StatementError

VERSION = "1.0.3"
MAX_BODY = 5 * 1024 * 1024
_MAX_FIELDS = 50
_HEADERS = ("authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match")
"""What the old way of asking may write as a field of the form (xAPI 1.0.3, part three, 1.3)."""
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through, Retry-After"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept-Language"
    ),
    "Access-Control-Max-Age": "86400",
}


class ApiError(Exception):
    """A request that is refused, with a status of HTTP and a sentence in French."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Call:
    """A request as xAPI means it, whichever way it was written. Headers are by their names in lower case."""

    method: str
    parameters: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def content_type(self) -> str:
        """The type of the content, with its parameters."""
        return self.headers.get("content-type", "") or "application/octet-stream"

    @property
    def media_type(self) -> str:
        """The type of the content, without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    def only(self, known: Collection[str], required: Collection[str] = ()) -> None:
        """Refuse parameters that are unknown, which a wrong case makes them, and lists without the required ones."""
        for name in self.parameters:
            if name not in known:
                raise ApiError(400, _("Paramètre inconnu : %s.") % name[:80])
        for name in required:
            if not self.parameters.get(name):
                raise ApiError(400, _("Le paramètre %s manque.") % name)


def read_json(content: bytes) -> Any:
    """Read JSON strictly: no NaN, no property twice in one object."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise ApiError(400, _("Une propriété est écrite deux fois dans le même objet JSON."))
        return made

    def constant(name: str) -> None:
        raise ApiError(400, _("%s n'est pas un nombre de JSON.") % name)

    try:
        return json.loads(content.decode(), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        raise ApiError(400, _("Le contenu n'est pas du JSON valable, en UTF-8.")) from None


def _body(request: HttpRequest) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    except OSError:
        raise ApiError(400, _("L'envoi s'est interrompu.")) from None
    if body is None or len(body) > MAX_BODY:
        raise ApiError(413, _("Cet envoi est trop gros : 5 Mo au plus."))
    return body


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a query or a form. One that is given twice means nothing."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise ApiError(400, _("Trop de paramètres.")) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ApiError(400, _("Un paramètre est donné deux fois."))
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise ApiError(400, _("Un paramètre contient un caractère non admis."))
    return fields


def _read(request: HttpRequest) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    parameters = _fields(request.META.get("QUERY_STRING", ""))
    method = request.method or "GET"
    body = _body(request) if method in {"POST", "PUT"} else b""
    if method == "POST" and "method" in parameters:
        return _old_way(parameters, headers, body)
    return Call("GET" if method == "HEAD" else method, parameters, headers, body)


def _old_way(parameters: dict[str, str], headers: dict[str, str], body: bytes) -> Call:
    """Read a call that a browser of old wrote as a form, with its method in the address."""
    method = parameters.pop("method").upper()
    if method not in {"GET", "HEAD", "POST", "PUT", "DELETE"}:
        raise ApiError(400, _("Méthode inconnue : %s.") % method[:20])
    if parameters:
        raise ApiError(400, _("Avec « method », les autres paramètres vont dans le formulaire."))
    try:
        fields = _fields(body.decode())
    except UnicodeDecodeError:
        raise ApiError(400, _("Le formulaire n'est pas écrit en UTF-8.")) from None
    # The header of the request is the type of the form, not of what it carries.
    kept = {name: value for name, value in headers.items() if name not in {"content-type", "content-length"}}
    content = fields.pop("content", "").encode("utf-8", "surrogateescape")
    for name in list(fields):
        if name.lower() in _HEADERS:
            kept[name.lower()] = fields.pop(name)
    if content:
        kept.setdefault("content-type", "application/json")
    return Call("GET" if method == "HEAD" else method, fields, kept, content)


def _check_version(call: Call) -> None:
    version = call.headers.get("x-experience-api-version", "")
    if not version:
        raise ApiError(400, _("L'en-tête X-Experience-API-Version manque (1.0.3)."))
    if version != "1.0" and not version.startswith("1.0."):
        raise ApiError(400, _("Ce site parle xAPI 1.0.3 ; la version demandée n'est pas admise."))


def _identify(call: Call) -> None:
    header = call.headers.get("authorization", "")
    if not header:
        raise ApiError(401, _("Il faut une clé et un secret, ou le jeton d'un contenu ouvert (HTTP Basic)."))
    try:
        call.credentials = authenticate(header)
    except UnknownError:
        raise ApiError(401, _("Cette clé, ce secret ou ce jeton n'est pas valable.")) from None
    if not allow(call.credentials.name, call.credentials.rate):
        raise ApiError(429, _("Trop de demandes en une minute : attendez un peu."))


def _answer(call: Call, methods: Mapping[str, Callable[[Call], HttpResponse]], *, public: bool) -> HttpResponse:
    if call.method not in methods:
        response = problem(405, _("Cette méthode n'existe pas à cette adresse."))
        response["Allow"] = ", ".join([*methods, "OPTIONS"])
        return response
    if not public:
        _check_version(call)
        _identify(call)
    return methods[call.method](call)


def problem(status: int, message: str) -> HttpResponse:
    """Return an error as plain text."""
    return HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8")


def _refusal(error: Exception) -> HttpResponse:
    if isinstance(error, ApiError | DocumentError):
        return problem(error.status, str(error))
    if isinstance(error, ForbiddenError):
        return problem(403, str(error))
    if isinstance(error, ConflictError):
        return problem(409, str(error))
    return problem(400, str(error))


def resource(*, public: bool = False, **methods: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the view of a resource, given what each method does with a call.

    No cookie is read, so no other page can act in the name of a person: hence neither a CSRF token, nor any limit to
    the origins that may ask. Contents play in an origin of their own.
    """
    by_name = {name.upper(): function for name, function in methods.items()}

    @csrf_exempt
    def view(request: HttpRequest, **named: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=_PREFLIGHT)
        else:
            bound = {name: functools.partial(function, **named) for name, function in by_name.items()}
            try:
                response = _answer(_read(request), bound, public=public)
            except (ApiError, DocumentError, StatementError, ForbiddenError, ConflictError) as error:
                response = _refusal(error)
        return _finished(request, response)

    return view


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name, value in _CORS.items():
        response.headers[name] = value
    response.headers["X-Experience-API-Version"] = VERSION
    response.headers.setdefault("Cache-Control", "no-cache, private")
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A document has the type that its author gave it: opened in a browser, it does nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if response.status_code == 401 and "Origin" not in request.headers:
        # From a script this header would open the browser's own password window in front of the learner.
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI"'
    if response.status_code == 429:
        response.headers["Retry-After"] = str(WINDOW)
    return response


def json_answer(value: Any, status: int = 200) -> JsonResponse:
    """Return JSON as xAPI writes it: UTF-8, lists at the top too."""
    return JsonResponse(value, status=status, safe=False, json_dumps_params={"ensure_ascii": False})
