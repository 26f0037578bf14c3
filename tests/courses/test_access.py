"""What is not published, or kept for some, stays so by every way in."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import PageViewRestriction

from courses.catalog.models import FederationPage
from courses.catalog.services import grant_federation_rights
from courses.progress.models import Enrolment
from courses.progress.services import enrol
from courses.quizzes.models import Attempt
from courses.quizzes.services import start_attempt
from tests.courses.factories import make_course, make_lesson, make_quiz, make_space
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

HUGE = 2**63


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def learner(client, user):
    client.force_login(user)
    return client


def addresses(course):
    lesson, quiz = course.get_children().specific()
    return [
        reverse("progress:enrol", args=[course.pk]),
        reverse("progress:finish", args=[lesson.pk]),
        reverse("progress:reopen", args=[lesson.pk]),
        reverse("quizzes:start", args=[quiz.pk]),
    ]


class TestRestrictedModule:
    @pytest.fixture
    def course(self):
        course = make_course(lessons=1, quiz=True, title="Module réservé")
        restriction = PageViewRestriction.objects.create(page=course, restriction_type=PageViewRestriction.GROUPS)
        restriction.groups.add(Group.objects.create(name="Invités"))
        return course

    def test_no_address_beside_the_pages_lets_a_stranger_in(self, learner, course):
        assert [learner.post(address).status_code for address in addresses(course)] == [404] * 4
        assert Enrolment.objects.count() == Attempt.objects.count() == 0

    def test_a_person_of_the_group_comes_in(self, learner, user, course):
        user.groups.add(Group.objects.get(name="Invités"))
        assert learner.post(addresses(course)[0]).status_code == 302
        assert Enrolment.objects.count() == 1

    def test_it_leaves_my_page_when_it_is_kept_from_me(self, learner, user):
        course = make_course(lessons=1, title="Module réservé")
        enrol(user, course)
        assert "Module réservé" in learner.get(reverse("progress:dashboard")).text
        PageViewRestriction.objects.create(page=course, restriction_type=PageViewRestriction.LOGIN)
        assert "Module réservé" not in learner.get(reverse("progress:dashboard")).text


class TestUnpublishedModule:
    @pytest.fixture
    def course(self):
        course = make_course(lessons=1, quiz=True, live=False)
        course.get_children().update(title="Leçon cachée")
        return course

    def test_its_published_lessons_and_quiz_are_not_found(self, learner, course):
        for page in course.get_children().specific():
            assert learner.get(page.url).status_code == 404
        assert [learner.post(address).status_code for address in addresses(course)] == [404] * 4

    def test_neither_search_nor_sitemap_tells_of_them(self, client, course):
        assert "Leçon cachée" not in client.get("/recherche/?q=cachée").text
        assert course.get_first_child().slug not in client.get("/sitemap.xml").text
        visible = make_lesson(title="Leçon visible")
        assert visible.url in client.get("/sitemap.xml").text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address",
    [
        f"/quiz/{HUGE}/commencer/",
        f"/suivi/module/{HUGE}/suivre/",
        f"/suivi/activite/{HUGE}/terminer/",
        f"/suivi/activite/{HUGE}/reprendre/",
        f"/forum/message/{HUGE}/",
        "/quiz/0/commencer/",
    ],
)
def test_a_number_that_is_in_no_database_is_not_found(learner, method, address):
    assert getattr(learner, method)(address).status_code in {404, 405}


def test_after_signing_in_again_a_form_leads_back_to_its_page(learner, user):
    course = make_course(lessons=1, quiz=True)
    lesson, quiz = course.get_children().specific()
    attempt = start_attempt(user, quiz)
    assert learner.get(reverse("quizzes:submit", args=[attempt.pk]))["Location"] == attempt.get_absolute_url()
    assert learner.get(reverse("progress:reopen", args=[lesson.pk]))["Location"] == lesson.url
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


@pytest.mark.parametrize("address", ["/recherche/", "/mon-parcours/", "/robots.txt"])
def test_a_browser_may_ask_for_the_headers_alone(learner, address):
    assert learner.head(address).status_code == 200


class TestSpaceOfAFederation:
    def test_only_an_administrator_gives_a_space_to_another_federation(self, client):
        space = make_space()
        client.force_login(MembershipFactory(federation=space.federation, role="editor").user)
        form = client.get(reverse("wagtailadmin_pages:edit", args=[space.pk])).context["form"]
        assert "introduction" in form.fields
        assert "federation" not in form.fields

    def test_the_rights_and_the_modules_follow(self):
        space, other = make_space(), make_space()
        before = MembershipFactory(federation=space.federation, role="editor").user
        course = make_course(space)
        new_federation, other_page = other.federation, other
        other_page.delete()
        space = FederationPage.objects.get(pk=space.pk)
        space.federation = new_federation
        space.save()
        grant_federation_rights(space)
        course.refresh_from_db()
        assert course.federation == new_federation
        assert not space.permissions_for_user(before).can_edit()

    def test_a_space_is_not_copied(self, client):
        client.force_login(UserFactory(is_superuser=True))
        response = client.get(reverse("wagtailadmin_pages:copy", args=[make_space().pk]), follow=True)
        assert "un espace" in response.text.replace("’", "'")


def test_a_result_says_the_exact_mark_and_offers_no_attempt_that_is_not_allowed(learner, user):
    from courses.quizzes.services import submit_attempt
    from tests.courses.factories import save_answer, single

    quiz = make_quiz(questions=[single(), single(), single()], pass_mark=67, attempts_allowed=1)
    attempt = start_attempt(user, quiz)
    save_answer(attempt, 1, ["right"])
    save_answer(attempt, 2, ["right"])
    text = learner.get(submit_attempt(attempt).get_absolute_url()).text
    assert "66,67&nbsp;%" in text
    assert "Refaire le quiz" not in text
    assert "réessayez" not in text
