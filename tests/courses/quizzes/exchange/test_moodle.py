"""Moodle XML as Moodle exports it."""

import base64

import pytest

from courses.quizzes.exchange.results import Outcome

from .files import SAMPLES, moodle, png, read, read_one, value_of


@pytest.fixture(scope="module")
def sample():
    return {imported.name: imported for imported in read((SAMPLES / "agec-moodle.xml").read_bytes())}


def test_a_real_export_gives_every_kind_of_question(sample):
    kinds = {name: imported.block["type"] for name, imported in sample.items() if imported.block}
    assert kinds == {
        "Logo Triman": "single",
        "Ce que vise la loi": "multiple",
        "Invendus": "true_false",
        "Sigle": "short_answer",
        "Indice de réparabilité": "numerical",
        "Filières": "matching",
        "Bacs": "gap_text",
        "Votre atelier": "open",
        "Hiérarchie des déchets": "ordering",
        "Mots à choisir": "gap_text",
    }
    assert sample["Consignes"].refusal == "Type « description » : c'est un texte, pas une question."
    assert "calculées" in sample["Calcul"].refusal


def test_an_embedded_image_comes_with_its_question(sample):
    imported = sample["Logo Triman"]
    [image] = imported.images
    assert image.name == "logo-triman.png"
    assert image.content.startswith(b"\x89PNG")
    value = value_of(imported)
    assert value["image"] == {"image": image.token, "alt_text": "Un bonhomme et trois flèches", "decorative": False}
    assert value["text"] == "Que veut dire ce **logo** ?"
    assert imported.outcome is Outcome.TAKEN


def test_points_hints_links_and_competences_are_kept(sample):
    value = value_of(sample["Logo Triman"])
    assert (value["worth"], value["hint"], value["competences"]) == ("2", "Regardez les flèches.", ["A2.1"])
    assert value["explanation"] == "Voir l'[explication](https://www.ecologie.gouv.fr/)."


def test_lists_are_kept(sample):
    assert value_of(sample["Ce que vise la loi"])["text"] == "Que vise la loi ?\n\n- dans l'atelier\n- au magasin"


def test_wildcards_case_and_other_answers(sample):
    value = value_of(sample["Sigle"])
    assert value["feedback_other"] == "Relisez la leçon 2."
    assert [answer["text"] for answer in value["answers"]] == ["responsabilité", "respons"]
    assert len(sample["Sigle"].notes) == 2


def test_the_unit_is_kept_and_its_multiples_are_told(sample):
    value = value_of(sample["Indice de réparabilité"])
    assert (value["unit"], value["unit_rule"]) == ("kg", "shown")
    assert "« g » (× 1000)" in sample["Indice de réparabilité"].notes[0]


def test_cloze_becomes_a_text_with_gaps(sample):
    value = value_of(sample["Bacs"])
    assert value["text"] == "Complétez **avec soin**."
    assert value["body"] == (
        "Le verre va dans [[la colonne|colonne à verre#Oui !]], le carton au "
        "[[*bac jaune|bac gris#Non, il se recycle.|compost]].\n\nOn vide la benne tous les [[3,5|3.5]] jours."
    )
    assert any("0,5 près" in note for note in sample["Bacs"].notes)


def test_words_to_choose_are_gaps_with_the_list_of_their_group(sample):
    assert value_of(sample["Mots à choisir"])["body"] == (
        "Un meuble se [[*répare|trie|brûle]], un emballage se [[répare|*trie|brûle]]."
    )


def test_what_graders_read_becomes_the_model_answer(sample):
    value = value_of(sample["Votre atelier"])
    assert value["model_answer"] == "On attend :\n\n1. les flux\n2. les consignes"
    assert (value["marking"], value["worth"]) == ("trainer", "5")


def question(kind, inner, text="Q ?"):
    return moodle(
        f'<question type="{kind}"><questiontext format="html"><text>{text}</text></questiontext>{inner}</question>'
    )


def image_file(content, name="a.png"):
    return f'<file name="{name}" encoding="base64">{base64.b64encode(content).decode()}</file>'


CHOICES = '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'


@pytest.mark.parametrize(
    ("source", "file", "told"),
    [
        ("@@PLUGINFILE@@/a.png", image_file(b"<svg/>"), "ce n'est pas une image"),
        ("@@PLUGINFILE@@/a.png", image_file(b"MZ" + b"\0" * 200), "ce n'est pas une image"),
        ("@@PLUGINFILE@@/a.png", '<file name="a.png" encoding="base64">pas du base64 !</file>', "abîmée"),
        ("@@PLUGINFILE@@/b.png", image_file(png()), "n'est pas dans le fichier"),
        ("@@PLUGINFILE@@/a.png", image_file(png((9000, 9000))), "trop de pixels"),
        ("https://exemple.fr/a.png", "", "sur un autre site"),
        ("file:///etc/passwd", "", "n'est pas dans le fichier"),
    ],
)
def test_what_is_no_image_is_left_out_and_told(source, file, told):
    text = f"<![CDATA[<p>Q ? <img src='{source}' alt='A'></p>]]></text>{file}<text>"
    imported = read_one(question("multichoice", f"<single>true</single>{CHOICES}", text))
    assert value_of(imported)["image"] is None
    assert not imported.images
    assert told in imported.notes[0]


def test_an_image_in_a_data_address_is_taken_and_its_missing_alternative_told():
    data = base64.b64encode(png()).decode()
    text = f"<![CDATA[Q ? <img src='data:image/png;base64,{data}'>]]>"
    imported = read_one(question("multichoice", f"<single>true</single>{CHOICES}", text))
    assert imported.images[0].content == png()
    assert "texte de remplacement" in imported.notes[0]


def test_an_answer_made_of_an_image_alone_is_refused():
    answers = '<answer fraction="100" format="html"><text>&lt;img src="x.png"&gt;</text></answer>'
    assert "image seule" in read_one(question("multichoice", answers)).refusal


@pytest.mark.parametrize(
    ("cloze", "reason"),
    [
        ("{1:MULTIRESPONSE:=a~=b~c}", "plusieurs réponses à la fois"),
        ("{1:AUTRE:=a}", "genre inconnu"),
        ("{1:SHORTANSWER:=*}", "n'importe quelle réponse"),
        ("{1:SHORTANSWER:%50%a}", "aucune réponse ne vaut 100 %"),
        ("sans trou", "sans aucun trou"),
    ],
)
def test_gaps_that_have_no_match_here_are_refused(cloze, reason):
    assert reason in read_one(question("cloze", "", cloze)).refusal


def test_signs_and_entities_in_gaps_are_characters():
    value = value_of(read_one(question("cloze", "", "<![CDATA[Un {1:MC:=a\\~b\\}c#R&#38;D \\# oui~d &amp; e}.]]>")))
    assert value["body"] == "Un [[*a~b}c#R&D \\# oui|d & e]]."


def test_unequal_weights_are_told_and_summed():
    imported = read_one(question("cloze", "", "{1:SA:=a} et {2:SA:=b}"))
    assert value_of(imported)["worth"] == "3"
    assert "même poids" in imported.notes[0]


@pytest.mark.parametrize(
    ("grade", "worth"), [("0.0000000", "1"), ("0.1", "0.25"), ("100", "20"), ("1.3333333", "1.33")]
)
def test_points_out_of_bounds_are_brought_back_and_told(grade, worth):
    inner = f"<defaultgrade>{grade}</defaultgrade><single>true</single>{CHOICES}"
    imported = read_one(question("multichoice", inner))
    assert value_of(imported)["worth"] == worth
    assert imported.outcome is Outcome.ADAPTED
