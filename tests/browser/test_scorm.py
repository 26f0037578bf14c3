"""SCORM and cmi5 packages as people play them: answered, left, taken up again in another browser, cut off, in parts."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .conftest import DESKTOP, reported_to_the_federation, start_demo, step, wait_until_ready

SHARES_DEMO = True


@pytest.fixture(scope="module")
def packages(demo):
    """The addresses of the activities with packages, in the demo site."""
    return step(demo, of="scorm_site")


@pytest.fixture
def browse(open_page, signed_in):
    """Return a function that opens a page of another browser, signed in."""
    return lambda **options: open_page(viewport=DESKTOP, storage_state=signed_in, **options)


def play(page: Page, address: str, part: str = "") -> FrameLocator:
    """Open an activity, launch it or one of its parts, and return its frame."""
    page.goto(address)
    if part:
        page.get_by_role("link", name=part, exact=True).click()
    else:
        page.get_by_role("link", name=re.compile("^Lancer")).click()
    return page.frame_locator("iframe.activity__frame")


def press(frame: FrameLocator, name: str) -> None:
    frame.get_by_role("button", name=name, exact=True).click()


def reported(page: Page):
    """Wait for the site to have taken in a report that holds cmi data."""
    return page.expect_response(
        lambda answer: "/resultats/" in answer.url and "cmi" in (answer.request.post_data or "")
    )


def test_a_scorm_12_package_is_left_and_taken_up_again_in_another_browser(browse, browser, demo, packages):
    page = browse()
    frame = play(page, packages["storyline"])
    expect(frame.locator("#entree")).to_have_text("ab-initio")
    expect(frame.locator("#nom")).not_to_be_empty()
    with reported(page):
        press(frame, "Noter ma page")
    page.context.close()
    page = browse()
    frame = play(page, packages["storyline"])
    expect(frame.locator("#entree")).to_have_text("resume")
    expect(frame.locator("#place")).to_have_text("page 2")
    expect(frame.locator("#memoire")).to_have_text("64000")
    press(frame, "Répondre juste")
    press(frame, "Quitter")
    expect(frame.locator("#fin")).to_have_text("terminé")
    expect(page.locator("[data-status]")).to_contain_text("80")
    page.goto("/mon-parcours/")
    expect(page.locator("main")).to_contain_text(re.compile(r"Paquet storyline.*80", re.DOTALL))
    told = reported_to_the_federation(browser, demo, packages["numbers"]["storyline"])
    assert re.search(r"Karim Benali .*faite 80\s%", told), told


def test_a_scorm_2004_package_survives_a_tab_that_closes(browse, packages):
    page = browse()
    frame = play(page, packages["captivate"])
    expect(frame.locator("#entree")).to_have_text("ab-initio")
    press(frame, "Noter ma page")
    expect(frame.locator("#place")).to_have_text("page 2")
    press(frame, "Répondre juste")
    # Set, and not yet committed.
    page.frames[-1].evaluate("set('cmi.location', 'page 3')")
    page.close()
    page = browse()
    page.goto(packages["captivate"])
    expect(page.locator("[data-status]")).to_contain_text("80")
    frame = play(page, packages["captivate"])
    expect(frame.locator("#entree")).to_have_text("resume")
    expect(frame.locator("#place")).to_have_text("page 3")


def test_what_is_answered_without_a_connection_arrives_when_it_is_back(browse, packages):
    page = browse()
    frame = play(page, packages["ispring"])
    expect(frame.locator("#place")).to_have_text("début")
    page.context.set_offline(True)
    press(frame, "Répondre juste")
    expect(page.locator("[data-status]")).to_contain_text("Pas de connexion")
    page.context.set_offline(False)
    expect(page.locator("[data-status]")).to_contain_text("80")


def test_the_parts_of_a_package_open_one_after_the_other(browse, packages):
    page = browse()
    parts = page.locator(".activity__items")
    frame = play(page, packages["several"], "Les risques")
    expect(parts.get_by_role("link")).to_have_text(["Les risques", "Le mémo"])
    press(frame, "Répondre juste")
    expect(parts.get_by_text("réussi")).to_have_count(1)
    parts.get_by_role("link", name="Les gestes", exact=True).click()
    expect(frame.get_by_role("heading", name="Partie 2")).to_be_visible()
    press(frame, "Répondre juste")
    expect(parts.get_by_text("réussi")).to_have_count(2)
    parts.get_by_role("link", name="Le mémo", exact=True).click()
    expect(frame.get_by_text("À retenir.")).to_be_visible()
    frame = play(page, packages["several"], "Le bilan")
    press(frame, "Répondre juste")
    expect(page.locator("[data-status]")).to_contain_text("Activité faite")
    expect(parts.get_by_text("terminé")).to_have_count(2)


def test_a_cmi5_package_speaks_to_the_site_and_is_taken_up_again(browse, packages):
    page = browse()
    frame = play(page, packages["cmi5"])
    expect(frame.locator("#place")).to_have_text("début")
    press(frame, "Noter ma page")
    expect(frame.locator("#place")).to_have_text("page 2")
    press(frame, "Répondre juste")
    expect(frame.locator("#etat")).to_contain_text("completed 200")
    page = browse()
    frame = play(page, packages["cmi5"])
    expect(frame.locator("#place")).to_have_text("page 2")
    page.goto("/mon-parcours/")
    expect(page.locator("main")).to_contain_text(re.compile(r"Paquet cmi5.*80", re.DOTALL))


def test_a_package_with_frames_inside_runs_on_a_host_of_its_own(browser, demo, packages, signed_in, monkeypatch):
    port = int(demo.url.rpartition(":")[2]) + 1
    monkeypatch.setenv("PLAYER_ORIGIN", f"http://localhost:{port}")
    process, output = start_demo(demo.var, port)
    try:
        wait_until_ready(process, output, port)
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}", storage_state=signed_in, locale="fr-FR")
        page = context.new_page()
        outer = play(page, packages["rise"])
        inner = outer.frame_locator("iframe")
        expect(inner.locator("#place")).to_have_text("début")
        with reported(page):
            press(inner, "Noter ma page")
        with reported(page):
            press(inner, "Terminer")
        expect(page.locator("[data-status]")).to_contain_text("Activité faite")
        context.close()
    finally:
        process.terminate()
        process.wait(timeout=20)
