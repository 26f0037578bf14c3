import json
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from courses.catalog.models import Competence, Referential
from people.models import Trade
from people.services import delete_account
from practices import sessions
from practices.session_models import SessionPlan, SessionStep
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

OWN, SHARED, NEW = reverse("practices:sessions"), reverse("practices:shared_sessions"), reverse("practices:new_session")
FIELDS = {
    "title": "Affûter un sécateur",
    "objective": "Être capable d'affûter un sécateur sans se blesser.",
    "minutes": 45,
    "audience": "Quatre salariés débutants",
    "place": "Atelier",
    "materials": "Pierre, huile",
    "gestures": "Garder l'angle",
    "safety": "Gants anti-coupure",
    "assessment": "Coupe une tige d'un seul geste",
    "traces": "Livret de suivi",
    "trades": (),
    "competences": (),
}
STEP = {"phase": "Démonstration", "minutes": 10, "method": "demonstrative", "trainer": "Montre", "people": "Regardent"}


def make_plan(owner=None, *, steps=(STEP,), shared=False, **fields):
    owner = owner or UserFactory()
    plan = sessions.create_plan(owner, submission=uuid.uuid4(), steps=steps, **FIELDS | fields)
    if shared:
        sessions.share(owner, plan.pk, shared=True)
        plan.refresh_from_db()
    return plan


def typed(*steps, **fields):
    """Return what the form sends."""
    data = {k: v for k, v in FIELDS.items() if v != ()} | {"submission": uuid.uuid4(), "etapes": len(steps)} | fields
    for place, step in enumerate(steps):
        data |= {f"etape-{place}-{name}": value for name, value in step.items()}
    return data


@pytest.fixture
def me(client):
    user = UserFactory(first_name="Camille", last_name="Martin")
    client.force_login(user)
    return user


def url(name, plan):
    return reverse(f"practices:{name}", args=[plan.pk])


# -- Rights --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [OWN, SHARED, NEW])
def test_sessions_are_for_members(client, address):
    assert client.get(address).url.startswith(reverse("account_login"))


def test_a_plan_is_its_owners_alone_until_it_is_shared(client, me):
    plan = make_plan()
    assert client.get(url("session", plan)).status_code == 404
    assert client.post(url("copy_session", plan), {"submission": uuid.uuid4()}).status_code == 404
    assert plan.title not in client.get(SHARED).text
    sessions.share(plan.owner, plan.pk, shared=True)
    page = client.get(url("session", plan)).text
    assert "Copier dans mes séances" in page
    assert "CC BY-SA 4.0" in page
    assert plan.title in client.get(SHARED).text
    sessions.share(plan.owner, plan.pk, shared=False)
    assert client.get(url("session", plan)).status_code == 404


@pytest.mark.parametrize("name", ["edit_session", "share_session", "delete_session"])
def test_only_the_owner_changes_a_shared_plan(client, me, name):
    plan = make_plan(shared=True)
    assert client.post(url(name, plan), typed(action="unshare")).status_code == 404
    plan.refresh_from_db()
    assert (plan.title, plan.is_shared, plan.deleted_at) == ("Affûter un sécateur", True, None)


def test_the_plans_of_a_closed_account_are_no_longer_shared(client, me):
    plan = make_plan(shared=True)
    plan.owner.is_active = False
    plan.owner.save()
    assert client.get(url("session", plan)).status_code == 404
    assert plan.title not in client.get(SHARED).text


# -- Writing -------------------------------------------------------------------------------------------------------


def test_a_plan_is_made_from_the_form_with_its_steps_in_order(client, me):
    bois = Trade.objects.get_or_create(slug="bois", defaults={"name": "Menuiserie et bois"})[0]
    answer = client.post(
        NEW, typed(STEP, {"phase": "Bilan", "minutes": "", "trainer": "Fait redire"}, trades=[bois.pk])
    )
    plan = SessionPlan.objects.get()
    assert answer.url.startswith(plan.get_absolute_url())
    assert (plan.owner, plan.minutes, list(plan.trades.all())) == (me, 45, [bois])
    assert list(plan.steps.values_list("position", "phase", "minutes", "method")) == [
        (1, "Démonstration", 10, "demonstrative"),
        (2, "Bilan", None, ""),
    ]
    page = client.get(answer.url).text
    for shown in ("Gants anti-coupure", "Démonstrative", "Total des étapes", "10 min sur 45", "data-session-saved"):
        assert shown in page.replace("\xa0", " ")


def test_a_double_tap_makes_one_plan(client, me):
    data = typed(STEP)
    client.post(NEW, data)
    client.post(NEW, data | {"title": "Le même, repris"})
    assert SessionPlan.objects.get().title == "Le même, repris"


def test_a_form_that_is_refused_gives_everything_back_and_says_all_errors(client, me):
    long = "x" * 201
    answer = client.post(
        NEW, typed({"phase": "", "trainer": long}, title="", objective="", minutes="abc", place="Hangar")
    )
    assert answer.status_code == 400
    for shown in (
        long,
        "Hangar",
        "abc",
        "Donnez un titre",
        "Écrivez l&#x27;objectif",
        "Écrivez un nombre de minutes",
        "Nommez cette étape",
    ):
        assert shown in answer.text
    assert "200 caractères au plus (il y en a 201)" in answer.text
    assert not SessionPlan.objects.exists()


def test_a_text_of_too_many_lines_for_one_page_is_refused(client, me):
    answer = client.post(NEW, typed(STEP, gestures="\r\n".join(["un geste"] * 13)))
    assert "12 au plus (il y en a 13)" in answer.text
    assert answer.status_code == 400


def test_rows_in_which_nothing_was_typed_count_for_nothing(client, me):
    client.post(NEW, typed({"phase": ""}, STEP, {"phase": "  ", "trainer": ""}))
    assert [step.phase for step in SessionPlan.objects.get().steps.all()] == ["Démonstration"]


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("add", ["A", "B", ""]),
        ("remove:0", ["B"]),
        ("down:0", ["B", "A"]),
        ("up:1", ["B", "A"]),
        ("up:0", ["A", "B"]),
        ("down:1", ["A", "B"]),
    ],
)
def test_rows_are_rearranged_without_a_script_and_without_losing_what_is_typed(client, me, action, shown):
    data = typed({"phase": "A", "minutes": "dix"}, {"phase": "B"}, title="", place="Hangar", action=action)
    answer = client.post(NEW, data)
    assert answer.status_code == 200
    forms = answer.context["forms"]
    assert [step["phase"].value() for step in forms.steps] == shown
    assert str(data["submission"]) in answer.text
    for kept in ("Hangar", "dix") if action != "remove:0" else ("Hangar",):
        assert kept in answer.text
    assert not SessionPlan.objects.exists()


def test_there_are_eight_rows_at_most(client, me):
    steps = [{"phase": f"Étape {n}"} for n in range(8)]
    assert len(client.post(NEW, typed(*steps, action="add")).context["forms"].steps) == 8


@pytest.mark.parametrize("action", ["remove:99", "up:x", "explode"])
def test_an_unknown_action_saves(client, me, action):
    client.post(NEW, typed(STEP, action=action))
    assert SessionPlan.objects.count() == 1


def test_two_tabs_do_not_overwrite_each_other_unseen(client, me):
    plan = make_plan(me)
    page = url("edit_session", plan)
    first = client.get(page).context["forms"].plan["revision"].value()
    client.post(page, typed(STEP, title="Du premier onglet", revision=first))
    answer = client.post(page, typed(STEP, title="Du second onglet", revision=first))
    assert answer.status_code == 409
    assert "Du second onglet" in answer.text
    plan.refresh_from_db()
    assert plan.title == "Du premier onglet"
    client.post(page, typed(STEP, title="Du second onglet", revision=first, action="overwrite"))
    plan.refresh_from_db()
    assert plan.title == "Du second onglet"


def test_a_plan_saves_itself_and_says_its_revision(client, me):
    data = typed(STEP)
    saved = client.post(NEW, data, headers={"X-Autosave": "1"}).json()
    plan = SessionPlan.objects.get()
    kept_under = f"seance:{me.pk}:{plan.pk}"
    assert saved == {"saved": True, "revision": 1, "url": url("edit_session", plan), "kept_under": kept_under}
    again = client.post(saved["url"], data | {"revision": 1, "title": "Suite"}, headers={"X-Autosave": "1"}).json()
    assert again["revision"] == 2
    assert client.post(saved["url"], data | {"revision": 1}, headers={"X-Autosave": "1"}).status_code == 409
    assert client.post(NEW, typed(title=""), headers={"X-Autosave": "1"}).status_code == 422
    plan.refresh_from_db()
    assert plan.title == "Suite"


def test_the_copy_that_a_device_keeps_is_of_one_person_and_one_plan(client, me):
    plan = make_plan(me)
    assert f'data-kept-under="seance:{me.pk}:{plan.pk}"' in client.get(url("edit_session", plan)).text
    assert f'data-kept-under="seance:{me.pk}:nouvelle"' in client.get(NEW).text


# -- Sharing and copying -------------------------------------------------------------------------------------------


def test_a_copy_is_its_owners_private_and_credits_its_origin(client, me):
    trade = Trade.objects.get_or_create(slug="bois", defaults={"name": "Menuiserie et bois"})[0]
    origin = make_plan(UserFactory(first_name="Lou", last_name="Petit"), shared=True, trades=[trade])
    form = uuid.uuid4()
    for _twice in range(2):
        answer = client.post(url("copy_session", origin), {"submission": form})
    copy = SessionPlan.objects.get(owner=me)
    assert answer.url == url("edit_session", copy)
    assert (copy.copied_from, copy.is_shared, list(copy.trades.all())) == (origin, False, [trade])
    assert [step.phase for step in copy.steps.all()] == ["Démonstration"]
    origin.refresh_from_db()
    assert origin.copy_count == 1
    page = client.get(url("session", copy)).text
    assert "de Lou Petit" in page
    assert f'href="{origin.get_absolute_url()}"' in page


def test_a_copy_of_ones_own_plan_is_not_counted_and_still_credits_where_it_came_from(me):
    origin = make_plan(shared=True)
    copy = sessions.copy_plan(me, origin.pk, submission=uuid.uuid4())
    second = sessions.copy_plan(me, copy.pk, submission=uuid.uuid4())
    origin.refresh_from_db()
    copy.refresh_from_db()
    assert (origin.copy_count, copy.copy_count, second.copied_from) == (1, 0, origin)
    assert second.title == "Affûter un sécateur (copie)"
    mine = sessions.copy_plan(me, make_plan(me).pk, submission=uuid.uuid4())
    assert (mine.copied, mine.copied_from) == (False, None)


def test_a_copy_outlives_its_origin_and_still_says_that_it_is_one(client, me):
    origin = make_plan(UserFactory(first_name="Lou", last_name="Petit"), shared=True)
    copy = sessions.copy_plan(me, origin.pk, submission=uuid.uuid4())
    sessions.share(origin.owner, origin.pk, shared=False)
    page = client.get(url("session", copy)).text
    assert "de Lou Petit" in page
    assert f'href="{origin.get_absolute_url()}"' not in page
    delete_account(origin.owner)
    page = client.get(url("session", copy)).text
    assert "ancien membre du réseau" in page
    assert "Petit" not in page


def test_sharing_twice_keeps_the_first_date_and_may_be_undone(client, me):
    plan = make_plan(me)
    client.post(url("share_session", plan), {"action": "share"})
    first = SessionPlan.objects.get().shared_at
    client.post(url("share_session", plan), {"action": "share"})
    assert SessionPlan.objects.get().shared_at == first
    client.post(url("share_session", plan), {"action": "unshare"})
    assert SessionPlan.objects.get().shared_at is None


def test_shared_plans_are_found_by_words_competence_and_line_of_work(client, me):
    referential = Referential.objects.create(code="RNCP", title="ETI", consulted_on="2026-01-01")
    activity = Competence.objects.create(referential=referential, code="A3", title="Former")
    competence = Competence.objects.create(referential=referential, code="C9", title="Animer", parent=activity)
    bois = Trade.objects.get_or_create(slug="bois", defaults={"name": "Menuiserie et bois"})[0]
    make_plan(shared=True, title="Raboter une planche", trades=[bois], competences=[competence])
    make_plan(shared=True, title="Trier des textiles", steps=[STEP | {"people": "Palpent les matières"}])
    make_plan(title="Secrète", trades=[bois])

    def found(**query):
        page = client.get(SHARED, query).text.partition('id="resultats"')[2]
        return [title for title in ("Raboter", "Trier", "Secrète") if title in page]

    assert found() == ["Raboter", "Trier"]
    assert found(q="PLANCHE raboter") == ["Raboter"]
    assert found(q="matieres") == ["Trier"]
    assert found(competence=competence.pk) == found(filiere="bois") == ["Raboter"]
    assert found(q="palpent", filiere="bois") == []
    assert found(q="", competence="x", filiere="inconnue", apres="n'importe") == ["Raboter", "Trier"]
    assert "Aucune séance partagée ne correspond" in client.get(SHARED, {"q": "zzz"}).text


# -- Deleting ------------------------------------------------------------------------------------------------------


def test_a_plan_thrown_away_may_be_taken_back(client, me):
    plan = make_plan(me, shared=True)
    page = client.post(url("delete_session", plan), follow=True).text
    assert "est supprimée" in page
    assert client.get(url("session", plan)).status_code == 404
    assert plan.title not in client.get(SHARED).text
    assert client.post(url("delete_session", plan)).status_code == 404
    assert "La séance est revenue" in client.post(url("restore_session", plan), follow=True).text
    assert client.get(url("session", plan)).status_code == 200


def test_nobody_takes_back_what_another_threw_away(client, me):
    plan = make_plan()
    sessions.delete_plan(plan.owner, plan.pk)
    client.post(url("restore_session", plan))
    plan.refresh_from_db()
    assert plan.deleted_at
    assert plan.title not in client.get(f"{OWN}?supprimee={plan.pk}").text


def test_after_thirty_days_it_is_gone_for_good(me):
    old, new = make_plan(me), make_plan(me)
    SessionPlan.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert not sessions.restore_plan(me, old.pk)
    sessions.delete_plan(me, new.pk)
    assert list(SessionPlan.objects.all()) == [new]


def test_a_form_sent_again_after_its_plan_was_thrown_away_brings_it_back(client, me):
    data = typed(STEP)
    client.post(NEW, data)
    sessions.delete_plan(me, SessionPlan.objects.get().pk)
    client.post(NEW, data)
    assert SessionPlan.objects.get().deleted_at is None


# -- Data and lists ------------------------------------------------------------------------------------------------


def test_plans_are_exported_and_deleted_with_the_account(client, me):
    make_plan(me)
    data = json.loads(client.get(reverse("people:export")).content)["seances"]
    assert data[0]["titre"] == "Affûter un sécateur"
    assert data[0]["etapes"][0]["methode"] == "Démonstrative"
    delete_account(me)
    assert not SessionPlan.objects.exists()
    assert not SessionStep.objects.exists()


def test_lists_take_as_many_queries_however_long(client, me, django_assert_num_queries):
    trade = Trade.objects.get_or_create(slug="bois", defaults={"name": "Menuiserie et bois"})[0]
    plan = make_plan(me, trades=[trade], shared=True)
    client.get(OWN)
    for n in range(25):
        make_plan(me, title=f"Séance {n}")
        make_plan(shared=True, trades=[trade])
    with django_assert_num_queries(2):
        page = client.get(OWN).text
    assert page.count('class="card__link"') == 20
    assert "Page suivante" in page
    with django_assert_num_queries(5):
        client.get(SHARED)
    with django_assert_num_queries(5):
        client.get(url("session", plan))
    with django_assert_num_queries(7):
        client.get(url("edit_session", plan))


def test_empty_lists_say_what_to_do(client, me):
    assert "Partez d'une leçon" in client.get(OWN).text
    assert "Personne n'a encore partagé" in client.get(SHARED).text


@pytest.mark.parametrize("fields", [{"minutes": 4}, {"minutes": 481}])
def test_the_database_refuses_a_session_that_lasts_no_time_or_more_than_a_day(me, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_plan(me, **fields)
