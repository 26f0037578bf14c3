"""The three texts of an «analyse de pratique», and the pure diff of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.composing import body_of, compose, parts_of
from forum.diffing import changes

_TEXTS = st.text(alphabet="ab#\n é", max_size=40).filter(lambda text: "##" not in text)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_the_three_texts_come_back_as_they_were(situation, tried, ask):
    parts = {"situation": situation, "tried": tried, "ask": ask}
    body = compose(parts)
    stripped = {name: text.strip() for name, text in parts.items()}
    assert parts_of(body) == (stripped if any(stripped.values()) else None)


def test_each_text_has_its_heading():
    body = compose({"situation": "Le lundi.", "tried": "Un binôme.", "ask": "Et vous ?"})
    assert (
        body
        == "## La situation\n\nLe lundi.\n\n## Ce que j'ai tenté\n\nUn binôme.\n\n## Ce que je demande\n\nEt vous ?"
    )


@pytest.mark.parametrize(
    "body",
    [
        "Un message simple",
        "Avant\n\n## La situation\n\na\n\n## Ce que j'ai tenté\n\nb\n\n## Ce que je demande\n\nc",
        "## Ce que je demande\n\nc\n\n## La situation\n\na",
        "## La situation\n\n## La situation\n\na\n\n## Ce que j'ai tenté\n\nb\n\n## Ce que je demande\n\nc",
    ],
)
def test_what_has_another_shape_stays_one_text(body):
    assert parts_of(body) is None


def test_what_was_typed_as_a_plain_message_is_kept_above():
    data = {"body": "Déjà écrit", "situation": "Le lundi."}
    assert body_of(data) == "Déjà écrit\n\n## La situation\n\nLe lundi."


_VERSIONS = st.text(alphabet="ab .\né", max_size=60)


@given(_VERSIONS, _VERSIONS)
def test_what_is_kept_and_removed_is_the_first_text_what_is_kept_and_added_the_second(before, after):
    found = changes(before, after)
    assert "".join(change.text for change in found if change.kind != "added") == before
    assert "".join(change.text for change in found if change.kind != "removed") == after


def test_changes_are_told_by_words():
    assert [(c.kind, c.text) for c in changes("un binôme le lundi", "un trinôme le lundi")] == [
        ("same", "un "),
        ("removed", "binôme "),
        ("added", "trinôme "),
        ("same", "le lundi"),
    ]


def test_long_texts_are_compared_by_lines():
    before = "mot de trop\n" * 1500
    assert [c.kind for c in changes(before, before + "la fin")] == ["same", "added"]
