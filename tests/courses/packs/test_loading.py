"""Loading packs: pages are made once, follow their text, keep what people did, and are never overwritten in silence."""

from decimal import Decimal

import pytest
from django.utils import timezone
from wagtail.images import get_image_model
from wagtail.models import Page, Revision

from courses.catalog.models import CoursePage, FederationPage, LessonPage, course_activities
from courses.packs.faults import PackError
from courses.packs.loading import LoadReport, load_pack
from courses.packs.models import PackImage, PackItem
from courses.packs.reading import read_pack
from courses.progress.models import ActivityState, Enrolment
from courses.progress.services import enrol, set_done
from courses.questions.raw import questions_from_raw
from courses.quizzes.models import QuizPage
from people.models import Federation
from tests.factories import FederationFactory, UserFactory

from .builder import COURSE, KNOWN, LESSON, QUIZ, SECOND, make_pack, picture

pytestmark = pytest.mark.django_db
TITLES = ["Premiers pas", "Accueillir", "Observer", "Quiz : premiers pas"]


@pytest.fixture
def load(catalog, tmp_path):
    """Load the pack, with some of its files changed."""

    def load_changed(*, overwrite=False, user=None, **changes) -> LoadReport:
        pack = read_pack(make_pack(tmp_path, **changes), KNOWN)
        return load_pack(pack, overwrite=overwrite, user=user)

    return load_changed


def counts() -> list[int]:
    return [model.objects.count() for model in (Page, Revision, PackItem, PackImage, get_image_model())]


def test_a_pack_becomes_pages_in_order(load):
    report = load()
    assert report.created == ["Réseau des ETI", *TITLES]
    course = CoursePage.objects.get()
    assert course.federation == Federation.objects.get()
    assert course.get_parent().specific == FederationPage.objects.get()
    assert [theme.slug for theme in course.themes.all()] == ["publics"]
    assert [competence.code for competence in course.competences.all()] == ["A2.1"]
    assert [objective.value for objective in course.objectives] == ["Accueillir une personne."]
    assert course.sources.get().publisher == "Un organisme"
    activities = course_activities(course)
    assert [(a.title, a.kind, a.minutes, a.required) for a in activities] == [
        ("Accueillir", "lesson", 15, True),
        ("Observer", "lesson", 10, False),
        ("Quiz : premiers pas", "quiz", 10, True),
    ]
    for page in course.get_descendants(inclusive=True):
        assert page.live
        assert not page.has_unpublished_changes
        assert page.live_revision_id == page.latest_revision_id


def test_each_directive_becomes_its_block(load):
    load()
    body = LessonPage.objects.get(slug="accueillir").body
    assert [block.block_type for block in body] == [
        "markdown",
        "callout",
        "callout",
        "steps",
        "accordion",
        "quotation",
        "table",
        "image",
        "video",
        "single",
        "markdown",
    ]
    values = [block.value for block in body]
    assert (values[1]["kind"], values[1]["title"]) == ("retenir", "L'essentiel")
    assert (values[2]["kind"], values[2]["reference"]) == ("loi", "Code du travail, art. L. 4141-1")
    assert values[2]["in_force_on"].isoformat() == "2013-04-16"
    assert [step["title"] for step in values[3]["steps"]] == ["Faire le tour", "Présenter"]
    assert values[6]["table"].columns[0]["heading"] == "Qui"
    assert values[6]["table"].row_data == [{"values": ["L'équipe", "Le tour"]}]
    assert values[7]["image"].contextual_alt_text == "Une porte ouverte."
    assert values[8]["url"] == "https://www.youtube.com/watch?v=abc"


def test_questions_can_be_graded(load):
    load()
    multiple, true_false = questions_from_raw(QuizPage.objects.get().raw_questions)
    assert [option.correct for option in multiple.options] == [True, True, False]
    assert multiple.worth == Decimal(2)
    assert multiple.lesson_id == LessonPage.objects.get(slug="observer").pk
    assert multiple.competence_codes == ("A2.2",)
    assert true_false.key() == ["false"]


def test_loading_again_changes_nothing(load):
    load()
    before = counts()
    report = load()
    assert counts() == before
    assert report == LoadReport(unchanged=TITLES)


def test_a_changed_lesson_gets_one_revision_and_keeps_its_ids(load):
    load()
    lesson = LessonPage.objects.get(slug="accueillir")
    ids = [block.id for block in lesson.body]
    options = [option.id for option in lesson.body[9].value["options"].bound_blocks]
    revisions = Revision.objects.count()
    changed = LESSON.replace("Dire bonjour.", "Dire bonjour à chacun.").replace(
        "  - text: Bonjour.\n    correct: true\n    feedback: Oui.\n  - text: Rien.\n",
        "  - text: Rien.\n  - text: Bonjour.\n    correct: true\n",
    )
    report = load(lesson=changed)
    assert report.updated == ["Accueillir"]
    assert Revision.objects.count() == revisions + 1
    after = LessonPage.objects.get(slug="accueillir")
    assert after.pk == lesson.pk
    assert after.live_revision_id == after.latest_revision_id
    assert [block.id for block in after.body] == ids
    assert after.body[1].value["text"] == "Dire bonjour à chacun."
    # An option is known by its text, wherever it stands.
    assert [option.id for option in after.body[9].value["options"].bound_blocks] == options[::-1]


def test_a_changed_card_keeps_the_rows_of_its_sources(load):
    load()
    source = CoursePage.objects.get().sources.get().pk
    report = load(course_yaml=COURSE.replace("minutes: 60", "minutes: 90").replace("Un document", "Le document"))
    assert report.updated == ["Premiers pas"]
    course = CoursePage.objects.get()
    assert course.minutes == 90
    assert (course.sources.get().pk, course.sources.get().title) == (source, "Le document")


def edit(slug: str, **values) -> Page:
    page = LessonPage.objects.get(slug=slug)
    for name, value in values.items():
        setattr(page, name, value)
    page.save_revision().publish()
    return page


def test_a_page_edited_on_the_site_is_kept_unless_overwritten(load):
    load()
    edit("observer", title="Observer mieux")
    revisions = Revision.objects.count()
    changed = SECOND.replace("On regarde.", "On regarde encore.")
    for _time in range(2):
        report = load(second=changed)
        assert report.kept == ["Observer mieux"]
        assert Revision.objects.count() == revisions
    report = load(second=changed, overwrite=True)
    assert report.updated == ["Observer"]
    lesson = LessonPage.objects.get(slug="observer")
    assert (lesson.title, lesson.draft_title) == ("Observer", "Observer")
    assert lesson.body[0].value == "On regarde encore."
    assert load(second=changed).kept == []


def test_a_draft_is_an_edit(load):
    load()
    lesson = LessonPage.objects.get(slug="observer")
    lesson.title = "Brouillon"
    lesson.save_revision()
    assert load(second=SECOND.replace("On regarde.", "On voit.")).kept == ["Observer"]


def test_a_page_unpublished_on_the_site_stays_so(load):
    load()
    LessonPage.objects.get(slug="observer").unpublish()
    assert load(second=SECOND.replace("On regarde.", "On voit.")).kept == ["Observer"]
    assert not LessonPage.objects.get(slug="observer").live


def test_a_locked_page_is_kept(load):
    load()
    LessonPage.objects.filter(slug="observer").update(locked=True)
    assert load(second=SECOND.replace("On regarde.", "On voit.")).kept == ["Observer"]


def test_a_lesson_gone_from_the_pack_is_unpublished_then_comes_back(load):
    load()
    quiz = QUIZ.replace("    lesson: observer\n", "")
    report = load(second=None, quiz_yaml=quiz)
    assert report.unpublished == ["Observer"]
    lesson = LessonPage.objects.get(slug="observer")
    assert not lesson.live
    assert load(second=None, quiz_yaml=quiz).unpublished == []
    report = load()
    assert report.updated == ["Observer", "Quiz : premiers pas"]
    assert LessonPage.objects.get(slug="observer").live
    assert LessonPage.objects.get(slug="observer").pk == lesson.pk


def test_an_edited_lesson_gone_from_the_pack_is_kept(load):
    load()
    edit("observer", title="Observer mieux")
    report = load(second=None, quiz_yaml=None)
    assert report.kept == ["Observer mieux"]
    assert report.unpublished == ["Quiz : premiers pas"]
    assert LessonPage.objects.get(slug="observer").live


def test_a_new_lesson_takes_its_place(load, tmp_path):
    load()
    path = make_pack(
        tmp_path,
        **{"03-observer.md": SECOND, "second": SECOND.replace("observer", "entrer").replace("Observer", "Entrer")},
    )
    report = load_pack(read_pack(path, KNOWN))
    assert report.created == ["Entrer"]
    assert report.reordered == []
    titles = [activity.title for activity in course_activities(CoursePage.objects.get())]
    assert titles == ["Accueillir", "Entrer", "Observer", "Quiz : premiers pas"]


def test_pages_follow_the_order_of_the_pack(load):
    load()
    pks = {page.slug: page.pk for page in LessonPage.objects.all()}
    report = load(lesson=None, second=None, **{"01-observer.md": SECOND, "02-accueillir.md": LESSON})
    assert report.reordered == ["Premiers pas"]
    assert report.updated == []
    course = CoursePage.objects.get()
    assert [activity.slug for activity in course_activities(course)] == ["observer", "accueillir", "quiz-final"]
    assert {page.slug: page.pk for page in LessonPage.objects.all()} == pks


def test_a_page_made_on_the_site_is_left_where_it_is(load):
    load()
    course = CoursePage.objects.get()
    first = LessonPage.objects.get(slug="accueillir")
    first.add_sibling(
        "right", instance=LessonPage(title="Ajoutée", slug="ajoutee", minutes=5, body=[("markdown", "x")])
    )
    assert load().reordered == []
    titles = [activity.title for activity in course_activities(course)]
    assert titles == ["Accueillir", "Ajoutée", "Observer", "Quiz : premiers pas"]


def test_a_lesson_moved_to_another_module_is_kept(load):
    load()
    course = CoursePage.objects.get()
    course.copy(update_attrs={"slug": "autre", "title": "Autre"})
    LessonPage.objects.get(pack_item__key="premiers-pas/observer").move(
        CoursePage.objects.get(slug="autre"), "last-child"
    )
    report = load(lesson=None, second=LESSON, **{"01-observer.md": SECOND})
    assert report.kept == ["Observer"]


def test_progress_survives_changes(load):
    load()
    course, lesson = CoursePage.objects.get(), LessonPage.objects.get(slug="accueillir")
    enrol(UserFactory(), course)
    set_done(Enrolment.objects.all(), lesson.pk, done_at=timezone.now())
    assert Enrolment.objects.get().percent == 50
    load(lesson=LESSON.replace("Dire bonjour.", "Saluer."), course_yaml=COURSE.replace("minutes: 60", "minutes: 70"))
    state = ActivityState.objects.get()
    assert state.activity_id == lesson.pk
    assert state.done_at
    assert Enrolment.objects.get().percent == 50


def test_progress_follows_a_lesson_that_goes(load, django_capture_on_commit_callbacks):
    load()
    course, lesson = CoursePage.objects.get(), LessonPage.objects.get(slug="accueillir")
    enrol(UserFactory(), course)
    set_done(Enrolment.objects.all(), lesson.pk)
    with django_capture_on_commit_callbacks(execute=True):
        load(quiz_yaml=None)
    assert Enrolment.objects.get().percent == 100


def test_a_changed_image_is_added_and_the_same_is_not(load, catalog):
    load()
    image = get_image_model().objects.get()
    assert image.collection.name == "Réseau des ETI"
    assert image.file_hash
    report = load(image=picture(size=(9, 9)))
    assert report.updated == ["Accueillir"]
    assert get_image_model().objects.count() == 2
    assert LessonPage.objects.get(slug="accueillir").body[7].value["image"].width == 9


def test_an_image_deleted_on_the_site_comes_back(load):
    load()
    get_image_model().objects.get().delete()
    assert load().updated == ["Accueillir"]
    assert LessonPage.objects.get(slug="accueillir").body[7].value["image"] is not None


def test_a_question_of_a_lesson_may_send_to_a_later_one(load):
    lesson = LESSON.replace("id: bonjour\n", "id: bonjour\nlesson: observer\n")
    report = load(lesson=lesson)
    assert report.updated == []
    page = LessonPage.objects.get(slug="accueillir")
    assert page.body[9].value["lesson"].slug == "observer"
    assert load(lesson=lesson) == LoadReport(unchanged=TITLES)
    edit("accueillir", title="Accueillir mieux")
    assert load(lesson=lesson).kept == ["Accueillir mieux"]


def test_a_changed_federation_moves_the_module(load, tmp_path):
    load()
    other = FederationFactory(slug="autre", name="Autre")
    path = make_pack(tmp_path, course_yaml=COURSE.replace("reseau-eti", "autre"))
    # It may as well be that someone moved the module on the site: only `overwrite` settles it.
    assert load_pack(read_pack(path)).kept == ["Premiers pas"]
    report = load_pack(read_pack(path), overwrite=True)
    assert report.updated == ["Premiers pas"]
    assert report.unchanged == TITLES[1:]
    assert load_pack(read_pack(path)).unchanged == TITLES
    course = CoursePage.objects.get()
    assert course.federation == other
    assert course.get_parent().specific.federation == other


def test_a_changed_slug_moves_the_addresses(load):
    load()
    load(course_yaml=COURSE.replace("slug: premiers-pas", "slug: les-premiers-pas"))
    assert LessonPage.objects.get(slug="observer").url_path.endswith("/les-premiers-pas/observer/")


def test_the_person_who_loads_signs_the_revisions(load):
    user = UserFactory()
    load(user=user)
    assert {revision.user for revision in Revision.objects.all()} == {user}


def test_a_pack_with_faults_changes_nothing(load):
    load()
    before = counts()
    with pytest.raises(PackError):
        load(lesson=LESSON.replace("Dire bonjour.", "Dire."), quiz_yaml=QUIZ.replace("worth: 2", "worth: 0"))
    assert counts() == before
    assert LessonPage.objects.get(slug="accueillir").body[1].value["text"] == "Dire bonjour."


def test_what_the_site_refuses_is_a_fault_and_undoes_everything(load, settings):
    load(second=None, quiz_yaml=None)
    CoursePage.objects.get().add_child(
        instance=LessonPage(title="Autre", slug="observer", minutes=5, body=[("markdown", "x")])
    )
    before = counts()
    files = sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
    with pytest.raises(PackError) as caught:
        load(image=picture(size=(7, 7)))
    assert "02-observer.md:1 : « slug » n'est pas accepté" in str(caught.value)
    assert counts() == before
    assert sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()) == files


def test_a_block_that_the_site_refuses_is_a_fault_at_its_line(load, monkeypatch):
    """The schema says it first; this holds should the blocks become stricter than the schema."""
    from courses.packs import streams

    item = streams.item
    monkeypatch.setattr(
        streams, "item", lambda kind, value, *steps: item(kind, "" if kind == "markdown" else value, *steps)
    )
    with pytest.raises(PackError) as caught:
        load()
    assert [(fault.file.rsplit("/", 1)[1], fault.line) for fault in caught.value.faults] == [
        ("01-accueillir.md", 8),
        ("01-accueillir.md", 62),
        ("02-observer.md", 9),
    ]
    assert not CoursePage.objects.exists()


def test_without_a_catalogue_the_load_says_what_to_do(load, catalog):
    catalog.delete()
    with pytest.raises(
        PackError, match=r"le catalogue n'existe pas sur ce site\. À faire : lancez d'abord : eti load_content"
    ):
        load()


def test_the_report_names_what_happened(load):
    assert load().lines()[0] == f"Créées (5) : Réseau des ETI ; {' ; '.join(TITLES)}"
    assert load().lines() == ["Inchangées : 4"]
