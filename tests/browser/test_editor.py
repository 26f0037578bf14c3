"""What an editor does with a question on an image in Wagtail's admin, in a browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import DESKTOP, sign_in
from .test_journeys import module_id

SHARES_DEMO = True


def sides(zone: Locator) -> list[float]:
    """Return what the fields of a zone hold: its place and its size, in hundredths of the image."""
    fields = [zone.locator(f"input[name$='-{side}']") for side in ("x", "y", "width", "height")]
    return [float(field.input_value().replace(",", ".")) for field in fields]


def drag(page: Page, stage: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the pointer over the image, from one place to another, in hundredths of it."""
    image = stage.locator("img")
    for _try in range(100):
        if image.evaluate("e => e.complete && e.naturalWidth > 0"):
            break
        page.wait_for_timeout(50)
    # Waits until the image stands still, in the view: the form moves while it fills.
    stage.hover(position=_place(stage, start), force=bool(stage.get_by_role("button").count()))
    page.mouse.down()
    stage.hover(position=_place(stage, end), force=True)
    page.mouse.up()


def _place(stage: Locator, hundredths: tuple[float, float]) -> dict[str, float]:
    box = stage.bounding_box()
    return {"x": box["width"] * hundredths[0] / 100, "y": box["height"] * hundredths[1] / 100}


def test_zones_drawn_by_pointer_and_by_keyboard_are_published_as_drawn(open_page, demo):
    page = open_page(viewport=DESKTOP)
    sign_in(page, "editrice@exemple.fr", demo.password)
    page.goto(f"/admin/pages/add/quizzes/quizpage/{module_id(page)}/")
    page.locator("#id_title").fill("Où est le danger ?")
    page.locator("#id_title").blur()
    page.get_by_role("button", name="Insérer un bloc").first.click()
    page.get_by_role("option", name="Zone sur image").click()
    question = page.locator(".hotspot-question")
    question.get_by_label("Question").fill("Montrez le danger.")
    question.get_by_role("button", name="Choisir une image").click()
    page.locator(".modal-body a.image-choice").first.click()
    stage, zones = question.locator(".hotspot-editor__stage"), question.locator(".question-row")
    drawn = stage.get_by_role("button")

    drag(page, stage, (10, 20), (40, 60))
    expect(drawn).to_have_count(1)
    assert sides(zones.first) == pytest.approx([10, 20, 30, 40], abs=0.3)
    drag(page, stage, (25, 30), (35, 35))
    assert sides(zones.first) == pytest.approx([20, 25, 30, 40], abs=0.3)

    question.get_by_role("button", name="Ajouter une zone").focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert sides(zones.last) == [17, 15, 20, 21]
    page.keyboard.press("Enter")
    page.keyboard.type("l'évier")
    expect(drawn.last).to_have_accessible_name("Zone 2 : l'évier")

    zones.first.get_by_label("Ce que montre la zone").fill("le chariot")
    zones.first.get_by_label("À trouver").check()
    zones.first.get_by_label("Largeur (%)").fill("12,5")
    expect(drawn.first).to_have_attribute("style", re.compile(r"width: 12\.5%"))
    expect(drawn.first).to_have_accessible_name("Zone 1 : le chariot, à trouver")
    kept = [sides(zone) for zone in zones.all()]

    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("button[name=action-publish]").click()
    expect(page.locator(".messages")).to_contain_text("publiée")
    page.locator(".messages").get_by_role("link", name="Voir", exact=True).last.click()
    expect(page.locator(".advice")).to_contain_text("Il n'y a pas d'explication")
    expect(drawn).to_have_count(2)
    assert [sides(zone) for zone in zones.all()] == kept
