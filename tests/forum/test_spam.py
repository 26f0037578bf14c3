"""What keeps a post back: rules in tables, then what they do to newcomers and to those who are known."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from forum import services, spam
from forum.models import AnonymousAuthorship, ForumSettings, Member, Post
from people.models import Network, NetworkMembership
from tests.factories import MembershipFactory, UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

pytestmark = pytest.mark.django_db
LONG = "Chez nous le binôme tourne chaque lundi et personne ne reste seul sur la scie."
LONG_AGO = timedelta(days=30)


# -- Rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Rien ici", []),
        ("Voir https://exemple.org/page.", ["exemple.org/page"]),
        ("Voir www.exemple.org", ["exemple.org"]),
        ("[ici](http://exemple.org/a/)", ["exemple.org/a"]),
        ("« https://www.exemple.org »", ["exemple.org"]),
        ("<HTTPS://EXEMPLE.ORG/b>", ["exemple.org/b"]),
        ("Voir http://testserver/forum/", []),
        ("https://", []),
        ("http://[::1", []),
    ],
)
def test_the_links_that_lead_out_of_the_site(settings, text, links):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert spam.links_in(text) == links


@pytest.mark.parametrize(
    ("text", "others", "same"),
    [
        (LONG, [LONG], True),
        (LONG.upper().replace(" ", "  "), [LONG], True),
        (f"Un titre\n\n{LONG}", [LONG], True),
        (f"{LONG} Et vous ?", [LONG], False),
        ("Merci, bonne idée", ["Merci, bonne idée"], False),
        (LONG, [], False),
    ],
)
def test_the_same_text_again(text, others, same):
    assert spam.same_text(text, others) is same


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Comment organisez-vous le lundi ?", []),
        ("Voir https://exemple.org", ["link"]),
        ("Gagnez de l'argent sans effort", ["pattern"]),
        ("Prêt entre particuliers", ["pattern"]),
        ("Écrivez-moi sur WhatsApp : +33 6 12 34 56 78", ["pattern"]),
        ("On échange sur WhatsApp entre collègues", []),
        ("AAAAAAAAAAAAAAAA", ["repetition"]),
        ("promo promo promo promo promo promo promo", ["repetition"]),
        ("Non, non, non : pas sans gants !", []),
        ("________________", []),
    ],
)
def test_what_a_text_is_suspected_of(text, found):
    assert spam.suspicions(text) == found


@given(st.text(max_size=300))
def test_any_text_can_be_judged(text):
    assert set(spam.suspicions(text)) <= set(spam.SUSPICIONS)
    assert spam.same_text(text, [text]) is (len(spam.normalised(text)) >= spam.SAME_TEXT_FROM)


@pytest.mark.parametrize(
    ("others", "repeated"),
    [
        (["https://exemple.org"] * 2, False),
        (["https://exemple.org"] * 3, True),
        (["https://exemple.org https://exemple.org https://exemple.org"], False),
        (["https://autre.org"] * 3, False),
    ],
)
def test_a_link_is_repeated_when_it_stands_in_several_texts(others, repeated):
    assert spam.repeated_links(["exemple.org"], others, 3) is repeated


def test_an_official_site_may_be_quoted_by_all():
    texts = ["https://travail-emploi.gouv.fr/insertion"] * 5
    assert not spam.repeated_links(["travail-emploi.gouv.fr/insertion"], texts, 3)
    # Not one that only ends with the same letters.
    assert spam.repeated_links(["faux-gouv.fr"], ["https://faux-gouv.fr"] * 3, 3)


# -- Newcomers -----------------------------------------------------------------------------------------------------


def reply(author, topic, body, **kwargs):
    return services.add_post(author, topic, body=body, submission=uuid.uuid4(), **kwargs)


@pytest.fixture
def newcomer():
    return UserFactory()


@pytest.fixture
def topic():
    return TopicFactory()


def test_the_first_message_of_a_newcomer_is_seen_at_once(newcomer, topic):
    assert reply(newcomer, topic, "Comment faites-vous ?").is_readable


@pytest.mark.parametrize("body", ["Voir https://exemple.org", "Argent facile"])
def test_a_message_that_looks_like_advertising_waits_for_a_moderator(newcomer, topic, body):
    assert reply(newcomer, topic, body).hidden_why == "review"
    topic.refresh_from_db()
    assert topic.reply_count == 0


def test_a_held_topic_is_seen_by_nobody_else(newcomer, client):
    topic = services.create_topic(
        newcomer,
        category=CategoryFactory(),
        title="Une belle adresse",
        body="Voir https://exemple.org",
        submission=uuid.uuid4(),
    )
    assert topic.hidden
    assert client.get(topic.get_absolute_url()).status_code == 404


def test_a_stricter_forum_reads_each_first_message_before(newcomer, topic):
    rules = ForumSettings.load()
    rules.hold_first_posts = True
    rules.save()
    assert reply(newcomer, topic, "Bonjour à tous").hidden_why == "review"


def test_three_messages_the_first_day_and_no_more(newcomer, topic):
    for number in range(3):
        reply(newcomer, topic, f"Message {number}")
    with pytest.raises(services.TooManyPostsError, match="3 messages"):
        reply(newcomer, topic, "Un de trop")


def test_the_limit_of_the_first_day_counts_what_has_no_name(newcomer, topic):
    for number in range(3):
        reply(newcomer, topic, f"Message {number}", anonymous=True)
    with pytest.raises(services.TooManyPostsError):
        reply(newcomer, topic, "Un de trop")


def test_after_the_first_day_one_writes_more(topic):
    known = UserFactory(date_joined=timezone.now() - LONG_AGO)
    for number in range(4):
        assert reply(known, topic, f"Message {number}")


# -- Trust ---------------------------------------------------------------------------------------------------------


def in_a_network():
    user = UserFactory()
    network = Network.objects.create(name="Chantiers du littoral", slug="littoral")
    NetworkMembership.objects.create(user=user, network=network, accepted_at=timezone.now())
    return user


@pytest.mark.parametrize(
    ("make", "trusted"),
    [
        (UserFactory, False),
        (lambda: MembershipFactory().user, True),
        (in_a_network, True),
        (make_moderator, True),
    ],
)
def test_who_is_trusted(make, trusted, topic):
    user = make()
    assert spam.is_trusted(user) is trusted
    assert reply(user, topic, "Voir https://exemple.org").is_readable is trusted


def test_two_messages_that_stood_a_day_make_a_member_trusted(topic):
    user = UserFactory(date_joined=timezone.now() - LONG_AGO)
    yesterday = timezone.now() - timedelta(days=2)
    for each in make_posts(topic, 2, user, created_at=yesterday):
        assert each.is_readable
    assert reply(user, topic, "Voir https://exemple.org").is_readable
    assert Member.objects.get(user=user).trusted_at is not None


def test_messages_that_moderators_hid_make_nobody_trusted(topic):
    user = UserFactory(date_joined=timezone.now() - LONG_AGO)
    yesterday = timezone.now() - timedelta(days=2)
    make_posts(topic, 2, user, created_at=yesterday, hidden_at=yesterday, hidden_why="moderation")
    assert reply(user, topic, "Voir https://exemple.org").hidden_why == "review"


# -- Those who are known -------------------------------------------------------------------------------------------


def test_the_same_text_in_another_topic_is_refused_and_why_is_said(user, topic):
    other = TopicFactory()
    reply(user, topic, LONG)
    with pytest.raises(services.TooManyPostsError, match="déjà publié ce texte"):
        reply(user, other, f"  {LONG.lower()} ")
    assert reply(UserFactory(), other, LONG).is_readable
    Post.objects.update(created_at=timezone.now() - LONG_AGO)
    assert reply(user, other, LONG)


def test_the_same_text_without_a_name_is_the_same_text(user, topic):
    other = TopicFactory()
    reply(user, topic, LONG, anonymous=True)
    with pytest.raises(services.TooManyPostsError):
        reply(user, other, LONG)
    AnonymousAuthorship.objects.update(created_at=timezone.now() - LONG_AGO)
    assert reply(user, other, LONG)


def test_a_link_put_everywhere_by_one_person_waits_for_a_moderator(user, topic):
    for number in range(spam.SAME_LINK_POSTS):
        assert reply(user, topic, f"Message {number} https://exemple.org/boutique").is_readable
    assert reply(user, topic, "Encore https://exemple.org/boutique").hidden_why == "review"
    assert reply(user, topic, "Un autre https://exemple.net").is_readable


def test_a_link_that_many_people_put_at_once_waits_for_a_moderator(user, topic):
    for _ in range(spam.SAME_LINK_PEOPLE):
        make_posts(topic, 1, body="Voyez https://www.exemple.org/boutique !")
    assert reply(user, topic, "Moi aussi https://exemple.org/boutique").hidden_why == "review"


def test_moderators_are_never_held(topic):
    moderator = make_moderator()
    for number in range(4):
        assert reply(moderator, topic, f"Message {number} https://exemple.org").is_readable


def test_judging_a_message_costs_few_queries(user, topic, django_assert_max_num_queries):
    make_posts(topic, 30, user, body="Un message parmi d'autres")
    with django_assert_max_num_queries(6):
        spam.must_be_reviewed(user, "Une réponse sans lien")
