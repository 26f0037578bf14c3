import json

import pytest
from django.urls import reverse
from django.utils import timezone

from people import directory_networks as networking
from people.models import Network, NetworkMembership
from people.signals import network_answered, network_requested
from tests.factories import FederationFactory, MembershipFactory, ProfileFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("directory:networks")


@pytest.fixture
def network():
    return Network.objects.create(
        name="Les ressourceries du Sud",
        slug="ressourceries",
        description="Entre ressourceries.",
        federation=FederationFactory(name="Fédé Sud"),
    )


def join(network, user=None, *, role="member", accepted=True):
    return NetworkMembership.objects.create(
        network=network, user=user or UserFactory(), role=role, accepted_at=timezone.now() if accepted else None
    )


@pytest.fixture
def me(client):
    user = UserFactory(first_name="Camille", last_name="Martin")
    client.force_login(user)
    return user


@pytest.fixture
def heard():
    """What the signals said."""
    told = []

    def on_request(sender, membership, **kwargs):
        told.append(("asked", membership.user_id))

    def on_answer(sender, network, user_id, membership, **kwargs):
        told.append(("accepted" if membership else "refused", user_id))

    network_requested.connect(on_request)
    network_answered.connect(on_answer)
    yield told
    network_requested.disconnect(on_request)
    network_answered.disconnect(on_answer)


def url(name, network, *args):
    return reverse(f"directory:{name}", args=[network.slug, *args])


def test_the_list_tells_members_and_where_one_stands(client, me, network):
    other = Network.objects.create(name="Vélo", slug="velo")
    third = Network.objects.create(name="Bois", slug="bois")
    join(network), join(network), join(network, accepted=False)
    join(other, me)
    join(third, me, accepted=False)
    page = client.get(LIST).text
    assert "2 membres · Fédé Sud" in page
    assert page.count("Vous en êtes membre") == page.count("Demande en attente") == 1


def test_without_networks_the_list_says_what_to_do(client, me):
    assert "Aucun réseau pour le moment" in client.get(LIST).text


def test_a_person_asks_once_and_waits(client, me, network, heard):
    for message in ("Je travaille à la ressourcerie.", "Encore"):
        client.post(url("network", network), {"message": message})
    membership = NetworkMembership.objects.get()
    assert (membership.accepted_at, membership.message) == (None, "Je travaille à la ressourcerie.")
    assert heard == [("asked", me.pk)]
    page = client.get(url("network", network)).text
    assert "Votre demande est en attente" in page
    assert "Demandes à traiter" not in page


def test_a_message_that_is_too_long_is_given_back(client, me, network):
    answer = client.post(url("network", network), {"message": "x" * 501})
    assert answer.status_code == 400
    assert "x" * 501 in answer.text


def test_a_request_may_be_withdrawn_and_a_network_left_after_a_question(client, me, network):
    join(network, me, accepted=False)
    client.post(url("leave_network", network))
    assert not NetworkMembership.objects.exists()
    join(network, me)
    assert "Quitter le réseau" in client.get(url("leave_network", network)).text
    assert NetworkMembership.objects.exists()
    for _twice in range(2):
        client.post(url("leave_network", network))
    assert not NetworkMembership.objects.exists()


def test_the_only_one_who_answers_may_not_leave_the_others(client, me):
    alone = Network.objects.create(name="Seuls", slug="seuls")
    join(alone, me, role="moderator")
    member = join(alone)
    page = client.post(url("leave_network", alone), follow=True).text
    assert "Confiez d&#x27;abord ce rôle" in page
    member.role = "moderator"
    member.save()
    client.post(url("leave_network", alone))
    assert not NetworkMembership.objects.filter(user=me).exists()


# -- Answering -----------------------------------------------------------------------------------------------------


def answer(client, network, membership, action):
    return client.post(url("answer_request", network, membership.pk), {"action": action})


@pytest.mark.parametrize("who", ["moderator", "editor", "administrator"])
def test_those_who_manage_a_network_see_its_requests_and_members(client, me, network, who):
    if who == "moderator":
        join(network, me, role="moderator")
    elif who == "editor":
        MembershipFactory(user=me, federation=network.federation, role="editor")
    else:
        me.is_superuser = True
        me.save()
    asking = join(network, ProfileFactory(user__last_name="Demande").user, accepted=False)
    join(network, UserFactory(last_name="Membre"))
    page = client.get(url("network", network)).text
    assert "Camille Demande" in page
    assert "Camille Membre" in page
    answer(client, network, asking, "accept")
    asking.refresh_from_db()
    assert asking.accepted_at


@pytest.mark.parametrize("who", ["stranger", "member", "waiting moderator", "author", "editor of another"])
def test_nobody_else_sees_or_answers_them(client, me, network, who):
    if who == "member":
        join(network, me)
    elif who == "waiting moderator":
        join(network, me, role="moderator", accepted=False)
    elif who == "author":
        MembershipFactory(user=me, federation=network.federation, role="author")
    elif who == "editor of another":
        MembershipFactory(user=me, role="editor")
    asking = join(network, UserFactory(last_name="Demande"), accepted=False)
    assert "Camille Demande" not in client.get(url("network", network)).text
    for action in ("accept", "refuse", "remove", "moderator"):
        assert answer(client, network, asking, action).status_code == 403
    asking.refresh_from_db()
    assert asking.accepted_at is None


def test_two_answers_are_one(client, me, network, heard):
    join(network, me, role="moderator")
    accepted, refused = join(network, accepted=False), join(network, accepted=False)
    for _twice in range(2):
        answer(client, network, accepted, "accept")
        answer(client, network, refused, "refuse")
    answer(client, network, accepted, "refuse")
    assert heard == [("accepted", accepted.user_id), ("refused", refused.user_id)]
    assert not NetworkMembership.objects.filter(pk=refused.pk).exists()
    assert NetworkMembership.objects.get(pk=accepted.pk).accepted_at


def test_a_request_of_another_network_is_not_answered_here(client, me, network):
    join(network, me, role="moderator")
    elsewhere = join(Network.objects.create(name="Autre", slug="autre"), accepted=False)
    answer(client, network, elsewhere, "accept")
    elsewhere.refresh_from_db()
    assert elsewhere.accepted_at is None


def test_a_moderator_changes_roles_and_takes_members_out_but_not_oneself(client, me, network):
    own = join(network, me, role="moderator")
    member = join(network)
    answer(client, network, member, "moderator")
    member.refresh_from_db()
    assert member.role == "moderator"
    answer(client, network, member, "member")
    answer(client, network, member, "remove")
    answer(client, network, own, "remove")
    answer(client, network, own, "member")
    assert list(NetworkMembership.objects.values_list("user", "role")) == [(me.pk, "moderator")]
    assert answer(client, network, own, "other").status_code == 404


def test_managers_are_the_moderators_and_the_editors_of_the_federation(network):
    moderator = join(network, role="moderator").user
    editor = MembershipFactory(federation=network.federation, role="editor").user
    join(network), join(network, role="moderator", accepted=False)
    MembershipFactory(federation=network.federation, role="author")
    assert set(networking.managers_of(network)) == {moderator, editor}


@pytest.mark.parametrize("others", [0, 30])
def test_pages_of_networks_take_as_many_queries_however_many(client, me, network, others, django_assert_num_queries):
    join(network, me, role="moderator")
    join(network, accepted=False)
    for n in range(others):
        join(network), join(network, accepted=False)
        Network.objects.create(name=f"Réseau {n}", slug=f"reseau-{n}")
    client.get(LIST)
    with django_assert_num_queries(3):
        client.get(LIST)
    with django_assert_num_queries(6):
        client.get(url("network", network))


def test_a_person_gets_a_copy_of_their_networks(client, me, network):
    join(network, me)
    data = json.loads(client.get(reverse("people:export")).content)["reseaux"]
    assert data[0]["reseau"] == "Les ressourceries du Sud"


# -- In the admin --------------------------------------------------------------------------------------------------


def admin(name, *args):
    return reverse(f"wagtailsnippets_people_network:{name}", args=args)


def test_an_administrator_makes_a_network_with_its_members(client, me):
    me.is_superuser = True
    me.save()
    person = UserFactory()
    assert client.get(admin("add")).status_code == 200
    client.post(
        admin("add"),
        {
            "name": "Vélo",
            "slug": "velo",
            "description": "",
            "federation": "",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": person.pk,
            "memberships-0-role": "moderator",
            "memberships-0-accepted_at": "2026-03-01 10:00",
        },
    )
    made = NetworkMembership.objects.get()
    assert (made.network.name, made.user, made.role) == ("Vélo", person, "moderator")


def test_an_editor_describes_the_networks_of_their_federation_only(client, me, network):
    MembershipFactory(user=me, federation=network.federation, role="editor")
    other = Network.objects.create(name="Autre", slug="autre", federation=FederationFactory())
    nobodys = Network.objects.create(name="De personne", slug="personne")
    page = client.get(admin("list")).text
    assert "Les ressourceries du Sud" in page
    assert "Autre" not in page
    assert "De personne" not in page
    for hidden in (other, nobodys):
        assert client.get(admin("edit", hidden.pk)).status_code == 404
    form = client.get(admin("edit", network.pk)).text
    assert "memberships-TOTAL_FORMS" not in form
    assert "page du réseau" in form
    data = {"name": "Ressourceries", "slug": "ressourceries", "description": ""}
    answered = client.post(admin("edit", network.pk), {**data, "federation": ""})
    network.refresh_from_db()
    assert (answered.status_code, network.name) == (200, "Les ressourceries du Sud")
    client.post(admin("edit", network.pk), {**data, "federation": network.federation_id})
    network.refresh_from_db()
    assert network.name == "Ressourceries"


def test_an_author_and_an_editor_of_another_federation_see_no_network_in_the_admin(client, me, network):
    MembershipFactory(user=me, federation=network.federation, role="author")
    assert client.get(admin("edit", network.pk)).status_code == 404
