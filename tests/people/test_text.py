import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.text import search_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Les Jardins de l'Étoile", "les jardins de l’etoile"),
        ("L’Œuvre  d’Été", "l'oeuvre d'ete"),
        ("ŒUVRE", "oeuvre"),
        ("e\u0301te\u0301", "été"),
        ("Arc-en-ciel", "ARC–EN—CIEL"),
        ("Saint\u00a0Joseph", "saint joseph"),
        ("  Espaces \t partout\n", "espaces partout"),
        ("Ｐｌｅｉｎｅ", "pleine"),
        ("\u1d2c", "a"),
        ("x\u207by", "x-y"),
        ("straße", "STRASSE"),
        ("", "   "),
    ],
)
def test_two_spellings_of_one_text_have_one_key(one, other):
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(("one", "other"), [("Emmaüs 13", "Emmaüs 31"), ("Le Relais", "Les Relais"), ("a-b", "ab")])
def test_different_texts_have_different_keys(one, other):
    assert search_key(one) != search_key(other)


@given(st.text())
def test_the_key_of_a_key_is_the_key(text):
    assert search_key(search_key(text)) == search_key(text)


@given(st.text())
def test_case_never_counts_for_a_key(text):
    assert search_key(search_key(text).upper()) == search_key(text) or not text.isascii()


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_an_ascii_text_differs_from_its_key_by_case_spaces_and_backquotes_only(text):
    assert search_key(text) == " ".join(text.lower().replace("`", "'").split())
