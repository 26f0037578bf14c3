import gzip
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import brotli
import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.core.files.base import ContentFile
from django.core.signing import BadSignature
from django.http import Http404, HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.gzip import GZipMiddleware
from django.test import RequestFactory

from courses.interactive.packages.checks import player_host_is_another
from courses.interactive.packages.middleware import PlayerHostMiddleware
from courses.interactive.packages.serving import file_base, frame_policy, open_to_frames, read_token, serve_file

VERSION = uuid.UUID("6d0e4b4e-3f6b-4a63-9d2a-8c1f6a2b9d10")
NOVEMBER = datetime(2025, 11, 25, 12, tzinfo=UTC)
VIDEO = bytes(range(256)) * 1000


def version(kind="h5p", bundle="abc123"):
    return SimpleNamespace(pk=VERSION, package=SimpleNamespace(kind=kind), bundle=bundle)


@pytest.fixture
def put(packages_storage):
    def put(name, data):
        assert packages_storage.save(name, ContentFile(data)) == name

    return put


@pytest.fixture
def put_file(put):
    return lambda path, data: put(f"versions/{VERSION}/files/{path}", data)


def ask(path, kind="h5p", method="GET", token=None, **headers):
    """Return the answer as the site's middleware leaves it, with its body in `body`."""
    token = token or file_base(version(kind)).split("/")[2]
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory(headers=sent).generic(method, f"/contenus/{token}/file")

    def view(request):
        return serve_file(request, token, path)

    response = GZipMiddleware(ContentSecurityPolicyMiddleware(view))(request)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


# -- The address ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["h5p", "scorm12", "scorm2004", "cmi5"])
def test_an_address_says_which_version_and_bundle_it_gives(kind):
    base = file_base(version(kind))
    assert base.startswith("/contenus/")
    assert base.endswith("/")
    right = read_token(base.split("/")[2])
    assert (right.version_id, right.kind, right.bundle) == (VERSION, kind, "abc123")


def test_an_address_stays_the_same_during_a_month():
    bases = {file_base(version(), now=NOVEMBER.replace(day=day)) for day in (2, 15, 30)}
    assert len(bases) == 1
    assert file_base(version(), now=NOVEMBER.replace(month=12)) not in bases


@pytest.mark.parametrize(
    ("later", "good"),
    [
        (NOVEMBER, True),
        (datetime(2025, 12, 31, 22, tzinfo=UTC), True),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), False),  # in Paris it is January
        (datetime(2026, 11, 25, tzinfo=UTC), False),
        (datetime(2025, 10, 25, tzinfo=UTC), False),
    ],
)
def test_an_address_lasts_to_the_end_of_next_month(later, good):
    token = file_base(version(), now=NOVEMBER).split("/")[2]
    if good:
        assert read_token(token, now=later).version_id == VERSION
    else:
        with pytest.raises(BadSignature):
            read_token(token, now=later)


def test_an_address_of_december_is_good_in_january():
    token = file_base(version(), now=datetime(2025, 12, 5, tzinfo=UTC)).split("/")[2]
    assert read_token(token, now=datetime(2026, 1, 20, tzinfo=UTC)).version_id == VERSION


def test_a_changed_address_gives_nothing(put_file):
    put_file("content/a.txt", b"a")
    token = file_base(version()).split("/")[2]
    for false in ("", "x", token[:-1], "1" + token[1:], token.replace("abc123", "abc124"), token + "é"):
        with pytest.raises(Http404):
            ask("content/a.txt", token=false or "-")


# -- What is served ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("content/a.png", "image/png"),
        ("content/A.JPG", "image/jpeg"),
        ("content/a.svg", "image/svg+xml"),
        ("content/a.mp4", "video/mp4"),
        ("content/a.webm", "video/webm"),
        ("content/a.m4a", "audio/mp4"),
        ("content/a.mp3", "audio/mpeg"),
        ("content/a.vtt", "text/vtt; charset=utf-8"),
        ("content/a.pdf", "application/pdf"),
        ("content/a.wasm", "application/wasm"),
        ("content/a.woff2", "font/woff2"),
        ("content/a.json", "application/json"),
        ("content/a.css", "text/css; charset=utf-8"),
        ("content/a.js", "text/javascript; charset=utf-8"),
        ("content/a.xml", "application/xml"),
        ("content/a.xyz", "application/octet-stream"),
        ("content/a", "application/octet-stream"),
        ("content/html", "application/octet-stream"),
        ("content/png.d/a", "application/octet-stream"),
    ],
)
def test_the_type_comes_from_the_name_whatever_the_bytes(put_file, path, content_type):
    put_file(path, b"<!doctype html><script>alert(1)</script>")
    response = ask(path)
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "immutable" in response["Cache-Control"]
    assert ("Content-Disposition" in response) == (content_type == "application/octet-stream")


def test_an_old_page_says_itself_how_it_is_written(put_file):
    put_file("page.html", "Maçonnerie".encode("latin-1"))
    assert ask("page.html", kind="scorm12")["Content-Type"] == "text/html"


@pytest.mark.parametrize("path", ["a.html", "a.htm", "a.xhtml", "a.svg", "a.xml"])
def test_what_could_run_scripts_is_sandboxed_even_when_opened_by_itself(put_file, path):
    put_file(path, b"<svg/>")
    response = ask(path, kind="scorm12")
    assert "sandbox allow-scripts" in response["Content-Security-Policy"]
    assert "allow-same-origin" not in response["Content-Security-Policy"]
    assert "http://testserver/contenus/" in response["Content-Security-Policy"]


def test_a_flash_file_is_refused(put_file):
    put_file("film.swf", b"FWS")
    with pytest.raises(Http404):
        ask("film.swf", kind="scorm12")


def test_libraries_are_shared_between_h5p_packages_only(put, put_file):
    put("libraries/H5P.Blanks-1.12/js/a.js", b"shared")
    put_file("libraries/own.js", b"own")
    assert ask("libraries/H5P.Blanks-1.12/js/a.js").body == b"shared"
    assert ask("libraries/own.js", kind="scorm12").body == b"own"
    with pytest.raises(Http404):
        ask("libraries/H5P.Blanks-1.12/js/a.js", kind="scorm12")
    with pytest.raises(Http404):
        ask("libraries/own.js")


@pytest.mark.parametrize(
    "path",
    [
        "../original.zip",
        "..%2foriginal.zip",
        "%2e%2e/original.zip",
        "content/../../original.zip",
        "..\\original.zip",
        "content/..%5c..%5coriginal.zip",
        "/etc/passwd",
        "",
        "content",
        "content/",
        "content//a.txt",
        "libraries/../versions/x",
        "content/a.txt\0",
        "content/%00",
        "content/" + "a" * 5000,
        "bundle.js",
        "bundle-abc123.js",
    ],
)
@pytest.mark.parametrize("kind", ["h5p", "scorm12"])
def test_no_path_leads_out_of_the_files_of_the_version(put, put_file, path, kind):
    put(f"versions/{VERSION}/original.zip", b"secret")
    put_file("content/a.txt", b"a")
    with pytest.raises(Http404) as refused:
        ask(path, kind=kind)
    assert str(VERSION) not in str(refused.value)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("leçon 1.html", "le%C3%A7on%201.html"),  # encoded twice in the reference
        ("leçon.html", "le%E7on.html"),  # encoded as Windows does
        ("page%201.html", "page 1.html"),  # the encoded name is the name of the file
        ("lec\u0327on.html", "leçon.html"),  # zipped on a Mac
        ("leçon.html", "lec\u0327on.html"),
    ],
)
def test_a_reference_encoded_once_too_much_or_too_little_finds_its_file(put_file, stored, asked):
    put_file(stored, b"found")
    assert ask(asked, kind="scorm12").body == b"found"


def test_files_need_no_query(put_file, django_assert_num_queries, db):
    put_file("content/a.txt", b"a")
    with django_assert_num_queries(0):
        assert ask("content/a.txt").body == b"a"


def test_files_need_no_query_through_the_whole_site(put_file, client, django_assert_num_queries, db):
    put_file("content/a.mp4", VIDEO)
    url = f"{file_base(version())}content/a.mp4"
    with django_assert_num_queries(0):
        response = client.get(url, headers={"Range": "bytes=10-19", "Accept-Encoding": "gzip, br"})
    assert response.status_code == 206
    assert b"".join(response.streaming_content) == VIDEO[10:20]
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies
    assert "X-Frame-Options" not in response
    assert "Content-Security-Policy" not in response


# -- Ranges, caches, compression -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 255_999),
        ("bytes=1000-1999", 1000, 1999),
        ("bytes=255000-999999999", 255_000, 255_999),
        ("bytes=-100", 255_900, 255_999),
        ("bytes=-999999999", 0, 255_999),
    ],
)
def test_a_range_of_a_video_is_given_as_it_is(put_file, asked, first, last):
    put_file("content/a.mp4", VIDEO)
    response = ask("content/a.mp4", Range=asked, Accept_Encoding="gzip, br")
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/256000"
    assert response.body == VIDEO[first : last + 1]
    assert response["Content-Length"] == str(len(response.body))
    assert "Content-Encoding" not in response


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-9999999", "bytes=-0"])
def test_a_range_after_the_end_is_refused(put_file, asked):
    put_file("content/a.mp4", VIDEO)
    response = ask("content/a.mp4", Range=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */256000"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b", "x"])
def test_a_range_that_says_nothing_gives_the_whole_file(put_file, asked):
    put_file("content/a.mp4", VIDEO)
    response = ask("content/a.mp4", Range=asked)
    assert response.status_code == 200
    assert response.body == VIDEO


def test_a_range_of_another_version_of_the_file_gives_the_whole_one(put_file):
    put_file("content/a.mp4", VIDEO)
    etag = ask("content/a.mp4")["ETag"]
    assert ask("content/a.mp4", Range="bytes=0-9", If_Range=etag).status_code == 206
    assert ask("content/a.mp4", Range="bytes=0-9", If_Range='"other"').status_code == 200


def test_who_has_the_file_already_is_told_so(put_file):
    put_file("content/a.mp4", VIDEO)
    etag = ask("content/a.mp4")["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        response = ask("content/a.mp4", If_None_Match=known)
        assert response.status_code == 304
        assert response.body == b""
        assert response["ETag"] == etag
    assert ask("content/a.mp4", If_None_Match='"other"').status_code == 200


def test_a_new_bundle_is_a_new_file_for_caches(put):
    put("libraries/A-1.0/a.png", b"a")
    tokens = [file_base(version(bundle=bundle)).split("/")[2] for bundle in ("abc", "def")]
    first, second = (ask("libraries/A-1.0/a.png", token=token)["ETag"] for token in tokens)
    assert first != second


def test_head_tells_the_same_without_the_bytes(put_file):
    put_file("content/a.mp4", VIDEO)
    whole, head = ask("content/a.mp4"), ask("content/a.mp4", method="HEAD")
    assert head.body == b""
    assert dict(head.headers) == dict(whole.headers)
    assert head["Content-Length"] == "256000"


def test_a_script_that_adds_a_header_may_ask_first(put_file):
    put_file("content/a.json", b"{}")
    response = ask("content/a.json", method="OPTIONS", Access_Control_Request_Headers="x-requested-with")
    assert response.status_code == 204
    assert response["Access-Control-Allow-Headers"] == "*"
    assert ask("content/a.json", method="POST").status_code == 405


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_text_is_compressed_for_who_accepts_it(put_file, accepted, encoding):
    text = b"var a = 1;\n" * 1000
    put_file("content/a.js", text)
    response = ask("content/a.js", Accept_Encoding=accepted)
    assert response.get("Content-Encoding", "") == encoding
    assert (gzip.decompress(response.body) if encoding else response.body) == text
    assert response["Content-Length"] == str(len(response.body))
    assert response["Vary"] == "Accept-Encoding"


def test_small_text_and_media_are_left_as_they_are(put_file):
    put_file("content/a.js", b"var a = 1;" * 50)
    put_file("content/a.mp4", VIDEO)
    for path in ("content/a.js", "content/a.mp4"):
        assert "Content-Encoding" not in ask(path, Accept_Encoding="gzip, br")


def test_each_encoding_has_its_own_etag(put_file):
    put_file("content/a.js", b"var a = 1;\n" * 1000)
    plain, packed = ask("content/a.js"), ask("content/a.js", Accept_Encoding="gzip")
    assert plain["ETag"] != packed["ETag"]
    assert ask("content/a.js", Accept_Encoding="gzip", If_None_Match=packed["ETag"]).status_code == 304


def test_a_range_of_text_is_not_compressed(put_file):
    text = b"var a = 1;\n" * 1000
    put_file("content/a.js", text)
    response = ask("content/a.js", Accept_Encoding="gzip, br", Range="bytes=0-9")
    assert (response.status_code, response.body) == (206, text[:10])
    assert "Content-Encoding" not in response


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("gzip, deflate, br", b"brotli"), ("gzip", b"gzip"), ("br;q=0, gzip", b"gzip"), ("", b"plain")],
)
def test_a_bundle_is_given_as_it_was_compressed_at_import(put, accepted, expected):
    put(f"versions/{VERSION}/bundle-abc123.js", b"plain")
    put(f"versions/{VERSION}/bundle-abc123.js.br", brotli.compress(b"brotli"))
    put(f"versions/{VERSION}/bundle-abc123.js.gz", gzip.compress(b"gzip"))
    response = ask("bundle.js", Accept_Encoding=accepted)
    undo = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
    assert undo[response.get("Content-Encoding", "")](response.body) == expected
    assert response["Content-Type"] == "text/javascript; charset=utf-8"


# -- The policy ----------------------------------------------------------------------------------------------------


def directives(policy):
    return {name: set(values) for name, *values in (part.split() for part in policy.split("; "))}


def test_a_frame_reaches_its_own_files_and_nothing_else():
    base = "https://site.example/contenus/abc/"
    policy = directives(frame_policy(base, "h5p", ["https://site.example/contenus/resultats/x/"]))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == {"'none'"}
    assert "https://site.example/contenus/resultats/x/" in policy["connect-src"]
    for name, sources in policy.items():
        addresses = {source for source in sources if source.startswith("http")}
        results = {"https://site.example/contenus/resultats/x/"}
        assert addresses <= {base, "https://site.example/static/"} | results, name
    assert policy["sandbox"] == {"allow-scripts", "allow-forms", "allow-downloads"}


@pytest.mark.parametrize(
    ("player", "base", "kind", "same"),
    [
        ("", "https://site.example/contenus/a/", "scorm12", False),
        ("https://jeu.example", "https://jeu.example/contenus/a/", "scorm12", True),
        ("https://jeu.example", "https://jeu.example/contenus/a/", "cmi5", True),
        ("https://jeu.example", "https://jeu.example/contenus/a/", "h5p", False),
        ("https://jeu.example", "https://site.example/contenus/a/", "scorm12", False),
        ("https://jeu.example", "https://jeu.example.evil.example/contenus/a/", "scorm12", False),
    ],
)
def test_only_the_player_host_gives_a_package_an_origin(settings, player, base, kind, same):
    settings.PLAYER_ORIGIN = player
    assert ("allow-same-origin" in directives(frame_policy(base, kind))["sandbox"]) == same


def test_a_player_document_keeps_the_policy_that_it_sets(put_file):
    response = HttpResponse("")
    response.headers["Content-Security-Policy"] = frame_policy("http://testserver/contenus/a/", "h5p")
    open_to_frames(response)
    assert response.xframe_options_exempt
    assert response["Cross-Origin-Opener-Policy"] == "unsafe-none"


# -- The player's host ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("jeu.example", "/contenus/a/b", 200),
        ("jeu.example", "/xapi/statements", 200),
        ("jeu.example", "/static/js/a.js", 200),
        ("JEU.example", "/", 404),
        ("jeu.example", "/admin/", 404),
        ("jeu.example", "/compte/connexion/", 404),
        ("jeu.example", "/contenusx", 404),
        ("site.example", "/admin/", 200),
        ("site.example", "/contenus/a/b", 200),
    ],
)
def test_the_host_of_contents_has_no_page_of_the_site(settings, host, path, status):
    settings.PLAYER_ORIGIN = "https://jeu.example"
    middleware = PlayerHostMiddleware(lambda request: HttpResponse("page"))
    assert middleware(RequestFactory(headers={"host": host}).get(path)).status_code == status


def test_without_a_host_of_contents_the_middleware_is_not_there(settings):
    settings.PLAYER_ORIGIN = ""
    with pytest.raises(MiddlewareNotUsed):
        PlayerHostMiddleware(lambda request: HttpResponse("page"))


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("", []),
        ("https://contenus.example", []),
        ("https://site.example", ["packages.E002"]),
        ("https://SITE.example:8443", ["packages.E002"]),
        ("contenus.example", ["packages.E001"]),
        ("https://contenus.example/jeu", ["packages.E001"]),
    ],
)
def test_the_host_of_contents_is_never_the_host_of_the_site(settings, origin, told):
    settings.PLAYER_ORIGIN = origin
    settings.WAGTAILADMIN_BASE_URL = "https://site.example"
    assert [message.id for message in player_host_is_another()] == told
