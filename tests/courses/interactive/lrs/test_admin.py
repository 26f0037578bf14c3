"""Tools and statements in the admin: editors of a federation give keys to what is theirs."""

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.interactive.lrs.identities import actor_of
from courses.interactive.lrs.models import Client, Statement
from courses.interactive.lrs.services import record, secret_hash
from people.models import Membership
from tests.courses.factories import make_space
from tests.courses.interactive.lrs.factories import ClientFactory, Speaker, make_statement
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

TOOLS = Client.snippet_viewset


def to(name, *args) -> str:
    return reverse(TOOLS.get_url_name(name), args=args)


@pytest.fixture
def ours():
    federation = FederationFactory(name="Fédération A")
    make_space(federation)
    return federation


@pytest.fixture
def theirs():
    federation = FederationFactory(name="Fédération B")
    make_space(federation)
    return ClientFactory(federation=federation, name="Outil des autres")


@pytest.fixture
def editor(ours, client):
    user = MembershipFactory(federation=ours, role=Membership.Role.EDITOR).user
    client.force_login(user)
    return user


@pytest.fixture
def author(ours, client):
    user = MembershipFactory(federation=ours, role=Membership.Role.AUTHOR).user
    client.force_login(user)
    return user


def form(federation, **fields) -> dict:
    return {
        "name": "LMS du réseau",
        "federation": federation.pk,
        "may_read": "on",
        "may_write": "on",
        "active": "on",
    } | fields


def test_an_editor_adds_a_tool_and_sees_its_secret_once(client, editor, ours):
    response = client.post(to("add"), form(ours))
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    tool = Client.objects.get()
    assert (tool.name, tool.federation, tool.created_by) == ("LMS du réseau", ours, editor)
    page = response.content.decode()
    assert tool.key in page
    assert "/xapi/" in page
    tool.secret = response.context_data["secret"]
    assert tool.secret in page
    assert tool.secret_hash == secret_hash(tool.secret)
    assert Speaker(tool).get("statements").status_code == 200
    for address in (to("list"), to("edit", tool.pk), to("delete", tool.pk), to("history", tool.pk)):
        shown = client.get(address)
        assert shown.status_code == 200
        assert tool.secret not in shown.content.decode()
        assert tool.secret_hash not in shown.content.decode()


def test_a_tool_is_stopped_and_started_again_with_the_same_secret(client, editor, ours):
    tool = ClientFactory(federation=ours)
    off = form(ours)
    del off["active"]
    assert client.post(to("edit", tool.pk), off).status_code == 302
    assert Speaker(tool).get("statements").status_code == 401
    assert client.post(to("edit", tool.pk), form(ours)).status_code == 302
    assert Speaker(tool).get("statements").status_code == 200


def test_a_deleted_tool_is_gone_and_what_it_sent_stays(client, editor, ours):
    tool = ClientFactory(federation=ours, last_used_at=timezone.now())
    Speaker(tool).post("statements", make_statement())
    assert "Ce qu'il a envoyé reste" in client.get(to("delete", tool.pk)).content.decode()
    assert client.post(to("delete", tool.pk)).status_code == 302
    assert not Client.objects.exists()
    assert Statement.objects.get().client is None


def test_nobody_meets_the_tools_of_another_federation(client, editor, theirs):
    assert "Outil des autres" not in client.get(to("list")).content.decode()
    for name in ("edit", "delete", "history", "usage"):
        assert client.get(to(name, theirs.pk)).status_code == 404
    assert client.post(to("add"), form(theirs.federation)).status_code == 200
    assert Client.objects.count() == 1


def test_chosen_tools_are_deleted_and_no_others(client, editor, ours, theirs):
    address = reverse("wagtail_bulk_action", args=["lrs", "client", "delete"])
    for ids in (f"id={theirs.pk}", f"id=all&id={theirs.pk}"):
        url = f"{address}?{ids}&next=/admin/"
        for answer in (client.get(url), client.post(url)):
            assert "Outil des autres" not in answer.content.decode()
    assert Client.objects.filter(pk=theirs.pk).exists()
    url = f"{address}?id={ClientFactory(federation=ours).pk}&next=/admin/"
    assert "Ce qu'ils ont envoyé reste" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert list(Client.objects.all()) == [theirs]


def test_authors_and_strangers_have_no_part_in_it(client, author, ours):
    tool = ClientFactory(federation=ours)
    for address in (to("list"), to("add"), to("edit", tool.pk), reverse("xapi_statements")):
        assert client.get(address).status_code in {302, 404}
    assert "Énoncés reçus" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_the_list_of_tools_says_when_each_was_last_used(client, editor, ours):
    ClientFactory(federation=ours, name="Outil neuf")
    page = client.get(to("list")).content.decode()
    assert "Outil neuf" in page
    assert "Dernier usage" in page


# -- Statements ----------------------------------------------------------------------------------------------------


@pytest.fixture
def said(ours, theirs):
    """What was said in both federations."""
    camille = UserFactory(first_name="Camille", last_name="Durand")
    noor = UserFactory(first_name="Noor", last_name="Petit")
    named = {"id": "a:b", "definition": {"name": {"fr": "Le tri <b>des</b> déchets"}}}
    tool = ClientFactory(federation=ours, name="Tableau de bord")
    record([make_statement(actor=actor_of(camille), object=named)], federation=ours, user=camille)
    record(
        [make_statement(actor=actor_of(noor), verb={"id": "http://adlnet.gov/expapi/verbs/passed"})],
        federation=ours,
        client=tool,
        client_reported=False,
    )
    record([make_statement(actor={"mbox": "mailto:autre@exemple.fr"})], federation=theirs.federation)
    return camille, noor


def test_the_list_tells_who_did_what_and_who_says_so(client, editor, said):
    page = client.get(reverse("xapi_statements")).content.decode()
    for words in (
        "Camille Durand",
        "a répondu",
        "Le tri &lt;b&gt;des&lt;/b&gt; déchets",
        "Déclaré par l'appareil de l'apprenant",
        "Noor Petit",
        "a réussi",
        "Tableau de bord",
    ):
        assert words in page
    assert "autre@exemple.fr" not in page


def test_the_list_is_narrowed_by_person_and_by_verb(client, editor, said):
    def shown(**query):
        return client.get(reverse("xapi_statements"), query).content.decode()

    assert "Noor Petit" not in shown(personne="durand")
    assert "Camille Durand" in shown(personne="camille dur")
    assert "Noor Petit" in shown(verbe="http://adlnet.gov/expapi/verbs/passed")
    assert "Camille Durand" not in shown(verbe="http://adlnet.gov/expapi/verbs/passed")
    assert "Aucun énoncé" in shown(personne="inconnue")
    assert client.get(reverse("xapi_statements"), {"avant": "x", "verbe": "x"}).status_code == 200


def test_the_list_goes_on_from_where_it_stopped(client, editor, ours):
    record([make_statement() for _n in range(51)], federation=ours)
    first = client.get(reverse("xapi_statements"))
    assert len(first.context_data["lines"]) == 50
    second = client.get(reverse("xapi_statements") + first.context_data["older"])
    assert len(second.context_data["lines"]) == 1
    assert not second.context_data["older"]
    last = second.context_data["lines"][0].statement.sequence
    beyond = client.get(reverse("xapi_statements"), {"avant": last})
    assert "Plus rien ensuite" in beyond.content.decode()


def test_the_list_costs_the_same_queries_however_long(client, editor, ours, django_assert_max_num_queries):
    record([make_statement() for _n in range(40)], federation=ours)
    client.get(reverse("xapi_statements"))
    with django_assert_max_num_queries(16):
        client.get(reverse("xapi_statements"))


def test_an_administrator_sees_all(client, said):
    client.force_login(UserFactory(is_superuser=True))
    assert "autre@exemple.fr" in client.get(reverse("xapi_statements")).content.decode()
