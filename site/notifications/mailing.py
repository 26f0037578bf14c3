"""E-mails that tell of notifications: what happened just now, put together, and the summaries.

What an e-mail tells of is claimed (a batch of its own) in a transaction before the e-mail leaves: run twice, or by two
workers, it is not told twice. An e-mail that the server refuses gives its batch back, and the task is tried again; one
whose worker is killed in the very moment of sending is lost rather than doubled.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext

from people.models import User

from . import unsubscribing
from .lists import Group, grouped, in_words
from .models import Notification, Rhythm
from .registry import DigestSection, digest_sections
from .services import GROUPED_FOR, forget, next_summary

_PEOPLE_AT_ONCE = 200
_LINES = 100


def _absolute(path: str) -> str:
    return path if path.startswith("http") else settings.WAGTAILADMIN_BASE_URL.rstrip("/") + path


def _waiting(now: datetime) -> Q:
    return Q(batch=None, mail_due_at__lte=now)


def people_to_mail(now: datetime) -> Iterator[int]:
    """Yield the people for whom an e-mail is due, by the order of their ids, some hundreds at a time."""
    last = 0
    while True:
        due = Notification.objects.filter(_waiting(now), user__gt=last)
        summaries = Rhythm.objects.filter(digest_due_at__lte=now, user__gt=last)
        ids = sorted(
            set(due.order_by("user").values_list("user", flat=True).distinct()[:_PEOPLE_AT_ONCE])
            | set(summaries.order_by("user").values_list("user", flat=True)[:_PEOPLE_AT_ONCE])
        )[:_PEOPLE_AT_ONCE]
        if not ids:
            return
        yield from ids
        last = ids[-1]


def is_due_soon() -> bool:
    """Whether an e-mail that tells of something at once waits for its minutes to pass."""
    return Notification.objects.filter(_waiting(timezone.now() + GROUPED_FOR)).exists()


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one e-mail tells of, taken so that no other one does."""

    user: User
    batch: uuid.UUID
    notifications: list[Notification]
    digest_since: datetime | None
    digest_was_due: datetime | None


@transaction.atomic
def claim(user_id: int, now: datetime) -> Claimed | None:
    """Take what is due for a person; None if nothing is, or if another worker has taken it."""
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        return None
    batch = uuid.uuid4()
    # With it goes what would be due in a moment: one e-mail rather than two.
    due = Notification.objects.filter(_waiting(now + GROUPED_FOR), user=user)
    # Read on the site meanwhile: no need to tell of it again. What is kept out of the site is told by e-mail alone.
    due.filter(read_at__isnull=False).exclude(read_at=F("created_at")).update(mail_due_at=None)
    found = list(due.order_by("pk")[:_LINES])
    Notification.objects.filter(pk__in=[row.pk for row in found]).update(batch=batch)
    since = was_due = None
    rhythm = Rhythm.objects.filter(user=user, digest_due_at__lte=now).first()
    if rhythm is not None:
        since, was_due = rhythm.digest_since, rhythm.digest_due_at
        rhythm.digest_since, rhythm.digest_due_at = now, next_summary(rhythm.digest, now, rhythm.weekly_day)
        rhythm.save(update_fields=["digest_since", "digest_due_at"])
    if not user.is_active or not (found or since):
        return None
    return Claimed(user, batch, found, since, was_due)


@transaction.atomic
def give_back(claimed: Claimed) -> None:
    """Let what could not be sent be taken again."""
    Notification.objects.filter(batch=claimed.batch).update(batch=None)
    if claimed.digest_since:
        Rhythm.objects.filter(user=claimed.user).update(
            digest_since=claimed.digest_since, digest_due_at=claimed.digest_was_due
        )


def send_due(now: datetime | None = None) -> int:
    """Send the e-mails that are due, one a person; return how many left.

    One that is refused does not keep the others from leaving. Raises the last OSError at the end, to be tried again.
    """
    now = now or timezone.now()
    sent = 0
    refused: OSError | None = None
    for user_id in people_to_mail(now):
        claimed = claim(user_id, now)
        message = message_for(claimed) if claimed else None
        if claimed is None or message is None:
            continue
        try:
            message.send()
        except OSError as error:
            give_back(claimed)
            refused = error
        else:
            sent += 1
    if refused:
        raise refused
    return sent


def message_for(claimed: Claimed) -> EmailMultiAlternatives | None:
    """Return the e-mail that tells of what was claimed; None if nothing of it is to be told any more."""
    user = claimed.user
    entries, silent = in_words(user, claimed.notifications)
    if silent:
        forget(user, silent)
    groups = grouped(list(reversed(entries)))
    sections: list[DigestSection] = []
    if claimed.digest_since:
        made = (section(user, claimed.digest_since) for section in digest_sections())
        sections = [section for section in made if section and section.lines]
    if not groups and not sections:
        return None
    kinds = sorted({entry.notification.kind for entry in entries})
    stops = [*kinds, *([unsubscribing.DIGEST] if sections else [])]
    stop_url = _absolute(unsubscribing.path_for(user.pk, stops))
    context = {
        "user": user,
        "groups": groups,
        "sections": sections,
        "home_url": _absolute("/"),
        "base_url": settings.WAGTAILADMIN_BASE_URL.rstrip("/"),
        "preferences_url": _absolute("/notifications/reglages/"),
        "unsubscribe_url": stop_url,
        "site_name": settings.WAGTAIL_SITE_NAME,
    }
    domain = settings.WAGTAILADMIN_BASE_URL.split("//")[-1].split(":")[0].strip("/")
    message = EmailMultiAlternatives(
        subject=_subject(groups, sections),
        body=render_to_string("notifications/email/message.txt", context),
        to=[user.email],
        headers={
            "Message-ID": f"<{claimed.batch}@{domain}>",
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
        },
    )
    message.attach_alternative(render_to_string("notifications/email/message.html", context), "text/html")
    return message


def _subject(groups: Sequence[Group], sections: Sequence[DigestSection]) -> str:
    """Say what there is, without the words of a message: an e-mail's subject shows on a locked screen."""
    count = sum(len(group.entries) for group in groups)
    if count == 1 and not sections:
        return " ".join(groups[0].latest.kind_label.split())
    if not groups:
        return " ".join(sections[0].title.split())
    return ngettext("%(count)d nouveauté pour vous", "%(count)d nouveautés pour vous", count) % {"count": count}
