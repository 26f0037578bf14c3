"""What people do here, from end to end, as they do it."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESKTOP, DemoSite

MODULE = "/formations/reseau-eti/accompagner-publics-difficulte/"
PASSWORD = "truelle-et-brouette-42"


def button(page: Page, name: str):
    return page.get_by_role("button", name=name)


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto("/compte/connexion/")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Mot de passe").fill(password)
    page.locator("main").get_by_role("button", name="Se connecter").click()


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
    return address


def fill_profile(page: Page) -> None:
    expect(page).to_have_url(re.compile("/compte/profil/"))
    page.get_by_label("Fonction").select_option("eti")
    page.get_by_label("Département").select_option(label="Bouches-du-Rhône (13)")
    page.get_by_label("Type de structure").select_option("ACI")
    page.get_by_label("Nom de la structure").fill("Les Jardins du Pays d'Aix")
    page.locator("main form").get_by_role("button").first.click()


def answer_quiz(page: Page, *, right: bool) -> None:
    """Answer every question: from the corrections seen before when `right`, else always with the first option."""
    while page.get_by_role("heading", level=1).inner_text().startswith("Question "):
        text = page.locator("legend").inner_text()
        for option in answers.get(text, []) if right else []:
            page.get_by_label(option, exact=True).check()
        if not right:
            page.locator("input[name=reponse]").last.check()
        page.locator("button[type=submit]").filter(has_text="Enregistrer").click()
    button(page, "Terminer et voir le résultat").click()


answers: dict[str, list[str]] = {}


def learn_from_the_corrections(page: Page) -> None:
    """Read the right options off the result, as a learner would."""
    for question in page.locator("article.question").all():
        text = question.locator(".question__text").inner_text()
        answers[text] = question.locator(".answer--right > span:first-child").all_inner_texts()


def take_the_module(page: Page, demo: DemoSite, check_page) -> None:
    """Sign up, read, check oneself, fail then pass the quiz, reach 100 %, ask the forum."""
    sign_up(page, demo, "Samia")
    check_page()
    fill_profile(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon parcours")
    check_page()

    page.goto(MODULE)
    check_page()
    button(page, "Suivre ce module").click()
    total = int(re.search(r"sur (\d+)", page.locator("article .meta").first.inner_text())[1])

    checked = False
    while page.locator(".lesson-body").count():
        if not checked:
            check_page()
            page.locator(".question--check .option").first.click()
            button(page, "Vérifier ma réponse").click()
            expect(page.locator(".question--check .explanation").first).to_be_visible()
            checked = True
        button(page, "J'ai terminé cette leçon").click()
    expect(page.get_by_text("Comment ça se passe")).to_be_visible()
    check_page()

    button(page, "Commencer le quiz").click()
    check_page()
    answer_quiz(page, right=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pas encore réussi")
    check_page()
    learn_from_the_corrections(page)
    page.get_by_role("link", name="Refaire le quiz").click()
    button(page, "Recommencer le quiz").click()
    answer_quiz(page, right=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Quiz réussi")

    page.goto(MODULE)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    expect(page.get_by_text(f"{total} activités sur {total}")).to_be_visible()
    check_page()

    page.locator(".activity-list a").first.click()
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Poser une question sur cette leçon").click()
    check_page()
    page.get_by_label("Titre").fill("Comment en parler au CIP sans trahir la confiance ?")
    page.get_by_label("Message").fill("Situation vue en **atelier** : que dire, et à qui ?")
    page.locator("main form button[name=action][value=publish], main form button[type=submit]").filter(
        has_text=re.compile("Publier|Envoyer|Poser")
    ).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Comment en parler au CIP")
    expect(page.get_by_role("link", name=re.compile(re.escape(title))).first).to_be_visible()
    check_page()


def test_an_encadrant_takes_a_module_from_sign_up_to_result_and_asks_a_peer(open_page, demo, axe_page):
    page = open_page()
    take_the_module(page, demo, lambda: axe_page(page))


def test_the_same_journey_works_without_javascript(open_page, demo):
    take_the_module(open_page(javascript=False), demo, lambda: None)


def test_one_comes_back_to_the_question_where_one_stopped_on_another_device(open_page, demo):
    phone = open_page()
    address = sign_up(phone, demo, "Karim")
    phone.goto(MODULE)
    phone.locator(".activity-list a").last.click()
    button(phone, "Commencer le quiz").click()
    phone.locator(".option").first.click()
    expect(phone.get_by_text("Réponse enregistrée.")).to_be_visible()

    computer = open_page(viewport=DESKTOP)
    sign_in(computer, address, PASSWORD)
    computer.goto(MODULE)
    computer.locator(".activity-list a").last.click()
    button(computer, "Reprendre le quiz").click()
    expect(computer.get_by_role("heading", level=1)).to_contain_text("Question 2 sur")
    button(computer, "Question précédente").click()
    expect(computer.locator("input[name=reponse]").first).to_be_checked()


def test_one_comes_back_to_the_title_where_one_stopped(open_page, demo):
    page = open_page()
    sign_up(page, demo, "Rosa")
    page.goto(MODULE)
    button(page, "Suivre ce module").click()
    heading = page.locator(".lesson-body h2").nth(2)
    anchor = heading.get_attribute("id")
    heading.scroll_into_view_if_needed()
    with page.expect_response("**/position/"):
        page.evaluate(
            "id => window.scrollTo({top: document.getElementById(id).offsetTop - 100, behavior: 'instant'})", anchor
        )
    page.goto("/mon-parcours/")
    expect(page.get_by_role("link", name=re.compile("^Continuer"))).to_have_attribute("href", re.compile(f"#{anchor}$"))


def test_an_editor_publishes_a_change_and_the_learner_sees_it_and_keeps_the_progress(open_page, demo):
    learner = open_page()
    sign_up(learner, demo, "Lucas")
    learner.goto("/formations/reseau-eti/outils-numeriques-encadrant/")
    button(learner, "Suivre ce module").click()
    lesson_url = learner.url
    button(learner, "J'ai terminé cette leçon").click()

    editor = open_page(viewport=DESKTOP)
    sign_in(editor, "editrice@exemple.fr", demo.password)
    editor.goto("/admin/pages/")
    module = "Outils numériques de l'encadrant"
    editor.goto(f"/admin/pages/search/?q={module}")
    editor.get_by_role("link", name=module).first.click()
    lesson_slug = lesson_url.rstrip("/").rsplit("/", 1)[-1]
    lesson_title = open_title(learner, lesson_url)
    editor.goto(f"/admin/pages/search/?q={lesson_title}")
    editor.get_by_role("link", name=lesson_title, exact=True).first.click()
    assert lesson_slug
    new_summary = f"Résumé relu le {uuid.uuid4().hex[:6]}."
    editor.get_by_label("Résumé").fill(new_summary)
    editor.get_by_role("button", name="Plus d'actions").or_(
        editor.locator("[data-w-dropdown-target=toggle]").last
    ).click()
    editor.get_by_role("button", name="Publier").click()
    expect(editor.get_by_text("publiée", exact=False).first).to_be_visible()

    learner.goto(lesson_url)
    expect(learner.get_by_text(new_summary)).to_be_visible()
    expect(learner.get_by_text("leçon terminée")).to_be_visible()


def open_title(page: Page, url: str) -> str:
    page.goto(url)
    return page.get_by_role("heading", level=1).inner_text()


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
def test_a_member_meets_no_obstacle(open_page, demo, axe_page, address):
    page = open_page(color_scheme="dark")
    sign_in(page, "encadrant@exemple.fr", demo.password)
    page.goto(address)
    axe_page(page)
