"""Where a person stands at interactive activities, for the pages that show it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from people.models import User

from .models import Registration

RECENT = 10


def result_text(registration: Registration) -> str:
    """Say where a person stands, in a sentence. Scores are what the browser said: the sentence says so."""
    parts = []
    if registration.score is not None:
        percent = int(registration.score * 100)
        parts.append(_("Votre meilleur score : %d %% – déclaré par l'activité sur votre appareil.") % percent)
    if registration.done_at:
        parts.append(_("Activité faite."))
    elif registration.completed_at:
        parts.append(_("Contenu terminé."))
    return " ".join(parts) or _("Activité commencée.")


def results_of(user: User, pages: Collection[int]) -> dict[tuple[int, UUID], Registration]:
    """Return a person's registrations in some pages, by page and block (NO_BLOCK for a whole page). One query."""
    rows = Registration.objects.filter(user=user, page__in=pages)
    return {(row.page_id, row.block_id): row for row in rows}


def recent_interactive(user: User) -> list[Registration]:
    """Return what a person did last, the newest first, with the page of each. One query."""
    rows = Registration.objects.filter(user=user, page__live=True).select_related("page").order_by("-last_at")
    return list(rows[:RECENT])
