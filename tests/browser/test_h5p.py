"""H5P contents as people play them: each sample, by keyboard, resumed in another browser; a hostile one is harmless."""

import json
import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .answering import ENCADRANT
from .conftest import DESKTOP, reported_to_the_federation, step

SHARES_DEMO = True


@pytest.fixture(scope="module")
def contents(demo):
    """The addresses of the activities with H5P contents, in the demo site."""
    return step(demo, "build", of="h5p_site")


def play(page: Page, address: str) -> FrameLocator:
    """Open an activity, which starts by itself when it is in sight, and return its frame."""
    page.goto(address)
    page.locator("[data-activity]").scroll_into_view_if_needed()
    return page.frame_locator("iframe.activity__frame")


def forgive(page: Page, fault: str) -> None:
    """Take faults that this test is about from the list that no page may have."""
    page.faults = [each for each in page.faults if fault not in each]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("interactive-content-2260", "Vollmilch besteht aus 5 Teilen Kakao"),
        ("valid3-3-images", "earth1"),
        ("greetingcard1", "Meilleurs voeux!"),
        ("valid2", "Meilleurs voeux!"),
        ("xss-svg", "Oslo is the capital of"),
    ],
)
def test_a_good_sample_plays(open_page, contents, name, text):
    page = open_page()
    frame = play(page, contents[name])
    expect(frame.locator("body")).to_contain_text(text)
    if name == "interactive-content-2260":
        # Its video is on YouTube, which nothing here speaks to before a click.
        expect(page.locator("[data-link]")).to_contain_text("youtu.be – Ouvrir dans un nouvel onglet")
    forgive(page, "https://www.youtube.com/iframe_api")


def test_an_activity_that_takes_its_time_says_that_it_loads_and_stays_readable(open_page, contents, axe_page):
    page = open_page()
    held = []
    page.route("**/jouer/**", lambda route: held.append(route))  # noqa: PLW0108  (playwright marks what it is given)
    page.goto(contents["standalone-test"])
    page.locator("[data-activity]").scroll_into_view_if_needed()
    expect(page.locator("[data-status]")).to_have_text("L'activité se charge…")
    axe_page(page)
    held[0].abort()
    expect(page.locator("[data-status]")).to_contain_text("n'a pas pu être lancée")
    forgive(page, "jouer/")
    page.unroute("**/jouer/**")
    page.get_by_role("link", name=re.compile("Lancer l'activité")).click()
    expect(page.locator("iframe.activity__frame")).to_be_visible()
    expect(page.locator("[data-status]")).to_have_text("")


def test_a_right_answer_shows_its_score_in_mon_parcours_and_to_the_federation(
    open_page, browser, demo, contents, signed_in, axe_page
):
    page = open_page(storage_state=signed_in)
    frame = play(page, contents["standalone-test"])
    axe_page(page)
    frame.get_by_role("radio", name="Faux").click()
    frame.get_by_role("button", name=re.compile("Vérifier")).click()
    expect(page.locator("[data-status]")).to_contain_text(re.compile(r"meilleur score\s: 100\s%.*Activité faite"))
    page.goto("/mon-parcours/")
    row = page.locator("li", has=page.get_by_role("link", name="Vrai ou faux"))
    expect(row).to_contain_text(re.compile(r"100\s%\s*fait"))
    axe_page(page)
    page.goto(contents["standalone-test"])
    page.get_by_role("link", name="Voir mes réponses").click()
    expect(page.get_by_role("article")).to_contain_text("Is this false?")
    expect(page.get_by_role("article")).to_contain_text("Votre réponse : Faux")
    axe_page(page)
    kept = step(demo, "registrations", ENCADRANT, of="h5p_site")["vrai-ou-faux"]
    assert kept["score"] == 1
    assert kept["done"]
    told = reported_to_the_federation(browser, demo, contents["numbers"]["standalone-test"])
    assert re.search(r"Karim Benali .*faite 100\s%", told), told


def test_what_is_answered_inside_a_column_is_recorded_under_the_one_activity(open_page, demo, contents, signed_in):
    page = open_page(viewport=DESKTOP, storage_state=signed_in)
    frame = play(page, contents["interactive-content-2260"])
    blanks = frame.locator(".h5p-blanks")
    for gap in blanks.locator("input.h5p-text-input").all():
        gap.fill("rien de juste")
    with page.expect_response(re.compile("/contenus/resultats/")):
        blanks.get_by_role("button", name=re.compile("Vérifier|Check|Überprüfen")).first.click()
    kept = step(demo, "registrations", ENCADRANT, of="h5p_site")["interactive-content-2260"]
    whole = f"/activites/{contents['numbers']['interactive-content-2260']}/"
    parts = [part for part, parent, _verb in kept["statements"] if "subContentId" in part and parent.endswith(whole)]
    assert parts
    forgive(page, "https://www.youtube.com/iframe_api")


def test_words_are_placed_by_keyboard_and_found_again_in_another_browser(open_page, contents, signed_in):
    page = open_page(viewport=DESKTOP, storage_state=signed_in)
    frame = play(page, contents["drag-text"])
    for word, zone in (("blue", 0), ("red", 1)):
        frame.locator(".ui-draggable", has_text=word).press("Enter")
        frame.locator("[aria-dropeffect]").nth(zone).press("Enter")
    expect(frame.locator(".h5p-drag-dropped")).to_have_count(2)
    # What was done since the last report goes with a beacon, as the page is left.
    page.goto("/mon-parcours/")
    page.wait_for_timeout(500)
    other = open_page(viewport=DESKTOP, storage_state=signed_in)
    frame = play(other, contents["drag-text"])
    expect(frame.locator(".h5p-drag-dropped")).to_have_count(2)
    frame.locator(".ui-draggable", has_text="orange").press("Enter")
    frame.locator("[aria-dropeffect]").nth(2).press("Enter")
    frame.get_by_role("button", name="Vérifier").press("Enter")
    expect(other.locator("[data-status]")).to_contain_text(re.compile(r"meilleur score\s: 100\s%"))


def test_an_activity_inside_a_lesson_waits_until_it_is_in_sight(open_page, contents):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    frame = play(page, contents["lesson"])
    expect(frame.get_by_text("What are the colors of these berries")).to_be_visible()
    assert [url for url in asked if "/contenus/resultats/" in url] == []


def test_without_javascript_the_essential_is_there_as_text(open_page, contents):
    page = open_page(javascript=False)
    page.goto(contents["drag-text"])
    # Playwright finds no text inside <noscript>, so it is named by its place.
    told = page.locator("[data-activity] noscript")
    expect(told.locator("> p")).to_be_visible()
    assert "a besoin de JavaScript" in told.inner_text()
    assert "Les myrtilles sont bleues." in told.inner_text()
    expect(page.get_by_role("link", name=re.compile("^Lancer"))).to_have_count(0)


def test_a_hostile_content_does_no_harm(open_page, demo, contents, signed_in):
    page = open_page(viewport=DESKTOP, storage_state=signed_in)
    asked = []
    page.context.on("response", lambda response: asked.append(response.request))
    frame = play(page, contents["hostile"])
    for each in ("image", "script", "account", "elsewhere"):
        expect(frame.locator(".tried")).to_contain_text(f'"{each}"')
    with page.expect_response(re.compile("/contenus/resultats/")):
        pass
    said = json.loads(frame.locator(".tried").inner_text())
    assert set(said.values()) <= {"refused", "sent"}, said
    assert page.url.endswith(contents["hostile"])
    assert len(page.context.pages) == 1
    assert page.title() != "pris"
    assert page.locator("iframe").bounding_box()["height"] <= 20_000
    # A link that it proposes waits for a click, and tells where it leads.
    expect(page.locator("[data-link]")).to_contain_text("example.com")
    expect(page.locator("[data-link] a")).to_have_attribute("href", "https://example.com/open")
    assert [request.url for request in asked if not request.url.startswith(demo.url)] == []
    framed = [request for request in asked if request.frame != page.main_frame]
    assert {request.headers.get("cookie") for request in framed} == {None}
    page.goto("/compte/")
    expect(page).to_have_url(re.compile("/compte/$"))
    kept = step(demo, "registrations", ENCADRANT, of="h5p_site")
    own = f"/activites/{contents['numbers']['hostile']}/"
    assert kept["hostile"]["score"] is None
    assert {activity[-len(own) :] for activity, _parent, _verb in kept["hostile"]["statements"]} <= {own}
    # Each refusal is told in the console.
    page.faults.clear()
