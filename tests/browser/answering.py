"""How a person answers each kind of question: by keyboard alone, by touch, or with whatever the page shows."""

import re

from playwright.sync_api import Locator, Page, expect

WORDS = {
    "single": ["juste"],
    "multiple": ["a", "b"],
    "true_false": ["Vrai"],
    "matching": {
        "CIP": "construit le parcours",
        "ETI": "encadre la production",
        "Prescripteur": "oriente vers la structure",
    },
    "ordering": ["Protéger", "Examiner", "Alerter", "Secourir"],
    "categorize": {"bouilloire": "D3E", "perceuse": "D3E", "chaise": "Mobilier", "drap": "Textile"},
    "gap_text": ["agec", "2020", "équipement"],
    "short_answer": ["Economie circulaire"],
    "numerical": ["3,5"],
    "hotspot": ["câble", "flaque"],
    "scale": ["un peu"],
    "open": ["Je protège, j'alerte, je secours."],
}
"""The right answers to the questions of `tests.courses.questions.factories`."""

ENCADRANT = "encadrant@exemple.fr"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name=re.compile("^(Commencer|Reprendre|Recommencer) le quiz$")).click()


def title(page: Page):
    return page.get_by_role("heading", level=1)


def plain(text: str) -> str:
    return " ".join(text.split())


def focus(page: Page, target: Locator) -> None:
    """Reach a control with the Tab key, as who has no mouse does."""
    for _press in range(200):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def by_keyboard(page: Page, box: Locator, kind: str) -> None:  # noqa: C901  (a way for each kind)
    """Answer a question rightly without ever touching a pointer."""
    words = WORDS[kind]
    if kind in {"single", "true_false", "scale"}:
        group = box.locator("input[type=radio]")
        position = [plain(t) for t in box.locator(".option").all_inner_texts()].index(words[0])
        focus(page, group.first)
        page.keyboard.press("Space")
        for _step in range(position):
            page.keyboard.press("ArrowDown")
    elif kind in {"multiple", "hotspot"}:
        if kind == "hotspot":
            focus(page, box.locator("summary").filter(has_text="Répondre avec la liste"))
            page.keyboard.press("Enter")
        for word in words:
            focus(page, box.get_by_label(word, exact=True))
            page.keyboard.press("Space")
    elif kind in {"matching", "categorize"}:
        for prompt, choice in words.items():
            choose(page, box.get_by_label(prompt, exact=True), choice)
    elif kind == "ordering":
        for position, step in enumerate(words):
            row = box.locator(".ordering__row").filter(has_text=step)
            while row.evaluate("e => [...e.parentNode.children].indexOf(e)") > position:
                focus(page, row.get_by_role("button", name=re.compile("^Monter")))
                page.keyboard.press("Enter")
    else:
        fields = box.locator("input:not([type=hidden]), select, textarea")
        for number, word in enumerate(words):
            field = fields.nth(number)
            if field.evaluate("e => e.tagName") == "SELECT":
                choose(page, field, word)
            else:
                focus(page, field)
                page.keyboard.type(word)


def choose(page: Page, field: Locator, choice: str) -> None:
    """Go down a list with the arrow key until the choice is reached."""
    focus(page, field)
    for _press in range([plain(t) for t in field.locator("option").all_inner_texts()].index(choice)):
        page.keyboard.press("ArrowDown")


def by_touch(page: Page, box: Locator, kind: str) -> None:
    """Answer a question rightly with a finger."""
    words = WORDS[kind]
    if kind in {"single", "true_false", "scale", "multiple"}:
        for word in words:
            box.locator(".option").filter(has_text=re.compile(rf"^\s*{re.escape(word)}\s*$")).tap()
    elif kind == "hotspot":
        image = box.locator("[data-hotspot-image] img")
        image.scroll_into_view_if_needed()
        size = image.bounding_box()
        for x, y in ((0.1, 0.1), (0.5, 0.5)):
            image.tap(position={"x": size["width"] * x, "y": size["height"] * y})
        expect(box.locator(".hotspot__pin")).to_have_count(2)
    elif kind in {"matching", "categorize"}:
        for prompt, choice in words.items():
            box.get_by_label(prompt, exact=True).select_option(label=choice)
    elif kind == "ordering":
        for position, step in enumerate(words):
            row = box.locator(".ordering__row").filter(has_text=step)
            while row.evaluate("e => [...e.parentNode.children].indexOf(e)") > position:
                row.get_by_role("button", name=re.compile("^Monter")).tap()
    else:
        fill(box, words)


def fill(box: Locator, words: list[str]) -> None:
    """Fill the fields of a question in their order: lists by their words, the rest by typing."""
    fields = box.locator("input:not([type=hidden]), select, textarea")
    for number, word in enumerate(words):
        field = fields.nth(number)
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=word)
        else:
            field.fill(word)


def learn(article: Locator) -> tuple[str, list[str] | dict[str, str]]:
    """Read the right answer off a correction, as a learner would; return it with the words of the question."""
    kind = article.get_attribute("data-kind")
    text = plain(article.locator(".question__text").inner_text())
    if kind in {"single", "multiple", "true_false", "hotspot"}:
        return text, [plain(t) for t in article.locator(".answer--right > span:first-child").all_inner_texts()]
    if kind in {"matching", "categorize"}:
        rows = article.locator(".options > li").all()
        return text, {
            plain(row.locator("span").first.inner_text()): plain(row.locator(".answer__right strong").inner_text())
            for row in rows
        }
    if kind == "ordering":
        return text, [plain(row.locator("span").first.inner_text()) for row in article.locator(".options > li").all()]
    if kind == "gap_text":
        return text, [plain(t).removeprefix("Bonne réponse : ") for t in article.locator("ins").all_inner_texts()]
    if kind in {"short_answer", "numerical"}:
        right = plain(article.locator(".answer__right strong").inner_text())
        return text, [right.split(" (à ")[0].split(" ou ")[0]]
    return text, []


def answer(page: Page, box: Locator, right: list[str] | dict[str, str]) -> None:  # noqa: C901  (a way for each kind)
    """Answer a question with what `learn` has read, with or without JavaScript."""
    kind = box.get_attribute("data-kind")
    if kind in {"single", "multiple", "true_false"}:
        for option in box.locator(".option").all():
            if plain(option.inner_text()) in right:
                option.locator("input").check()
    elif kind == "hotspot":
        options = box.locator(".hotspot__list .option")
        if not options.first.is_visible():
            box.locator("summary").filter(has_text="Répondre avec la liste").click()
        for option in options.all():
            if plain(option.inner_text()) in right:
                option.locator("input").check()
    elif kind in {"matching", "categorize"}:
        for row in box.locator(".placing__row").all():
            wanted = right[plain(row.locator("label").inner_text())]
            labels = [plain(t) for t in row.locator("option").all_inner_texts()]
            row.locator("select").select_option(index=labels.index(wanted))
    elif kind == "ordering":
        order(box, right)
    elif kind == "gap_text":
        gaps = box.locator(".gaps input, .gaps select").all()
        for field, word in zip(gaps, right, strict=True):
            if field.evaluate("e => e.tagName") == "SELECT":
                labels = [plain(t) for t in field.locator("option").all_inner_texts()]
                field.select_option(index=labels.index(word))
            else:
                field.fill(word)
    elif kind in {"short_answer", "numerical"}:
        box.locator(".typed input").fill(right[0])
    elif kind == "scale":
        box.locator("input[type=radio]").last.check()
    else:
        box.locator("textarea").fill("Je protège la personne, puis je passe le relais.")


def order(box: Locator, right: list[str]) -> None:
    """Put steps in order, with the arrows where there are any, else with the lists of ranks."""
    arrows = box.get_by_role("button", name=re.compile("^Monter")).count() > 0
    for position, step in enumerate(right):
        rows = box.locator(".ordering__row").all()
        row = next(r for r in rows if plain(r.locator(".ordering__text").inner_text()) == step)
        if arrows:
            handle = row.element_handle()
            while handle.evaluate("e => [...e.parentNode.children].indexOf(e)") > position:
                handle.query_selector("button[aria-label^=Monter]").click()
        else:
            row.locator("select").select_option(str(position + 1))
