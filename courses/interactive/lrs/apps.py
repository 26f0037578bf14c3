"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LrsConfig(AppConfig):
    """Traces d'apprentissage."""

    name = "courses.interactive.lrs"
    label = "lrs"
    verbose_name = _("Traces d'apprentissage")
