"""Contents are cleaned after their libraries' fields: what a field doesn't allow never survives."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.h5p.check import check_h5p
from courses.interactive.packages.h5p.semantics import clean_content, clean_path, clean_text, plain
from tests.courses.interactive.samples import GOOD, sample

IMAGE = [{"name": "file", "type": "image"}, {"name": "alt", "type": "text"}]
LIBRARIES = {
    "H5P.Image 1.1": IMAGE,
    "H5P.Column 1.0": [
        {"name": "items", "type": "list", "field": {"name": "item", "type": "library", "options": ["H5P.Column 1.0"]}}
    ],
    "H5P.Other 1.0": IMAGE,
}


def cleaned(value, field):
    """Return the value that is left of one field, or None."""
    return clean_content({"x": value}, [{"name": "x", **field}], LIBRARIES.get).get("x")


class Reader(HTMLParser):
    """What a browser would find in a text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("name", [*GOOD, "h5p/malformed/xss-svg.h5p"])
def test_real_contents_keep_all_that_they_say(name):
    with sample(name).open("rb") as file:
        package = check_h5p(open_archive(file), {})
    libraries = {library.library.ubername: library for library in package.libraries.values()}

    def semantics_of(ubername):
        return libraries[ubername].semantics if ubername in libraries else None

    content = clean_content(package.content, package.libraries[package.main].semantics, semantics_of)
    assert texts(content) == texts(package.content)
    assert clean_content(content, package.libraries[package.main].semantics, semantics_of) == content


def texts(value) -> list[str]:
    """Return all the words of a content as they are read, however its HTML was spaced."""
    if isinstance(value, dict):
        return [text for key in sorted(value) for text in texts(value[key])]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [re.sub(r"[\s;]", "", unescape(str(value)))]


@pytest.mark.parametrize(
    ("value", "field", "left"),
    [
        ("<p>Un <strong>mot</strong> <em>ici</em></p>", {"tags": ["strong"]}, "<p>Un <strong>mot</strong> ici</p>"),
        ("<b>a</b><i>b</i>", {"tags": ["strong", "em"]}, "<b>a</b><i>b</i>"),
        ("<ul><li>a</li></ul>", {"tags": ["ul"]}, "<ul><li>a</li></ul>"),
        ("<h2>a</h2>", {"widget": "html"}, "a"),
        ("<script>alert(1)</script>a", {"tags": ["script"]}, "a"),
        ("<iframe src='x'></iframe>a", {"tags": ["iframe", "object"]}, "a"),
        ("<p onclick='x()'>a</p>", {"tags": ["p"]}, "<p>a</p>"),
        ("<a href='javascript:x()'>a</a>", {"tags": ["a"]}, '<a rel="noopener noreferrer">a</a>'),
        ("<p style='color:red;text-align:center'>a</p>", {"tags": []}, '<p style="text-align:center">a</p>'),
        ("<p style='color:red'>a</p>", {"tags": [], "font": {"color": True}}, '<p style="color:red">a</p>'),
        ("<p style='color:url(//x)'>a</p>", {"tags": [], "font": {"color": True}}, "<p>a</p>"),
        ("a > b", {"tags": []}, "a &gt; b"),
        ("<b>gras</b>", {}, "&lt;b&gt;gras&lt;/b&gt;"),
        ('l\'été & "moi"', {}, "l'été &amp; &quot;moi&quot;"),
        ("d&#039;&eacute;t&eacute; &amp; &lt;", {}, "d&#039;&eacute;t&eacute; &amp; &lt;"),
        ("abcdef", {"maxLength": 3}, "abc"),
        ("&amp;&amp;&amp;", {"maxLength": 3}, "&amp;&amp;&amp;"),
        ("javascript:alert(1)", {}, ""),
        (" JaVa\tScript:alert(1)", {}, ""),
        ("&#106;avascript:alert(1)", {}, ""),
        (12, {}, "12"),
        (True, {}, None),
        (["a"], {}, None),
        ("a\x00b\ud800", {}, "ab"),
    ],
)
def test_texts(value, field, left):
    assert cleaned(value, {"type": "text", **field}) == left


@pytest.mark.parametrize(
    ("value", "field", "left"),
    [
        (3, {}, 3),
        (3.5, {}, 3.5),
        ("3", {}, 3),
        ("3.5", {}, 3.5),
        (-1, {"min": 0}, 0),
        (11, {"max": 10}, 10),
        (5, {"min": "0", "max": None}, 5),
        ("trois", {}, None),
        ("nan", {}, None),
        (True, {}, None),
        (10**400, {}, None),
        (10**400, {"max": 5}, 5),
        ([1], {}, None),
    ],
)
def test_numbers(value, field, left):
    assert cleaned(value, {"type": "number", **field}) == left


@pytest.mark.parametrize(
    ("value", "left"), [(True, True), (False, False), ("true", True), ("1", True), (1, True), (0, False), ([], False)]
)
def test_booleans(value, left):
    assert cleaned(value, {"type": "boolean"}) is left


OPTIONS = [{"value": "a"}, {"type": "optgroup", "options": [{"value": "b & c"}]}, {"value": 3}]


@pytest.mark.parametrize(
    ("value", "field", "left"),
    [
        ("a", {}, "a"),
        ("b & c", {}, "b &amp; c"),
        ("b &amp; c", {}, "b &amp; c"),
        (3, {}, 3),
        ("z", {}, None),
        ("z", {"default": "a"}, "a"),
        (["a", "z", "a"], {"multiple": True}, ["a", "a"]),
        ("a", {"multiple": True}, ["a"]),
        ({}, {}, None),
        ("<b>", {"options": None}, "&lt;b&gt;"),
    ],
)
def test_choices(value, field, left):
    assert cleaned(value, {"type": "select", "options": OPTIONS, **field}) == left


def test_lists_and_groups():
    field = {
        "type": "list",
        "max": 2,
        "field": {"type": "group", "fields": [{"name": "a", "type": "text"}, {"name": "b", "type": "number"}]},
    }
    assert cleaned([{"a": "1", "b": 2, "c": 3}, 5, {"b": "x"}], field) == [{"a": "1", "b": 2}]
    assert cleaned({"1": {"a": "z"}, "0": {"a": "y"}, "x": {"a": "w"}}, field) == [{"a": "y"}, {"a": "z"}]
    assert cleaned("x", field) is None


def test_a_group_of_one_field_is_the_value_of_that_field():
    group = {"type": "group", "fields": [{"name": "a", "type": "text"}]}
    assert cleaned("mot", group) == "mot"
    assert cleaned({"a": "mot", "subContentId": "no"}, {**group, "isSubContent": True}) == {"a": "mot"}


def test_only_libraries_that_the_field_offers_stay():
    field = {"type": "library", "options": ["H5P.Image 1.1", {"name": "H5P.Other 1.0"}, "H5P.Gone 1.0"]}
    part = {
        "library": "H5P.Image 1.1",
        "params": {"alt": "<x>", "other": 1},
        "subContentId": "356fecb1-9fa5-4b79-86e8-39646498e759",
        "metadata": {"title": "<b>", "authors": [{"name": "A", "role": "Author", "x": 1}, 3], "evil": 1},
        "evil": 1,
    }
    assert cleaned(part, field) == {
        "library": "H5P.Image 1.1",
        "params": {"alt": "&lt;x&gt;"},
        "subContentId": "356fecb1-9fa5-4b79-86e8-39646498e759",
        "metadata": {"title": "&lt;b&gt;", "authors": [{"name": "A", "role": "Author"}]},
    }
    assert cleaned({**part, "library": "H5P.Other 1.0"}, field)["library"] == "H5P.Other 1.0"
    assert "subContentId" not in cleaned({**part, "subContentId": "../x"}, field)
    assert cleaned({**part, "library": "H5P.Gone 1.0"}, field) is None
    assert cleaned({**part, "library": "H5P.Column 1.0"}, field) is None
    assert cleaned({"params": {}}, field) is None
    assert cleaned(part, {"type": "library"}) is None


def test_files_keep_what_plays_them():
    image = {
        "path": "images/a.png#tmp",
        "mime": "image/png",
        "width": "300",
        "copyright": {"license": "U", "x": 1},
        "y": 1,
    }
    assert cleaned(image, {"type": "image"}) == {
        "path": "images/a.png",
        "mime": "image/png",
        "width": 300,
        "copyright": {"license": "U"},
    }
    films = [{"path": "https://youtu.be/x", "mime": "video/YouTube"}, {"path": "javascript:x"}, 3]
    assert cleaned(films, {"type": "video"}) == [{"path": "https://youtu.be/x", "mime": "video/YouTube"}]
    extra = {"path": "a.png", "isBackground": True, "deep": {"a": 1}}
    assert cleaned(extra, {"type": "image", "extraAttributes": ["isBackground", "deep"]}) == {
        "path": "a.png",
        "isBackground": True,
    }


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../a.png",
        "a/../b.png",
        "a//b",
        "javascript:x",
        "data:image/png,x",
        "a\\b",
        "a\nb",
        '"x"',
        3,
        None,
    ],
)
def test_a_path_that_leads_elsewhere_is_forgotten(path):
    assert clean_path(path) == ""


@pytest.mark.parametrize(
    ("path", "left"),
    [("images/l'été 1.png", "images/l'été 1.png"), ("../12/images/a.png", "images/a.png"), ("a.png#tmp", "a.png")],
)
def test_a_path_of_the_content_stays(path, left):
    assert clean_path(path) == left


def test_what_is_too_deep_is_left_out():
    content = {"items": []}
    for __ in range(500):
        content = {"items": [{"library": "H5P.Column 1.0", "params": content}]}
    left = clean_content(content, LIBRARIES["H5P.Column 1.0"], LIBRARIES.get)
    depth = 0
    while left.get("items"):
        left, depth = left["items"][0]["params"], depth + 1
    assert 20 < depth < 100


@pytest.mark.parametrize("text", ["<div>" * 30_000, "<b><p>" * 20_000, "<a" * 50_000, "<!--" * 40_000])
def test_texts_made_to_be_slow_are_not(text):
    left = clean_text(text, {"tags": ["b", "a"]})
    assert left is not None
    assert len(Reader(left).tags) <= 3


TAGS = ["p", "div", "strong", "a", "table", "ul"]
_WORDS = st.sampled_from(
    [
        "<script>", "</script>", "<p", "onclick=", "onerror='x'", ">", "<a href=", "javascript:alert(1)", "'", '"', "&",
        "<img src=x ", "<svg/onload=x>", "<table>", "<td>", "</p>", "<!--", "-->", "<style>", "&lt;", "&#106;", "mot",
        "<math>", "<noscript>", "<b>", "<strong>", "style='color:red;background:url(x)'", "data:text/html,x", "\x00",
        "<li>", "</table>",
    ]
)  # fmt: skip
_MARKUP = st.lists(_WORDS, max_size=10).map("".join)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | _MARKUP,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["x", "y", "library", "params", "path", "0", "metadata"]), inner, max_size=4)
    ),
    max_leaves=20,
)
_TYPES = ["text", "number", "boolean", "select", "list", "group", "library", "file", "image", "video", "audio", "other"]
_FIELDS = st.recursive(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["x", "y", "path"]), "type": st.sampled_from(_TYPES)},
        optional={
            "tags": st.lists(st.sampled_from([*TAGS, "script", "svg", "iframe"]), max_size=4) | _JSON,
            "options": st.just(["H5P.Column 1.0"]) | st.just(OPTIONS) | _JSON,
            "min": st.integers() | _JSON,
            "max": st.integers(0, 3) | _JSON,
            "maxLength": st.integers(-1, 5) | _JSON,
            "multiple": st.booleans(),
            "isSubContent": st.booleans(),
            "extraAttributes": st.just(["x", "y"]) | _JSON,
            "font": st.just({"color": True, "background": True}) | _JSON,
            "default": _JSON,
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "name": st.sampled_from(["x", "y"]),
            "type": st.sampled_from(["group", "list"]),
            "fields": st.lists(inner, max_size=3),
            "field": inner,
        }
    ),
    max_leaves=6,
)


def strings(value):
    """Yield every text of a content."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def assert_harmless(text: str) -> None:
    """Fail when a browser would find in a text what no field may hold."""
    found = Reader(text)
    assert not found.tags & {"script", "style", "svg", "math", "iframe", "object", "embed", "form", "noscript"}
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name != "style" or "url(" not in value.lower()
        assert not value.strip().lower().startswith(("javascript:", "data:"))
    assert not unescape(text).strip().lower().startswith("javascript:")


@given(_JSON, st.lists(_FIELDS | _JSON, max_size=4) | _JSON)
def test_any_content_with_any_semantics_is_cleaned(content, semantics):
    left = clean_content(content, semantics, LIBRARIES.get)
    assert isinstance(left, dict)
    assert clean_content(left, semantics, LIBRARIES.get) == left
    for text in strings(left):
        assert_harmless(text)


@given(_MARKUP, st.lists(st.sampled_from(TAGS), max_size=4))
def test_no_tag_survives_that_the_field_does_not_allow(text, tags):
    left = clean_text(text, {"tags": tags})
    assert_harmless(left)
    related = {"tr", "td", "th", "colgroup", "col", "thead", "tbody", "tfoot", "caption", "figure", "figcaption"}
    allowed = {*tags, "p", "div", "span", "br"}
    allowed |= {"b"} if "strong" in tags else set()
    allowed |= {"li"} if "ul" in tags else set()
    allowed |= related if "table" in tags else set()
    assert Reader(left).tags <= allowed
    assert clean_text(left, {"tags": tags}) == left


@given(st.text() | _MARKUP)
def test_a_plain_text_holds_no_tag_and_is_read_the_same(text):
    left = plain(text)
    assert not Reader(left).tags
    assert '"' not in left
    assert plain(left) == left
    assert left == "" or unescape(left) == unescape(text)
