"""Pages in the search: only what is published, and kept for no one, is ever told."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from wagtail.models import PageViewRestriction

from pages.models import StandardPage
from search import services
from search.models import SearchEntry
from tests.courses.factories import make_course, make_home, make_lesson, make_quiz, make_space, single
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


def titles(user=VISITOR, typed="amiante ", **options):
    return [hit.plain_title for hit in services.search(user, typed, **options).hits]


def markdown(text):
    return [{"type": "markdown", "id": "6f4bb1e3-5c7c-4d9e-8f6b-0d2b6a5d4f11", "value": text}]


@pytest.fixture
def lesson():
    return make_lesson(
        make_course(title="Chantier sûr"), title="Reconnaître l'amiante", body=markdown("Ne **percez** pas.")
    )


def test_a_lesson_is_found_by_its_title_and_its_text(lesson):
    hit = services.search(VISITOR, "percer ").hits[0]
    assert (hit.plain_title, hit.url, hit.place) == (lesson.title, lesson.url, "Chantier sûr")
    assert hit.passage == "Ne <mark>percez</mark> pas."


def test_a_module_a_quiz_and_a_page_of_text_are_found():
    course = make_course(title="L'amiante", summary="Repérer.")
    make_quiz(course, title="Quiz sur l'amiante")
    make_home().add_child(instance=StandardPage(title="Qui parle d'amiante ?", summary="Nous"))
    assert set(titles()) == {"L'amiante", "Quiz sur l'amiante", "Qui parle d'amiante ?"}
    assert set(titles(families=["lessons"])) == {"L'amiante", "Quiz sur l'amiante"}


def test_the_questions_of_a_lesson_and_of_a_quiz_are_not_told():
    make_quiz(questions=[single("L'amiante ?", right="amiante")])
    make_lesson(body=[single("L'amiante ?", right="amiante")])
    assert titles() == []


def test_a_draft_is_not_told(lesson):
    lesson.title = "Reconnaître le plomb"
    lesson.save_revision()
    assert titles(typed="plomb ") == []
    lesson.get_latest_revision().publish()
    assert titles(typed="plomb ") == ["Reconnaître le plomb"]
    assert titles() == []


def test_an_unpublished_lesson_is_gone_at_once(lesson):
    lesson.unpublish()
    assert services.search(VISITOR, "amiante ").count == 0


def test_the_lessons_of_an_unpublished_module_are_gone_and_come_back_with_it(lesson):
    course = lesson.course
    course.unpublish()
    assert services.search(VISITOR, "amiante ").count == 0
    course.save_revision().publish()
    assert titles() == [lesson.title]


def test_a_restriction_counts_at_once_wherever_it_is_set(lesson):
    for page in (lesson, lesson.course, make_space(lesson.course.federation)):
        restriction = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
        assert services.search(UserFactory(), "amiante ").count == 0
        restriction.delete()
        assert titles() == [lesson.title]


def test_a_restriction_that_the_index_has_missed_still_hides(lesson):
    PageViewRestriction.objects.bulk_create(
        [PageViewRestriction(page=lesson.course, restriction_type=PageViewRestriction.LOGIN)]
    )
    assert titles() == []


def test_a_lesson_of_a_module_with_an_account_is_told_to_members_only(lesson):
    course = lesson.course
    course.open_access = False
    course.save_revision().publish()
    assert titles() == []
    assert titles(UserFactory()) == [lesson.title]


def test_a_page_that_is_moved_under_a_draft_or_deleted_is_gone(lesson):
    lesson.move(make_course(live=False), pos="last-child")
    assert services.search(VISITOR, "amiante ").count == 0
    lesson = make_lesson(title="Encore l'amiante")
    assert titles() == [lesson.title]
    lesson.delete()
    assert not SearchEntry.objects.filter(kind="lesson", object_id=lesson.pk).exists()


def test_the_catalogue_finds_modules_under_any_form_of_their_words(client):
    course = make_course(title="Évaluer les chevaux de trait")
    make_course(title="Autre module")
    found = client.get(course.get_parent().get_parent().url, {"q": "cheval évalué"}).context["search"].results
    assert [page.title for page in found] == [course.title]


def test_pages_of_all_kinds_are_shown_in_two_queries(django_assert_num_queries, lesson):
    make_quiz(title="Quiz sur l'amiante")
    make_course(title="L'amiante")
    titles()
    extra = connection.vendor == "postgresql"
    with django_assert_num_queries(3 + extra):  # the candidates, the pages, their texts
        assert len(titles()) == 3
