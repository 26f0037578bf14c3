"""Following discussions, categories and tags."""

import pytest
from django.urls import reverse

from forum import services
from forum.models import Category, Follow, Tag
from people.models import Network

from .factories import CategoryFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return TopicFactory()


def test_topics_categories_and_tags_are_followed_and_left(member, user, topic):
    services.write_tags(topic, ["outils"])
    addresses = [
        reverse("forum:follow_topic", args=[topic.pk]),
        reverse("forum:follow_category", args=[topic.category.slug]),
        reverse("forum:follow_tag", args=["outils"]),
    ]
    for address in addresses * 2:
        assert member.post(address, {"on": "1"}).status_code == 302
    assert Follow.objects.filter(user=user).count() == 3
    page = member.get(reverse("forum:followed")).content.decode()
    assert page.count("Suivi – ne plus suivre") == 2
    assert topic.title in page
    for address in addresses:
        member.post(address, {"on": "0"})
    assert not Follow.objects.exists()


def test_htmx_gets_the_button_as_it_is_now(member, topic):
    page = member.post(
        reverse("forum:follow_topic", args=[topic.pk]), {"on": "1"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Suivi – ne plus suivre" in page
    assert 'name="on" value="0"' in page
    assert "<html" not in page


def test_what_one_may_not_read_is_not_followed(member):
    network = Network.objects.create(name="Littoral", slug="littoral")
    private = CategoryFactory(audience=Category.Audience.NETWORK, network=network)
    topic = TopicFactory(category=private)
    services.write_tags(topic, ["secret"])
    for address in (
        reverse("forum:follow_topic", args=[topic.pk]),
        reverse("forum:follow_category", args=[private.slug]),
        reverse("forum:follow_tag", args=["secret"]),
    ):
        assert member.post(address, {"on": "1"}).status_code == 404
    assert member.get(Tag.objects.get().get_absolute_url()).status_code == 404
