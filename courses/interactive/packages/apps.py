"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackagesConfig(AppConfig):
    """Contenus interactifs."""

    name = "courses.interactive.packages"
    label = "packages"
    verbose_name = _("Contenus interactifs")
