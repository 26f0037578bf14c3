import pytest

from tests.factories import UserFactory

from .factories import TopicFactory

pytestmark = pytest.mark.django_db


def test_the_list_of_topics_says_their_state_in_words(client):
    TopicFactory(pinned=True, locked=True)
    TopicFactory()
    client.force_login(UserFactory(is_superuser=True))
    text = client.get("/admin/snippets/forum/topic/").text
    assert "épinglé, fermé" in text
    assert "Auteur" in text
    assert "False" not in text
