"""Ids that the next load of the same text makes again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

# Never change it: every id of a loaded block, question and option comes from it, and learners' answers name them.
NAMESPACE = UUID("6f3c1b52-8d0e-5a67-9c41-2f7b60d3e9a8")

type Raw = dict[str, Any]


def stable_id(*steps: str) -> str:
    """Return the id of what the steps lead to: «course-id/lesson-id», then a position or a question."""
    return str(uuid5(NAMESPACE, "/".join(steps)))


def item(kind: str, value: Any, *steps: str) -> Raw:
    """Return one block of a stream."""
    return {"type": kind, "value": value, "id": stable_id(*steps)}


def items(values: Iterable[Any], *steps: str) -> list[Raw]:
    """Return the children of a list block."""
    return [item("item", value, *steps, str(position)) for position, value in enumerate(values)]
