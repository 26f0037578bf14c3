"""Practice sheets in a browser: written on a phone, reviewed in the admin, tried by another, printed on one A4."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import DESKTOP, sign_in

SHARES_DEMO = True

AUTHOR, REVIEWER, PEER = "encadrant@exemple.fr", "editrice@exemple.fr", "paire@exemple.fr"
SHEET = "/pratiques/reseau-eti/ranger-les-outils-silhouettes/"
WORDS = "Nous posons les outils au sol, puis nous regardons ensemble ce qui manque avant de partir. "
LENGTHS = {
    "summary": 250,
    "problem": 800,
    "context": 1200,
    "audience": 400,
    "materials": 800,
    "cost": 200,
    "safety": 800,
    "before": 600,
    "after": 600,
    "reproducible": 500,
    "sources": 1500,
}


def pages_of_paper(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True)))


def full(limit: int) -> str:
    return (WORDS * 20)[:limit].strip()


def photo() -> dict:
    output = io.BytesIO()
    Image.new("RGB", (800, 600), "orange").save(output, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": output.getvalue()}


@pytest.mark.parametrize(
    "address", ["/pratiques/", "/pratiques/?q=introuvable-xyz", SHEET, "/fiches/recueils/", "/pratiques/reseau-eti/"]
)
def test_a_visitor_meets_no_obstacle(open_page, axe_page, address):
    page = open_page()
    page.goto(address)
    axe_page(page)


def test_a_member_meets_no_obstacle(open_page, signed_in, axe_page):
    page = open_page(color_scheme="dark", storage_state=signed_in)
    for address in ("/fiches/proposer/", "/fiches/mes-fiches/", SHEET):
        page.goto(address)
        axe_page(page)
    page.get_by_role("link", name="Imprimer").click()
    expect(page.locator("main svg")).to_be_visible()
    axe_page(page)


@pytest.mark.parametrize(
    "name", ["ranger-les-outils-silhouettes", "preparer-les-jours-de-forte-chaleur", "quart-d-heure-securite"]
)
def test_a_starter_sheet_is_printed_on_one_a4_without_a_word_lost(open_page, name):
    page = open_page(viewport=DESKTOP)
    page.goto(f"/pratiques/reseau-eti/{name}/")
    page.get_by_role("link", name="Imprimer").click()
    assert pages_of_paper(page) == 1
    assert holds_all(page)


def holds_all(page: Page) -> bool:
    """Whether nothing that is printed goes beyond its columns."""
    return page.evaluate(
        "(() => { const c = document.querySelector('.a4__columns');"
        " return c.scrollWidth <= c.clientWidth + 1 && c.scrollHeight <= c.clientHeight + 1; })()"
    )


def test_a_long_sheet_is_written_reviewed_published_tried_and_printed_on_one_a4(open_page, demo, axe_page):
    title = "Sortir le matériel sans rien oublier"
    page = open_page()
    sign_in(page, AUTHOR, demo.password)
    page.goto("/fiches/proposer/")
    page.get_by_label("Titre de la fiche").fill(title)
    page.get_by_role("button", name="Commencer").click()
    page.locator("[name=summary]").fill(full(LENGTHS["summary"]))
    expect(page.locator("[data-sheet-state]")).to_contain_text("Brouillon enregistré", timeout=8000)
    page.reload()
    expect(page.locator("[name=summary]")).to_have_value(full(LENGTHS["summary"]))
    axe_page(page)
    for name, limit in LENGTHS.items():
        page.locator(f"[name={name}]").fill(full(limit))
    for place in range(12):
        if page.locator(f"[name=step-{place}-title]").count() == 0:
            page.get_by_role("button", name="Ajouter une étape").click()
        page.locator(f"[name=step-{place}-title]").fill(full(100))
        page.locator(f"[name=step-{place}-text]").fill(full(600))
    page.get_by_text("Ajouter une photo", exact=True).click()
    page.locator("[name=photo-file]").set_input_files(photo())
    page.get_by_label("Ce qu'on y voit").last.fill("Des outils alignés sur une bâche")
    page.get_by_label("Personne n'est reconnaissable").check()
    page.get_by_role("button", name="Ajouter cette photo").click()
    expect(page.locator("main")).to_contain_text("La photo est ajoutée")
    page.get_by_label(re.compile("J'accepte")).check()
    page.get_by_label("Réseau des ETI", exact=True).check()
    page.get_by_role("button", name="Envoyer en relecture").click()
    expect(page.locator("main")).to_contain_text("En relecture")

    reviewer = open_page(viewport=DESKTOP)
    sign_in(reviewer, REVIEWER, demo.password)
    reviewer.goto("/admin/fiches-a-relire/")
    reviewer.get_by_role("link", name=title).click()
    expect(reviewer.locator("body")).to_contain_text("Auteurs cités")
    reviewer.get_by_role("button", name="Plus d'actions").last.click()
    reviewer.get_by_role("button", name="Publier la fiche").click()
    expect(reviewer).to_have_url(re.compile(r"/admin/pages/\d+/$"), timeout=20_000)

    page.goto("/fiches/mes-fiches/")
    expect(page.locator(".sheet-own").first).to_contain_text("Publiée")
    page.get_by_role("link", name="Voir la fiche").first.click()
    expect(page.get_by_alt_text("Des outils alignés sur une bâche")).to_be_visible()
    axe_page(page)
    address = page.url

    peer = open_page()
    sign_in(peer, PEER, demo.password)
    peer.goto(address)
    peer.get_by_role("link", name="Je l'ai essayé").click()
    peer.get_by_label("Ça a marché").check()
    peer.get_by_label("Ce qui s'est passé").fill("Rien n'est resté au dépôt.")
    peer.get_by_role("button", name="Raconter mon essai").click()
    expect(peer.locator("main")).to_contain_text("1 essai")
    expect(peer.locator("main")).to_contain_text("Rien n'est resté au dépôt.")
    axe_page(peer)

    paper = open_page(viewport=DESKTOP)
    paper.goto(address)
    paper.get_by_role("link", name="Imprimer").click()
    expect(paper.locator("main")).to_contain_text("Texte abrégé")
    assert pages_of_paper(paper) == 1
    assert holds_all(paper)
