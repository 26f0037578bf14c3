"""What a page costs in SQL queries, signed in: the same with few rows and with a thousand.

Only the session is in the cache. The account takes one, the footer two, asking whether the person moderates two, the
address of a lesson two.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from forum.models import Topic
from tests.courses.factories import make_lesson
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts, make_topics

pytestmark = pytest.mark.django_db

SIZES = [25, 1000]


@pytest.fixture
def user():
    return UserFactory(date_joined=timezone.now() - timedelta(days=400))


@pytest.fixture
def lesson():
    return make_lesson().page_ptr


@pytest.mark.parametrize("rows", SIZES)
def test_the_home_page(member, lesson, rows, django_assert_num_queries):
    for _ in range(8):
        make_topics(CategoryFactory(), rows // 8, page=lesson)
    with django_assert_num_queries(8):
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
@pytest.mark.parametrize("place", ["first", "middle"])
def test_a_topic_of_twenty_posts(member, lesson, rows, place, django_assert_num_queries):
    topic = TopicFactory(page=lesson)
    posts = make_posts(topic, rows + 40)
    query = {"apres": posts[18].pk} if place == "middle" else {}
    with django_assert_num_queries(10 if place == "first" else 11):
        page = member.get(topic.get_absolute_url(), query)
    assert page.content.decode().count("post__author") == 20


@pytest.mark.parametrize("rows", SIZES)
def test_the_way_to_a_message(member, rows, django_assert_num_queries):
    topic = TopicFactory()
    post = make_posts(topic, rows)[-1]
    with django_assert_num_queries(6):
        assert member.get(post.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("rows", SIZES)
def test_publishing_a_reply(member, rows, django_assert_num_queries):
    topic = TopicFactory()
    make_posts(topic, rows)
    data = {"body": "Merci", "submission": "6f1f3c5e-0000-4000-8000-000000000000"}
    with django_assert_num_queries(14):
        assert member.post(topic.get_absolute_url(), data).status_code == 302
    assert Topic.objects.get().reply_count == rows + 1
