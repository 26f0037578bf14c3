"""What would make the isolation of contents void is told when the site starts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security)
def player_host_is_another(**kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse a host of contents that is the host of the site: packages would act there as whoever is signed in."""
    if not settings.PLAYER_ORIGIN:
        return []
    parts = urlsplit(settings.PLAYER_ORIGIN)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
        return [
            checks.Error("PLAYER_ORIGIN n'est pas une origine, comme https://contenus.example.org.", id="packages.E001")
        ]
    if parts.hostname == urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname:
        message = "PLAYER_ORIGIN est l'hôte du site lui-même : les contenus doivent en avoir un autre."
        return [checks.Error(message, id="packages.E002")]
    return []
