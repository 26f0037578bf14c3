import datetime
from html import unescape

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from courses.catalog.models import CoursePage, FederationPage, LessonPage
from courses.progress.models import ActivityState
from courses.progress.services import enrol
from tests.courses.factories import (
    make_catalog,
    make_course,
    make_home,
    make_lesson,
    make_space,
    make_theme,
    multiple,
    single,
)
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client):
    client.user = UserFactory()
    client.force_login(client.user)
    return client


def text_of(response):
    assert response.status_code == 200, response
    return unescape(response.content.decode()).replace("\xa0", " ")


class TestCatalog:
    def test_an_empty_catalogue_says_so(self, client):
        assert "Aucun module n'est encore publié" in text_of(client.get(make_catalog().url))

    def test_published_modules_are_shown_and_drafts_are_not(self, client):
        make_course(title="Trier le bois")
        make_course(title="En préparation", live=False)
        html = text_of(client.get(make_catalog().url))
        assert "Trier le bois" in html
        assert "En préparation" not in html

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("theme=publics", {"Court"}),
            ("duree=courte", {"Court"}),
            ("duree=longue", {"Long"}),
            ("niveau=expertise", {"Long"}),
            ("theme=inconnu", {"Court", "Long"}),
            ("duree=&theme=&q=", {"Court", "Long"}),
            ("page=999", {"Court", "Long"}),
            ("page=abc", {"Court", "Long"}),
            ("theme=publics&niveau=expertise", set()),
        ],
    )
    def test_filters_narrow_the_list_and_unknown_values_are_ignored(self, client, query, found):
        make_course(title="Court", minutes=30, themes=[make_theme("publics")])
        make_course(title="Long", minutes=300, level="expertise")
        html = text_of(client.get(f"{make_catalog().url}?{query}"))
        assert {title for title in ("Court", "Long") if f">{title}</a>" in html} == found

    def test_modules_of_one_federation(self, client):
        make_course(make_space(FederationFactory(slug="a")), title="Module de A")
        make_course(make_space(FederationFactory(slug="b")), title="Module de B")
        html = text_of(client.get(f"{make_catalog().url}?federation=b"))
        assert "Module de B" in html
        assert "Module de A" not in html

    @pytest.mark.parametrize("query", ["réemploi", "REEMPLOI", "reemploi", "bois"])
    def test_words_are_found_whatever_their_case_and_accents(self, client, query):
        make_course(title="Le réemploi du bois")
        make_course(title="Autre sujet")
        html = text_of(client.get(make_catalog().url, {"q": query}))
        assert "Le réemploi du bois" in html
        assert "Autre sujet" not in html

    @pytest.mark.parametrize("query", ["zzz", "'", '"', "*", "a OR b", "NEAR(", "-", "%", "x" * 500])
    def test_odd_searches_find_nothing_and_break_nothing(self, client, query):
        make_course(title="Le réemploi")
        assert client.get(make_catalog().url, {"q": query}).status_code == 200
        assert client.get(reverse("catalog:search"), {"q": query}).status_code == 200

    def test_long_lists_are_cut_into_pages_that_keep_the_filters(self, client):
        for number in range(13):
            make_course(title=f"Module n° {number:02}", level="expertise")
        html = text_of(client.get(f"{make_catalog().url}?niveau=expertise"))
        assert "Page 1 sur 2" in html
        assert "?niveau=expertise&page=2" in html


class TestCourse:
    def test_it_shows_what_one_needs_to_choose(self, client):
        course = make_course(title="Publics", lessons=1, reviewed_on=datetime.date(2026, 11, 25), minutes=90)
        course.sources.create(
            title="Guide", publisher="INRS", url="https://www.inrs.fr/", consulted_on=datetime.date(2026, 11, 1)
        )
        course.save()
        html = text_of(client.get(course.url))
        for expected in ("1 h 30", "25 novembre 2026", "Repérer les signes", "Leçon 1", "INRS", course.federation.name):
            assert expected in html

    def test_a_visitor_is_invited_to_make_an_account(self, client):
        assert "Créer un compte" in text_of(client.get(make_course(lessons=1).url))

    def test_following_a_module_opens_its_first_lesson(self, learner):
        course = make_course(lessons=2)
        answer = learner.post(reverse("progress:enrol", args=[course.pk]))
        assert answer["Location"] == f"{course.url}lecon-1/"

    def test_it_shows_progress_and_where_to_go_on(self, learner):
        course = make_course(lessons=2, quiz=True)
        enrol(learner.user, course)
        learner.post(reverse("progress:finish", args=[course.get_first_child().pk]))
        html = text_of(learner.get(course.url))
        assert "33 %" in html
        assert "Commencer : Leçon 2" in html or "Continuer : Leçon 2" in html

    def test_a_module_belongs_to_the_federation_of_its_space(self):
        space = make_space()
        assert make_course(space).federation == space.federation

    def test_a_module_moved_to_another_space_changes_federation(self):
        course, other = make_course(), make_space()
        course.move(other, pos="last-child")
        assert CoursePage.objects.get(pk=course.pk).federation == other.federation


class TestLesson:
    def test_an_open_module_is_read_without_an_account(self, client):
        lesson = make_lesson(make_course(open_access=True))
        assert "Sur le chantier" in text_of(client.get(lesson.url))

    def test_a_closed_module_asks_to_sign_in_and_comes_back(self, client):
        lesson = make_lesson(make_course(open_access=False))
        answer = client.get(lesson.url)
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"?next={lesson.url}")
        client.force_login(UserFactory())
        assert "Sur le chantier" in text_of(client.get(lesson.url))

    def test_an_unpublished_lesson_is_not_found(self, client):
        assert client.get(make_lesson(make_course(), live=False).url).status_code == 404

    def test_reading_without_following_records_nothing(self, learner):
        learner.get(make_lesson().url)
        assert ActivityState.objects.count() == 0

    def test_reading_a_followed_module_is_noted_once(self, learner):
        lesson = make_lesson()
        enrol(learner.user, lesson.course)
        learner.get(lesson.url)
        learner.get(lesson.url)
        assert ActivityState.objects.get().activity_id == lesson.pk

    def test_finishing_a_lesson_opens_the_next_one(self, learner):
        course = make_course(lessons=2)
        enrol(learner.user, course)
        first = course.get_first_child()
        answer = learner.post(reverse("progress:finish", args=[first.pk]))
        assert answer["Location"] == f"{course.url}lecon-2/"

    def test_finishing_the_last_lesson_leads_back_to_the_module(self, learner):
        course = make_course(lessons=1)
        enrol(learner.user, course)
        answer = learner.post(reverse("progress:finish", args=[course.get_first_child().pk]), follow=True)
        assert "Bravo, vous avez terminé ce module." in text_of(answer)

    def test_finishing_without_following_is_refused_in_plain_words(self, learner):
        answer = learner.post(reverse("progress:finish", args=[make_lesson().pk]))
        assert answer.status_code == 403
        assert "Suivez d'abord le module" in unescape(answer.content.decode())

    def test_a_quiz_cannot_be_finished_by_hand(self, learner):
        course = make_course(quiz=True)
        enrol(learner.user, course)
        assert learner.post(reverse("progress:finish", args=[course.get_first_child().pk])).status_code == 404

    def test_the_last_title_read_is_where_one_goes_on(self, learner):
        lesson = make_lesson()
        enrol(learner.user, lesson.course)
        learner.get(lesson.url)
        learner.post(reverse("progress:keep_place", args=[lesson.pk]), {"anchor": "sur-le-chantier"})
        assert f"{lesson.url}#sur-le-chantier" in text_of(learner.get(reverse("progress:dashboard")))

    @pytest.mark.parametrize("anchor", ["", '"><script>', "x" * 100])
    def test_a_place_that_is_no_anchor_is_refused(self, learner, anchor):
        lesson = make_lesson()
        enrol(learner.user, lesson.course)
        learner.get(lesson.url)
        assert learner.post(reverse("progress:keep_place", args=[lesson.pk]), {"anchor": anchor}).status_code == 404
        assert ActivityState.objects.get().anchor == ""

    def test_the_body_is_rendered_once_for_each_published_revision(self, client, django_assert_num_queries):
        lesson = make_lesson()
        lesson.save_revision().publish()
        client.get(lesson.url)
        LessonPage.objects.filter(pk=lesson.pk).update(
            body='[{"type": "markdown", "value": "Hors révision", "id": "x"}]'
        )
        assert "Sur le chantier" in text_of(client.get(lesson.url))
        fresh = LessonPage.objects.get(pk=lesson.pk)
        fresh.body = fresh.body.stream_block.to_python([{"type": "markdown", "value": "Nouveau texte"}])
        fresh.save_revision().publish()
        assert "Nouveau texte" in text_of(client.get(lesson.url))

    def test_the_body_is_made_anew_when_a_file_or_an_address_that_it_shows_changes(
        self, client, django_capture_on_commit_callbacks
    ):
        from wagtail.documents import get_document_model

        from courses.catalog.body import GENERATION_KEY

        lesson = make_lesson()
        lesson.save_revision().publish()
        client.get(lesson.url)
        seen = {cache.get(GENERATION_KEY)}
        get_document_model().objects.create(title="Fiche", file=ContentFile(b"x", name="fiche.pdf"))
        client.get(lesson.url)
        seen.add(cache.get(GENERATION_KEY))
        course = CoursePage.objects.get(pk=lesson.course.pk)
        course.slug = "autre-adresse"
        with django_capture_on_commit_callbacks(execute=True):
            course.save()
        client.get(LessonPage.objects.get(pk=lesson.pk).url)
        seen.add(cache.get(GENERATION_KEY))
        assert len(seen) == 3

    def test_a_lesson_and_its_fragments_are_kept_apart_by_caches(self, client):
        assert "HX-Request" in client.get(make_lesson().url)["Vary"]

    def test_signed_out_in_a_closed_module_the_page_itself_goes_to_sign_in(self, client):
        lesson = make_lesson(make_course(open_access=False))
        answer = client.get(lesson.url, {"verifier": "x"}, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"].startswith("/compte/connexion/")


class TestInlineCheck:
    @pytest.fixture
    def question(self):
        return single("Que faire ?", right="Protéger", wrong=("Crier",))

    @pytest.fixture
    def lesson(self, question):
        return make_lesson(body=[question])

    def test_the_answer_is_nowhere_before_it_is_asked_for(self, client, lesson):
        html = text_of(client.get(lesson.url))
        assert "Que faire ?" in html
        for secret in ("Protéger d'abord.", "Non (0).", "Oui.", "correct"):
            assert secret not in html

    @pytest.mark.parametrize(
        ("option", "verdict"), [("right", "C'est juste."), ("wrong-0", "Ce n'est pas la bonne réponse.")]
    )
    def test_an_answer_is_corrected_in_the_page_without_javascript(self, client, lesson, question, option, verdict):
        html = text_of(client.get(lesson.url, {"verifier": question["id"], "reponse": option}))
        assert verdict in html
        assert "Protéger d'abord." in html

    def test_with_javascript_only_the_question_comes_back(self, client, lesson, question):
        html = text_of(
            client.get(lesson.url, {"verifier": question["id"], "reponse": "right"}, headers={"HX-Request": "true"})
        )
        assert "C'est juste." in html
        assert "<html" not in html

    def test_no_answer_reveals_nothing(self, client, lesson, question):
        html = text_of(client.get(lesson.url, {"verifier": question["id"]}))
        assert "Ce n'est pas la bonne réponse." not in html
        assert "Protéger d'abord." not in html

    def test_the_form_keeps_no_address_that_could_change(self, client, lesson):
        html = text_of(client.get(lesson.url))
        form = html[html.index('<form method="get" action="?#q-') :]
        assert lesson.url not in form[: form.index("</form>")]

    @pytest.mark.parametrize("query", [{"verifier": "nope"}, {"verifier": "", "reponse": "right"}])
    def test_an_unknown_question_shows_the_lesson_as_it_is(self, client, lesson, query):
        assert "Protéger d'abord." not in text_of(client.get(lesson.url, query))

    def test_a_forged_option_reveals_nothing(self, client, lesson, question):
        html = text_of(client.get(lesson.url, {"verifier": question["id"], "reponse": "forged"}))
        assert "Protéger d'abord." not in html

    def test_a_half_right_answer_is_told_so(self, client):
        question = multiple(right=2, wrong=1)
        lesson = make_lesson(body=[question])
        html = text_of(client.get(lesson.url, {"verifier": question["id"], "reponse": ["right-0"]}))
        assert "En partie juste." in html


class TestFederationRights:
    def test_an_editor_publishes_in_their_own_space_and_nowhere_else(self):
        mine, other = make_space(), make_space()
        editor = MembershipFactory(federation=mine.federation, role="editor").user
        assert mine.permissions_for_user(editor).can_add_subpage()
        assert make_course(mine).permissions_for_user(editor).can_publish()
        assert not other.permissions_for_user(editor).can_add_subpage()
        assert not make_course(other).permissions_for_user(editor).can_edit()

    def test_an_author_writes_and_does_not_publish(self):
        space = make_space()
        author = MembershipFactory(federation=space.federation, role="author").user
        course = make_course(space, owner=author)
        assert space.permissions_for_user(author).can_add_subpage()
        assert course.permissions_for_user(author).can_edit()
        assert not course.permissions_for_user(author).can_publish()

    def test_saving_the_space_again_gives_no_right_twice(self):
        space = make_space()
        before = GroupPagePermission.objects.count()
        space.save()
        assert GroupPagePermission.objects.count() == before

    def test_leaving_the_federation_takes_the_rights_away(self):
        space = make_space()
        membership = MembershipFactory(federation=space.federation, role="editor")
        membership.delete()
        user = type(membership.user).objects.get(pk=membership.user_id)
        assert not space.permissions_for_user(user).can_add_subpage()


def test_the_catalogue_holds_only_spaces_and_a_space_only_modules():
    assert [m.__name__ for m in type(make_catalog()).creatable_subpage_models()] == ["FederationPage"]
    assert [m.__name__ for m in FederationPage.creatable_subpage_models()] == ["CoursePage"]
    assert {m.__name__ for m in CoursePage.creatable_subpage_models()} == {"LessonPage", "QuizPage", "InteractivePage"}


def test_the_home_page_shows_the_latest_modules(client):
    make_course(title="Tout nouveau module")
    assert "Tout nouveau module" in text_of(client.get(make_home().url))


def test_a_page_deep_in_the_tree_is_found_by_its_address_and_a_wrong_one_is_not(client):
    lesson = make_lesson()
    assert client.get(lesson.url).status_code == 200
    assert client.get(lesson.url.replace("formations", "autre")).status_code == 404
    assert Page.objects.get(pk=lesson.pk).url == lesson.url


def test_the_search_over_the_site_finds_lessons_and_hides_drafts(client):
    make_lesson(title="Reconnaître l'amiante")
    make_lesson(title="Brouillon sur l'amiante", live=False)
    html = text_of(client.get(reverse("catalog:search"), {"q": "amiante"}))
    assert "Reconnaître l'amiante" in html
    assert "Brouillon" not in html
