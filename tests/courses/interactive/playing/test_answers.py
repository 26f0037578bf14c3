"""Answers in words: what xAPI and SCORM say of them, and what makes no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.interactive.playing.answers import (
    correct_in_words,
    in_language,
    in_words,
    interactions_in,
    plain,
    question_in_words,
)


def named(**texts):
    return [{"id": number, "description": {"en-US": text}} for number, text in texts.items()]


CHOICE = {"interactionType": "choice", "choices": named(a="<p>Le casque</p>\n", b="Les gants", c="La radio")}
MATCHING = {
    "interactionType": "matching",
    "source": named(s1="Bois", s2="Verre"),
    "target": named(t1="Benne", t2="Colonne"),
}


@pytest.mark.parametrize(
    ("definition", "response", "words"),
    [
        ({"interactionType": "true-false"}, "true", "Vrai"),
        ({"interactionType": "true-false"}, "f", "Faux"),
        ({"interactionType": "true-false"}, "peut-être", "peut-être"),
        (CHOICE, "a[,]b", "Le casque ; Les gants"),
        (CHOICE, "z", "z"),
        (CHOICE, "", ""),
        ({**CHOICE, "interactionType": "sequencing"}, "b[,]a", "Les gants → Le casque"),
        (MATCHING, "s1[.]t1[,]s2[.]t2", "Bois → Benne ; Verre → Colonne"),
        (MATCHING, "s1", "Bois →"),
        ({"interactionType": "fill-in"}, "truelle[,]", "truelle / (vide)"),
        ({"interactionType": "fill-in"}, "{case_matters=false}{lang=fr}truelle", "truelle"),
        ({"interactionType": "numeric"}, "4[:]6", "4 à 6"),
        ({"interactionType": "likert", "scale": named(l1="Jamais")}, "l1", "Jamais"),
        ({"interactionType": "performance", "steps": named(p="Poser")}, "p[.]3", "Poser → 3"),
        ({}, "texte <b>libre</b>", "texte libre"),
        ({"interactionType": ["choice"]}, "a", "a"),
        (CHOICE, None, ""),
        (CHOICE, {"a": 1}, ""),
    ],
)
def test_a_response_is_said_in_the_words_of_its_question(definition, response, words):
    assert in_words(definition, response) == words


def test_the_correct_answer_is_said_in_words_too():
    assert correct_in_words(CHOICE | {"correctResponsesPattern": ["a[,]b", "a"]}) == "Le casque ; Les gants"
    assert correct_in_words(CHOICE | {"correctResponsesPattern": "a"}) == ""


def test_a_question_is_its_description_else_its_name():
    assert (
        question_in_words({"name": {"fr": "Nom"}, "description": {"en-US": "<p>Que faire&nbsp;?</p>"}}) == "Que faire ?"
    )
    assert question_in_words({"name": {"fr": "Nom"}, "description": {}}) == "Nom"
    assert question_in_words({}) == ""


def test_french_is_preferred_then_what_there_is():
    assert in_language({"en-US": "Wood", "fr": "Bois"}) == "Bois"
    assert in_language({"de": "Holz"}) == "Holz"
    assert in_language("Bois") == ""


def test_words_on_two_lines_stay_apart_and_long_ones_are_cut():
    assert plain("<p>Un</p><p>Deux<br>Trois</p>") == "Un Deux Trois"
    assert len(plain("mot " * 1000)) <= 300


def flat(*rows):
    """Return interactions as the cmi data of a SCO are kept."""
    return {f"cmi.interactions.{n}.{leaf}": value for n, row in enumerate(rows) for leaf, value in row.items()}


ROW = {"id": "q1", "type": "true-false", "student_response": "t", "result": "correct"}


def test_an_interaction_of_scorm_is_said_in_words():
    (found,) = interactions_in(flat(ROW) | {"cmi.suspend_data": "x"})
    assert (found.id, found.response, found.success) == ("q1", "t", True)
    assert in_words(found.definition, found.response) == "Vrai"


def test_the_last_try_of_an_interaction_counts():
    rows = [ROW, {"id": "q2", "type": "fill_in", "learner_response": "mur"}, *[{}] * 8, ROW | {"result": "wrong"}]
    assert [(one.id, one.success) for one in interactions_in(flat(*rows))] == [("q2", None), ("q1", False)]


def test_an_interaction_is_named_by_its_description_else_by_its_identifier():
    told = {"id": "q_1", "description": "Où poser le casque ?", "correct_responses.0.pattern": "au sol"}
    (found,) = interactions_in(flat(told))
    assert question_in_words(found.definition) == "Où poser le casque ?"
    assert correct_in_words(found.definition) == "au sol"
    assert question_in_words(interactions_in(flat({"id": "Quel_outil"}))[0].definition) == "Quel outil"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "result",
                    "description",
                    "childArray",
                    "0",
                    "interactionType",
                    "choices",
                    "source",
                    "target",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON, JSON)
def test_no_shape_that_a_browser_sends_is_too_much(kept, response):
    definition = kept if isinstance(kept, dict) else {}
    assert isinstance(in_words(definition, response), str)
    assert isinstance(question_in_words(definition), str)
    for one in interactions_in(kept):
        assert one.id
        assert isinstance(in_words(one.definition, one.response), str)
