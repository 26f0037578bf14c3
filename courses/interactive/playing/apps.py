"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlayingConfig(AppConfig):
    """Activités interactives."""

    name = "courses.interactive.playing"
    label = "playing"
    verbose_name = _("Activités interactives")
