"""What the lists of people in reports share: found by name, and cut in pages that follow each other without a gap."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Digits are counted so that no forged place goes beyond what a date can be.
_PLACE = re.compile(r"(\d{1,16})\.([0-9a-f]{32})", re.ASCII)


def named[M: Model](items: QuerySet[M], text: str, *, by_address: bool) -> QuerySet[M]:
    """Keep what belongs to a `user` whose name holds each word of a text; `by_address`: or their e-mail address."""
    for word in text.split():
        names = Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)
        items = items.filter(names | Q(user__email__icontains=word) if by_address else names)
    return items


def place_of(moment: datetime, pk: UUID) -> str:
    """Return the place of an item in a list that begins with the latest moment, as an address says it."""
    return f"{(moment - _EPOCH) // timedelta(microseconds=1)}.{pk.hex}"


def after_place[M: Model](items: QuerySet[M], place: str, field: str) -> QuerySet[M]:
    """Keep what comes after a place in a list by `field` and key, latest first; a bad place keeps all."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return items
    moment = _EPOCH + timedelta(microseconds=int(match[1]))
    conditions: dict[str, Any] = {f"{field}__lt": moment}
    # The redundant bound on the date lets the database start right in the index.
    bound: dict[str, Any] = {f"{field}__lte": moment}
    return items.filter(Q(**conditions) | Q(pk__lt=UUID(match[2])), **bound)
