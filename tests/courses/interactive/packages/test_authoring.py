"""Questions and lessons as H5P contents, held against the semantics of the libraries that the samples bring."""

import json
import re
import zipfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.interactive.packages.h5p import wording
from courses.interactive.packages.h5p.authoring import Picture, Shelf, write_questions
from courses.interactive.packages.h5p.fitting import fitted
from courses.interactive.packages.h5p.lessons import Absent, Shown, Text, write_lesson
from courses.interactive.packages.h5p.semantics import clean_content, plain
from courses.questions.kinds import Case, ImageRef
from courses.questions.raw import questions_from_raw
from tests.courses.interactive.samples import sample
from tests.courses.questions.factories import VALUES, item, make, option, raw

PICTURE = {"image": 1, "alt_text": "Une benne d'inertes", "decorative": False}
LEFT_OUT = {"open", "hotspot", "scale"}


@cache
def sample_semantics() -> dict[str, list | None]:
    """Return the semantics of every library of the sample packages that questions and lessons are written for."""
    found = {}
    for name in ("standalone-test", "drag-text", "interactive-content-2260"):
        with zipfile.ZipFile(sample(f"h5p/{name}.h5p")) as archive:
            for path in archive.namelist():
                if match := re.fullmatch(r"(H5P\.\w+)-(\d+\.\d+)/semantics\.json", path):
                    found[f"{match[1]} {match[2]}"] = json.loads(archive.read(path))
    return found


def picture_of(pk: int) -> Picture:
    return Picture(f"image-{pk}.png", "image/png", b"\x89PNG", 800, 600)


def no_picture(_pk: int) -> None:
    return None


def cleaned(authored, semantics=None):
    """Return the content as the site would keep it."""
    known = semantics or sample_semantics()
    return clean_content(authored.content, known[authored.main], known.get)


def written(kind: str, *, shelf=None, **changes):
    return write_questions("Essai", [make(kind, **changes)], shelf or Shelf(sample_semantics()), picture_of)


# -- What is written is what the semantics take ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "library"),
    [
        ("true_false", {}, "H5P.TrueFalse 1.6"),
        ("short_answer", {}, "H5P.Blanks 1.12"),
        ("numerical", {"answers": [item({"value": "3.5", "tolerance": "0"})]}, "H5P.Blanks 1.12"),
        ("gap_text", {}, "H5P.Blanks 1.12"),
        ("gap_text", {"body": "Un [[*tri|vrac]] & l'[[*équipe|outil]] < 3."}, "H5P.DragText 1.8"),
        ("matching", {}, "H5P.DragText 1.8"),
        ("categorize", {}, "H5P.DragText 1.8"),
        ("ordering", {}, "H5P.DragText 1.8"),
    ],
)
@pytest.mark.parametrize("image", [None, PICTURE], ids=["", "with an image"])
def test_cleaning_a_question_changes_nothing(kind, changes, library, image):
    text = "**Que** fait l'équipe & pourquoi ?\n\n- Une [piste](https://exemple.fr)\n- Deux"
    authored = written(kind, text=text, image=image, explanation="L'« essentiel » : a < b.", **changes)
    assert authored.main == library
    assert cleaned(authored) == authored.content
    assert "essentiel" in json.dumps(authored.content)


def test_cleaning_a_lesson_changes_nothing():
    pieces = [
        Text("<p>L'avant &amp; le reste.</p><h2>Un</h2><table><tr><th>A</th><th>B</th></tr>"),
        Text(
            "<tr><td>1</td><td>2 <em>kg</em></td></tr></table><h4>Petit titre</h4><blockquote><p>Dit</p></blockquote>"
        ),
        Shown(ImageRef(7, "Une benne d'inertes"), "L'image"),
        make("true_false"),
        Text('<h2>Deux</h2><p><a href="https://exemple.fr" rel="noopener">lien</a></p>'),
        make("matching"),
    ]
    authored = write_lesson("Leçon d'essai", "42", pieces, Shelf(sample_semantics()), picture_of, slides=False)
    assert authored.main == "H5P.Column 1.12"
    assert cleaned(authored) == authored.content
    assert len(authored.content["content"]) == 7
    assert set(authored.files) == {"images/image-7.png"}


def test_what_current_platforms_have_is_named_when_nothing_is_stored():
    authored = write_questions("Quiz", [make("true_false"), make("single")], Shelf({}), no_picture, pass_mark=70)
    assert authored.main == "H5P.QuestionSet 1.20"
    assert authored.libraries == ("H5P.QuestionSet 1.20", "H5P.TrueFalse 1.8", "H5P.MultiChoice 1.16")
    assert [q["library"] for q in authored.content["questions"]] == ["H5P.TrueFalse 1.8", "H5P.MultiChoice 1.16"]
    assert authored.content["passPercentage"] == 70


def test_the_highest_stored_version_is_taken_as_a_number():
    shelf = Shelf({"H5P.TrueFalse 1.8": None, "H5P.TrueFalse 1.10": None, "H5P.TrueFalse 1.9": None})
    assert shelf.highest("H5P.TrueFalse") == "H5P.TrueFalse 1.10"


def test_a_container_is_given_the_versions_that_it_names():
    set_semantics = [
        {
            "name": "questions",
            "type": "list",
            "field": {"name": "question", "type": "library", "options": ["H5P.TrueFalse 1.6", "H5P.Blanks 1.12"]},
        }
    ]
    stored = {**sample_semantics(), "H5P.QuestionSet 1.17": set_semantics, "H5P.TrueFalse 1.9": []}
    asked = [make("true_false"), make("short_answer"), make("single")]
    authored = write_questions("Quiz", asked, Shelf(stored), no_picture)
    assert [q["library"] for q in authored.content["questions"]] == ["H5P.TrueFalse 1.6", "H5P.Blanks 1.12"]
    assert [told.left_out for told in authored.report if told.left_out] == [
        "la version installée ici de H5P.QuestionSet 1.17 ne l'accueille pas"
    ]
    assert cleaned(authored, stored) == authored.content


def test_ids_stay_when_the_same_is_written_again():
    asked = list(questions_from_raw([raw("single"), raw("true_false")]))
    first, again = (write_questions("Quiz", asked, Shelf({}), no_picture).content for _ in range(2))
    assert first == again
    ids = [question["subContentId"] for question in first["questions"]]
    assert len(set(ids)) == 2


# -- What is written asks the same thing ----------------------------------------------------------------------------


def test_true_or_false_keeps_its_key_and_what_is_said_of_it():
    content = written("true_false", answer="false", feedback_true="Relisez.", feedback_false="Exact.").content
    assert content["correct"] == "false"
    assert content["behaviour"]["feedbackOnCorrect"].startswith("Exact.")
    assert content["behaviour"]["feedbackOnWrong"].startswith("Relisez.")
    assert content["l10n"]["trueText"] == "Vrai"


@pytest.mark.parametrize(("kind", "behaviour"), [("single", "single"), ("multiple", "multi")])
def test_choices_keep_their_key_and_their_feedback(kind, behaviour):
    options = [option("a", correct=True, feedback="**Oui**"), option("b", correct=kind == "multiple"), option("c")]
    content = written(kind, options=options).content
    assert content["behaviour"]["type"] == behaviour
    assert [answer["correct"] for answer in content["answers"]] == [True, kind == "multiple", False]
    assert content["answers"][0]["tipsAndFeedback"]["chosenFeedback"] == "<strong>Oui</strong>"


def test_gaps_to_type_keep_their_spellings_and_lists_become_tips():
    content = written("gap_text").content
    [body] = content["questions"]
    assert body.startswith("<p>La loi *AGEC/anti-gaspillage* date de *2020*. Un D3E est un ")
    assert body.endswith(" *équipement:Au choix – emballage, équipement*.</p>")
    assert content["behaviour"]["acceptSpellingErrors"] is True
    assert content["behaviour"]["caseSensitive"] is False


def test_lists_become_words_to_drag_and_the_wrong_ones_come_along_where_the_version_has_a_place_for_them():
    body = "Un [[*tri|vrac]] puis un [[*bac|tri]]."
    assert written("gap_text", body=body).content["textField"] == "Un *tri* puis un *bac*."
    content = written("gap_text", body=body, shelf=Shelf({})).content
    assert content["distractors"] == "*vrac*"
    told = written("gap_text", body=body).report[0].lost
    assert "les étiquettes en trop, que cette version ne connaît pas" in told


def test_each_item_stands_before_its_place():
    assert written("categorize").content["textField"].split("\n") == [
        "bouilloire → *D3E*",
        "perceuse → *D3E*",
        "chaise → *Mobilier*",
        "drap → *Textile*",
    ]
    content = written("matching", shelf=Shelf({})).content
    assert content["textField"].startswith("CIP → *construit le parcours*\n")
    assert content["distractors"] == "*délivre le pass IAE*"


def test_steps_are_dragged_to_their_rank():
    assert written("ordering").content["textField"] == "1. *Protéger*\n2. *Examiner*\n3. *Alerter*\n4. *Secourir*"


def test_a_number_is_accepted_with_a_comma_and_with_a_point():
    content = written("numerical", answers=[item({"value": "37.50", "tolerance": "0"})]).content
    assert content["questions"] == ["<p>Votre réponse&nbsp;: *37,5/37.5*&nbsp;kg</p>"]
    typed = written("numerical", answers=[item({"value": "37.50", "tolerance": "0"})], unit_rule="typed").content
    assert typed["questions"] == ["<p>Votre réponse&nbsp;: *37,5 kg/37.5 kg*</p>"]


def test_the_situation_of_a_case_stands_in_each_of_its_questions():
    question = make("single")
    case = Case("c", "Un lundi", "Karim arrive **en retard**.\n\n- hier\n- ce matin", ImageRef(3, "Un quai"))
    authored = write_questions("Cas", [type(question)(**{**_fields(question), "case": case})], Shelf({}), picture_of)
    assert authored.content["question"].startswith("<p><strong>Un lundi</strong></p><p>Karim arrive")
    assert "<p>– hier</p>" in authored.content["question"]
    assert authored.content["media"]["type"]["params"]["alt"] == "Un quai"
    assert "situation" in authored.report[0].lost[0]


def _fields(question) -> dict:
    return {name: getattr(question, name) for name in question.__dataclass_fields__}


# -- What can't be held is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_a_question_is_written_or_its_absence_is_explained(kind):
    changes = {"answers": [item({"value": "4", "tolerance": "0"})]} if kind == "numerical" else {}
    authored = written(kind, **changes)
    assert (authored.content is None) == (kind in LEFT_OUT)
    assert any(told.left_out for told in authored.report) == (kind in LEFT_OUT)
    assert authored.count == 1


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        ("numerical", {}, "à peu près"),
        ("short_answer", {"answers": [item({"text": "et/ou", "share": "100"})]}, "signes"),
        ("short_answer", {"answers": [item({"text": "presque", "share": "50"})]}, "pas de bonne réponse"),
    ],
)
def test_an_answer_that_would_be_marked_wrongly_is_left_out(kind, changes, reason):
    authored = written(kind, **changes)
    assert authored.content is None
    assert reason in authored.report[0].left_out
    assert authored.libraries == ()


def test_what_is_left_out_takes_its_image_along():
    asked = [make("numerical", image=PICTURE), make("true_false")]
    authored = write_questions("Quiz", asked, Shelf({}), picture_of)
    assert authored.files == {}
    assert len(authored.content["questions"]) == 1


def test_hints_points_and_lost_images_are_told():
    question = make("true_false", hint="Pensez-y", worth="2", image=PICTURE)
    told = write_questions("Quiz", [question], Shelf({}), no_picture).report[0].lost
    assert [re.sub(r"[ ,:].*", "", each) for each in told] == ["l'image", "l'indice", "le"]


def test_what_a_lesson_can_not_take_along_is_named():
    pieces = [Text("<p>Texte</p>"), Absent("Tri", "déjà un contenu interactif"), make("hotspot")]
    authored = write_lesson("Leçon", "1", pieces, Shelf({}), picture_of, slides=False)
    assert [(told.label, bool(told.left_out)) for told in authored.report] == [
        ("Tri", True),
        ("Que faites-vous ?", True),
    ]
    assert len(authored.content["content"]) == 1


# -- Slides ---------------------------------------------------------------------------------------------------------


def test_each_title_begins_a_slide_and_a_question_has_its_own():
    pieces = [
        Text("<p>Avant</p><h2>Un</h2><p>1</p>"),
        Shown(ImageRef(2, "Une benne"), "La benne"),
        make("single"),
        Text("<p>Suite</p><h2>L'autre</h2><p>2</p>"),
    ]
    authored = write_lesson("Leçon", "9", pieces, Shelf({}), picture_of, slides=True)
    assert authored.main == "H5P.CoursePresentation 1.26"
    slides = authored.content["presentation"]["slides"]
    shown = [[e["action"]["library"].split()[0].removeprefix("H5P.") for e in slide["elements"]] for slide in slides]
    assert shown == [
        ["AdvancedText"],
        ["AdvancedText", "Image", "AdvancedText"],
        ["MultiChoice"],
        ["AdvancedText"],
        ["AdvancedText"],
    ]
    titles = [slide["keywords"][0]["main"] for slide in slides]
    assert titles == ["Leçon", "Un", "Un", "Un", "L'autre"]


@given(st.integers(1, 6000), st.integers(1, 6000))
def test_an_image_keeps_its_shape_and_stays_on_its_slide(width, height):
    pieces = [Shown(ImageRef(2, "Une benne"))]
    wide = Picture("a.png", "image/png", b"", width, height)
    authored = write_lesson("Leçon", "9", pieces, Shelf({}), lambda _pk: wide, slides=True)
    [element] = authored.content["presentation"]["slides"][0]["elements"]
    assert element["x"] >= 0
    assert element["y"] >= 0
    assert element["x"] + element["width"] <= 100
    assert element["y"] + element["height"] <= 100
    assert abs(element["width"] * 2 * height - element["height"] * width) <= 0.02 * (width + 2 * height)


# -- Texts ----------------------------------------------------------------------------------------------------------


def _texts(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    else:
        yield value


def test_no_text_of_a_button_needs_to_be_escaped():
    tables = [value for name, value in vars(wording).items() if name.isupper()]
    texts = [text for table in tables for text in _texts(table)]
    assert len(texts) > 100
    assert [text for text in texts if plain(text) != text] == []


@pytest.mark.parametrize(
    ("html", "tags", "expected"),
    [
        ("<h2>T</h2>", ("h2",), "<h2>T</h2>"),
        ("<h2 id='t'>T</h2>", (), "<p><strong>T</strong></p>"),
        ("<ul><li>a</li><li>b</li></ul>", (), "<p>– a</p><p>– b</p>"),
        ("<ul><li>a</li></ul>", ("ul",), "<ul><li>a</li></ul>"),
        ("<p>CO<sub>2</sub></p>", (), "<p>CO2</p>"),
        (
            "<table><caption>C</caption><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
            ("ul", "strong"),
            "<p><strong>C</strong></p><ul><li>1 ; B&nbsp;: 2</li></ul>",
        ),
        ("<script>x()</script><p>y</p>", (), "<p>y</p>"),
    ],
)
def test_html_is_brought_down_to_what_a_field_holds(html, tags, expected):
    tags = (*tags, "strong")
    assert fitted(html, tags) == expected


TEXTS = st.text(alphabet="aé '\"&<>*/\\:\n«»", min_size=1, max_size=25).filter(str.strip)


@settings(max_examples=60)
@given(TEXTS, TEXTS, TEXTS)
def test_whatever_is_written_cleaning_changes_nothing(text, first, second):
    pairs = [item({"prompt": first, "match": second, "feedback": ""}), item({"prompt": second, "match": first})]
    asked = [
        make("true_false", text=text, feedback_true=first, explanation=second),
        make("matching", text=text, pairs=pairs, distractors=[], explanation=first),
        make("short_answer", text=text, answers=[item({"text": first, "share": "100"})], explanation=second),
    ]
    for question in asked:
        authored = write_questions(text, [question], Shelf(sample_semantics()), picture_of)
        if authored.content is not None:
            assert cleaned(authored) == authored.content
