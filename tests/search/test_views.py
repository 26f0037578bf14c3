"""The search page, and what it shows while a title is typed."""

import re
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from people.models import Trade
from search import services
from tests.courses.factories import make_course, make_lesson
from tests.factories import DepartmentFactory, UserFactory
from tests.forum.factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db
SEARCH = reverse("search:search")
SIMILAR = reverse("search:similar")


@pytest.fixture
def member(client):
    client.force_login(UserFactory())
    return client


def get(client, **query):
    response = client.get(SEARCH, query)
    assert response.status_code == 200
    return response.text


def test_one_box_finds_lessons_and_discussions(client):
    make_lesson(make_course(title="Bétonner"), title="La bétonnière")
    TopicFactory(title="Nettoyer la bétonnière", category=CategoryFactory(name="Entraide"))
    html = get(client, q="betonnieres")
    assert "2 résultats pour" in html
    assert "<mark>bétonnière</mark>" in html
    assert ">Leçon</span>" in html
    assert ">Discussion</span>" in html
    assert "Entraide" in html
    assert '<meta name="robots" content="noindex">' in html


def test_a_kind_is_chosen_by_a_link_that_keeps_the_words(client):
    make_lesson(title="La bétonnière")
    topic = TopicFactory(title="Nettoyer la bétonnière")
    html = get(client, q="bétonnière", type="discussions")
    assert topic.get_absolute_url() in html
    assert "1 résultat pour" in html
    links = dict(re.findall(r'<li><a href="([^"]*)"[^>]*>([^<]*)</a></li>', html.split("search-kinds")[1]))
    assert {unquote(href): label for href, label in links.items()}[
        "?q=bétonnière&amp;type=lecons"
    ] == "Leçons et modules"


def test_filters_narrow_and_say_so(client):
    TopicFactory(title="Une bétonnière", category=CategoryFactory(territory=DepartmentFactory()))
    TopicFactory(title="La bétonnière")
    html = get(client, q="bétonnière", territoire="departement-13", depuis="mois")
    assert "1 résultat pour" in html
    assert "2 filtres" in html
    assert '<option value="departement-13" selected>' in html
    assert "Aucun résultat" in get(client, q="bétonnière", resolu="1")


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x", "type": "rien", "territoire": "x", "filiere": "x", "depuis": "x", "page": "-1"},
        {"q": "x" * 3000, "page": "9" * 400},
        {"q": "\0'\"<script>", "page": "²"},
        {"q": "%_\\"},
        {},
    ],
)
def test_an_odd_address_is_no_mistake(client, query):
    assert "<script>alert" not in get(client, **query)


def test_what_people_wrote_is_never_markup(client):
    TopicFactory(title="<img src=x> bétonnière & co", body="<script>alert(1)</script> bétonnière")
    html = get(client, q="bétonnière <b>")
    assert "<img src=x>" not in html
    assert "<script>alert(1)" not in html


def test_nothing_found_offers_a_way_on(client):
    TopicFactory(title="Nettoyer la bétonnière")
    html = get(client, q="bétonnière introuvable")
    assert "Chercher «&nbsp;bétonnière&nbsp;»" in html
    assert reverse("forum:new_topic") + "?titre=B%C3%A9tonni%C3%A8re%20introuvable" in html
    assert "trop courants" in get(client, q="tous les")


def test_nothing_is_suggested_from_what_one_may_not_read(client):
    TopicFactory(title="Nettoyer la bétonnière", category=CategoryFactory(audience="members"))
    assert "Chercher «" not in get(client, q="bétonnière introuvable")


def test_results_come_in_pages(client):
    category = CategoryFactory()
    for number in range(21):
        TopicFactory(category=category, title=f"Bétonnière numéro {number}")
    html = get(client, q="bétonnière ")
    assert "Page 1 sur 2" in html
    assert "page=2" in html
    assert "page 2" in get(client, q="bétonnière ", page="2")


def test_choices_follow_the_trades(client):
    get(client, q="x")
    Trade.objects.create(name="Ferblanterie du test", slug="ferblanterie-du-test")
    assert "Ferblanterie du test" in get(client, q="x")


class TestSimilar:
    def test_it_shows_what_was_said_already(self, client):
        topic = TopicFactory(title="Nettoyer une bétonnière")
        html = client.get(SIMILAR, {"title": "nettoyage de bétonnières"}).text
        assert "<html" not in html
        html = client.get(SIMILAR, {"title": "nettoyer bétonnières"}).text
        assert topic.get_absolute_url() in html

    def test_it_is_empty_where_there_is_nothing(self, client):
        TopicFactory(title="Nettoyer une bétonnière")
        for title in ("", "Bonjour à tous", "Peindre un mur", "\0", "x" * 5000):
            assert not client.get(SIMILAR, {"title": title}).text.strip()

    def test_it_tells_nothing_private(self, client):
        TopicFactory(title="Nettoyer une bétonnière", category=CategoryFactory(audience="members"))
        assert not client.get(SIMILAR, {"title": "Nettoyer une bétonnière"}).text.strip()


class TestQueries:
    @pytest.fixture
    def full(self):
        topics = [TopicFactory(title=f"{'Fin de journée' if n < 6 else 'La bétonnière'} {n}") for n in range(12)]
        for topic in topics[:6]:
            make_posts(topic, 1)
            services.index_many(
                [
                    services.Document("post", post.pk, "", "bétonnière", "public", timezone.now(), f"topic:{topic.pk}")
                    for post in topic.posts.filter(opening=False)
                ]
            )
        make_lesson(make_course(title="Bétonnière"), title="La bétonnière")

    def test_a_page_of_results(self, member, full, django_assert_num_queries):
        member.get(SEARCH)
        # Account, rights, candidates (PostgreSQL: and the newest id), topics, posts, pages, their site, their texts.
        with django_assert_num_queries(8 + (connection.vendor == "postgresql")):
            get(member, q="bétonnière ")

    def test_nothing_is_kept_yet(self, member, full, django_assert_max_num_queries):
        cache.clear()
        with django_assert_max_num_queries(14 + (connection.vendor == "postgresql")):
            get(member, q="bétonnière ")
