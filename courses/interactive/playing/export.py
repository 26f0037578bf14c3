"""The part of interactive activities in the copy that a person takes of their data.

What they answered is in the statements, which `lrs` tells.
"""

import json
from typing import Any

from people.models import User

from .models import PlayState, Registration


def personal_data_of_playing(sender: type, user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return what a person did in each activity, and what its content keeps to go on from there, as text."""
    registrations = (
        Registration.objects.filter(user=user)
        .select_related("page", "version__package")
        .prefetch_related("states")
        .order_by("started_at", "pk")
    )
    return [("activités interactives", [_activity(one) for one in registrations.defer("version__content")])]


def _activity(registration: Registration) -> dict[str, Any]:
    score = registration.score
    return {
        "page": registration.page.title,
        "contenu": registration.version.package.title,
        "commencé": registration.started_at,
        "dernière activité": registration.last_at,
        "temps en secondes": registration.seconds,
        "meilleur score en % (déclaré par l'appareil)": None if score is None else 100 * score,
        "points": registration.score_raw,
        "points possibles": registration.score_max,
        "réussi": registration.success,
        "contenu terminé": registration.completed_at,
        "activité faite": registration.done_at,
        "reprise": [_state(state) for state in registration.states.all()],
    }


def _state(state: PlayState) -> dict[str, Any]:
    return {
        "partie": state.key,
        "enregistré": state.saved_at,
        "contenu": json.dumps(state.data, ensure_ascii=False),
    }
