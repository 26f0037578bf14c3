"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Answer who asks for their data."""
        from people.signals import personal_data

        from .listeners import export_personal_data

        personal_data.connect(export_personal_data, dispatch_uid="notifications_personal_data")
