"""Which agents of xAPI are people of this site, tools, or the site itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.conf import settings

from people.models import User

from .agents import agent_key
from .models import Client

_TOOL = "outil-"
_SITE = "site"
_LONGEST_NUMBER = 18
"""A longer number is in no database, and SQLite would fail on it."""


def _account(name: str) -> dict[str, Any]:
    return {"homePage": settings.WAGTAILADMIN_BASE_URL, "name": name}


def actor_of(user: User) -> dict[str, Any]:
    """Return a person of this site as the actor of statements: their number here, not their name or e-mail address."""
    return {"objectType": "Agent", "account": _account(str(user.pk))}


def authority_of(client: Client | None) -> dict[str, Any]:
    """Return who vouches for a statement: the tool that sent it, or this site."""
    if client is None:
        return {"objectType": "Agent", "name": settings.WAGTAIL_SITE_NAME, "account": _account(_SITE)}
    return {"objectType": "Agent", "name": client.name, "account": _account(f"{_TOOL}{client.key}")}


def client_key_of(key: str) -> str | None:
    """Return the key of the tool that an agent key stands for: «» for the site itself, None if it is no authority."""
    prefix = agent_key({"account": _account("")})
    if not key.startswith(prefix):
        return None
    name = key.removeprefix(prefix)
    if name == _SITE:
        return ""
    return name.removeprefix(_TOOL) if name.startswith(_TOOL) else None


def users_by_agent(keys: Collection[str]) -> dict[str, int]:
    """Return the people of this site that agent keys stand for, by account number or e-mail address. One query."""
    prefix, mail = agent_key({"account": _account("")}), "mbox:mailto:"
    numbers = {key: int(name) for key in keys if _is_number(name := key.removeprefix(prefix)) and name != key}
    emails = {key: key.removeprefix(mail).lower() for key in keys if key.startswith(mail)}
    if not numbers and not emails:
        return {}
    people = User.objects.filter(pk__in=set(numbers.values())) | User.objects.filter(email__in=set(emails.values()))
    ids, by_email = set(), {}
    for pk, email in people.values_list("pk", "email"):
        ids.add(pk)
        by_email[email] = pk
    found = {key: number for key, number in numbers.items() if number in ids}
    return found | {key: by_email[email] for key, email in emails.items() if email in by_email}


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= _LONGEST_NUMBER
