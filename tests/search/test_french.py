"""Words of French are found under any of their forms."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.french import MAX_WORD, indexed_words, terms_of, words_of


def same(one, other):
    return not set(terms_of(one)).isdisjoint(terms_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Plurals
        ("cheval", "chevaux"),
        ("travail", "travaux"),
        ("matériau", "matériaux"),
        ("tuyau", "tuyaux"),
        ("journal", "journaux"),
        ("lieu", "lieux"),
        ("jeu", "jeux"),
        ("chou", "choux"),
        ("outil", "outils"),
        ("maçon", "maçons"),
        ("niveau", "niveaux"),
        ("nouveau", "nouvelles"),
        ("dangereux", "dangereuses"),
        ("professionnel", "professionnelles"),
        # Conjugations
        ("encadrer", "encadrons"),
        ("encadrer", "encadrent"),
        ("encadre", "encadrions"),
        ("évaluer", "évaluons"),
        ("former", "forment"),
        ("manger", "mangeons"),
        ("commencer", "commençons"),
        ("nettoyer", "nettoient"),
        ("payer", "paie"),
        ("acheter", "achète"),
        ("finir", "finissons"),
        ("vendre", "vendu"),
        ("prendre", "prennent"),
        ("apprendre", "appris"),
        ("conduire", "conduit"),
        ("recevoir", "reçu"),
        ("peindre", "peignons"),
        ("ouvrir", "ouverte"),
        ("obtenir", "obtiennent"),
        ("mettre", "mises"),
        # Accents, as people type them on a phone
        ("sécurité", "securite"),
        ("insérées", "inserees"),
        ("formée", "formee"),
        ("salarié", "salariee"),
        ("bénévoles", "benevole"),
        ("élève", "eleve"),
        ("œuvres", "oeuvre"),
        ("Île", "ile"),
        ("ÉVALUATION", "evaluation"),
        # Persons
        ("encadrant", "encadrantes"),
        ("agréé", "agréées"),
    ],
)
def test_two_forms_of_a_word_share_a_term(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("maison", "mais"),
        ("savon", "savoir"),
        ("chantier", "chanter"),
        ("poste", "poser"),
        ("client", "clé"),
        ("carton", "carte"),
        ("leçon", "lecteur"),
    ],
)
def test_two_words_do_not(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    ("text", "indexed"),
    [
        ("L’atelier d'insertion", "ateli _ insert"),
        ("Qu'est-ce qu'aujourd’hui ?", "aujourdhui"),
        ("lʼatelier", "ateli"),
        ("A2.1, K1203 et la REP/AGEC", "a2.1 k1203 _ rep agec"),
        ("article L. 5132-4 du code", "articl _ 5132 4 _ cod"),
        ("encadrant·e·s", "encadr"),
        ("savoir-faire", "savoir fair"),
        ("1 500,50 €", "1 500 50"),
        ("jusqu'à l'an 2026.", "an 2026"),
        ("", ""),
        ("le, la : les !", ""),
    ],
)
def test_a_text_is_indexed_so(text, indexed):
    assert indexed_words(text, {}) == indexed


@given(st.text(alphabet="abcdeéèêçœîïAÉ'’- .0123456789", max_size=60))
def test_composed_and_decomposed_accents_are_the_same_text(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert indexed_words(composed, {}) == indexed_words(decomposed, {})


@given(st.text(max_size=200))
def test_any_text_gives_terms_that_the_index_can_hold(text):
    for word in words_of(text):
        assert text[word.start : word.end]
        for term in word.terms:
            assert 0 < len(term) <= MAX_WORD
            assert not set(term) & set(" _|'\"\\")


def test_a_word_stands_where_it_was_found():
    text = "C’est l’atelier où l’on encadre."
    assert [text[word.start : word.end] for word in words_of(text) if word.terms] == ["atelier", "encadre"]
