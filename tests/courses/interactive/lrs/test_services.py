"""Storing statements once, about whom they are; sessions and what reports read."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.interactive.lrs import reading, services
from courses.interactive.lrs.identities import actor_of
from courses.interactive.lrs.models import Mention, Session, Statement
from courses.interactive.lrs.services import ConflictError, FetchError, ForbiddenError, record
from courses.interactive.lrs.signals import statement_recorded
from courses.interactive.lrs.validation import StatementError
from people.services import collect_personal_data, delete_account
from tests.courses.interactive.lrs.factories import (
    ACTIVITY,
    ANSWERED,
    VOIDED,
    ClientFactory,
    make_statement,
    open_session,
)
from tests.factories import FederationFactory, UserFactory

pytestmark = pytest.mark.django_db


def voiding(statement, **parts):
    return make_statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": statement["id"]}, **parts)


@pytest.fixture
def federation():
    return FederationFactory()


@pytest.fixture
def recorded():
    """What the signal told, call by call."""
    calls = []

    def listen(sender, statements, session, **kwargs):
        calls.append((statements, session))

    statement_recorded.connect(listen)
    yield calls
    statement_recorded.disconnect(listen)


def test_a_statement_is_stored_with_its_columns_and_whole(federation):
    user = UserFactory()
    statement = make_statement(
        actor=actor_of(user), result={"score": {"scaled": 0.75}, "success": True, "duration": "PT30S"}
    )
    (statement_id,) = record([statement], federation=federation, user=user)
    row = Statement.objects.get(id=statement_id)
    assert str(row.id) == statement["id"]
    assert (row.user, row.federation, row.client, row.client_reported) == (user, federation, None, True)
    assert (row.verb, row.activity, row.parent) == (ANSWERED, ACTIVITY, "")
    assert (float(row.score_scaled), row.success, row.completion, row.seconds) == (0.75, True, None, 30)
    assert row.raw["stored"] == row.raw["timestamp"] == services.instant(row.stored_at)
    assert row.raw["authority"]["account"]["name"] == "site"
    assert row.raw["version"] == "1.0.0"


def test_the_same_statement_again_changes_nothing(federation, recorded):
    statement = make_statement()
    again = {**statement, "id": statement["id"].upper()}
    ids = record([statement], federation=federation)
    assert record([again], federation=federation) == ids
    assert Statement.objects.count() == 1
    assert len(recorded) == 1


def test_the_same_statement_with_another_zone_is_the_same(federation):
    statement = make_statement(timestamp="2026-11-25T10:00:00Z")
    record([statement], federation=federation)
    record([{**statement, "timestamp": "2026-11-25T11:00:00+01:00"}], federation=federation)
    with pytest.raises(ConflictError):
        record([{**statement, "timestamp": "2026-11-25T11:00:00Z"}], federation=federation)


def test_another_statement_with_the_same_id_is_a_conflict_and_nothing_is_stored(federation):
    statement = make_statement()
    record([statement], federation=federation)
    with pytest.raises(ConflictError):
        record([make_statement(), {**statement, "result": {"success": True}}], federation=federation)
    assert Statement.objects.count() == 1


def test_the_same_id_in_another_federation_is_a_conflict(federation):
    statement = make_statement()
    record([statement], federation=federation)
    with pytest.raises(ConflictError):
        record([statement], federation=FederationFactory())


def test_one_bad_statement_keeps_the_others_out(federation):
    with pytest.raises(StatementError, match=r"\[1\].verb"):
        record([make_statement(), make_statement(verb=None)], federation=federation)
    assert not Statement.objects.exists()


def test_two_statements_of_one_id_in_one_call_are_refused(federation):
    statement = make_statement()
    with pytest.raises(StatementError):
        record([statement, statement], federation=federation)


def test_too_many_statements_are_refused(federation):
    with pytest.raises(StatementError, match="1000"):
        record([{}] * 1001, federation=federation)


def test_a_hundred_statements_cost_as_many_queries_as_one(federation):
    def cost(number):
        with CaptureQueriesContext(connection) as queries:
            record([make_statement(object={"id": f"{ACTIVITY}{n}"}) for n in range(number)], federation=federation)
        return len(queries)

    assert cost(1) == cost(100) <= 7


def test_the_registration_that_is_given_holds_whatever_the_statement_says(federation):
    registration = uuid.uuid4()
    mine, other = make_statement(), make_statement(context={"registration": str(uuid.uuid4()), "language": "fr"})
    record([mine, other], federation=federation, registration=registration)
    for row in Statement.objects.all():
        assert row.registration == registration
        assert row.raw["context"]["registration"] == str(registration)


def test_the_people_of_this_site_are_known_by_their_account_and_by_their_address(federation):
    by_number, by_mail, other = UserFactory(), UserFactory(email="zoe@exemple.fr"), UserFactory()
    actors = [
        actor_of(by_number),
        {"mbox": "mailto:Zoe@exemple.fr"},
        {"account": {"homePage": "https://ailleurs.fr", "name": str(other.pk)}},
        actor_of(other) | {"account": {**actor_of(other)["account"], "name": "999999999"}},
        {"mbox": "mailto:inconnue@exemple.fr"},
    ]
    record([make_statement(actor=actor) for actor in actors], federation=federation, client=ClientFactory())
    found = list(Statement.objects.order_by("sequence").values_list("user", flat=True))
    assert found == [by_number.pk, by_mail.pk, None, None, None]


def test_what_h5p_gets_wrong_is_forgiven_to_the_site_and_not_to_a_tool(federation):
    statement = make_statement(result={"score": {"scaled": 1.0000001}, "success": None})
    with pytest.raises(StatementError):
        record([statement], federation=federation, client=ClientFactory(federation=federation))
    record([statement], federation=federation)
    assert Statement.objects.get().score_scaled == 1


def test_a_listener_that_fails_undoes_the_storing(federation):
    def fail(sender, **kwargs):
        raise RuntimeError

    statement_recorded.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            record([make_statement()], federation=federation)
    finally:
        statement_recorded.disconnect(fail)
    assert not Statement.objects.exists()


# -- Voiding -------------------------------------------------------------------------------------------------------


def test_a_tool_voids_what_it_sent(federation):
    tool = ClientFactory(federation=federation)
    statement = make_statement()
    record([statement], federation=federation, client=tool)
    record([voiding(statement)], federation=federation, client=tool)
    assert Statement.objects.get(id=statement["id"]).voided


def test_a_statement_that_comes_after_its_voiding_is_void(federation):
    tool = ClientFactory(federation=federation)
    statement = make_statement()
    record([voiding(statement)], federation=federation, client=tool)
    record([statement], federation=federation, client=tool)
    assert Statement.objects.get(id=statement["id"]).voided


def test_a_voiding_is_never_void(federation):
    tool = ClientFactory(federation=federation)
    statement = make_statement()
    first = voiding(statement)
    record([statement, first], federation=federation, client=tool)
    record([voiding(first)], federation=federation, client=tool)
    assert not Statement.objects.get(id=first["id"]).voided
    assert Statement.objects.get(id=statement["id"]).voided


def test_nobody_voids_what_another_one_sent(federation):
    statement, late = make_statement(), make_statement()
    record([statement], federation=federation, user=UserFactory())
    for sender in ({"client": ClientFactory(federation=federation)}, {"user": UserFactory()}):
        with pytest.raises(ForbiddenError):
            record([voiding(statement)], federation=federation, **sender)
        record([voiding(late)], federation=federation, **sender)
    record([late], federation=federation, user=UserFactory())
    assert not Statement.objects.filter(voided=True).exists()


# -- Sessions ------------------------------------------------------------------------------------------------------


def test_a_fetch_key_is_good_once():
    session, key = services.open_session(UserFactory(), FederationFactory(), uuid.uuid4(), ACTIVITY)
    token = services.fetch(key)
    assert key not in token
    with pytest.raises(FetchError) as error:
        services.fetch(key)
    assert error.value.code == "1"
    session.refresh_from_db()
    assert session.fetched_at
    assert key not in session.token_hash


def test_a_made_up_key_and_one_that_has_expired_are_told_apart():
    with pytest.raises(FetchError) as error:
        services.fetch("x")
    assert error.value.code == "3"
    session, key = services.open_session(UserFactory(), FederationFactory(), uuid.uuid4(), ACTIVITY)
    Session.objects.filter(pk=session.pk).update(expires_at=session.created_at)
    with pytest.raises(FetchError) as error:
        services.fetch(key)
    assert error.value.code == "2"


def test_old_sessions_are_forgotten():
    old, new = open_session(), open_session()
    Session.objects.filter(pk=old.pk).update(expires_at="2020-01-01T00:00:00Z")
    assert services.forget_sessions() == 1
    assert list(Session.objects.all()) == [new]


# -- Reports -------------------------------------------------------------------------------------------------------


def answer(part, scaled=None, response="0", **result):
    choices = [{"id": "0", "description": {"en": "Gloves", "fr": "Les gants"}}, {"id": "1"}]
    definition = {
        "name": {"fr": "Sécurité "},
        "description": {"fr": f"Question {part}"},
        "interactionType": "choice",
        "choices": choices,
        "correctResponsesPattern": ["0[,]1"],
    }
    score = {"score": {"scaled": scaled}} if scaled is not None else {}
    return make_statement(
        object={"id": f"{ACTIVITY}?subContentId={part}", "definition": definition},
        result={**score, "response": response, **result},
        context={"contextActivities": {"parent": [{"id": ACTIVITY}]}},
    )


def test_the_last_answer_to_each_part_counts_in_order_of_the_first(federation, django_assert_num_queries):
    registration = uuid.uuid4()
    sent = [answer("a", 0, "1", success=False), answer("b", 1), answer("a", 1, "0[,]1", success=True)]
    record(sent, federation=federation, registration=registration)
    record([answer("a", 0)], federation=federation, registration=uuid.uuid4())
    with django_assert_num_queries(1):
        first, second = reading.answers_of(registration)
    assert (first.description, second.description) == ("Question a", "Question b")
    assert (first.score, first.success, first.tries, first.name) == (1, True, 2, "Sécurité")
    assert first.in_words == "Les gants, 1"
    assert first.right_in_words == ["Les gants, 1"]
    assert first.client_reported
    assert second.tries == 1


def test_pairs_are_spelt_in_words():
    assert reading.spell("a[.]x[,]b[.]y", {"a": "Casque", "x": "Tête", "y": "Pied"}) == "Casque → Tête, b → Pied"
    assert reading.spell("", {}) == ""


def test_results_are_counted_by_activity_in_one_query(federation, django_assert_num_queries):
    record([answer("a", 1, success=True), answer("a", 0, success=False), answer("b", 0.5)], federation=federation)
    record([answer("a", 1)], federation=FederationFactory())
    with django_assert_num_queries(1):
        a, b = reading.results_by_activity(federation_id=federation.pk, parent=ACTIVITY)
    assert (a.statements, a.scored, a.average, a.passed, a.failed, a.people) == (2, 2, 0.5, 1, 1, 1)
    assert (b.statements, b.average, b.passed, b.failed) == (1, 0.5, 0, 0)


def test_a_report_reads_page_after_page_without_missing_any(federation):
    record([make_statement() for _n in range(7)], federation=federation)
    record([make_statement()], federation=FederationFactory())
    seen, before = [], None
    while True:
        page = reading.statements_for(federations=[federation.pk], before=before, limit=3)
        seen += [row.sequence for row in page.rows]
        if page.after is None:
            break
        before = page.after
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 7


# -- People's data -------------------------------------------------------------------------------------------------


def test_a_person_takes_along_all_that_is_said_of_them_and_it_goes_with_their_account(federation):
    user, other = UserFactory(), UserFactory()
    record(
        [
            make_statement(
                actor=actor_of(user), object={"id": "a:b"}, context={"contextActivities": {"grouping": {"id": "a:c"}}}
            )
        ],
        federation=federation,
    )
    record([make_statement(actor=actor_of(other))], federation=federation)
    open_session(user)
    data = collect_personal_data(user)
    assert [statement["object"]["id"] for statement in data["énoncés xAPI"]] == ["a:b"]
    assert data["documents xAPI"] == []
    delete_account(user)
    assert list(Statement.objects.values_list("user", flat=True)) == [other.pk]
    assert not Mention.objects.exists()
    assert not Session.objects.exists()
