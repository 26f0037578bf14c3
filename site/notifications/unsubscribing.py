"""Links that stop e-mails without signing in (RFC 8058): signed, of one person and one kind, good for a year."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

SALT = "notifications.unsubscribe"
GOOD_FOR = 366 * 24 * 3600
DIGEST = "digest"
"""Stands for the summary of the territory, beside the kinds."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants no more e-mails, and of which kinds."""

    user_id: int
    kinds: tuple[str, ...]


def token_for(user_id: int, kinds: list[str]) -> str:
    """Return what an address carries so that whoever holds the e-mail may stop such e-mails."""
    return signing.dumps([user_id, *sorted(kinds)], salt=SALT, compress=True)


def path_for(user_id: int, kinds: list[str]) -> str:
    """Return the address that stops them."""
    return reverse("notifications:unsubscribe", args=[token_for(user_id, kinds)])


def read(token: str) -> Wish | None:
    """Return what a token says, or None if it is forged or too old."""
    try:
        user_id, *kinds = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Wish(int(user_id), tuple(map(str, kinds)))
