"""SVG pictures are made harmless, and still draw."""

import re
import zipfile
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.packages.h5p.svg import clean_svg, cleaned
from tests.courses.interactive.samples import sample

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {0}>{1}</svg>'


def svg(inside: str = "", attributes: str = "") -> str:
    """Return what is left of a picture that holds this."""
    return clean_svg(SVG.format(attributes, inside).encode()).decode()


def test_a_drawing_stays_as_it_is():
    drawing = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
        "<style>.a{fill:url(#g)} /* note */</style>"
        '<path d="M0 0L10 10" fill="url(#g)" '
        'style="stroke:#000;filter:url(\'#f\')" class="a" aria-label="Flèche &lt;"/>'
        '<use xlink:href="#g" href="#g"/><text x="1" xml:space="preserve">Été &amp; hiver</text>'
    )
    written = svg(drawing, 'viewBox="0 0 10 10"')
    for kept in (
        'viewBox="0 0 10 10"',
        'fill="url(#g)"',
        "filter:url('#f')",
        ".a{fill:url(#g)}",
        'xlink:href="#g"',
        'href="#g"',
        'd="M0 0L10 10"',
        "Été &amp; hiver",
        'aria-label="Flèche &lt;"',
        'xml:space="preserve"',
    ):
        assert kept in written
    assert cleaned(SVG.format("", drawing).encode()).removed == []


def test_a_photo_inside_a_drawing_stays():
    photo = "data:image/png;base64,iVBORw0KGgo="
    assert photo in svg(f'<image xlink:href="{photo}" width="1"/>')
    assert photo not in svg(f'<use xlink:href="{photo}"/>')


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<script xlink:href='https://evil.example/x.js'/>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'/></foreignObject>",
        "<g><g><script><![CDATA[alert(1)]]></script></g></g>",
        "<rect onclick='alert(1)'/>",
        "<rect ONLOAD='alert(1)'/>",
        "<a href='javascript:alert(1)'><text>x</text></a>",
        "<a xlink:href='&#106;avascript:alert(1)'><text>x</text></a>",
        "<use href='https://evil.example/alert.svg#a'/>",
        "<use href='data:image/svg+xml;base64,YWxlcnQ='/>",
        "<image href='data:image/svg+xml,alert'/>",
        "<image href='data:text/html,alert'/>",
        "<image href='//evil.example/alert.png'/>",
        "<set attributeName='onmouseover' to='alert(1)'/>",
        "<animate attributeName='href' values='javascript:alert(1)'/>",
        "<handler type='application/ecmascript'>alert(1)</handler>",
        "<style>@import 'https://evil.example/alert.css';</style>",
        "<style>a{background:url(https://evil.example/alert)}</style>",
        "<style>a{background:u\\72l(https://evil.example/alert)}</style>",
        "<style>a{content:'/*';background:url(//evil.example/alert);b:'*/'}</style>",
        "<style>a{background:image-set('https://evil.example/alert' 1x)}</style>",
        "<style>@font-face{src:url(data:font/woff;base64,alert)}</style>",
        "<rect style='fill:url(https://evil.example/alert)'/>",
        "<rect style='behavior:url(#alert)'/>",
        "<rect fill='url(https://evil.example/alert)'/>",
        "<rect filter='URL( \"//evil.example/alert\" )'/>",
        "<rect cursor='url(alert.cur)'/>",
        "<iframe src='https://evil.example/alert'/>",
        "<embed src='alert'/>",
        "<?xml-stylesheet href='alert.xsl'?>",
        "<!-- alert -->",
    ],
)
def test_what_runs_or_calls_elsewhere_is_removed(inside):
    written = svg(inside)
    assert "alert" not in written
    assert "evil" not in written
    assert written.startswith("<svg ")


def test_what_was_removed_is_told_by_name():
    picture = SVG.format('onload="x()"', "<script>1</script><a href='javascript:x'/><style>@import 'x'</style><other/>")
    assert cleaned(picture.encode()).removed == ["onload", "script", "href", "style"]


def test_one_bad_declaration_does_not_take_the_others_away():
    written = svg("<rect style='fill:red;background:url(//evil.example);stroke:blue'/>")
    assert 'style="fill:red;stroke:blue"' in written


def test_the_base_of_links_can_not_be_changed():
    assert "evil" not in svg("<g xml:base='https://evil.example/'><use href='#a'/></g>")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "TEST",
        "<html><body/></html>",
        "<svg>",
        "GIF89a<svg/>",
        '<x:svg xmlns:x="http://www.w3.org/1999/xhtml"/>',
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        '<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]><svg/>',
        "<svg>&unknown;</svg>",
        "<svg>" + "<g>" * 300 + "</g>" * 300 + "</svg>",
        '<?xml version="1.0" encoding="nothing"?><svg/>',
    ],
)
def test_what_can_not_be_made_harmless_is_refused(document):
    with pytest.raises(ValueError, match=r"."):
        clean_svg(document.encode())


def test_entities_that_swell_are_refused_before_they_do():
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 100}">' for n in range(1, 30))
    with pytest.raises(ValueError, match="definitions"):
        clean_svg(f'<!DOCTYPE svg [<!ENTITY a0 "x">{lines}]><svg>&a29;</svg>'.encode())


def test_a_plain_document_type_is_forgotten():
    public = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    written = clean_svg(f"{public}<svg><rect/></svg>".encode()).decode()
    assert "DOCTYPE" not in written
    assert "<rect>" in written


def test_other_encodings_come_out_as_utf8():
    document = '<?xml version="1.0" encoding="{0}"?><svg><text>Été</text></svg>'
    for encoding in ("utf-16", "iso-8859-1"):
        assert "Été" in clean_svg(document.format(encoding).encode(encoding)).decode("utf-8")


def test_the_sample_with_scripts_comes_out_with_its_circle_only():
    with zipfile.ZipFile(sample("h5p/malformed/xss-svg.h5p")) as archive:
        picture = cleaned(archive.read("content/images/xss.svg"))
    assert picture.removed == ["script"]
    assert b"<circle" in picture.data
    assert b"alert" not in picture.data


_PIECES = st.sampled_from(
    [
        "script", "svg", "rect", "a", "style", "image", "foreignObject", "animate", "onload", "href", "xlink:href",
        "javascript:alert(1)", "url(//x)", "url(#a)", "data:text/html,x", "#a", "@import 'x'", "fill", "x", "&#106;",
        "/*", "*/", "\\", ";",
    ]
)  # fmt: skip
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["onload", "href", "style", "fill", "xlink:href", "id", "src", "values"]),
    st.lists(_PIECES, max_size=3).map(" ".join),
    max_size=3,
)
_TEXTS = st.lists(_PIECES, max_size=4).map(" ".join)
_ELEMENTS = st.recursive(
    _TEXTS,
    lambda inner: st.builds(
        lambda name, attributes, children: "<{0}{1}>{2}</{0}>".format(
            name, "".join(f' {key}="{value}"' for key, value in attributes.items()), "".join(children)
        ),
        st.sampled_from(["g", "script", "style", "a", "rect", "foreignObject", "image", "set", "use"]),
        _ATTRIBUTES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@given(_ELEMENTS)
def test_whatever_it_holds_nothing_that_runs_is_left(inside):
    written = clean_svg(SVG.format("", inside.replace("&", "&amp;")).encode())
    found = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    parser.Parse(written, True)
    for name, attributes in found:
        assert name not in {"script", "foreignObject", "set", "a"}
        for key, value in attributes.items():
            assert not key.startswith("on")
            assert key not in {"src", "values"}
            assert "href" not in key or value.strip().startswith("#")
            assert key == "id" or not re.search(r"url\((?!#a\))|@import|javascript", value)
    assert clean_svg(written) == written


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_cleaned_or_refused(data):
    try:
        written = clean_svg(data)
    except ValueError:
        return
    assert written.startswith(b"<svg")
