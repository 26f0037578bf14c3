"""Words of other systems made into ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.quizzes.exchange.markup import Picture, TextFormat, convert, plain
from pages.markdown import plain_text, render_inline_markdown, render_markdown

from .strategies import SIGNS

HTML = TextFormat.HTML


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>Le <b>verre</b> va <i> où </i>?</p>", "Le **verre** va *où* ?"),
        ("<p>Un</p><p>Deux<br>trois</p>", "Un\n\nDeux  \ntrois"),
        ("<ul><li>un</li><li>deux<ol><li>a</li><li>b</li></ol></li></ul><p>fin</p>",
         "- un\n- deux\n    1. a\n    2. b\n\nfin"),
        ("CO<sub>2</sub> et 3 m<sup>2</sup>, le 1<sup>er</sup>", "CO₂ et 3 m², le 1er"),
        ("<a href='https://a.fr/b c'>ici</a> <a href='javascript:x()'>là</a>", "[ici](https://a.fr/b%20c) là"),
        ("<p>1. Un</p><p># Deux</p><p>- trois</p>", "1\\. Un\n\n\\# Deux\n\n\\- trois"),
        ("<script>alert(1)</script><style>p{}</style>Un", "Un"),
        ("2 &lt; 3 &amp; a&lt;b", "2 < 3 & a&lt;b"),
        ("<b></b><strong><b>a</b></strong>", "**a**"),
        ("a&nbsp;:\n  b", "a : b"),
        ("<b>non fermé", "**non fermé**"),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html, markdown):
    assert convert(html, HTML).text == markdown


def test_pictures_and_what_is_lost_are_told():
    words = convert('<img src="a.png" alt=" Un  mot "><table><tr><td>a</td><td>b</td></tr></table><audio/>', HTML)
    assert words.pictures == [Picture("a.png", "Un mot")]
    assert words.lost == {"un son", "la mise en forme d'un tableau"}
    assert words.text == "a b"


def test_words_alone_have_no_markup():
    assert plain("<p>Le <b>verre</b> &amp; *lui*<br>ici</p>", HTML).text == "Le verre & *lui* ici"
    assert plain("Le **verre** \\*ici\\* &amp; là", TextFormat.MARKDOWN).text == "Le verre *ici* & là"
    assert plain("Le **verre** <b>", TextFormat.PLAIN).text == "Le **verre** <b>"


signs = st.text(st.sampled_from("ab é1 \n" + SIGNS), max_size=40)


@settings(deadline=None, max_examples=400)
@given(signs)
def test_any_text_is_shown_as_it_was_written(text):
    shown = " ".join(text.split())
    assert seen(render_markdown(convert(text, TextFormat.PLAIN).text)) == shown
    assert seen(render_inline_markdown(convert(text, TextFormat.PLAIN, inline=True).text)) == shown


def seen(html):
    return " ".join(plain_text(html).split())


@settings(deadline=None, max_examples=200)
@given(signs)
def test_what_was_converted_once_is_not_changed_by_a_second_time(text):
    once = convert(text, TextFormat.PLAIN).text
    assert convert(render_markdown(once), HTML).text == once
