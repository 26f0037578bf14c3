"""The list, the choices, the devices."""

import json
from html import unescape

import pytest

from notifications.models import Cadence, Notification, Preference, PushSubscription, Rhythm
from notifications.services import notify
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def page(client, address="/notifications/"):
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode()).replace("\xa0", " ")


def test_an_empty_list_says_what_will_come(member):
    assert "Rien de nouveau." in page(member)


def test_the_list_groups_what_is_about_one_thing_and_marks_what_is_new(member, user):
    for target in (1, 2):
        notify([user.pk], kind="reply", target_id=target, group="topic:1")
    text = page(member)
    assert "2 nouveautés dans « Tenir le délai »" in text
    assert text.count("<strong>nouveau</strong>") == 2
    assert "Notifications, 2 non lues" in text


def test_nobody_sees_the_notifications_of_another(member):
    other = UserFactory()
    notify([other.pk], kind="reply", target_id=1)
    assert "Réponse 1" not in page(member)
    assert member.get(f"/notifications/{Notification.objects.get().pk}/").status_code == 404


def test_opening_one_leads_to_its_place_and_marks_its_group(member, user):
    for target in (1, 2):
        notify([user.pk], kind="reply", target_id=target, group="topic:1")
    response = member.get(f"/notifications/{Notification.objects.first().pk}/")
    assert response.url == "/forum/message/1/"
    user.refresh_from_db()
    assert user.unread_notifications == 0


def test_what_is_gone_is_said_to_be_and_leaves_the_list(member, user, shelf):
    notify([user.pk], kind="reply", target_id=1)
    shelf.hidden = {1}
    response = member.get(f"/notifications/{Notification.objects.get().pk}/", follow=True)
    assert "n'est plus disponible" in response.content.decode().replace("&#x27;", "'")
    assert not Notification.objects.exists()


def test_older_ones_are_on_the_next_page(member, user):
    for target in range(35):
        notify([user.pk], kind="reply", target_id=target)
    first = page(member)
    assert first.count('class="card__link"') == 30
    address = "/notifications/?avant=" + first.split("?avant=")[1].split('"')[0]
    assert page(member, address).count('class="card__link"') == 5


@pytest.mark.parametrize("before", ["abc", "-1", "9" * 30, "²"])
def test_a_forged_page_shows_the_first_one(member, before):
    assert "Rien de nouveau." in page(member, f"/notifications/?avant={before}")


def test_the_list_costs_the_same_for_one_and_for_thirty(member, user, django_assert_num_queries):
    notify([user.pk], kind="reply", target_id=0)
    page(member)
    with django_assert_num_queries(2):
        page(member)
    for target in range(1, 30):
        notify([user.pk], kind="reply", target_id=target)
    with django_assert_num_queries(2):
        page(member)


def test_marking_all_as_read(member, user):
    notify([user.pk], kind="reply", target_id=1)
    member.post("/notifications/tout-lu/", {"jusqu_a": Notification.objects.get().pk})
    user.refresh_from_db()
    assert user.unread_notifications == 0


def choices(**changed):
    return {"reply:mail": "now", "reply:site": "on", "news:mail": "weekly", "decision:mail": "never"} | {
        "weekly_day": "3", "digest": "weekly"
    } | changed  # fmt: skip


def test_choices_are_kept(member, user):
    assert member.post("/notifications/reglages/", choices()).status_code == 302
    kept = {row.kind: (row.in_site, row.cadence) for row in Preference.objects.filter(user=user)}
    assert kept == {
        "reply": (True, Cadence.NOW),
        "news": (False, Cadence.WEEKLY),
        "decision": (True, Cadence.NEVER),
    }
    assert Rhythm.objects.get(user=user).weekly_day == 3
    assert "selected>résumé de la semaine" in page(member, "/notifications/reglages/")


def test_a_forged_choice_changes_nothing_and_is_said(member):
    response = member.post("/notifications/reglages/", choices(**{"reply:mail": "hourly"}))
    assert response.status_code == 400
    assert "rien n'est enregistré" in response.content.decode()
    assert not Preference.objects.exists()


def test_a_visitor_signs_in_first(client):
    for address in ("/notifications/", "/notifications/reglages/"):
        assert "/compte/connexion/" in client.get(address).url


# -- Devices -------------------------------------------------------------------------------------------------------

DEVICE = {"endpoint": "https://93.184.215.14/push/abc", "keys": {"p256dh": "k" * 87, "auth": "a" * 22}}


def tell(client, **changed):
    return client.post("/notifications/appareils/", json.dumps(DEVICE | changed), content_type="application/json")


def test_a_device_is_kept_once_and_forgotten(member, user):
    assert tell(member).json() == {"on": True}
    assert tell(member).json() == {"on": True}
    assert PushSubscription.objects.get().user == user
    assert tell(member, forget=True).json() == {"on": False}
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://93.184.215.14/push",
        "https://127.0.0.1/push",
        "https://10.0.0.8/push",
        "https://[::1]/push",
        "https://169.254.169.254/latest/meta-data",
        "https://93.184.215.14:8443/push",
        "https://qui@93.184.215.14/push",
        "file:///etc/passwd",
        "https://",
        "",
    ],
)
def test_an_address_that_the_site_should_not_call_is_refused(member, endpoint):
    assert tell(member, endpoint=endpoint).status_code == 400
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "null", '{"endpoint": 3}', '{"endpoint": "https://93.184.215.14/"}'])
def test_a_device_that_says_too_little_is_refused(member, body):
    assert member.post("/notifications/appareils/", body, content_type="application/json").status_code == 400


def test_the_script_that_wakes_a_device_may_open_the_whole_site(client):
    response = client.get("/notifications/reveil.js")
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert response.headers["Content-Type"].startswith("text/javascript")
