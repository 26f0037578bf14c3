"""Quizzes and lessons downloaded as .h5p files from the admin, and taken in again as any other package."""

import io
import json
import uuid
import zipfile
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.urls import reverse
from PIL import Image
from wagtail.images import get_image_model
from wagtail.models import Collection

from courses.interactive.packages.models import Library
from courses.interactive.packages.storing import store_package
from courses.quizzes.models import BankQuestion, QuestionBank
from tests.courses.factories import make_course, make_lesson, make_quiz, make_space
from tests.courses.interactive.samples import sample
from tests.courses.questions.factories import raw
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def store(data, **options):
    options = {"user": None, "collection": Collection.get_first_root_node(), "may_install": True} | options
    return store_package(ContentFile(data, name="contenu.h5p"), **options)


@pytest.fixture
def libraries():
    """The libraries of the samples, installed."""
    for name in ("standalone-test", "drag-text", "interactive-content-2260"):
        store(sample(f"h5p/{name}.h5p").read_bytes())


@pytest.fixture
def space():
    return make_space()


@pytest.fixture
def editor(client, space):
    member = MembershipFactory(federation=space.federation, role="editor")
    client.force_login(member.user)
    return member.user


def make_image(name="benne.webp", mode="RGB"):
    file = BytesIO()
    Image.new(mode, (300, 200), "red").save(file, "WEBP" if name.endswith("webp") else "PNG")
    return get_image_model().objects.create(title="La benne", file=ImageFile(BytesIO(file.getvalue()), name=name))


def block(kind, value):
    return {"type": kind, "id": str(uuid.uuid4()), "value": value}


def picture(image, alt="Une benne rouge"):
    return {"image": image.pk, "alt_text": alt, "decorative": False}


def archive_of(response) -> zipfile.ZipFile:
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith('.h5p"')
    return zipfile.ZipFile(io.BytesIO(response.content))


# -- Quizzes --------------------------------------------------------------------------------------------------------


def quiz_file(client, quiz):
    return client.get(reverse("quiz_exchange:export_quiz_h5p", args=[quiz.pk]))


@pytest.mark.parametrize(
    ("kind", "changes", "library"),
    [
        ("true_false", {}, "H5P.TrueFalse-1.6"),
        ("short_answer", {}, "H5P.Blanks-1.12"),
        ("matching", {}, "H5P.DragText-1.8"),
    ],
)
def test_a_question_goes_out_and_comes_back_as_a_package(client, libraries, editor, space, kind, changes, library):
    quiz = make_quiz(make_course(space), title="Le tri, c'est quoi ?", questions=[raw(kind, **changes)])
    response = quiz_file(client, quiz)
    with archive_of(response) as archive:
        content = json.loads(archive.read("content/content.json"))
        assert f"{library}/library.json" in archive.namelist()
    # Nothing new is installed: what is in the file is what the site has.
    version = store(response.content, may_install=False)
    assert version.library.name == library
    assert version.content == content
    assert version.package.title == "Le tri, c'est quoi ?"


def test_a_quiz_names_what_the_platform_must_have(client, editor, space):
    quiz = make_quiz(make_course(space), questions=[raw("single"), raw("true_false"), raw("open"), raw("ordering")])
    page = client.get(reverse("quiz_exchange:export_quiz", args=[quiz.pk])).text
    assert "3 questions sur 4" in page
    assert "la plateforme où vous" in page
    assert "H5P.QuestionSet 1.20" in page
    assert "une réponse lue par une personne" in page
    with archive_of(quiz_file(client, quiz)) as archive:
        meta = json.loads(archive.read("h5p.json"))
        assert meta["mainLibrary"] == "H5P.QuestionSet"
        assert meta["language"] == "fr"
        assert {d["machineName"] for d in meta["preloadedDependencies"]} >= {"H5P.MultiChoice", "H5P.TrueFalse"}
        assert len(json.loads(archive.read("content/content.json"))["questions"]) == 3


def test_a_bank_has_its_file_too(client, editor, space):
    bank = QuestionBank.objects.create(federation=space.federation, title="Tri")
    for kind in ("single", "true_false"):
        BankQuestion(bank=bank, content=[raw(kind)]).save()
    with archive_of(client.get(reverse("quiz_exchange:export_bank_h5p", args=[bank.pk]))) as archive:
        assert len(json.loads(archive.read("content/content.json"))["questions"]) == 2


def test_a_quiz_that_h5p_can_not_hold_has_no_file(client, editor, space):
    quiz = make_quiz(make_course(space), questions=[raw("open")])
    assert quiz_file(client, quiz).status_code == 404
    assert "h5p/" not in client.get(reverse("quiz_exchange:export_quiz", args=[quiz.pk])).text


# -- Lessons --------------------------------------------------------------------------------------------------------


def every_block(image):
    cell = {"type": "text", "heading": "Bac"}
    return [
        block("markdown", "Avant.\n\n## L'atelier\n\nDu **bois** & du fer."),
        block("callout", {"kind": "retenir", "title": "L'idée", "text": "Trier *tôt*.", "reference": "", "url": ""}),
        block(
            "callout",
            {
                "kind": "loi",
                "title": "",
                "text": "On trie.",
                "reference": "Code, art. 1",
                "in_force_on": "2025-01-01",
                "url": "https://exemple.fr/loi",
            },
        ),
        block("heading", "Les gestes"),
        block("steps", {"title": "Pas à pas", "steps": [{"title": "Un", "text": "Fait."}]}),
        block("accordion", {"items": [{"title": "Plus", "text": "Détail."}]}),
        block("image", {"image": picture(image), "caption": "La benne", "credit": "ETI"}),
        block("quotation", {"text": "J'ai compris", "author": "Ana", "source": ""}),
        block(
            "table",
            {"caption": "Les bacs", "table": {"columns": [cell, cell], "rows": [{"values": ["Bois", "B"]}]}},
        ),
        block("video", {"url": "https://exemple.fr/v", "title": "Le tri", "duration": "", "description": "On trie."}),
        raw("true_false", image=picture(image)),
        raw("hotspot", picture=picture(image)),
    ]


def lesson_file(client, lesson):
    return client.get(reverse("lesson_h5p_file", args=[lesson.pk]))


def test_a_lesson_goes_out_as_a_page_and_comes_back(client, libraries, editor, space):
    lesson = make_lesson(make_course(space), title="L'atelier", body=every_block(make_image()))
    page = client.get(reverse("lesson_h5p", args=[lesson.pk])).text
    assert "Le fichier contient tout ce qu'il faut" in page or "Le fichier contient tout ce qu&#x27;il faut" in page
    assert "une zone à montrer sur une image" in page
    response = lesson_file(client, lesson)
    with archive_of(response) as archive:
        content = json.loads(archive.read("content/content.json"))
        [name] = [name for name in archive.namelist() if name.startswith("content/images/")]
        assert Image.open(archive.open(name)).format == "JPEG"
    text = json.dumps(content, ensure_ascii=False)
    for expected in ("L'atelier", "À retenir", "Code, art. 1", "01/01/2025", "Pas à pas", "Détail.", "J'ai compris"):
        assert expected in text
    assert "class=" not in text
    version = store(response.content, may_install=False)
    assert version.library.name == "H5P.Column-1.12"
    assert version.content == content


def test_a_lesson_in_slides_goes_out_as_slides(client, editor, space):
    lesson = make_lesson(make_course(space), layout="slides", body=every_block(make_image("plan.png", "RGBA")))
    assert "diaporama H5P" in client.get(reverse("lesson_h5p", args=[lesson.pk])).text
    with archive_of(lesson_file(client, lesson)) as archive:
        assert json.loads(archive.read("h5p.json"))["mainLibrary"] == "H5P.CoursePresentation"
        slides = json.loads(archive.read("content/content.json"))["presentation"]["slides"]
        [name] = [name for name in archive.namelist() if name.startswith("content/images/")]
        assert Image.open(archive.open(name)).format == "PNG"
    titles = [slide["keywords"][0]["main"] for slide in slides]
    assert titles[1:3] == ["L'atelier", "Les gestes"]


def test_the_draft_goes_out(client, editor, space):
    lesson = make_lesson(make_course(space), body=[block("markdown", "Publié.")])
    lesson.body = [("markdown", "Brouillon.")]
    lesson.save_revision()
    with archive_of(lesson_file(client, lesson)) as archive:
        assert b"Brouillon." in archive.read("content/content.json")


def test_an_empty_lesson_has_no_file(client, editor, space):
    lesson = make_lesson(make_course(space), body=[raw("hotspot")])
    assert lesson_file(client, lesson).status_code == 404
    page = client.get(reverse("lesson_h5p", args=[lesson.pk])).text
    assert reverse("lesson_h5p_file", args=[lesson.pk]) not in page


@pytest.mark.parametrize("name", ["lesson_h5p", "lesson_h5p_file"])
def test_right_answers_are_for_who_may_edit_the_lesson(client, space, name):
    lesson = make_lesson(make_course(space))
    stranger = MembershipFactory(role="editor")
    make_space(stranger.federation)
    address = reverse(name, args=[lesson.pk])
    client.force_login(stranger.user)
    assert client.get(address).status_code == 403
    client.force_login(UserFactory())
    assert client.get(address).status_code in {302, 403}


def test_the_buttons_stand_where_pages_are_edited(client, editor, space):
    lesson = make_lesson(make_course(space))
    address = reverse("lesson_h5p", args=[lesson.pk])
    assert address in client.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).text
    assert address in client.get(reverse("wagtailadmin_explore", args=[lesson.get_parent().pk])).text


def test_a_file_brings_no_library_when_none_is_stored(client, editor, space):
    assert not Library.objects.exists()
    quiz = make_quiz(make_course(space), questions=[raw("true_false")])
    with archive_of(quiz_file(client, quiz)) as archive:
        assert sorted(archive.namelist()) == ["content/content.json", "h5p.json"]
