import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.lrs.validation import validate_statement
from courses.interactive.playing.statements import checked_statement

PLACE = "https://exemple.fr/activites/3/"
PART = f"{PLACE}?subContentId=54931a5d-f005-42d3-ba05-21cd1942a3f4"
ACTOR = {"objectType": "Agent", "account": {"homePage": "https://exemple.fr", "name": "7"}}
REGISTRATION = uuid.UUID("7f0e4b4e-3f6b-4a63-9d2a-8c1f6a2b9d10")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ADL = "http://adlnet.gov/expapi/verbs/"


def sent(**changes):
    return {
        "id": "6d0e4b4e-3f6b-4a63-9d2a-8c1f6a2b9d10",
        "actor": {"mbox": "mailto:quelquun@exemple.fr"},
        "verb": {"id": f"{ADL}answered", "display": {"en-US": "answered"}},
        "object": {
            "id": PLACE,
            "objectType": "Activity",
            "definition": {
                "description": {"en-US": "Is this false?"},
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "interactionType": "true-false",
                "correctResponsesPattern": ["false"],
                "extensions": {"http://h5p.org/x-api/h5p-local-content-id": 1},
            },
        },
        "context": {
            "registration": str(uuid.uuid4()),
            "contextActivities": {"category": [{"id": "http://h5p.org/libraries/H5P.TrueFalse-1.6"}]},
        },
        "result": {"response": "false", "score": {"min": 0, "raw": 1, "max": 1, "scaled": 1}, "duration": "PT3.21S"},
        "timestamp": "2026-11-25T11:59:58Z",
    } | changes


def check(raw):
    return checked_statement(raw, PLACE, actor=ACTOR, registration=REGISTRATION, now=NOW)


def test_who_and_in_which_registration_is_said_by_the_server_alone():
    statement = check(sent(authority=ACTOR, version="9", stored="2026-01-01"))
    assert statement["actor"] == ACTOR
    assert statement["context"]["registration"] == str(REGISTRATION)
    assert not {"authority", "version", "stored"} & set(statement)


def test_an_answer_keeps_what_it_is_read_by():
    statement = check(sent())
    assert statement["object"]["definition"] == {
        "description": {"en-US": "Is this false?"},
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "interactionType": "true-false",
        "correctResponsesPattern": ["false"],
    }
    assert statement["result"] == {
        "response": "false",
        "score": {"scaled": 1.0, "raw": 1.0, "min": 0, "max": 1.0},
        "duration": "PT3.21S",
    }
    assert statement["timestamp"] == "2026-11-25T11:59:58+00:00"


def test_a_part_belongs_to_the_content():
    statement = check(sent(object={"id": PART}))
    assert statement["object"]["id"] == PART
    assert statement["context"]["contextActivities"]["parent"] == [{"id": PLACE, "objectType": "Activity"}]


@pytest.mark.parametrize(
    "changes",
    [
        {"object": {"id": "https://exemple.fr/activites/4/"}},
        {"object": {"id": f"{PLACE}../4/"}},
        {"object": {"id": f"{PLACE}?subContentId=1&x=2"}},
        {"object": {"objectType": "StatementRef", "id": str(uuid.uuid4())}},
        {"object": None},
        {"verb": {"id": f"{ADL}voided"}},
        {"verb": {"id": f"{ADL}interacted"}},
        {"verb": {"id": "https://exemple.fr/verbes/hired"}},
        {"verb": "answered"},
        {"id": "1"},
        {"id": None},
    ],
)
def test_what_a_player_of_this_place_cannot_have_said_is_left_out(changes):
    assert check(sent(**changes)) is None


def test_a_score_out_of_bounds_is_left_out():
    statement = check(sent(result={"score": {"raw": 500, "max": 100, "scaled": 1}, "success": True}))
    assert statement["result"] == {"success": True}


@pytest.mark.parametrize("when", [NOW + timedelta(days=1), NOW - timedelta(days=400)])
def test_a_moment_that_cannot_be_becomes_now(when):
    assert check(sent(timestamp=when.isoformat()))["timestamp"] == NOW.isoformat()


def test_texts_are_bounded():
    statement = check(sent(result={"response": "a" * 100_000 + "\x00"}))
    assert len(statement["result"]["response"]) == 5000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
shapes = st.fixed_dictionaries(
    {},
    optional={
        "result": json_values | st.fixed_dictionaries({"score": json_values, "duration": json_values}),
        "context": json_values | st.fixed_dictionaries({"contextActivities": json_values}),
        "timestamp": json_values,
        "object": st.fixed_dictionaries({"id": st.sampled_from([PLACE, PART]), "definition": json_values}),
    },
)


@given(json_values)
def test_any_json_is_read(raw):
    assert check(raw) is None or isinstance(check(raw), dict)


@given(shapes)
def test_whatever_is_kept_is_a_valid_statement(changes):
    validate_statement(check(sent(**changes)))
