"""Quizzes as people take them: by keyboard alone, by touch, without JavaScript, in training, in a forced order."""

import re

from playwright.sync_api import Page, expect

from . import answering
from .answering import ENCADRANT, begin, press, title
from .conftest import DESKTOP, sign_in
from .quiz_site import KINDS

SHARES_DEMO = True


def answer_the_case(page: Page) -> None:
    """Answer the two questions of the case that follows the kinds, and check that the situation is shown."""
    for label in ("juste", "Vrai"):
        expect(page.get_by_text("Karim arrive en retard")).to_be_visible()
        page.get_by_label(label, exact=True).check()
        page.get_by_role("button", name=re.compile("^Enregistrer")).click()


def finish(page: Page) -> None:
    """End the attempt, compare the open answer with its model, and meet full marks."""
    press(page, "Terminer et voir le résultat")
    expect(title(page)).to_have_text("Réponses enregistrées")
    for row in page.locator(".grid-form fieldset").all():
        row.get_by_label("tout à fait").check()
    press(page, "Noter ma réponse")
    expect(title(page)).to_have_text("Quiz réussi")
    expect(page.locator(".score__value")).to_have_text(re.compile(r"100\s%"))


def test_each_kind_of_question_is_answered_by_keyboard_alone(open_page, demo, quizzes):
    page = open_page(viewport=DESKTOP)
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["kinds"]["url"])
    for number, kind in enumerate(KINDS, 1):
        expect(title(page)).to_have_text(f"Question {number} sur {len(KINDS) + 2}")
        answering.by_keyboard(page, page.locator("fieldset.ask"), kind)
        expect(page.get_by_text("Réponse enregistrée.")).to_be_visible()
        answering.focus(page, page.get_by_role("button", name="Enregistrer et continuer"))
        page.keyboard.press("Enter")
    answer_the_case(page)
    expect(page.get_by_text("Toutes les questions ont une réponse.")).to_be_visible()
    finish(page)


def test_each_kind_of_question_is_answered_by_touch_on_a_phone(open_page, demo, quizzes, axe_page):
    page = open_page(has_touch=True)
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["kinds"]["url"])
    for number, kind in enumerate(KINDS, 1):
        expect(title(page)).to_have_text(f"Question {number} sur {len(KINDS) + 2}")
        axe_page(page)
        answering.by_touch(page, page.locator("fieldset.ask"), kind)
        page.get_by_role("button", name="Enregistrer et continuer").tap()
    answer_the_case(page)
    axe_page(page)
    finish(page)
    axe_page(page)


def test_all_the_questions_on_one_page_work_without_javascript(open_page, demo, quizzes):
    page = open_page(javascript=False)
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["all"]["url"])
    boxes = page.locator("fieldset.ask")
    expect(boxes).to_have_count(len(KINDS) + 2)
    for number, kind in enumerate(KINDS):
        answering.answer(page, boxes.nth(number), answering.WORDS[kind])
    boxes.nth(len(KINDS)).get_by_label("juste", exact=True).check()
    boxes.nth(len(KINDS) + 1).get_by_label("Vrai", exact=True).check()
    press(page, "Enregistrer et voir le récapitulatif")
    expect(page.get_by_text("Toutes les questions ont une réponse.")).to_be_visible()
    finish(page)


def test_a_training_quiz_corrects_at_once_and_lets_one_try_again(open_page, demo, quizzes, axe_page):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["training"]["url"])
    page.get_by_label("faux", exact=True).check()
    press(page, "Vérifier ma réponse")
    expect(page.get_by_text("Ce n'est pas la bonne réponse.")).to_be_visible()
    axe_page(page)
    press(page, "Réessayer")
    page.get_by_label("juste", exact=True).check()
    press(page, "Vérifier ma réponse")
    expect(page.get_by_text("C'est juste.")).to_be_visible()
    page.get_by_role("link", name="Question suivante").click()
    expect(title(page)).to_have_text("Question 2 sur 3")


def test_in_a_forced_order_a_question_left_behind_does_not_come_back(open_page, demo, quizzes):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["forced"]["url"])
    first = page.url
    page.get_by_label("juste", exact=True).check()
    press(page, "Valider et continuer")
    expect(title(page)).to_have_text("Question 2 sur 3")
    page.goto(first)
    expect(title(page)).to_have_text("Question 2 sur 3")
    press(page, "Valider et continuer")
    press(page, "Enregistrer et voir le récapitulatif")
    press(page, "Terminer et voir le résultat")
    expect(page.get_by_text("Ce quiz ne montre pas son corrigé.")).to_be_visible()
    expect(page.get_by_text("Protéger d'abord")).to_have_count(0)
