"""What an editor is told of a draft before publishing it."""

import re

import pytest
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from courses.questions.advising import COMMON_FROM, advise
from courses.questions.images import RENDITION
from courses.questions.kinds import Kind
from courses.questions.raw import question_from_raw
from tests.courses.factories import make_course, make_lesson, make_quiz, make_space, single
from tests.factories import MembershipFactory, UserFactory

from .factories import item, make, option, raw, zone


def good(kind="true_false", **changes):
    """A question of which nothing is said."""
    return make(kind, competences=[item("A2.1")], **changes)


# -- Pure ----------------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_good_questions():
    assert not advise([(1, good()), (2, good("numerical"))])


def test_a_question_is_named_by_its_number_and_its_first_words():
    advice = advise([(7, good(text="**Que** faites-vous ?\n\nUn détail.", explanation=""))])
    (said,) = advice.questions
    assert (said.question.number, said.question.words) == (7, "Que faites-vous ?")
    assert said.question.anchor == "block-00000000-0000-4000-8000-000000000001-section"
    assert "explication" in " ".join(said.advice)
    assert not advice.is_blocking
    assert advice.count == 1


def test_a_long_question_is_cut_short():
    (said,) = advise([(1, good(text="mot " * 100, explanation=""))]).questions
    assert len(said.question.words) <= 90
    assert said.question.words.endswith("…")


def test_what_many_questions_lack_is_said_once():
    advice = advise([(number, good(explanation="")) for number in range(1, COMMON_FROM + 1)])
    assert advice.questions == []
    ((words, about),) = advice.common
    assert "explication" in words
    assert [question.number for question in about] == [1, 2, 3]
    assert advice.count == 1


def test_competences_are_asked_for_only_where_results_use_them():
    assert "compétence" in str(advise([(1, make("true_false"))]))
    assert not advise([(1, make("true_false"))], by_competence=False)


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("single", {"text": ""}, "Écrivez la question"),
        ("single", {"options": [option("juste", correct=True), option("")]}, "ligne est vide"),
        ("ordering", {"items": [item(""), item("")]}, "ligne est vide"),
        ("matching", {"pairs": [item({"prompt": "a", "match": ""}), item({"prompt": "b", "match": "c"})]}, "vide"),
        ("hotspot", {"zones": [zone("", 0, 0, correct=True), zone("b", 40, 0)]}, "ligne est vide"),
        ("single", {"options": [option("a"), option("b")]}, "aucune"),
    ],
)
def test_what_stops_a_draft_from_being_published_is_told_apart(kind, changes, told):
    advice = advise([(1, good(kind, **changes))])
    assert told in " ".join(advice.questions[0].faults)
    assert advice.is_blocking


@pytest.mark.parametrize("kind", Kind)
def test_a_question_with_nothing_in_it_is_spoken_of(kind):
    assert advise([(1, question_from_raw({"type": kind, "id": "a", "value": {}}))]).is_blocking


# -- In the admin --------------------------------------------------------------------------------------------------


@pytest.fixture
def editor(client, db):
    client.space = make_space()
    client.user = MembershipFactory(federation=client.space.federation, role="editor").user
    client.force_login(client.user)
    return client


def text(response):
    return response.content.decode().replace("\xa0", " ")


def edit_url(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_the_form_of_a_quiz_says_what_could_be_better(editor):
    quiz = make_quiz(make_course(editor.space), questions=[single("Que faire ?", explanation="")])
    html = text(editor.get(edit_url(quiz)))
    assert "Avant de publier" in html
    assert f'href="#block-{quiz.questions[0].id}-section"' in html
    assert "Que faire ?" in html
    assert "dites pourquoi la bonne réponse est la bonne" in html


def test_the_form_of_a_lesson_says_what_could_be_better_in_its_questions(editor):
    lesson = make_lesson(
        make_course(editor.space), body=[{"type": "markdown", "id": "a", "value": "Texte."}, single(explanation="")]
    )
    html = text(editor.get(edit_url(lesson)))
    assert "dites pourquoi la bonne réponse est la bonne" in html
    assert "Aucune compétence" not in html


def test_a_form_of_which_nothing_is_said_has_an_empty_panel(editor):
    lesson = make_lesson(make_course(editor.space))
    html = text(editor.get(edit_url(lesson)))
    assert "data-advice" in html
    assert 'class="advice"' not in html


def test_the_form_of_a_new_quiz_opens_without_advice(editor):
    course = make_course(editor.space)
    html = text(editor.get(reverse("wagtailadmin_pages:add", args=["quizzes", "quizpage", course.pk])))
    assert "data-advice" in html
    assert 'class="advice"' not in html


def test_the_form_of_a_bank_question_says_what_could_be_better(editor):
    from courses.quizzes.models import BankQuestion, QuestionBank

    bank = QuestionBank.objects.create(federation=editor.space.federation, title="Banque")
    content = BankQuestion.content.field.stream_block.to_python([raw("true_false", explanation="")])
    question = BankQuestion.objects.create(bank=bank, content=content)
    html = text(editor.get(reverse("wagtailsnippets_quizzes_bankquestion:edit", args=[question.pk])))
    assert "dites pourquoi la bonne réponse est la bonne" in html


def test_more_questions_cost_no_query(editor, django_assert_num_queries):
    quiz = make_quiz(make_course(editor.space), questions=[single() for _number in range(40)])
    with django_assert_num_queries(0):
        assert quiz.get_advice()


def test_the_picture_to_draw_on_is_the_one_that_learners_see(editor):
    image = get_image_model().objects.create(title="Atelier", file=get_test_image_file())
    response = editor.get(reverse("question_picture", args=[image.pk]))
    assert response.url == image.get_rendition(RENDITION).url
    assert editor.get(reverse("question_picture", args=[image.pk + 1])).status_code == 404


def test_a_learner_gets_no_picture_to_draw_on(client, db):
    client.force_login(UserFactory())
    assert client.get(reverse("question_picture", args=[1])).status_code == 302


# -- Saving and publishing -----------------------------------------------------------------------------------------


def form_of(quiz, value, **extra):
    """Return what the editing form of a quiz sends, with one question of several options."""
    settings = {
        name: "" if getattr(quiz, name) is None else getattr(quiz, name)
        for name in ("title", "slug", "mode", "pass_mark", "hours_between_attempts", "minutes", "layout", "navigation")
    }
    options = [{"text": text, "correct": "on" if right else "", "feedback": ""} for text, right in value["options"]]
    question = {
        "text": value["text"],
        "image": {"image": "", "alt_text": ""},
        "options": streamfield([("item", each) for each in options]),
        "worth": value.get("worth", "1"),
        "explanation": "",
        "hint": "",
        "lesson": "",
        "competences": streamfield([]),
    }
    return nested_form_data(
        {
            **settings,
            "feedback": quiz.feedback,
            "required": "on",
            "questions": streamfield([("single", question)]),
            "comments": inline_formset([]),
            **extra,
        }
    )


SOUND = {"text": "Que faire ?", "options": [("Protéger", True), ("Crier", False)]}
UNFINISHED = {"text": "", "options": [("Protéger", False), ("", False)]}


@pytest.fixture
def quiz(editor):
    return make_quiz(make_course(editor.space), questions=[single()])


def draft_of(quiz):
    return type(quiz).objects.get(pk=quiz.pk).get_latest_revision_as_object()


def test_publishing_tells_how_much_could_be_better_and_publishes(editor, quiz):
    data = form_of(quiz, {**SOUND, "worth": "1,5"}, **{"action-publish": "1"})
    html = text(editor.post(edit_url(quiz), data, follow=True))
    quiz.refresh_from_db()
    assert str(quiz.questions[0].value["worth"]) == "1.5"
    assert "3 points pourraient être améliorés" in html
    assert edit_url(quiz) in html


def test_a_draft_keeps_what_is_unfinished_and_says_what_is_missing(editor, quiz):
    html = text(editor.post(edit_url(quiz), form_of(quiz, UNFINISHED), follow=True))
    draft = draft_of(quiz)
    assert [option["text"] for option in draft.questions[0].value["options"]] == ["Protéger", ""]
    assert "Écrivez la question." in html
    assert "À corriger" in html


def test_a_draft_may_have_no_question_yet(editor, quiz):
    data = {key: value for key, value in form_of(quiz, SOUND).items() if not key.startswith("questions-")}
    html = text(editor.post(edit_url(quiz), {**data, "questions-count": "0"}, follow=True))
    assert len(draft_of(quiz).questions) == 0
    assert "Ajoutez au moins une question." in html


def test_an_unfinished_question_is_not_published_and_nothing_is_lost(editor, quiz):
    response = editor.post(edit_url(quiz), form_of(quiz, UNFINISHED, **{"action-publish": "1"}))
    assert response.status_code == 200
    assert "questions" in response.context["form"].errors
    assert re.search(r"Prot\\+u00e9ger", text(response))
    quiz.refresh_from_db()
    assert quiz.questions[0].value["text"] == "Que faites-vous ?"


def test_a_draft_saved_by_itself_brings_its_advice_up_to_date(editor, quiz):
    response = editor.post(edit_url(quiz), form_of(quiz, UNFINISHED), headers={"Accept": "application/json"})
    assert "Écrivez la question." in response.json()["html"]
    assert "w-teleport" in response.json()["html"]


@pytest.mark.parametrize("chosen", ["quiz", "course"])
def test_an_unfinished_draft_is_not_published_with_others(editor, quiz, chosen):
    course = quiz.course
    quiz.unpublish()
    editor.post(edit_url(quiz), form_of(quiz, UNFINISHED))
    target = quiz if chosen == "quiz" else course
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    back = reverse("wagtailadmin_explore", args=[course.pk])
    html = text(editor.post(f"{url}?id={target.pk}&next={back}", {"include_descendants": "on"}, follow=True))
    assert f"Finissez d&#x27;abord « {quiz.title} »." in html
    assert not type(quiz).objects.get(pk=quiz.pk).live


def test_finished_drafts_are_published_together(editor, quiz):
    quiz.unpublish()
    editor.post(edit_url(quiz), form_of(quiz, SOUND))
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    editor.post(f"{url}?id={quiz.pk}", {"include_descendants": "on"})
    assert type(quiz).objects.get(pk=quiz.pk).live
