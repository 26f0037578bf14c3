"""What readers do with a message beside answering it: a word, a bookmark."""

import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from forum import services
from forum.counting import recount
from forum.models import Bookmark, Member, Post, Reaction, Topic

from .factories import TopicFactory, make_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return TopicFactory(kind=Topic.Kind.QUESTION)


@pytest.fixture
def post(topic):
    return make_posts(topic, 1)[0]


def react(client, post, kind="useful", on=True, **options):
    return client.post(reverse("forum:react", args=[post.pk]), {"kind": kind, "on": int(on)}, **options)


# -- Reactions ---------------------------------------------------------------------------------------------------------


def test_a_double_tap_counts_once_and_taking_it_back_twice_too(member, post):
    for on, count in [(True, 1), (True, 1), (False, 0), (False, 0)]:
        assert react(member, post, on=on).url.endswith(f"#message-{post.pk}")
        post.refresh_from_db()
        assert post.useful_count == count
    assert list(recount()) == []


def test_the_three_words_are_apart(member, post):
    for kind in Reaction.Kind.values:
        react(member, post, kind)
    post.refresh_from_db()
    assert (post.useful_count, post.thanks_count, post.same_count) == (1, 1, 1)


def test_htmx_gets_the_words_of_the_message_alone(member, post):
    page = react(member, post, headers={"HX-Request": "true"}).content.decode()
    assert page.count('<button class="reaction') == 3
    assert 'aria-pressed="true"' in page
    assert "<html" not in page


@pytest.mark.parametrize("kind", ["", "hate", "useful "])
def test_an_unknown_word_is_not_found(member, post, kind):
    assert react(member, post, kind).status_code == 404


@pytest.mark.parametrize("anonymous", [False, True])
def test_one_does_not_react_to_oneself_named_or_not(member, user, topic, anonymous):
    mine = services.add_post(user, topic, body="Le mien", submission=uuid.uuid4(), anonymous=anonymous)
    assert react(member, mine).status_code == 403
    assert not Reaction.objects.exists()


def test_who_is_suspended_does_not_react_and_is_told_until_when(member, user, post):
    Member.objects.update_or_create(user=user, defaults={"suspended_until": timezone.now() + timedelta(days=2)})
    answer = react(member, post)
    assert answer.status_code == 403
    assert "jusqu'au" in unescape(answer.content.decode())


@pytest.mark.parametrize(
    "change", [{"deleted_at": timezone.now()}, {"hidden_at": timezone.now(), "hidden_why": "reports"}]
)
def test_a_message_that_is_gone_takes_no_reaction(member, post, change):
    Post.objects.filter(pk=post.pk).update(**change)
    assert react(member, post).status_code == 404


def test_a_visitor_sees_the_numbers_and_has_no_buttons(client, member, topic, post):
    react(member, post)
    client.logout()
    page = client.get(topic.get_absolute_url()).content.decode()
    assert 'Utile <span class="reaction__count">1</span>' in page
    assert reverse("forum:react", args=[post.pk]) not in page
    assert "/compte/connexion/" in react(client, post).url


# -- Bookmarks ---------------------------------------------------------------------------------------------------------


def test_bookmarks_are_kept_once_found_again_and_taken_out(member, user, post):
    address = reverse("forum:bookmark", args=[post.pk])
    for _twice in range(2):
        member.post(address, {"on": "1"})
    assert Bookmark.objects.get(user=user).post == post
    page = member.get(reverse("forum:bookmarks")).content.decode()
    assert post.topic.title in page
    assert "Chez nous, un binôme." in page
    assert member.post(address, {"on": "0", "retour": reverse("forum:bookmarks")}).url == reverse("forum:bookmarks")
    assert "Aucun signet" in member.get(reverse("forum:bookmarks")).content.decode()


def test_no_address_of_elsewhere_is_gone_back_to(member, post):
    address = reverse("forum:bookmark", args=[post.pk])
    assert "exemple.com" not in member.post(address, {"on": "0", "retour": "https://exemple.com/"}).url


def test_a_bookmark_of_a_message_that_is_gone_is_not_shown(member, user, post):
    Bookmark.objects.create(user=user, post=post)
    services.delete_post(post)
    assert post.topic.title not in member.get(reverse("forum:bookmarks")).content.decode()


def test_bookmarks_go_on_on_the_next_page(member, user, topic, django_assert_num_queries):
    posts = make_posts(topic, 25)
    Bookmark.objects.bulk_create([Bookmark(user=user, post=post) for post in posts])
    with django_assert_num_queries(5):
        first = member.get(reverse("forum:bookmarks")).content.decode()
    assert first.count("topic-row__title") == 20
    address = "?avant=" + first.split("?avant=")[1].split('"')[0]
    assert member.get(reverse("forum:bookmarks") + address).content.decode().count("topic-row__title") == 5
