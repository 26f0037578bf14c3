"""What a launched content may report: for one registration, in one place, for some hours. No cookie goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing

from .models import NO_BLOCK, Registration

LAUNCH_AGE = timedelta(hours=12)
_SALT = "courses.interactive.playing.launch"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a launch token says. Without a registration (a visitor, a preview) nothing is recorded.

    `page_id` is 0 for a package that is tried out of any page. `item` is the identifier of the SCO or of the AU.
    """

    registration_id: UUID | None
    page_id: int
    block_id: UUID
    version_id: UUID
    item: str = ""


def launch_token(
    registration: Registration | UUID | None, page_id: int, block_id: UUID | None, version_id: UUID, item: str = ""
) -> str:
    """Return the token that lets a content report for a registration, signed, for an address: `?eti=<token>`."""
    number = registration.pk if isinstance(registration, Registration) else registration
    said = [number.hex if number else "", page_id, (block_id or NO_BLOCK).hex, version_id.hex, item]
    return signing.dumps(said, salt=_SALT, compress=True)


def read_launch(token: str) -> Launch:
    """Return what a token says. Raises BadSignature (SignatureExpired after twelve hours)."""
    number, page_id, block_id, version_id, item = signing.loads(token, salt=_SALT, max_age=LAUNCH_AGE)
    return Launch(UUID(number) if number else None, page_id, UUID(block_id), UUID(version_id), item)
