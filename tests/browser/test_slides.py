"""A lesson that is read as slides: one title at a time, and still one page on paper and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from .answering import ENCADRANT
from .conftest import DESKTOP, PHONE, sign_in, step

SHARES_DEMO = True


@pytest.fixture(scope="module")
def slides(demo):
    """A module with such a lesson, in the demo site."""
    return step(demo, "slides")


def shown(page: Page):
    return page.locator("[data-slide]:visible")


def at(page: Page, number: int) -> None:
    expect(page.get_by_text(f"Diapositive {number} sur 4", exact=True)).to_be_visible()
    expect(shown(page)).to_have_count(1)


def wait_until_scrolled(page: Page, pixels: int) -> None:
    """Wait until the page has moved down that far. Playwright's own waiting evaluates text, which the CSP refuses."""
    for _try in range(100):
        if page.evaluate("window.scrollY") > pixels:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the page has not moved down by {pixels} px")


def go(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_slides_follow_each_other_and_the_focus_goes_along(open_page, slides, axe_page, viewport):
    page = open_page(viewport=viewport)
    page.goto(slides["lesson"])
    at(page, 1)
    expect(shown(page)).to_contain_text("Avant de commencer.")
    expect(page.get_by_role("button", name="Précédent", exact=True)).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".lesson-end")).to_be_hidden()
    axe_page(page)
    go(page, "Suivant")
    at(page, 2)
    expect(page).to_have_url(re.compile("#le-quai$"))
    expect(page.locator("#le-quai")).to_be_focused()
    axe_page(page)
    go(page, "Suivant")
    go(page, "Suivant")
    at(page, 4)
    expect(page.locator(".lesson-end")).to_be_visible()
    go(page, "Précédent")
    expect(page).to_have_url(re.compile("#le-tri$"))


def test_an_anchor_opens_its_slide(open_page, slides):
    page = open_page()
    page.goto(f"{slides['lesson']}#la-pesee")
    at(page, 4)
    page.get_by_text("Dans cette leçon").click()
    page.get_by_role("link", name="Le quai").click()
    at(page, 2)
    page.goto(f"{slides['lesson']}#q-00000000-0000-4000-8000-0000000000aa")
    at(page, 2)


def test_keys_turn_slides_but_not_where_they_have_something_to_do(open_page, slides):
    page = open_page(viewport=DESKTOP)
    page.goto(slides["lesson"])
    page.keyboard.press("ArrowRight")
    at(page, 2)
    page.get_by_label("juste", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    at(page, 2)
    page.locator("#le-quai").focus()
    page.keyboard.press("ArrowRight")
    at(page, 3)
    # The slide is longer than the screen: the key first shows the rest of it.
    page.keyboard.press("PageDown")
    at(page, 3)
    wait_until_scrolled(page, 300)
    page.keyboard.press("ArrowRight")
    at(page, 4)
    page.keyboard.press("ArrowRight")
    at(page, 4)


def test_a_question_is_checked_inside_its_slide(open_page, slides):
    page = open_page()
    page.goto(f"{slides['lesson']}#le-quai")
    page.get_by_label("juste", exact=True).check()
    go(page, "Vérifier ma réponse")
    expect(shown(page)).to_contain_text("Protéger d'abord.")
    at(page, 2)
    go(page, "Suivant")
    at(page, 3)


def test_the_reader_comes_back_to_the_slide_that_was_open(open_page, slides, demo):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    page.goto(slides["course"])
    page.get_by_role("button", name="Suivre ce module").first.click()
    page.goto(f"{slides['lesson']}#le-quai")
    with page.expect_response(lambda response: "/position/" in response.url):
        go(page, "Suivant")
    page.goto(slides["course"])
    link = page.get_by_role("link", name=re.compile("Continuer|Reprendre")).first
    expect(link).to_have_attribute("href", re.compile("#le-tri$"))
    link.click()
    at(page, 3)


def test_everything_is_on_one_page_when_asked_on_paper_and_without_javascript(open_page, slides):
    page = open_page()
    page.goto(slides["lesson"])
    go(page, "Tout voir sur une page")
    expect(shown(page)).to_have_count(4)
    go(page, "Voir en diapositives")
    expect(shown(page)).to_have_count(1)
    page.emulate_media(media="print")
    expect(shown(page)).to_have_count(4)
    expect(page.get_by_role("button", name="Suivant", exact=True)).to_be_hidden()
    plain = open_page(javascript=False)
    plain.goto(slides["lesson"])
    expect(shown(plain)).to_have_count(4)
    expect(plain.locator(".lesson-end")).to_be_visible()
