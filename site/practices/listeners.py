"""What practices does when something happens elsewhere: people leave, or ask for their data."""

from __future__ import annotations

from typing import Any

from people.models import User

from .models import SheetCredit, Trial
from .proposals import forget_author, own_proposals, standings


def export_personal_data(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return what a person proposed, what credits them, and the trials that they told."""
    proposals = list(own_proposals(user).prefetch_related("photos").order_by("pk"))
    where = standings(proposals)
    proposed = [
        {
            "titre": proposal.title,
            "etat": str(where[proposal.pk].label),
            "commencee_le": proposal.created_at,
            "enregistree_le": proposal.updated_at,
            "contenu": proposal.data,
            "photos": [
                {
                    "description": photo.alt,
                    "accord": photo.get_consent_display(),
                    "personnes": photo.people,
                    "accord_garde": photo.kept_where,
                    "declare_le": photo.declared_at,
                }
                for photo in proposal.photos.all()
            ],
        }
        for proposal in proposals
    ]
    credited = SheetCredit.objects.filter(user=user).select_related("sheet").order_by("pk")
    told = Trial.objects.filter(user=user).select_related("sheet").order_by("pk")
    return [
        ("fiches_proposees", proposed),
        ("fiches_ou_cite", [{"fiche": credit.sheet.title, "nom": credit.name} for credit in credited]),
        (
            "essais_de_fiches",
            [
                {
                    "fiche": trial.sheet.title,
                    "resultat": trial.get_outcome_display(),
                    "ou": trial.place,
                    "adapte": trial.adapted,
                    "recit": trial.story,
                    "raconte_le": trial.created_at,
                }
                for trial in told
            ],
        ),
    ]


def follow_deleted_user(sender: type, instance: User, **kwargs: Any) -> None:
    """Before an account goes: a name that the person did not say to keep goes with it, and so do unsent photos."""
    forget_author(instance, keep_name=False)
