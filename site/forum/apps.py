"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ForumConfig(AppConfig):
    """Forum."""

    name = "forum"
    verbose_name = _("Forum")

    def ready(self) -> None:
        """Have a group of moderators on every site, and answer who asks for their data."""
        from people.signals import personal_data

        from .listeners import export_personal_data
        from .services import ensure_moderator_group

        def prepare(sender: AppConfig, **kwargs: Any) -> None:
            ensure_moderator_group()

        post_migrate.connect(prepare, sender=self, weak=False, dispatch_uid="forum_moderator_group")
        personal_data.connect(export_personal_data, dispatch_uid="forum_personal_data")
