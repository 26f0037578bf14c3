"""Each kind of page, as axe-core sees it on a phone."""

import re

import pytest
from playwright.sync_api import expect

SHARES_DEMO = True

MODULE = "/formations/reseau-eti/accompagner-publics-difficulte/"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/formations/",
        "/formations/?q=introuvable-xyz",
        "/formations/reseau-eti/",
        "/recherche/?q=addiction",
        "/forum/",
        "/forum/questions-modules/",
        "/compte/connexion/",
        "/compte/inscription/",
        "/compte/mot-de-passe/oublie/",
        "/mentions-legales/",
        "/donnees-personnelles/",
        "/accessibilite/",
        "/aide/",
        "/nulle-part/",
        MODULE,
    ],
)
def test_a_visitor_meets_no_obstacle(open_page, axe_page, address):
    page = open_page()
    page.goto(address)
    axe_page(page)


@pytest.mark.parametrize(
    "address",
    ["/compte/", "/compte/profil/", "/compte/supprimer/", "/compte/mot-de-passe/", "/mon-parcours/", "/forum/nouveau/"],
)
def test_a_member_meets_no_obstacle(open_page, signed_in, axe_page, address):
    page = open_page(color_scheme="dark", storage_state=signed_in)
    page.goto(address)
    expect(page).to_have_url(re.compile(f"{address}$"))
    axe_page(page)
