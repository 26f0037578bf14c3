"""Who is named by «@Prénom Nom», who may be, and what completion tells."""

import pytest
from django.urls import reverse

from forum import mentions, services
from forum.models import Category, Mention
from people.models import Network, NetworkMembership
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_posts
from .test_drafts import reply_data, reply_url

pytestmark = pytest.mark.django_db

NAMES = reverse("forum:member_names")


def writer(first="Karim", last="Benali", topic=None):
    """Make someone who has written under their name where everyone reads."""
    person = UserFactory(first_name=first, last_name=last)
    make_posts(topic or TopicFactory(), 1, person)
    return person


def publish(member, topic, body):
    assert member.post(reply_url(topic), reply_data(body=body)).status_code == 302
    return topic.posts.last()


def named(post):
    return set(Mention.objects.filter(post=post).values_list("user_id", flat=True))


def suggested(member, **query):
    return [found["insert"] for found in member.get(NAMES, query).json()["found"]]


# -- Naming --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "Merci @Karim Benali !",
        "@Karim Benali qu'en dis-tu ?",
        "(@Karim Benali)",
        "Bonjour @Karim Benali.",
        "@Karim Benali Merci beaucoup",
    ],
)
def test_a_typed_name_names_its_bearer_and_stands_out(member, body):
    person = writer()
    post = publish(member, TopicFactory(), body)
    assert named(post) == {person.pk}
    assert "<strong>@Karim Benali</strong>" in post.html


def test_who_writes_in_the_topic_is_named_whatever_the_accents(member):
    topic = TopicFactory()
    person = writer("Hélène", "Lévêque", topic)
    assert named(publish(member, topic, "Merci @helene leveque")) == {person.pk}


@pytest.mark.parametrize("body", ["contact@Benali.fr", "@Karim", "Karim Benali", "@Paul Durand", "@ Karim Benali"])
def test_other_texts_name_nobody(member, body):
    writer()
    post = publish(member, TopicFactory(), body)
    assert named(post) == set()
    assert "<strong>" not in post.html


def test_who_has_never_written_is_not_named_nor_told_apart_from_nobody(member):
    UserFactory(first_name="Karim", last_name="Benali")
    post = publish(member, TopicFactory(), "@Karim Benali")
    assert named(post) == set()
    assert post.html == "<p>@Karim Benali</p>"


def test_two_people_of_one_name_are_told_apart_by_a_number(member):
    topic = TopicFactory()
    first, second = writer(), writer()
    assert named(publish(member, topic, "@Karim Benali, lequel ?")) == set()
    post = publish(member, topic, f"@Karim Benali#{second.pk}, toi !")
    assert named(post) == {second.pk} != {first.pk}
    assert f"#{second.pk}" not in post.html
    assert "<strong>@Karim Benali</strong>, toi" in post.html


def test_in_a_private_category_only_its_readers_are_named(member, user):
    network = Network.objects.create(name="Réseau", slug="reseau")
    for person in (user, inside := writer("Inès", "Dedans"), writer("Paul", "Dehors")):
        if person.last_name != "Dehors":
            NetworkMembership.objects.create(network=network, user=person, accepted_at=inside.date_joined)
    topic = TopicFactory(category=CategoryFactory(audience=Category.Audience.NETWORK, network=network))
    post = publish(member, topic, "@Inès Dedans et @Paul Dehors")
    assert named(post) == {inside.pk}
    assert suggested(member, q="De", sujet=topic.pk) == ["Inès Dedans"]


def test_ten_people_at_most(member):
    topic = TopicFactory()
    people = [writer(f"Prénom{'abcdefghijkl'[n]}", "Nom", topic) for n in range(12)]
    post = publish(member, topic, " et ".join(f"@{p.get_full_name()}" for p in people))
    assert len(named(post)) == mentions.AT_MOST


def test_a_change_settles_again_who_is_named_and_keeps_who_changed_names(member, user):
    karim, lea = writer(), writer("Léa", "Petit")
    post = publish(member, TopicFactory(), "@Karim Benali")
    karim.first_name = "Kamel"
    karim.save()
    services.edit_post(post, body="@Kamel Benali et @Léa Petit")
    assert named(post) == {karim.pk, lea.pk}
    services.edit_post(post, body="Personne")
    assert named(post) == set()


def test_a_name_in_a_link_stays_as_it_is(member):
    writer()
    post = publish(member, TopicFactory(), '[texte](https://x.fr/@Karim "@Karim Benali") puis @Karim Benali')
    assert 'title="@Karim Benali"' in post.html
    assert post.html.count("<strong>@Karim Benali</strong>") == 1


def test_a_name_is_never_markup():
    assert mentions.emphasise("<p>@Jean &lt;b&gt;</p>", ["Jean <b>"]) == "<p><strong>@Jean &lt;b&gt;</strong></p>"
    assert mentions.emphasise("<p>rien</p>", []) == "<p>rien</p>"


def test_names_are_found_quickly_in_a_text_made_to_hurt(member):
    topic = TopicFactory()
    assert member.post(reply_url(topic), reply_data(body="@Aa " * 2400)).status_code == 302


# -- Completion ----------------------------------------------------------------------------------------------------


def test_completion_gives_who_writes_in_the_topic_first(member):
    topic = TopicFactory()
    writer("Abel", "Benoit")
    writer("Zoé", "Bénard", topic)
    assert suggested(member, q="bén", sujet=topic.pk) == ["Zoé Bénard", "Abel Benoit"]
    assert suggested(member, q="BEN", sujet=topic.pk) == ["Zoé Bénard", "Abel Benoit"]
    assert suggested(member, q="abel ben", sujet=topic.pk) == ["Abel Benoit"]


def test_completion_never_gives_who_wrote_nothing_under_their_name(member):
    UserFactory(first_name="Karim", last_name="Benali")
    hidden = make_member(first_name="Karine", last_name="Cachée")
    topic = TopicFactory()
    services.add_post(hidden, topic, body="Sans mon nom", submission=_key(), anonymous=True)
    assert suggested(member, q="Kar", sujet=topic.pk) == []


def _key():
    import uuid

    return uuid.uuid4()


def test_completion_does_not_offer_oneself_and_never_an_address(member, user):
    topic = TopicFactory()
    user.last_name = "Bertin"
    user.save()
    make_posts(topic, 1, user)
    writer("Camille", "Bernard")
    answer = member.get(NAMES, {"q": "Camille Be", "sujet": topic.pk})
    assert [f["label"] for f in answer.json()["found"]] == ["Camille Bernard"]
    assert "@" not in answer.content.decode()


def test_completion_tells_namesakes_apart(member):
    people = [writer(), writer()]
    assert set(suggested(member, q="Benali")) == {f"Karim Benali#{p.pk}" for p in people}


@pytest.mark.parametrize("query", [{"q": "K"}, {"q": ""}, {"q": "%%"}, {"q": "[[("}, {"q": "Kar", "sujet": "x" * 30}])
def test_completion_says_nothing_to_what_is_no_name(member, query):
    answer = member.get(NAMES, query)
    assert answer.status_code == 200
    assert answer.json() == {"found": []}


def test_completion_in_a_topic_one_does_not_read_says_nothing(member):
    topic = TopicFactory(hidden=True)
    writer(topic=topic)
    assert suggested(member, q="Kar", sujet=topic.pk) == []


def test_completion_tires_of_who_asks_too_much(member, monkeypatch):
    monkeypatch.setattr(mentions, "PER_MINUTE", 2)
    writer()
    assert [bool(suggested(member, q="Kar")) for _ in range(3)] == [True, True, False]


def test_completion_needs_an_account_and_a_few_queries(client, member, django_assert_max_num_queries):
    topic = TopicFactory()
    for n in range(15):
        writer("Karim", f"Benali{'abcdefghijklmno'[n]}", topic)
    with django_assert_max_num_queries(8):
        assert len(suggested(member, q="Ben", sujet=topic.pk)) == mentions.SUGGESTIONS
    client.logout()
    assert client.get(NAMES, {"q": "Ben"}).status_code == 302


# -- Tags ----------------------------------------------------------------------------------------------------------


def test_tags_are_suggested_only_from_topics_one_may_read(member, user):
    network = Network.objects.create(name="Réseau", slug="reseau")
    private = CategoryFactory(audience=Category.Audience.NETWORK, network=network)
    for category, tags in ((CategoryFactory(), ["Sécurité", "Espaces verts"]), (private, ["Sécret du réseau"])):
        services.open_topic(category=category, author=UserFactory(), title="Un titre", body="x", tags=tags)
    url = reverse("forum:tag_names")

    def found(query):
        return [f["insert"] for f in member.get(url, {"q": query}).json()["found"]]

    assert found("sec") == ["Sécurité"]
    assert found("verts") == ["Espaces verts"]
    assert found("") == found("%") == []
    NetworkMembership.objects.create(network=network, user=user, accepted_at=user.date_joined)
    assert found("sec") == ["Sécurité", "Sécret du réseau"]
