"""A kind of notification whose targets are numbers that a test says are readable."""

import pytest

from notifications import registry
from notifications.models import Cadence
from notifications.registry import Kind, Line, register_kind
from tests.factories import UserFactory


class Shelf:
    """What the kinds of these tests are about: what may be read, and what is said of it."""

    def __init__(self):
        self.hidden = set()

    def describe(self, user, target_ids):
        return {
            pk: Line(
                title=f"Réponse {pk}",
                url=f"/forum/message/{pk}/",
                actor="Karim Benali",
                excerpt="Chez nous, un binôme.",
                group_title="Tenir le délai",
                group_url="/forum/sujet/1-tenir/",
            )
            for pk in target_ids
            if pk not in self.hidden
        }


@pytest.fixture
def shelf(monkeypatch):
    """Kinds «reply» (mailed at once), «news» (mailed each day) and «decision» (always in the site)."""
    shelf = Shelf()
    monkeypatch.setattr(registry, "_kinds", {})
    monkeypatch.setattr(registry, "_sections", [])
    register_kind(Kind("reply", "Réponses", shelf.describe))
    register_kind(Kind("news", "Nouvelles discussions", shelf.describe, default=Cadence.DAILY))
    register_kind(Kind("decision", "Décisions", shelf.describe, required=True))
    return shelf


@pytest.fixture
def user():
    return UserFactory(first_name="Sonia")


@pytest.fixture
def member(client, user):
    """A browser in which `user` is signed in."""
    client.force_login(user)
    return client
