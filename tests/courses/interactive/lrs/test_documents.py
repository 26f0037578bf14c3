"""The documents of activities and agents, and what is known of either."""

import hashlib
import json
import uuid

import pytest

from courses.interactive.lrs import documents
from courses.interactive.lrs.agents import agent_key
from courses.interactive.lrs.documents import Conditions, Place
from courses.interactive.lrs.identities import actor_of
from courses.interactive.lrs.models import Document
from people.services import collect_personal_data, delete_account
from tests.courses.interactive.lrs.factories import (
    ACTIVITY,
    AGENT,
    ClientFactory,
    Speaker,
    make_statement,
    open_session,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

STATE = {"activityId": ACTIVITY, "agent": AGENT}
RESOURCES = {
    "activities/state": (STATE, "stateId"),
    "activities/profile": ({"activityId": ACTIVITY}, "profileId"),
    "agents/profile": ({"agent": AGENT}, "profileId"),
}


@pytest.fixture
def tool():
    return ClientFactory()


@pytest.fixture
def speaker(tool):
    return Speaker(tool)


@pytest.fixture(params=RESOURCES)
def resource(request):
    """A resource with the parameters that name a place of it, and a function that names a document there."""
    place, key = RESOURCES[request.param]
    return request.param, place, lambda name: {**place, key: name}


def test_a_document_comes_back_byte_by_byte_with_its_type_and_tag(speaker, resource):
    address, _place, named = resource
    content = bytes(range(256))
    assert speaker.put(address, content, kind="image/x-perso; a=b", **named("é/1")).status_code == 204
    found = speaker.get(address, **named("é/1"))
    assert (found.content, found.headers["Content-Type"]) == (content, "image/x-perso; a=b")
    assert found.headers["ETag"] == f'"{hashlib.sha1(content).hexdigest()}"'  # noqa: S324
    assert found.headers["Last-Modified"]
    assert "sandbox" in found.headers["Content-Security-Policy"]
    assert speaker.head(address, **named("é/1")).headers["ETag"] == found.headers["ETag"]


def test_names_are_listed_and_narrowed_by_time(speaker, resource):
    address, place, named = resource
    for name in ("b", "a"):
        speaker.put(address, b"x", **named(name))
    response = speaker.get(address, **place)
    assert response.json() == ["a", "b"]
    assert response.headers["ETag"]
    middle = Document.objects.get(key="b").updated_at.isoformat()
    assert speaker.get(address, **place, since=middle).json() == ["a"]
    assert speaker.get(address, **named("a"), since=middle).status_code == 400


def test_a_document_is_deleted_once_and_again(speaker, resource):
    address, _place, named = resource
    speaker.put(address, b"x", **named("a"))
    for _time in range(2):
        assert speaker.delete(address, **named("a")).status_code == 204
        assert speaker.get(address, **named("a")).status_code == 404


def test_posted_json_is_merged_at_the_top(speaker, resource):
    address, _place, named = resource
    speaker.post(address, {"x": "foo", "y": {"a": 1}}, **named("a"))
    assert speaker.post(address, {"y": {"b": 2}, "z": "é"}, **named("a")).status_code == 204
    assert speaker.get(address, **named("a")).json() == {"x": "foo", "y": {"b": 2}, "z": "é"}


@pytest.mark.parametrize(
    ("old", "old_kind", "new", "new_kind"),
    [
        (b"[]", "application/json", b"{}", "application/json"),
        (b"{}", "application/json", b"[]", "application/json"),
        (b"{}", "application/json", b"{", "application/json"),
        (b"{}", "text/plain", b"{}", "application/json"),
        (b"{}", "application/json", b"{}", "text/plain"),
    ],
)
def test_what_cannot_be_merged_is_refused_and_stays(speaker, resource, old, old_kind, new, new_kind):
    address, _place, named = resource
    speaker.put(address, old, kind=old_kind, **named("a"))
    assert speaker.post(address, new, kind=new_kind, **named("a")).status_code == 400
    assert speaker.get(address, **named("a")).content == old


def test_a_new_document_that_says_it_is_json_has_to_be(speaker, resource):
    address, _place, named = resource
    assert speaker.post(address, b"{", **named("a")).status_code == 400
    assert speaker.post(address, b"{", kind="text/plain", **named("a")).status_code == 204


# -- Two at once ---------------------------------------------------------------------------------------------------


def test_a_profile_is_not_replaced_blindly(speaker):
    for address in ("activities/profile", "agents/profile"):
        place, key = RESOURCES[address]
        named = {**place, key: "a"}
        assert speaker.put(address, b"1", **named).status_code == 204
        refused = speaker.put(address, b"2", **named)
        assert refused.status_code == 409
        assert "If-Match" in refused.content.decode()
        tag = speaker.get(address, **named).headers["ETag"]
        assert speaker.put(address, b"2", headers={"If-None-Match": "*"}, **named).status_code == 412
        assert speaker.put(address, b"2", headers={"If-Match": '"autre"'}, **named).status_code == 412
        assert speaker.put(address, b"2", headers={"If-Match": f"W/{tag}"}, **named).status_code == 204
        assert speaker.put(address, b"3", headers={"If-Match": tag}, **named).status_code == 412
        assert speaker.get(address, **named).content == b"2"


def test_a_state_is_replaced_freely_but_conditions_hold(speaker):
    named = {**STATE, "stateId": "a"}
    assert speaker.put("activities/state", b"1", headers={"If-Match": '"x"'}, **named).status_code == 412
    assert speaker.put("activities/state", b"1", **named).status_code == 204
    assert speaker.put("activities/state", b"2", **named).status_code == 204
    for method in ("POST", "DELETE"):
        refused = speaker.send(method, "activities/state", b"{}", headers={"If-Match": '"x"'}, **named)
        assert refused.status_code == 412
    assert speaker.get("activities/state", **named).content == b"2"


@pytest.mark.parametrize(
    ("match", "none_match", "etag", "holds"),
    [
        ("", "", None, True),
        ("", "", "a", True),
        ('"a"', "", "a", True),
        ('"b", W/"a"', "", "a", True),
        ('"b"', "", "a", False),
        ('"a"', "", None, False),
        ("*", "", "a", True),
        ("*", "", None, False),
        ("", "*", None, True),
        ("", "*", "a", False),
        ("", '"a"', "a", False),
        ("", '"b"', "a", True),
    ],
)
def test_conditions_hold_as_http_has_it(match, none_match, etag, holds):
    assert Conditions(match, none_match).hold(etag) is holds


# -- Places --------------------------------------------------------------------------------------------------------


def test_each_registration_has_its_states_and_lists_show_all(speaker):
    one = str(uuid.uuid4())
    speaker.put("activities/state", b"1", **STATE, stateId="a", registration=one)
    speaker.put("activities/state", b"2", **STATE, stateId="b")
    assert speaker.get("activities/state", **STATE, stateId="a").status_code == 404
    assert speaker.get("activities/state", **STATE, stateId="a", registration=one).content == b"1"
    assert speaker.get("activities/state", **STATE).json() == ["a", "b"]
    assert speaker.get("activities/state", **STATE, registration=one).json() == ["a"]
    assert speaker.delete("activities/state", **STATE, registration=one).status_code == 204
    assert speaker.get("activities/state", **STATE).json() == ["b"]
    assert speaker.delete("activities/state", **STATE).status_code == 204
    assert speaker.get("activities/state", **STATE).json() == []


def test_a_tool_sees_no_document_of_another_federation(speaker, resource):
    address, place, named = resource
    speaker.put(address, b"x", **named("a"))
    other = Speaker(ClientFactory())
    assert other.get(address, **place).json() == []
    assert other.get(address, **named("a")).status_code == 404
    other.delete(address, **named("a"))
    assert speaker.get(address, **named("a")).status_code == 200


def test_a_place_is_named_whole_and_rightly(speaker, resource):
    address, place, named = resource
    for name in place:
        rest = {other: value for other, value in named("a").items() if other != name}
        assert speaker.get(address, **rest).status_code == 400
        assert speaker.put(address, b"x", **rest).status_code == 400
    assert speaker.put(address, b"x", **place).status_code == 400
    assert speaker.get(address, **place, autre="1").status_code == 400
    assert speaker.put(address, b"x", **named("a" * 256)).status_code == 400
    if address != "activities/state":
        assert speaker.delete(address, **place).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [{"activityId": "x"}, {"agent": "x"}, {"agent": {"objectType": "Group", "member": [AGENT]}}, {"registration": "1"}],
)
def test_a_state_of_nothing_is_refused(speaker, wrong):
    assert speaker.put("activities/state", b"x", **(STATE | {"stateId": "a"} | wrong)).status_code == 400


def test_what_is_too_big_is_refused(speaker, monkeypatch):
    monkeypatch.setattr(documents, "MAX_SIZE", 10)
    assert speaker.put("activities/state", b"x" * 11, **STATE, stateId="a").status_code == 413
    speaker.post("activities/state", {"a": 1}, **STATE, stateId="b")
    assert speaker.post("activities/state", {"b": 1}, **STATE, stateId="b").status_code == 413
    assert speaker.get("activities/state", **STATE, stateId="b").json() == {"a": 1}


def test_a_type_that_would_break_the_answer_is_refused(tool):
    place = Place(tool.federation_id, Document.Resource.STATE, ACTIVITY, "mbox:mailto:a@b.fr")
    for kind in ("text/plain\r\nX-A: 1", "a" * 151):
        with pytest.raises(documents.DocumentError):
            documents.put(place, "a", b"", kind)


# -- Launched contents ---------------------------------------------------------------------------------------------


def test_a_launched_content_keeps_to_its_person_its_activity_and_its_registration():
    session = open_session()
    content = Speaker(session)
    own = {
        "activityId": ACTIVITY,
        "agent": actor_of(session.user),
        "registration": str(session.registration),
        "stateId": "suspend",
    }
    assert content.put("activities/state", b"x", **own).status_code == 204
    assert content.get("activities/state", **own).content == b"x"
    assert Document.objects.get().user == session.user
    for wrong in ({"agent": AGENT}, {"activityId": "a:b"}, {"registration": str(uuid.uuid4())}):
        for method in ("GET", "PUT", "POST", "DELETE"):
            assert content.send(method, "activities/state", b"{}", **(own | wrong)).status_code == 403
    assert content.get("activities", activityId="a:b").status_code == 403
    assert content.get("agents", agent=AGENT).status_code == 403
    assert content.get("activities/profile", activityId=ACTIVITY).status_code == 200
    assert content.put("activities/profile", b"x", activityId=ACTIVITY, profileId="a").status_code == 403
    assert content.get("agents/profile", agent=own["agent"], profileId="cmi5LearnerPreferences").status_code == 404
    assert (
        content.put("agents/profile", b"{}", agent=own["agent"], profileId="cmi5LearnerPreferences").status_code == 204
    )


def test_a_launched_content_reads_its_launch_data_and_cannot_change_it():
    session = open_session()
    content = Speaker(session)
    place = {"activityId": ACTIVITY, "agent": actor_of(session.user), "registration": str(session.registration)}
    documents.put(
        Place(
            session.federation_id, Document.Resource.STATE, ACTIVITY, agent_key(place["agent"]), place["registration"]
        ),
        "LMS.LaunchData",
        b"{}",
        "application/json",
    )
    assert content.get("activities/state", **place, stateId="LMS.LaunchData").json() == {}
    for method in ("PUT", "POST", "DELETE"):
        assert content.send(method, "activities/state", b"{}", **place, stateId="LMS.LaunchData").status_code == 403
    content.put("activities/state", b"x", **place, stateId="autre")
    assert content.delete("activities/state", **place).status_code == 204
    assert content.get("activities/state", **place).json() == ["LMS.LaunchData"]


# -- Activities and agents -----------------------------------------------------------------------------------------


def test_an_activity_has_its_last_definition(speaker):
    for name in ("Ancien", "Nouveau"):
        definition = {"name": {"fr": name, "en": f"{name}!"}, "type": "a:t"}
        speaker.post("statements", make_statement(object={"id": ACTIVITY, "definition": definition}))
    speaker.post("statements", make_statement())
    found = speaker.get("activities", activityId=ACTIVITY).json()
    assert found["definition"]["name"] == {"fr": "Nouveau", "en": "Nouveau!"}
    french = speaker.get("activities", activityId=ACTIVITY, headers={"Accept-Language": "fr"}).json()
    assert french["definition"] == {"name": {"fr": "Nouveau"}, "type": "a:t"}
    assert speaker.get("activities", activityId="a:b").json() == {"objectType": "Activity", "id": "a:b"}
    assert speaker.get("activities").status_code == 400


def test_an_agent_is_a_person_of_one_identifier(speaker):
    found = speaker.get("agents", agent={**AGENT, "name": "Camille"}).json()
    assert found == {"objectType": "Person", "name": ["Camille"], "mbox": [AGENT["mbox"]]}
    assert speaker.get("agents", agent={"name": "Camille"}).status_code == 400


# -- People's data -------------------------------------------------------------------------------------------------


def test_documents_about_a_person_are_in_their_copy_and_go_with_them(speaker):
    user = UserFactory()
    speaker.put("activities/state", "é", kind="text/plain", activityId=ACTIVITY, agent=actor_of(user), stateId="a")
    speaker.put("agents/profile", b"\xff", agent={"mbox": f"mailto:{user.email}"}, profileId="b")
    speaker.put("agents/profile", b"x", agent=AGENT, profileId="c")
    told = {found["nom"]: found for found in collect_personal_data(user)["documents xAPI"]}
    assert told["a"]["contenu"] == "é"
    assert told["b"]["contenu en base 64"] == "/w=="
    assert json.dumps([found["activité"] for found in told.values()])
    delete_account(user)
    assert list(Document.objects.values_list("key", flat=True)) == ["c"]
