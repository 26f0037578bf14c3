"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Answer who asks for their data, and tell what happens in networks and between members."""
        from django.db.models.signals import post_delete

        from people.models import ContactMessage, NetworkMembership
        from people.signals import contact_sent, network_answered, network_requested, personal_data

        from . import people_notices
        from .listeners import export_personal_data

        personal_data.connect(export_personal_data, dispatch_uid="notifications_personal_data")
        people_notices.register()
        network_requested.connect(people_notices.tell_managers, dispatch_uid="notifications_network_requested")
        network_answered.connect(people_notices.tell_who_asked, dispatch_uid="notifications_network_answered")
        contact_sent.connect(people_notices.tell_receiver, dispatch_uid="notifications_contact_sent")
        for model, forget in (
            (NetworkMembership, people_notices.forget_membership),
            (ContactMessage, people_notices.forget_message),
        ):
            post_delete.connect(forget, sender=model, dispatch_uid=f"notifications_{forget.__name__}")
