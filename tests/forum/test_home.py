"""«Mon territoire + mes thèmes»: which discussions each list of the first page shows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from forum.listing import home_of, unread_total
from forum.models import Category, Follow, Member, Topic
from people.models import Network, NetworkMembership, Profile
from tests.factories import DepartmentFactory, RegionFactory

from .factories import CategoryFactory, TopicFactory, make_posts, make_topics

pytestmark = pytest.mark.django_db


def elsewhere():
    region = RegionFactory(code="76", name="Occitanie")
    return DepartmentFactory(code="34", name="Hérault", parent=region)


@pytest.fixture
def at_home(user):
    Member.objects.filter(user=user).update(read_before=timezone.now() - timedelta(days=10))
    department = DepartmentFactory()
    Profile.objects.create(user=user, job_function="eti", department=department)
    return department


@pytest.fixture
def topics(user, at_home):
    """A topic in each sort of category, by its name."""
    network = Network.objects.create(name="Littoral", slug="littoral")
    NetworkMembership.objects.create(network=network, user=user, accepted_at=timezone.now())
    categories = {
        "theme": CategoryFactory(),
        "other theme": CategoryFactory(),
        "department": CategoryFactory(territory=at_home),
        "region": CategoryFactory(territory=at_home.parent),
        "elsewhere": CategoryFactory(territory=elsewhere()),
        "network": CategoryFactory(audience=Category.Audience.NETWORK, network=network),
    }
    return {name: TopicFactory(category=category, title=f"Sujet {name}") for name, category in categories.items()}


def listed(client, view=""):
    response = client.get("/forum/", {"vue": view} if view else {})
    return {topic.title.removeprefix("Sujet ") for topic in response.context["page"].topics}


def test_the_first_list_is_of_ones_territory_themes_and_private_spaces(member, topics):
    assert listed(member) == {"theme", "other theme", "department", "region", "network"}


def test_who_follows_a_theme_sees_that_one_and_not_the_others(member, user, topics):
    Follow.objects.create(user=user, category=topics["theme"].category)
    assert listed(member) == {"theme", "department", "region", "network"}


def test_the_whole_list_has_everything_that_one_may_read(member, client, topics):
    assert listed(member, "tout") == set(topics)
    client.logout()
    assert listed(client) == set(topics) - {"network"}


def test_the_unread_list_is_exact(member, topics):
    member.get(topics["theme"].get_absolute_url())
    assert listed(member, "non-lus") == set(topics) - {"theme"}
    make_posts(topics["theme"], 1)
    assert listed(member, "non-lus") == set(topics)


def test_questions_wait_until_an_answer_is_accepted(member, topics):
    for name in ("theme", "department", "elsewhere"):
        Topic.objects.filter(pk=topics[name].pk).update(kind=Topic.Kind.QUESTION)
    assert listed(member, "sans-reponse") == {"theme", "department"}
    Topic.objects.filter(pk=topics["theme"].pk).update(accepted_post=topics["theme"].posts.get())
    assert listed(member, "sans-reponse") == {"department"}


def test_what_one_follows_has_a_list(member, user, topics):
    Follow.objects.create(user=user, topic=topics["elsewhere"])
    Follow.objects.create(user=user, category=topics["region"].category)
    assert listed(member, "suivis") == {"elsewhere", "region"}


def test_the_unread_list_has_an_address_of_its_own_for_members(member, client, topics):
    assert {topic.pk for topic in member.get("/forum/non-lus/").context["page"].topics} == {
        topic.pk for topic in topics.values()
    }
    client.logout()
    assert client.get("/forum/non-lus/").url.startswith("/compte/connexion/?next=/forum/non-lus/")


def test_the_lists_go_on_where_they_are(member, at_home):
    make_topics(CategoryFactory(), 30)
    for address in ("/forum/", "/forum/?vue=tout", "/forum/non-lus/"):
        first = member.get(address)
        query = re.search(r'rel="next" href="(\?[^"]*)"', first.content.decode())[1]
        second = member.get(address.split("?")[0] + unescape(query))
        assert second.context["view"] == first.context["view"]
        assert len(first.context["page"].topics) + len(second.context["page"].topics) == 30


def test_a_private_space_says_with_whom(member, topics, client):
    page = member.get("/forum/").content.decode()
    assert "avec Littoral" in page
    assert (
        "membres du réseau «&nbsp;Littoral&nbsp;»"
        in member.get(topics["network"].category.get_absolute_url()).content.decode()
    )
    client.logout()
    assert "Littoral" not in client.get("/forum/").content.decode()


def test_a_visitor_has_no_list_of_their_own(client, topics):
    assert listed(client, "suivis") == listed(client, "non-lus") == listed(client, "tout") != set()


def test_the_number_of_unread_stops_at_a_hundred(user, at_home):
    make_topics(CategoryFactory(), 120)
    assert unread_total(user) == 100


def test_who_has_no_profile_is_asked_for_their_department(member):
    assert "remplir mon profil" in member.get("/forum/").content.decode()


def test_the_categories_of_other_territories_stand_by_region(member, user, at_home):
    here = CategoryFactory(territory=at_home, name="Chez moi")
    there = elsewhere()
    CategoryFactory(territory=there, name="Là-bas")
    CategoryFactory(territory=there.parent, name="La région de là-bas")
    response = member.get("/forum/")
    assert home_of(user).mine == [here]
    assert "Autres territoires" in response.content.decode()
    ((region, categories),) = response.context["elsewhere"]
    assert region == there.parent
    assert [category.name for category in categories] == ["La région de là-bas", "Là-bas"]
