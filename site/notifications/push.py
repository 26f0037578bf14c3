"""Waking the devices that have accepted it (Web Push, RFC 8030, 8291 and 8292), with pywebpush.

What is sent says how many things are new and nothing else: a locked screen is read by whoever is near.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import User

from .models import PushSubscription

MAX_DEVICES = 10
GOOD_FOR = 24 * 3600
"""A device that stays off for longer is not told of what is old by then. In seconds."""
_TIMEOUT = 10
_GONE = {404, 410}


def _key_file() -> Path:
    return Path(settings.VAR_DIR) / "vapid_private_key.pem"


@cache
def _vapid() -> Any:
    """Return the key that signs what the site sends: VAPID_PRIVATE_KEY, or one made once in VAR_DIR."""
    from py_vapid import Vapid02

    if settings.VAPID_PRIVATE_KEY:
        return Vapid02.from_string(settings.VAPID_PRIVATE_KEY)
    path = _key_file()
    if not path.exists():
        made = Vapid02()
        made.generate_keys()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            pass
        else:
            path.write_bytes(made.private_pem())
    return Vapid02.from_file(str(path))


def public_key() -> str:
    """Return the public key, as a browser takes it: the point, in base64 for addresses."""
    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def check_endpoint(endpoint: str) -> str:
    """Return the address of a push service if the site may call it. Raises ValidationError.

    The browser names it, so anyone may: only https, on the usual port, of a public address of the internet.
    """
    parts = urlsplit(endpoint)
    refused = ValidationError(_("Cet appareil donne une adresse que nous ne pouvons pas appeler."))
    try:
        is_plain = parts.scheme == "https" and parts.port in {None, 443} and not parts.username and bool(parts.hostname)
        found = socket.getaddrinfo(parts.hostname, 443, type=socket.SOCK_STREAM) if is_plain else []
    except (ValueError, OSError):
        raise refused from None
    if not found or not all(ipaddress.ip_address(entry[4][0]).is_global for entry in found):
        raise refused
    return endpoint


@transaction.atomic
def subscribe(user: User, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Keep a device of a person; one that was someone else's is theirs no more. The oldest of too many is forgotten."""
    check_endpoint(endpoint)
    kept, _created = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={"user": user, "p256dh": p256dh, "auth": auth}
    )
    others = PushSubscription.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)
    PushSubscription.objects.filter(pk__in=list(others[MAX_DEVICES:])).delete()
    return kept


def unsubscribe(user: User, endpoint: str) -> None:
    """Forget a device of a person."""
    PushSubscription.objects.filter(user=user, endpoint=endpoint).delete()


def payload(unread: int) -> str:
    """Return what a device is sent."""
    text = ngettext("%(count)d nouveauté pour vous", "%(count)d nouveautés pour vous", unread) % {"count": unread}
    return json.dumps({"title": settings.WAGTAIL_SITE_NAME, "body": text, "url": reverse("notifications:list")})


def wake(user_ids: Sequence[int]) -> None:
    """Wake the devices of these people who have something unread. A device that is gone is forgotten.

    Raises the last error that may pass, once the other devices were seen to; who was woken less than a minute ago is
    not woken again, so that trying again wakes only the others.
    """
    # Loaded where it is used: it brings an HTTP client along, which no page needs.
    from pywebpush import WebPushException

    failed: OSError | None = None
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    devices = PushSubscription.objects.filter(user__in=user_ids, user__unread_notifications__gt=0).exclude(
        woken_at__gt=a_minute_ago
    )
    for device in devices.select_related("user"):
        try:
            _send(device)
        except WebPushException as error:
            if error.response is not None and error.response.status_code in _GONE:
                device.delete()
            else:
                failed = OSError(str(error))
        except (OSError, ValidationError) as error:
            failed = error if isinstance(error, OSError) else None
        else:
            PushSubscription.objects.filter(pk=device.pk).update(woken_at=timezone.now())
    if failed:
        raise failed


def _send(device: PushSubscription) -> None:
    from pywebpush import webpush

    # Looked up again: a name may lead elsewhere than when the device was kept.
    check_endpoint(device.endpoint)
    webpush(
        {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}},
        data=payload(device.user.unread_notifications),
        vapid_private_key=_vapid(),
        vapid_claims={"sub": settings.VAPID_SUBJECT},
        ttl=GOOD_FOR,
        headers={"Topic": "nouveautes", "Urgency": "normal"},
        timeout=_TIMEOUT,
    )
