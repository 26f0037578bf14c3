"""Quizzes of packs: each kind of question becomes its block, settings are kept, each fault is named at its line."""

from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from django.conf import settings
from django.utils import timezone

from courses.catalog.blocks import LessonBlock
from courses.catalog.models import CoursePage, LessonPage, course_activities
from courses.packs.loading import LoadReport, load_pack
from courses.packs.questions import AnyQuestion, CheckQuestion
from courses.packs.reading import read_pack
from courses.questions.checks import faults
from courses.questions.kinds import Kind
from courses.questions.raw import questions_from_raw
from courses.quizzes.models import QuizPage

from .builder import KNOWN, LESSON, faults_of, make_pack, picture

README = settings.CONTENT_DIR / "README.md"

ALL_KINDS = """\
id: tous-les-types
title: Tous les types
minutes: 20
mode: certifying
pass_mark: 80
attempts_allowed: 3
hours_between_attempts: 24
time_limit: 45
layout: one
navigation: forced
shuffle_questions: true
shuffle_answers: true
feedback: date
feedback_from: 2026-12-01
questions:
  - id: unique
    type: single
    text: Que faites-vous ?
    image: {src: porte.png, alt: Une porte ouverte.}
    hint: Pensez à la sécurité.
    options:
      - text: Je protège.
        correct: true
      - text: Je crie.
        feedback: Non.
    explanation: Protéger d'abord.
    lesson: observer
    competences: [A2.1]
  - id: multiple
    type: multiple
    text: Lesquels ?
    options:
      - {text: Un, correct: true}
      - {text: Deux}
    explanation: Un.
  - id: vrai
    type: true_false
    text: Oui ?
    answer: true
    explanation: Oui.
  - id: paires
    type: matching
    text: Qui fait quoi ?
    pairs:
      - {prompt: Le CIP, match: Les démarches, feedback: Le CIP accompagne.}
      - {prompt: L'encadrant, match: Le travail}
    distractors: [La paie]
    explanation: Chacun son rôle.
  - id: ordre
    type: ordering
    text: Dans quel ordre ?
    items: [Protéger, Alerter, Secourir]
    explanation: Protéger d'abord.
  - id: tri
    type: categorize
    text: Où va chaque chose ?
    bins:
      - {label: Gravats, items: [Brique, Tuile], feedback: Inerte.}
      - {label: Bois, items: [Palette]}
      - {label: Verre}
    explanation: Par matière.
  - id: trous
    type: gap_text
    body: "Le bois va dans la [[benne bois|benne B]] ; le verre, [[*à part#Oui.|avec le bois#Non.]]."
    explanation: Chaque flux a sa benne.
  - id: court
    type: short_answer
    text: Comment dit-on ?
    answers:
      - {text: diagnostic}
      - {text: bilan, share: 50, feedback: Presque.}
    typo: false
    feedback_other: Relisez la leçon.
    explanation: Le mot juste.
  - id: nombre
    type: numerical
    text: Combien ?
    answers:
      - {value: 12.5, tolerance: 0.5}
      - {value: 125, share: 0, feedback: Une virgule manque.}
    unit: kg
    unit_rule: typed
    explanation: On divise.
  - id: zone
    type: hotspot
    text: Où est la porte ?
    image: {src: porte.png, alt: Une façade.}
    zones:
      - {label: En bas, correct: true, x: 10, y: 50.5, width: 20, height: 40}
      - {label: En haut, shape: ellipse, x: 10, y: 5, width: 20, height: 20, feedback: C'est une fenêtre.}
    explanation: En bas.
  - id: ouverte
    type: open
    text: Racontez.
    worth: 2.5
    marking: self
    model_answer: |
      On décrit des **faits**.

      - La date.
    criteria:
      - {label: Des faits, points: 2}
      - {label: Une date}
  - id: echelle
    type: scale
    text: Où en êtes-vous ?
    levels: [Je découvre, Je sais faire, Je sais expliquer]
  - id: cas
    type: case
    title: Un lundi matin
    text: Karim arrive **en retard**.
    image: {src: porte.png, decorative: true}
    questions:
      - id: cas-1
        type: true_false
        text: On crie.
        answer: false
        explanation: Non.
        lesson: observer
"""
BEFORE = """\
id: avant
title: Avant de commencer
minutes: 5
required: false
mode: positioning
layout: all
questions:
  - id: echelle
    type: scale
    text: Où en êtes-vous ?
    levels: [Je découvre, Je sais faire]
    lesson: observer
"""
AFTER = """\
id: apres
title: Où j'en suis
minutes: 5
mode: positioning
repeats: avant
"""


@pytest.fixture
def load(catalog, tmp_path):
    """Load the pack, with some of its files changed."""
    return lambda **changes: load_pack(read_pack(make_pack(tmp_path, **changes), KNOWN))


@pytest.mark.django_db
def test_every_kind_becomes_a_question_that_can_be_put(load):
    load(quiz_yaml=ALL_KINDS)
    quiz = QuizPage.objects.get()
    asked = {question.kind: question for question in questions_from_raw(quiz.raw_questions) if not question.case}
    assert set(asked) == set(Kind)
    assert not [found for question in asked.values() for found in faults(question)]
    for question in asked.values():
        if question.is_scored and question.kind is not Kind.OPEN:
            assert question.grade(question.check(question.key())).correct
    single, hotspot = asked[Kind.SINGLE], asked[Kind.HOTSPOT]
    assert (single.image.alt, single.hint, single.competence_codes) == (
        "Une porte ouverte.",
        "Pensez à la sécurité.",
        ("A2.1",),
    )
    assert single.lesson_id == LessonPage.objects.get(slug="observer").pk
    assert (hotspot.picture.id, hotspot.picture.alt) == (single.image.id, "Une façade.")
    assert (hotspot.zones[0].y, hotspot.zones[1].shape) == (Decimal("50.5"), "ellipse")
    assert [place.text for place in asked[Kind.MATCHING].places] == ["Les démarches", "Le travail", "La paie"]
    assert asked[Kind.NUMERICAL].grade({"text": "12 kg"}).correct
    assert not asked[Kind.SHORT_ANSWER].grade({"text": "diagnostik"}).correct
    assert asked[Kind.OPEN].worth == Decimal("2.5")
    (inner,) = [question for question in questions_from_raw(quiz.raw_questions) if question.case]
    assert (inner.case.title, inner.case.image.decorative) == ("Un lundi matin", True)
    assert inner.lesson_id == single.lesson_id


@pytest.mark.django_db
def test_settings_of_a_quiz_are_kept(load):
    load(quiz_yaml=ALL_KINDS)
    quiz = QuizPage.objects.get()
    assert (quiz.mode, quiz.layout, quiz.navigation, quiz.feedback) == ("certifying", "one", "forced", "date")
    assert (quiz.pass_mark, quiz.attempts_allowed, quiz.hours_between_attempts, quiz.time_limit) == (80, 3, 24, 45)
    assert quiz.shuffle_questions
    assert quiz.shuffle_answers
    assert timezone.localtime(quiz.feedback_from).isoformat()[:16] == "2026-12-01T00:00"


@pytest.mark.django_db
def test_loading_every_kind_again_changes_nothing(load):
    load(quiz_yaml=ALL_KINDS)
    before = QuizPage.objects.get().raw_questions
    assert load(quiz_yaml=ALL_KINDS).updated == []
    load(quiz_yaml=ALL_KINDS.replace("minutes: 20", "minutes: 25"))
    assert QuizPage.objects.get().raw_questions == before


@pytest.mark.django_db
def test_a_module_has_quizzes_where_their_numbers_say(load):
    changes = {"00-avant.yaml": BEFORE, "03-apres.yaml": AFTER}
    load(**changes)
    activities = course_activities(CoursePage.objects.get())
    assert [each.slug for each in activities] == ["avant", "accueillir", "observer", "apres", "quiz-final"]
    before, after = QuizPage.objects.get(slug="avant"), QuizPage.objects.get(slug="apres")
    assert after.repeats == before
    assert (before.layout, after.layout) == ("all", "one")
    assert after.raw_questions == before.raw_questions
    # It stands before the lesson that it sends back to.
    assert before.raw_questions[0]["value"]["lesson"] == LessonPage.objects.get(slug="observer").pk
    assert load(**changes) == LoadReport(
        unchanged=[
            "Premiers pas",
            "Avant de commencer",
            "Accueillir",
            "Observer",
            "Où j'en suis",
            "Quiz : premiers pas",
        ]
    )


@pytest.mark.django_db
def test_a_quiz_gone_from_the_pack_is_unpublished(load):
    load(**{"00-avant.yaml": BEFORE, "03-apres.yaml": AFTER})
    assert load(**{"00-avant.yaml": BEFORE, "03-apres.yaml": None}).unpublished == ["Où j'en suis"]


@pytest.mark.django_db
def test_the_images_of_a_check_question_are_loaded(load):
    question = ALL_KINDS[ALL_KINDS.index("  - id: zone") : ALL_KINDS.index("  - id: ouverte")]
    lines = "\n".join(line[4:] for line in question.splitlines())
    load(lesson=LESSON.replace("La suite.", f":::question\n{lines}\n:::"))
    block = LessonPage.objects.get(slug="accueillir").body[-1]
    assert block.block_type == "hotspot"
    assert block.value["picture"].contextual_alt_text == "Une façade."


def test_lessons_take_the_kinds_that_their_blocks_list() -> None:
    kinds = {str(kind) for kind in Kind}
    (of_lesson, of_quiz) = (
        {get_args(variant.model_fields["type"].annotation)[0] for variant in get_args(get_args(union.__value__)[0])}
        for union in (CheckQuestion.model_fields["question"].annotation, AnyQuestion)
    )
    assert of_lesson == kinds & set(LessonBlock().child_blocks)
    assert of_quiz == kinds


def test_the_example_of_the_documentation_has_no_fault(tmp_path: Path) -> None:
    """Every kind of question is shown in content/README.md, as a quiz that can be loaded."""
    blocks = README.read_text().split("```yaml\n")[1:]
    quizzes = [block.split("\n```")[0] + "\n" for block in blocks if "\nquestions:" in block]
    shown = "".join(quizzes)
    assert [kind for kind in [*map(str, Kind), "case"] if f"type: {kind}" not in shown] == []
    for quiz in quizzes:
        lesson = LESSON.replace("id: accueillir", "id: reperer-une-addiction")
        path = make_pack(tmp_path, quiz_yaml=quiz, lesson=lesson, **{"images/porte.png": picture()})
        assert [found for found in faults_of(path) if "compétence" not in found[2]] == []


# what is changed in ALL_KINDS, words that stand on the faulty line, words of the fault
FAULTS = {
    "pairs alike": ("prompt: Le CIP,", "prompt: L'encadrant,", "    pairs:", "est écrit deux fois"),
    "one pair": ("      - {prompt: L'encadrant, match: Le travail}\n", "", "    pairs:", "trop peu d'éléments"),
    "steps alike": ("[Protéger, Alerter, Secourir]", "[Protéger, protéger]", "    items:", "le même texte"),
    "one item to sort": ("[Brique, Tuile], feedback", "[], feedback", "    bins:", "au moins deux éléments"),
    "no gap": (
        "[[benne bois|benne B]] ; le verre, [[*à part#Oui.|avec le bois#Non.]]",
        "benne",
        "    body:",
        "aucun trou",
    ),
    "open gap": ("avec le bois#Non.]]", "avec le bois", "    body:", "n'est pas fermé"),
    "two stars": ("|avec le bois#Non.", "|*avec le bois", "    body:", "marquez une seule bonne réponse"),
    "no full answer": ("      - {text: diagnostic}\n", "", "answers:\n      - {text: bilan", "qui vaut 100 %"),
    "share": ("share: 50", "share: 150", "text: bilan", "plus grand que 100"),
    "negative tolerance": ("tolerance: 0.5", "tolerance: -1", "value: 12.5", "plus petit que 0"),
    "no unit": ("    unit: kg\n", "", "answers:\n      - {value", "indiquez l'unité"),
    "zone outside": ("x: 10, y: 5,", "x: 90, y: 5,", "    zones:", "sort de l'image"),
    "no zone to find": ("label: En bas, correct: true", "label: En bas", "    zones:", "la zone à trouver"),
    "no image to point at": ("    image: {src: porte.png, alt: Une façade.}\n", "", "  - id: zone", "image » manque"),
    "unknown image": (
        "src: porte.png, alt: Une façade",
        "src: x.png, alt: Une",
        "src: x.png",
        "« x.png » n'existe pas",
    ),
    "no alt": ("{src: porte.png, alt: Une façade.}", "{src: porte.png}", "{src: porte.png}", "texte de remplacement"),
    "scale with points": ("levels: [Je dé", "worth: 1\n    levels: [Je dé", "worth: 1\n", "worth » n'existe pas ici"),
    "one level": ("[Je découvre, Je sais faire, Je sais expliquer]", "[Je sais]", "    levels:", "trop peu d'éléments"),
    "case in a case": (
        "type: true_false\n        text: On",
        "type: case\n        text: On",
        "type: case\n        t",
        "ici",
    ),
    "fault in a case": (
        "        lesson: observer\n",
        "        lesson: rien\n",
        "lesson: rien",
        "« rien » n'existe pas",
    ),
    "id twice, in a case": ("id: cas-1", "id: unique", "id: unique\n        type", "« unique » est déjà"),
    "forced training": ("mode: certifying", "mode: training", "navigation:", "on revient librement"),
    "forced on one page": ("layout: one", "layout: all", "navigation:", "une question par page"),
    "no date": ("feedback_from: 2026-12-01\n", "", "id: tous", "à partir de quand"),
    "unknown mode": ("mode: certifying", "mode: examen", "mode: examen", "choisissez parmi : training, assessment"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_a_question_is_named_at_its_line(tmp_path: Path, case: str) -> None:
    old, new, where, words = FAULTS[case]
    assert old in ALL_KINDS
    changed = ALL_KINDS.replace(old, new)
    found = faults_of(make_pack(tmp_path, quiz_yaml=changed))
    line = changed[: changed.index(where)].count("\n") + 1
    assert [each for each in found if each[1] == line and words in each[2]], found
    assert len(found) == 1, found


@pytest.mark.parametrize(
    ("before", "after", "file", "words"),
    [
        (BEFORE, AFTER.replace("avant", "rien"), "03-apres.yaml", "aucun quiz « rien » ne vient avant celui-ci"),
        (BEFORE.replace("mode: positioning\n", ""), AFTER, "03-apres.yaml", "seul un positionnement reprend"),
        (BEFORE, AFTER + BEFORE[BEFORE.index("questions:") :], "03-apres.yaml", "laissez cette liste vide"),
        (BEFORE, AFTER.replace("repeats: avant\n", ""), "03-apres.yaml", "ajoutez au moins une question"),
        (BEFORE.replace("id: avant", "id: observer"), AFTER, "02-observer.md", "« observer » est déjà"),
    ],
)
def test_a_quiz_repeats_a_positioning_that_comes_before_it(tmp_path: Path, before, after, file, words) -> None:
    found = faults_of(make_pack(tmp_path, **{"00-avant.yaml": before, "03-apres.yaml": after}))
    assert [each for each in found if each[0] == file and words in each[2]], found


def test_open_questions_are_for_quizzes(tmp_path: Path) -> None:
    lesson = LESSON.replace("type: single", "type: open")
    (fault,) = faults_of(make_pack(tmp_path, lesson=lesson))
    assert "ce type de question n'existe pas ici" in fault[2]
    assert "categorize" in fault[2]
