"""What notifications answer to the apps below."""

from __future__ import annotations

from typing import Any

from people.models import User

from .models import Notification, Preference, PushSubscription, Rhythm
from .registry import kind_of


def export_personal_data(user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return what a person was told and how they want to be told. The words of what happened are not kept here."""

    def label(code: str) -> str:
        kind = kind_of(code)
        return str(kind.label) if kind else code

    told = Notification.objects.filter(user=user).order_by("pk")
    rhythm = Rhythm.objects.filter(user=user).first()
    return [
        (
            "notifications",
            {
                "recues": [
                    {"type": label(kind), "le": created_at, "lue_le": read_at}
                    for kind, created_at, read_at in told.values_list("kind", "created_at", "read_at")
                ],
                "reglages": [
                    {"type": label(row.kind), "sur_le_site": row.in_site, "par_email": row.get_cadence_display()}
                    for row in Preference.objects.filter(user=user)
                ],
                "nouvelles_du_territoire": rhythm.get_digest_display() if rhythm else None,
                "appareils_a_prevenir": list(
                    PushSubscription.objects.filter(user=user).values_list("created_at", flat=True)
                ),
            },
        )
    ]
