"""The part of the LRS in the copy that a person takes of their data."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from people.models import User

from .models import Document, Statement

_CHUNK = 500


def personal_data_of_lrs(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return all statements about a person as they are stored, and the documents that contents keep about them."""
    statements = Statement.objects.filter(user=user).order_by("sequence")
    documents = Document.objects.filter(user=user).order_by("pk")
    return [
        ("énoncés xAPI", list(statements.values_list("raw", flat=True).iterator(_CHUNK))),
        ("documents xAPI", [_document(document) for document in documents.iterator(_CHUNK)]),
    ]


def _document(document: Document) -> dict[str, Any]:
    content = bytes(document.content)
    try:
        written = {"contenu": content.decode()}
    except UnicodeDecodeError:
        written = {"contenu en base 64": b64encode(content).decode()}
    return {
        "nom": document.key,
        "activité": document.activity,
        "modifié le": document.updated_at,
        "type": document.content_type,
        **written,
    }
