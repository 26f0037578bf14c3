"""What may happen to a quiz: a lost server, time that runs out, a draw, a regrade, an import."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .answering import ENCADRANT, begin, press, title
from .conftest import DESKTOP, sign_in, start_demo, step, wait_until_ready

SHARES_DEMO = True
SAMPLES = Path(__file__).parents[1] / "courses" / "quizzes" / "exchange" / "samples"


def wait_until_gone(port: int) -> None:
    """Wait until nothing answers any more: the processes that serve end a moment after the one that was killed."""
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    pytest.fail("the killed site still answers")


def test_an_answer_saved_outlives_a_killed_server_and_a_lost_network(open_page, demo, quizzes):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["timed"]["url"])
    page.get_by_label("juste", exact=True).check()
    expect(page.get_by_text("Réponse enregistrée.")).to_be_visible()
    press(page, "Enregistrer et continuer")
    expect(title(page)).to_have_text("Question 2 sur 3")

    port = int(demo.url.rsplit(":", 1)[1])
    os.killpg(demo.process.pid, signal.SIGKILL)
    demo.process.wait(timeout=20)
    wait_until_gone(port)
    page.get_by_label("faux", exact=True).check()
    expect(page.get_by_text("gardée sur cet appareil")).to_be_visible()
    demo.process, output = start_demo(demo.var, port)
    wait_until_ready(demo.process, output, port)
    expect(page.get_by_text("Réponse enregistrée.")).to_be_visible(timeout=20_000)

    computer = open_page(viewport=DESKTOP)
    sign_in(computer, ENCADRANT, demo.password)
    begin(computer, quizzes["timed"]["url"])
    expect(title(computer)).to_have_text("Question 3 sur 3")
    press(computer, "Question précédente")
    expect(computer.get_by_label("faux", exact=True)).to_be_checked()
    assert len([a for a in step(demo, "attempts", ENCADRANT)["attempts"] if a["quiz"] == quizzes["timed"]["id"]]) == 1


def test_when_time_is_over_the_saved_answers_are_graded(open_page, demo, quizzes, axe_page):
    page = open_page()
    sign_in(page, "moderation@exemple.fr", demo.password)
    begin(page, quizzes["timed"]["url"])
    expect(page.get_by_text("À rendre avant")).to_be_visible()
    axe_page(page)
    page.get_by_label("juste", exact=True).check()
    expect(page.get_by_text("Réponse enregistrée.")).to_be_visible()
    attempt = re.search(r"/essai/([0-9a-f-]+)/", page.url)[1]
    step(demo, "hurry", attempt, "3")
    page.reload()
    expect(title(page)).to_have_text("Pas encore réussi", timeout=40_000)
    expect(page.get_by_text("Le temps est écoulé : les réponses enregistrées ont été notées.")).to_be_visible()
    expect(page.locator(".score__value")).to_have_text(re.compile(r"33,33\s%"))


def test_questions_drawn_from_a_bank_stay_the_same_for_an_attempt(open_page, demo, quizzes):
    page = open_page()
    sign_in(page, ENCADRANT, demo.password)
    begin(page, quizzes["draw"]["url"])
    seen = []
    for number in range(1, 4):
        expect(title(page)).to_have_text(f"Question {number} sur 3")
        seen.append(page.locator("legend").inner_text())
        page.reload()
        assert page.locator("legend").inner_text() == seen[-1]
        press(page, "Enregistrer et continuer" if number < 3 else "Enregistrer et voir le récapitulatif")
    assert len(set(seen)) == 3
    assert all(text.startswith("Question de banque") for text in seen)


def test_a_wrong_key_is_corrected_and_past_attempts_are_graded_anew(open_page, demo, quizzes):
    learner = open_page()
    sign_in(learner, ENCADRANT, demo.password)
    begin(learner, quizzes["regrade"]["url"])
    learner.get_by_label("faux", exact=True).check()
    press(learner, "Enregistrer et voir le récapitulatif")
    press(learner, "Terminer et voir le résultat")
    expect(title(learner)).to_have_text("Pas encore réussi")

    editor = open_page(viewport=DESKTOP)
    sign_in(editor, "editrice@exemple.fr", demo.password)
    editor.goto(f"/admin/pages/{quizzes['regrade']['id']}/edit/")
    boxes = editor.get_by_label("Bonne réponse")
    boxes.nth(0).uncheck()
    boxes.nth(1).check()
    editor.locator("footer [data-w-dropdown-target=toggle]").click()
    editor.locator("button[name=action-publish]").click()
    expect(editor.locator(".messages")).to_contain_text("publié")
    editor.goto(f"/admin/quiz/{quizzes['regrade']['id']}/recorriger/")
    expect(editor.get_by_text("0 %").first).to_be_visible()
    editor.get_by_label("Raison").fill("La clé de la question était fausse.")
    editor.get_by_role("button", name=re.compile("Recorriger")).click()
    expect(editor.get_by_text("terminé").first).to_be_visible(timeout=30_000)

    learner.reload()
    expect(title(learner)).to_have_text("Quiz réussi")
    expect(learner.get_by_text("La clé de la question était fausse.")).to_be_visible()


@pytest.mark.parametrize("sample", ["tri.gift.txt", "agec-moodle.xml"])
def test_a_file_of_another_platform_is_imported_into_a_bank(open_page, demo, quizzes, sample):
    editor = open_page(viewport=DESKTOP)
    sign_in(editor, "editrice@exemple.fr", demo.password)
    editor.goto(f"/admin/questions/banque/{quizzes['bank']}/importer/")
    editor.locator("input[type=file]").set_input_files(SAMPLES / sample)
    editor.locator("main form").get_by_role("button", name=re.compile("Importer|Envoyer")).click()
    expect(editor).to_have_url(re.compile(r"/admin/questions/import/\d+/"))
    taken = editor.get_by_role("link", name=re.compile("reprises? telles? quelles?"))
    expect(taken).to_be_visible(timeout=60_000)
    taken.click()
    expect(editor.locator("main table tbody tr").first).to_be_visible()
