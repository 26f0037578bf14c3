"""Sheets in the search of the site."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from search.cms import PageKind, register_pages

from .models import SheetPage

_TEXTS = ("summary", "context", "audience", "problem", "materials", "safety", "before", "after", "reproducible")


def plain_sheet(sheet: SheetPage) -> str:
    """Return what a reader sees of a sheet as plain text."""
    steps = [f"{step.value['title']}. {step.value['text']}" for step in sheet.steps]
    before_steps, after_steps = _TEXTS[:4], _TEXTS[4:]
    parts = [getattr(sheet, name) for name in before_steps] + steps + [getattr(sheet, name) for name in after_steps]
    return "\n".join(part for part in parts if part)


def _facets(sheet: SheetPage) -> dict[str, Any]:
    territory = sheet.territory
    places = [territory, territory.parent] if territory else []
    return {
        "trade": [trade.slug for trade in sheet.trades.all()],
        "terr": [f"{place.kind}-{place.code}" for place in places if place],
        "fed": sheet.federation.slug if sheet.federation else "",
    }


def register() -> None:
    """Tell the search of sheets."""
    register_pages(
        PageKind(
            kind="sheet",
            label=_("fiche pratique"),
            family="sheets",
            model=SheetPage,
            text=plain_sheet,
            facets=_facets,
            weight=0.8,
        )
    )
