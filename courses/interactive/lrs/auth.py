"""Who speaks to the LRS: a tool with its key and secret, or a launched content with the token of its session.

HTTP Basic only. A session cookie of the site is never looked at: a page of another site can make a browser send it.
"""

from __future__ import annotations

import binascii
import secrets
import uuid
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .agents import agent_key
from .identities import actor_of
from .models import Client, Session
from .services import SESSION_USER, ForbiddenError, note_use, secret_hash
from .validation import VOIDED, Checked, context_activities

CLIENT_RATE, SESSION_RATE = 3000, 300
"""Requests a minute."""
_LONGEST = 500


class UnknownError(Exception):
    """The credentials are missing or good for nothing."""


@dataclass
class Credentials:
    """Who asks: either `client` or `session` is set."""

    client: Client | None = None
    session: Session | None = None

    @property
    def federation_id(self) -> int:
        """The federation whose statements and documents there are to see, and no others."""
        owner = self.client or self.session
        assert owner is not None  # noqa: S101  (for the type checker)
        return owner.federation_id

    @property
    def name(self) -> str:
        """What the requests are counted under."""
        return f"client:{self.client.pk}" if self.client else f"session:{self.session.pk if self.session else ''}"

    @property
    def rate(self) -> int:
        """How many requests a minute they may make."""
        return CLIENT_RATE if self.client else SESSION_RATE

    @cached_property
    def actor_key(self) -> str:
        """The key of the person that a launched content speaks for."""
        return agent_key(actor_of(self.session.user)) if self.session else ""

    # -- What they may do ------------------------------------------------------------------------------------------

    def may_read(self) -> None:
        """Raise ForbiddenError for a tool that only writes."""
        if self.client and not self.client.may_read:
            raise ForbiddenError(_("Cet outil n'a pas le droit de lire."))

    def may_write(self) -> None:
        """Raise ForbiddenError for a tool that only reads."""
        if self.client and not self.client.may_write:
            raise ForbiddenError(_("Cet outil n'a pas le droit d'écrire."))

    def check_statements(self, checked: Iterable[Checked]) -> None:
        """Keep a launched content to its person, its registration and its activity."""
        if self.session is None:
            return
        for each in checked:
            if each.agent != self.actor_key or each.statement["actor"].get("objectType", "Agent") != "Agent":
                raise ForbiddenError(_("Ce contenu ne parle que de la personne qui l'a ouvert (actor)."))
            if each.registration != self.session.registration:
                raise ForbiddenError(_("Ce contenu ne parle que de son inscription (context.registration)."))
            if not self._is_own(each):
                raise ForbiddenError(_("Ce contenu ne parle que de son activité et de ses parties (object)."))

    def _is_own(self, checked: Checked) -> bool:
        if checked.verb == VOIDED:
            return True
        around = context_activities(checked.statement)
        named = (checked.activity, *around.get("parent", ()), *around.get("grouping", ()))
        return bool(checked.activity) and any(map(self.owns_activity, named))

    def owns_activity(self, activity: str) -> bool:
        """Whether an activity is that of a launched content, or a part of it by its id. Any is a tool's."""
        if self.session is None:
            return True
        own = self.session.activity
        if not activity.startswith(own):
            return False
        rest = activity[len(own) :]
        return not rest or own.endswith(("/", "#", "?", "=")) or rest[0] in "/#?&"

    def check_activity(self, activity: str) -> None:
        """Raise ForbiddenError for an activity that is not a launched content's own."""
        if not self.owns_activity(activity):
            raise ForbiddenError(_("Ce contenu ne voit que son activité et ses parties (activityId)."))

    def check_agent(self, agent: Mapping[str, Any]) -> None:
        """Raise ForbiddenError for another person than the one a launched content speaks for."""
        if self.session and agent_key(agent) != self.actor_key:
            raise ForbiddenError(_("Ce contenu ne voit que la personne qui l'a ouvert (agent)."))

    def check_registration(self, registration: str) -> None:
        """Raise ForbiddenError for another registration than that of a launched content."""
        if self.session and registration and uuid.UUID(registration) != self.session.registration:
            raise ForbiddenError(_("Ce contenu ne voit que son inscription (registration)."))


def authenticate(header: str) -> Credentials:
    """Return who an Authorization header stands for. Raises UnknownError. One query."""
    name, password = _basic(header)
    if name == SESSION_USER:
        session = (
            Session.objects.select_related("user")
            .filter(token_hash=secret_hash(password), fetched_at__isnull=False, expires_at__gt=timezone.now())
            .first()
        )
        if session is None or not session.user.is_active:
            raise UnknownError
        return Credentials(session=session)
    client = Client.objects.filter(key=name, active=True).first()
    # Compared even where there is no such key, and always whole: the time that it takes says nothing.
    known = client.secret_hash if client else secret_hash("")
    if not secrets.compare_digest(known, secret_hash(password)) or client is None:
        raise UnknownError
    note_use(client)
    return Credentials(client=client)


def _basic(header: str) -> tuple[str, str]:
    scheme, _space, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST:
        raise UnknownError
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise UnknownError from None
    if not colon or "\x00" in name:
        raise UnknownError
    return name, password
