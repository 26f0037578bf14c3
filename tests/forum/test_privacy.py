"""A private space and an anonymous author leak nowhere: each place where a discussion could show is looked at."""

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.apps import apps
from django.core import mail
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils import timezone

from forum import services
from forum.counting import recount
from forum.following import follow
from forum.listing import unread_total
from forum.models import AnonymousAuthorship, Category, Follow, Post, Topic
from forum.notices import tell_about_post
from forum.paging import encode_cursor
from forum.reactions import bookmark
from notifications.mailing import send_due
from people.models import Network, NetworkMembership, Profile, User
from people.services import collect_personal_data
from tests.courses.factories import make_lesson
from tests.factories import DepartmentFactory, UserFactory

from .factories import CategoryFactory, make_member, make_moderator, make_posts

pytestmark = pytest.mark.django_db

WORD = "confidentialissime"
"""A word that stands in the private topic and nowhere else."""


@pytest.fixture
def private():
    """A topic of a network: its title, its text and its tag hold the word; it is about a public lesson."""
    network = Network.objects.create(name="Littoral", slug="littoral")
    category = CategoryFactory(audience=Category.Audience.NETWORK, network=network, name="Espace du littoral")
    insider = UserFactory()
    NetworkMembership.objects.create(network=network, user=insider, accepted_at=timezone.now())
    topic = services.create_topic(
        insider, category=category, title=f"Un sujet {WORD}", body=f"Un texte {WORD}", submission=uuid.uuid4(),
        tags=[WORD], page=make_lesson().page_ptr, kind=Topic.Kind.QUESTION,
    )  # fmt: skip
    services.add_post(insider, topic, body=f"Une réponse {WORD}", submission=uuid.uuid4())
    return topic


def addresses(topic):
    post = topic.posts.first()
    yield "/forum/"
    yield from (f"/forum/?vue={view}" for view in ("tout", "sans-reponse", "suivis"))
    yield reverse("forum:unread")
    yield topic.category.get_absolute_url()
    yield topic.get_absolute_url()
    yield post.get_absolute_url()
    yield reverse("forum:first_unread", args=[topic.pk])
    yield reverse("forum:tag", args=[WORD])
    yield reverse("forum:feed")
    yield reverse("forum:category_feed", args=[topic.category.slug])
    yield "/sitemap.xml"
    yield "/sitemap-forum.xml"
    yield f"/recherche/?q={WORD}"
    yield f"/recherche/semblables/?title=Un+sujet+{WORD}"
    yield reverse("forum:followed")
    yield reverse("forum:bookmarks")
    yield reverse("forum:new_topic")
    yield f"{reverse('forum:new_topic')}?categorie={topic.category.slug}"
    yield "/notifications/"
    yield topic.page.url


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_a_private_space_shows_nowhere(client, private, who):
    if who == "member":
        outsider = UserFactory(date_joined=timezone.now() - timedelta(days=9))
        for what in ({"topic": private}, {"category": private.category}, {"tag": private.tags.get()}):
            Follow.objects.create(user=outsider, **what)
        tell_about_post(private.posts.first().pk)
        client.force_login(outsider)
        assert unread_total(outsider) == 0
        outsider.refresh_from_db()
        assert outsider.unread_notifications == 0
    for address in addresses(private):
        text = unescape(client.get(address, follow=True).content.decode())
        # A search, a title and a tag are said again as they were typed; nothing else may hold the word.
        if WORD not in address:
            assert WORD not in text, address
        assert f"Un texte {WORD}" not in text, address
        assert f"Une réponse {WORD}" not in text, address
        assert private.get_absolute_url() not in text, address
        assert "Espace du littoral" not in text, address


def test_its_members_find_it_everywhere(client, private):
    client.force_login(User.objects.get(network_memberships__network=private.category.network))
    for address in (
        "/forum/",
        private.category.get_absolute_url(),
        private.get_absolute_url(),
        f"/recherche/?q={WORD}",
    ):
        assert WORD in unescape(client.get(address).content.decode()), address


@pytest.mark.parametrize("who", ["visitor", "member"])
@pytest.mark.parametrize("cursor", [True, False])
def test_a_tag_of_a_private_space_is_not_told_from_one_that_nobody_made(client, private, who, cursor):
    if who == "member":
        client.force_login(UserFactory())
    query = {"apres": encode_cursor(private)} if cursor else {}
    answers = [client.get(reverse("forum:tag", args=[slug]), query) for slug in (WORD, "jamais-vu")]
    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [answer.content.decode().replace(WORD, "jamais-vu") for answer in answers]
    # The form of the account's menu has a token of its own each time.
    assert len({re.sub(r'value="\w{64}"', "", text) for text in texts}) == 1


def test_a_visitor_learns_of_a_private_space_as_of_one_that_is_not_there(client, private):
    for address in (private.category.get_absolute_url(), private.get_absolute_url()):
        assert client.get(address).status_code == 404
    assert client.get(reverse("forum:topic", args=[999999, "x"])).status_code == 404


def test_the_lists_of_an_outsider_count_nothing_of_it(client, private):
    outsider = UserFactory(date_joined=timezone.now() - timedelta(days=9))
    client.force_login(outsider)
    page = client.get("/forum/")
    assert page.context["unread_total"] == 0
    assert private.category.pk not in page.context["home"].for_me
    assert page.context["hosts"] == {}


@pytest.mark.parametrize("action", ["follow_topic", "first_unread", "reply"])
def test_nothing_is_done_to_a_topic_of_a_private_space_from_outside(client, private, action):
    client.force_login(make_member())
    answer = client.post(reverse(f"forum:{action}", args=[private.pk]), {"on": "1", "body": "Bonjour"})
    assert answer.status_code in (404, 405)
    assert private.posts.count() == 2


@pytest.mark.parametrize("action", ["react", "bookmark", "accept"])
def test_nothing_is_done_to_a_message_of_a_private_space_from_outside(client, private, action):
    client.force_login(make_member())
    post = private.posts.last()
    answer = client.post(reverse(f"forum:{action}", args=[post.pk]), {"on": "1", "kind": "useful"})
    assert answer.status_code == 404


def test_a_bookmark_or_a_reading_of_who_has_left_shows_nothing(client, private):
    insider = User.objects.get(network_memberships__network=private.category.network)
    bookmark(insider, private.posts.first(), on=True)
    follow(insider, private.category, on=True)
    NetworkMembership.objects.all().delete()
    client.force_login(insider)
    for address in (reverse("forum:bookmarks"), reverse("forum:followed"), "/forum/?vue=suivis"):
        text = unescape(client.get(address).content.decode())
        assert WORD not in text, address
        assert "Espace du littoral" not in text, address


def test_a_private_space_counts_for_nobody_else(client, private):
    assert list(recount()) == []
    assert private.tags.get().topic_count == 0
    assert private.category not in client.get("/forum/").context["home"].rights.categories


def test_who_leaves_the_space_reads_it_no_more(client, private):
    insider = User.objects.get(network_memberships__network=private.category.network)
    NetworkMembership.objects.all().delete()
    client.force_login(insider)
    assert client.get(private.get_absolute_url()).status_code == 404
    assert WORD not in unescape(client.get("/notifications/").content.decode())


# -- Anonymity -----------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden_author():
    return UserFactory(first_name="Zénobie", last_name="Introuvable", email="introuvable@exemple.fr")


@pytest.fixture
def asked(hidden_author):
    """An anonymous question with an anonymous message of the same person, one of a peer, and one named of theirs."""
    department = DepartmentFactory()
    Profile.objects.create(user=hidden_author, job_function="eti", department=department)
    topic = services.create_topic(
        hidden_author, category=CategoryFactory(), title="Une question délicate", body="Comment dire ?",
        submission=uuid.uuid4(), kind=Topic.Kind.QUESTION, anonymous=True, tags=["délicat"],
    )  # fmt: skip
    make_posts(topic, 1)
    services.add_post(hidden_author, topic, body="Merci.", submission=uuid.uuid4(), anonymous=True)
    return topic


def watched(topic):
    yield "/forum/"
    yield topic.category.get_absolute_url()
    yield topic.get_absolute_url()
    yield f"{topic.get_absolute_url()}?citer={topic.posts.get(opening=True).pk}"
    yield reverse("forum:tag", args=["delicat"])
    yield reverse("forum:feed")
    yield "/sitemap-forum.xml"
    yield "/recherche/?q=délicate"
    yield "/recherche/?q=Introuvable"
    yield "/recherche/semblables/?title=Une+question+délicate"


@pytest.mark.parametrize("who", ["visitor", "member", "moderator", "administrator"])
def test_an_anonymous_author_is_named_on_no_page(client, asked, hidden_author, who):
    if who != "visitor":
        person = make_moderator() if who == "moderator" else UserFactory(is_superuser=who == "administrator")
        client.force_login(person)
    for address in watched(asked):
        text = client.get(address, follow=True).content.decode().replace("q=Introuvable", "")
        text = (
            text.replace('value="Introuvable"', "")
            .replace("«&nbsp;Introuvable&nbsp;»", "")
            .replace("« Introuvable »", "")
        )
        assert "Zénobie" not in unescape(text), address
        assert hidden_author.email not in text, address
        assert f"membres/{hidden_author.pk}" not in text, address
        if "q=Introuvable" not in address:
            assert "Introuvable" not in text, address


def test_the_admin_lists_name_no_anonymous_author(client, asked, hidden_author):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    text = client.get("/admin/snippets/forum/topic/").content.decode()
    assert asked.title in text
    assert "Anonyme du réseau" in text
    assert "Introuvable" not in unescape(text)


def test_the_e_mails_name_no_anonymous_author(asked, hidden_author):
    follower = UserFactory()
    Follow.objects.create(user=follower, topic=asked)
    tell_about_post(asked.posts.last().pk)
    send_due(timezone.now() + timedelta(minutes=5))
    message = next(message for message in mail.outbox if message.to == [follower.email])
    text = unescape(message.message().as_string() + message.body + message.alternatives[0].content)
    assert "Anonyme du réseau" in text
    assert "Introuvable" not in text
    assert "Zénobie" not in text


def test_the_copy_of_anothers_data_names_no_anonymous_author(asked, hidden_author):
    reader = UserFactory()
    services.mark_read(reader, asked, asked.last_post_id)
    Follow.objects.create(user=reader, topic=asked)
    text = DjangoJSONEncoder(ensure_ascii=False).encode(collect_personal_data(reader))
    assert asked.title in text
    assert "Introuvable" not in text


def test_ones_own_copy_has_what_one_wrote_without_a_name(asked, hidden_author):
    assert "Comment dire ?" in DjangoJSONEncoder(ensure_ascii=False).encode(collect_personal_data(hidden_author))


def test_no_row_of_the_forum_ties_the_author_to_the_post_but_one(asked, hidden_author):
    tied = set()
    for model in apps.get_app_config("forum").get_models():
        names = {field.name: field.related_model for field in model._meta.fields}
        people = [name for name, related in names.items() if related is User]
        if Post in names.values():
            tied |= {model for name in people if model.objects.filter(**{name: hidden_author}).exists()}
    assert tied == {AnonymousAuthorship}
