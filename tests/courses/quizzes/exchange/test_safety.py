"""Files that mean harm, or are not what they say."""

import codecs
import io
import stat
import time
import tracemalloc
import zipfile
from xml.etree.ElementTree import Element, tostring
from xml.etree.ElementTree import SubElement as ElementText

import pytest

from courses.quizzes.exchange import package, reading, safexml
from courses.quizzes.exchange.reading import FileFormat
from courses.quizzes.exchange.results import FileRefusedError

from .files import SAMPLES, archive, item, moodle, png, read, read_one, value_of
from .strategies import SEED


def refusal(content):
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FileRefusedError) as refused:
        reading.check(file)
    return str(refused.value)


BOMB = '<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><quiz><question type="essay">&b;</question></quiz>'
OUTSIDE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question>&x;</question></quiz>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, '<!DOCTYPE quiz SYSTEM "http://exemple.fr/a.dtd"><quiz/>'])
def test_a_doctype_is_refused_before_any_entity_is_read(content):
    assert "DOCTYPE" in refusal(content)


def test_a_doctype_in_an_item_of_a_package_is_refused_too():
    manifest = '<manifest><resources><resource type="imsqti_item_xmlv2p1" href="i.xml"/></resources></manifest>'
    hostile = BOMB.replace("quiz", "assessmentItem")
    imported = read_one(archive({"imsmanifest.xml": manifest.encode(), "i.xml": hostile.encode()}))
    assert "DOCTYPE" in imported.refusal


def test_a_doctype_spread_over_two_pieces_of_the_file_is_refused():
    assert "DOCTYPE" in refusal(f"<!-- {'x' * (1 << 16)} -->{BOMB}")


def test_depth_and_size_of_a_question_are_bounded(monkeypatch):
    deep = "<a>" * 200 + "</a>" * 200
    assert "emboîte trop" in refusal(f"<quiz><question>{deep}</question></quiz>")
    monkeypatch.setattr(safexml, "MAX_ELEMENT", 1000)
    assert "volumineuse" in refusal(f"<quiz>\n<question>{'x' * 2000}</question></quiz>")


def test_broken_xml_says_the_line():
    assert refusal("<quiz>\n<question>\n</quiz>") == (
        "Le fichier XML est mal formé, ligne 3 : une balise n'y est pas fermée comme elle a été ouverte."
    )
    assert "&nbsp;" in refusal("<quiz><question>a&nbsp;b</question></quiz>")
    assert "avant la fin" in refusal("<quiz><question>")


@pytest.mark.parametrize("name", ["../a.xml", "/a.xml", "a/../../b.xml", "C:/a.xml", "a\\b.xml"])
def test_paths_that_leave_the_package_are_refused(name):
    packed = archive({"imsmanifest.xml": b"<manifest/>", "xxxxxxxxxxxxxxxx"[: len(name)]: b"x"})
    content = packed.getvalue().replace(b"xxxxxxxxxxxxxxxx"[: len(name)], name.encode())
    assert "chemin dangereux" in refusal(content)


def test_a_symbolic_link_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        link = zipfile.ZipInfo("lien")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    assert "lien symbolique" in refusal(packed.getvalue())


def test_a_zip_bomb_is_refused(monkeypatch):
    assert "anormalement compressé" in refusal(archive({"bombe.xml": b"0" * 15_000_000}).getvalue())
    monkeypatch.setattr(package, "MAX_TOTAL", 1000)
    assert "bien trop gros" in refusal(archive({"a.xml": b"0" * 600, "b.xml": b"0" * 600}).getvalue())
    monkeypatch.setattr(package, "MAX_ENTRIES", 1)
    assert "trop de fichiers" in refusal(archive({"a.xml": b"0", "b.xml": b"0"}).getvalue())


def test_a_size_that_lies_is_found_out(monkeypatch):
    packed = package.Package(archive({"a.xml": b"0" * 600}))
    monkeypatch.setattr(package, "MAX_ENTRY", 500)
    with pytest.raises(FileRefusedError):
        packed.read("a.xml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vide"),
        (b"  \n ", "vide"),
        (png(), "pas un fichier de texte"),
        (b"%PDF-1.7\0\0", "pas un fichier de texte"),
        (b"PK\x03\x04abc", "abîmé"),
        (archive({"a.txt": b"x"}).getvalue(), "imsmanifest.xml"),
        ("Q {=é}".encode("utf-16-le"), "pas un fichier de texte"),
        ("Q {=é}".encode("cp1252") + b"\x81", "encodage"),
        (codecs.BOM_UTF8 + b"Q {=\xe9}", "encodage"),
        ('<?xml version="1.0" encoding="EBCDIC-CP-FR"?><quiz/>', "EBCDIC"),
        ("<quiz/>", "aucune question"),
        ("// rien", "aucune question"),
        ("<html><body/></html>", "ni du Moodle XML ni du QTI"),
        ("<questestinterop/>", "QTI 2.1"),
        ('<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"/>', "QTI 2.1"),
        ('<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"/>', "paquet zip"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, told):
    assert told in refusal(content)


def test_a_file_too_big_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert "50 Mo" in refusal("Q {=a ~b} et la suite")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_gives_the_same_questions(encoding):
    gift = "Où jeter l'œuf — 3 € ? {=Compost #C'est « bio » ~Bac gris}"
    xml = moodle(
        '<question type="essay"><questiontext format="html">'
        "<text>Où est l’œuf, à 3 € ?</text></questiontext></question>"
    )
    assert value_of(read_one(gift.encode(encoding)))["text"] == "Où jeter l'œuf — 3 € ?"
    assert value_of(read_one(xml.encode(encoding)))["text"] == "Où est l’œuf, à 3 € ?"


def test_a_declared_encoding_is_believed_only_if_the_bytes_agree():
    body = '<quiz><question type="essay"><questiontext><text>Où ?</text></questiontext></question></quiz>'
    for declared, real in (("utf-8", "cp1252"), ("iso-8859-1", "cp1252"), ("windows-1252", "utf-8")):
        content = f'<?xml version="1.0" encoding="{declared}"?>{body}'.encode(real)
        assert value_of(read_one(content))["text"] == "Où ?"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(end):
    content = f"// a{end}::Un::Q ?{{{end}=a{end}~b{end}}}{end}{end}Deux{{T}}"
    assert [(i.name, i.line) for i in read(content)] == [("Un", 2), ("Deux", 7)]


def test_a_line_end_cut_in_two_is_one_line_end():
    filler = "// " + "x" * ((1 << 16) - 4) + "\r\n"
    assert [i.line for i in read(filler + "Q{T}")] == [2]


def test_what_a_file_is_does_not_depend_on_its_name():
    assert reading.check(io.BytesIO(item("<p>Q</p>").encode())).format is FileFormat.QTI
    assert reading.check((SAMPLES / "agec-moodle.xml").open("rb")).format is FileFormat.MOODLE
    assert reading.check((SAMPLES / "tri.gift.txt").open("rb")).format is FileFormat.GIFT


def test_ten_thousand_questions_are_read_one_at_a_time():
    file = io.BytesIO(b"::Nom::Que faire ?{\n=Trier#Oui.\n~Jeter#Non.\n~Br\xc3\xbbler\n}\n\n" * 10_000)
    checked = reading.check(file)
    assert checked.total == 10_000
    tracemalloc.start()
    try:
        outcomes = {imported.outcome for imported in reading.read(file, checked.format, SEED)}
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert outcomes == {"taken"}


@pytest.mark.parametrize(
    "piece",
    ["{1:SA:", "\\(", "![", "![](", "<div>", "<b>", "&#", "[[1]]", "**", "`", "\n ", "<!--", "$$", "[a](", "1. ", "> "],
)
@pytest.mark.parametrize("form", ["html", "markdown", "moodle_auto_format"])
@pytest.mark.parametrize("kind", ["cloze", "essay", "gapselect"])
def test_no_text_makes_a_reader_read_on_and_on(piece, form, kind):
    question = Element("question", type=kind)
    ElementText(ElementText(question, "questiontext", format=form), "text").text = piece * 20_000
    ElementText(ElementText(question, "generalfeedback", format=form), "text").text = piece * 20_000
    started = time.process_time()
    read_one(moodle(tostring(question, encoding="unicode")))
    assert time.process_time() - started < 10
