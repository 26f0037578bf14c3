"""QTI items and packages."""

import pytest

from courses.quizzes.exchange.results import Outcome

from .files import archive, declaration, item, png, qti_package, read, read_one, value_of


@pytest.fixture(scope="module")
def package():
    return {imported.name: imported for imported in read(qti_package())}


def test_a_package_gives_every_kind_of_question(package):
    kinds = {name: imported.block["type"] for name, imported in package.items() if imported.block}
    assert kinds == {
        "Ordre": "ordering",
        "Équipement": "single",
        "Dangers": "multiple",
        "Tri": "categorize",
        "Trous": "gap_text",
        "Phrase": "gap_text",
        "Masse": "numerical",
        "Numéro": "short_answer",
        "Récit": "open",
        "Atelier": "hotspot",
    }


def test_the_order_of_the_test_comes_first(package):
    assert list(package)[:3] == ["Ordre", "Équipement", "Dangers"]


def test_what_is_refused_says_why(package):
    assert "sliderInteraction" in package["Curseur"].refusal
    assert "manque dans le paquet" in package["items/absent.xml"].refusal


def test_a_zone_is_placed_in_percent_of_the_image(package):
    value = value_of(package["Atelier"])
    assert value["zones"][0] == {
        "label": "Prise au sol", "correct": True, "feedback": "",
        "shape": "ellipse", "x": "20", "y": "40", "width": "10", "height": "20",
    }  # fmt: skip
    assert value["picture"]["alt_text"] == "L'atelier vu de la porte"
    assert package["Atelier"].images[0].content == png()
    assert "image" not in value


def test_mapped_values_become_shares(package):
    assert [a["share"] for a in value_of(package["Numéro"])["answers"]] == ["100", "50"]
    assert package["Dangers"].outcome is Outcome.TAKEN


def test_the_prompt_and_what_precedes_it_are_the_text(package):
    assert (
        value_of(package["Équipement"])["text"] == "Avant d'entrer sur le chantier :\n\nQue mettez-vous **d'abord** ?"
    )
    assert value_of(package["Équipement"])["options"][0]["feedback"] == "Oui."
    assert value_of(package["Équipement"])["worth"] == "2"


def test_a_tolerance_is_found_in_the_processing(package):
    assert value_of(package["Masse"])["answers"][0]["tolerance"] == "0.5"


def test_true_and_false_in_french_make_a_statement():
    body = (
        '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Le verre se recycle.</prompt>'
        '<simpleChoice identifier="v">Vrai</simpleChoice><simpleChoice identifier="f">Faux</simpleChoice>'
        "</choiceInteraction>"
    )
    imported = read_one(item(body, declaration("f")))
    assert imported.block["type"] == "true_false"
    assert value_of(imported)["answer"] == "false"


def matched(*pairs):
    left = "".join(f'<simpleAssociableChoice identifier="g{n}">G{n}</simpleAssociableChoice>' for n in range(3))
    right = "".join(f'<simpleAssociableChoice identifier="d{n}">D{n}</simpleAssociableChoice>' for n in range(3))
    body = (
        '<matchInteraction responseIdentifier="RESPONSE"><prompt>Q</prompt>'
        f"<simpleMatchSet>{left}</simpleMatchSet><simpleMatchSet>{right}</simpleMatchSet></matchInteraction>"
    )
    return read_one(item(body, declaration(*pairs, cardinality="multiple", base="directedPair")))


def test_one_to_one_pairs_are_a_matching_and_unused_targets_are_matches_too_many():
    value = value_of(matched("g0 d1", "g1 d0", "g2 d1"))
    assert [(p["prompt"], p["match"]) for p in value["pairs"]] == [("G0", "D1"), ("G1", "D0"), ("G2", "D1")]
    assert value["distractors"] == ["D2"]


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (("g0 d0", "g0 d1", "g1 d2", "g2 d2"), "va avec plusieurs"),
        (("g0 d0", "g1 d1"), "ne va avec rien"),
        (("g0 d0", "g1 d1", "g2 d9"), "n'existe pas"),
        ((), "pas indiquées"),
    ],
)
def test_pairs_that_have_no_match_here_are_refused(pairs, reason):
    assert reason in matched(*pairs).refusal


def test_an_item_without_interaction_or_with_several_is_refused():
    assert "rien à répondre" in read_one(item("<p>Lisez.</p>")).refusal
    one = '<extendedTextInteraction responseIdentifier="RESPONSE"><prompt>Q</prompt></extendedTextInteraction>'
    assert "plusieurs questions" in read_one(item(one + one)).refusal


def test_unknown_scoring_is_told():
    body = '<p>Q <textEntryInteraction responseIdentifier="RESPONSE"/></p>'
    imported = read_one(item(body, declaration("oui", base="string"), processing="maison"))
    assert "modèle de notation" in imported.notes[0]


def test_an_item_that_is_not_sound_xml_is_refused_alone():
    imported = read(qti_package(**{"items/epi.xml": b"<assessmentItem><a></assessmentItem>"}))
    assert sum(i.outcome is Outcome.REFUSED for i in imported) == 3


def test_an_image_that_is_none_refuses_the_zones_that_need_it():
    imported = {i.name: i for i in read(qti_package(**{"images/atelier.png": b"rien"}))}
    assert "ce n'est pas une image" in imported["Atelier"].refusal


def test_files_are_found_beside_the_item_only_inside_the_package():
    body = '<p>Q <img src="../../../../etc/passwd" alt="x"/> <textEntryInteraction responseIdentifier="RESPONSE"/></p>'
    manifest = '<manifest><resources><resource type="imsqti_item_xmlv2p2" href="a/i.xml"/></resources></manifest>'
    files = {"imsmanifest.xml": manifest.encode(), "a/i.xml": item(body, declaration("x", base="string")).encode()}
    imported = read_one(archive(files))
    assert "n'est pas dans le fichier" in imported.notes[0]
