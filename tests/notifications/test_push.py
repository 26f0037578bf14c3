"""Waking devices: what leaves says a number, to who accepted it; what is gone is forgotten."""

import json
from types import SimpleNamespace

import pytest
import pywebpush
import requests

from notifications import push
from notifications.models import PushSubscription
from notifications.services import notify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


@pytest.fixture
def device(user, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    push._vapid.cache_clear()
    yield PushSubscription.objects.create(
        user=user,
        endpoint="https://93.184.215.14/push/abc",
        # A point of the curve and a secret, as a browser makes them.
        p256dh="BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
        auth="tBHItJI5svbpez7KI4CCXg",
    )
    push._vapid.cache_clear()


@pytest.fixture
def service(monkeypatch):
    """A push service that answers what the test says, and keeps what it was sent."""
    answered = SimpleNamespace(status=201, sent=[])

    def post(url, data=None, headers=None, **options):
        answered.sent.append((url, data, headers))
        response = requests.Response()
        response.status_code = answered.status
        return response

    monkeypatch.setattr(pywebpush.requests, "post", post)
    return answered


def test_a_device_is_woken_with_a_message_that_only_it_can_read(user, device, service):
    notify([user.pk], kind="reply", target_id=1)
    push.wake([user.pk])
    ((url, data, headers),) = service.sent
    assert url == device.endpoint
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["authorization"].startswith("vapid t=")
    assert b"nouveaut" not in data


def test_what_is_sent_says_how_many_and_nothing_else():
    assert json.loads(push.payload(3)) == {
        "title": "Réseau ETI",
        "body": "3 nouveautés pour vous",
        "url": "/notifications/",
    }


def test_who_has_nothing_unread_is_not_woken(user, device, service):
    push.wake([user.pk])
    assert service.sent == []


def test_a_device_is_not_woken_twice_in_a_minute(user, device, service):
    notify([user.pk], kind="reply", target_id=1)
    push.wake([user.pk])
    push.wake([user.pk])
    assert len(service.sent) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(user, device, service, status):
    notify([user.pk], kind="reply", target_id=1)
    service.status = status
    push.wake([user.pk])
    assert not PushSubscription.objects.exists()


def test_a_service_that_fails_is_tried_again(user, device, service):
    notify([user.pk], kind="reply", target_id=1)
    service.status = 503
    with pytest.raises(OSError, match="503"):
        push.wake([user.pk])
    assert PushSubscription.objects.get().woken_at is None


def test_the_key_is_made_once_and_kept_from_others(device):
    first = push.public_key()
    push._vapid.cache_clear()
    assert push.public_key() == first
    assert push._key_file().stat().st_mode & 0o077 == 0
