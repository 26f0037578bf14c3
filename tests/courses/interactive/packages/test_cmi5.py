"""cmi5 packages: what they hold is read, and what is wrong is told at once."""

import io

import pytest

from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.cmi5.structure import check_cmi5
from courses.interactive.packages.faults import RefusedError

from . import makers
from .makers import cmi5_structure, unit, zipped


def check(data: bytes):
    return check_cmi5(open_archive(io.BytesIO(data)))


def with_units(units: str, **options) -> bytes:
    return zipped({"cmi5.xml": cmi5_structure(units, **options), "index.html": "<title>Un</title>"})


def codes(data: bytes) -> list[str]:
    with pytest.raises(RefusedError) as refused:
        check(data)
    return refused.value.codes


def test_a_course_is_read_in_order_with_its_blocks_and_its_rules():
    checked = check(makers.cmi5())
    assert checked.kind == "cmi5"
    assert checked.title == "Cours cmi5"
    block, au = checked.structure["items"]
    assert (block["type"], block["level"], block["title"]) == (None, 0, "Bloc")
    assert au == {
        "id": "https://exemple.fr/cours/1/au/1",
        "title": "Module cmi5",
        "level": 1,
        "type": "au",
        "href": "index.html",
        "path": "index.html",
        "launch_parameters": "niveau=1",
        "launch_method": "AnyWindow",
        "move_on": "CompletedAndPassed",
        "mastery_score": 0.7,
        "activity_type": "",
        "entitlement_key": "",
    }


def test_an_au_without_a_rule_has_the_standards_defaults():
    (au,) = check(with_units(unit(attributes='activityType="https://exemple.fr/type"'))).structure["items"]
    assert (au["move_on"], au["launch_method"], au["mastery_score"]) == ("NotApplicable", "AnyWindow", None)
    assert au["activity_type"] == "https://exemple.fr/type"


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (zipped({"index.html": ""}), "no-structure"),
        (zipped({"cmi5.xml": "<courseStructure>"}), "structure-xml"),
        (zipped({"cmi5.xml": '<!DOCTYPE a [<!ENTITY b "c">]><courseStructure/>'}), "structure-xml"),
        (zipped({"cmi5.xml": "<manifest/>"}), "structure-root"),
        (with_units(""), "nothing-to-play"),
        (with_units(unit(), course="pas une adresse"), "course-id"),
        (with_units(unit("au-1")), "item-id"),
        (with_units(unit() * 2), "twin-item"),
        (with_units(unit(attributes='moveOn="Jamais"')), "move-on"),
        (with_units(unit(attributes='masteryScore="70"')), "mastery-score"),
        (with_units(unit(url="https://exemple.com/au")), "remote"),
        (with_units(unit(url="../au.html")), "outside"),
        (with_units(unit(url="")), "outside"),
        (with_units(unit(url="absent.html")), "missing-launch"),
    ],
)
def test_what_is_wrong_is_named(made, code):
    assert codes(made) == [code]


def test_all_the_faults_are_told_at_once():
    units = unit("https://exemple.fr/a", url="absent.html") + unit("b", attributes='moveOn="Jamais"')
    assert codes(with_units(units)) == ["item-id", "move-on", "missing-launch"]


def test_the_query_of_an_address_is_kept():
    (au,) = check(with_units(unit(url="index.html?partie=1"))).structure["items"]
    assert (au["path"], au["href"]) == ("index.html", "index.html?partie=1")
