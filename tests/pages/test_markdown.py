import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.markdown import plain_text, render_inline_markdown, render_markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**gras** et *italique*", "<p><strong>gras</strong> et <em>italique</em></p>"),
        ("- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"),
        ("## Titre", "<h2>Titre</h2>"),
        ("# Titre", "<h2>Titre</h2>"),
        ("[lien](https://exemple.fr)", '<p><a href="https://exemple.fr" rel="noopener">lien</a></p>'),
    ],
)
def test_markdown_becomes_html(source, expected):
    assert render_markdown(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="https://x.fr" onclick="alert(1)">x</a>',
        "<iframe src=https://x.fr></iframe>",
        "<style>body{display:none}</style>",
        '<svg onload="alert(1)"></svg>',
        "![x](https://pistage.exemple/pixel.gif)",
    ],
)
def test_nothing_that_runs_or_tracks_survives(source):
    html = render_markdown(source, untrusted=True).lower()
    for forbidden in ("<script", "onerror", "javascript:", "data:", "onclick", "<iframe", "<style", "<svg", "<img"):
        assert forbidden not in html


def test_headings_are_pushed_below_those_of_the_page():
    assert "<h4>" in render_markdown("## Titre", top_heading=4)
    assert "<h5>" in render_markdown("#### Très bas", top_heading=4)


def test_links_of_members_are_marked_as_such():
    assert 'rel="nofollow ugc noopener"' in render_markdown("[x](https://x.fr)", untrusted=True)


def test_a_table_scrolls_in_its_own_box_and_its_headers_head_columns():
    html = render_markdown("| a | b |\n| --- | --- |\n| 1 | 2 |")
    assert html.startswith('<div class="table-scroll" tabindex="0" role="group" aria-label="Tableau"><table>')
    assert '<th scope="col">a</th>' in html


def test_a_new_line_in_a_message_is_kept():
    assert "<br>" in render_markdown("un\ndeux", untrusted=True)


def test_inline_markdown_has_no_paragraph():
    assert render_inline_markdown("Que faire **vite** ?") == "Que faire <strong>vite</strong> ?"


def test_plain_text_is_what_a_reader_sees():
    assert plain_text("<h2>Un</h2><p>deux <b>trois</b></p>") == "Un deux trois"
    assert plain_text("<p>R&amp;D, 3&nbsp;&lt; 4&nbsp;?</p>") == "R&D, 3 < 4 ?"


@given(st.text())
def test_no_text_breaks_rendering_nor_lets_a_script_through(text):
    assert "<script" not in render_markdown(text, untrusted=True).lower()
    assert "<script" not in render_inline_markdown(text).lower()


@pytest.mark.parametrize("sign", ["[", "![", "[a](", "1. ", "> ", ">", "- ", "*", "_", "`", "<", "("])
def test_no_text_takes_long_nor_goes_too_deep(sign):
    started = time.process_time()
    render_markdown((sign * 10_000)[:10_000], untrusted=True)
    assert time.process_time() - started < 1


def test_a_text_that_is_no_markdown_is_shown_as_typed():
    html = render_markdown("[" * 600 + "<b>", untrusted=True)
    assert html == f"<p>{'[' * 600}&lt;b&gt;</p>"
