import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone

from forum.models import Post, Topic
from forum.paging import POSTS_PER_PAGE, TOPICS_PER_PAGE, post_address, post_page, topic_page

from .factories import CategoryFactory, TopicFactory, make_posts, make_topics

pytestmark = pytest.mark.django_db

VISITOR = AnonymousUser()


def all_pages(topics):
    """Turn the pages from the first to the last."""
    page = topic_page(topics)
    found = [page.topics]
    while page.next:
        page = topic_page(topics, page.next)
        found.append(page.topics)
    return found


def test_topics_come_pinned_first_then_by_latest_message():
    category = CategoryFactory()
    old, recent = make_topics(category, 2)[::-1]
    Topic.objects.filter(pk=old.pk).update(pinned=True)
    assert topic_page(Topic.objects.filter(category=category)).topics == [old, recent]


def test_turning_the_pages_shows_each_topic_once_in_order():
    category = CategoryFactory()
    topics = make_topics(category, 2 * TOPICS_PER_PAGE + 5)
    pages = all_pages(Topic.objects.filter(category=category))
    assert [len(page) for page in pages] == [TOPICS_PER_PAGE, TOPICS_PER_PAGE, 5]
    assert [topic for page in pages for topic in page] == topics


def test_topics_with_the_same_date_are_neither_lost_nor_repeated():
    category = CategoryFactory()
    topics = make_topics(category, TOPICS_PER_PAGE + 10, minutes_apart=0)
    found = [topic for page in all_pages(Topic.objects.filter(category=category)) for topic in page]
    assert found == topics[::-1], "the newest comes first"


def test_a_cursor_among_pinned_topics_goes_on_with_the_others():
    category = CategoryFactory()
    pinned = make_topics(category, TOPICS_PER_PAGE + 3, pinned=True, minutes_apart=0)
    others = make_topics(category, 4)
    found = [topic for page in all_pages(Topic.objects.filter(category=category)) for topic in page]
    assert found == [*pinned[::-1], *others]


def test_a_topic_that_moves_up_while_one_reads_does_not_shift_the_next_page():
    category = CategoryFactory()
    topics = make_topics(category, TOPICS_PER_PAGE + 5)
    queryset = Topic.objects.filter(category=category)
    cursor = topic_page(queryset).next
    Topic.objects.filter(pk=topics[-1].pk).update(last_post_at=timezone.now())
    assert topic_page(queryset, cursor).topics == topics[TOPICS_PER_PAGE:-1]


@pytest.mark.parametrize(
    "cursor",
    [
        "n'importe quoi",
        "é",
        "=",
        "AAAA",
        "\x00",
        "x" * 5000,
        base64.urlsafe_b64encode(b"0.1").decode(),
        base64.urlsafe_b64encode(b"2.1.1").decode(),
        base64.urlsafe_b64encode(b"0.-1.1").decode(),
        base64.urlsafe_b64encode("0.١.1".encode()).decode(),
        base64.urlsafe_b64encode(b"0." + b"9" * 40 + b".1").decode(),
        base64.urlsafe_b64encode(b"0.1." + b"9" * 40).decode(),
    ],
)
def test_a_bad_cursor_gives_the_first_page(client, cursor):
    topic = TopicFactory()
    page = client.get(topic.category.get_absolute_url(), {"apres": cursor})
    assert page.status_code == 200
    assert topic.title in page.content.decode()


@pytest.mark.parametrize("digits", [b"0.9999999999999999.999999999999999999", b"1.0.0"])
def test_a_forged_cursor_is_only_another_place_in_the_list(client, digits):
    topic = TopicFactory()
    cursor = base64.urlsafe_b64encode(digits).decode()
    assert client.get(topic.category.get_absolute_url(), {"apres": cursor}).status_code == 200


def test_the_end_of_the_list_says_so(client):
    topic = TopicFactory()
    cursor = base64.urlsafe_b64encode(b"0.1.1").decode()
    html = client.get(topic.category.get_absolute_url(), {"apres": cursor}).content.decode()
    assert "pas de discussion plus ancienne" in html


def page_of(topic, query=""):
    return post_page(topic.posts.visible_to(VISITOR), QueryDict(query.lstrip("?")))


def test_posts_come_in_the_order_they_were_written_twenty_a_page():
    topic = TopicFactory()
    posts = [topic.posts.get(), *make_posts(topic, 2 * POSTS_PER_PAGE)]
    first = page_of(topic)
    second = page_of(topic, first.next)
    third = page_of(topic, second.next)
    assert [first.posts, second.posts, third.posts] == [posts[:20], posts[20:40], posts[40:]]
    assert (first.has_previous, first.has_next) == (False, True)
    assert (second.has_previous, second.has_next) == (True, True)
    assert (third.has_previous, third.has_next) == (True, False)
    assert page_of(topic, third.previous) == second
    assert page_of(topic, second.previous) == first


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣", "9" * 30, "9" * 18, "0"])
@pytest.mark.parametrize("name", ["apres", "avant"])
def test_a_bad_place_in_a_topic_gives_a_page_of_it(client, name, value):
    topic = TopicFactory(body="Bonjour à tous")
    page = client.get(topic.get_absolute_url(), {name: value})
    assert page.status_code == 200
    assert "Bonjour à tous" in page.content.decode()


@pytest.mark.parametrize(("position", "page"), [(0, 0), (19, 0), (20, 1), (39, 1), (40, 2)])
def test_the_address_of_a_message_leads_to_its_page(client, position, page):
    topic = TopicFactory()
    posts = [topic.posts.get(), *make_posts(topic, 2 * POSTS_PER_PAGE)]
    answer = client.get(posts[position].get_absolute_url())
    start = f"?apres={posts[20 * page - 1].pk}" if page else ""
    assert answer["Location"] == f"{topic.get_absolute_url()}{start}#message-{posts[position].pk}"
    assert f'id="message-{posts[position].pk}"' in client.get(answer["Location"]).content.decode()


def test_messages_that_one_does_not_see_do_not_count_in_the_pages():
    topic = TopicFactory()
    posts = make_posts(topic, POSTS_PER_PAGE)
    Post.objects.filter(pk=posts[0].pk).update(hidden_at=timezone.now())
    assert "apres" not in post_address(posts[-1], VISITOR)


def test_the_latest_message_is_one_link_away(client):
    topic = TopicFactory()
    last = make_posts(topic, 50)[-1]
    assert (
        f'href="{last.get_absolute_url()}">Aller au dernier message'
        in client.get(topic.get_absolute_url()).content.decode()
    )


def test_equal_dates_in_a_topic_keep_the_order_of_writing():
    topic = TopicFactory()
    posts = make_posts(topic, 5, created_at=timezone.now() - timedelta(days=1))
    assert page_of(topic).posts[1:] == posts
