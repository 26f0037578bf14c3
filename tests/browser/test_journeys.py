"""What people do here, from end to end, as they do it."""

import re
import uuid
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from . import answering
from .conftest import DESKTOP, DemoSite, sign_in

SHARES_DEMO = True
MODULE = "/formations/reseau-eti/accompagner-publics-difficulte/"
LESSON = re.compile("rôle", re.IGNORECASE)
PASSWORD = "truelle-et-brouette-42"
# In the order of their places, in the activity of the module.
WORDS = ["décrit", "reformule", "se tait", "pose la limite", "offre un choix", "questionne"]


def button(page: Page, name: str):
    return page.get_by_role("button", name=name)


def sign_up(page: Page, demo: DemoSite, first_name: str) -> str:
    """Make an account up to the profile; return its address."""
    address = f"{first_name.lower()}-{uuid.uuid4().hex[:8]}@exemple.fr"
    page.goto("/compte/inscription/")
    page.get_by_label("Prénom").fill(first_name)
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    button(page, "Créer mon compte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Regardez votre boîte aux lettres")
    link = re.search(r"http://\S+/compte/confirmer-adresse/\S+/", demo.mails_to(address)[-1])
    assert link
    page.goto(link[0])
    button(page, "Confirmer mon adresse").click()
    expect(page).to_have_url(re.compile("/compte/profil/"))
    return address


def fill_profile(page: Page) -> None:
    page.get_by_label("Fonction").select_option("eti")
    page.get_by_label("Département").select_option(label="Bouches-du-Rhône (13)")
    page.get_by_label("Type de structure").select_option("ACI")
    page.get_by_label("Nom de la structure").fill("Les Jardins du Pays d'Aix")
    page.locator("main form").get_by_role("button").first.click()


def answer_quiz(page: Page, known: dict | None) -> None:
    """Go through the questions, with the answers that are known, else without any, and end the attempt."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"Question 1 sur \d+|Les \d+ questions"))
    if "/questions/" in page.url:
        for box in page.locator("fieldset.ask").all() if known is not None else []:
            answering.answer(page, box, known[answering.plain(box.locator("legend").inner_text())])
        button(page, "Enregistrer et voir le récapitulatif").click()
        finish_quiz(page)
        return
    total = int(heading.inner_text().rsplit(" ", 1)[1])
    if known is None:
        button(page, "Récapitulatif").click()
    for number in range(1, total + 1) if known is not None else []:
        expect(heading).to_have_text(f"Question {number} sur {total}")
        box = page.locator("fieldset.ask")
        answering.answer(page, box, known[answering.plain(box.locator("legend").inner_text())])
        page.locator("button[type=submit]").filter(has_text="Enregistrer").click()
    finish_quiz(page)


def finish_quiz(page: Page) -> None:
    """End the attempt, and mark one's own open answers."""
    button(page, "Terminer et voir le résultat").click()
    while page.locator(".grid-form").count():
        grid = page.locator(".grid-form").first
        for criterion in grid.locator("fieldset").all():
            criterion.get_by_label("tout à fait").check()
        grid.get_by_role("button").click()


def pass_quiz(page: Page, check_page) -> None:
    """Fail a quiz, learn from its corrections, and pass it."""
    button(page, "Commencer le quiz").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Question 1")
    check_page()
    answer_quiz(page, None)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pas encore réussi")
    check_page()
    known = dict(answering.learn(article) for article in page.locator("article.question").all())
    page.get_by_role("link", name="Refaire le quiz").click()
    button(page, "Recommencer le quiz").click()
    answer_quiz(page, known)
    expect(page.get_by_role("heading", level=1)).to_have_text("Quiz réussi")


def place_words(page: Page) -> None:
    """Put each word in its place, by keyboard; without JavaScript, read what the activity teaches."""
    without_javascript = page.locator("[data-activity] noscript")
    if without_javascript.locator("> p").is_visible():
        assert "Elle se tait" in without_javascript.inner_text()
        return
    page.locator("[data-activity]").scroll_into_view_if_needed()
    frame = page.frame_locator("iframe.activity__frame")
    for place, word in enumerate(WORDS):
        frame.locator(".ui-draggable", has_text=word).press("Enter")
        frame.locator("[aria-dropeffect]").nth(place).press("Enter")
    frame.get_by_role("button", name="Vérifier").press("Enter")
    expect(page.locator("[data-status]")).to_contain_text("Activité faite")


def take_activity(page: Page, check_page) -> None:
    """Do what the activity on the page asks: read a lesson, place words, place oneself, or pass a quiz."""
    if page.locator("[data-activity]").count():
        place_words(page)
        check_page()
    elif page.get_by_text("Comment ça se passe").count() == 0:
        button(page, "J'ai terminé cette leçon").click()
    elif page.get_by_text("faire le point, sans note à atteindre").count():
        button(page, "Commencer le quiz").click()
        answer_quiz(page, None)
        expect(page.get_by_role("heading", level=1)).to_have_text("Votre positionnement")
        check_page()
    else:
        pass_quiz(page, check_page)


def open_lesson(page: Page) -> None:
    """Open the first lesson from the page of the module."""
    page.goto(MODULE)
    page.locator(".activity-list a").filter(has_text=LESSON).first.click()
    expect(page.locator(".lesson-body")).to_be_visible()


def open_quiz(page: Page) -> None:
    """Open the final quiz from the page of the module."""
    page.goto(MODULE)
    page.locator(".activity-list li").filter(has_text="Quiz ·").get_by_role("link", name=re.compile("^Quiz")).click()


def take_the_module(page: Page, demo: DemoSite, check_page) -> None:
    """Sign up, place oneself, read, check oneself, fail then pass the quiz, reach 100 %, ask the forum."""
    sign_up(page, demo, "Samia")
    check_page()
    fill_profile(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon parcours")
    check_page()

    page.goto(MODULE)
    check_page()
    activities = [link.get_attribute("href") for link in page.locator(".activity-list a").all()]
    button(page, "Suivre ce module").click()
    for address in activities:
        page.goto(address)
        take_activity(page, check_page)

    page.goto(MODULE)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    expect(page.get_by_text(re.compile(r"\b(\d+) activités sur \1\b"))).to_be_visible()
    check_page()

    open_lesson(page)
    check_page()
    page.locator(".question--check .option").first.click()
    button(page, "Vérifier ma réponse").first.click()
    expect(page.locator(".question--check .explanation").first).to_be_visible()
    lesson = urlsplit(page.url).path
    page.get_by_role("link", name="Poser une question sur cette leçon").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lancer une discussion")
    check_page()
    page.get_by_label("Titre").fill("Comment en parler au CIP sans trahir la confiance ?")
    page.get_by_label("Message", exact=True).fill("Situation vue en **atelier** : que dire, et à qui ?")
    button(page, "Publier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Comment en parler au CIP")
    expect(page.locator(f'main a[href="{lesson}"]')).to_be_visible()
    check_page()


def test_an_encadrant_takes_a_module_from_sign_up_to_result_and_asks_a_peer(open_page, demo, axe_page):
    page = open_page()
    take_the_module(page, demo, lambda: axe_page(page))


def test_the_same_journey_works_without_javascript(open_page, demo):
    take_the_module(open_page(javascript=False), demo, lambda: None)


def test_one_comes_back_to_the_question_where_one_stopped_on_another_device(open_page, demo):
    phone = open_page()
    address = sign_up(phone, demo, "Karim")
    open_quiz(phone)
    button(phone, "Commencer le quiz").click()
    phone.locator(".option").first.click()
    expect(phone.get_by_text("Réponse enregistrée.")).to_be_visible()

    computer = open_page(viewport=DESKTOP)
    sign_in(computer, address, PASSWORD)
    open_quiz(computer)
    button(computer, "Reprendre le quiz").click()
    expect(computer.get_by_role("heading", level=1)).to_contain_text("Question 2 sur")
    button(computer, "Question précédente").click()
    expect(computer.locator("input[name=reponse]").first).to_be_checked()


def test_one_comes_back_to_the_title_where_one_stopped(open_page, demo):
    page = open_page()
    sign_up(page, demo, "Rosa")
    page.goto(MODULE)
    button(page, "Suivre ce module").click()
    open_lesson(page)
    heading = page.locator(".lesson-body h2").nth(2)
    anchor = heading.get_attribute("id")
    heading.scroll_into_view_if_needed()
    with page.expect_response("**/position/"):
        page.evaluate(
            "id => window.scrollTo({top: document.getElementById(id).offsetTop - 100, behavior: 'instant'})", anchor
        )
    page.goto("/mon-parcours/")
    expect(page.get_by_role("link", name=re.compile("^Continuer"))).to_have_attribute("href", re.compile(f"#{anchor}$"))


def module_id(editor: Page) -> str:
    """Find the module in the editor's own list of pages; return its number."""
    editor.goto(MODULE)
    title = editor.get_by_role("heading", level=1).inner_text()
    editor.goto("/admin/pages/")
    return re.search(r"/pages/(\d+)/", editor.get_by_role("link", name=title).first.get_attribute("href"))[1]


def test_an_editor_publishes_a_change_and_the_learner_sees_it_and_keeps_the_progress(open_page, demo):
    learner = open_page()
    sign_up(learner, demo, "Lucas")
    learner.goto(MODULE)
    button(learner, "Suivre ce module").click()
    open_lesson(learner)
    lesson = learner.url
    title = learner.get_by_role("heading", level=1).inner_text().replace("\xa0", " ")
    button(learner, "J'ai terminé cette leçon").click()
    expect(learner.get_by_text(re.compile(r"Étape [23] sur"))).to_be_visible()

    editor = open_page(viewport=DESKTOP)
    sign_in(editor, "editrice@exemple.fr", demo.password)
    editor.goto(f"/admin/pages/{module_id(editor)}/")
    editor.get_by_role("link", name=title, exact=True).first.click()
    summary = f"Résumé relu : {uuid.uuid4().hex[:6]}"
    editor.locator("#id_summary").fill(summary)
    editor.locator("footer [data-w-dropdown-target=toggle]").click()
    editor.locator("button[name=action-publish]").click()
    expect(editor.locator(".messages")).to_contain_text("publié")

    learner.goto(lesson)
    expect(learner.locator(".lead")).to_have_text(re.compile(summary.replace(" ", "\\s")))
    expect(learner.get_by_text("leçon terminée", exact=True)).to_be_visible()


def test_an_editor_writes_a_lesson_and_a_question_and_previews_them(open_page, demo):
    editor = open_page(viewport=DESKTOP)
    sign_in(editor, "editrice@exemple.fr", demo.password)
    editor.goto(f"/admin/pages/add/catalog/lessonpage/{module_id(editor)}/")
    title = f"Leçon d'essai {uuid.uuid4().hex[:6]}"
    editor.locator("#id_title").fill(title)
    editor.locator("#id_title").blur()
    editor.get_by_role("button", name="Insérer un bloc").first.click()
    editor.get_by_role("option", name="Vrai ou faux").click()
    editor.get_by_label("Question").last.fill("Un casque fendu se garde-t-il ?")
    editor.get_by_label("Explication").last.fill("Un casque qui a pris un choc se remplace.")
    editor.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(editor.locator(".messages")).to_contain_text(re.compile("créé"))
    draft = re.search(r"/pages/(\d+)/edit/", editor.url)[1]

    preview = editor.context.new_page()
    preview.goto(f"/admin/pages/{draft}/view_draft/")
    expect(preview.get_by_role("heading", level=1)).to_have_text(title)
    expect(preview.get_by_text("Un casque fendu se garde-t-il")).to_be_visible()
    visitor = open_page()
    visitor.goto(MODULE)
    expect(visitor.get_by_text(title)).to_have_count(0)
