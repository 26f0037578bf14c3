"""What changes statements, tools and sessions. Each function is one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import Federation, User

from .identities import authority_of, users_by_agent
from .mending import mend
from .mentions import mention_keys
from .models import Client, Mention, Session, Statement
from .signals import statement_recorded
from .validation import VOIDED, Checked, StatementError, parse_timestamp, validate_statement

MAX_STATEMENTS = 1000
"""How many statements one call may bring."""
SESSION_LIFE = timedelta(hours=24)
SESSION_USER = "session"
"""The user name of a launched content, in its HTTP Basic credentials; the password is the secret of its session."""
_TRIES = 3
_LAST_USED_EVERY = timedelta(hours=1)


class ConflictError(Exception):
    """Another statement has this id already."""

    def __init__(self, statement_id: uuid.UUID) -> None:
        super().__init__(_("L'énoncé %s existe déjà, avec un autre contenu.") % statement_id)
        self.statement_id = statement_id


class ForbiddenError(Exception):
    """Who sends a statement has no right to say this."""


# -- Statements ----------------------------------------------------------------------------------------------------


def check_all(statements: Sequence[Any], *, mended: bool = False) -> list[Checked]:
    """Check statements as they were read from JSON. Raises StatementError; `mended` forgives what H5P gets wrong."""
    if len(statements) > MAX_STATEMENTS:
        raise StatementError("", _("%d énoncés au plus par envoi") % MAX_STATEMENTS)
    checked = []
    for place, statement in enumerate(statements):
        try:
            checked.append(validate_statement(mend(statement) if mended else statement))
        except StatementError as error:
            raise error.inside(f"[{place}]") if len(statements) > 1 else error from None
    ids = [each.id for each in checked if each.id]
    if len(set(ids)) != len(ids):
        raise StatementError("id", _("deux énoncés de l'envoi ont le même identifiant"))
    return checked


def record(
    statements: Sequence[Any],
    *,
    federation: Federation | None,
    user: User | None = None,
    client: Client | None = None,
    registration: uuid.UUID | None = None,
    client_reported: bool = True,
) -> list[uuid.UUID]:
    """Check and store statements, and return their ids in the same order.

    Without `client` they come from the site's own players: small liberties of H5P are forgiven (`lrs.mending`). With
    `user` they are all about that person; else each is about whom its actor is, if a person of this site. With
    `registration` they all belong to it, whatever they say. To record the same statement again changes nothing.
    Raises StatementError, ForbiddenError (a voiding that is not the sender's to do), ConflictError (same id, other
    content): then nothing is stored.
    """
    checked = check_all(statements, mended=client is None)
    if registration is not None:
        checked = [_registered(each, registration) for each in checked]
    return record_checked(
        checked, federation_id=federation and federation.pk, user=user, client=client, client_reported=client_reported
    )


def _registered(checked: Checked, registration: uuid.UUID) -> Checked:
    """Return the same statement, within a registration."""
    if checked.registration == registration:
        return checked
    context = {**checked.statement.get("context", {}), "registration": str(registration)}
    return validate_statement({**checked.statement, "context": context})


def record_checked(
    checked: Sequence[Checked],
    *,
    federation_id: int | None,
    user: User | None = None,
    client: Client | None = None,
    session: Session | None = None,
    client_reported: bool = True,
) -> list[uuid.UUID]:
    """Store checked statements: see `record`."""
    authority = authority_of(client)
    if user is None and (keys := {each.agent for each in checked}):
        people = users_by_agent(keys)
        user_ids = [people.get(each.agent) for each in checked]
    else:
        user_ids = [user.pk if user else None] * len(checked)
    shared = {"federation_id": federation_id, "client": client, "client_reported": client_reported}
    ids = [each.id or uuid.uuid4() for each in checked]
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                known = _known(ids, checked, federation_id)
                new = [place for place, statement_id in enumerate(ids) if statement_id not in known]
                if new:
                    now = timezone.now()
                    rows = [_row(checked[n], ids[n], user_ids[n], now, authority, shared) for n in new]
                    _store(rows, [checked[n] for n in new], federation_id)
                    _void(rows)
                    statement_recorded.send(sender=Statement, statements=rows, session=session)
                return ids
        except IntegrityError:
            # The same statement came twice at once: the second time it is there to be compared with.
            if not left or not Statement.objects.filter(id__in=ids).exists():
                raise
    raise AssertionError  # pragma: no cover  (the last try returns or raises)


def _known(ids: Sequence[uuid.UUID], checked: Sequence[Checked], federation_id: int | None) -> set[uuid.UUID]:
    """Return the ids that are stored already. Raises ConflictError if one of them is another statement."""
    given = {each.id: each for each in checked if each.id}
    known = set()
    stored = Statement.objects.filter(id__in=given).values_list("id", "federation_id", "raw") if given else ()
    for statement_id, owner_id, raw in stored:
        if owner_id != federation_id or not _is_same(given[statement_id].statement, raw):
            raise ConflictError(statement_id)
        known.add(statement_id)
    return known


def _is_same(new: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """Whether two statements say the same, but for what the LRS itself adds."""
    kept = {name: value for name, value in stored.items() if name not in {"stored", "authority", "version"}}
    given = dict(new)
    if "timestamp" not in given:
        kept.pop("timestamp", None)
    elif kept.get("timestamp") and parse_timestamp(given["timestamp"]) == parse_timestamp(kept["timestamp"]):
        given["timestamp"] = kept["timestamp"]
    return given == kept


def _row(
    checked: Checked,
    statement_id: uuid.UUID,
    user_id: int | None,
    now: datetime,
    authority: Mapping[str, Any],
    shared: Mapping[str, Any],
) -> Statement:
    stored = instant(now)
    raw = {
        **checked.statement,
        "id": str(statement_id),
        "timestamp": checked.statement.get("timestamp", stored),
        "stored": stored,
        "authority": authority,
        "version": "1.0.0",
    }
    return Statement(
        id=statement_id,
        user_id=user_id,
        agent=checked.agent,
        verb=checked.verb,
        activity=checked.activity,
        parent=checked.parent,
        registration=checked.registration,
        target=checked.target,
        timestamp=checked.timestamp or now,
        stored_at=now,
        score_scaled=checked.score_scaled,
        success=checked.success,
        completion=checked.completion,
        seconds=checked.seconds,
        raw=raw,
        **shared,
    )


def instant(moment: datetime) -> str:
    """Return a moment as statements and headers write it, to the microsecond: two of them are told apart by it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _store(rows: list[Statement], checked: Sequence[Checked], federation_id: int | None) -> None:
    Statement.objects.bulk_create(rows)
    mentions = [
        Mention(statement=row, key=key)
        for row, each in zip(rows, checked, strict=True)
        for key in mention_keys(each, federation_id)
    ]
    if mentions:
        Mention.objects.bulk_create(mentions)


def _void(rows: Sequence[Statement]) -> None:
    """Void what new statements void, and those new ones that were voided before they came.

    A tool voids only what it sent, the site and a launched content only what they sent about the same person within
    the same registration: else any of them could take another's results away.
    """
    voiding = {row.target: row for row in rows if row.verb == VOIDED and row.target}
    if voiding:
        allowed = []
        targets = Statement.objects.select_for_update().filter(id__in=voiding).only(*_OWNERS)
        for target in targets:
            if target.verb == VOIDED:
                continue
            if not _may_void(voiding[target.id], target):
                raise ForbiddenError(_("Cet énoncé n'est pas à vous : vous ne pouvez pas l'annuler."))
            allowed.append(target.pk)
        Statement.objects.filter(pk__in=allowed).update(voided=True)
    mine = {row.id: row for row in rows if row.verb != VOIDED}
    earlier = Statement.objects.filter(target__in=mine, verb=VOIDED).only(*_OWNERS)
    late = [mine[each.target].pk for each in earlier if each.target and _may_void(each, mine[each.target])]
    if late:
        Statement.objects.filter(pk__in=late).update(voided=True)


_OWNERS = ("id", "verb", "target", "federation_id", "client_id", "user_id", "registration")


def _may_void(voiding: Statement, target: Statement) -> bool:
    if (voiding.federation_id, voiding.client_id) != (target.federation_id, target.client_id):
        return False
    return voiding.client_id is not None or (voiding.user_id, voiding.registration) == (
        target.user_id,
        target.registration,
    )


# -- Tools ---------------------------------------------------------------------------------------------------------


def secret_hash(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits.

    One round of SHA-256 is enough: nobody can try 2^256 secrets, while a slow hash, made for passwords that people
    choose, would cost each request of a tool most of a second.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def give_credentials(client: Client) -> str:
    """Give a tool a key and a new secret, not saved yet, and return the secret: it is never seen again."""
    secret = secrets.token_urlsafe(32)
    client.key = client.key or secrets.token_hex(12)
    client.secret_hash = secret_hash(secret)
    return secret


def note_use(client: Client) -> None:
    """Remember that a tool was at work, to the hour: a request is not worth a write each time."""
    now = timezone.now()
    if client.last_used_at is None or now - client.last_used_at > _LAST_USED_EVERY:
        Client.objects.filter(pk=client.pk).update(last_used_at=now)


# -- Sessions ------------------------------------------------------------------------------------------------------


def _session_secret(fetch_key: str) -> str:
    """Return the secret that a fetch key is good for: made of it, so that nothing secret is kept."""
    return hmac.new(settings.SECRET_KEY.encode(), f"lrs-session:{fetch_key}".encode(), "sha256").hexdigest()


def open_session(
    user: User,
    federation: Federation,
    registration: uuid.UUID,
    activity: str,
    *,
    life: timedelta = SESSION_LIFE,
) -> tuple[Session, str]:
    """Let one launched content speak to the LRS for one person, and return the session with its fetch key.

    The content changes the key for a token, once (see `fetch`), as cmi5 wants it.
    """
    fetch_key = secrets.token_urlsafe(32)
    session = Session.objects.create(
        token_hash=secret_hash(_session_secret(fetch_key)),
        user=user,
        federation=federation,
        registration=registration,
        activity=activity,
        expires_at=timezone.now() + life,
    )
    return session, fetch_key


class FetchError(Exception):
    """A fetch key is not good: `code` is that of cmi5 (8.2.3)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def fetch(fetch_key: str) -> str:
    """Change a fetch key for the token of its session: what follows «Basic » in the Authorization header.

    It works once. Raises FetchError.
    """
    secret = _session_secret(fetch_key)
    live = Session.objects.filter(token_hash=secret_hash(secret))
    now = timezone.now()
    if live.filter(fetched_at=None, expires_at__gt=now).update(fetched_at=now):
        return b64encode(f"{SESSION_USER}:{secret}".encode()).decode()
    found = live.first()
    if found is None:
        raise FetchError("3", _("Cette adresse n'est pas valable. Ouvrez de nouveau le contenu depuis le site."))
    if found.fetched_at:
        raise FetchError("1", _("Cette adresse a déjà servi. Ouvrez de nouveau le contenu depuis le site."))
    raise FetchError("2", _("Cette adresse a expiré. Ouvrez de nouveau le contenu depuis le site."))


def forget_sessions(before: datetime | None = None) -> int:
    """Delete the sessions that have expired (by default a week ago), and return how many."""
    count, _by_model = Session.objects.filter(expires_at__lt=before or timezone.now() - timedelta(days=7)).delete()
    return count
