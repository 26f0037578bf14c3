import pytest

from tests.factories import UserFactory

from .factories import make_moderator


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def member(client, user):
    """A browser in which `user` is signed in."""
    client.force_login(user)
    return client


@pytest.fixture
def moderator(client):
    """A browser in which a moderator is signed in."""
    client.force_login(make_moderator())
    return client
