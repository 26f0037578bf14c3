"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People."""

    name = "people"
    verbose_name = _("Personnes")

    def ready(self) -> None:
        """Keep groups in step with memberships, wherever a membership is changed."""
        from .models import Membership
        from .services import sync_role_groups

        def follow(sender: type, instance: Membership, **kwargs: Any) -> None:
            if not kwargs.get("raw"):
                sync_role_groups(instance.user, instance.federation)

        post_save.connect(follow, sender=Membership, weak=False, dispatch_uid="membership_saved")
        post_delete.connect(follow, sender=Membership, weak=False, dispatch_uid="membership_deleted")
