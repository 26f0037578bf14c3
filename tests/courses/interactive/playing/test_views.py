import json
import uuid
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse

from courses.interactive.packages.serving import file_base
from courses.interactive.playing.launching import launch_token, read_launch
from courses.interactive.playing.models import NO_BLOCK, PlayState, Registration
from courses.progress.models import ActivityState
from courses.progress.services import enrol
from tests.courses.factories import make_course, make_home, make_lesson
from tests.courses.interactive.factories import (
    LibraryFactory,
    PackageFactory,
    PackageVersionFactory,
    RegistrationFactory,
    StatementFactory,
    make_interactive,
    place_iri,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_of_its_own(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "packages": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "packages"},
        },
    }


def h5p_package(**fields):
    package = PackageFactory(**fields)
    version = package.current
    version.library = LibraryFactory(metadata={"fullscreen": 0})
    version.content = {"question": "<p>Oui ?</p></script>"}
    version.structure = {"title": "Un contenu", "license": "CC BY"}
    version.bundle = "b1"
    version.save()
    return package


@pytest.fixture
def page():
    make_home()
    return make_interactive(make_course(), h5p_package(), alternative="En bref.")


@pytest.fixture
def person(client):
    user = UserFactory()
    client.force_login(user)
    return user


def play(client, page, **options):
    return client.get(reverse("playing:play", args=[page.pk]), **options)


def document(client, answer):
    """Follow a launch to the document of its frame."""
    assert answer.status_code == 302
    return client.get(answer.headers["Location"])


def launch_of(answer):
    return read_launch(parse_qs(urlsplit(answer.headers["Location"]).query)["eti"][0])


def settings_of(document):
    """Return what the core is given."""
    text = document.content.decode().partition('id="h5p-integration" type="application/json">')[2]
    return json.loads(text.partition("</script>")[0])


# -- Launching ------------------------------------------------------------------------------------------------------


def test_a_launch_opens_a_registration(client, page, person):
    launch = launch_of(play(client, page))
    registration = Registration.objects.get(user=person, page=page)
    assert launch.registration_id == registration.pk
    assert launch_of(play(client, page)).registration_id == registration.pk


def test_the_script_of_the_page_is_told_where_to_send_reports(client, page, person):
    told = play(client, page, headers={"accept": "application/json"}).json()
    assert told["frame"].startswith(file_base(page.package.current))
    assert told["report"].startswith("/contenus/resultats/")


def test_a_launch_tells_the_result_so_far_even_when_it_is_nought(client, page, person):
    told = play(client, page, headers={"accept": "application/json"}).json()
    assert told["text"] == ""
    Registration.objects.filter(user=person, page=page).update(score=0)
    told = play(client, page, headers={"accept": "application/json"}).json()
    assert "Votre meilleur score : 0 %" in told["text"].replace("\xa0", " ")


def test_a_visitor_plays_and_nothing_is_recorded(client, page):
    answer = play(client, page)
    assert launch_of(answer).registration_id is None
    assert not Registration.objects.exists()
    token = parse_qs(urlsplit(answer.headers["Location"]).query)["eti"][0]
    sent = client.post(reverse("playing:report", args=[token]), '{"seen": true}', content_type="text/plain")
    assert sent.json() == {"statements": [], "result": None}


def test_a_cmi5_content_asks_for_an_account(client):
    make_home()
    page = make_interactive(make_course(), PackageFactory(kind="cmi5"))
    assert "/compte/connexion/" in play(client, page).headers["Location"]
    assert "se fait avec un compte" in client.get(page.url).content.decode()


def test_a_module_that_asks_for_an_account_leads_a_visitor_to_sign_in(client, page):
    page.course.open_access = False
    page.course.save()
    assert "/compte/connexion/" in play(client, page).headers["Location"]
    assert "/compte/connexion/" in client.get(page.url).headers["Location"]


@pytest.mark.parametrize("hidden", ["page", "course"])
def test_what_is_not_published_is_not_played(client, page, person, hidden):
    (page if hidden == "page" else page.course).unpublish()
    assert play(client, page).status_code == 404


def test_a_block_of_a_lesson_is_played_in_its_own_place(client, person):
    make_home()
    block = uuid.uuid4()
    value = {"package": h5p_package().pk, "title": "", "alternative": ""}
    lesson = make_lesson(body=[{"type": "interactive", "id": str(block), "value": value}])
    answer = client.get(reverse("playing:play_block", args=[lesson.pk, block]))
    assert launch_of(answer).block_id == block
    assert client.get(reverse("playing:play_block", args=[lesson.pk, uuid.uuid4()])).status_code == 404


def test_trying_a_package_out_needs_a_right_on_it_and_records_nothing(client, page, person):
    address = reverse("playing:preview_package", args=[page.package_id])
    assert client.get(address).status_code == 403
    client.force_login(UserFactory(is_superuser=True))
    assert launch_of(client.get(address)).registration_id is None
    assert not Registration.objects.exists()


# -- The frame ------------------------------------------------------------------------------------------------------


def test_the_frame_has_its_own_policy_and_is_kept_by_nobody(client, page, person):
    answer = document(client, play(client, page))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts allow-forms allow-downloads" in policy
    assert "allow-same-origin" not in policy
    assert "/contenus/resultats/" in policy
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "X-Frame-Options" not in answer.headers


def test_the_core_is_told_of_the_content_and_of_nobody(client, page, person):
    answer = document(client, play(client, page))
    told = settings_of(answer)
    content = told["contents"]["cid-1"]
    assert json.loads(content["jsonContent"]) == {"question": "<p>Oui ?</p></script>"}
    assert content["library"] == page.package.current.library.ubername
    assert content["url"] == place_iri(page.pk)
    assert "user" not in told
    assert person.email not in answer.content.decode()


def test_a_button_tells_the_rights_of_a_content_that_has_some(client, page, person):
    assert settings_of(document(client, play(client, page)))["contents"]["cid-1"]["displayOptions"]["frame"]
    version = page.package.current
    version.structure = {"title": "Un contenu", "license": "U"}
    version.save()
    assert not settings_of(document(client, play(client, page)))["contents"]["cid-1"]["displayOptions"]["frame"]


def test_what_was_saved_is_found_again(client, page, person):
    first = play(client, page)
    registration = Registration.objects.get()
    for key, data in (("0/state", '{"a":1}'), ("part-1/state", "[2]"), ("0/erased", "")):
        PlayState.objects.create(registration=registration, key=key, data=data)
    told = settings_of(document(client, first))
    assert told["contents"]["cid-1"]["contentUserData"] == {"0": {"state": '{"a":1}'}, "part-1": {"state": "[2]"}}
    assert told["saveFreq"] == 10


def test_a_visitor_s_content_saves_nothing(client, page):
    assert settings_of(document(client, play(client, page)))["saveFreq"] is False


def test_a_launch_of_another_version_opens_nothing(client, page, person):
    other = PackageVersionFactory(package=page.package)
    token = launch_token(None, page.pk, None, other.pk)
    assert client.get(f"{file_base(page.package.current)}?eti={token}").status_code == 404


def test_a_false_launch_says_to_load_the_page_again(client, page):
    answer = client.get(f"{file_base(page.package.current)}?eti=faux")
    assert answer.status_code == 410
    assert "Rechargez la page" in answer.content.decode()


def test_a_file_needs_no_query(client, page, django_assert_num_queries):
    version = page.package.current
    storages["packages"].save(f"{version.folder}/files/content/a.txt", ContentFile(b"a"))
    with django_assert_num_queries(0):
        assert client.get(f"{file_base(version)}content/a.txt").status_code == 200


# -- The page -------------------------------------------------------------------------------------------------------


def test_the_page_says_when_the_activity_is_done_and_what_it_costs(client, page):
    text = client.get(page.url).content.decode()
    assert "Cette activité est faite quand vous êtes allé au bout." in text
    assert "Lancer l'activité" in text
    assert "Ko</a>" in text
    assert text.count("En bref.") == 2
    assert "Se connecter</a>" in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("passed", "quand vous obtenez 70 % au moins"),
        ("seen", "dès que vous l'avez ouverte"),
        ("declared", "quand vous dites que vous avez terminé"),
    ],
)
def test_each_rule_is_said(client, page, rule, words):
    page.rule = rule
    page.save()
    assert words in unescape(client.get(page.url).content.decode())


def test_the_page_shows_the_best_score(client, page, person):
    RegistrationFactory(user=person, page=page, score="0.8")
    assert "Votre meilleur score" in client.get(page.url).content.decode()


def test_the_preview_plays_the_package_without_recording(page, rf):
    request = rf.get("/admin/", SERVER_NAME="localhost")
    request.user = UserFactory(is_superuser=True)
    text = page.make_preview_request(request).render().content.decode()
    assert "rien n'est enregistré" in text
    assert reverse("playing:preview_package", args=[page.package_id]) in text
    assert reverse("playing:play", args=[page.pk]) not in text
    assert not Registration.objects.exists()


def test_a_visit_is_where_one_goes_on_from(client, page, person):
    enrolment = enrol(person, page.course)
    client.get(page.url)
    assert ActivityState.objects.get(enrolment=enrolment).activity_id == page.pk


# -- Done by one's own word ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["declared", "seen"])
def test_one_may_say_that_one_is_done_where_the_rule_says_so(client, page, person, rule):
    page.rule = rule
    page.save()
    enrolment = enrol(person, page.course)
    assert "J'ai terminé" in client.get(page.url).content.decode()
    client.post(reverse("playing:finish", args=[page.pk]))
    assert Registration.objects.get().done_at is not None
    assert ActivityState.objects.get(enrolment=enrolment, activity=page).done_at is not None


@pytest.mark.parametrize("rule", ["passed", "completed"])
def test_elsewhere_one_s_word_does_not_count(client, page, person, rule):
    page.rule = rule
    page.save()
    assert "J'ai terminé" not in client.get(page.url).content.decode()
    assert client.post(reverse("playing:finish", args=[page.pk])).status_code == 403
    assert not Registration.objects.exists()


# -- Answers --------------------------------------------------------------------------------------------------------


def test_one_sees_one_s_own_answers_alone(client, page, person):
    address = reverse("playing:answers", args=[page.pk])
    assert client.get(address).status_code == 302
    for owner, response in ((person, "true"), (UserFactory(), "false")):
        registration = RegistrationFactory(user=owner, page=page)
        definition = {"interactionType": "true-false", "description": {"fr": "Le plâtre se recycle."}}
        StatementFactory(
            registration=registration.pk,
            activity=place_iri(page.pk),
            success=response == "true",
            raw={"object": {"definition": definition}, "result": {"response": response}},
        )
    text = client.get(address).content.decode()
    assert "Le plâtre se recycle." in text
    assert "Vrai" in text
    assert "Faux" not in text


def test_mon_parcours_lists_what_one_has_done(client, page, person):
    RegistrationFactory(user=person, page=page, score="0.85")
    text = client.get(reverse("progress:dashboard")).content.decode()
    assert page.title in text
    assert "85&nbsp;%" in text
    assert "jamais une preuve" in text


# -- Budgets --------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(client, person, page):
    """A module in which everything was opened and a lot of people have done the activity."""
    block = {"type": "interactive", "id": str(uuid.uuid4()), "value": {"package": page.package_id}}
    client.lesson = make_lesson(page.course, body=[block])
    client.page = page
    for each in (client.lesson, page):
        each.save_revision().publish()
    enrol(person, page.course)
    RegistrationFactory.create_batch(20, page=page)
    RegistrationFactory(user=person, page=page, score="0.5")
    client.get(page.url)
    client.get(client.lesson.url)
    return client


def test_a_lesson_with_an_h5p_content_takes_twelve_queries(busy, django_assert_num_queries):
    with django_assert_num_queries(12):
        text = busy.get(busy.lesson.url).content.decode()
    assert "data-activity" in text


def test_the_page_of_an_activity_takes_twelve_queries_at_most(busy, django_assert_num_queries):
    with django_assert_num_queries(12):
        busy.get(busy.page.url)


def test_mon_parcours_takes_as_many_queries_whatever_was_done(busy, person, django_assert_num_queries):
    for _number in range(3):
        RegistrationFactory(user=person, page=make_interactive(busy.page.course))
    with django_assert_num_queries(9):
        busy.get(reverse("progress:dashboard"))


def test_a_report_takes_few_queries(busy, person, django_assert_max_num_queries):
    registration = Registration.objects.get(user=person, page=busy.page)
    token = launch_token(registration, busy.page.pk, NO_BLOCK, registration.version_id)
    statement = {
        "id": str(uuid.uuid4()),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": place_iri(busy.page.pk)},
    }
    body = {"statements": [statement], "states": [{"key": "0/state", "sequence": 1, "data": "{}"}]}
    with django_assert_max_num_queries(30):
        busy.post(reverse("playing:report", args=[token]), json.dumps(body), content_type="text/plain")
