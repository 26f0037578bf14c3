"""The copy that a person gets of what the forum keeps about them."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from forum import moderating, muting, reactions, reports, services
from forum.models import Bookmark, Draft, Follow
from people.models import Network
from people.services import collect_personal_data
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

pytestmark = pytest.mark.django_db


def copy_of(user):
    return collect_personal_data(user)["forum"]


def test_a_person_gets_a_copy_of_what_they_wrote_and_read(user):
    topic = TopicFactory(title="Tenir le planning")
    make_posts(topic, 1, user, body="Le mien")
    services.delete_post(make_posts(topic, 1, user, body="Effacé")[0])
    services.mark_read(user, topic, 1)
    forum = copy_of(user)
    assert [(post["sujet"], post["message"], post["anonyme"]) for post in forum["messages"]] == [
        ("Tenir le planning", "Le mien", False)
    ]
    assert forum["sujets_lus"] == ["Tenir le planning"]


def test_anonymous_messages_are_among_their_author_s_and_said_to_be_so(user):
    topic = TopicFactory()
    services.add_post(user, topic, body="Sans nom", submission=uuid.uuid4(), anonymous=True)
    services.add_post(UserFactory(), topic, body="D'un autre", submission=uuid.uuid4(), anonymous=True)
    assert [(post["message"], post["anonyme"]) for post in copy_of(user)["messages"]] == [("Sans nom", True)]


def test_what_they_did_is_there(user):
    topic = TopicFactory(title="Tenir le planning")
    post = make_posts(topic, 1)[0]
    reactions.react(user, post, "thanks", on=True)
    Bookmark.objects.create(user=user, post=post)
    Follow.objects.create(user=user, category=topic.category)
    Draft.objects.create(user=user, place="topic", data={"title": "À finir"})
    muting.mute(user, UserFactory(first_name="Paul", last_name="Durand"))
    reports.report(user, post, reason="danger", text="La dose est fausse.")
    forum = copy_of(user)
    assert forum["reactions"] == [{"sujet": "Tenir le planning", "reaction": "Merci"}]
    assert forum["signets"][0]["sujet"] == "Tenir le planning"
    assert forum["suivis"] == [topic.category.name]
    assert forum["brouillons"][0]["contenu"] == {"title": "À finir"}
    assert forum["membres_ignores"] == ["Paul Durand"]
    assert forum["signalements"][0]["precisions"] == "La dose est fausse."


def test_what_was_decided_about_them_is_there(user):
    post = make_posts(TopicFactory(), 1, user)[0]
    moderating.decide(make_moderator(), post, "keep", seen=0, sanction="7", reason="Propos blessants")
    (given,) = copy_of(user)["sanctions"]
    assert (given["type"], given["raison"]) == ("Suspension", "Propos blessants")
    assert given["jusqu_au"] - timezone.now() > timedelta(days=6)


def test_nothing_is_told_of_where_they_read_no_more(user):
    network = Network.objects.create(name="Chantiers du littoral", slug="littoral")
    private = CategoryFactory(name="Salle fermée", audience="network", network=network)
    topic = TopicFactory(category=private, title="Entre nous")
    post = make_posts(topic, 1, user, body="Mon texte")[0]
    Follow.objects.create(user=user, topic=topic)
    Follow.objects.create(user=user, category=private)
    Bookmark.objects.create(user=user, post=post)
    services.mark_read(user, topic, post.pk)
    forum = copy_of(user)
    assert forum["messages"][0]["message"] == "Mon texte"
    assert "Entre nous" not in str(forum)
    assert "Salle fermée" not in str(forum)
