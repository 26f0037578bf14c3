"""Pages of a list by keyset: a page costs the same wherever it stands, and new rows don't shift it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 20
_LONGEST_CURSOR = 1000
_LARGEST_NUMBER = 10**18


@dataclass(frozen=True, slots=True)
class KeysetPage[T: Model]:
    """Some rows of a list; `next` is the cursor of the following page, or empty."""

    rows: list[T]
    next: str
    is_first: bool


def keyset_page[T: Model](rows: QuerySet[T], *order: str, cursor: str = "", size: int = PAGE_SIZE) -> KeysetPage[T]:
    """Return the rows after the cursor in that order («-» before a field turns it round). A bad cursor starts anew.

    The last field must be unique, and none may be null.
    """
    position = _decode(rows.model, order, cursor) if cursor else None
    page = rows.filter(_after(order, position)) if position is not None else rows
    found = list(page.order_by(*order)[: size + 1])
    shown = found[:size]
    return KeysetPage(shown, _encode(shown[-1], order) if len(found) > size else "", is_first=position is None)


def _after(order: tuple[str, ...], position: list[Any]) -> Q:
    further = Q()
    for place in reversed(range(len(order))):
        name = order[place].removeprefix("-")
        beyond = Q(**{f"{name}__{'lt' if order[place].startswith('-') else 'gt'}": position[place]})
        further = beyond | (Q(**{name: position[place]}) & further) if further else beyond
    # The redundant bound on the first field lets the database start right in the index.
    first = order[0].removeprefix("-")
    return Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": position[0]}) & further


def _encode(row: Model, order: tuple[str, ...]) -> str:
    values = [getattr(row, name.removeprefix("-")) for name in order]
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(model: type[Model], order: tuple[str, ...], cursor: str) -> list[Any] | None:
    """Return the values that the cursor holds, each of its field's own type, or None if it was made up."""
    if len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            return None
        return [_typed(model, name.removeprefix("-"), value) for name, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, RecursionError, ValidationError, FieldDoesNotExist):
        return None


def _typed(model: type[Model], name: str, value: Any) -> Any:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(value, str | int) or (isinstance(value, str) and "\0" in value):
        raise ValueError
    typed = field.to_python(value)  # type: ignore[union-attr]
    if typed is None or (isinstance(typed, int) and not -_LARGEST_NUMBER < typed < _LARGEST_NUMBER):
        raise ValueError
    if isinstance(typed, datetime) and typed.tzinfo is None:
        raise ValueError
    return typed
