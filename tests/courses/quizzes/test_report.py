"""The results of a quiz in the admin: who sees them, what they say, lists, downloads."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from courses.quizzes import report
from courses.quizzes.models import Attempt, QuizPage
from courses.quizzes.services import start_attempt, submit_attempt
from tests.courses.factories import make_course, make_quiz, make_space, multiple, save_answer, single
from tests.courses.questions.factories import raw
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def take(quiz, *responses, user=None, days_ago=0):
    """Submit an attempt with these answers, so many days ago."""
    attempt = start_attempt(user or UserFactory(), quiz)
    for number, response in enumerate(responses, 1):
        save_answer(attempt, number, response)
    submit_attempt(attempt)
    moment = timezone.now() - timedelta(days=days_ago)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=moment, started_at=moment - timedelta(minutes=12))
    return Attempt.objects.get(pk=attempt.pk)


def member(federation, role="editor"):
    return MembershipFactory(federation=federation, role=role).user


@pytest.fixture
def quiz():
    return make_quiz(questions=[single("Une ?", wrong=("Je crie", "Je fuis")), multiple("Deux ?")], title="Sécurité")


@pytest.fixture
def reader(client, quiz):
    """A client signed in as an editor of the federation of the quiz."""
    client.user = member(quiz.course.federation)
    client.force_login(client.user)
    return client


def address(name, quiz, *more):
    return reverse(f"quiz_report{name}", args=[quiz.pk, *more])


def text_of(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


# -- Who -----------------------------------------------------------------------------------------------------------


def all_addresses(quiz, attempt):
    return [
        address("", quiz),
        address("_attempts", quiz),
        address("_attempt", quiz, attempt.pk),
        *(address("_download", quiz, what, kind) for what in ("essais", "questions") for kind in ("csv", "xlsx")),
    ]


@pytest.mark.parametrize("role", ["author", "editor"])
def test_authors_and_editors_of_the_space_see_the_results(client, quiz, role):
    attempt = take(quiz, ["right"])
    client.force_login(member(quiz.course.federation, role))
    assert {client.get(each).status_code for each in all_addresses(quiz, attempt)} == {200}
    assert "Sécurité" in text_of(client.get(reverse("quiz_results")))


def test_administrators_see_the_results(client, quiz):
    client.force_login(UserFactory(is_superuser=True))
    assert {client.get(each).status_code for each in all_addresses(quiz, take(quiz, ["right"]))} == {200}


def test_another_federation_does_not_see_that_the_quiz_is_there(client, quiz):
    space = make_space(FederationFactory())
    client.force_login(member(space.federation))
    assert {client.get(each).status_code for each in all_addresses(quiz, take(quiz, ["right"]))} == {404}
    assert "Sécurité" not in text_of(client.get(reverse("quiz_results")))


def test_learners_do_not_reach_the_results(client, quiz):
    attempt = take(quiz, ["right"])
    client.force_login(attempt.user)
    for each in [reverse("quiz_results"), *all_addresses(quiz, attempt)]:
        assert client.get(each).status_code in {302, 403, 404}


def test_nobody_reaches_the_results_without_an_account(client, quiz):
    for each in all_addresses(quiz, take(quiz, ["right"])):
        assert client.get(each).status_code == 302


def test_an_attempt_is_found_under_its_own_quiz_only(reader, quiz):
    other = make_quiz(quiz.course)
    assert reader.get(address("_attempt", other, take(quiz, ["right"]).pk)).status_code == 404


def test_an_attempt_under_way_is_nobodys_business(reader, quiz):
    assert reader.get(address("_attempt", quiz, start_attempt(UserFactory(), quiz).pk)).status_code == 404


# -- Ways in -------------------------------------------------------------------------------------------------------


def test_the_results_are_a_click_away_from_the_page_the_list_and_the_menu(reader, quiz):
    to_report, to_list = address("", quiz), reverse("quiz_results")
    assert to_report in text_of(reader.get(reverse("wagtailadmin_pages:edit", args=[quiz.pk])))
    listing = text_of(reader.get(reverse("wagtailadmin_explore", args=[quiz.course.pk])))
    assert to_report in listing
    assert to_list in listing


def test_other_pages_have_no_results(reader, quiz):
    page = text_of(reader.get(reverse("wagtailadmin_pages:edit", args=[quiz.course.pk])))
    # Without the entries of the menu, this one and the one of interactive activities.
    assert "/resultats/" not in page.replace(reverse("quiz_results"), "").replace(reverse("playing_results"), "")


def test_the_report_leads_to_marking_and_for_who_may_to_regrading(reader, client, quiz):
    take(quiz, ["right"])
    shown = text_of(reader.get(address("", quiz)))
    assert f"{reverse('quiz_marking')}?dans={quiz.pk}" in shown
    assert reverse("quiz_regrade", args=[quiz.pk]) in shown
    client.force_login(member(quiz.course.federation, "author"))
    assert reverse("quiz_regrade", args=[quiz.pk]) not in text_of(client.get(address("", quiz)))


# -- The report ----------------------------------------------------------------------------------------------------


def test_the_report_says_how_the_attempts_went(reader, quiz):
    user = UserFactory()
    take(quiz, ["right"], ["right-0", "right-1"], user=user)
    take(quiz, ["wrong-0"], ["right-0"], user=user)
    take(quiz, ["wrong-1"], ["right-0"])
    context = reader.get(address("", quiz)).context
    whole = context["overview"]
    assert (whole.graded, whole.people, round(whole.pass_rate), whole.percents.mean) == (3, 2, 33, 50)
    assert [bar.number for bar in context["bars"]] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1]
    assert max(bar.length for bar in context["bars"]) == 100
    assert (context["time"].low, context["time"].median, context["time"].high) == (720, 720, 720)


def test_the_report_says_the_commonest_mistakes_in_words(reader, quiz):
    take(quiz, ["wrong-1"], ["right-0", "wrong-0"])
    take(quiz, ["wrong-1"], ["right-0", "right-1"])
    shown = " ".join(text_of(reader.get(address("", quiz))).split())
    assert 'Je fuis <span class="course-admin__number">(100 %)' in shown
    assert 'Choix wrong-0 <span class="course-admin__number">(50 %)' in shown


def test_charts_are_said_in_a_table_too(reader, quiz):
    take(quiz, ["right"])
    shown = text_of(reader.get(address("", quiz)))
    assert "<caption" in shown
    assert shown.count('<svg class="report__bar"') == shown.count('<svg class="report__bar" aria-hidden="true"')
    assert "La moitié des essais durent de" in shown


def test_first_attempts_alone_may_be_shown(reader, quiz):
    user = UserFactory()
    take(quiz, ["wrong-0"], user=user)
    take(quiz, ["right"], user=user)
    context = reader.get(address("", quiz) + "?essais=premiers").context
    assert (context["overview"].graded, context["items"][0].facility) == (1, 0)


def test_a_positioning_shows_the_gain_instead_of_passes(reader, quiz):
    before = make_quiz(quiz.course, questions=[single()], mode=QuizPage.Mode.POSITIONING)
    after = make_quiz(quiz.course, questions=[], mode=QuizPage.Mode.POSITIONING, repeats=before)
    user = UserFactory()
    take(before, ["wrong-0"], user=user)
    assert "La progression moyenne sera montrée" in text_of(reader.get(address("", before)))
    take(after, ["right"], user=user)
    for each in (before, after):
        shown = text_of(reader.get(address("", each)))
        assert "<strong>+100,0 points</strong>" in shown
        assert "d'essais réussis" not in shown


def test_a_quiz_that_nobody_took_says_so(reader, quiz):
    assert "Personne n'a encore commencé ce quiz." in text_of(reader.get(address("", quiz)))
    assert "Personne n'a encore rendu ce quiz." in text_of(reader.get(address("_attempts", quiz)))
    assert "Pas encore de résultat." in text_of(reader.get(reverse("quiz_results")))


def test_attempts_that_wait_for_a_mark_are_told_apart(reader, quiz):
    essay = make_quiz(quiz.course, questions=[raw("open")])
    take(essay, {"text": "À lire."})
    shown = text_of(reader.get(address("", essay)))
    assert "1 essai commencé, 1 rendu, aucun noté pour le moment." in shown
    assert "note à venir" in text_of(reader.get(address("_attempts", essay)))


def test_a_federation_without_a_quiz_is_told_how_to_make_one(client):
    client.force_login(member(make_space().federation))
    assert "Votre fédération n'a pas encore de quiz." in text_of(client.get(reverse("quiz_results")))


def test_unpublished_quizzes_are_listed_as_such(reader, quiz):
    quiz.unpublish()
    assert "non publié" in text_of(reader.get(reverse("quiz_results")))


class Item:
    def __init__(self, **figures):
        self.__dict__.update(figures)


ITEMS = [
    Item(n="a", place=2, seen=5, facility=80, discrimination=0.1, unanswered=0),
    Item(n="b", place=None, seen=9, facility=None, discrimination=None, unanswered=10),
    Item(n="c", place=1, seen=7, facility=20, discrimination=0.4, unanswered=5),
]


@pytest.mark.parametrize(
    ("asked", "order", "names"),
    [
        ("", "facilite", "cab"),
        ("facilite", "facilite", "cab"),
        ("-facilite", "-facilite", "acb"),
        ("distinction", "distinction", "acb"),
        ("sans-reponse", "sans-reponse", "bca"),
        ("-sans-reponse", "-sans-reponse", "acb"),
        ("ordre", "ordre", "cab"),
        ("vues", "vues", "bca"),
        ("DROP TABLE", "facilite", "cab"),
    ],
)
def test_questions_are_sorted_hardest_first_or_as_asked(asked, order, names):
    found, items = report.sort_items(ITEMS, asked)
    assert (found, "".join(item.n for item in items)) == (order, names)


def test_the_sorted_column_says_so_and_turns_round(reader, quiz):
    take(quiz, ["right"])
    shown = text_of(reader.get(address("", quiz) + "?essais=premiers&tri=facilite"))
    assert shown.count("aria-sort=") == 1
    assert 'aria-sort="ascending"><a href="?essais=premiers&amp;tri=-facilite#questions">Réussite' in shown
    turned = text_of(reader.get(address("", quiz) + "?tri=-facilite"))
    assert 'aria-sort="descending"><a href="?tri=facilite#questions">Réussite' in turned


# -- Attempts ------------------------------------------------------------------------------------------------------


def listed(reader, quiz, query=""):
    return [attempt.user.last_name for attempt in reader.get(address("_attempts", quiz) + query).context["rows"]]


def test_attempts_are_listed_newest_first_and_filtered(reader, quiz):
    take(quiz, ["right"], ["right-0", "right-1"], user=UserFactory(last_name="Diop"), days_ago=10)
    take(quiz, ["wrong-0"], user=UserFactory(last_name="Durand", first_name="Awa"), days_ago=1)
    start_attempt(UserFactory(last_name="Absent"), quiz)
    day = (timezone.localdate() - timedelta(days=5)).isoformat()
    assert listed(reader, quiz) == ["Durand", "Diop"]
    assert listed(reader, quiz, "?person=awa+dur") == ["Durand"]
    assert listed(reader, quiz, "?outcome=reussi") == ["Diop"]
    assert listed(reader, quiz, "?outcome=a-refaire") == ["Durand"]
    assert listed(reader, quiz, "?outcome=a-noter") == []
    assert listed(reader, quiz, f"?since={day}") == ["Durand"]
    assert listed(reader, quiz, f"?until={day}") == ["Diop"]
    assert listed(reader, quiz, "?since=hier&outcome=tout") == ["Durand", "Diop"]
    assert listed(reader, quiz, "?since=0001-01-01&until=9999-12-31&person=%00") == ["Durand", "Diop"]
    assert "Aucun essai ne correspond" in text_of(reader.get(address("_attempts", quiz) + "?person=personne+ici"))


def test_the_last_day_of_a_filter_counts_to_its_end(reader, quiz):
    attempt = take(quiz, ["right"])
    late = timezone.localtime().replace(hour=23, minute=59)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=late, started_at=late)
    assert len(listed(reader, quiz, f"?until={late.date().isoformat()}&since={late.date().isoformat()}")) == 1


def test_only_those_who_may_publish_find_a_person_by_their_address(reader, client, quiz):
    take(quiz, ["right"], user=UserFactory(email="cachee@exemple.fr"))
    assert len(listed(reader, quiz, "?person=cachee")) == 1
    client.force_login(member(quiz.course.federation, "author"))
    assert listed(client, quiz, "?person=cachee") == []


def test_pages_of_attempts_follow_each_other_without_a_gap_even_at_one_moment(reader, quiz, monkeypatch):
    monkeypatch.setattr(report, "SHOWN", 2)
    people = [UserFactory() for _ in range(5)]
    for person in people:
        take(quiz, ["right"], user=person)
    Attempt.objects.update(submitted_at=timezone.now())
    seen, query = [], ""
    for _page in range(3):
        response = reader.get(address("_attempts", quiz) + query)
        seen += [attempt.user_id for attempt in response.context["rows"]]
        query = response.context["later"]
    assert query == ""
    assert sorted(seen) == sorted(person.pk for person in people)


@pytest.mark.parametrize(
    "place", ["x", "1.2", "9" * 40 + "." + "0" * 32, "٣." + "0" * 32, "9999999999999999." + "f" * 32]
)
def test_a_forged_place_in_the_list_does_no_harm(reader, quiz, place):
    take(quiz, ["right"])
    assert len(listed(reader, quiz, f"?apres={place}")) == 1


def test_an_attempt_is_shown_as_the_person_saw_it(reader, quiz):
    user = UserFactory(first_name="Awa", last_name="Diop")
    first = take(quiz, ["wrong-0"], user=user)
    second = take(quiz, ["right"], user=user)
    shown = text_of(reader.get(address("_attempt", quiz, first.pk)))
    assert "Awa Diop, essai 1" in shown
    assert "Votre réponse, fausse" in shown
    assert "Protéger d'abord." in shown
    assert address("_attempt", quiz, second.pk) in shown


def test_an_attempt_shows_what_its_learner_may_not_see_yet(reader, quiz):
    quiz.feedback = QuizPage.Feedback.SCORE
    quiz.save()
    attempt = take(quiz, ["wrong-0"])
    assert "Votre réponse, fausse" in text_of(reader.get(address("_attempt", quiz, attempt.pk)))


# -- Downloads -----------------------------------------------------------------------------------------------------


def csv_rows(response):
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:]), delimiter=";"))


def sheet_rows(response):
    content = b"".join(response.streaming_content)
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows()]


def test_the_csv_of_attempts_opens_in_a_french_spreadsheet(reader, quiz):
    user = UserFactory(first_name="=1+1", last_name="Diop")
    take(quiz, ["right"], ["right-0"], user=user)
    response = reader.get(address("_download", quiz, "essais", "csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    headings, row = csv_rows(response)
    found = dict(zip(headings, row, strict=True))
    assert (found["Prénom"], found["Nom"], found["Adresse e-mail"]) == ("'=1+1", "Diop", user.email)
    assert (found["Note (%)"], found["Points"], found["Durée (min)"], found["Réussi"]) == (
        "75,00",
        "1,50",
        "12,0",
        "oui",
    )


def test_the_workbook_of_attempts_holds_numbers_dates_and_texts_but_no_formula(reader, quiz):
    take(quiz, ["right"], ["right-0"], user=UserFactory(first_name="=1+1", last_name="@SUM"))
    headings, row = sheet_rows(reader.get(address("_download", quiz, "essais", "xlsx")))
    found = {heading.value: cell for heading, cell in zip(headings, row, strict=True)}
    assert {cell.data_type for cell in row} == {"s", "n", "d"}
    assert (found["Prénom"].value, found["Nom"].value) == ("'=1+1", "'@SUM")
    assert (found["Note (%)"].value, found["Rendu"].value.year) == (75, timezone.localdate().year)


def test_names_may_be_left_out(reader, quiz):
    user = UserFactory(last_name="Diop")
    take(quiz, ["right"], user=user)
    take(quiz, ["wrong-0"], user=user)
    take(quiz, ["right"])
    headings, *rows = csv_rows(reader.get(address("_download", quiz, "essais", "csv") + "?anonyme=1"))
    assert headings[:2] == ["Personne", "Essai"]
    assert [row[:2] for row in rows] == [["1", "1"], ["2", "2"], ["2", "1"]]
    assert not any("Diop" in cell or "@" in cell for row in rows for cell in row)


def test_addresses_are_for_those_who_may_publish(client, quiz):
    take(quiz, ["right"], user=UserFactory(last_name="Diop"))
    client.force_login(member(quiz.course.federation, "author"))
    headings, row = csv_rows(client.get(address("_download", quiz, "essais", "csv")))
    assert headings[:3] == ["Prénom", "Nom", "Essai"]
    assert not any("@" in cell for cell in row)


def test_a_download_keeps_the_filters_of_the_list(reader, quiz):
    take(quiz, ["right"], ["right-0", "right-1"])
    take(quiz, ["wrong-0"])
    rows = csv_rows(reader.get(address("_download", quiz, "essais", "csv") + "?outcome=reussi"))
    assert len(rows) == 2


def test_the_questions_are_downloaded_with_their_figures(reader, quiz):
    take(quiz, ["wrong-0"], ["right-0"])
    take(quiz, ["right"], ["right-0"])
    headings, one, _two = csv_rows(reader.get(address("_download", quiz, "questions", "csv")))
    found = dict(zip(headings, one, strict=True))
    assert (found["N°"], found["Question"], found["Type"]) == ("1", "Une ?", "Choix unique")
    assert (found["Réussite (%)"], found["Sans réponse (%)"]) == ("50,0", "0,0")
    assert found["Erreurs les plus fréquentes"] == "Je crie (50,0 %)"
    assert sheet_rows(reader.get(address("_download", quiz, "questions", "xlsx")))[1][5].value == 50


def test_empty_tables_have_their_headings(reader, quiz):
    for what in ("essais", "questions"):
        assert len(csv_rows(reader.get(address("_download", quiz, what, "csv")))) == 1
        assert len(sheet_rows(reader.get(address("_download", quiz, what, "xlsx")))) == 1


@pytest.mark.parametrize(("what", "kind"), [("essais", "pdf"), ("reponses", "csv")])
def test_there_is_no_other_download(reader, quiz, what, kind):
    assert reader.get(address("_download", quiz, what, kind)).status_code == 404


# -- Queries -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[2, 15])
def crowded(request, reader, quiz):
    """The client, once so many people took the quiz, and as many other quizzes stand beside it."""
    for _ in range(request.param):
        take(quiz, ["wrong-0"], ["right-0", "wrong-0"])
        make_quiz(make_course(make_space(quiz.course.federation)))
    reader.get(reverse("quiz_results"))
    return reader


def queries_of(crowded, django_assert_num_queries, url, number):
    with django_assert_num_queries(number):
        response = crowded.get(url)
        assert response.status_code == 200
        if response.streaming:
            list(response.streaming_content)


def test_the_report_takes_as_many_queries_however_many_attempts(crowded, quiz, django_assert_num_queries):
    queries_of(crowded, django_assert_num_queries, address("", quiz), 21)


def test_the_list_of_attempts_takes_as_many_queries(crowded, quiz, django_assert_num_queries):
    queries_of(crowded, django_assert_num_queries, address("_attempts", quiz), 14)


def test_an_attempt_takes_as_many_queries(crowded, quiz, django_assert_num_queries):
    queries_of(crowded, django_assert_num_queries, address("_attempt", quiz, quiz.attempts.first().pk), 16)


def test_the_list_of_quizzes_takes_as_many_queries(crowded, quiz, django_assert_num_queries):
    queries_of(crowded, django_assert_num_queries, reverse("quiz_results"), 15)


def test_a_download_takes_as_many_queries(crowded, quiz, django_assert_num_queries):
    queries_of(crowded, django_assert_num_queries, address("_download", quiz, "essais", "csv"), 8)
