"""Session plans in a browser: rows, saving by itself, an expired session, one printed A4."""

import re

import pytest
from playwright.sync_api import Page, expect

from .answering import ENCADRANT
from .conftest import DESKTOP, sign_in

SHARES_DEMO = True

NEW = "/fiches/seances/nouvelle/"
WORDS = "Vérifier que la lame est propre et sans jeu, tenir la pierre à vingt degrés, passer du talon vers la pointe. "
LINES = {"objective": 4, "audience": 5, "materials": 8, "gestures": 12, "safety": 10, "assessment": 8, "traces": 5}
LENGTHS = {
    "objective": 400,
    "audience": 250,
    "materials": 400,
    "gestures": 700,
    "safety": 500,
    "assessment": 500,
    "traces": 250,
}


def row(page: Page, place: int) -> None:
    """Add rows until there is one at this place, from 0."""
    while page.locator("[data-session-step]").count() <= place:
        page.get_by_role("button", name="Ajouter une étape").click()


def save(page: Page) -> None:
    page.locator(".session-save").get_by_role("button", name="Enregistrer").click()
    expect(page).to_have_url(re.compile(r"/fiches/seances/\d+/\?enregistree="))


def pages_of_paper(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True)))


def as_long_as_it_may_be(limit: int) -> str:
    return (WORDS * 10)[:limit].strip()


def as_many_lines_as_there_may_be(lines: int) -> str:
    return "\n".join(f"– geste {n}" for n in range(lines))


@pytest.mark.parametrize("filled", ["bare", "with words", "with lines"])
def test_a_plan_is_printed_on_one_a4_however_full(open_page, demo, filled):
    page = open_page(viewport=DESKTOP)
    sign_in(page, ENCADRANT, demo.password)
    page.goto(NEW)
    page.get_by_label("Titre de la séance").fill("Affûter un sécateur sans se blesser")
    page.locator("[name=objective]").fill("Être capable d'affûter un sécateur.")
    if filled != "bare":
        row(page, 7)
        expect(page.get_by_role("button", name="Ajouter une étape")).to_be_disabled()
        for name, limit in LENGTHS.items():
            lines = as_many_lines_as_there_may_be(LINES[name])
            page.locator(f"[name={name}]").fill(as_long_as_it_may_be(limit) if filled == "with words" else lines)
        for place in range(8):
            page.locator(f"[name=etape-{place}-phase]").fill(as_long_as_it_may_be(80))
            text = as_long_as_it_may_be(200) if filled == "with words" else as_many_lines_as_there_may_be(4)
            page.locator(f"[name=etape-{place}-trainer]").fill(text)
            page.locator(f"[name=etape-{place}-people]").fill(text)
    save(page)
    assert pages_of_paper(page) == 1


def test_a_plan_is_kept_by_the_device_when_the_session_expires(open_page, demo, axe_page):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    page.goto(NEW)
    axe_page(page)
    page.get_by_label("Titre de la séance").fill("Trier au quai")
    page.locator("[name=objective]").fill("Être capable de trier.")
    expect(page.locator("[data-session-state]")).to_have_text("Séance enregistrée.", timeout=10_000)
    row(page, 4)
    page.locator("[name=etape-4-phase]").fill("Étape de plus")
    page.locator("[name=etape-4-minutes]").fill("7")
    expect(page.locator("[data-session-timing]")).to_contain_text("Il manque 7 min.")
    page.locator("[data-session-step]").nth(4).get_by_role("button", name="Monter").click()
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Titre de la séance").fill("Trier au quai, le matin")
    expect(page.locator("[data-session-state]")).to_contain_text("Votre session a expiré", timeout=10_000)
    address = page.locator("[data-session-form]").get_attribute("action")
    sign_in(page, ENCADRANT, demo.password)
    page.goto(address)
    page.get_by_role("button", name="Le reprendre").click()
    expect(page.get_by_label("Titre de la séance")).to_have_value("Trier au quai, le matin")
    expect(page.locator("[name=etape-3-phase]")).to_have_value("Étape de plus")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Trier au quai, le matin")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('seance:'))") == []
    axe_page(page)
