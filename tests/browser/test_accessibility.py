"""Each kind of page, as axe-core sees it on a phone."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import sign_in

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


@pytest.fixture(scope="module")
def member_cookies(browser, demo):
    """The cookies of a member who has signed in, once for all the pages."""
    context = browser.new_context(base_url=demo.url, locale="fr-FR")
    sign_in(context.new_page(), "encadrant@exemple.fr", demo.password)
    cookies = context.cookies()
    context.close()
    return cookies


@pytest.mark.parametrize(
    "address",
    ["/compte/", "/compte/profil/", "/compte/supprimer/", "/compte/mot-de-passe/", "/mon-parcours/", "/forum/nouveau/"],
)
def test_a_member_meets_no_obstacle(open_page, member_cookies, axe_page, address):
    page = open_page(color_scheme="dark")
    page.context.add_cookies(member_cookies)
    page.goto(address)
    expect(page).to_have_url(re.compile(f"{address}$"))
    axe_page(page)
