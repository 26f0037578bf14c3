import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.packages.styles import joined


def sheet(text, path="libraries/A-1.0/css/a.css", **others):
    files = {path: text} | {f"libraries/{name.replace('__', '/')}.css": body for name, body in others.items()}

    def read(name):
        try:
            return files[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    return joined([path], read).strip()


@pytest.mark.parametrize(
    ("address", "moved"),
    [
        ("url(a.png)", 'url("libraries/A-1.0/css/a.png")'),
        ("url( 'a.png' )", 'url("libraries/A-1.0/css/a.png")'),
        ('URL("a b.png")', 'url("libraries/A-1.0/css/a b.png")'),
        (r"url(a\ b.png)", 'url("libraries/A-1.0/css/a b.png")'),
        (r"url(a\20 b.png)", 'url("libraries/A-1.0/css/a b.png")'),
        ("url('it(1).png')", 'url("libraries/A-1.0/css/it(1).png")'),
        ("url(../fonts/a.woff?v=4#x)", 'url("libraries/A-1.0/fonts/a.woff?v=4#x")'),
        ("url(../fonts/a.eot?#iefix)", 'url("libraries/A-1.0/fonts/a.eot?#iefix")'),
        ("url(../../B-1.0/a.png)", 'url("libraries/B-1.0/a.png")'),
        ("url(./a.png)", 'url("libraries/A-1.0/css/a.png")'),
        ("url(data:image/png;base64,AA==)", 'url("data:image/png;base64,AA==")'),
        ("url(#shape)", 'url("#shape")'),
        ("url(https://ailleurs.example/a.png)", 'url("about:invalid")'),
        ("url(//ailleurs.example/a.png)", 'url("about:invalid")'),
        ("url(/admin/)", 'url("about:invalid")'),
        ("url(../../../../a.png)", 'url("about:invalid")'),
        (r"url(\68ttps://ailleurs.example)", 'url("about:invalid")'),
        ('url("a\\"b.png")', 'url("libraries/A-1.0/css/a\\22 b.png")'),
        ("url()", 'url("about:invalid")'),
    ],
)
def test_an_address_leads_to_where_the_file_is_now(address, moved):
    assert sheet(f"a {{ background: {address} }}") == f"a {{ background: {moved} }}"


@pytest.mark.parametrize(
    "text",
    [
        "a { content: 'url(a.png)' }",
        "/* url(a.png) @import 'b.css'; */ a { }",
        'a::after { content: "}" }',
        "@media (min-width: 1em) { a { color: red } }",
        "a { --curl: curl(a) }",
        "a[href^='http://x'] { color: red }",
        "a:not([b]) > c { width: calc((1px + 2px) * 3) }",
    ],
)
def test_what_is_no_address_stays(text):
    assert sheet(text) == text


def test_what_concerns_the_file_alone_goes():
    text = '@charset "utf-8";\na { color: red }\n/*# sourceMappingURL=a.css.map */'
    assert sheet(text) == "a { color: red }"


def test_an_imported_sheet_stands_in_its_place():
    text = "@import url('../b/b.css');\n@import 'c.css' print;\na { color: red }"
    others = {"A-1.0__b__b": "b { background: url(b.png) }", "A-1.0__css__c": "c { color: blue }"}
    assert " ".join(sheet(text, **others).split()) == (
        'b { background: url("libraries/A-1.0/b/b.png") } @media print { c { color: blue } } a { color: red }'
    )


@pytest.mark.parametrize("text", ["@import url(https://ailleurs.example/a.css);", "@import 'nulle-part.css';"])
def test_a_sheet_from_elsewhere_is_not_imported(text):
    assert sheet(f"{text} a {{ color: red }}") == "a { color: red }"


def test_sheets_that_import_each_other_come_to_an_end():
    text = sheet("@import 'b.css'; a { }", **{"A-1.0__css__b": "@import 'a.css'; b { }"})
    assert " ".join(text.split()) == "b { } a { }"


@pytest.mark.parametrize(
    "broken",
    [
        "a { color: red",
        "@media print { a { color: red }",
        "a { color: red } /* and so on",
        "a { content: 'x",
        "a { background: url(x.png",
        "a { width: calc((1px",
        "a, b",
        "@import",
        "a { color: red } }",
        "} a { color: red }",
        "a { color: red } ]) }",
        "a[b",
        "/*/",
    ],
)
def test_what_a_sheet_leaves_open_does_not_reach_the_next_one(broken):
    sheets = {"libraries/a.css": broken, "libraries/b.css": "b { color: blue }"}
    text = joined(sheets, sheets.__getitem__)
    assert text.endswith("\nb { color: blue }")
    before = re.sub(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'", "", text.removesuffix("b { color: blue }"), flags=re.DOTALL)
    assert "/*" not in before
    for opening, closing in ("{}", "()", "[]"):
        assert before.count(opening) == before.count(closing)
    assert not re.search(r"[^};\s][^};]*$", before)


@given(st.text(alphabet="ab{}()[]'\"/*\\;@ \nu:rl(.#", max_size=60))
def test_any_text_is_joined_and_closed(text):
    sheets = {"libraries/a.css": text, "libraries/b.css": "b{}"}
    assert joined(sheets, sheets.__getitem__).endswith("\nb{}")
