"""What a page costs in SQL queries, signed in: the same with few rows and with a thousand.

Only the session is in the cache. The account takes one, the footer two, the rights of the person one, the address of a
lesson two.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from forum.models import Attachment, Bookmark, Follow, Mute, Reaction, Tag, Topic, TopicTag
from notifications.services import notify
from people.models import Network, NetworkMembership, Profile
from tests.courses.factories import make_lesson
from tests.factories import DepartmentFactory, RegionFactory, UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_posts, make_topics

pytestmark = pytest.mark.django_db

SIZES = [25, 1000]


@pytest.fixture
def user():
    return make_member(date_joined=timezone.now() - timedelta(days=400))


@pytest.fixture
def lesson():
    return make_lesson().page_ptr


@pytest.mark.parametrize("rows", SIZES)
def test_the_home_page(member, lesson, rows, django_assert_num_queries):
    for _ in range(8):
        make_topics(CategoryFactory(), rows // 8, page=lesson)
    with django_assert_num_queries(9):
        page = member.get("/forum/")
    assert page.status_code == 200


@pytest.mark.parametrize("rows", SIZES)
def test_a_category(member, lesson, rows, django_assert_num_queries):
    category = CategoryFactory()
    make_topics(category, rows, page=lesson)
    with django_assert_num_queries(7):
        page = member.get(category.get_absolute_url())
    assert page.content.decode().count("topic-row__title") == 20


@pytest.mark.parametrize("rows", SIZES)
def test_the_home_page_of_who_has_territories_themes_and_private_spaces(
    member, user, lesson, rows, django_assert_num_queries
):
    departments = [DepartmentFactory(code=f"0{n}", parent=RegionFactory(code=f"9{n}")) for n in range(4)]
    places = [*departments, *(department.parent for department in departments)]
    Profile.objects.create(user=user, job_function="eti", department=departments[0])
    network = Network.objects.create(name="Littoral", slug="littoral")
    NetworkMembership.objects.create(network=network, user=user, accepted_at=timezone.now())
    categories = [CategoryFactory(), *(CategoryFactory(territory=place) for place in places)]
    categories.append(CategoryFactory(audience="network", network=network))
    tag = Tag.objects.create(name="outils", slug="outils")
    for category in categories:
        topics = make_topics(category, rows // 10, page=lesson)
        TopicTag.objects.bulk_create([TopicTag(topic=topic, tag=tag) for topic in topics])
    with django_assert_num_queries(10):
        page = member.get("/forum/")
    assert len(page.context["elsewhere"]) == 3


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/forum/non-lus/", 9),
        ("/forum/?vue=suivis", 9),
        ("/forum/?vue=sans-reponse", 9),
        ("/forum/suivis/", 8),
        ("/forum/etiquette/outils/", 8),
    ],
)
def test_the_other_lists(member, user, lesson, rows, address, queries, django_assert_num_queries):
    tag = Tag.objects.create(name="outils", slug="outils")
    category = CategoryFactory()
    topics = make_topics(category, rows, page=lesson, kind=Topic.Kind.QUESTION)
    TopicTag.objects.bulk_create([TopicTag(topic=topic, tag=tag) for topic in topics])
    Follow.objects.bulk_create([Follow(user=user, topic=topic) for topic in topics])
    Follow.objects.bulk_create([Follow(user=user, category=category), Follow(user=user, tag=tag)])
    with django_assert_num_queries(queries):
        page = member.get(address)
    assert page.content.decode().count("topic-row__title") == 20


@pytest.mark.parametrize("rows", SIZES)
def test_a_topic_with_all_that_can_stand_on_its_messages(member, user, rows, django_assert_num_queries):
    topic = TopicFactory(kind=Topic.Kind.QUESTION)
    posts = make_posts(topic, rows)
    Topic.objects.filter(pk=topic.pk).update(accepted_post=posts[3])
    Tag.objects.create(name="outils", slug="outils").topic_tags.create(topic=topic)
    for post in posts[:15]:
        Reaction.objects.create(post=post, user=user, kind=Reaction.Kind.USEFUL)
        Bookmark.objects.create(post=post, user=user)
        Attachment.objects.create(post=post, kind="document", name="plan.pdf", file="plan.pdf", size=9)
    Mute.objects.create(user=user, muted=UserFactory())
    notify([user.pk], kind="forum.reply", target_id=posts[0].pk, group=f"topic:{topic.pk}")
    # The footer is in the cache from then on.
    member.get("/forum/suivis/")
    # Some are for noting what is read, and what was told of it: once only.
    with django_assert_num_queries(12):
        member.get(topic.get_absolute_url())
    with django_assert_num_queries(6):
        page = member.get(topic.get_absolute_url()).content.decode()
    assert page.count("reaction--mine") == 15


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("place", ["first", "middle"])
def test_a_topic_of_twenty_posts(member, lesson, rows, place, django_assert_num_queries):
    topic = TopicFactory(page=lesson)
    posts = make_posts(topic, rows + 40)
    query = {"apres": posts[18].pk} if place == "middle" else {}
    with django_assert_num_queries(11 if place == "first" else 12):
        page = member.get(topic.get_absolute_url(), query)
    assert page.content.decode().count("post__author") == 20


@pytest.mark.parametrize("rows", SIZES)
def test_the_way_to_a_message(member, rows, django_assert_num_queries):
    topic = TopicFactory()
    post = make_posts(topic, rows)[-1]
    with django_assert_num_queries(5):
        assert member.get(post.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("rows", SIZES)
def test_publishing_a_reply(member, rows, django_assert_num_queries):
    topic = TopicFactory()
    make_posts(topic, rows)
    data = {"body": "Merci", "submission": "6f1f3c5e-0000-4000-8000-000000000000"}
    with django_assert_num_queries(29):
        assert member.post(reverse("forum:reply", args=[topic.pk]), data).status_code == 302
    assert Topic.objects.get().reply_count == rows + 1
