"""What makes a statement valid, after xAPI 1.0.3: tables of what passes and what does not, and made-up statements."""

import copy
import json
import math
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.lrs.mending import mend
from courses.interactive.lrs.validation import (
    COMPONENTS,
    StatementError,
    is_iri,
    is_language,
    normalise,
    parse_duration,
    parse_timestamp,
    parse_uuid,
    validate_statement,
)
from tests.courses.interactive.lrs.factories import ACTIVITY, AGENT, ANSWERED, VOIDED, make_statement

SOME_ID = "8f87ccde-bb56-4c2e-ab83-44982ef22df0"
ACCOUNT = {"homePage": "https://exemple.fr", "name": "7"}
GROUP = {"objectType": "Group", "member": [AGENT]}
CHOICE = {"type": "http://adlnet.gov/expapi/activities/cmi.interaction", "interactionType": "choice"}
REFERENCE = {"objectType": "StatementRef", "id": SOME_ID}
SUB = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": ANSWERED}, "object": {"id": ACTIVITY}}
ATTACHMENT = {
    "usageType": "http://exemple.fr/certificat",
    "display": {"fr": "Certificat"},
    "contentType": "application/pdf",
    "length": 12,
    "sha2": "a" * 64,
    "fileUrl": "https://exemple.fr/certificat.pdf",
}


def activity(**definition) -> dict:
    return {"id": ACTIVITY, "definition": definition}


def fault(statement) -> str:
    """Return where the check finds fault."""
    with pytest.raises(StatementError) as error:
        validate_statement(statement)
    return error.value.path


# -- Values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT41.23S", 41.23),
        ("PT1H5M30S", 3930),
        ("P1DT1S", 86_401),
        ("P2W", 1_209_600),
        ("PT0S", 0),
        ("P1Y", 31_556_952),
        ("PT1,5H", 5400),
    ],
)
def test_durations_are_read_in_seconds(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "PT1.5H3M", "P4W1D", "PT-3S", "P1H", "pt1s", "PT1S ", "PT1:2S", "PT٣S", 3, None]
)
def test_other_durations_are_refused(text):
    with pytest.raises(StatementError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-25T10:20:30Z", datetime(2026, 11, 25, 10, 20, 30, tzinfo=UTC)),
        ("2026-11-25T10:20:30.123456789+02:00", datetime(2026, 11, 25, 8, 20, 30, 123456, tzinfo=UTC)),
        ("2026-11-25T10:20:30.5-0130", datetime(2026, 11, 25, 11, 50, 30, 500_000, tzinfo=UTC)),
        ("20261125T102030Z", datetime(2026, 11, 25, 10, 20, 30, tzinfo=UTC)),
        ("2026-11-25T10:20:30", datetime(2026, 11, 25, 10, 20, 30, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-25t10:20z", datetime(2026, 11, 25, 10, 20, tzinfo=UTC)),
    ],
)
def test_timestamps_are_read_in_utc(text, moment):
    assert parse_timestamp(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25",
        "hier",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-25T25:00:00Z",
        "2026-11-25T10:20:30-00:00",
        "2026-11-25T10:20:30-00",
        "9999-12-31T23:59:59-12:00",
        "0000-01-01T00:00:00Z",
        "2026-11-25T10:20:30+99:00",
        1_700_000_000,
        None,
    ],
)
def test_other_timestamps_are_refused(text):
    with pytest.raises(StatementError):
        parse_timestamp(text)


@pytest.mark.parametrize("tag", ["fr", "fr-FR", "zh-Hant-TW", "und", "x-perso", "i-klingon", "de-1996", "en-US-u-co-x"])
def test_language_tags_that_are_well_formed(tag):
    # The last one is not: a singleton needs something after it.
    assert is_language(tag) is (tag != "en-US-u-co-x")


@pytest.mark.parametrize("tag", ["", "f", "français", "fr_FR", "en-", "-fr", "12", 3, None])
def test_other_language_tags(tag):
    assert not is_language(tag)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("http://exemple.fr/a", True),
        ("urn:uuid:8f87", True),
        ("https://exemple.fr/é", True),
        ("tag:exemple.fr,2026:a", True),
        ("exemple.fr/a", False),
        ("/a", False),
        ("http:", False),
        ("http://a b", False),
        ("http://a<b>", False),
        ("javascript:alert(1)", True),
        (7, False),
    ],
)
def test_iris_are_absolute(value, valid):
    assert is_iri(value) is valid


@pytest.mark.parametrize("value", ["8f87ccdebb564c2eab8344982ef22df0", f"{{{SOME_ID}}}", "x", SOME_ID + "0", 3, None])
def test_a_uuid_is_in_its_standard_form(value):
    with pytest.raises(StatementError):
        parse_uuid(value)


# -- Statements ----------------------------------------------------------------------------------------------------

VALID = {
    "the least": make_statement(id=None),
    "account": make_statement(actor={"account": ACCOUNT}),
    "sha1": make_statement(actor={"mbox_sha1sum": "A" * 40, "name": "Camille"}),
    "openid": make_statement(actor={"openid": "https://exemple.fr/camille"}),
    "anonymous group": make_statement(actor=GROUP),
    "identified group": make_statement(actor={"objectType": "Group", "account": ACCOUNT}),
    "agent as object": make_statement(object=AGENT),
    "group as object": make_statement(object=GROUP),
    "reference": make_statement(object=REFERENCE),
    "voiding": make_statement(verb={"id": VOIDED}, object=REFERENCE),
    "sub-statement": make_statement(object=SUB),
    "sub-statement of a reference": make_statement(object=SUB | {"object": REFERENCE}),
    "attachment elsewhere": make_statement(attachments=[ATTACHMENT]),
    "authority of two": make_statement(authority={"objectType": "Group", "member": [AGENT, {"account": ACCOUNT}]}),
    "version": make_statement(version="1.0.9", stored="2026-01-01T00:00:00Z"),
    "context": make_statement(
        context={
            "registration": SOME_ID,
            "instructor": AGENT,
            "team": GROUP,
            "contextActivities": {"parent": {"id": ACTIVITY}, "category": []},
            "revision": "2",
            "platform": "site",
            "language": "fr",
            "statement": REFERENCE,
            "extensions": {"http://exemple.fr/e": None},
        }
    ),
    "result": make_statement(
        result={
            "score": {"scaled": -1, "raw": 3.5, "min": 0, "max": 7},
            "success": False,
            "completion": True,
            "response": "",
            "duration": "PT3S",
            "extensions": {},
        }
    ),
    "choice": make_statement(
        object=activity(
            **CHOICE, choices=[{"id": "0", "description": {"fr": "Oui"}}, {"id": "1"}], correctResponsesPattern=["0"]
        )
    ),
    "texts": make_statement(
        object=activity(
            name={"fr": "A", "und": ""}, type="http://a/b", moreInfo="http://a/c", extensions={"a:b": [1, {"c": None}]}
        )
    ),
}


@pytest.mark.parametrize("statement", VALID.values(), ids=VALID.keys())
def test_what_xapi_allows_is_allowed(statement):
    checked = validate_statement(statement)
    assert checked.verb == statement["verb"]["id"]


INVALID = {
    "no statement": ([], ""),
    "no actor": (make_statement(actor=None), "actor"),
    "no verb": (make_statement(verb=None), "verb"),
    "no object": (make_statement(object=None), "object"),
    "unknown property": (make_statement(Actor=AGENT), "Actor"),
    "null": ({**make_statement(), "context": None}, "context"),
    "null inside": (make_statement(result={"success": None}), "result.success"),
    "id": (make_statement(id="7"), "id"),
    "verb without id": (make_statement(verb={"display": {"fr": "a"}}), "verb.id"),
    "verb is no iri": (make_statement(verb={"id": "answered"}), "verb.id"),
    "display is no map": (make_statement(verb={"id": ANSWERED, "display": "répondre"}), "verb.display"),
    "display of no language": (make_statement(verb={"id": ANSWERED, "display": {"a_b": ""}}), "verb.display.a_b"),
    "long verb": (make_statement(verb={"id": "http://a/" + "é" * 200}), "verb.id"),
    "long activity": (make_statement(object={"id": "http://a/" + "b" * 500}), "object.id"),
    "long agent": (make_statement(actor={"openid": "http://a/" + "b" * 300}), "actor"),
    "agent without identifier": (make_statement(actor={"name": "Camille"}), "actor"),
    "agent with two": (make_statement(actor={**AGENT, "openid": "http://a/b"}), "actor"),
    "mbox": (make_statement(actor={"mbox": "camille@exemple.fr"}), "actor.mbox"),
    "mbox of no address": (make_statement(actor={"mbox": "mailto:camille"}), "actor.mbox"),
    "sha1": (make_statement(actor={"mbox_sha1sum": "z" * 40}), "actor.mbox_sha1sum"),
    "account without name": (make_statement(actor={"account": {"homePage": "http://a"}}), "actor.account.name"),
    "account with a number": (
        make_statement(actor={"account": {"homePage": "http://a/", "name": 7}}),
        "actor.account.name",
    ),
    "objectType in lower case": (make_statement(actor={**AGENT, "objectType": "agent"}), "actor.objectType"),
    "empty group": (make_statement(actor={"objectType": "Group", "member": []}), "actor.member"),
    "group within a group": (
        make_statement(actor={"objectType": "Group", "member": [GROUP]}),
        "actor.member[0].objectType",
    ),
    "agent with members": (make_statement(actor={**AGENT, "member": [AGENT]}), "actor.member"),
    "authority of three": (make_statement(authority={"objectType": "Group", "member": [AGENT] * 3}), "authority"),
    "object of no kind": (make_statement(object={"objectType": "activity", "id": ACTIVITY}), "object.objectType"),
    "object of an odd kind": (make_statement(object={"objectType": ["Activity"]}), "object.objectType"),
    "agent as object without objectType": (make_statement(object={"mbox": AGENT["mbox"]}), "object.id"),
    "reference to nothing": (make_statement(object={"objectType": "StatementRef", "id": "x"}), "object.id"),
    "voiding of an activity": (make_statement(verb={"id": VOIDED}), "object"),
    "nested sub-statement": (make_statement(object=SUB | {"object": SUB}), "object.object.objectType"),
    "sub-statement with an id": (make_statement(object=SUB | {"id": SOME_ID}), "object.id"),
    "sub-statement with authority": (make_statement(object=SUB | {"authority": AGENT}), "object.authority"),
    "sub-statement of platform": (
        make_statement(object=SUB | {"object": AGENT, "context": {"platform": "a"}}),
        "object.context.platform",
    ),
    "revision of an agent": (make_statement(object=AGENT, context={"revision": "1"}), "context.revision"),
    "team of one": (make_statement(context={"team": AGENT}), "context.team.objectType"),
    "no context activity": (make_statement(context={"contextActivities": {}}), "context.contextActivities"),
    "unknown context activity": (
        make_statement(context={"contextActivities": {"child": []}}),
        "context.contextActivities.child",
    ),
    "context activity is an agent": (
        make_statement(context={"contextActivities": {"parent": [AGENT]}}),
        "context.contextActivities.parent[0].id",
    ),
    "language": (make_statement(context={"language": "français de France"}), "context.language"),
    "context of another kind": (make_statement(context={"statement": {"id": SOME_ID}}), "context.statement.objectType"),
    "extension": (make_statement(result={"extensions": {"a": 1}}), "result.extensions.a"),
    "success in words": (make_statement(result={"success": "true"}), "result.success"),
    "response is a number": (make_statement(result={"response": 3}), "result.response"),
    "scaled": (make_statement(result={"score": {"scaled": 1.01}}), "result.score.scaled"),
    "scaled is true": (make_statement(result={"score": {"scaled": True}}), "result.score.scaled"),
    "raw above": (make_statement(result={"score": {"raw": 8, "max": 7}}), "result.score.raw"),
    "raw below": (make_statement(result={"score": {"raw": -1, "min": 0}}), "result.score.raw"),
    "bounds": (make_statement(result={"score": {"min": 3, "max": 3}}), "result.score"),
    "infinite": (make_statement(result={"score": {"raw": math.inf}}), "result.score.raw"),
    "duration": (make_statement(result={"duration": "3 minutes"}), "result.duration"),
    "timestamp": (make_statement(timestamp="hier"), "timestamp"),
    "version": (make_statement(version="1.1.0"), "version"),
    "attachment here": (
        make_statement(attachments=[{k: v for k, v in ATTACHMENT.items() if k != "fileUrl"}]),
        "attachments[0]",
    ),
    "attachment of a negative length": (
        make_statement(attachments=[ATTACHMENT | {"length": -1}]),
        "attachments[0].length",
    ),
    "interaction of no kind": (
        make_statement(object=activity(correctResponsesPattern=["a"])),
        "object.definition.interactionType",
    ),
    "unknown interaction": (
        make_statement(object=activity(interactionType="compound")),
        "object.definition.interactionType",
    ),
    "choices of a number": (
        make_statement(object=activity(interactionType="numeric", choices=[])),
        "object.definition.choices",
    ),
    "choices alike": (
        make_statement(object=activity(**CHOICE, choices=[{"id": "a"}, {"id": "a"}])),
        "object.definition.choices",
    ),
    "choice without id": (
        make_statement(object=activity(**CHOICE, choices=[{"description": {}}])),
        "object.definition.choices[0].id",
    ),
    "broken text": (make_statement(result={"response": "a\x00"}), "result.response"),
    "half a character": (make_statement(result={"response": "\ud800"}), "result.response"),
}


@pytest.mark.parametrize(("statement", "path"), INVALID.values(), ids=INVALID.keys())
def test_what_breaks_a_rule_is_refused_and_its_place_told(statement, path):
    assert fault(statement) == path


def test_nesting_without_end_is_refused():
    value: list = []
    for _level in range(100):
        value = [value]
    assert fault(make_statement(result={"extensions": {"a:b": value}})).startswith("result.extensions.a:b[0]")


def test_the_checked_statement_says_what_lists_and_reports_need():
    checked = validate_statement(
        make_statement(
            id=SOME_ID.upper(),
            actor={"objectType": "Group", "account": ACCOUNT, "member": [AGENT]},
            context={
                "registration": SOME_ID,
                "instructor": {"mbox": "mailto:prof@exemple.fr"},
                "contextActivities": {"parent": [{"id": "a:p"}, {"id": "a:q"}], "grouping": {"id": "a:g"}},
            },
            result={"score": {"scaled": 0.8333333333}, "success": True, "duration": "PT2M"},
            timestamp="2026-11-25T10:00:00+01:00",
            authority=AGENT,
        )
    )
    assert checked.id == uuid.UUID(SOME_ID)
    assert checked.agent == "account:https://exemple.fr|7"
    assert (checked.activity, checked.parent, checked.target) == (ACTIVITY, "a:p", None)
    assert checked.registration == uuid.UUID(SOME_ID)
    assert (str(checked.score_scaled), checked.success, checked.completion) == ("0.833333", True, None)
    assert checked.seconds == 120
    assert checked.timestamp == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert checked.mentions.activities == {ACTIVITY, "a:p", "a:q", "a:g"}
    assert checked.mentions.agents == {"account:https://exemple.fr|7", "mbox:mailto:camille@exemple.fr"}
    assert checked.mentions.related_agents - checked.mentions.agents == {"mbox:mailto:prof@exemple.fr"}
    assert "authority" not in checked.statement
    assert checked.statement["context"]["contextActivities"]["grouping"] == [{"id": "a:g"}]


# -- Made-up statements --------------------------------------------------------------------------------------------

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_words = st.text("abcdefgh", min_size=1, max_size=8)
_iris = _words.map(lambda word: f"https://exemple.fr/{word}")
_maps = st.dictionaries(st.sampled_from(["fr", "en-US", "und", "zh-Hant"]), _texts, max_size=3)
_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_words, part, max_size=3),
    max_leaves=6,
)
_extensions = st.dictionaries(_iris, _plain, max_size=2)
_uuids = st.uuids().map(str)
_agents = st.one_of(
    _words.map(lambda word: {"mbox": f"mailto:{word}@exemple.fr"}),
    _iris.map(lambda iri: {"openid": iri, "objectType": "Agent"}),
    st.builds(lambda home, name: {"account": {"homePage": home, "name": name}, "name": name}, _iris, _words),
)
_groups = st.builds(
    lambda members: {"objectType": "Group", "member": members}, st.lists(_agents, min_size=1, max_size=3)
)


@st.composite
def _activities(draw):
    kind = draw(st.sampled_from([None, *COMPONENTS]))
    definition = {"name": draw(_maps), "extensions": draw(_extensions), "type": draw(_iris)}
    if kind:
        definition |= {"interactionType": kind, "correctResponsesPattern": draw(st.lists(_texts, max_size=2))}
        for name in COMPONENTS[kind]:
            ids = draw(st.lists(_words, max_size=3, unique=True))
            definition[name] = [{"id": word, "description": draw(_maps)} for word in ids]
    return {"objectType": "Activity", "id": draw(_iris), "definition": definition}


@st.composite
def _scores(draw):
    least, most = sorted(draw(st.tuples(st.integers(-50, 0), st.integers(1, 50))))
    return {
        "scaled": draw(st.floats(-1, 1)),
        "raw": draw(st.floats(least, most)),
        "min": least,
        "max": most,
    }


@st.composite
def statements(draw, *, nested=False):
    """Make a valid statement."""
    of_activity = draw(st.booleans())
    others = [_agents.map(lambda agent: {**agent, "objectType": "Agent"}), _groups]
    others.append(_uuids.map(lambda found: {"objectType": "StatementRef", "id": found}))
    if not nested:
        others.append(statements(nested=True))
    context = {
        "registration": draw(_uuids),
        "instructor": draw(_agents | _groups),
        "language": "fr",
        "extensions": draw(_extensions),
        "contextActivities": draw(
            st.dictionaries(
                st.sampled_from(["parent", "grouping", "category", "other"]),
                _activities() | st.lists(_activities(), max_size=2),
                min_size=1,
                max_size=2,
            )
        ),
    }
    if of_activity:
        context |= {"platform": draw(_texts), "revision": draw(_texts)}
    statement = {
        "actor": draw(_agents | _groups),
        "verb": {"id": draw(_iris), "display": draw(_maps)},
        "object": draw(_activities() if of_activity else st.one_of(others)),
        "result": {
            "score": draw(_scores()),
            "success": draw(st.booleans()),
            "response": draw(_texts),
            "duration": draw(st.floats(0, 10**5).map(lambda seconds: f"PT{seconds:.2f}S")),
        },
        "context": context,
        "timestamp": draw(st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC))).isoformat(),  # noqa: DTZ001
    }
    kept = draw(st.sets(st.sampled_from(["result", "context", "timestamp"])))
    statement = {name: part for name, part in statement.items() if name in kept or name in {"actor", "verb", "object"}}
    return statement | ({"objectType": "SubStatement"} if nested else {"id": draw(_uuids)})


@given(statements())
def test_every_valid_statement_passes_and_is_normalised_once_for_all(statement):
    given_before = copy.deepcopy(statement)
    checked = validate_statement(statement)
    assert statement == given_before
    assert validate_statement(checked.statement).statement == checked.statement
    assert normalise(checked.statement) == checked.statement
    assert json.loads(json.dumps(checked.statement)) == checked.statement


@given(statements())
def test_mending_leaves_a_valid_statement_valid_and_says_the_same_of_its_result(statement):
    before, after = validate_statement(statement), validate_statement(mend(statement))
    assert (before.score_scaled, before.success, before.activity, before.agent) == (
        after.score_scaled,
        after.success,
        after.activity,
        after.agent,
    )


def _places(value, path=()):
    """Yield the way to each part of a value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in items:
        yield from _places(part, (*path, name))


_odd = _plain | st.sampled_from([math.inf, "\x00", "\ud800", 10**400, {"objectType": "Group"}, {"objectType": {}}])


@given(statements(), st.data())
def test_no_mutation_makes_the_check_fail_otherwise_than_it_should(statement, data):
    broken = copy.deepcopy(statement)
    for _time in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([place for place in _places(broken) if place]))
        holder = broken
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = data.draw(_odd)
    for tried in (broken, mend(broken)):
        try:
            checked = validate_statement(tried)
        except StatementError:
            continue
        assert validate_statement(checked.statement).statement == checked.statement


# -- What H5P writes -----------------------------------------------------------------------------------------------


def test_the_liberties_of_h5p_are_mended():
    statement = make_statement(
        object=activity(
            name={"en-US": None, "": "x"},
            description="Un texte",
            interactionType="compound",
            choices=[{"id": 0, "description": {"en-US": "Oui"}}, {"id": 0}],
            correctResponsesPattern=[0, None, True],
            extensions={"http://h5p.org/x-api/h5p-local-content-id": 1, "autre": 2},
        ),
        result={
            "score": {"scaled": 1.0000001, "raw": 2.0000001, "min": 0, "max": 2},
            "success": None,
            "response": 3,
            "duration": "PTNaNS",
        },
        context={"contextActivities": {"category": [{"id": "http://h5p.org/libraries/H5P.A-1.0"}], "parent": []}},
    )
    before = copy.deepcopy(statement)
    mended = mend(statement)
    assert statement == before
    definition = mended["object"]["definition"]
    assert definition["name"] == {}
    assert definition["description"] == {"und": "Un texte"}
    assert definition["interactionType"] == "other"
    assert "choices" not in definition
    assert definition["correctResponsesPattern"] == ["0", "true"]
    assert mended["result"] == {"score": {"scaled": 1.0, "raw": 2, "min": 0, "max": 2}, "response": "3"}
    assert "parent" not in mended["context"]["contextActivities"]
    validate_statement(mended)


@pytest.mark.parametrize(
    ("score", "mended"),
    [
        ({"scaled": 7}, None),
        ({"scaled": 0.5, "raw": 9, "min": 0, "max": 2}, {"scaled": 0.5, "min": 0, "max": 2}),
        ({"raw": 0, "min": 0, "max": 0}, {"raw": 0}),
        ({"raw": math.nan}, None),
        ("10", None),
    ],
)
def test_a_score_that_makes_no_sense_is_left_out(score, mended):
    assert mend(make_statement(result={"score": score}))["result"].get("score") == mended
