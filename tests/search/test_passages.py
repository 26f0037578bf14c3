"""Passages: the right words are marked, and nothing breaks the HTML."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.asking import read_question
from search.french import compose
from search.passages import mark, passage


def terms(typed):
    return read_question(typed).terms


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("cheval", "Des chevaux et un cheval.", ["chevaux", "cheval"]),
        ("encadrer", "Nous encadrons. Qui encadre ?", ["encadrons", "encadre"]),
        ("securite", "La sécurité de l’équipe", ["sécurité"]),
        ("atelier", "L'atelier, l’Atelier", ["atelier", "Atelier"]),
        ("ete", "l'e\u0301te\u0301 dernier", ["été"]),
        ("A2.1", "Le niveau A2.1.", ["A2.1"]),
        ("script", "<script>alert(1)</script>", ["script", "script"]),
    ],
)
def test_the_words_as_written_are_marked(typed, text, marked):
    assert re.findall("<mark>(.*?)</mark>", mark(text, terms(typed))) == marked


def test_what_people_wrote_is_escaped():
    html = passage('Un <b>chantier</b> & "deux" <img src=x onerror=alert(1)>', terms("chantier img"))
    assert "&lt;b&gt;<mark>chantier</mark>&lt;/b&gt; &amp; &quot;deux&quot; &lt;<mark>img</mark> src" in html


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags = 0, set()

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.add(tag)
        self.open += 1
        assert self.open == 1

    def handle_endtag(self, tag):
        self.open -= 1
        assert self.open == 0


WRITTEN = st.text(
    alphabet=st.sampled_from("aeéèxl'’<>&\"=/ ;-.,\u0301\u00a0œ€𝒳ßİ1") | st.characters(codec="utf-8"), max_size=120
)


@given(WRITTEN, WRITTEN)
def test_marking_never_breaks_html_and_changes_no_word(text, typed):
    html = mark(text, terms(typed) | terms(text))
    parser = _Tags()
    parser.feed(html)
    assert parser.tags <= {"mark"}
    assert unescape(re.sub("</?mark>", "", html)) == compose(text)


@given(st.lists(st.sampled_from(["chantier", "le", "<b>", "équipe", "outils,", "&amp;", "x" * 90]), max_size=200))
def test_a_passage_is_short_and_shows_what_was_found(words):
    text = " ".join(words)
    html = passage(text, terms("chantiers"))
    parser = _Tags()
    parser.feed(html)
    assert len(unescape(re.sub("</?mark>", "", html))) <= 245
    assert ("<mark>" in html) == ("chantier" in words)


def test_a_passage_is_where_most_of_the_words_are():
    text = "chantier " + "rien " * 200 + "le chantier de l'équipe " + "rien " * 200
    html = passage(text, terms("chantier équipe"))
    assert html.startswith("… ")
    assert "<mark>chantier</mark> de l&#x27;<mark>équipe</mark>" in html
