"""Not wanting to read someone: their posts are folded, and nothing they write is told. They never learn of it."""

from __future__ import annotations

from django.db.models import QuerySet

from people.models import User

from .models import Mute
from .services import NotAllowedError


def mute(user: User, other: User | None) -> None:
    """Read a person no more. Done twice, it is done once. Raises NotAllowedError for oneself, and for nobody."""
    if other is None or other.pk == user.pk:
        raise NotAllowedError
    Mute.objects.bulk_create([Mute(user=user, muted=other)], ignore_conflicts=True)


def unmute(user: User, pk: int) -> None:
    """Read a person again, by the id of the mute."""
    Mute.objects.filter(user=user, pk=pk).delete()


def muted_by(user: User) -> QuerySet[Mute]:
    """Return whom the person does not read, by name."""
    return Mute.objects.filter(user=user).select_related("muted")
