import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.interactive.lrs.models import Statement
from courses.interactive.playing.launching import launch_token, read_launch
from courses.interactive.playing.models import PlayState, Registration
from courses.interactive.playing.outcome import Reported, Score
from courses.interactive.playing.places import place_of_page
from courses.interactive.playing.results import REPORTS_A_MINUTE, register, update_outcome
from courses.progress.models import ActivityState, Enrolment
from courses.progress.services import enrol
from tests.courses.factories import make_course, make_home, make_lesson
from tests.courses.interactive.factories import (
    COMPLETED,
    PackageFactory,
    PackageVersionFactory,
    RegistrationFactory,
    make_interactive,
    place_iri,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ANSWERED = "http://adlnet.gov/expapi/verbs/answered"


@pytest.fixture
def page():
    make_home()
    return make_interactive(make_course(), rule="passed", pass_mark=70)


@pytest.fixture
def person(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def registration(page, person):
    return register(person, place_of_page(page), page.package.current)


def said(page, raw, most, verb=ANSWERED, part="", **changes):
    return {
        "id": str(uuid.uuid4()),
        "verb": {"id": verb},
        "object": {"id": place_iri(page.pk, part=part)},
        "result": {"score": {"raw": raw, "max": most}, "completion": True},
        "timestamp": timezone.now().isoformat(),
    } | changes


def send(client, registration, body, **options):
    token = launch_token(registration, registration.page_id, registration.block_id, registration.version_id)
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(reverse("playing:report", args=[token]), text, content_type="text/plain", **options)


def test_a_launch_says_what_it_was_for(registration):
    token = launch_token(registration, registration.page_id, registration.block_id, registration.version_id, "sco-1")
    launch = read_launch(token)
    assert launch.registration_id == registration.pk
    assert (launch.page_id, launch.item) == (registration.page_id, "sco-1")


def test_a_passing_score_makes_the_activity_done(client, page, person, registration):
    enrolment = enrol(person, page.course)
    answer = send(client, registration, {"statements": [said(page, 8, 10)], "seconds": 0}).json()
    registration.refresh_from_db()
    assert answer["result"] == {
        "score": 0.8,
        "done": True,
        "text": "Votre meilleur score : 80 % – déclaré par l'activité sur votre appareil. Activité faite.",
    }
    assert (registration.score, registration.score_raw, registration.score_max) == (Decimal("0.8"), 8, 10)
    assert ActivityState.objects.get(enrolment=enrolment, activity=page).done_at == registration.done_at
    assert Enrolment.objects.get(pk=enrolment.pk).percent == 100


def test_a_score_under_the_mark_is_kept_and_leaves_the_activity_to_do(client, page, registration):
    answer = send(client, registration, {"statements": [said(page, 6, 10)]}).json()
    assert answer["result"]["score"] == 0.6
    assert not answer["result"]["done"]


def test_a_worse_try_takes_nothing_away(client, page, registration):
    send(client, registration, {"statements": [said(page, 9, 10)]})
    answer = send(client, registration, {"statements": [said(page, 1, 10)]}).json()
    assert answer["result"]["score"] == 0.9
    assert answer["result"]["done"]


def test_a_statement_is_stored_as_reported_by_the_device_of_the_person(client, page, person, registration):
    send(client, registration, {"statements": [said(page, 1, 1, actor={"mbox": "mailto:autre@exemple.fr"})]})
    statement = Statement.objects.get()
    assert statement.client_reported
    assert statement.user == person
    assert statement.federation == page.course.federation
    assert statement.registration == registration.pk
    assert statement.raw["actor"]["account"]["name"] == str(person.pk)


def test_the_same_report_twice_changes_nothing(client, page, registration):
    Registration.objects.filter(pk=registration.pk).update(started_at=timezone.now() - timedelta(hours=1))
    report = {"id": str(uuid.uuid4()), "statements": [said(page, 8, 10)], "seconds": 30}
    first, second = send(client, registration, report), send(client, registration, report)
    registration.refresh_from_db()
    assert first.json() == second.json()
    assert Statement.objects.count() == 1
    assert registration.seconds == 30


def test_a_forged_statement_changes_nothing_elsewhere(client, page, registration):
    other = make_interactive(page.course)
    forged = [
        said(other, 10, 10),
        said(page, 500, 100),
        said(page, 1, 1, verb="http://adlnet.gov/expapi/verbs/voided"),
        said(page, 1, 1, id="not a uuid"),
        "nothing",
    ]
    answer = send(client, registration, {"statements": forged}).json()
    assert answer["result"]["score"] is None
    assert not Registration.objects.filter(page=other).exists()
    assert {s.activity for s in Statement.objects.all()} <= {place_iri(page.pk)}


def test_the_statement_of_another_registration_is_not_taken_over(client, page, registration):
    other = RegistrationFactory(page=page)
    statement = said(page, 10, 10)
    send(client, other, {"statements": [statement]})
    answer = send(client, registration, {"statements": [statement]}).json()
    assert answer == {"statements": [], "result": {"score": None, "done": False, "text": "Activité commencée."}}


def test_the_parts_of_a_content_are_stored_and_leave_the_whole_alone(client, page, registration):
    answer = send(client, registration, {"statements": [said(page, 1, 1, part="abc")]}).json()
    assert Statement.objects.get().parent == place_iri(page.pk)
    assert answer["result"]["score"] is None


def test_at_most_two_hundred_statements_are_read_from_a_report(client, page, registration):
    send(client, registration, {"statements": [said(page, 1, 10) for _ in range(201)]})
    assert Statement.objects.count() == 200


def test_a_content_that_was_completed_is_done_by_that_rule(client, page, registration):
    page.rule = "completed"
    page.save()
    statement = {"id": str(uuid.uuid4()), "verb": {"id": COMPLETED}, "object": {"id": place_iri(page.pk)}}
    assert send(client, registration, {"statements": [statement]}).json()["result"]["done"]


def test_a_content_that_was_seen_is_done_by_that_rule(client, page, registration):
    page.rule = "seen"
    page.save()
    assert not send(client, registration, {"seconds": 1}).json()["result"]["done"]
    assert send(client, registration, {"seen": True}).json()["result"]["done"]


@pytest.mark.parametrize("sent", [b"{", b"[]", b"3", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_report_is_refused(client, registration, sent):
    assert send(client, registration, sent).status_code == 400


def test_a_report_of_more_than_a_megabyte_is_refused(client, registration):
    assert send(client, registration, b'"' + b"a" * 1024 * 1024 + b'"').status_code == 413


def test_a_token_that_is_false_or_too_old_reports_nothing(client, registration, monkeypatch):
    assert client.post("/contenus/resultats/faux/", "{}", content_type="text/plain").status_code == 410
    monkeypatch.setattr("courses.interactive.playing.launching.LAUNCH_AGE", timedelta(seconds=-1))
    assert send(client, registration, {"seen": True}).status_code == 410


def test_reports_are_counted_by_the_minute(client, registration):
    codes = {send(client, registration, {"seconds": 0}).status_code for _ in range(REPORTS_A_MINUTE)}
    assert codes == {200}
    refused = send(client, registration, {"seconds": 0})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"


def test_a_report_needs_no_cookie_and_no_form_token(registration, page):
    from django.test import Client

    stranger = Client(enforce_csrf_checks=True)
    answer = send(stranger, registration, {"statements": [said(page, 1, 1)]}, headers={"origin": "null"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_time_never_grows_faster_than_the_clock(client, registration):
    send(client, registration, {"seconds": 86_000})
    registration.refresh_from_db()
    assert registration.seconds <= 2


def test_an_older_state_that_comes_late_changes_nothing(client, registration):
    send(client, registration, {"states": [{"key": "0/state", "sequence": 20, "data": '{"a":2}'}]})
    send(client, registration, {"states": [{"key": "0/state", "sequence": 10, "data": '{"a":1}'}]})
    assert PlayState.objects.get().data == '{"a":2}'


def test_what_a_content_erases_does_not_come_back(client, registration):
    for sequence, data in ((20, '{"a":2}'), (30, None), (10, '{"a":1}')):
        report = {"states": [{"key": "0/state", "sequence": sequence, "data": data}]}
        assert send(client, registration, report).status_code == 200
    assert PlayState.objects.get().data == ""


@pytest.mark.parametrize(
    "state",
    [
        {"key": "x" * 256, "sequence": 1, "data": 1},
        {"key": "", "sequence": 1, "data": 1},
        {"key": "0/state", "sequence": -1, "data": 1},
        {"key": "0/state", "sequence": 2**63, "data": 1},
        {"key": "0/state", "sequence": True, "data": 1},
        {"key": "0/state", "sequence": "1", "data": 1},
        "state",
    ],
)
def test_a_state_out_of_shape_is_left_out(client, registration, state):
    assert send(client, registration, {"states": [state]}).status_code == 200
    assert not PlayState.objects.exists()


def test_a_new_version_of_an_h5p_content_begins_anew_and_keeps_results(client, page, person, registration):
    send(
        client,
        registration,
        {"statements": [said(page, 8, 10)], "states": [{"key": "0/state", "sequence": 1, "data": "{}"}]},
    )
    newer = PackageVersionFactory(package=page.package)
    again = register(person, place_of_page(page), newer)
    assert again.pk == registration.pk
    assert again.version == newer
    assert not again.states.exists()
    assert again.score == Decimal("0.8")


def test_a_new_version_of_a_scorm_package_keeps_what_was_saved(person):
    make_home()
    page = make_interactive(make_course(), PackageFactory(kind="scorm12"))
    before = register(person, place_of_page(page), page.package.current)
    PlayState.objects.create(registration=before, key="sco-1", data={})
    register(person, place_of_page(page), PackageVersionFactory(package=page.package))
    assert before.states.count() == 1


def test_being_done_is_told_once(page, registration, django_capture_on_commit_callbacks):
    from courses.interactive.playing.signals import activity_done

    told = []

    def listen(sender, registration, **kwargs):
        told.append(registration.pk)

    activity_done.connect(listen)
    try:
        for _ in range(3):
            update_outcome(registration.pk, Reported(Score(Decimal(1))))
    finally:
        activity_done.disconnect(listen)
    assert told == [registration.pk]


def test_what_was_done_before_enrolling_counts_at_once(client, page, person, registration):
    send(client, registration, {"statements": [said(page, 8, 10)]})
    enrolment = enrol(person, page.course)
    registration.refresh_from_db()
    assert ActivityState.objects.get(enrolment=enrolment, activity=page).done_at == registration.done_at
    assert enrolment.percent == 100


def test_a_content_inside_a_lesson_does_not_finish_the_lesson(person):
    make_home()
    block = str(uuid.uuid4())
    package = PackageFactory()
    lesson = make_lesson(body=[{"type": "interactive", "id": block, "value": {"package": package.pk}}])
    enrolment = enrol(person, lesson.course)
    made = RegistrationFactory(user=person, page=lesson, block_id=block, version=package.current)
    update_outcome(made.pk, Reported(Score(Decimal(1)), completed=True))
    made.refresh_from_db()
    assert made.done_at is not None
    assert not ActivityState.objects.filter(enrolment=enrolment, done_at__isnull=False).exists()


def test_a_block_that_is_gone_takes_no_report(client, person):
    make_home()
    lesson = make_lesson()
    made = RegistrationFactory(user=person, page=lesson, block_id=uuid.uuid4(), version=PackageFactory().current)
    assert send(client, made, {"seconds": 1}).status_code == 410
