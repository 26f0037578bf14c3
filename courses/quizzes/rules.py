"""Which settings of a quiz go together. Pure: the editor and packs use the same rules."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _


class Settings(Protocol):
    """The settings of a quiz, as its page or a file of a pack holds them. The values are those of `QuizPage`."""

    @property
    def mode(self) -> str: ...
    @property
    def navigation(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def feedback(self) -> str: ...
    @property
    def feedback_from(self) -> Any: ...
    @property
    def questions(self) -> Sized: ...
    @property
    def repeats(self) -> Any: ...


def setting_faults(quiz: Settings, repeated: Settings | None) -> dict[str, Any]:
    """Return what contradicts itself, in French, by setting. `repeated` is the quiz that `repeats` names."""
    faults: dict[str, Any] = {}
    if repeated:
        if quiz.mode != "positioning" or repeated.mode != "positioning":
            faults["repeats"] = _("Seul un positionnement reprend un autre positionnement.")
        elif repeated == quiz or repeated.repeats:
            faults["repeats"] = _("Choisissez le positionnement de début de module, qui a ses propres questions.")
        elif quiz.questions:
            faults["questions"] = _("Ce quiz reprend les questions d'un autre : laissez cette liste vide.")
    elif not quiz.questions:
        faults["questions"] = _("Ajoutez au moins une question.")
    if quiz.feedback == "date" and not quiz.feedback_from:
        faults["feedback_from"] = _("Indiquez à partir de quand le corrigé est montré.")
    if quiz.mode == "training" and quiz.navigation == "forced":
        faults["navigation"] = _("Dans un entraînement, on revient librement sur ses réponses.")
    elif quiz.navigation == "forced" and quiz.layout == "all":
        faults["navigation"] = _("Un ordre imposé demande une question par page.")
    return faults
