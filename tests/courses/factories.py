"""Factories of pages: a module with its lessons and its quiz, standing in a federation's space."""

import datetime
import uuid

from wagtail.models import Page, Site

from courses.catalog.models import CatalogPage, CoursePage, FederationPage, LessonPage, Theme
from courses.progress.services import enrol
from courses.quizzes.models import QuizPage
from courses.quizzes.services import save_answers
from pages.models import HomePage
from tests.factories import FederationFactory


def make_home() -> HomePage:
    """Return the home page, the root of the default site."""
    home = HomePage.objects.first()
    if home is None:
        root = Page.objects.get(depth=1)
        home = root.add_child(instance=HomePage(title="Se former entre encadrants", slug="accueil", lead="Bienvenue."))
        Site.objects.all().delete()
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True, site_name="Réseau ETI")
    return home


def make_catalog() -> CatalogPage:
    return CatalogPage.objects.first() or make_home().add_child(
        instance=CatalogPage(title="Formations", slug="formations")
    )


def make_space(federation=None) -> FederationPage:
    federation = federation or FederationFactory()
    existing = FederationPage.objects.filter(federation=federation).first()
    return existing or make_catalog().add_child(
        instance=FederationPage(title=federation.name, slug=federation.slug, federation=federation)
    )


def make_course(space=None, *, lessons=0, quiz=False, **fields) -> CoursePage:
    """Return a published module; `lessons` and `quiz` add published activities."""
    number = CoursePage.objects.count() + 1
    themes = fields.pop("themes", None)
    values = {
        "title": f"Module {number}",
        "slug": f"module-{number}",
        "summary": "À quoi sert ce module.",
        "objectives": [("objective", "Repérer les signes")],
        "minutes": 60,
        "reviewed_on": datetime.date(2026, 11, 25),
    } | fields
    course = (space or make_space()).add_child(instance=CoursePage(**values))
    if themes is not None:
        course.themes.set(themes)
        course.save()
    for _number in range(lessons):
        make_lesson(course)
    if quiz:
        make_quiz(course)
    return course


def make_theme(slug="publics") -> Theme:
    return Theme.objects.get_or_create(slug=slug, defaults={"title": slug.capitalize()})[0]


def single(text="Que faites-vous ?", *, right="Je protège", wrong=("Je crie",), worth="1", **extra) -> dict:
    """Return the raw value of a single-choice question whose option ids are `right`, `wrong-0`…"""
    options = [{"type": "item", "id": "right", "value": {"text": right, "correct": True, "feedback": "Oui."}}]
    options += [
        {"type": "item", "id": f"wrong-{i}", "value": {"text": w, "correct": False, "feedback": f"Non ({i})."}}
        for i, w in enumerate(wrong)
    ]
    value = {
        "text": text,
        "image": None,
        "options": options,
        "explanation": "Protéger d'abord.",
        "worth": worth,
        "lesson": None,
        "competences": [],
    } | extra
    return {"type": "single", "id": str(uuid.uuid4()), "value": value}


def multiple(text="Quels signes ?", *, right=2, wrong=1, worth="1") -> dict:
    """Return the raw value of a multiple-choice question whose option ids are `right-0`…, `wrong-0`…"""
    ids = [f"right-{i}" for i in range(right)] + [f"wrong-{i}" for i in range(wrong)]
    options = [
        {"type": "item", "id": i, "value": {"text": f"Choix {i}", "correct": i.startswith("right"), "feedback": ""}}
        for i in ids
    ]
    value = {
        "text": text,
        "image": None,
        "options": options,
        "explanation": "Voilà pourquoi.",
        "worth": worth,
        "lesson": None,
        "competences": [],
    }
    return {"type": "multiple", "id": str(uuid.uuid4()), "value": value}


def true_false(text="Le réemploi évite un déchet.", *, answer="true", worth="1") -> dict:
    value = {
        "text": text,
        "image": None,
        "answer": answer,
        "feedback_true": "",
        "feedback_false": "",
        "explanation": "Oui.",
        "worth": worth,
        "lesson": None,
        "competences": [],
    }
    return {"type": "true_false", "id": str(uuid.uuid4()), "value": value}


def make_lesson(course=None, *, body=None, **fields) -> LessonPage:
    course = course or make_course()
    number = course.get_children().count() + 1
    values = {"title": f"Leçon {number}", "slug": f"lecon-{number}", "minutes": 15} | fields
    lesson = LessonPage(**values)
    lesson.body = LessonPage.body.field.stream_block.to_python(
        body
        if body is not None
        else [{"type": "markdown", "id": str(uuid.uuid4()), "value": "## Sur le chantier\n\nTexte."}]
    )
    return course.add_child(instance=lesson)


def make_quiz(course=None, *, questions=None, **fields) -> QuizPage:
    course = course or make_course()
    number = course.get_children().count() + 1
    values = {"title": f"Quiz {number}", "slug": f"quiz-{number}", "minutes": 10, "pass_mark": 70} | fields
    quiz = QuizPage(**values)
    quiz.questions = QuizPage.questions.field.stream_block.to_python(
        [single(), multiple(), true_false()] if questions is None else questions
    )
    return course.add_child(instance=quiz)


def make_enrolment(user, course=None):
    return enrol(user, course or make_course(lessons=2, quiz=True))


def save_answer(attempt, number, response, *, flagged=False) -> None:
    """Save the answer to one question, as its page does."""
    save_answers(attempt, [(number, response, flagged)])
