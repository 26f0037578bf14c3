"""Messages between members: relayed by e-mail without either seeing the other's address, limited, and reportable."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Count, Q, QuerySet
from django.tasks import task
from django.urls import reverse
from django.utils import timezone

from .directory import listed_entries
from .directory_models import ContactBlock, ContactMessage
from .models import User
from .signals import contact_reported, contact_sent
from .tasks import retry

MESSAGES_PER_HOUR = 5
MESSAGES_PER_DAY = 20
KEPT = timedelta(days=365)

# A string: the forum is a layer above.
MODERATION_PERMISSION = "forum.moderate"


class TooManyMessagesError(Exception):
    """The person has written as much as one may in an hour or in a day."""


class RefusedError(Exception):
    """The receiver doesn't take messages from this person. Why is theirs to know."""


def may_write(sender: User, receiver_id: int) -> bool:
    """Whether the receiver takes messages from this person: they said so, or they wrote first; and no block."""
    if sender.pk == receiver_id or ContactBlock.objects.filter(user_id=receiver_id, blocked=sender).exists():
        return False
    invited = listed_entries().filter(pk=receiver_id, accepts_contact=True).exists()
    return invited or (
        ContactMessage.objects.filter(sender_id=receiver_id, receiver=sender, sender__is_active=True).exists()
    )


@transaction.atomic
def send_message(
    sender: User, receiver_id: int, *, text: str, submission: uuid.UUID, answer_to: ContactMessage | None = None
) -> ContactMessage:
    """Send a message; the same form sent twice sends one. Raises RefusedError, TooManyMessagesError."""
    # Holds the sender's row until the end: a second tap waits here for the first one.
    User.objects.select_for_update(no_key=True).get(pk=sender.pk)
    key = uuid.uuid5(submission, f"{receiver_id}\0{text}")
    if sent := ContactMessage.objects.filter(sender=sender, submission=key).first():
        return sent
    if not may_write(sender, receiver_id):
        raise RefusedError
    now = timezone.now()
    made = ContactMessage.objects.filter(sender=sender, sent_at__gt=now - timedelta(days=1)).aggregate(
        day=Count("pk"), hour=Count("pk", filter=Q(sent_at__gt=now - timedelta(hours=1)))
    )
    if made["hour"] >= MESSAGES_PER_HOUR or made["day"] >= MESSAGES_PER_DAY:
        raise TooManyMessagesError
    # Nothing is kept longer than it serves, except what moderators still have to look at.
    ContactMessage.objects.filter(sent_at__lt=now - KEPT).exclude(
        reported_at__isnull=False, handled_at__isnull=True
    ).delete()
    message = ContactMessage.objects.create(
        sender=sender, receiver_id=receiver_id, text=text, submission=key, answer_to=answer_to
    )
    contact_sent.send(ContactMessage, message=message)
    transaction.on_commit(partial(mail_message.enqueue, message.pk), robust=True)
    return message


@task
@retry(OSError, OperationalError)
def mail_message(message_id: int) -> None:
    """Tell the receiver by e-mail, once: marked before it is sent, so that no second worker sends it too."""
    unsent = ContactMessage.objects.filter(pk=message_id, mailed_at=None)
    if not unsent.update(mailed_at=timezone.now()):
        return
    message = ContactMessage.objects.select_related("sender", "receiver").get(pk=message_id)
    if not message.receiver.is_active or is_blocked(message.receiver, message.sender_id):
        return
    context = {
        "message": message,
        "sender_name": message.sender.display_name,
        "message_url": _address(reverse("directory:message", args=[message.pk])),
        "settings_url": _address(reverse("people:directory_entry")),
    }
    try:
        get_adapter().send_mail("people/email/contact", message.receiver.email, context)
    except OSError:
        ContactMessage.objects.filter(pk=message_id).update(mailed_at=None)
        raise


def _address(path: str) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}"


def messages_of(user: User) -> QuerySet[ContactMessage]:
    """Return what a person wrote and received."""
    return ContactMessage.objects.filter(Q(sender=user) | Q(receiver=user))


# -- Refusing and reporting ----------------------------------------------------------------------------------------


def is_blocked(user: User, other_id: int) -> bool:
    """Whether the person wants no messages from the other."""
    return ContactBlock.objects.filter(user=user, blocked_id=other_id).exists()


def block(user: User, other_id: int) -> None:
    """Take no more messages from someone. Doing it again changes nothing."""
    ContactBlock.objects.get_or_create(user=user, blocked_id=other_id)


def unblock(user: User, other_id: int) -> None:
    """Take messages from someone again."""
    ContactBlock.objects.filter(user=user, blocked_id=other_id).delete()


@transaction.atomic
def report(message: ContactMessage, *, reason: str) -> None:
    """Show a received message to the moderators. Reported twice is reported once."""
    first = ContactMessage.objects.filter(pk=message.pk, reported_at=None)
    if first.update(reported_at=timezone.now(), report_reason=reason):
        message.refresh_from_db()
        contact_reported.send(ContactMessage, message=message)


def reported_messages() -> QuerySet[ContactMessage]:
    """Return the reported messages that nobody has handled yet. Moderators see these and no other."""
    return ContactMessage.objects.filter(reported_at__isnull=False, handled_at=None)


def handle_report(message_id: int, moderator: User) -> bool:
    """Note that a report was handled, and by whom. Return whether it was still to handle."""
    return bool(reported_messages().filter(pk=message_id).update(handled_at=timezone.now(), handled_by=moderator))
