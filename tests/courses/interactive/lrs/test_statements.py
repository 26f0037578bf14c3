"""The statement resource, as tools and launched contents meet it."""

import json
import uuid
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as WebClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.interactive.lrs import auth, reading, services
from courses.interactive.lrs.agents import agent_key
from courses.interactive.lrs.identities import actor_of, authority_of
from courses.interactive.lrs.models import Client, Session, Statement
from courses.interactive.lrs.signals import statement_recorded
from tests.courses.interactive.lrs.factories import (
    ACTIVITY,
    AGENT,
    ANSWERED,
    VOIDED,
    ClientFactory,
    Speaker,
    make_statement,
    open_session,
    own_statement,
)
from tests.factories import FederationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool():
    return ClientFactory()


@pytest.fixture
def speaker(tool):
    return Speaker(tool)


@pytest.fixture
def session():
    return open_session()


@pytest.fixture
def content(session):
    return Speaker(session)


def ids_of(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [statement["id"] for statement in response.json()["statements"]]


def send(speaker, *statements) -> list[str]:
    """Send statements one by one and return their ids."""
    for statement in statements:
        response = speaker.post("statements", statement)
        assert response.status_code == 200, response.content
    return [statement["id"] for statement in statements]


# -- Writing -------------------------------------------------------------------------------------------------------


def test_a_posted_statement_comes_back_as_it_was_sent(speaker, tool):
    statement = make_statement(context={"contextActivities": {"parent": {"id": "a:p"}}})
    response = speaker.post("statements", statement)
    assert (response.status_code, response.json()) == (200, [statement["id"]])
    found = speaker.get("statements", statementId=statement["id"])
    assert found.status_code == 200
    body = found.json()
    assert body["actor"] == AGENT
    assert body["context"] == {"contextActivities": {"parent": [{"id": "a:p"}]}}
    assert body["authority"] == authority_of(tool)
    assert found.headers["X-Experience-API-Version"] == "1.0.3"
    assert found.headers["Last-Modified"]
    assert found.headers["X-Experience-API-Consistent-Through"] >= body["stored"]
    row = Statement.objects.get()
    assert (row.client, row.federation, row.client_reported) == (tool, tool.federation, False)


def test_a_batch_gives_ids_in_its_order(speaker):
    batch = [make_statement(), make_statement(id=None), make_statement()]
    response = speaker.post("statements", batch)
    first, made, last = response.json()
    assert (first, last) == (batch[0]["id"], batch[2]["id"])
    assert Statement.objects.filter(id=made).exists()
    assert speaker.post("statements", []).json() == []


def test_put_stores_under_the_id_of_the_address(speaker):
    statement_id = str(uuid.uuid4())
    assert speaker.put("statements", make_statement(id=None), statementId=statement_id).status_code == 204
    assert speaker.put("statements", make_statement(id=None), statementId=statement_id).status_code == 204
    other = make_statement(id=None, verb={"id": "a:b"})
    assert speaker.put("statements", other, statementId=statement_id).status_code == 409
    assert speaker.put("statements", make_statement(), statementId=str(uuid.uuid4())).status_code == 400
    assert speaker.put("statements", [make_statement()], statementId=statement_id).status_code == 400
    assert speaker.put("statements", make_statement()).status_code == 400
    assert Statement.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("{", "application/json", "JSON"),
        (b"\xff", "application/json", "UTF-8"),
        ('{"id": 1, "id": 2}', "application/json", "deux fois"),
        ('{"result": NaN}', "application/json", "NaN"),
        ("[" * 100_000, "application/json", "JSON"),
        (json.dumps(make_statement()), "text/plain", "application/json"),
        ('"texte"', "application/json", "objet"),
        ("[[]]", "application/json", "objet"),
    ],
)
def test_what_is_no_statement_is_refused_in_plain_words(speaker, body, kind, said):
    response = speaker.post("statements", body, kind=kind)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert said in response.content.decode()


def test_a_fault_in_a_batch_is_told_by_its_place_and_nothing_is_stored(speaker):
    response = speaker.post("statements", [make_statement(), make_statement(verb={"id": "x"})])
    assert response.status_code == 400
    assert response.content.decode().startswith("[1].verb.id")
    assert not Statement.objects.exists()


def test_what_is_too_big_is_refused(speaker, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = speaker.post("statements", make_statement(result={"response": "x" * 2000}))
    assert response.status_code == 413


def test_a_multipart_without_attachments_is_read_and_one_with_them_is_refused(speaker):
    kind = 'multipart/mixed; boundary="abc"'
    part = f"--abc\r\nContent-Type: application/json\r\n\r\n{json.dumps(make_statement())}\r\n"
    assert speaker.post("statements", f"{part}--abc--\r\n", kind=kind).status_code == 200
    file = "--abc\r\nContent-Type: text/plain\r\nX-Experience-API-Hash: 00\r\n\r\nfichier\r\n"
    refused = speaker.post("statements", f"{part}{file}--abc--\r\n", kind=kind)
    assert refused.status_code == 400
    assert "fileUrl" in refused.content.decode()
    assert speaker.post("statements", "rien", kind="multipart/mixed").status_code == 400


# -- Reading -------------------------------------------------------------------------------------------------------


def test_lists_are_filtered(speaker):
    registration = str(uuid.uuid4())
    camille, noor = AGENT, {"account": {"homePage": "https://exemple.fr", "name": "noor"}}
    plain, by_noor, registered, grouped, about = send(
        speaker,
        make_statement(),
        make_statement(actor=noor, verb={"id": "a:lu"}),
        make_statement(actor=noor, object={"id": "a:autre"}, context={"registration": registration}),
        make_statement(actor={"objectType": "Group", "member": [noor, camille]}, object={"id": "a:autre"}),
        make_statement(actor=noor, verb={"id": "a:lu"}, object=camille),
    )
    every = [about, grouped, registered, by_noor, plain]
    assert ids_of(speaker.get("statements")) == every
    assert ids_of(speaker.get("statements", ascending="true")) == every[::-1]
    assert ids_of(speaker.get("statements", agent=camille)) == [about, grouped, plain]
    assert ids_of(speaker.get("statements", agent=noor)) == [about, grouped, registered, by_noor]
    assert ids_of(speaker.get("statements", verb="a:lu")) == [about, by_noor]
    assert ids_of(speaker.get("statements", activity=ACTIVITY)) == [by_noor, plain]
    assert ids_of(speaker.get("statements", registration=registration)) == [registered]
    assert ids_of(speaker.get("statements", agent=noor, verb=ANSWERED)) == [grouped, registered]
    assert ids_of(speaker.get("statements", agent=camille, activity="a:autre")) == [grouped]
    assert ids_of(speaker.get("statements", agent={"mbox": "mailto:personne@exemple.fr"})) == []


def test_related_filters_look_into_the_context_and_into_sub_statements(speaker, tool):
    teacher = {"mbox": "mailto:prof@exemple.fr"}
    around = {"parent": [{"id": "a:p"}, {"id": "a:p2"}], "category": {"id": "a:c"}}
    sub = {"objectType": "SubStatement", "actor": teacher, "verb": {"id": "a:v"}, "object": {"id": "a:sous"}}
    inside, planned, other = send(
        speaker,
        make_statement(context={"instructor": teacher, "contextActivities": around}),
        make_statement(object=sub),
        make_statement(object={"id": "a:p"}),
    )
    for name, found in {
        "a:p": [other, inside],
        "a:p2": [inside],
        "a:c": [inside],
        "a:sous": [planned],
        ACTIVITY: [inside],
    }.items():
        assert ids_of(speaker.get("statements", activity=name, related_activities="true")) == found
    assert ids_of(speaker.get("statements", activity="a:c")) == []
    assert ids_of(speaker.get("statements", agent=teacher)) == []
    assert ids_of(speaker.get("statements", agent=teacher, related_agents="true")) == [planned, inside]
    both = {"agent": teacher, "related_agents": "true", "activity": "a:c", "related_activities": "true"}
    assert ids_of(speaker.get("statements", **both)) == [inside]
    by_authority = speaker.get("statements", agent=authority_of(tool), related_agents="true")
    assert ids_of(by_authority) == [other, planned, inside]


def test_a_time_is_exclusive_since_and_inclusive_until(speaker):
    first, second, third = send(speaker, make_statement(), make_statement(), make_statement())
    stored = speaker.get("statements", statementId=second).json()["stored"]
    assert ids_of(speaker.get("statements", since=stored)) == [third]
    assert ids_of(speaker.get("statements", until=stored)) == [second, first]
    assert ids_of(speaker.get("statements", since=stored, until=stored)) == []
    assert ids_of(speaker.get("statements", since="2100-01-01T00:00:00Z")) == []
    assert ids_of(speaker.get("statements", until="2000-01-01T00:00:00 02:00")) == []


@pytest.mark.parametrize("few", [200, 0])
def test_statements_that_speak_of_a_found_one_are_found_too(speaker, monkeypatch, few):
    monkeypatch.setattr(reading, "_FEW", few)
    about = make_statement()
    comment = make_statement(actor={"mbox": "mailto:z@exemple.fr"}, verb={"id": "a:commente"}, object=reference(about))
    answer = make_statement(actor={"mbox": "mailto:y@exemple.fr"}, verb={"id": "a:aime"}, object=reference(comment))
    send(speaker, about, comment, answer, make_statement(object={"id": "a:autre"}, actor={"mbox": "mailto:y@x.fr"}))
    every = [answer["id"], comment["id"], about["id"]]
    assert ids_of(speaker.get("statements", activity=ACTIVITY)) == every
    assert ids_of(speaker.get("statements", agent=AGENT)) == every
    assert ids_of(speaker.get("statements", verb="a:commente")) == every[:2]
    first = speaker.get("statements", agent=AGENT, limit=1)
    assert ids_of(first) + ids_of(speaker.web.get(first.json()["more"])) == every[:2]


def reference(statement) -> dict:
    return {"objectType": "StatementRef", "id": statement["id"]}


def test_a_void_statement_is_found_by_its_own_name_only_and_its_voiding_by_its_filters(speaker):
    statement = make_statement()
    voiding = make_statement(verb={"id": VOIDED}, object=reference(statement), actor={"mbox": "mailto:z@exemple.fr"})
    send(speaker, statement, voiding)
    assert ids_of(speaker.get("statements")) == [voiding["id"]]
    assert ids_of(speaker.get("statements", activity=ACTIVITY)) == [voiding["id"]]
    assert speaker.get("statements", statementId=statement["id"]).status_code == 404
    assert speaker.get("statements", voidedStatementId=statement["id"]).json()["id"] == statement["id"]
    assert speaker.get("statements", voidedStatementId=voiding["id"]).status_code == 404


@pytest.mark.parametrize("filters", [{}, {"verb": ANSWERED}, {"activity": "a:c", "related_activities": "true"}])
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_follow_each_other_without_missing_any_while_others_come_in(speaker, filters, ascending):
    context = {"contextActivities": {"category": {"id": "a:c"}, "parent": {"id": "a:p"}}}
    sent = send(speaker, *(make_statement(context=context) for _n in range(5)))
    response = speaker.get("statements", limit=2, ascending=ascending, **filters)
    seen = ids_of(response)
    while more := response.json()["more"]:
        if ascending == "false":
            send(speaker, make_statement(context=context))
        response = speaker.web.get(more)
        seen += ids_of(response)
    assert seen == (sent if ascending == "true" else sent[::-1])


def test_the_next_page_is_only_for_who_may_see_it(speaker):
    send(speaker, make_statement(), make_statement())
    more = speaker.get("statements", limit=1).json()["more"]
    assert ids_of(Speaker(ClientFactory()).web.get(more)) == []
    assert Speaker().web.get(more).status_code == 401
    assert speaker.web.get(f"{more}x").status_code == 404


def test_a_list_has_a_hundred_statements_and_five_hundred_at_most(speaker):
    speaker.post("statements", [make_statement() for _n in range(501)])
    assert len(ids_of(speaker.get("statements"))) == 100
    assert len(ids_of(speaker.get("statements", limit=0))) == 100
    assert len(ids_of(speaker.get("statements", limit=1000))) == 500


@pytest.mark.parametrize(
    "parameters",
    [
        {"Agent": AGENT},
        {"inconnu": "1"},
        {"agent": "{"},
        {"agent": {"name": "Camille"}},
        {"agent": {"objectType": "Group", "member": [AGENT]}},
        {"verb": "answered"},
        {"activity": "x"},
        {"registration": "x"},
        {"related_agents": "oui"},
        {"since": "hier"},
        {"limit": "-1"},
        {"limit": "9999999999"},
        {"format": "court"},
        {"attachments": "1"},
        {"ascending": "True"},
        {"statementId": str(uuid.UUID(int=1)), "limit": 1},
        {"statementId": str(uuid.UUID(int=1)), "voidedStatementId": str(uuid.UUID(int=1))},
        {"statementId": "x"},
        {"agent": "\x00"},
    ],
)
def test_parameters_that_make_no_sense_are_refused(speaker, parameters):
    response = speaker.get("statements", **parameters)
    assert response.status_code == 400
    assert response.content


def test_a_parameter_given_twice_is_refused(speaker):
    assert speaker.web.get("/xapi/statements?limit=1&limit=2").status_code == 400


def test_the_format_of_ids_keeps_what_identifies(speaker):
    statement = make_statement(
        actor={"objectType": "Group", "name": "Équipe", "member": [{**AGENT, "name": "Camille"}]},
        object={"id": ACTIVITY, "definition": {"name": {"fr": "A"}}},
        context={
            "instructor": {**AGENT, "name": "Prof"},
            "contextActivities": {"parent": [{"id": "a:p", "definition": {}}]},
        },
    )
    send(speaker, statement)
    (found,) = speaker.get("statements", format="ids").json()["statements"]
    assert found["actor"] == {"objectType": "Group", "member": [AGENT]}
    assert found["object"] == {"id": ACTIVITY}
    assert found["verb"] == {"id": ANSWERED}
    assert found["context"] == {"instructor": AGENT, "contextActivities": {"parent": [{"id": "a:p"}]}}


def test_the_canonical_format_has_the_last_definition_in_the_language_of_the_reader(speaker):
    def named(**names):
        return make_statement(
            verb={"id": ANSWERED, "display": {"en": "answered", "fr": "a répondu"}},
            object={"id": ACTIVITY, "definition": {"name": names}},
        )

    old, new = send(speaker, named(fr="Ancien"), named(en="New", fr="Nouveau"))
    found = speaker.get("statements", statementId=old, format="canonical", headers={"Accept-Language": "de, fr;q=0.5"})
    assert found.json()["object"]["definition"]["name"] == {"fr": "Nouveau"}
    assert found.json()["verb"]["display"] == {"fr": "a répondu"}
    exact = speaker.get("statements", statementId=old).json()
    assert exact["object"]["definition"]["name"] == {"fr": "Ancien"}
    (last, _first) = speaker.get("statements", format="canonical", headers={"Accept-Language": "en-GB"}).json()[
        "statements"
    ]
    assert (last["id"], last["object"]["definition"]["name"]) == (new, {"en": "New"})


def test_attachments_asked_for_come_as_a_multipart_with_the_statements_alone(speaker):
    (statement_id,) = send(speaker, make_statement())
    response = speaker.get("statements", statementId=statement_id, attachments="true")
    assert response.headers["Content-Type"].startswith("multipart/mixed")
    assert statement_id.encode() in response.content


def test_head_gives_the_headers_alone(speaker):
    (statement_id,) = send(speaker, make_statement())
    response = speaker.head("statements", statementId=statement_id)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Last-Modified"]


@pytest.mark.parametrize("size", [3, 60])
def test_a_page_costs_the_same_queries_however_long(speaker, size):
    speaker.post("statements", [make_statement() for _n in range(size)])
    with CaptureQueriesContext(connection) as queries:
        speaker.get("statements", agent=AGENT, verb=ANSWERED, format="canonical")
    assert len(queries) == 10


# -- Federations ---------------------------------------------------------------------------------------------------


def test_a_tool_sees_nothing_of_another_federation(speaker):
    (statement_id,) = send(speaker, make_statement())
    other = Speaker(ClientFactory())
    for filters in ({}, {"agent": AGENT}, {"activity": ACTIVITY, "related_activities": "true"}, {"verb": ANSWERED}):
        assert ids_of(other.get("statements", **filters)) == []
    assert other.get("statements", statementId=statement_id).status_code == 404
    assert other.get("activities", activityId=ACTIVITY).json() == {"objectType": "Activity", "id": ACTIVITY}


# -- Credentials ---------------------------------------------------------------------------------------------------


def test_a_secret_is_kept_as_a_hash_only(tool):
    assert tool.secret not in tool.secret_hash
    assert len(tool.secret) >= 43


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "Basic",
        "Basic é",
        "Basic " + b64encode(b"sans deux-points").decode(),
        "Basic " + b64encode(b"inconnu:secret").decode(),
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Basic " + b64encode(b"session:x").decode(),
        "Basic " + b64encode(b":").decode(),
        "Basic " + b64encode(b"a\x00:b").decode(),
        "Basic " + b64encode(b"a" * 1000).decode(),
    ],
)
def test_what_is_no_credential_opens_nothing(header):
    web = WebClient(headers={"X-Experience-API-Version": "1.0.3"})
    response = web.get("/xapi/statements", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_a_wrong_secret_and_a_tool_that_is_off_open_nothing(tool, speaker):
    other = ClientFactory()
    tool.secret, right = other.secret, tool.secret
    assert Speaker(tool).get("statements").status_code == 401
    tool.secret = right
    assert speaker.get("statements").status_code == 200
    Client.objects.filter(pk=tool.pk).update(active=False)
    assert speaker.get("statements").status_code == 401


def test_a_browser_of_another_origin_is_never_asked_for_a_password():
    response = Speaker().web.get("/xapi/statements", headers={"Origin": "null"})
    assert response.status_code == 401
    assert "WWW-Authenticate" not in response.headers


def test_who_is_signed_in_to_the_site_has_no_right_by_it(client):
    client.force_login(UserFactory(is_superuser=True))
    assert client.get("/xapi/statements", headers={"X-Experience-API-Version": "1.0.3"}).status_code == 401


def test_a_tool_does_what_it_may():
    reader = Speaker(ClientFactory(may_write=False))
    assert reader.post("statements", make_statement()).status_code == 403
    assert reader.get("statements").status_code == 200
    writer = Speaker(ClientFactory(may_read=False))
    assert writer.post("statements", make_statement()).status_code == 200
    assert writer.get("statements").status_code == 403
    assert writer.get("activities", activityId=ACTIVITY).status_code == 403


def test_the_use_of_a_tool_is_noted_once_an_hour(tool, speaker):
    speaker.get("statements")
    first = Client.objects.get(pk=tool.pk).last_used_at
    assert timezone.now() - first < services._LAST_USED_EVERY
    speaker.get("statements")
    assert Client.objects.get(pk=tool.pk).last_used_at == first


def test_too_many_requests_are_refused_for_a_while(speaker, monkeypatch):
    monkeypatch.setattr(auth, "CLIENT_RATE", 2)
    assert [speaker.get("statements").status_code for _n in range(3)] == [200, 200, 429]
    assert speaker.get("statements").headers["Retry-After"]
    assert Speaker(ClientFactory()).get("statements").status_code == 200


# -- Launched contents ---------------------------------------------------------------------------------------------


def test_a_launched_content_speaks_for_its_person(session, content):
    heard = []

    def listen(sender, statements, session, **kwargs):
        heard.append((len(statements), session))

    statement_recorded.connect(listen)
    try:
        response = content.post("statements", [own_statement(session), own_statement(session)])
    finally:
        statement_recorded.disconnect(listen)
    assert response.status_code == 200
    assert heard == [(2, session)]
    row = Statement.objects.first()
    assert (row.user, row.registration, row.federation) == (session.user, session.registration, session.federation)
    assert row.client_reported
    assert row.agent == agent_key(actor_of(session.user))


@pytest.mark.parametrize(
    "parts",
    [
        {"actor": AGENT},
        {"actor": {"objectType": "Group", "member": [AGENT]}},
        {"context": None},
        {"context": {"registration": str(uuid.UUID(int=7))}},
        {"object": {"id": "https://exemple.fr/activites/12/"}},
        {"object": {"id": "https://exemple.fr/activites/1"}},
        {"object": AGENT},
    ],
)
def test_a_launched_content_says_nothing_else(session, content, parts):
    assert content.post("statements", own_statement(session, **parts)).status_code == 403
    assert not Statement.objects.exists()


def test_a_launched_content_speaks_of_the_parts_of_its_activity(session, content):
    part = {"id": f"{ACTIVITY}?subContentId=3"}
    child = {
        "object": {"id": "https://ailleurs.fr/question"},
        "context": {
            "registration": str(session.registration),
            "contextActivities": {"grouping": [{"id": ACTIVITY}]},
        },
    }
    for parts in ({"object": part}, child):
        assert content.post("statements", own_statement(session, **parts)).status_code == 200


@pytest.mark.parametrize(
    ("own", "activity", "owned"),
    [
        ("a:b", "a:b", True),
        ("a:b", "a:bc", False),
        ("a:b", "a:b/c", True),
        ("a:b", "a:b#c", True),
        ("a:b", "a:b?c=1", True),
        ("a:b/", "a:b/c", True),
        ("a:b", "a:", False),
    ],
)
def test_a_part_begins_with_its_activity(own, activity, owned):
    assert auth.Credentials(session=Session(activity=own)).owns_activity(activity) is owned


def test_a_launched_content_reads_what_its_person_did_in_its_registration(session, content):
    send(content, mine := own_statement(session))
    federation = session.federation
    services.record([make_statement(), make_statement(actor=actor_of(session.user))], federation=federation)
    assert ids_of(content.get("statements")) == [mine["id"]]
    other = str(Statement.objects.exclude(id=mine["id"]).first().id)
    assert content.get("statements", statementId=other).status_code == 404
    assert content.get("statements", registration=str(uuid.uuid4())).status_code == 403


def test_a_session_ends_with_its_time_and_with_the_account(session, content):
    Session.objects.filter(pk=session.pk).update(expires_at=timezone.now())
    assert content.get("statements").status_code == 401
    other = open_session()
    other.user.is_active = False
    other.user.save()
    assert Speaker(other).get("statements").status_code == 401


def test_a_token_is_fetched_once_over_http():
    _session, key = services.open_session(UserFactory(), FederationFactory(), uuid.uuid4(), ACTIVITY)
    web = WebClient(headers={"Origin": "null"})
    first = web.post(f"/xapi/jeton/{key}")
    assert first.status_code == 200
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    token = first.json()["auth-token"]
    headers = {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"}
    assert web.get("/xapi/statements", headers=headers).status_code == 200
    assert web.post(f"/xapi/jeton/{key}").json()["error-code"] == "1"
    assert web.post("/xapi/jeton/x").json()["error-code"] == "3"
    assert web.get(f"/xapi/jeton/{key}").status_code == 405


# -- Headers, other origins, the old way of asking -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "status"), [("1.0", 200), ("1.0.9", 200), ("0.95", 400), ("1.1.0", 400), ("2.0.0", 400)]
)
def test_the_version_is_checked_and_told(speaker, version, status):
    response = speaker.get("statements", headers={"X-Experience-API-Version": version})
    assert response.status_code == status
    assert response.headers["X-Experience-API-Version"] == "1.0.3"


def test_a_request_without_version_is_refused():
    assert WebClient().get("/xapi/statements").status_code == 400


def test_any_origin_may_ask_first_and_no_cookie_is_sent_along():
    response = WebClient().options("/xapi/statements", headers={"Origin": "null"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Experience-API-Version" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert not response.cookies


def test_about_needs_neither_credentials_nor_version():
    response = WebClient().get("/xapi/about")
    assert response.json() == {"version": ["1.0.3"]}
    assert WebClient().get("/xapi/").status_code == 200


def test_an_unknown_address_and_an_unknown_method_are_told(speaker):
    assert speaker.get("rien").status_code == 404
    assert speaker.get("rien").headers["Content-Type"].startswith("text/plain")
    response = speaker.delete("statements")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, PUT, POST, OPTIONS")


def old_way(tool, method, resource="statements", **fields):
    """Ask as browsers of old do: everything is in a form."""
    credentials = b64encode(f"{tool.key}:{tool.secret}".encode()).decode()
    form = {"Authorization": f"Basic {credentials}", "X-Experience-API-Version": "1.0.3", **fields}
    return WebClient().post(
        f"/xapi/{resource}?method={method}", urlencode(form), content_type="application/x-www-form-urlencoded"
    )


def test_the_old_way_of_asking_works_for_all_methods(tool):
    statement = make_statement()
    put = old_way(tool, "PUT", statementId=statement["id"], content=json.dumps(statement))
    assert put.status_code == 204, put.content
    assert ids_of(old_way(tool, "GET", agent=json.dumps(AGENT))) == [statement["id"]]
    document = {"activityId": ACTIVITY, "agent": json.dumps(AGENT), "stateId": "reprise"}
    kind = {"Content-Type": "text/plain"}
    assert old_way(tool, "PUT", "activities/state", content="é", **document, **kind).status_code == 204
    found = old_way(tool, "GET", "activities/state", **document)
    assert (found.content.decode(), found.headers["Content-Type"]) == ("é", "text/plain")
    refused = {"If-None-Match": "*"}
    assert old_way(tool, "PUT", "activities/state", content="a", **document, **refused).status_code == 412
    assert old_way(tool, "DELETE", "activities/state", **document).status_code == 204


def test_the_old_way_has_its_rules_too(tool):
    assert old_way(tool, "PATCH").status_code == 400
    assert old_way(tool, "GET", "statements&limit=1").status_code == 404
    response = WebClient().post("/xapi/statements?method=GET&limit=1", "", content_type="text/plain")
    assert response.status_code == 400
