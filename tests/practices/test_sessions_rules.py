import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.session_models import SessionPlan
from practices.session_paper import density
from practices.session_sources import able_to, closest, lines, sentences, usual_steps
from practices.session_timing import timing


@pytest.mark.parametrize(
    ("minutes", "wanted", "words"),
    [
        ([], 45, "Durée prévue : 45 min. Aucune étape n'a encore de durée."),
        ([None, None], 45, "Durée prévue : 45 min. Aucune étape n'a encore de durée."),
        ([20, None, 25], 45, "Total des étapes : 45 min sur 45 min prévues. Le compte est bon."),
        ([20], 45, "Total des étapes : 20 min sur 45 min prévues. Il reste 25 min."),
        ([50], 45, "Total des étapes : 50 min sur 45 min prévues. Il manque 5 min."),
    ],
)
def test_the_minutes_of_the_steps_are_told_against_the_duration(minutes, wanted, words):
    assert timing(minutes, wanted).words == words


FIELDS = ("title", "objective", "audience", "place", "materials", "gestures", "safety", "assessment", "traces")


def full(share, steps):
    """Return the texts of a plan that are so full, from 0 to 1."""
    texts = {name: "x" * int(SessionPlan._meta.get_field(name).max_length * share) for name in FIELDS}
    step = {"phase": "x" * int(80 * share), "trainer": "x" * int(200 * share), "people": "x" * int(200 * share)}
    return texts, [step] * steps


@pytest.mark.parametrize(
    ("share", "steps", "expected"), [(0, 0, 0), (0.2, 4, 0), (0.35, 5, 1), (0.55, 5, 2), (1, 8, 3)]
)
def test_a_plan_is_set_the_smaller_the_more_it_says(share, steps, expected):
    assert density(*full(share, steps)) == expected


def test_lines_take_room_too():
    texts, steps = full(0, 0)
    assert density(texts | {"gestures": "\n".join("x" * 12), "materials": "\n".join("x" * 8)}, steps) == 0
    row = {"phase": "x", "trainer": "\n".join("x" * 4), "people": ""}
    assert density(texts, [row] * 8) > 0


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 8))
def test_more_text_is_never_set_larger(one, other, steps):
    less, more = sorted((one, other))
    assert density(*full(less, steps)) <= density(*full(more, steps))


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("Classer les gestes d'un atelier.", "Être capable de classer les gestes d'un atelier."),
        ("Expliquer le circuit", "Être capable d'expliquer le circuit."),
        ("Écouter", "Être capable d'écouter."),
        ("Habiliter un salarié", "Être capable d'habiliter un salarié."),
        ("Hisser une charge", "Être capable de hisser une charge."),
        ("Œuvrer ensemble", "Être capable d'œuvrer ensemble."),
        ("Être capable de trier.", "Être capable de trier"),
        ("  ", ""),
    ],
)
def test_an_objective_is_written_the_operational_way(text, objective):
    assert able_to(text) == objective


def test_the_objective_that_shares_the_most_words_with_a_lesson_is_chosen():
    objectives = ["Organiser le tri des flux de son propre site.", "Tenir un registre.", "Trier le site."]
    assert closest(objectives, "Trier sur son propre site : les flux obligatoires", limit=1) == [objectives[0]]
    assert closest(objectives, "Autre chose") == []


def test_markdown_gives_its_paragraphs_and_items_without_marks():
    text = "Un **gras**,\nsur deux **lignes**.\n\n- premier\n- second [lien](https://x.fr)\n\n1. trois"
    assert sentences(text) == ["Un gras, sur deux lignes.", "premier", "second lien", "trois"]


def test_texts_are_cut_at_whole_lines():
    assert lines(["un", "  ", "deux  mots", "trois"], 14) == "un\ndeux mots"
    assert lines(["une très longue phrase"], 12) == "une très…"
    assert lines([], 10) == ""


@given(st.lists(st.text(max_size=40), max_size=12), st.integers(min_value=2, max_value=200))
def test_cut_texts_always_hold_in_their_field(parts, limit):
    assert len(lines(parts, limit)) <= limit


@given(st.integers(min_value=5, max_value=480))
def test_the_usual_steps_fill_the_time_that_there_is(minutes):
    steps = usual_steps(minutes=minutes)
    assert sum(step["minutes"] for step in steps) == minutes
    assert all(step["minutes"] >= 1 for step in steps)
