"""SCORM packages: the shapes of authoring tools are read right, and what is wrong is told at once."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.faults import RefusedError
from courses.interactive.packages.safe_xml import MAX_DEPTH, UnsafeXMLError, parse
from courses.interactive.packages.scorm.check import check_scorm
from courses.interactive.packages.scorm.manifest import read_manifest
from courses.interactive.packages.web_files import resolve, with_parameters

from . import makers
from .makers import item_12, manifest_12, manifest_2004, resource, zipped

PAGE = "<!doctype html><title>Page</title>"


def check(data: bytes):
    return check_scorm(open_archive(io.BytesIO(data)))


def codes(data: bytes) -> list[str]:
    with pytest.raises(RefusedError) as refused:
        check(data)
    return refused.value.codes


def simple(manifest: str | bytes, **files) -> bytes:
    return zipped({"imsmanifest.xml": manifest, "index.html": PAGE} | files)


def only(data: bytes) -> dict:
    (item,) = check(data).structure["items"]
    return item


@pytest.mark.parametrize(
    ("made", "kind", "title", "hrefs"),
    [
        (makers.storyline(), "scorm12", "Les gestes au poste", ["index_lms.html"]),
        (makers.storyline(version="2004"), "scorm2004", "Les gestes au poste", ["index_lms.html"]),
        (makers.rise(), "scorm12", "Accueillir", ["scormdriver/indexAPI.html"]),
        (makers.ispring(), "scorm12", "Porter des charges", ["res/index.html"]),
        (makers.captivate(), "scorm12", "Contenu", ["index_SCORM.html"]),
        (makers.captivate(version="2004"), "scorm2004", "Contenu", ["index_SCORM.html"]),
        (makers.exelearning(), "scorm12", "La sortie", ["index.html", "avant%20de%20partir.html", "retour.html"]),
    ],
)
def test_the_export_of_each_authoring_tool_is_read(made, kind, title, hrefs):
    checked = check(made)
    assert (checked.kind, checked.title) == (kind, title)
    assert [item["href"] for item in checked.structure["items"]] == hrefs
    assert {item["type"] for item in checked.structure["items"]} == {"sco"}


def test_what_scorm_12_says_of_an_item_is_kept():
    item = only(makers.captivate())
    assert item["mastery_score"] == 70
    assert item["launch_data"] == "langue=fr"
    assert item["max_time"] == "0001:00:00"
    assert item["time_limit_action"] == "continue,no message"
    assert item["scaled_passing_score"] is None


def test_what_scorm_2004_says_of_an_item_is_kept():
    item = only(makers.captivate(version="2004"))
    assert item["scaled_passing_score"] == 0.7
    assert item["completion_threshold"] == 0.9
    assert item["objectives"] == ["obj_1", "obj_2"]
    assert item["launch_data"] == "langue=fr"
    assert item["time_limit_action"] == "exit,message"


def test_several_scos_keep_their_order_their_levels_and_their_conditions():
    checked = check(makers.several_scos())
    items = checked.structure["items"]
    assert [(item["id"], item["level"], item["type"]) for item in items] == [
        ("dossier", 0, None),
        ("sco-1", 1, "sco"),
        ("sco-2", 1, "sco"),
        ("sco-3", 0, "sco"),
        ("memo", 0, "asset"),
    ]
    assert items[2]["href"] == "sco2/index.html?partie=2"
    assert items[2]["path"] == "sco2/index.html"
    assert items[3]["prerequisites"] == "sco-1&sco-2"


def test_programs_are_left_out_and_the_editor_is_told():
    checked = check(makers.ispring())
    assert "AutoRun.exe" not in checked.files
    assert "res/index.html" in checked.files
    assert any("AutoRun.exe" in line for line in checked.advice)


def test_flash_is_left_out_and_the_editor_is_told():
    checked = check(simple(manifest_12(item_12("i", "Un", "r"), resource("r", "index.html")), **{"anim.swf": b"FWS"}))
    assert "anim.swf" not in checked.files
    assert any("Flash" in line and "anim.swf" in line for line in checked.advice)


def test_a_file_that_is_listed_and_not_there_is_advice():
    assert any("absent.css" in line for line in check(makers.exelearning()).advice)


def test_frames_inside_are_told():
    assert any("PLAYER_ORIGIN" in line for line in check(makers.rise()).advice)
    assert not any("PLAYER_ORIGIN" in line for line in check(makers.ispring()).advice)


def test_a_third_partys_files_are_told():
    page = '<script src="https://cdn.exemple.com/a.js"></script>'
    made = simple(manifest_12(item_12("i", "Un", "r"), resource("r", "index.html")), **{"index.html": page})
    assert any("autre site" in line for line in check(made).advice)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (zipped({"index.html": PAGE}), "no-manifest"),
        (zipped({"cours/imsmanifest.xml": "<manifest/>", "cours/index.html": PAGE}), "manifest-in-folder"),
        (simple("<manifest>"), "manifest-xml"),
        (simple(""), "manifest-xml"),
        (simple('<!DOCTYPE manifest [<!ENTITY a "b">]><manifest>&a;</manifest>'), "manifest-xml"),
        (simple('<!DOCTYPE m SYSTEM "file:///etc/passwd"><manifest/>'), "manifest-xml"),
        (simple("<manifest>" + "<item>" * MAX_DEPTH + "</item>" * MAX_DEPTH + "</manifest>"), "manifest-xml"),
        (simple("<html/>"), "manifest-root"),
        (simple(manifest_12("", "")), "nothing-to-play"),
        (simple(manifest_12(item_12("i", "Titre seul"), "")), "nothing-to-play"),
        (simple(manifest_12(item_12("i", "Un", "absente"), "")), "missing-resource"),
        (simple(manifest_12(item_12("i", "Un", "r"), resource("r", "absent.html"))), "missing-launch"),
        (simple(manifest_12(item_12("i", "Un", "r"), resource("r", "../secret.html"))), "outside"),
        (simple(manifest_12(item_12("i", "Un", "r"), resource("r", "https://exemple.com/x.html"))), "remote"),
        (simple(manifest_12(item_12("i", "Un", "r"), resource("r", "//exemple.com/x.html"))), "remote"),
        (
            simple(manifest_12(item_12("i", "Un", "r"), resource("r", "lire.php")), **{"lire.php": "<?php"}),
            "unreadable-launch",
        ),
        (
            simple(manifest_12(item_12("i", "Un", "r"), resource("r", "cours.swf")), **{"cours.swf": "FWS"}),
            "unreadable-launch",
        ),
        (simple(manifest_12(item_12("i", "Un", "r") * 2, resource("r", "index.html"))), "twin-item"),
        (
            simple(
                manifest_12(item_12("i", "Un", "r"), resource("r", "index.html")).replace(
                    "ADL SCORM", "IMS Common Cartridge"
                )
            ),
            "not-scorm",
        ),
    ],
)
def test_what_is_wrong_is_named(made, code):
    assert code in codes(made)


def test_all_the_faults_are_told_at_once():
    items = item_12("a", "Un", "absente") + item_12("b", "Deux", "autre") + item_12("b", "Trois", "r")
    assert codes(simple(manifest_12(items, resource("r", "../dehors.html")))) == [
        "outside",
        "missing-resource",
        "missing-resource",
        "twin-item",
    ]


def test_each_missing_page_is_named_with_its_title():
    items = item_12("a", "La première", "r1") + item_12("b", "La seconde", "r2")
    with pytest.raises(RefusedError) as refused:
        check(simple(manifest_12(items, resource("r1", "un.html") + resource("r2", "deux.html"))))
    assert [(fault.code, fault.path) for fault in refused.value.faults] == [
        ("missing-launch", "un.html"),
        ("missing-launch", "deux.html"),
    ]
    assert "La première" in refused.value.faults[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("declared", ["utf-8", "UTF-16", "windows-1252", "ISO-8859-1", "x-inconnu"])
def test_the_bytes_of_a_manifest_count_more_than_the_encoding_that_it_declares(encoding, declared):
    manifest = manifest_12(item_12("i", "Évaluer l'été", "r"), resource("r", "index.html"))
    data = manifest.replace('encoding="utf-8"', f'encoding="{declared}"').encode(encoding)
    if encoding == "utf-8" and declared in ("windows-1252", "ISO-8859-1"):
        data = manifest.replace('encoding="utf-8"', f'encoding="{declared}"').encode("cp1252")
    assert only(simple(data))["title"] == "Évaluer l'été"


@pytest.mark.parametrize("attribute", ["adlcp:scormtype", "adlcp:scormType", "scormType", "scorm:SCORMTYPE"])
def test_a_prefix_or_a_case_that_is_not_the_schemas_is_read(attribute):
    made = simple(
        manifest_12(
            item_12("i", "Un", "r", extra="<x:masteryScore>55,5</x:masteryScore>"),
            resource("r", "index.html", kind="Asset", attribute=attribute),
        )
    )
    item = only(made)
    assert item["type"] == "asset"
    assert item["mastery_score"] == 55.5


def test_the_version_is_read_from_the_namespaces_when_the_manifest_does_not_say_it():
    items, one = item_12("i", "Un", "r"), resource("r", "index.html")
    assert check(simple(manifest_12(items, one, schema=""))).kind == "scorm12"
    assert check(simple(manifest_2004(items, one, schema=""))).kind == "scorm2004"
    assert check(simple(manifest_2004(items, one, schema="CAM 1.3"))).kind == "scorm2004"


def test_the_default_organization_is_used_and_the_first_one_when_it_is_not_there():
    one = '<organization identifier="A"><title>A</title><item identifier="a" identifierref="r"/></organization>'
    two = '<organization identifier="B"><title>B</title><item identifier="b" identifierref="r"/></organization>'
    text = (
        f'<manifest {makers.SPACES_12}><organizations default="%s">{one}{two}</organizations><resources>'
        f"{resource('r', 'index.html')}</resources></manifest>"
    )
    assert check(simple(text % "B")).title == "B"
    assert check(simple(text % "A")).title == "A"
    checked = check(simple(text % "C"))
    assert checked.title == "A"
    assert any("« C »" in line for line in checked.advice)
    assert check(simple(text.replace(' default="%s"', ""))).title == "A"


def test_without_an_organization_each_sco_is_an_item():
    text = (
        f"<manifest {makers.SPACES_12}><organizations/><resources>{resource('r1', 'index.html')}"
        f"{resource('r2', 'index.html')}{resource('r3', 'index.html', kind='asset')}</resources></manifest>"
    )
    items = check(simple(text)).structure["items"]
    assert [(item["id"], item["title"]) for item in items] == [("r1", "Partie 1"), ("r2", "Partie 2")]


def test_bases_lead_to_a_file_below_them():
    manifest = manifest_12(item_12("i", "Un", "r"), resource("r", "page.html", extra=' xml:base="sco/"')).replace(
        "<resources>", '<resources xml:base="cours/">'
    )
    made = simple(manifest, **{"cours/sco/page.html": PAGE})
    assert only(made)["path"] == "cours/sco/page.html"


@pytest.mark.parametrize(
    ("written", "stored", "href"),
    [
        ("l%C3%A9gende%20une.html", "légende une.html", "l%C3%A9gende%20une.html"),
        ("légende une.html", "légende une.html", "l%C3%A9gende%20une.html"),
        ("dossier\\page.html", "dossier/page.html", "dossier/page.html"),
        ("./dossier/../page.html", "page.html", "page.html"),
        ("PAGE.html", "Page.html", "Page.html"),
        ("une%20page.html", "une%20page.html", "une%2520page.html"),
        ("page.html?a=1&amp;b=2#fin", "page.html", "page.html?a=1&b=2#fin"),
        ("page%231.html", "page#1.html", "page%231.html"),
    ],
)
def test_the_address_of_a_page_finds_its_file(written, stored, href):
    manifest = manifest_12(item_12("i", "Un", "r"), "").replace(
        "<resources>", f'<resources><resource identifier="r" type="webcontent" href="{written}"/>'
    )
    item = only(simple(manifest, **{stored: PAGE}))
    assert (item["path"], item["href"]) == (stored, href)


@pytest.mark.parametrize(
    ("href", "parameters", "result"),
    [
        ("a.html", "", "a.html"),
        ("a.html", "?x=1", "a.html?x=1"),
        ("a.html", "x=1", "a.html?x=1"),
        ("a.html?y=2", "?x=1", "a.html?y=2&x=1"),
        ("a.html?y=2", "&x=1", "a.html?y=2&x=1"),
        ("a.html#top", "?x=1", "a.html?x=1#top"),
        ("a.html", "#fin", "a.html#fin"),
        ("a.html#top", "#fin", "a.html#top"),
        ("a.html", 'x="<é>', "a.html?x=%22%3C%C3%A9%3E"),
    ],
)
def test_parameters_are_joined_as_the_standard_says(href, parameters, result):
    assert with_parameters(href, parameters) == result


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_an_address_never_leads_out_of_the_package(address, bases):
    target = resolve(address, bases)
    if target is not None:
        assert not target.path.startswith(("/", "../"))
        assert ".." not in target.path.split("/")
        assert target.href.isascii()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with pytest.raises(RefusedError):
        read_manifest(data)


@given(st.text(alphabet="<>/ax =\"'&;!-[]", max_size=80))
def test_any_text_is_read_as_xml_or_refused(text):
    with suppress(UnsafeXMLError):
        assert parse(text.encode()).name


@pytest.mark.parametrize(
    ("threshold", "value"),
    [
        ("<adlcp:completionThreshold>0.75</adlcp:completionThreshold>", 0.75),
        ('<adlcp:completionThreshold completedByMeasure="true"/>', 1),
        ('<adlcp:completionThreshold completedByMeasure="false" minProgressMeasure="0.5"/>', None),
        ("<adlcp:completionThreshold>beaucoup</adlcp:completionThreshold>", None),
        ("", None),
    ],
)
def test_the_completion_threshold_of_both_editions_is_read(threshold, value):
    made = simple(manifest_2004(item_12("i", "Un", "r", extra=threshold), resource("r", "index.html")))
    assert only(made)["completion_threshold"] == value


def test_objectives_in_a_shared_sequencing_are_found():
    shared = (
        '<imsss:sequencingCollection><imsss:sequencing ID="commun"><imsss:objectives><imsss:primaryObjective '
        'satisfiedByMeasure="true"/></imsss:objectives></imsss:sequencing></imsss:sequencingCollection>'
    )
    item = item_12("i", "Un", "r", extra='<imsss:sequencing IDRef="commun"/>')
    made = simple(manifest_2004(item, resource("r", "index.html"), tail=shared))
    assert only(made)["scaled_passing_score"] == 1


def test_sequencing_rules_are_told_as_not_followed():
    rules = (
        "<imsss:sequencing><imsss:sequencingRules><imsss:preConditionRule/></imsss:sequencingRules></imsss:sequencing>"
    )
    made = simple(manifest_2004(item_12("i", "Un", "r", extra=rules), resource("r", "index.html")))
    assert any("séquencement" in line for line in check(made).advice)


def test_the_packages_of_the_makers_are_archives_that_unzip():
    for made in (makers.storyline(), makers.rise(), makers.several_scos(), makers.cmi5()):
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert archive.testzip() is None
