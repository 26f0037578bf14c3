"""Buttons left in English become French; what an author wrote stays."""

import copy

import pytest

from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.h5p.check import check_h5p
from courses.interactive.packages.h5p.semantics import clean_content
from courses.interactive.packages.h5p.translation import in_french
from tests.courses.interactive.samples import sample

SEMANTICS = [
    {"name": "question", "type": "text", "widget": "html", "default": "<p>Your question</p>"},
    {"name": "score", "type": "text", "default": "You got @score of @total"},
    {"name": "one", "type": "group", "fields": [{"name": "hint", "type": "text", "default": "Show tip"}]},
    {
        "name": "answers",
        "type": "list",
        "field": {
            "type": "group",
            "fields": [{"name": "text", "type": "text", "default": "Answer"}, {"name": "n", "type": "number"}],
        },
    },
    {"name": "media", "type": "library", "options": ["H5P.Image 1.1"]},
]
FRENCH = {
    "semantics": [
        {"default": "<p>Votre question</p>"},
        {"default": "Vous avez @score sur @total"},
        {"fields": [{"default": "Montrer l'indice <script>"}]},
        {"field": {"fields": [{"default": "Réponse"}]}},
    ]
}
LIBRARIES = {"H5P.Main 1.0": SEMANTICS, "H5P.Image 1.1": [{"name": "alt", "type": "text", "default": "Image"}]}
TRANSLATIONS = {"H5P.Main 1.0": FRENCH, "H5P.Image 1.1": {"semantics": [{"default": "Photo"}]}}
CONTENT = {
    "question": "<p>Your question</p>\n",
    "score": "You got @score of @total",
    "one": "Show tip",
    "answers": [{"text": "Answer", "n": 1}, {"text": "Paris"}],
    "media": {"library": "H5P.Image 1.1", "params": {"alt": "Image"}},
    "unknown": "Show tip",
}


def translated(content, translations=None, semantics=None):
    """Return a content of the main library in French."""
    french = TRANSLATIONS if translations is None else translations
    return in_french(content, semantics or SEMANTICS, LIBRARIES.get, french.get, main="H5P.Main 1.0")


def test_texts_left_at_their_default_are_french():
    assert translated(CONTENT) == {
        "question": "<p>Votre question</p>",
        "score": "Vous avez @score sur @total",
        "one": "Montrer l'indice &lt;script&gt;",
        "answers": [{"text": "Réponse", "n": 1}, {"text": "Paris"}],
        "media": {"library": "H5P.Image 1.1", "params": {"alt": "Photo"}},
        "unknown": "Show tip",
    }


def test_the_content_given_is_not_changed():
    content = copy.deepcopy(CONTENT)
    translated(content)
    assert content == CONTENT


def test_what_an_author_wrote_stays():
    content = {"score": "Bravo !", "one": "show tip", "answers": [{"text": "Une réponse"}]}
    assert translated(content) == content


def test_a_library_inside_is_french_even_when_the_main_one_is_not():
    left = translated(CONTENT, {"H5P.Image 1.1": TRANSLATIONS["H5P.Image 1.1"]})
    assert left["media"]["params"] == {"alt": "Photo"}
    assert left["score"] == CONTENT["score"]


def test_a_translation_that_has_lost_a_variable_is_not_used():
    french = {"H5P.Main 1.0": {"semantics": [{}, {"default": "Vous avez @score sur :total"}]}}
    assert translated({"score": "You got @score of @total"}, french) == {"score": "You got @score of @total"}


def test_cleaning_before_or_after_gives_the_same():
    def clean(content):
        return clean_content(content, SEMANTICS, LIBRARIES.get)

    assert clean(translated(CONTENT)) == translated(clean(CONTENT))


@pytest.mark.parametrize(
    "french",
    [
        {},
        {"semantics": None},
        {"semantics": [3, None, {"fields": 3}, {"field": []}]},
        {"semantics": [{"default": 3}] * 9},
    ],
)
def test_a_language_file_of_another_shape_changes_nothing(french):
    assert translated(CONTENT, {"H5P.Main 1.0": french}) == CONTENT


@pytest.mark.parametrize("semantics", [[3, None, {"name": []}], [{"name": "score"}], {"a": 1}])
def test_semantics_of_another_shape_change_nothing(semantics):
    assert translated(CONTENT, semantics=semantics) == CONTENT


def test_the_buttons_of_a_real_content_speak_the_french_of_its_library():
    with sample("h5p/standalone-test.h5p").open("rb") as file:
        package = check_h5p(open_archive(file), {})
    main = package.libraries[package.main]
    french = {main.library.ubername: main.translations["fr"]}
    left = in_french(package.content, main.semantics, lambda name: None, french.get, main=main.library.ubername)
    assert package.content["l10n"]["checkAnswer"] == "Check"
    assert left["l10n"]["checkAnswer"] == "Vérifier"
    assert left["l10n"]["trueText"] == "Vrai"
    assert left["question"] == package.content["question"]
    # This one has lost its variables in the library's own file.
    assert left["l10n"]["scoreBarLabel"] == "You got :num out of :total points"
