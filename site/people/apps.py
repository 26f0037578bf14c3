"""App configuration."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People."""

    name = "people"
    verbose_name = _("Personnes")

    def ready(self) -> None:
        """Keep groups in step with memberships, wherever a membership is changed, and use our screens for accounts."""
        from django.tasks.signals import task_finished

        from . import listeners
        from .models import Federation, Membership
        from .tasks import try_again

        connections: list[tuple[Any, Any, type]] = [
            (pre_save, listeners.note_previous_membership, Membership),
            (post_save, listeners.follow_membership, Membership),
            (post_delete, listeners.follow_deleted_membership, Membership),
            (post_delete, listeners.follow_deleted_federation, Federation),
            (post_delete, listeners.follow_deleted_user_profile, apps.get_model("wagtailusers", "UserProfile")),
        ]
        for signal, listener, sender in connections:
            signal.connect(listener, sender=sender, dispatch_uid=f"people.{listener.__name__}")
        task_finished.connect(try_again, dispatch_uid="people.try_again")
        # Wagtail reads the name when it builds its addresses, after every app is ready.
        apps.get_app_config("wagtailusers").user_viewset = "people.admin_users.PersonViewSet"  # type: ignore[attr-defined]
