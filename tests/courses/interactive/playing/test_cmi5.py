"""cmi5: launching an assignable unit, and what its statements amount to."""

import json
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.lrs.models import Document, Session, Statement
from courses.interactive.lrs.services import FetchError, fetch, record_checked
from courses.interactive.lrs.validation import validate_statement
from courses.interactive.playing.cmi5 import (
    CATEGORY,
    LAUNCH_DATA,
    PREFERENCES,
    SATISFIED,
    SESSION,
    UnitState,
    after,
    launch,
    satisfied_groups,
    take_in,
    unit_iri,
    unit_state,
)
from courses.interactive.playing.models import PlayState
from courses.interactive.playing.outcome import Reported, Score
from tests.courses.interactive.factories import PackageFactory, RegistrationFactory, make_interactive
from tests.courses.interactive.packages import makers
from tests.factories import UserFactory

from ..packages.test_cmi5 import check, with_units

ACTIVITY, SESSION_ID = "https://exemple.fr/activites/1/?au=1", "0f5f0e6c-6b5f-4d0f-9f6f-0d1f3c5b7a99"
ITEM = {"id": "https://exemple.fr/au", "move_on": "CompletedAndPassed", "mastery_score": 0.7}


def said(verb, *, activity=ACTIVITY, session_id=SESSION_ID, category=CATEGORY, **result) -> dict:
    statement = {
        "id": str(uuid.uuid4()),
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": activity},
        "context": {"contextActivities": {"category": [{"id": category}]}, "extensions": {SESSION: session_id}},
    }
    return statement | ({"result": result} if result else {})


def heard(*statements, item=ITEM, state=None) -> UnitState:
    state = state or UnitState()
    for statement in statements:
        state = after(state, statement, item, activity=ACTIVITY, session_id=SESSION_ID)
    return state


PASSED = {"score": {"scaled": 0.8}, "success": True}


@pytest.mark.parametrize(
    ("statements", "state"),
    [
        ([], UnitState()),
        ([said("initialized")], UnitState(opened=True)),
        ([said("completed", completion=True)], UnitState(opened=True, completed=True)),
        ([said("passed", **PASSED)], UnitState(opened=True, passed=True, score=Decimal("0.8"))),
        (
            [said("failed", success=False, score={"scaled": 0.2}), said("passed", **PASSED)],
            UnitState(opened=True, failed=True, passed=True, score=Decimal("0.8")),
        ),
        ([said("passed", success=True, score={"scaled": 0.5})], UnitState(opened=True)),
        ([said("failed", success=False, score={"scaled": 0.9})], UnitState(opened=True)),
        ([said("passed", success=False)], UnitState(opened=True)),
        ([said("passed", success=True)], UnitState(opened=True, passed=True)),
        ([said("completed", completion=False)], UnitState(opened=True)),
        ([said("experienced")], UnitState()),
        ([said("passed", category="https://exemple.fr/autre", **PASSED)], UnitState()),
        ([said("passed", session_id=str(uuid.uuid4()), **PASSED)], UnitState()),
        ([said("passed", activity="https://exemple.fr/autre", **PASSED)], UnitState()),
    ],
)
def test_the_statements_of_an_au_add_up(statements, state):
    assert heard(*statements) == state


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "score", "scaled"]), inner),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_whatever_a_statement_holds_it_is_read(result, context, verb):
    statement = said("passed")
    assert heard(statement | {"result": result}).opened
    assert heard(statement | {"context": context}) == UnitState()
    assert heard(statement | {"verb": verb}) == UnitState()
    assert heard(result) == UnitState()


@pytest.mark.parametrize(
    ("rule", "completed", "passed", "both", "neither"),
    [
        ("Passed", False, True, True, False),
        ("Completed", True, False, True, False),
        ("CompletedAndPassed", False, False, True, False),
        ("CompletedOrPassed", True, True, True, False),
        ("NotApplicable", True, True, True, True),
    ],
)
def test_each_rule_to_move_on_is_met_by_what_it_says(rule, completed, passed, both, neither):
    assert UnitState(completed=True).satisfies(rule) is completed
    assert UnitState(passed=True).satisfies(rule) is passed
    assert UnitState(completed=True, passed=True).satisfies(rule) is both
    assert UnitState(failed=True).satisfies(rule) is neither


def test_an_au_that_asks_for_nothing_is_over_once_it_has_been_opened():
    assert not UnitState().as_data("NotApplicable")["best"]["completed"]
    assert UnitState(opened=True).as_data("NotApplicable")["best"]["completed"]


def test_the_state_of_an_au_is_stored_and_read_again():
    state = UnitState(opened=True, completed=True, passed=True, score=Decimal("0.8"))
    assert unit_state(json.loads(json.dumps(state.as_data("Passed")))) == state
    assert unit_state(None) == unit_state("x") == UnitState()


def test_blocks_and_the_course_are_satisfied_with_all_that_they_hold():
    inner = f'<block id="https://e.fr/b2"><title/>{makers.unit("https://e.fr/2")}</block>'
    outer = f'<block id="https://e.fr/b1"><title/>{makers.unit("https://e.fr/1")}{inner}</block>'
    structure = check(with_units(outer + makers.unit("https://e.fr/3"))).structure
    assert satisfied_groups(structure, {}) == []
    assert [found for found, _kind in satisfied_groups(structure, {"https://e.fr/2": True})] == ["https://e.fr/b2"]
    assert [found for found, _kind in satisfied_groups(structure, {f"https://e.fr/{n}": True for n in (1, 2, 3)})] == [
        "https://e.fr/b2",
        "https://e.fr/b1",
        "https://exemple.fr/cours/1",
    ]


# -- Launching, and what changes -----------------------------------------------------------------------------------


@pytest.fixture
def registration(db):
    package = PackageFactory(kind="cmi5", versions__structure=check(makers.cmi5()).structure)
    return RegistrationFactory(page=make_interactive(package=package), version=package.current)


@pytest.fixture
def au(registration):
    return registration.version.structure["items"][1]


def launched(registration, au):
    federation = registration.page.course.federation
    return launch(registration, au, federation, "https://contenus.exemple.fr"), Session.objects.latest("pk")


def test_a_launch_gives_the_address_what_cmi5_asks_for(registration, au):
    found, session = launched(registration, au)
    assert set(found.parameters) == {"endpoint", "fetch", "actor", "registration", "activityId"}
    assert found.parameters["endpoint"] == "https://contenus.exemple.fr" + reverse("lrs:root")
    assert found.parameters["registration"] == str(registration.pk)
    assert found.parameters["activityId"] == session.activity == unit_iri(registration, au["id"])
    assert json.loads(found.parameters["actor"])["account"]["name"] == str(registration.user_id)
    assert au["id"] not in found.parameters["activityId"]


def test_the_fetch_key_of_a_launch_is_good_once(registration, au):
    found, _session = launched(registration, au)
    key = found.parameters["fetch"].rstrip("/").rpartition("/")[2]
    assert fetch(key)
    with pytest.raises(FetchError) as refused:
        fetch(key)
    assert refused.value.code == "1"


def test_the_launch_data_and_the_preferences_are_there_to_be_read(registration, au):
    _found, session = launched(registration, au)
    data = json.loads(bytes(Document.objects.get(key=LAUNCH_DATA).content))
    assert data["launchMode"] == "Normal"
    assert data["moveOn"] == "CompletedAndPassed"
    assert data["masteryScore"] == 0.7
    assert data["launchParameters"] == "niveau=1"
    template = data["contextTemplate"]
    assert template["extensions"] == {SESSION: str(session.session_id)}
    assert {"id": au["id"]} in template["contextActivities"]["grouping"]
    preferences = Document.objects.get(key=PREFERENCES)
    assert json.loads(bytes(preferences.content))["audioPreference"] == "on"


def test_the_site_says_that_it_has_launched(registration, au):
    _found, session = launched(registration, au)
    statement = Statement.objects.get()
    assert statement.verb.endswith("/launched")
    assert statement.activity == session.activity
    assert statement.registration == registration.pk
    assert not statement.client_reported
    assert statement.raw["context"]["extensions"][SESSION] == str(session.session_id)


def test_preferences_that_the_learner_has_set_stay(registration, au):
    launched(registration, au)
    Document.objects.filter(key=PREFERENCES).update(content=b'{"audioPreference": "off"}')
    launched(registration, au)
    assert bytes(Document.objects.get(key=PREFERENCES).content) == b'{"audioPreference": "off"}'


def sent(registration, session, *statements) -> list[Statement]:
    """Store statements as the LRS does when a launched content sends them."""
    actor = {"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": str(registration.user_id)}}
    checked = []
    for statement in statements:
        whole = {**statement, "actor": actor}
        whole["context"] = whole["context"] | {"registration": str(registration.pk)}
        checked.append(validate_statement(whole))
    ids = record_checked(
        checked, federation_id=session.federation_id, user=registration.user, session=session, client_reported=True
    )
    return list(Statement.objects.filter(id__in=ids))


def test_a_passed_and_completed_au_satisfies_its_block_and_its_course_once(registration, au):
    _found, session = launched(registration, au)
    mine = {"activity": session.activity, "session_id": str(session.session_id)}
    sent(registration, session, said("initialized", **mine))
    sent(registration, session, said("passed", **mine, **PASSED))
    registration.refresh_from_db()
    assert registration.success
    assert registration.score == Decimal("0.8")
    assert registration.completed_at is None
    sent(registration, session, said("completed", **mine, completion=True))
    registration.refresh_from_db()
    assert registration.completed_at is not None
    assert registration.done_at is not None
    assert Statement.objects.filter(verb=SATISFIED).count() == 2
    sent(registration, session, said("completed", **mine, completion=True))
    assert Statement.objects.filter(verb=SATISFIED).count() == 2


def test_what_an_au_says_is_told_as_a_whole(registration, au):
    _found, session = launched(registration, au)
    mine = {"activity": session.activity, "session_id": str(session.session_id)}
    raws = [Statement(raw=said("passed", **mine, **PASSED)), Statement(raw=said("completed", **mine))]
    assert take_in(raws, session) == Reported(Score(Decimal("0.8")), success=True, completed=True)
    assert take_in(raws, session) is None
    assert PlayState.objects.get(key=au["id"]).data["satisfied"]


def test_the_session_of_another_person_changes_nothing(registration, au):
    _found, session = launched(registration, au)
    other = RegistrationFactory(page=registration.page, version=registration.version)
    session.registration = other.pk
    mine = {"activity": session.activity, "session_id": str(session.session_id)}
    assert take_in([Statement(raw=said("passed", **mine, **PASSED))], session) is None


def test_a_visitor_is_asked_to_sign_in_since_the_unit_speaks_in_a_person_s_name(client, registration):
    page = registration.page
    answer = client.get(reverse("playing:play", args=[page.pk]))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_tried_out_of_any_page_it_says_how_to_try_it(client, registration):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    answer = client.get(reverse("playing:preview_package", args=[registration.version.package_id]))
    assert answer.status_code == 409
    assert "placez-le dans un module" in answer.text
