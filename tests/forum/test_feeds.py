"""What machines read: feeds, sitemap, structured data. Only what everyone may, and nobody's name who is anonymous."""

import json
import re
import uuid
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone

from forum import services
from forum.models import Category, Post, Topic
from forum.sitemap import PublicTopics
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def xml_of(client, address):
    return ET.fromstring(client.get(address).content)  # noqa: S314  (our own)


def entries(client, address="/forum/flux/"):
    root = xml_of(client, address)
    return [entry.find(f"{ATOM}title").text for entry in root.iter(f"{ATOM}entry")]


@pytest.fixture
def kept_back():
    """Topics that no visitor may read."""
    return [
        TopicFactory(category=CategoryFactory(audience=Category.Audience.MEMBERS), title="Entre membres"),
        TopicFactory(hidden=True, title="Sujet masqué"),
    ]


def test_the_feed_has_public_topics_the_latest_first(client, kept_back):
    titles = [TopicFactory(title=f"Sujet public {n}").title for n in range(3)]
    assert entries(client) == titles[::-1]


def test_a_member_gets_no_more_from_it_than_a_visitor(member, kept_back):
    TopicFactory(title="Sujet public")
    assert entries(member) == ["Sujet public"]


def test_a_category_has_its_own_and_a_closed_one_none(client, kept_back):
    topic = TopicFactory(title="Un sujet d'ici")
    TopicFactory(title="Un sujet d'ailleurs")
    assert entries(client, reverse("forum:category_feed", args=[topic.category.slug])) == ["Un sujet d'ici"]
    assert client.get(reverse("forum:category_feed", args=[kept_back[0].category.slug])).status_code == 404


def test_a_reader_that_has_the_latest_is_told_so(client):
    TopicFactory()
    first = client.get("/forum/flux/")
    again = client.get("/forum/flux/", headers={"if-modified-since": first.headers["Last-Modified"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_a_reader_that_has_the_same_is_told_so_and_gets_what_was_changed_since(client):
    topic = TopicFactory(title="Avant correction")
    first = client.get("/forum/flux/")
    known = {"if-none-match": first.headers["ETag"]}
    assert client.get("/forum/flux/", headers=known).status_code == 304
    Topic.objects.filter(pk=topic.pk).update(title="Après correction")
    again = client.get("/forum/flux/", headers=known | {"if-modified-since": first.headers["Last-Modified"]})
    assert again.status_code == 200
    assert "Après correction" in again.content.decode()


def test_a_feed_depends_on_nobody_and_may_be_kept_by_anyone(member):
    TopicFactory()
    answer = member.get("/forum/flux/")
    assert "public" in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert not answer.cookies


@pytest.mark.parametrize("audience", ["public", "members"])
def test_a_public_page_says_where_its_feed_is(member, audience):
    category = CategoryFactory(audience=audience)
    page = member.get(category.get_absolute_url()).content.decode()
    assert (reverse("forum:category_feed", args=[category.slug]) in page) == (audience == "public")
    assert (
        f'<link rel="alternate" type="application/atom+xml" title="Forum" href="{reverse("forum:feed")}">'
        in member.get("/forum/").content.decode()
    )


def test_the_feed_names_no_anonymous_author_and_shows_no_deleted_text(client):
    author = UserFactory(last_name="Introuvable")
    asked = services.create_topic(
        author, category=CategoryFactory(), title="Une question délicate", body="Comment dire ?",
        submission=uuid.uuid4(), anonymous=True,
    )  # fmt: skip
    gone = TopicFactory(body="Un texte retiré")
    make_posts(gone, 1)
    services.delete_post(gone.posts.get(opening=True))
    text = client.get("/forum/flux/").content.decode()
    assert asked.title in text
    assert "Anonyme du réseau" in text
    assert "Introuvable" not in text
    assert "Un texte retiré" not in text


def test_the_sitemap_lists_public_topics_and_no_other(client, kept_back):
    topic = TopicFactory()
    index = xml_of(client, "/sitemap.xml")
    sections = [node.text for node in index.iter(f"{SITEMAP}loc")]
    assert any(section.endswith("/sitemap-forum.xml") for section in sections)
    listed = xml_of(client, "/sitemap-forum.xml")
    assert [node.text for node in listed.iter(f"{SITEMAP}loc")] == [f"http://testserver{topic.get_absolute_url()}"]


def test_the_sitemap_costs_the_same_for_many_topics(client, django_assert_num_queries):
    for _ in range(5):
        TopicFactory()
    with django_assert_num_queries(3):
        client.get("/sitemap-forum.xml")


def test_the_sitemap_comes_in_pages_and_says_when_it_changed(client, monkeypatch):
    monkeypatch.setattr(PublicTopics, "limit", 3)
    topics = [TopicFactory() for _ in range(7)]
    index = xml_of(client, "/sitemap.xml")
    pages = [node.text for node in index.iter(f"{SITEMAP}loc") if "sitemap-forum" in node.text]
    assert len(pages) == 3
    listed = [node.text for page in pages for node in xml_of(client, page).iter(f"{SITEMAP}loc")]
    assert listed == [f"http://testserver{topic.get_absolute_url()}" for topic in topics]
    latest = PublicTopics().get_latest_lastmod()
    assert latest == max(topic.last_post_at for topic in topics)


def structured(client, topic):
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(topic.get_absolute_url()).content.decode()
    )
    return json.loads(found[1]) if found else None


def test_a_public_question_says_its_answers(client):
    topic = TopicFactory(kind=Topic.Kind.QUESTION, title="Que dire </script> à l'équipe ?")
    posts = make_posts(topic, 2)
    services.accept_answer(topic.author, topic, posts[1])
    data = structured(client, topic)
    assert data["@type"] == "QAPage"
    assert data["mainEntity"]["name"] == topic.title
    assert data["mainEntity"]["acceptedAnswer"]["url"].endswith(posts[1].get_absolute_url())
    assert len(data["mainEntity"]["suggestedAnswer"]) == 1


def test_no_text_closes_the_data_of_a_page(client):
    body = "</script><script>alert(1)</script> & <!-- <b>"
    topic = TopicFactory(
        kind=Topic.Kind.QUESTION, title="Un titre </script><script>alert(2)</script>", body=f"x {body}"
    )
    make_posts(topic, 1, html="<p>&lt;/script&gt;&lt;script&gt;alert(3)&lt;/script&gt;</p>")
    page = client.get(topic.get_absolute_url()).content.decode()
    block = page[page.index("application/ld+json") :]
    assert "<" not in block[block.index(">") + 1 : block.index("</script>")]
    assert structured(client, topic)["mainEntity"]["name"] == topic.title
    assert "alert(3)" in structured(client, topic)["mainEntity"]["suggestedAnswer"][0]["text"]


def test_only_what_everyone_sees_is_in_the_data(client):
    topic = TopicFactory(kind=Topic.Kind.QUESTION)
    shown, hidden, deleted = make_posts(topic, 3)
    Post.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now(), hidden_why="reports")
    services.delete_post(deleted)
    answers = structured(client, topic)["mainEntity"]["suggestedAnswer"]
    assert [answer["url"] for answer in answers] == [f"http://testserver{shown.get_absolute_url()}"]


def test_who_has_an_account_is_sent_no_data_for_machines(member):
    assert structured(member, TopicFactory()) is None


def test_a_discussion_says_what_it_is(client):
    topic = TopicFactory()
    make_posts(topic, 1)
    assert structured(client, topic)["@type"] == "DiscussionForumPosting"


def test_an_anonymous_author_is_in_no_data(client):
    author = UserFactory(first_name="Zoé", last_name="Introuvable")
    topic = services.create_topic(
        author, category=CategoryFactory(), title="Une question délicate", body="Comment dire ?",
        submission=uuid.uuid4(), kind=Topic.Kind.QUESTION, anonymous=True,
    )  # fmt: skip
    make_posts(topic, 1)
    assert structured(client, topic)["mainEntity"]["author"]["name"] == "Anonyme du réseau"


def test_a_topic_for_members_says_nothing_to_machines(member, kept_back):
    page = member.get(kept_back[0].get_absolute_url()).content.decode()
    assert "application/ld+json" not in page
    assert 'content="noindex"' in page
