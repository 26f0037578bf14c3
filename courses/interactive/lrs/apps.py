"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LrsConfig(AppConfig):
    """Traces d'apprentissage."""

    name = "courses.interactive.lrs"
    label = "lrs"
    verbose_name = _("Traces d'apprentissage")

    def ready(self) -> None:
        """Answer when a person asks for a copy of their data."""
        from people.signals import personal_data

        from .export import personal_data_of_lrs

        personal_data.connect(personal_data_of_lrs, dispatch_uid="lrs_personal_data")
