"""Who may read, write and moderate where."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from forum.models import Category, CategoryModerator, Post, Topic
from forum.rights import audience_of, forget_rights, moderators_of, readers_among, rights_of
from people.models import Membership, Network, NetworkMembership
from tests.factories import FederationFactory, UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator

pytestmark = pytest.mark.django_db
Audience = Category.Audience


@pytest.fixture
def network():
    return Network.objects.create(name="Chantiers du littoral", slug="littoral")


@pytest.fixture
def categories(network):
    """One category of each audience, by its name."""
    return {
        "public": CategoryFactory(),
        "members": CategoryFactory(audience=Audience.MEMBERS),
        "federation": CategoryFactory(audience=Audience.FEDERATION, federation=FederationFactory()),
        "network": CategoryFactory(audience=Audience.NETWORK, network=network),
    }


def in_network(network, *, accepted=True, role="member"):
    user = UserFactory()
    NetworkMembership.objects.create(
        user=user, network=network, role=role, accepted_at=timezone.now() if accepted else None
    )
    return user


def person(who, categories, network):
    match who:
        case "visitor":
            return AnonymousUser()
        case "member":
            return UserFactory()
        case "team":
            user = UserFactory()
            Membership.objects.create(user=user, federation=categories["federation"].federation)
            return user
        case "asked":
            return in_network(network, accepted=False)
        case "accepted":
            return in_network(network)
        case "leader":
            return in_network(network, role="moderator")
        case "named":
            user = UserFactory()
            CategoryModerator.objects.create(user=user, category=categories["federation"])
            return user
    return make_moderator()


PEOPLE = [
    ("visitor", {"public"}, set()),
    ("member", {"public", "members"}, set()),
    ("team", {"public", "members", "federation"}, set()),
    ("asked", {"public", "members"}, set()),
    ("accepted", {"public", "members", "network"}, set()),
    ("leader", {"public", "members", "network"}, {"network"}),
    ("named", {"public", "members", "federation"}, {"federation"}),
    ("moderator", {"public", "members", "federation", "network"}, {"public", "members", "federation", "network"}),
]


@pytest.mark.parametrize(("who", "reads", "moderates"), PEOPLE)
def test_who_reads_and_who_moderates(categories, network, who, reads, moderates):
    user = person(who, categories, network)
    rights = rights_of(user)
    assert {name for name, category in categories.items() if rights.can_read(category.pk)} == reads
    assert {name for name, category in categories.items() if rights.moderates(category.pk)} == moderates
    assert {name for name, c in categories.items() if rights.can_reply(c.pk)} == (set() if who == "visitor" else reads)


@pytest.mark.parametrize(("who", "reads", "moderates"), PEOPLE)
def test_topics_and_posts_follow_the_rights(categories, network, who, reads, moderates):
    shown = {name: TopicFactory(category=category) for name, category in categories.items()}
    hidden = {name: TopicFactory(category=category, hidden=True) for name, category in categories.items()}
    user = person(who, categories, network)
    expected = {shown[name].pk for name in reads} | {hidden[name].pk for name in moderates}
    assert set(Topic.objects.visible_to(user).values_list("pk", flat=True)) == expected
    assert set(Post.objects.visible_to(user).values_list("topic", flat=True)) == expected


@pytest.mark.parametrize(("who", "reads", "moderates"), PEOPLE)
def test_the_readers_among_many_are_those_who_may_read(categories, network, who, reads, moderates):
    user = person(who, categories, network)
    if user.pk:
        for name, category in categories.items():
            assert readers_among([user.pk, 0], category) == ({user.pk} if name in reads else set())
            assert moderators_of(category).filter(pk=user.pk).exists() is (name in moderates)


def test_the_readers_among_many_cost_one_query(categories, django_assert_num_queries):
    users = [UserFactory().pk for _ in range(5)]
    with django_assert_num_queries(1):
        readers_among(users, categories["network"])


def test_who_left_the_network_reads_no_more(categories, network):
    user = in_network(network)
    assert rights_of(user).can_read(categories["network"].pk)
    NetworkMembership.objects.all().delete()
    forget_rights(user)
    assert not rights_of(user).can_read(categories["network"].pk)


def test_a_closed_account_is_no_reader(categories, network):
    user = in_network(network)
    user.is_active = False
    user.save()
    assert readers_among([user.pk], categories["network"]) == set()


def test_announcements_are_opened_by_moderators_and_answered_by_all():
    category = CategoryFactory(posting=Category.Posting.MODERATORS)
    member, moderator = rights_of(UserFactory()), rights_of(make_moderator())
    assert (member.can_open_topics(category), member.can_reply(category.pk)) == (False, True)
    assert moderator.can_open_topics(category)


def test_rights_cost_one_query_and_are_kept(categories, django_assert_num_queries):
    user = UserFactory()
    with django_assert_num_queries(1):
        rights_of(user)
        rights_of(user)


def test_the_audiences_name_only_private_categories(categories, network):
    assert rights_of(in_network(network)).audiences == {"public", "members", f"category:{categories['network'].pk}"}
    assert audience_of(categories["public"]) == "public"
