"""The page of a SCO with its runtime; what a package of several parts amounts to; what the database keeps of it."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.playing.models import PlayState
from courses.interactive.playing.outcome import Reported, Score
from courses.interactive.playing.results import StateReport
from courses.interactive.playing.scorm import (
    aggregate,
    contents_table,
    initial_cmi,
    inject,
    launch_context,
    note_opened,
    part_state,
    parts_of,
    receive_cmi,
    states_of,
)
from tests.courses.interactive.factories import PackageFactory, RegistrationFactory, make_interactive
from tests.courses.interactive.packages import makers

from ..packages.test_scorm import check

CONTEXT = {"item": "i", "cmi": {"cmi.suspend_data": "</script><b>&é"}, "scripts": ["/static/a.js", "/static/b.js"]}
MARK = '<script type="application/json" id="eti-launch">'


def injected(html: str, encoding="utf-8", bom=b"") -> str:
    return inject(bom + html.encode(encoding), CONTEXT)[len(bom) :].decode(encoding)


# -- The page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!DOCTYPE html><html><head>", "<script>1</script></head></html>"),
        ('<html lang="fr">\n<!-- <head> -->\n<HEAD profile=">">', "<script>1</script></HEAD></html>"),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html><head>', "</head></html>"),
        ("<html>", "<body><script>1</script></body></html>"),
        ("<!DOCTYPE html>", "<script>1</script><p>un</p>"),
        ("", "<script>1</script>"),
        ("", "bonjour"),
        ("<!-- un --><!--[if IE]><html><head><![endif]--><html><head >", "<title>x</title>"),
        ("<html><head/>", "<title>x</title>"),
        ("<html>", "<header>x</header>"),
        ("", ""),
    ],
)
def test_the_runtime_is_put_in_before_any_script_of_the_page(before, after):
    result = injected(before + after)
    assert result.startswith(before + MARK)
    assert result.endswith('<script src="/static/a.js"></script><script src="/static/b.js"></script>' + after)


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("cp1252", b""),
    ],
)
def test_the_page_keeps_its_encoding_and_its_mark(encoding, bom):
    html = "<!DOCTYPE html><html><head><title>Évaluer l'été</title></head></html>"
    result = inject(bom + html.encode(encoding), CONTEXT)
    assert result.startswith(bom)
    text = result[len(bom) :].decode(encoding)
    assert text.startswith(f"<!DOCTYPE html><html><head>{MARK}")
    assert "Évaluer l'été" in text


def test_what_is_put_in_says_the_encoding_that_it_pushes_away():
    for meta in ('<meta charset="iso-8859-1">', '<meta content="text/html; charset=iso-8859-1">'):
        result = inject(f"<html><head>{meta}<title>été</title>".encode("latin-1"), CONTEXT)
        assert result.startswith(b'<html><head><meta charset="iso-8859-1"/>' + MARK.encode())
    assert b"<meta" not in inject(b"<html><head><title>x</title>", CONTEXT)


def test_the_context_is_read_as_it_was_and_can_not_end_its_script():
    result = injected("<html><head></head></html>")
    data = re.search(re.escape(MARK) + "(.*?)</script>", result)[1]
    assert json.loads(data) == {"item": "i", "cmi": {"cmi.suspend_data": "</script><b>&é"}}
    assert data.isascii()
    assert "<" not in data


@given(st.binary(max_size=120), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]))
def test_all_the_bytes_of_any_page_stay(html, bom):
    result = inject(bom + html, CONTEXT)
    added = len(result) - len(bom) - len(html)
    assert added > 100
    assert any(bom + html == result[:cut] + result[cut + added :] for cut in range(len(bom + html) + 1))


# -- What parts amount to ------------------------------------------------------------------------------------------


def stored(*, completed=False, success=None, score=None, raw=None, maximum=None) -> dict:
    best = {"completed": completed, "success": success, "score": score, "raw": raw, "max": maximum}
    return {"cmi": {}, "finished": True, "best": best}


def structure(*items) -> dict:
    return {"title": "T", "items": [item if isinstance(item, dict) else part(item) for item in items]}


def part(identifier, **fields) -> dict:
    values = {"id": identifier, "title": identifier.upper(), "href": f"{identifier}.html", "type": "sco", "level": 0}
    return values | fields


SEVERAL = check(makers.several_scos()).structure


@pytest.mark.parametrize(
    ("states", "reported"),
    [
        ({}, Reported()),
        ({"a": stored(completed=True)}, Reported()),
        ({"a": stored(completed=True), "b": stored(completed=True)}, Reported(completed=True)),
        ({"a": stored(completed=True), "b": stored()}, Reported()),
        ({"a": stored(score="0.5")}, Reported()),
        ({"a": stored(score="0.5"), "b": stored(score="1")}, Reported(Score(Decimal("0.75")))),
        ({"a": stored(score="0.5"), "b": stored()}, Reported(Score(Decimal("0.5")))),
        (
            {"a": stored(completed=True, success=True, score="1"), "b": stored(completed=True)},
            Reported(Score(Decimal(1)), success=True, completed=True),
        ),
        (
            {"a": stored(success=True), "b": stored(success=False)},
            Reported(success=False),
        ),
        ({"a": stored(success=True), "b": stored(success=True)}, Reported(success=True, completed=True)),
        ({"a": stored(success=True), "b": stored()}, Reported()),
        ({"a": stored(success=True)}, Reported()),
    ],
)
def test_two_parts_make_a_whole(states, reported):
    assert aggregate(structure("a", "b"), states) == reported


def test_a_part_with_a_mastery_score_that_gave_none_counts_as_nothing():
    parts = structure(part("a", mastery_score=60), part("b", mastery_score=60))
    assert aggregate(parts, {"a": stored(score="1"), "b": stored()}).score.scaled == Decimal("0.5")


def test_one_part_is_the_whole_with_its_points():
    reported = aggregate(
        structure("a"), {"a": stored(completed=True, success=False, score="0.8", raw="8", maximum="10")}
    )
    assert reported == Reported(Score(Decimal("0.8"), Decimal(8), Decimal(10)), success=False, completed=True)


def test_a_hidden_part_does_not_count_unless_all_are_hidden():
    parts = structure("a", part("b", visible=False))
    assert aggregate(parts, {"a": stored(completed=True)}).completed
    assert [item["id"] for item in parts_of(structure(part("b", visible=False)))] == ["b"]


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5) | st.floats(), st.lists, max_leaves=5))
def test_whatever_is_stored_as_best_is_read(value):
    state = part_state({"best": {"completed": value, "success": value, "score": value, "raw": value, "max": value}})
    assert state.score is None or 0 <= state.score.scaled <= 1
    assert part_state({"best": value}).opened


def test_the_table_of_contents_tells_where_one_stands_and_what_may_be_opened():
    table = contents_table(SEVERAL, {"sco-1": stored(completed=True, success=True, score="0.8")})
    assert [(line.id, line.level, line.is_part, line.status, line.may_open) for line in table] == [
        ("dossier", 0, False, "incomplete", False),
        ("sco-1", 1, True, "passed", True),
        ("sco-2", 1, True, "not attempted", True),
        ("sco-3", 0, True, "not attempted", False),
        ("memo", 0, True, "not attempted", True),
    ]
    assert [line.label for line in table] == ["commencé", "réussi", "à faire", "à faire", "à faire"]
    assert table[1].score == Decimal("0.8")


def test_at_first_only_what_asks_for_nothing_may_be_opened():
    assert [line.id for line in contents_table(SEVERAL, {}) if line.may_open] == ["sco-1", "memo"]


def test_a_folder_is_over_when_all_that_is_inside_is():
    states = {"sco-1": stored(completed=True), "sco-2": stored(completed=True)}
    assert contents_table(SEVERAL, states)[0].status == "completed"


# -- What the database keeps -----------------------------------------------------------------------------------------


def registered(made=None, kind="scorm12"):
    """Return a registration for a package, as if it had been uploaded."""
    package = PackageFactory(kind=kind, versions__structure=check(made).structure if made else structure("a"))
    page = make_interactive(package=package)
    return RegistrationFactory(page=page, version=package.current)


def cmi(status="incomplete", **more) -> dict:
    return {"cmi": {"core": {"lesson_status": status, **more}}}


@pytest.mark.django_db
def test_what_a_sco_reports_is_kept_and_given_back():
    registration = registered()
    memory = "é" * 64_000
    reported = receive_cmi(
        registration,
        [
            StateReport(
                "a", 5, {"cmi.core.lesson_status": "incomplete", "cmi.suspend_data": memory, "cmi.core.exit": "suspend"}
            )
        ],
    )
    assert reported == Reported()
    (item,) = registration.version.structure["items"]
    given_back = initial_cmi(registration, item)
    assert given_back["cmi.suspend_data"] == memory
    assert given_back["cmi.core.entry"] == "resume"
    assert given_back["cmi.core.student_id"] == str(registration.user_id)
    assert given_back["cmi.core.student_name"] == str(registration.user)


@pytest.mark.django_db
def test_an_older_report_never_overwrites_a_newer_one_and_repeating_changes_nothing():
    registration = registered()
    newer = StateReport("a", 9, cmi("completed", score={"raw": 80}))
    first = receive_cmi(registration, [newer])
    state = PlayState.objects.get()
    assert receive_cmi(registration, [newer]) == first
    assert receive_cmi(registration, [StateReport("a", 8, cmi("incomplete", score={"raw": 10}))]) == first
    assert PlayState.objects.get().data == state.data
    assert PlayState.objects.get().saved_at == state.saved_at


@pytest.mark.django_db
def test_reports_that_come_together_are_taken_in_order():
    registration = registered()
    reports = [StateReport("a", 2, cmi("completed")), StateReport("a", 1, cmi("incomplete"))]
    assert receive_cmi(registration, reports).completed
    assert PlayState.objects.get().data["cmi"]["cmi.core.lesson_status"] == "completed"
    assert PlayState.objects.get().sequence == 2


@pytest.mark.django_db
def test_the_best_of_a_part_stays_when_it_is_begun_anew():
    registration = registered()
    receive_cmi(registration, [StateReport("a", 1, cmi("passed", score={"raw": 80}) | {"finished": True})])
    reported = receive_cmi(registration, [StateReport("a", 2, cmi("incomplete", score={"raw": 10}))])
    assert reported == Reported(Score(Decimal("0.8"), Decimal(80), Decimal(100)), success=True, completed=True)


@pytest.mark.django_db
def test_what_a_closing_page_had_room_for_completes_what_is_there():
    registration = registered()
    full = {"cmi.core.lesson_status": "incomplete", "cmi.interactions.0.id": "q", "cmi.suspend_data": "un"}
    receive_cmi(registration, [StateReport("a", 1, full)])
    receive_cmi(registration, [StateReport("a", 2, {"cmi.suspend_data": "deux", "partial": True, "finished": True})])
    state = PlayState.objects.get().data
    assert state["cmi"] == full | {"cmi.suspend_data": "deux"}
    assert state["finished"]


@pytest.mark.django_db
def test_a_part_that_the_package_does_not_have_is_not_kept():
    registration = registered()
    assert receive_cmi(registration, [StateReport("inconnue", 1, cmi("passed"))]) == Reported()
    assert states_of(registration) == {}


@pytest.mark.django_db
def test_several_scos_make_a_whole_with_their_asset():
    registration = registered(makers.several_scos())
    items = {item["id"]: item for item in registration.version.structure["items"]}
    for number, name in enumerate(("sco-1", "sco-2", "sco-3"), 1):
        reported = receive_cmi(registration, [StateReport(name, number, cmi("passed", score={"raw": 90}))])
    assert not reported.completed
    assert reported.score is None
    assert note_opened(registration, items["sco-1"]) == Reported()
    reported = note_opened(registration, items["memo"])
    assert reported == Reported(Score(Decimal("0.9")), success=True, completed=True)


@pytest.mark.django_db
def test_one_query_reads_what_a_sco_left_and_one_writes_it(django_assert_num_queries):
    registration = registered(makers.several_scos())
    with django_assert_num_queries(4):  # a savepoint around one that reads and one that writes
        receive_cmi(registration, [StateReport(f"sco-{n}", 1, cmi("passed")) for n in (1, 2, 3)])


@pytest.mark.django_db
def test_the_runtime_is_told_what_the_sco_left_and_what_number_comes_next():
    registration = registered()
    receive_cmi(registration, [StateReport("a", 41, {"cmi.core.lesson_location": "p2"})])
    (item,) = registration.version.structure["items"]
    context = launch_context(registration, "scorm12", item, "/contenus/resultats/x/")
    assert context["sequence"] == 41
    assert context["cmi"]["cmi.core.lesson_location"] == "p2"
    assert [name.rpartition("/")[2] for name in context["scripts"]] == ["scorm12.min.js", "scorm-player.js"]


def test_a_visitor_begins_anew_and_nothing_is_reported():
    context = launch_context(None, "scorm2004", part("a"), "")
    assert context["report"] == ""
    assert context["cmi"]["cmi.learner_name"] == "Visiteur"
    assert context["cmi"]["cmi.entry"] == "ab-initio"
