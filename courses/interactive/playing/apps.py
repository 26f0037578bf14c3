"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlayingConfig(AppConfig):
    """Activités interactives."""

    name = "courses.interactive.playing"
    label = "playing"
    verbose_name = _("Activités interactives")

    def ready(self) -> None:
        """Answer who asks for a copy of their data; let what launched cmi5 contents say to the LRS count."""
        from courses.interactive.lrs.signals import statement_recorded
        from people.signals import personal_data

        from . import cmi5
        from .export import personal_data_of_playing

        personal_data.connect(personal_data_of_playing, dispatch_uid="playing_personal_data")
        statement_recorded.connect(cmi5.on_statements, dispatch_uid="playing_cmi5")
