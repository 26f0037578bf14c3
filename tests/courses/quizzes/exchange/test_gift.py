"""GIFT files as Moodle and people write them."""

import uuid

import pytest

from courses.quizzes.exchange.results import Outcome

from .files import SAMPLES, read, read_one, value_of


@pytest.fixture(scope="module")
def sample():
    return {imported.name: imported for imported in read((SAMPLES / "tri.gift.txt").read_bytes())}


def test_a_real_export_gives_every_kind_of_question(sample):
    kinds = {name: imported.block["type"] for name, imported in sample.items() if imported.block}
    assert kinds == {
        "Loi AGEC, année": "single",
        "Déchets dangereux": "multiple",
        "Amiante": "true_false",
        "Le verre d'emballage va dans la …… du quartier.": "short_answer",
        "Charge": "numerical",
        "Bacs": "matching",
        "Étapes": "ordering",
        "Retour d'expérience": "open",
        "Presque": "single",
        "Après": "true_false",
    }


def test_what_is_refused_says_why_and_the_rest_comes_in(sample):
    refused = {name: imported.refusal for name, imported in sample.items() if imported.outcome is Outcome.REFUSED}
    assert list(refused) == ["Deux bonnes", "Consigne : gardez votre casque.", "Cassée"]
    assert "plusieurs réponses valent 100 %" in refused["Deux bonnes"]
    assert "c'est un texte, pas une question" in refused["Consigne : gardez votre casque."]
    assert "accolades" in refused["Cassée"]


def test_each_question_knows_its_line_and_its_category(sample):
    assert [(i.number, i.line) for i in sample.values()][:3] == [(1, 7), (2, 16), (3, 25)]
    assert {imported.category for imported in sample.values()} == {"Tri et réemploi"}


def test_html_becomes_markdown_and_tags_become_competences(sample):
    value = value_of(sample["Loi AGEC, année"])
    assert value["text"] == "De quelle année date la loi **AGEC** :"
    assert value["competences"] == ["A2.1"]
    assert value["explanation"].startswith("Loi n° 2020-105")
    assert value["options"][0] == {"text": "2020", "correct": True, "feedback": "Oui, le 10 février."}


def test_feedback_of_true_or_false_goes_to_who_gave_the_answer(sample):
    value = value_of(sample["Amiante"])
    assert value["answer"] == "true"
    assert value["feedback_true"] == "Exact."
    assert value["feedback_false"] == "Elle peut en contenir : arrêtez le chantier."
    assert value["explanation"] == "Interdit en France depuis le 1er janvier 1997."


def test_numbers_have_tolerances_ranges_and_a_feedback_for_others(sample):
    value = value_of(sample["Charge"])
    assert value["answers"] == [
        {"value": "15", "tolerance": "0", "share": "100", "feedback": "Oui, en kilos."},
        {"value": "20", "tolerance": "5", "share": "50", "feedback": "C'est beaucoup."},
    ]
    assert value["feedback_other"] == "Regardez l'affiche de l'atelier."


def test_a_match_without_prompt_is_a_match_too_many(sample):
    value = value_of(sample["Bacs"])
    assert value["pairs"][2] == {"prompt": "Canette = aluminium", "match": "Bac jaune", "feedback": ""}
    assert value["distractors"] == ["Déchèterie"]


def test_partial_credit_of_a_single_choice_is_told(sample):
    assert sample["Presque"].outcome is Outcome.ADAPTED
    assert sample["Presque"].notes == ("« L'encadrant » valait 50 % : ici, cette réponse ne rapporte rien.",)


def test_an_empty_line_inside_open_answers_does_not_end_the_question(sample):
    assert len(value_of(sample["Presque"])["options"]) == 3


@pytest.mark.parametrize(
    ("gift", "text"),
    [
        ("Un {~deux =trois} quatre.", "Un …… quatre."),
        ("Combien ? {=trois =3}.", "Combien ?"),
        ("Deux plus deux font {=quatre =4}.", "Deux plus deux font ……."),
        ("[html]<p>Un <em>mot</em></p>{=trois}", "Un *mot*"),
        ("[markdown]Un *mot*{=trois}", "Un *mot*"),
        ("[plain]Un *mot* <b>{=trois}", r"Un \*mot\* &lt;b>"),
        ("Un *mot*{=trois}", r"Un \*mot\*"),
        ("Une ligne\nqui continue{=trois}", "Une ligne qui continue"),
        (r"a\: b\=c \{d\} \~ \# \\ fin{=trois}", r"a: b=c {d} ~ # \ fin"),
    ],
)
def test_the_text_is_what_its_author_meant(gift, text):
    assert value_of(read_one(gift))["text"] == text


@pytest.mark.parametrize(
    ("answers", "shares"),
    [
        ("=un =%50%deux =%0%trois", ["100", "50", "0"]),
        ("=un =%33.33333%deux", ["100", "33.33"]),
        ("=un =%-20%deux", ["100", "0"]),
    ],
)
def test_shares_of_short_answers_are_kept_between_zero_and_all(answers, shares):
    assert [answer["share"] for answer in value_of(read_one(f"Q {{{answers}}}"))["answers"]] == shares


def test_a_negative_share_is_told():
    assert read_one("Q {=un =%-20%deux}").notes == ("« deux » valait -20 % : ici 0 %.",)


def test_other_scales_of_a_multiple_choice_are_told_with_their_numbers():
    imported = read_one("Q {~%70%a ~%30%b ~%-10%c}")
    assert imported.outcome is Outcome.ADAPTED
    assert "« a » 70 %, « b » 30 %, « c » -10 %" in imported.notes[0]


@pytest.mark.parametrize(
    ("gift", "reason"),
    [
        ("Q {~a ~b}", "Aucune réponse ne rapporte de points."),
        ("Q {~%50%a ~%50%b}", "au moins une mauvaise réponse"),
        ("Q {=a}{=b}", "deux blocs de réponses"),
        ("Q {#abc}", "n'est pas un nombre"),
        ("Q {#}", "sans aucun nombre"),
        ("Q {=a -> 1 =b}", "pas de flèche"),
        ("Q {=un = -> 2}", "pas de flèche"),
        ("Q {=a -> 1}", "2 à 12"),
        ("{=a}", "L'énoncé est vide"),
        ("Q {=a ~A}", "même texte"),
        ("Q {=" + "long " * 80 + "~b}", "dépasse 300 caractères"),
        ("Q {=a " + " ".join(f"~{n}" for n in range(12)) + "}", "13 réponses : il en faut de 2 à 10"),
        ("Q }", "accolades"),
    ],
)
def test_a_question_that_nobody_could_answer_rightly_is_refused(gift, reason):
    assert reason in read_one(gift).refusal


def test_a_long_feedback_goes_to_the_explanation():
    imported = read_one("Q {=a#" + "mot " * 120 + "~b}")
    assert value_of(imported)["options"][0]["feedback"] == ""
    assert value_of(imported)["explanation"].startswith("« a » : mot mot")
    assert "déplacé dans l'explication" in imported.notes[0]


def test_spellings_that_are_one_answer_here_become_one():
    value = value_of(read_one("Q {=L'école =l’Ecole =%50%ECOLE}"))
    assert [answer["text"] for answer in value["answers"]] == ["L'école", "ECOLE"]


def test_the_same_file_gives_the_same_ids_and_another_seed_others():
    content = (SAMPLES / "tri.gift.txt").read_bytes()
    first, again = read(content), read(content)
    assert [i.block for i in first] == [i.block for i in again]
    ids = {i.block["id"] for i in first if i.block}
    other = {i.block["id"] for i in read(content, seed=uuid.UUID(int=9)) if i.block}
    assert len(ids) == 10
    assert not ids & other
