"""Loading `content/`: a whole site from nothing, and nothing more the second time."""

import shutil

import pytest
from django.conf import settings as django_settings
from wagtail.models import Page, Revision, Site

from courses.catalog.models import (
    CatalogPage,
    Competence,
    CoursePage,
    FederationPage,
    Referential,
    Theme,
    course_activities,
)
from courses.packs.content import known_in_content, load_content
from courses.packs.faults import PackError
from courses.packs.models import PackItem
from courses.questions.checks import advice, faults
from courses.questions.raw import questions_from_raw
from courses.quizzes.models import QuizPage
from forum.models import Category, Post, Topic
from pages.models import HomePage, SiteSettings, StandardPage
from people.models import Federation, Territory

from .builder import make_pack

pytestmark = pytest.mark.django_db
CONTENT = django_settings.CONTENT_DIR
COUNTED = (
    Page,
    Revision,
    PackItem,
    Territory,
    Federation,
    Theme,
    Referential,
    Competence,
    Category,
    Topic,
    Post,
    Site,
)


@pytest.fixture
def content(tmp_path, settings):
    """A copy of `content/` with one small module, to change at will."""
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("modules"))
    make_pack(folder / "modules")
    return folder


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def check_quizzes(course: CoursePage) -> None:
    """A starter module: a final quiz of eight kinds or more, a positioning before and the same after."""
    quizzes = list(QuizPage.objects.child_of(course).live().order_by("path"))
    before, after = (quiz for quiz in quizzes if quiz.is_positioning)
    assert (before, after.repeats) == (quizzes[0], before)
    assert course_activities(course)[0].id == before.pk
    (final,) = (quiz for quiz in quizzes if not quiz.is_positioning)
    questions = list(questions_from_raw(final.raw_questions))
    assert len({question.kind for question in questions}) >= 8, final
    assert any(question.case for question in questions)
    for question in [*questions, *questions_from_raw(before.raw_questions)]:
        assert faults(question) == [], question
        assert not any("image" in told or "explication" in told for told in advice(question)), question


def test_the_real_content_loads_once(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    report = load_content(CONTENT)
    assert CoursePage.objects.live().count() == len(list((CONTENT / "modules").glob("*/course.yaml")))
    assert report.kept == report.updated == []
    before = counts()
    assert before["Topic"] == before["Category"] > 0
    for course in CoursePage.objects.live():
        check_quizzes(course)
    again = load_content(CONTENT)
    assert counts() == before
    assert (again.created, again.updated, again.kept, again.reordered) == ([], [], [], [])
    assert len(again.unchanged) == PackItem.objects.count()


def test_the_site_has_its_pages(content):
    load_content(content)
    site = Site.objects.get()
    home = HomePage.objects.get()
    assert (site.root_page.specific, site.site_name, site.hostname, site.is_default_site) == (
        home,
        "Réseau ETI",
        "localhost",
        True,
    )
    assert [block.block_type for block in home.body] == ["audiences", "how", "facts"]
    assert CatalogPage.objects.get().url == "/formations/"
    assert not Page.objects.filter(slug="home").exists()
    aide = StandardPage.objects.get(slug="aide")
    assert aide.url == "/aide/"
    assert aide.show_in_menus
    assert aide.body[0].block_type == "markdown"
    assert FederationPage.objects.get().federation.slug == "reseau-eti"


def test_the_referential_is_a_tree_in_order(content):
    load_content(content)
    activities = Competence.objects.filter(parent=None)
    assert [activity.code for activity in activities] == ["A1", "A2", "A3"]
    assert [competence.code for competence in activities[1].children.all()] == ["A2.1", "A2.2", "A2.3", "A2.4"]
    assert Theme.objects.first().slug == "publics"


def test_a_page_edited_on_the_site_is_never_overwritten(content):
    load_content(content)
    page = StandardPage.objects.get(slug="aide")
    page.title = "Aide de chez nous"
    page.save_revision().publish()
    source = content / "pages" / "aide.md"
    source.write_text(source.read_text() + "\nUn mot de plus.\n")
    report = load_content(content)
    assert report.kept == ["Aide de chez nous"]
    assert StandardPage.objects.get(slug="aide").title == "Aide de chez nous"


def test_a_page_made_by_hand_at_the_same_place_is_kept(content):
    load_content(content)
    PackItem.objects.filter(key__in=["page/aide", "page/home", "page/formations"]).delete()
    report = load_content(content)
    assert sorted(report.kept) == sorted(
        [StandardPage.objects.get(slug="aide").title, HomePage.objects.get().title, "Formations"]
    )
    assert StandardPage.objects.filter(slug="aide").count() == 1


def test_another_first_page_and_the_settings_are_left_alone(content):
    load_content(content)
    site = Site.objects.get()
    site.hostname, site.site_name = "www.reseau.example", "Chez nous"
    site.save()
    settings = SiteSettings.load()
    settings.operator = "Une association"
    settings.save()
    load_content(content)
    assert (Site.objects.get().hostname, Site.objects.get().site_name) == ("www.reseau.example", "Chez nous")
    assert SiteSettings.load().operator == "Une association"


def test_a_forum_category_changed_or_emptied_is_left_alone(content):
    load_content(content)
    category = Category.objects.first()
    category.name = "Autrement"
    category.save()
    Topic.objects.filter(category=category).delete()
    load_content(content)
    category.refresh_from_db()
    assert category.name == "Autrement"
    assert not Topic.objects.filter(category=category).exists()


def test_faults_anywhere_come_together_and_change_nothing(content):
    (content / "referentials" / "themes.yaml").write_text("- slug: publics\n")
    (content / "pages" / "aide.md").write_text("Bonjour")
    (content / "pages" / "autre.md").write_text((CONTENT / "pages" / "accessibilite.md").read_text())
    (content / "modules" / "premiers-pas" / "quiz.yaml").write_text("id: x\n")
    (content / "forum" / "categories.yaml").write_text("- slug: a\n  name: b\n")
    with pytest.raises(PackError) as caught:
        load_content(content)
    told = str(caught.value)
    for words in (
        "« 1 › title » manque",
        "l'en-tête manque",
        "a le même slug",
        "« minutes » manque",
        "« welcome » manque",
    ):
        assert words.replace("« 1 › title »", "« title »") in told
    assert not HomePage.objects.exists()


def test_what_packs_may_refer_to_is_read_from_the_lists(content):
    known = known_in_content(content)
    assert "reseau-eti" in known.federations
    assert "A2.1" in known.competences
    assert "A2" not in known.competences  # an activity is no competence
    (content / "federations.yaml").write_text("- nom: x\n")
    with pytest.raises(PackError):
        known_in_content(content)
