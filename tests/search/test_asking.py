"""What is typed into the search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.asking import MAX_WORDS, read_question


def words(question):
    return [term.text for term in question.words]


def test_words_are_asked_for_without_stop_words():
    assert words(read_question("comment encadrer une équipe ?")) == ["encadrer", "équipe"]


@pytest.mark.parametrize("typed", ['"mise en place"', "« mise en place »", "“mise en place”", "«mise en place»"])
def test_quotation_marks_make_a_phrase(typed):
    question = read_question(typed)
    assert words(question) == ["mise", "place"]
    assert [[term and term.text for term in phrase] for phrase in question.phrases] == [["mise", None, "place"]]


def test_a_dash_excludes_a_word_or_a_phrase():
    question = read_question('chantier -palette -"mise en place"')
    assert words(question) == ["chantier"]
    assert [term.text for term in question.without] == ["palette"]
    assert len(question.without_phrases) == 1


def test_a_dash_inside_a_word_excludes_nothing():
    question = read_question("savoir-faire - chantier")
    assert words(question) == ["savoir", "faire", "chantier"] or words(question) == ["savoir", "chantier"]
    assert not question.without


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [("insert", "insert"), ("chantier insér", "inser"), ("insert ", ""), ('"insert"', ""), ("in", ""), ("-insert", "")],
)
def test_the_last_word_may_be_unfinished(typed, prefix):
    assert read_question(typed).prefix == prefix


def test_two_spellings_of_a_word_are_asked_once():
    assert words(read_question("sécurité SÉCURITÉ sécurités")) == ["sécurité"]


@pytest.mark.parametrize("typed", ["", "   ", "-", '"', "le la", "\0", "«»", "-seulement -exclus"])
def test_nothing_to_look_for_is_no_question(typed):
    assert not read_question(typed)


@given(st.text(max_size=300))
def test_any_text_is_read(typed):
    question = read_question(typed)
    assert len(question.words) <= MAX_WORDS
    assert all(term.terms for term in question.words)
