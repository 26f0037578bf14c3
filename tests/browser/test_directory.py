"""The members' directory on a phone, as axe-core sees it; the map with the keyboard."""

import pytest
from playwright.sync_api import expect

from .answering import ENCADRANT
from .conftest import sign_in

SHARES_DEMO = True

PAGES = ["/annuaire/", "/annuaire/carte/", "/annuaire/carte/13/", "/annuaire/reseaux/", "/annuaire/messages/"]


@pytest.mark.parametrize("address", [*PAGES, "/compte/annuaire/"])
def test_a_member_meets_no_obstacle_in_the_directory(open_page, axe_page, demo, signed_in, address):
    page = open_page(storage_state=signed_in)
    page.goto(address)
    axe_page(page)


def test_the_map_leads_to_a_department_with_the_keyboard(open_page, demo, signed_in):
    page = open_page(storage_state=signed_in)
    page.goto("/annuaire/carte/")
    page.locator('a.map__department[aria-label^="Bouches-du-Rhône"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bouches-du-Rhône")


def test_a_member_chooses_field_by_field_what_the_others_see(open_page, demo):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    page.goto("/compte/annuaire/")
    page.get_by_label("Je veux être dans l'annuaire").check()
    page.get_by_label("Montrer ma fonction").check()
    page.get_by_role("button", name="Enregistrer ma fiche").click()
    preview = page.locator("#apercu")
    expect(preview).to_contain_text("Encadrant(e) technique d'insertion")
    expect(preview).not_to_contain_text("Benali")
    page.get_by_role("button", name="Me retirer de l'annuaire").click()
    page.goto("/annuaire/")
    expect(page.locator("main")).to_contain_text("L'annuaire est encore vide")
