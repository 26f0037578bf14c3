"""H5P packages are taken or refused whole, and every fault is told in French."""

import io
import json
import time
import zipfile

import pytest

from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.faults import RefusedError
from courses.interactive.packages.h5p.check import check_h5p
from courses.interactive.packages.h5p.definitions import LibraryName, parse_ubername, read_json
from tests.courses.interactive.samples import GOOD, sample

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


def checked(data: bytes, installed=None, **options):
    """Return what a package holds."""
    return check_h5p(open_archive(io.BytesIO(data)), installed or {}, **options)


def refusal(data: bytes, installed=None, **options) -> RefusedError:
    """Return what a package is refused with."""
    with pytest.raises(RefusedError) as caught:
        checked(data, installed, **options)
    assert all(fault.message and "%(" not in fault.message for fault in caught.value.faults)
    return caught.value


def dependency(name: str = "H5P.Card", major=1, minor=0) -> dict:
    """Return how one library names another."""
    return {"machineName": name, "majorVersion": major, "minorVersion": minor}


def package(files=None, *, meta=None, library=None, content=None, folder="H5P.Card-1.0") -> bytes:
    """Return a small sound package, changed as asked: a value of None takes a file or a property away."""
    h5p = {
        "title": "Carte",
        "language": "fr",
        "mainLibrary": "H5P.Card",
        "embedTypes": ["div"],
        "license": "CC BY",
        "preloadedDependencies": [dependency()],
        **(meta or {}),
    }
    described = {
        "title": "Card",
        "machineName": "H5P.Card",
        "majorVersion": 1,
        "minorVersion": 0,
        "patchVersion": 3,
        "runnable": 1,
        "preloadedJs": [{"path": "card.js"}],
        "preloadedCss": [{"path": "css/card.css"}],
        **(library or {}),
    }
    all_files = {
        "h5p.json": json.dumps({key: value for key, value in h5p.items() if value is not None}),
        "content/content.json": json.dumps(content if content is not None else {"text": "Bonjour"}),
        f"{folder}/library.json": json.dumps({key: value for key, value in described.items() if value is not None}),
        f"{folder}/semantics.json": json.dumps([{"name": "text", "type": "text", "default": "Hello"}]),
        f"{folder}/card.js": "H5P.Card = 1",
        f"{folder}/css/card.css": ".card{}",
        f"{folder}/language/fr.json": json.dumps({"semantics": [{"default": "Bonjour"}]}),
        **(files or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in all_files.items():
            if data is not None:
                archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("name", GOOD)
def test_good_samples_are_taken(name):
    data = sample(name).read_bytes()
    started = time.perf_counter()
    found = checked(data)
    assert time.perf_counter() - started < 2
    assert found.main in found.libraries
    assert found.libraries[found.main].preloaded_js
    assert all(path.startswith("content/") for path in found.content_files)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("broken-content-json", "broken-json", "« content/content.json » est illisible"),
        ("broken-h5p-json", "broken-json", "« h5p.json » est illisible"),
        ("corrupt_archive", "not-a-zip", "n'est pas une archive ZIP"),
        ("invalid-h5p-json-schema", "missing-property", "il manque la propriété obligatoire « mainLibrary »"),
        ("invalid-language-file-json", "broken-json", "language/fr.json » est illisible"),
        ("invalid-library-directory-name", "library-name", "contient la bibliothèque H5P.AnotherLibrary-1.0"),
        ("invalid-library-json", "missing-property", "il manque la propriété obligatoire « majorVersion »"),
        ("malformed-library-directory", "library-folder", "« library! » n'a pas un nom de bibliothèque"),
        ("missing-preloaded-js", "missing-library-file", "greetingcard.js », qui n'est pas dans l'archive"),
    ],
)
def test_malformed_samples_are_refused_with_their_fault(name, code, words):
    error = refusal(sample(f"h5p/malformed/{name}.h5p").read_bytes())
    assert error.codes == [code]
    assert words in error.faults[0].message


def test_both_broken_libraries_of_a_sample_are_told():
    error = refusal(sample("h5p/malformed/2-invalid-libraries.h5p").read_bytes())
    assert error.codes == ["language-name", "missing-property"]
    assert "H5P.GreetingCard-1.0/language/XXX!.json" in error.faults[0].message
    assert "H5P.GreetingCard2-1.0/library.json" in error.faults[1].message
    assert "« title »" in error.faults[1].message


def test_a_library_that_asks_for_a_newer_core_is_refused():
    # The sample asks for 1.19, as sound packages do: it is too new for an older core only.
    data = sample("h5p/malformed/invalid-core-version.h5p").read_bytes()
    error = refusal(data, core=(1, 1))
    assert error.codes == ["core-too-old"]
    assert "demande la version 1.19 de H5P, et ce site a la version 1.1" in error.faults[0].message
    newer = package(library={"coreApi": {"majorVersion": 1, "minorVersion": 29}})
    assert refusal(newer).codes == ["core-too-old"]
    assert checked(package(library={"coreApi": {"majorVersion": "1", "minorVersion": "28"}})).main == "H5P.Card-1.0"


def test_the_sample_with_a_script_in_its_picture_is_taken_and_tells_it():
    found = checked(sample("h5p/malformed/xss-svg.h5p").read_bytes())
    assert any("content/images/xss.svg" in line and "code" in line for line in found.advice)


def test_a_very_long_name_is_shortened_everywhere_and_told():
    archive = open_archive(io.BytesIO(sample("h5p/long-content-file-name.h5p").read_bytes()))
    found = check_h5p(archive, {})
    [path] = found.content_files
    assert len(path.rsplit("/", 1)[-1]) <= 64
    assert path.endswith(".png")
    assert f"content/{found.content['image']['path']}" == path
    assert archive.start(path, 4) == b"\x89PNG"
    assert any("nom très long" in line for line in found.advice)


def test_what_a_package_says_is_read():
    found = checked(
        package(
            {"content/images/a.png": PNG, "H5P_NOTES.txt": "x", ".git/config": "x", "H5P.Card-1.0/_draft.psd": "x"},
            library={
                "preloadedDependencies": [dependency("H5P.Kept", "2", "1")],
                "dynamicDependencies": [dependency("H5P.Kept", 2, 2)],
                "editorDependencies": [dependency("H5PEditor.Any")],
                "metadataSettings": {"disable": 0},
            },
        ),
        {"H5P.Kept-2.1": 0, "H5P.Kept-2.2": 4},
    )
    assert found.meta["title"] == "Carte"
    assert found.meta["license"] == "CC BY"
    assert found.main == "H5P.Card-1.0"
    assert found.content == {"text": "Bonjour"}
    assert found.content_files == ["content/images/a.png"]
    library = found.libraries["H5P.Card-1.0"]
    assert library.library == LibraryName("H5P.Card", 1, 0)
    assert library.metadata["patchVersion"] == 3
    assert library.metadata["metadataSettings"] == {"disable": 0}
    assert library.semantics == [{"name": "text", "type": "text", "default": "Hello"}]
    assert library.translations == {"fr": {"semantics": [{"default": "Bonjour"}]}}
    assert library.preloaded_js == ["H5P.Card-1.0/card.js"]
    assert library.preloaded_css == ["H5P.Card-1.0/css/card.css"]
    assert sorted(library.requires) == [
        ("H5P.Kept-2.1", "preloaded"),
        ("H5P.Kept-2.2", "dynamic"),
        ("H5PEditor.Any-1.0", "editor"),
    ]
    assert "H5P.Card-1.0/_draft.psd" not in library.files
    assert found.advice == []


def test_versions_may_be_texts_and_files_may_start_with_a_mark():
    data = package(
        {"content/content.json": b"\xef\xbb\xbf" + b'{"text": "a"}'},
        meta={"preloadedDependencies": [dependency(major="1", minor="0")], "license": 3, "unknown": [1]},
        library={"majorVersion": "1", "minorVersion": "0", "patchVersion": "7", "runnable": "1"},
    )
    found = checked(data)
    assert found.content == {"text": "a"}
    assert found.meta["license"] == "U"
    assert "unknown" not in found.meta
    assert found.libraries["H5P.Card-1.0"].metadata["patchVersion"] == 7


def test_a_folder_without_version_is_taken_as_in_old_packages():
    found = checked(package(folder="H5P.Card"))
    assert found.libraries["H5P.Card-1.0"].folder == "H5P.Card"
    assert found.libraries["H5P.Card-1.0"].preloaded_js == ["H5P.Card/card.js"]


def test_the_same_library_twice_is_refused():
    other = json.loads(zipfile.ZipFile(io.BytesIO(package())).read("H5P.Card-1.0/library.json"))
    twin = {"H5P.Card/library.json": json.dumps({**other, "preloadedJs": [], "preloadedCss": []})}
    assert refusal(package(twin)).codes == ["library-twice"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"files": {"h5p.json": None}}, "missing-h5p-json"),
        ({"files": {"h5p.json": "[1]"}}, "missing-property"),
        ({"files": {"content/content.json": None}}, "missing-content"),
        ({"files": {"content/content.json": "[1]"}}, "bad-content"),
        ({"files": {"content/content.json": "{} {}"}}, "broken-json"),
        ({"files": {"content/content.json": '{"a": NaN}'}}, "broken-json"),
        ({"files": {"content/content.json": '{"a": 1e999}'}}, "broken-json"),
        ({"files": {"content/content.json": b'{"a": "\xff"}'}}, "broken-json"),
        ({"files": {"content/content.json": '{"a":' * 5_000 + "1" + "}" * 5_000}}, "broken-json"),
        ({"files": {"content/content.json": "[" * 900_000}}, "broken-json"),
        ({"files": {"H5P.Card-1.0/library.json": None}}, "missing-library-json"),
        ({"files": {"H5P.Card-1.0/library.json": "{"}}, "broken-json"),
        ({"files": {"H5P.Card-1.0/semantics.json": "{"}}, "broken-json"),
        ({"files": {"H5P.Card-1.0/semantics.json": "{}"}}, "bad-semantics"),
        ({"files": {"H5P.Card-1.0/language/fr.json": "[]"}}, "bad-language"),
        ({"files": {"H5P.Card-1.0/language/français.json": "{}"}}, "language-name"),
        ({"meta": {"title": None}}, "missing-property"),
        ({"meta": {"title": "x" * 300}}, "bad-property"),
        ({"meta": {"language": "pas une langue"}}, "bad-property"),
        ({"meta": {"embedTypes": ["object"]}}, "bad-property"),
        ({"meta": {"preloadedDependencies": "H5P.Card"}}, "bad-property"),
        ({"meta": {"preloadedDependencies": [dependency(minor="un")]}}, "bad-property"),
        ({"meta": {"preloadedDependencies": [dependency("../x")]}}, "bad-property"),
        ({"meta": {"mainLibrary": "H5P.Other"}}, "main-not-listed"),
        ({"library": {"runnable": 2}}, "bad-property"),
        ({"library": {"majorVersion": -1}}, "bad-property"),
        ({"library": {"minorVersion": 1}}, "library-name"),
        ({"library": {"preloadedJs": [{"path": "../other.js"}]}}, "bad-property"),
        ({"library": {"preloadedJs": [{"path": "card.php"}]}}, "bad-property"),
        ({"library": {"preloadedCss": [{"path": "https://evil.example/a.css"}]}}, "bad-property"),
        ({"library": {"preloadedCss": [{"path": "missing.css"}]}}, "missing-library-file"),
        ({"library": {"preloadedDependencies": [dependency("H5P.Gone")]}}, "missing-library"),
        ({"library": {"dynamicDependencies": [dependency("H5P.Gone")]}}, "missing-library"),
        ({"meta": {"preloadedDependencies": [dependency(), dependency("H5P.Gone")]}}, "missing-library"),
        ({"files": {"content/run.exe": b"MZ"}}, "file-type"),
        ({"files": {"content/page.html": "<p>"}}, "file-type"),
        ({"files": {"content/run.js": "alert(1)"}}, "file-type"),
        ({"files": {"content/LICENSE": "x"}}, "file-type"),
        ({"files": {"H5P.Card-1.0/page.html": "<p>"}}, "file-type"),
        ({"files": {"H5P.Card-1.0/server.php": "<?php"}}, "file-type"),
        ({"files": {"other!/a.js": "x"}}, "library-folder"),
    ],
)  # fmt: skip
def test_each_fault_is_found(changes, code):
    files = changes.pop("files", None)
    assert refusal(package(files, **changes)).codes[0] == code


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"<html><script>alert(1)</script></html>"),
        ("a.png", b"alert(1)"),
        ("a.png", SVG),
        ("a.png", PNG + b"<script>alert(1)</script>"),
        ("a.png", PNG + b"\x00" * 262_130 + b"<SCRIPT src='//evil.example'>"),
        ("a.jpg", b"<!doctype html><body onload=alert(1)>"),
        ("a.jpg", b"\xff\xd8\xff\xe0/*\x00\x00*/=alert(1)"),
        ("a.jpeg", b"#!/bin/sh"),
        ("a.gif", b"GIF89a=1;alert(1)//" + b"x" * 40),
        ("a.gif", b"GIF89a/*" + b"\x00" * 20 + b"*/=alert(1)"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00<script>alert(1)</script>"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WAVE"),
        ("a.bmp", b"<svg onload=alert(1)>"),
        ("a.woff", b"alert(1)"),
        ("a.woff2", b"<html>"),
        ("a.ttf", b"MZ\x90\x00"),
        ("a.mp4", b"<html><script>alert(1)</script>"),
        ("a.mp3", b"alert(1)"),
        ("a.pdf", b"<html>%PDF-1.4"),
        ("a.docx", b"<html>"),
        ("a.txt", b"\xef\xbb\xbf <!-- x --> <html><script>alert(1)</script>"),
        ("a.csv", b"MZ\x00\x00"),
        ("a.json", b"<script>alert(1)</script>"),
        ("a.xml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
        ("a.xml", b"<a xmlns:h='http://www.w3.org/1999/&#120;html'><h:script>alert(1)</h:script></a>"),
        ("a.xml", b"<?xml-stylesheet href='a.xsl'?><a/>"),
        ("a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
        ("a.xml", b"<a>"),
    ],
)
def test_a_page_or_a_script_that_poses_as_another_file_is_refused(name, data):
    assert refusal(package({f"content/{name}": data})).codes == ["not-its-type"]
    assert refusal(package({f"H5P.Card-1.0/{name}": data})).codes == ["not-its-type"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", PNG),
        ("a.png", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.jpg", b"\xff\xd8\xff\xe1\x2f\x00Exif <x:xmpmeta><rdf:li>"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00"),
        ("A.PNG", PNG),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42"),
        ("a.webm", b"\x1aE\xdf\xa3"),
        ("a.mp3", b"\xff\xfb\x90\x00"),
        ("a.mp3", b"ID3\x03"),
        ("a.wav", b"RIFF\x00\x00\x00\x00WAVE"),
        ("a.ogg", b"OggS"),
        ("a.woff2", b"wOF2"),
        ("a.otf", b"OTTO"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.docx", b"PK\x03\x04"),
        ("a.txt", "Été".encode()),
        ("a.csv", "a;é".encode("utf-16")),
        ("a.vtt", b"WEBVTT"),
        ("a.xml", b"<a xmlns='urn:x'><b/></a>"),
        ("empty.txt", b""),
        ("a.svg", SVG),
    ],
)
def test_files_that_are_what_they_say_are_taken(name, data):
    assert checked(package({f"content/{name}": data})).content_files == [f"content/{name}"]


@pytest.mark.parametrize("data", [b"TEST", b"<svg>", b"<html/>", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>'])
def test_a_picture_that_can_not_be_made_harmless_is_refused(data):
    assert refusal(package({"content/a.svg": data})).codes[-1] in {"bad-svg", "not-its-type"}


def test_every_fault_is_told_at_once():
    error = refusal(
        package(
            {"content/run.exe": b"MZ", "content/a.png": b"<html>", "H5P.Card-1.0/language/fr.json": "{"},
            meta={"title": None, "embedTypes": []},
            library={"preloadedJs": [{"path": "gone.js"}], "preloadedDependencies": [dependency("H5P.Gone")]},
        )
    )
    assert sorted(error.codes) == [
        "bad-property",
        "broken-json",
        "file-type",
        "missing-library",
        "missing-library-file",
        "missing-property",
        "not-its-type",
    ]


def test_many_faults_are_counted():
    error = refusal(package({f"content/{number}.exe": b"MZ" for number in range(80)}))
    assert len(error.faults) == 51
    assert error.faults[-1].message == "Et 30 autres problèmes."


def test_bytes_that_are_not_those_announced_are_a_fault():
    data = package({"content/images/a.png": PNG + bytes(range(200)) * 3})
    crc = zipfile.ZipFile(io.BytesIO(data)).getinfo("content/images/a.png").CRC.to_bytes(4, "little")
    assert refusal(data.replace(crc, b"\x01\x02\x03\x04")).codes == ["not-as-announced"]


def test_a_content_that_is_too_small_to_have_its_libraries_uses_those_of_the_site():
    data = package(
        {f"H5P.Card-1.0/{name}": None for name in ("library.json", "semantics.json", "card.js", "css/card.css")}
        | {"H5P.Card-1.0/language/fr.json": None}
    )
    assert refusal(data).codes == ["missing-library"]
    found = checked(data, {"H5P.Card-1.0": 3})
    assert found.libraries == {}
    assert found.main == "H5P.Card-1.0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"meta": {"license": "U"}}, "licence"),
        ({"content": {"video": [{"path": "https://youtu.be/x", "mime": "video/YouTube"}]}}, "https://youtu.be/x"),
        ({"content": {"a": {"path": "//cdn.example/x.mp4"}}}, "//cdn.example/x.mp4"),
        ({"content": {"a": {"library": "H5P.IFrameEmbed 1.0", "params": {}}}}, "H5P.IFrameEmbed"),
        ({"content": {"a": {"library": "H5P.Gone 1.0", "params": {}}}}, "H5P.Gone 1.0"),
        ({"content": {"a": {"path": "images/gone.png", "mime": "image/png"}}}, "images/gone.png"),
        ({"meta": {"language": "en"}, "files": {"H5P.Card-1.0/language/fr.json": None}}, "Card"),
    ],
)
def test_advice_is_given_without_refusing(changes, words):
    files = changes.pop("files", None)
    advice = checked(package(files, **changes)).advice
    assert any(words in line for line in advice)


def test_json_is_read_without_what_no_database_keeps():
    assert read_json(b'{"a\\u0000": ["b\\ud800c", "\\ud83d\\ude00"]}') == {"a": ["bc", "😀"]}


@pytest.mark.parametrize("text", ["H5P.Blanks", "H5P.Blanks-1.2", "../x 1.2", "H5P.Blanks 1.2.3", 3, None, ""])
def test_what_is_not_a_library_name_is_not_read_as_one(text):
    assert parse_ubername(text) is None


def test_library_names_are_written_for_paths_and_for_contents():
    library = parse_ubername("H5P.Blanks 1.12")
    assert library is not None
    assert (library.name, library.ubername) == ("H5P.Blanks-1.12", "H5P.Blanks 1.12")
