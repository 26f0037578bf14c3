import pytest

from forum.services import delete_post, mark_read
from people.services import collect_personal_data, delete_account

from .factories import TopicFactory, make_posts

pytestmark = pytest.mark.django_db


def test_a_person_gets_a_copy_of_what_they_wrote_and_read(user):
    topic = TopicFactory(title="Tenir le planning")
    make_posts(topic, 1, user, body="Le mien")
    delete_post(make_posts(topic, 1, user, body="Effacé")[0])
    mark_read(user, topic, 1)
    forum = collect_personal_data(user)["forum"]
    assert [(post["sujet"], post["message"]) for post in forum["messages"]] == [("Tenir le planning", "Le mien")]
    assert forum["sujets_lus"] == ["Tenir le planning"]


def test_closing_an_account_keeps_its_messages_for_those_who_answered(user):
    topic = TopicFactory()
    post = make_posts(topic, 1, user)[0]
    delete_account(user)
    post.refresh_from_db()
    assert post.author_name == "Ancien membre"
    assert post.body
