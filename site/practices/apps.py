"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PracticesConfig(AppConfig):
    """Pratiques."""

    name = "practices"
    verbose_name = _("Pratiques")

    def ready(self) -> None:
        """Answer who asks for their data."""
        from people.signals import personal_data

        from .sessions import export_personal_data

        personal_data.connect(export_personal_data, dispatch_uid="practices_sessions_personal_data")
