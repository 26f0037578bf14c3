"""The results of interactive activities in the admin: who sees them, what they say, lists, downloads."""

import csv
import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from courses.interactive.lrs.models import Client, Statement
from courses.interactive.packages.models import Package
from courses.interactive.playing import report, statistics
from courses.interactive.playing.models import Registration
from tests.courses.factories import make_course, make_lesson, make_space
from tests.courses.interactive.factories import (
    PackageFactory,
    PlayStateFactory,
    RegistrationFactory,
    StatementFactory,
    make_interactive,
    place_iri,
)
from tests.factories import FederationFactory, MembershipFactory, ProfileFactory, StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

NOTE = "Résultats déclarés par l'appareil de l'apprenant : indicatifs, jamais une preuve à eux seuls."


def member(federation, role="editor"):
    return MembershipFactory(federation=federation, role=role).user


@pytest.fixture
def activity():
    return make_interactive(title="Les gestes")


@pytest.fixture
def reader(client, activity):
    """A client signed in as an editor of the federation of the activity."""
    client.force_login(member(activity.course.federation))
    return client


def text_of(response):
    shown = response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")
    return " ".join(shown.split())


def address(name, page, *more):
    return reverse(f"playing_report{name}", args=[page.pk, *more])


def play(page, *, score=None, done=False, answers=(), block=None, package=None, **fields):
    """Let a person play; `answers` are (part, response, success). Returns the registration."""
    values = {"version": package.current, "block_id": block} if block else {}
    if done:
        values["done_at"] = timezone.now()
    if score is not None:
        values |= {"score": Decimal(score), "score_raw": Decimal(score) * 10, "score_max": 10}
    registration = RegistrationFactory(page=page, **values | fields)
    for part, response, success in answers:
        answer(registration, part, response, success)
    return registration


def answer(registration, part, response, success, **fields):
    block = registration.block_id if registration.block_id.int else None
    activity = place_iri(registration.page_id, block, part)
    definition = {
        "interactionType": "choice",
        "description": {"en-US": f"<p>Question {part or 'seule'}</p>"},
        "choices": [
            {"id": "0", "description": {"en-US": "Le casque"}},
            {"id": "1", "description": {"en-US": "La radio"}},
        ],
        "correctResponsesPattern": ["0"],
    }
    return StatementFactory(
        user=registration.user,
        registration=registration.pk,
        activity=activity,
        success=success,
        raw={"object": {"id": activity, "definition": definition}, "result": {"response": response}},
        **fields,
    )


def make_lesson_with(package, course=None, title="Porter sans se blesser"):
    """Return a lesson that plays a package, and the id of the block."""
    block = uuid.uuid4()
    value = {"package": package.pk, "title": title, "alternative": ""}
    return make_lesson(course, body=[{"type": "interactive", "id": str(block), "value": value}]), block


# -- Who -----------------------------------------------------------------------------------------------------------


def all_addresses(page, registration):
    return [
        address("", page),
        address("_people", page),
        address("_person", page, registration.pk),
        *(address("_download", page, what, kind) for what in ("personnes", "reponses") for kind in ("csv", "xlsx")),
    ]


@pytest.mark.parametrize("role", ["author", "editor"])
def test_authors_and_editors_of_the_space_see_the_results(client, activity, role):
    registration = play(activity)
    client.force_login(member(activity.course.federation, role))
    assert {client.get(each).status_code for each in all_addresses(activity, registration)} == {200}
    assert "Les gestes" in text_of(client.get(reverse("playing_results")))


def test_administrators_see_the_results(client, activity):
    client.force_login(UserFactory(is_superuser=True))
    assert {client.get(each).status_code for each in all_addresses(activity, play(activity))} == {200}


def test_another_federation_does_not_see_that_the_activity_is_there(client, activity):
    client.force_login(member(make_space(FederationFactory()).federation))
    assert {client.get(each).status_code for each in all_addresses(activity, play(activity))} == {404}
    assert "Les gestes" not in text_of(client.get(reverse("playing_results")))


def test_another_federation_does_not_see_what_is_played_in_a_lesson(client):
    package = PackageFactory()
    lesson, block = make_lesson_with(package)
    registration = play(lesson, block=block, package=package)
    client.force_login(member(make_space(FederationFactory()).federation))
    addresses = [
        address("", lesson),
        address("", lesson, block),
        address("_people", lesson, block),
        address("_person", lesson, block, registration.pk),
        address("_download", lesson, block, "reponses", "csv"),
    ]
    assert {client.get(each).status_code for each in addresses} == {404}


def test_learners_do_not_reach_the_results(client, activity):
    registration = play(activity)
    client.force_login(registration.user)
    for each in [reverse("playing_results"), *all_addresses(activity, registration)]:
        assert client.get(each).status_code in {302, 403, 404}


def test_nobody_reaches_the_results_without_an_account(client, activity):
    for each in all_addresses(activity, play(activity)):
        assert client.get(each).status_code == 302


def test_a_person_is_found_under_the_activity_that_they_played_only(reader, activity):
    other = make_interactive(activity.course)
    assert reader.get(address("_person", other, play(activity).pk)).status_code == 404


# -- Ways in -------------------------------------------------------------------------------------------------------


def test_the_results_are_a_click_away_from_the_page_the_list_and_the_menu(reader, activity):
    to_report, to_list = address("", activity), reverse("playing_results")
    assert to_report in text_of(reader.get(reverse("wagtailadmin_pages:edit", args=[activity.pk])))
    listing = text_of(reader.get(reverse("wagtailadmin_explore", args=[activity.course.pk])))
    assert to_report in listing
    assert to_list in listing


def test_only_lessons_that_hold_an_activity_lead_to_results(reader, activity):
    plain = make_lesson(activity.course)
    lesson, _block = make_lesson_with(activity.package, activity.course)
    listing = text_of(reader.get(reverse("wagtailadmin_explore", args=[activity.course.pk])))
    assert address("", lesson) in listing
    assert address("", plain) not in listing


def test_the_results_of_a_lesson_are_those_of_its_only_activity(reader, activity):
    lesson, block = make_lesson_with(activity.package, activity.course)
    assert reader.get(address("", lesson)).url == address("", lesson, block)


def test_a_lesson_with_several_activities_lists_them(reader, activity):
    blocks = [
        {"type": "interactive", "id": str(uuid.uuid4()), "value": {"package": activity.package_id, "title": title}}
        for title in ("Avant", "Après")
    ]
    lesson = make_lesson(activity.course, body=blocks)
    shown = text_of(reader.get(address("", lesson)))
    assert "Avant" in shown
    assert "Après" in shown


def test_a_lesson_without_an_activity_has_no_results(reader, activity):
    assert reader.get(address("", make_lesson(activity.course))).status_code == 404


# -- The activities ------------------------------------------------------------------------------------------------


def rows_by_title(response):
    return {row["activity"].title: row for row in response.context["rows"]}


def test_pages_and_blocks_of_lessons_are_listed_with_their_figures(reader, activity):
    lesson, block = make_lesson_with(activity.package, activity.course)
    play(activity, score="0.5", done=True)
    play(activity, score="1")
    play(activity)
    play(lesson, score="0.2", block=block, package=activity.package)
    response = reader.get(reverse("playing_results"))
    rows = rows_by_title(response)
    page_row, block_row = rows["Les gestes"], rows["Porter sans se blesser"]
    assert (page_row["people"], page_row["done"], page_row["mean"]) == (3, 1, 75)
    assert (block_row["people"], block_row["done"], block_row["mean"]) == (1, 0, 20)
    shown = text_of(response)
    assert NOTE in shown
    assert f"dans la leçon « {lesson.title} »" in shown


def test_a_block_without_a_title_is_called_as_its_content(reader, activity):
    make_lesson_with(PackageFactory(title="Charges lourdes"), activity.course, title="")
    assert "Charges lourdes" in rows_by_title(reader.get(reverse("playing_results")))


def test_what_was_taken_out_of_a_lesson_keeps_its_results(reader, activity):
    lesson, block = make_lesson_with(activity.package, activity.course)
    registration = play(lesson, score="0.4", block=block, package=activity.package)
    lesson.body = []
    lesson.save()
    assert "Activité retirée de la leçon" in rows_by_title(reader.get(reverse("playing_results")))
    assert "40 %" in text_of(reader.get(address("_person", lesson, block, registration.pk)))
    assert reader.get(address("", lesson, uuid.uuid4())).status_code == 404


def test_what_is_not_published_or_not_opened_yet_says_so(reader, activity):
    activity.unpublish()
    shown = text_of(reader.get(reverse("playing_results")))
    assert "non publié" in shown
    assert "Personne ne l'a encore ouverte." in shown
    assert "Personne n'a encore ouvert cette activité." in text_of(reader.get(address("", activity)))
    assert "Personne n'a encore ouvert cette activité." in text_of(reader.get(address("_people", activity)))


def test_a_federation_without_an_activity_is_told_how_to_make_one(client):
    client.force_login(member(make_space().federation))
    assert "Votre fédération n'a pas encore d'activité interactive." in text_of(client.get(reverse("playing_results")))


# -- The report ----------------------------------------------------------------------------------------------------


def test_the_report_says_how_the_activity_went(reader, activity):
    play(activity, score="0.25", done=True, seconds=60)
    play(activity, score="1", done=True, seconds=120)
    play(activity, seconds=0)
    response = reader.get(address("", activity))
    whole = response.context["overview"]
    assert (whole.people, whole.done, round(whole.done_rate), whole.scores.mean) == (3, 2, 67, 62.5)
    assert [bar.number for bar in response.context["bars"]] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert (whole.seconds.mean, response.context["time"].median) == (90, 90)
    assert NOTE in text_of(response)


def parts_by_text(response):
    return {part.text: part for part in response.context["parts"]}


def test_each_question_tells_how_many_answered_how_many_right_and_the_answers_most_chosen(reader, activity):
    play(activity, answers=[("a", "0", True), ("b", "1", False)])
    play(activity, answers=[("a", "1", False)])
    play(activity, answers=[("a", "1", False)])
    response = reader.get(address("", activity))
    parts = parts_by_text(response)
    first = parts["Question a"]
    assert (first.answered, round(first.right_rate), first.correct) == (3, 33, "Le casque")
    assert [(choice.text, choice.number, choice.is_right) for choice in first.choices] == [
        ("La radio", 2, False),
        ("Le casque", 1, True),
    ]
    assert parts["Question b"].right_rate == 0
    assert 'La radio <span class="course-admin__number">(67 %, fausse)' in text_of(response)


def test_the_last_answer_of_each_person_counts(reader, activity):
    play(activity, answers=[("a", "1", False), ("a", "0", True)])
    (part,) = reader.get(address("", activity)).context["parts"]
    assert (part.answered, part.right_rate) == (1, 100)


def test_a_full_score_is_right_where_nothing_else_is_said(reader, activity):
    registration = play(activity)
    answer(registration, "a", "0", None, score_scaled=Decimal(1))
    answer(registration, "b", "0", None, score_scaled=Decimal("0.5"))
    answer(registration, "c", "0", None)
    parts = parts_by_text(reader.get(address("", activity)))
    assert [parts[f"Question {name}"].right_rate for name in "abc"] == [100, 0, None]


def test_a_content_of_one_question_is_that_question_and_one_of_several_is_not(reader, activity):
    registration = play(activity, answers=[("", "0", True)])
    assert "Question seule" in parts_by_text(reader.get(address("", activity)))
    answer(registration, "a", "0", True)
    assert list(parts_by_text(reader.get(address("", activity)))) == ["Question a"]


def test_questions_stand_in_the_order_of_the_content(reader, activity):
    version = activity.package.current
    version.content = {"questions": [{"subContentId": "b"}, {"inner": {"subContentId": "a"}}]}
    version.save()
    play(activity, answers=[("x", "0", True), ("a", "0", True), ("b", "0", True)])
    assert list(parts_by_text(reader.get(address("", activity)))) == ["Question b", "Question a", "Question x"]


def test_statements_that_do_not_count_are_left_out(reader, activity):
    registration = play(activity, answers=[("a", "0", True)])
    answer(registration, "b", "0", True, voided=True)
    answer(registration, "c", "0", True, verb="http://adlnet.gov/expapi/verbs/attempted")
    other = make_interactive(activity.course)
    play(other, answers=[("d", "0", True)])
    assert list(parts_by_text(reader.get(address("", activity)))) == ["Question a"]


def test_a_tool_of_another_federation_says_nothing_about_this_one(reader, activity):
    registration = play(activity)
    for federation, part in ((activity.course.federation, "a"), (FederationFactory(), "b")):
        tool = Client.objects.create(federation=federation, name="Outil", key=f"cle-{part}", secret_hash="x")
        answer(registration, part, "0", True, client=tool, federation=federation)
    assert list(parts_by_text(reader.get(address("", activity)))) == ["Question a"]


def test_markup_in_what_a_browser_sends_is_shown_as_text(reader, activity):
    registration = play(activity)
    made = answer(registration, "a", "0", True)
    made.raw["object"]["definition"] = {"interactionType": "fill-in", "name": {"fr": "1 &lt;script&gt;alert(1)"}}
    made.raw["result"]["response"] = "&lt;img src=x&gt;"
    made.save()
    for each in (address("", activity), address("_person", activity, registration.pk)):
        shown = reader.get(each).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown


def test_parts_that_a_browser_makes_up_do_not_fill_the_report(reader, activity, monkeypatch):
    monkeypatch.setattr(statistics, "MOST_PARTS", 3)
    play(activity, answers=[("a", "0", True)])
    play(activity, answers=[("a", "0", True), *((f"z{n}", "0", True) for n in range(5))])
    parts = parts_by_text(reader.get(address("", activity)))
    assert len(parts) == 3
    assert "Question a" in parts


def test_only_the_last_people_are_looked_into_where_there_are_many(reader, activity, monkeypatch):
    monkeypatch.setattr(statistics, "SAMPLE", 2)
    now = timezone.now()
    for days in range(3):
        play(activity, answers=[("a", str(days % 2), True)], last_at=now - timedelta(days=days))
    (part,) = reader.get(address("", activity)).context["parts"]
    assert part.answered == 2


CASQUE = {"id": "Quel_casque", "type": "true-false", "student_response": "t", "result": "correct"}
DIRE = {"id": "Dire", "type": "long-fill-in", "student_response": "À voix haute", "result": "neutral"}


def state_with(*rows):
    """Return the state of a SCO that has noted interactions."""
    cmi = {f"cmi.interactions.{n}.{leaf}": value for n, row in enumerate(rows) for leaf, value in row.items()}
    return {"cmi": cmi | {"cmi.suspend_data": "x"}, "finished": True, "best": {}}


def test_what_a_scorm_content_notes_is_told_too(reader, activity):
    page = make_interactive(activity.course, PackageFactory(kind=Package.Kind.SCORM12))
    registration = play(page)
    PlayStateFactory(registration=registration, key="sco-1", data=state_with(CASQUE, DIRE))
    PlayStateFactory(registration=play(page), key="sco-1", data=state_with(CASQUE))
    parts = parts_by_text(reader.get(address("", page)))
    one, free = parts["Quel casque"], parts["Dire"]
    assert (one.answered, one.right_rate, one.choices[0].text) == (2, 100, "Vrai")
    assert (free.answered, free.right_rate, free.is_free) == (1, None, True)
    shown = text_of(reader.get(address("_person", page, registration.pk)))
    assert "Réponse : À voix haute" in shown


def test_an_activity_that_tells_no_answer_says_so(reader, activity):
    play(activity, score="1")
    assert "Cette activité n'a encore transmis aucune réponse." in text_of(reader.get(address("", activity)))


# -- People --------------------------------------------------------------------------------------------------------


def listed(reader, page, query=""):
    response = reader.get(address("_people", page) + query)
    return [row["registration"].user.last_name for row in response.context["rows"]]


def test_people_are_listed_the_latest_first_and_filtered(reader, activity):
    now = timezone.now()
    play(activity, user=UserFactory(last_name="Diop"), last_at=now - timedelta(days=2), done=True)
    play(activity, user=UserFactory(last_name="Durand", first_name="Awa"), last_at=now)
    assert listed(reader, activity) == ["Durand", "Diop"]
    assert listed(reader, activity, "?person=awa+dur") == ["Durand"]
    assert listed(reader, activity, "?state=faite") == ["Diop"]
    assert listed(reader, activity, "?state=en-cours") == ["Durand"]
    assert listed(reader, activity, "?state=x&person=%00") == ["Durand", "Diop"]
    assert "Personne ne correspond à ces filtres." in text_of(
        reader.get(address("_people", activity) + "?person=personne+ici")
    )


def test_people_are_shown_with_their_structure_score_and_time(reader, activity):
    user = ProfileFactory(structure=StructureFactory(name="Le Chantier")).user
    play(activity, user=user, score="0.75", seconds=125, done=True)
    shown = text_of(reader.get(address("_people", activity)))
    for each in ("Le Chantier", "75 %", "2 min", "faite", NOTE):
        assert each in shown


def test_only_those_who_may_publish_find_a_person_by_their_address(reader, client, activity):
    play(activity, user=UserFactory(email="cachee@exemple.fr"))
    assert len(listed(reader, activity, "?person=cachee")) == 1
    client.force_login(member(activity.course.federation, "author"))
    assert listed(client, activity, "?person=cachee") == []


def test_pages_of_people_follow_each_other_without_a_gap_even_at_one_moment(reader, activity, monkeypatch):
    monkeypatch.setattr(report, "SHOWN", 2)
    moment = timezone.now()
    people = [play(activity, last_at=moment).user_id for _ in range(5)]
    seen, query = [], ""
    for _page in range(3):
        response = reader.get(address("_people", activity) + query)
        seen += [row["registration"].user_id for row in response.context["rows"]]
        query = response.context["later"]
    assert query == ""
    assert sorted(seen) == sorted(people)


def test_one_person_is_shown_with_their_last_answers_and_tries(reader, activity):
    registration = play(activity, score="0.5", answers=[("a", "1", False), ("a", "1", False), ("b", "0", True)])
    response = reader.get(address("_person", activity, registration.pk))
    answers = {one.text: one for one in response.context["answers"]}
    assert (answers["Question a"].tries, answers["Question a"].response) == (2, "La radio")
    shown = text_of(response)
    assert "Bonne réponse : Le casque" in shown
    assert "50 %" in shown
    assert NOTE in shown


# -- Downloads -----------------------------------------------------------------------------------------------------


def csv_rows(response):
    content = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))


def rows_of(reader, page, what, query=""):
    headings, *rows = csv_rows(reader.get(address("_download", page, what, "csv") + query))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_people_are_downloaded_with_what_was_declared(reader, activity):
    user = ProfileFactory(structure=StructureFactory(name="=Chantier")).user
    play(activity, user=user, score="0.75", seconds=90, success=True, done=True)
    (row,) = rows_of(reader, activity, "personnes")
    assert (row["Nom"], row["Adresse e-mail"], row["Structure"]) == (user.last_name, user.email, "'=Chantier")
    assert (row["Meilleur score déclaré (%)"], row["Temps (min)"], row["Réussi (déclaré)"]) == ("75,0", "1,5", "oui")
    assert row["Faite le"]


def test_answers_are_downloaded_every_try_and_never_as_a_formula(reader, activity):
    registration = play(activity, answers=[("a", "1", False), ("a", "0", True)])
    made = answer(registration, "b", "=1+1", None)
    made.raw["object"]["definition"]["interactionType"] = "fill-in"
    made.save()
    rows = rows_of(reader, activity, "reponses")
    assert [(row["Question"], row["Réponse"], row["Juste (déclaré)"]) for row in rows] == [
        ("Question a", "La radio", "non"),
        ("Question a", "Le casque", "oui"),
        ("Question b", "'=1+1", ""),
    ]
    book = load_workbook(
        io.BytesIO(b"".join(reader.get(address("_download", activity, "reponses", "xlsx")).streaming_content))
    )
    assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}


def test_answers_that_a_scorm_content_notes_are_downloaded_with_their_person(reader, activity):
    page = make_interactive(activity.course, PackageFactory(kind=Package.Kind.SCORM2004))
    registration = play(page)
    PlayStateFactory(registration=registration, key="sco-1", data=state_with(CASQUE))
    (row,) = rows_of(reader, page, "reponses")
    assert (row["Nom"], row["Question"], row["Réponse"]) == (registration.user.last_name, "Quel casque", "Vrai")


def test_names_may_be_left_out(reader, activity):
    user = ProfileFactory(user__last_name="Diop").user
    play(activity, user=user, answers=[("a", "0", True), ("b", "0", True)])
    play(activity, answers=[("a", "0", True)])
    for what, numbers in (("personnes", ["1", "2"]), ("reponses", ["1", "1", "2"])):
        rows = rows_of(reader, activity, what, "?anonyme=1")
        assert sorted(row["Personne"] for row in rows) == numbers
        assert not any("Diop" in cell or "@" in cell for row in rows for cell in row.values())
        assert "Structure" not in rows[0]


def test_addresses_are_for_those_who_may_publish(client, activity):
    play(activity, answers=[("a", "0", True)])
    client.force_login(member(activity.course.federation, "author"))
    for what in ("personnes", "reponses"):
        assert not any("@" in cell for row in rows_of(client, activity, what) for cell in row.values())


def test_a_download_keeps_the_filters_of_the_list(reader, activity):
    play(activity, done=True, answers=[("a", "0", True)])
    play(activity, answers=[("a", "0", True)])
    assert len(rows_of(reader, activity, "personnes", "?state=faite")) == 1
    assert len(rows_of(reader, activity, "reponses", "?state=faite")) == 1


@pytest.mark.parametrize(("what", "kind"), [("personnes", "pdf"), ("essais", "csv")])
def test_there_is_no_other_download(reader, activity, what, kind):
    assert reader.get(address("_download", activity, what, kind)).status_code == 404


# -- Queries -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[3, 30])
def crowded(request, reader, activity):
    """The client, once so many people played the activity, and as many others stand beside it."""
    for _ in range(request.param):
        play(activity, score="0.5", user=ProfileFactory().user, answers=[("a", "0", True), ("b", "1", False)])
        make_lesson_with(activity.package, make_course(make_space(activity.course.federation)))
    reader.get(reverse("playing_results"))
    return reader


@pytest.mark.parametrize(
    ("name", "number"), [("playing_results", 18), ("", 21), ("_people", 14), ("_person", 16), ("_download", 10)]
)
def test_pages_take_as_many_queries_however_many_people(crowded, activity, django_assert_num_queries, name, number):
    more = {
        "_person": [Registration.objects.first().pk],
        "_download": ["reponses", "csv"],
    }.get(name, [])
    url = reverse(name) if name == "playing_results" else address(name, activity, *more)
    with django_assert_num_queries(number):
        response = crowded.get(url)
        assert response.status_code == 200
        if response.streaming:
            list(response.streaming_content)


def test_the_answers_of_a_place_are_found_by_an_index(activity):
    answers = statistics.answers_in(statistics.registrations_in(activity.pk, uuid.UUID(int=0)), 1)
    plan = answers.explain()
    assert "statement_by_registration" in plan
    assert f"SCAN {Statement._meta.db_table}" not in plan
