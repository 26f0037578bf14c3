"""Hashes of what statements name beside their columns: see `Mention`."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from .validation import Checked

ACTIVITY, AGENT, RELATED_AGENT = "activity", "agent", "related-agent"


def mention_key(federation_id: int | None, kind: str, name: str) -> int:
    """Return 64 bits, signed, that stand for a name within a federation. Two names that meet are not to be feared."""
    digest = blake2b(f"{federation_id or 0}|{kind}|{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def mention_keys(checked: Checked, federation_id: int | None) -> Iterator[int]:
    """Yield the keys of what a statement names and its columns don't say."""
    named = checked.mentions
    for name in named.activities - {checked.activity, checked.parent}:
        yield mention_key(federation_id, ACTIVITY, name)
    for name in named.agents - {checked.agent}:
        yield mention_key(federation_id, AGENT, name)
    for name in named.related_agents - named.agents:
        yield mention_key(federation_id, RELATED_AGENT, name)
