import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from search import registry, services
from search.registry import Document, Found, Source
from search.services import index_many

KINDS = {"note": "discussions", "reply": "discussions", "manual": "lessons"}


@pytest.fixture(autouse=True)
def _no_word_known():
    """What another test wrote down was taken back with it."""
    services._known.clear()


@pytest.fixture
def visitor():
    return AnonymousUser()


@pytest.fixture
def texts(monkeypatch):
    """Kinds of the tests alone: what they index is shown as it was indexed."""
    shown: dict[tuple[str, int], Found] = {}

    def loader(kind):
        return lambda user, ids: {pk: shown[kind, pk] for pk in ids if (kind, pk) in shown}

    monkeypatch.setattr(registry, "_sources", {})
    monkeypatch.setattr(registry, "_audiences", [])
    for kind, family in KINDS.items():
        registry.register_source(
            Source(kind, kind, family, documents=list, load=loader(kind), one_a_group=family == "discussions")
        )
    return shown


@pytest.fixture
def put(texts):
    """Index documents: `put("note", 1, "Titre", "Texte", audience=…)`."""

    def _put(kind, pk, title="", text="", *, audience="public", days_ago=0, **fields):
        at = timezone.now() - datetime.timedelta(days=days_ago)
        index_many([Document(kind, pk, title, text, audience, at, **fields)])
        texts[kind, pk] = Found(title=title or f"{kind} {pk}", url=f"/{kind}/{pk}/", text=text)

    return _put
