"""What an editor of a federation does in Wagtail's admin: write, preview, publish. Never Django's admin."""

import datetime
import uuid

import pytest
from django.urls import reverse

from courses.catalog.models import CoursePage, LessonPage
from courses.quizzes.models import QuizPage
from tests.courses.factories import make_course, make_lesson, make_quiz, make_space, multiple, single, true_false
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return make_space()


@pytest.fixture
def editor(client, space):
    client.user = MembershipFactory(federation=space.federation, role="editor").user
    client.force_login(client.user)
    return client


def preview(page, client, parent=None, mode=None):
    """Return the preview of a page as Wagtail makes it, in its first mode; the page may not be saved yet."""
    if parent is not None:
        page.set_url_path(parent)
        page.path = type(page)._get_children_path_interval(parent.path)[1]
        page.depth = parent.depth + 1
    request = client.get(reverse("wagtailadmin_home")).wsgi_request
    return page.make_preview_request(request, page.default_preview_mode if mode is None else mode)


def stream(model, field, blocks):
    return getattr(model, field).field.stream_block.to_python(blocks)


def test_an_unsaved_module_is_previewed(editor, space):
    page = CoursePage(
        title="Brouillon", slug="brouillon", summary="Résumé", minutes=30, reviewed_on=datetime.date(2026, 11, 25)
    )
    page.federation = space.federation
    response = preview(page, editor, space)
    assert response.status_code == 200
    assert "Brouillon" in response.render().content.decode().replace("\xa0", " ")


def test_an_unsaved_lesson_is_previewed_with_its_question(editor, space):
    page = LessonPage(title="Brouillon", slug="brouillon")
    page.body = stream(
        LessonPage, "body", [{"type": "markdown", "value": "## Titre", "id": "a"}, single("Que faire ?")]
    )
    html = preview(page, editor, make_course(space)).render().content.decode().replace("\xa0", " ")
    assert "Que faire ?" in html
    assert 'id="titre"' in html


@pytest.mark.parametrize("mode", ["", "key"])
def test_an_unsaved_quiz_is_previewed_as_a_learner_meets_it_or_with_its_key(editor, space, mode):
    page = QuizPage(title="Brouillon", slug="brouillon")
    page.questions = stream(QuizPage, "questions", [single("Que faire ?"), multiple(), true_false()])
    html = preview(page, editor, make_course(space), mode).render().content.decode().replace("\xa0", " ")
    assert "Que faire ?" in html
    assert ("Protéger d'abord." in html) is (mode == "key")
    assert ("Bonne réponse" in html) is (mode == "key")
    assert ('type="radio"' in html) is (mode != "key")


def test_published_pages_are_previewed_too(editor, space):
    course = make_course(space, lessons=1, quiz=True)
    for page in [course, *course.get_children().specific()]:
        assert preview(page, editor).status_code == 200


def test_a_preview_records_no_progress(editor, space):
    from courses.progress.models import ActivityState
    from courses.progress.services import enrol

    lesson = make_lesson(make_course(space))
    enrol(editor.user, lesson.course)
    preview(lesson, editor)
    assert ActivityState.objects.count() == 0


@pytest.mark.parametrize("model", ["catalog.CoursePage", "catalog.LessonPage", "quizzes.QuizPage"])
def test_the_forms_of_the_editor_open(editor, space, model):
    app, name = model.lower().split(".")
    parent = space if name == "coursepage" else make_course(space)
    response = editor.get(reverse("wagtailadmin_pages:add", args=[app, name, parent.pk]))
    assert response.status_code == 200


def test_an_editor_cannot_write_in_the_space_of_another_federation(editor):
    other = make_space()
    response = editor.get(reverse("wagtailadmin_pages:add", args=["catalog", "coursepage", other.pk]))
    assert response.status_code == 302
    course = make_course(other)
    assert editor.get(reverse("wagtailadmin_pages:edit", args=[course.pk])).status_code == 302


def test_a_learner_does_not_reach_the_admin(client):
    client.force_login(UserFactory())
    response = client.get(reverse("wagtailadmin_home"))
    assert response.status_code == 302


def test_the_admin_asks_to_sign_in_on_the_page_of_the_site(client):
    response = client.get(reverse("wagtailadmin_home"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def question_fault(block, value):
    from django.core.exceptions import ValidationError

    from courses.questions.blocks import QuestionsBlock

    child = QuestionsBlock().child_blocks[block]
    with pytest.raises(ValidationError) as refused:
        child.clean(child.to_python(value))
    return str(refused.value.as_json_data())


def with_options(*options):
    return single()["value"] | {
        "options": [
            {"type": "item", "id": str(uuid.uuid4()), "value": {"text": text, "correct": right, "feedback": ""}}
            for text, right in options
        ]
    }


@pytest.mark.parametrize(
    ("block", "options", "words"),
    [
        ("single", [("Un", False), ("Deux", False)], "Cochez la bonne réponse"),
        ("single", [("Un", True), ("Deux", True)], "Une seule bonne réponse"),
        ("multiple", [("Un", True), ("Deux", True)], "au moins une mauvaise"),
        ("multiple", [("Un", False), ("Deux", False)], "Cochez la bonne réponse"),
        ("single", [("L’été", True), ("L'ETE", False)], "même texte"),
        ("single", [("Un", True)], "2"),
    ],
)
def test_a_question_that_cannot_work_is_refused_with_the_reason(block, options, words):
    assert words in question_fault(block, with_options(*options))


@pytest.mark.parametrize("block", ["single", "multiple"])
def test_a_good_question_is_accepted(block):
    from courses.questions.blocks import QuestionsBlock

    child = QuestionsBlock().child_blocks[block]
    child.clean(child.to_python(with_options(("Un", True), ("Deux", False))))


def test_publishing_a_change_keeps_old_attempts_and_results(editor, space):
    from courses.quizzes.services import start_attempt, submit_attempt

    quiz = make_quiz(make_course(space), questions=[single("Avant ?")])
    attempt = submit_attempt(start_attempt(editor.user, quiz))
    quiz.questions = stream(QuizPage, "questions", [single("Après ?")])
    quiz.save_revision(user=editor.user).publish()
    html = editor.get(attempt.get_absolute_url()).content.decode().replace("\xa0", " ")
    assert "Avant ?" in html
    assert "Après ?" not in html


def test_a_quiz_says_its_minutes_as_minutes(editor, space):
    quiz = make_quiz(make_course(space), minutes=10, time_limit=90)
    html = editor.get(quiz.url).content.decode().replace("\xa0", " ")
    assert "Quiz · 10 min" in html
    assert "1 h 30" in html
