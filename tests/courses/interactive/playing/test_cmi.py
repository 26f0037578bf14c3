"""What a SCO says of itself, whatever a browser sends; what it finds when it is opened again."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.playing.cmi import (
    MAX_INTERACTIONS,
    MAX_SUSPEND_DATA,
    clean_cmi,
    clock,
    duration,
    number,
    read_cmi,
    resume_cmi,
    seconds_of,
)

LEFT_12 = {
    "cmi.core.lesson_status": "incomplete",
    "cmi.core.lesson_location": "page 3",
    "cmi.core.exit": "suspend",
    "cmi.core.total_time": "0000:10:00",
    "cmi.core.session_time": "0000:05:30.5",
    "cmi.suspend_data": "mémoire",
}
LEFT_2004 = {
    "cmi.completion_status": "incomplete",
    "cmi.location": "page 3",
    "cmi.exit": "suspend",
    "cmi.total_time": "PT10M",
    "cmi.session_time": "PT5M30S",
    "cmi.suspend_data": "mémoire",
    "cmi.objectives.0.id": "o1",
    "cmi.objectives.0.success_status": "passed",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)
NAMES = st.sampled_from(
    [
        "cmi.core.score.raw",
        "cmi.core.score.max",
        "cmi.core.score.min",
        "cmi.core.lesson_status",
        "cmi.core.session_time",
        "cmi.score.scaled",
        "cmi.progress_measure",
        "cmi.total_time",
        "cmi.interactions.0.id",
        "cmi.interactions.7.id",
        "cmi.interactions.0.objectives.0.id",
        "cmi.suspend_data",
        "cmi",
        "finished",
    ]
)
KINDS = st.sampled_from(["scorm12", "scorm2004"])


@given(KINDS, JSON | st.dictionaries(NAMES, JSON, max_size=8), st.dictionaries(st.text(max_size=12), JSON, max_size=3))
def test_whatever_a_browser_sends_is_read(kind, data, item):
    outcome = read_cmi(kind, data, item)
    assert outcome.score is None or 0 <= outcome.score.scaled <= 1
    assert 0 <= outcome.seconds <= 9_999 * 3_600
    assert all(isinstance(value, str) for value in outcome.cmi.values())
    json.dumps(outcome.cmi).encode()


@given(KINDS, JSON | st.dictionaries(NAMES, JSON, max_size=8))
def test_what_is_kept_is_read_the_same_again(kind, data):
    kept = clean_cmi(kind, data)
    assert clean_cmi(kind, kept) == kept


@given(KINDS, st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_whatever_is_stored_a_sco_can_be_opened(kind, state):
    given_back = resume_cmi(kind, {}, state, "7", "Aïcha")
    assert given_back["cmi.core.student_id" if kind == "scorm12" else "cmi.learner_id"] == "7"


@pytest.mark.parametrize(
    ("status", "completed", "success"),
    [
        ("passed", True, True),
        ("failed", True, False),
        ("completed", True, None),
        ("incomplete", False, None),
        ("browsed", False, None),
        ("not attempted", False, None),
        ("n'importe quoi", False, None),
        ("", False, None),
    ],
)
def test_the_status_of_scorm_12_says_completion_and_success(status, completed, success):
    outcome = read_cmi("scorm12", {"cmi.core.lesson_status": status})
    assert (outcome.completed, outcome.success) == (completed, success)


@pytest.mark.parametrize(
    ("status", "raw", "finished", "completed", "success"),
    [
        ("completed", "80", False, True, True),
        ("completed", "60", False, True, False),
        ("incomplete", "80", True, True, True),
        ("incomplete", "60", True, False, False),
        ("incomplete", "0", False, False, None),
        ("passed", "60", True, True, False),
        ("completed", None, True, True, None),
        ("passed", None, True, True, True),
    ],
)
def test_a_mastery_score_decides_once_a_sco_is_through_and_has_a_score(status, raw, finished, completed, success):
    data = {"cmi": {"core": {"lesson_status": status, "score": {"raw": raw}}}, "finished": finished}
    outcome = read_cmi("scorm12", data, {"mastery_score": 75})
    assert (outcome.completed, outcome.success) == (completed, success)


@pytest.mark.parametrize(
    ("data", "item", "completed", "success"),
    [
        ({"completion_status": "completed", "success_status": "passed"}, {}, True, True),
        ({"completion_status": "incomplete", "success_status": "failed"}, {}, False, False),
        ({"completion_status": "unknown", "success_status": "unknown"}, {}, False, None),
        ({"completion_status": "completed", "progress_measure": 0.5}, {"completion_threshold": 0.9}, False, None),
        ({"completion_status": "incomplete", "progress_measure": "0.95"}, {"completion_threshold": 0.9}, True, None),
        ({"completion_status": "completed"}, {"completion_threshold": 0.9}, True, None),
        ({"success_status": "failed", "score": {"scaled": 0.8}}, {"scaled_passing_score": 0.7}, False, True),
        ({"success_status": "passed", "score": {"scaled": 0.6}}, {"scaled_passing_score": 0.7}, False, False),
        ({"success_status": "passed"}, {"scaled_passing_score": 0.7}, False, True),
    ],
)
def test_thresholds_of_scorm_2004_decide_where_there_is_a_measure(data, item, completed, success):
    outcome = read_cmi("scorm2004", {"cmi": data}, item)
    assert (outcome.completed, outcome.success) == (completed, success)


@pytest.mark.parametrize(
    ("score", "scaled", "points"),
    [
        ({"raw": "80"}, "0.8", (80, 100)),
        ({"raw": "80", "min": "0", "max": "100"}, "0.8", (80, 100)),
        ({"raw": "15", "max": "20"}, "0.75", (15, 20)),
        ({"raw": "15", "min": "10", "max": "20"}, "0.5", None),
        ({"raw": "120", "max": "100"}, "1", (100, 100)),
        ({"raw": "-5", "max": "100"}, "0", (0, 100)),
        ({"raw": "80,5", "max": "100"}, "0.805", (80.5, 100)),
        ({"raw": "5", "min": "8", "max": "8"}, "0", None),
    ],
)
def test_points_are_scaled_between_their_bounds(score, scaled, points):
    found = read_cmi("scorm12", {"cmi": {"core": {"score": score}}}).score
    assert found.scaled == Decimal(scaled)
    assert (found.raw, found.maximum) == (points or (None, None))


@pytest.mark.parametrize("raw", ["", "abc", "NaN", "Infinity", "1e400", None, True, [], {"a": 1}])
def test_what_is_no_number_is_no_score(raw):
    assert read_cmi("scorm12", {"cmi.core.score.raw": raw}).score is None
    assert read_cmi("scorm2004", {"cmi.score.scaled": raw}).score is None


def test_a_scaled_score_counts_and_keeps_the_points_that_agree_with_it():
    score = {"scaled": "0.8", "raw": "8", "max": "10", "min": "0"}
    found = read_cmi("scorm2004", {"cmi": {"score": score}}).score
    assert (found.scaled, found.raw, found.maximum) == (Decimal("0.8"), 8, 10)
    other = read_cmi("scorm2004", {"cmi": {"score": score | {"raw": "2"}}}).score
    assert (other.scaled, other.raw) == (Decimal("0.8"), None)
    assert read_cmi("scorm2004", {"cmi.score.scaled": "-0.5"}).score.scaled == 0


@pytest.mark.parametrize("kind", ["scorm12", "scorm2004"])
@pytest.mark.parametrize("character", ["a", "é", "🙂", '"', "\n", "\\"])
def test_suspend_data_of_64000_characters_are_kept_whole(kind, character):
    memory = (character * MAX_SUSPEND_DATA)[:MAX_SUSPEND_DATA]
    assert read_cmi(kind, {"cmi.suspend_data": memory}).cmi["cmi.suspend_data"] == memory
    assert "cmi.suspend_data" not in read_cmi(kind, {"cmi.suspend_data": f"{memory}a"}).cmi


def test_the_last_interactions_are_kept_with_their_parts():
    rows = {
        str(n): {"id": f"q{n}", "type": "choice", "student_response": "a", "objectives": {"0": {"id": "o"}}}
        for n in range(MAX_INTERACTIONS + 20)
    }
    cmi = read_cmi("scorm12", {"cmi": {"interactions": rows}}).cmi
    assert cmi["cmi.interactions.0.id"] == "q20"
    assert cmi[f"cmi.interactions.{MAX_INTERACTIONS - 1}.id"] == f"q{MAX_INTERACTIONS + 19}"
    assert f"cmi.interactions.{MAX_INTERACTIONS}.id" not in cmi
    assert cmi["cmi.interactions.0.objectives.0.id"] == "o"


def test_the_id_and_the_type_of_an_interaction_come_first():
    row = {"learner_response": "a", "correct_responses": [{"pattern": "a"}], "type": "choice", "id": "q"}
    names = [name.rpartition("0.")[2] for name in clean_cmi("scorm2004", {"cmi": {"interactions": [row]}})]
    assert names[:2] == ["id", "type"]
    assert set(names) == {"id", "type", "learner_response", "pattern"}


@pytest.mark.parametrize(
    "name", ["cmi.inconnu", "cmi.core.student_id", "cmi.core.credit", "adl.nav.request", "cmi.interactions.0.inconnu"]
)
def test_what_the_standard_does_not_let_a_sco_write_is_dropped(name):
    assert clean_cmi("scorm12", {name: "x"}) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0000:01:30", 90),
        ("00:01:30.5", 90.5),
        ("9999:99:99", 9_999 * 3_600),
        ("PT1M30S", 90),
        ("P1DT2H", 93_600),
        ("PT1.5S", 1.5),
        ("P1Y", 31_536_000),
        ("PT99999999999999999999S", 9_999 * 3_600),
        ("P", None),
        ("PT", None),
        ("90", None),
        ("", None),
    ],
)
def test_times_of_both_versions_are_read(text, seconds):
    assert seconds_of(text) == seconds


@given(st.floats(0, 9_999 * 3_600, allow_nan=False))
def test_a_time_is_written_as_it_is_read(seconds):
    assert seconds_of(clock(seconds)) == pytest.approx(seconds, abs=0.011)
    assert seconds_of(duration(seconds)) == pytest.approx(seconds, abs=0.011)


@pytest.mark.parametrize(("text", "value"), [("1e3", 1000), (" 5 ", 5), ("-,5", -0.5), ("1e99", None), ("٣", None)])
def test_a_number_is_read_from_text(text, value):
    assert number(text) == value


def test_the_first_time_begins_at_the_beginning():
    item = {
        "mastery_score": 75.0,
        "launch_data": "langue=fr",
        "max_time": "01:00:00",
        "time_limit_action": "exit,message",
    }
    assert resume_cmi("scorm12", item, {}, "7", "Aïcha Diallo") == {
        "cmi.core.student_id": "7",
        "cmi.core.student_name": "Aïcha Diallo",
        "cmi.core.credit": "credit",
        "cmi.core.lesson_mode": "normal",
        "cmi.core.entry": "ab-initio",
        "cmi.core.total_time": "0000:00:00.00",
        "cmi.core.lesson_status": "not attempted",
        "cmi.launch_data": "langue=fr",
        "cmi.student_data.mastery_score": "75",
        "cmi.student_data.max_time_allowed": "0001:00:00.00",
        "cmi.student_data.time_limit_action": "exit,message",
    }


def test_the_first_time_in_scorm_2004_has_the_thresholds_and_the_objectives():
    item = {"scaled_passing_score": 0.7, "completion_threshold": 0.9, "objectives": ["a", "b"], "max_time": "PT1H"}
    found = resume_cmi("scorm2004", item, {}, "7", "Aïcha")
    assert found["cmi.scaled_passing_score"] == "0.7"
    assert found["cmi.completion_threshold"] == "0.9"
    assert found["cmi.max_time_allowed"] == "PT1H0M0S"
    assert (found["cmi.objectives.0.id"], found["cmi.objectives.1.id"]) == ("a", "b")
    assert found["cmi.entry"] == "ab-initio"


def test_a_suspended_sco_finds_everything_again_and_its_times_added_up():
    found = resume_cmi("scorm12", {}, {"cmi": LEFT_12, "finished": True}, "7", "Aïcha")
    assert found["cmi.core.entry"] == "resume"
    assert found["cmi.core.lesson_location"] == "page 3"
    assert found["cmi.suspend_data"] == "mémoire"
    assert found["cmi.core.total_time"] == "0000:15:30.50"
    assert "cmi.core.session_time" not in found
    assert "cmi.core.exit" not in found


def test_a_suspended_sco_of_scorm_2004_finds_everything_again():
    found = resume_cmi("scorm2004", {"objectives": ["autre"]}, {"cmi": LEFT_2004, "finished": True}, "7", "Aïcha")
    assert found["cmi.entry"] == "resume"
    assert found["cmi.location"] == "page 3"
    assert found["cmi.total_time"] == "PT0H15M30S"
    assert found["cmi.objectives.0.id"] == "o1"
    assert found["cmi.objectives.0.success_status"] == "passed"


@pytest.mark.parametrize(("kind", "left"), [("scorm12", LEFT_12), ("scorm2004", LEFT_2004)])
def test_a_window_that_was_closed_is_as_good_as_suspended(kind, left):
    left = {name: value for name, value in left.items() if not name.endswith("exit")}
    found = resume_cmi(kind, {}, {"cmi": left, "finished": False}, "7", "Aïcha")
    assert "resume" in (found.get("cmi.core.entry"), found.get("cmi.entry"))
    assert found["cmi.suspend_data"] == "mémoire"


@pytest.mark.parametrize("leaving", ["", "logout", "time-out"])
def test_a_sco_that_was_through_and_did_not_suspend_begins_anew(leaving):
    left = LEFT_12 | {"cmi.core.lesson_status": "passed", "cmi.core.exit": leaving}
    found = resume_cmi("scorm12", {}, {"cmi": left, "finished": True}, "7", "Aïcha")
    assert found["cmi.core.entry"] == "ab-initio"
    assert found["cmi.core.lesson_status"] == "not attempted"
    assert "cmi.suspend_data" not in found
    assert found["cmi.core.total_time"] == "0000:15:30.50"


def test_a_sco_of_scorm_12_that_was_not_through_keeps_its_place():
    left = LEFT_12 | {"cmi.core.exit": ""}
    found = resume_cmi("scorm12", {}, {"cmi": left, "finished": True}, "7", "Aïcha")
    assert found["cmi.core.entry"] == ""
    assert found["cmi.suspend_data"] == "mémoire"


def test_a_sco_of_scorm_2004_that_did_not_suspend_begins_anew():
    left = LEFT_2004 | {"cmi.exit": "normal"}
    found = resume_cmi("scorm2004", {}, {"cmi": left, "finished": True}, "7", "Aïcha")
    assert found["cmi.entry"] == "ab-initio"
    assert "cmi.location" not in found
    assert found["cmi.total_time"] == "PT0H0M0S"


@pytest.mark.parametrize("kind", ["scorm12", "scorm2004"])
def test_a_sco_that_was_opened_and_said_nothing_begins_at_the_beginning(kind):
    left = {"cmi.core.lesson_status": "not attempted", "cmi.completion_status": "unknown", "cmi.session_time": "PT2S"}
    found = resume_cmi(kind, {}, {"cmi": left, "finished": False}, "7", "Aïcha")
    assert "ab-initio" in (found.get("cmi.core.entry"), found.get("cmi.entry"))
