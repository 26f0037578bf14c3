"""Documents of the state, activity profile and agent profile resources (xAPI 1.0.3, part three, 2.2 and 3.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .models import Document

MAX_SIZE = 1024 * 1024
MAX_NAME = 2000
"""How long all the names of a document may be together, in UTF-8: an index of PostgreSQL holds no more."""
_KEY_LENGTH = 255
_TYPE_LENGTH = 150


class DocumentError(Exception):
    """A document that cannot be kept: `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document lives. `agent` is an agent key, `registration` a UUID as text; each is «» if there is none."""

    federation_id: int
    resource: str
    activity: str = ""
    agent: str = ""
    registration: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request asks about the document that is there: the headers If-Match and If-None-Match, «» if absent."""

    match: str = ""
    none_match: str = ""

    def hold(self, etag: str | None) -> bool:
        """Whether the request may go on; `etag` is that of the document, None where there is none.

        A weak tag counts as its strong one: a compressed answer has made it weak on the way.
        """
        if self.match and not (etag is not None and (self.match.strip() == "*" or etag in _tags(self.match))):
            return False
        return not (
            self.none_match and etag is not None and (self.none_match.strip() == "*" or etag in _tags(self.none_match))
        )


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}


def etag_of(content: bytes) -> str:
    """Return the SHA-1 of a document in hex, as xAPI asks for it. It tells versions apart, and keeps nothing safe."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def documents_in(place: Place) -> QuerySet[Document]:
    """Return the documents of a place. Without registration: those of all of them, as xAPI has it for lists."""
    where = {name: value for name, value in asdict(place).items() if name != "registration" or value}
    return Document.objects.filter(**where)


def find(place: Place, key: str) -> Document | None:
    """Return one document."""
    return Document.objects.filter(**asdict(place), key=key).first()


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _read_object(content: bytes, message: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DocumentError(400, message)
    return found


def _merged(document: Document | None, content: bytes, content_type: str) -> bytes:
    """Return what a POST makes of a document: its properties are replaced one by one, at the top level only."""
    if document is None:
        if _is_json(content_type):
            _read_object(content, _("Ce document n'est pas un objet JSON."))
        return content
    if not _is_json(content_type) or not _is_json(document.content_type):
        raise DocumentError(400, _("Seuls deux documents JSON se complètent : remplacez celui-ci avec PUT."))
    old = _read_object(bytes(document.content), _("Le document en place n'est pas un objet JSON."))
    new = _read_object(content, _("Ce document n'est pas un objet JSON."))
    return json.dumps({**old, **new}).encode()


def _checked(place: Place, key: str, content: bytes, content_type: str) -> None:
    names = (place.activity, place.agent, place.registration, key)
    if "\x00" in key or len(key) > _KEY_LENGTH or sum(len(name.encode()) for name in names) > MAX_NAME:
        raise DocumentError(400, _("Le nom de ce document n'est pas valable, ou trop long."))
    if len(content) > MAX_SIZE:
        raise DocumentError(413, _("Ce document est trop gros : 1 Mo au plus."))
    if len(content_type) > _TYPE_LENGTH or not content_type.isprintable():
        raise DocumentError(400, _("Ce type de contenu n'est pas valable."))


def _change(
    place: Place,
    key: str,
    make: Callable[[Document | None], bytes],
    content_type: str,
    user_id: int | None,
) -> Document:
    """Write a document; `make` looks at the one that is there, under its lock, and returns the new content."""
    for last in (False, True):
        try:
            with transaction.atomic():
                found = Document.objects.select_for_update().filter(**asdict(place), key=key).first()
                content = make(found)
                _checked(place, key, content, content_type)
                document = found or Document(**asdict(place), key=key, user_id=user_id)
                document.content, document.content_type, document.etag = content, content_type, etag_of(content)
                document.save()
                return document
        except IntegrityError:
            # Another request made it meanwhile: now it is there to be looked at.
            if last:
                raise
    raise AssertionError  # pragma: no cover  (the last try returns or raises)


def put(
    place: Place,
    key: str,
    content: bytes,
    content_type: str,
    *,
    user_id: int | None = None,
    conditions: Conditions | None = None,
    guarded: bool = False,
) -> Document:
    """Write a whole document. `guarded`, as profiles are: one that is there is replaced only under a condition.

    Raises DocumentError: 409 without a condition, 412 where it does not hold, 413 when too big.
    """
    asked = conditions or Conditions()

    def make(found: Document | None) -> bytes:
        if guarded and found and not asked.match and not asked.none_match:
            raise DocumentError(
                409,
                _("Ce document existe : lisez-le, puis envoyez son ETag dans l'en-tête If-Match pour le remplacer."),
            )
        _check_conditions(asked, found)
        return content

    return _change(place, key, make, content_type, user_id)


def merge(
    place: Place,
    key: str,
    content: bytes,
    content_type: str,
    *,
    user_id: int | None = None,
    conditions: Conditions | None = None,
) -> Document:
    """Write a document, or complete the JSON that is there. Raises DocumentError: 400, 412, 413."""
    asked = conditions or Conditions()

    def make(found: Document | None) -> bytes:
        _check_conditions(asked, found)
        return _merged(found, content, content_type)

    return _change(place, key, make, content_type, user_id)


@transaction.atomic
def delete(place: Place, key: str, conditions: Conditions | None = None) -> None:
    """Delete a document; that it is not there is no fault. Raises DocumentError: 412."""
    found = Document.objects.select_for_update().filter(**asdict(place), key=key).first()
    _check_conditions(conditions or Conditions(), found)
    if found:
        found.delete()


def _check_conditions(asked: Conditions, found: Document | None) -> None:
    if not asked.hold(found.etag if found else None):
        raise DocumentError(412, _("Le document a changé depuis que vous l'avez lu : lisez-le de nouveau."))
