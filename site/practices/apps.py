"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_delete
from django.utils.translation import gettext_lazy as _


class PracticesConfig(AppConfig):
    """Pratiques."""

    name = "practices"
    verbose_name = _("Pratiques")

    def ready(self) -> None:
        """Follow publications, reviews and teams; have sheets found; answer who asks for their data."""
        from wagtail.signals import page_published, task_rejected, task_submitted

        from people.models import Membership, NetworkMembership, User
        from people.signals import personal_data

        from . import listeners, notices, publishing, search_index, sessions, spaces
        from .models import NamedReviewer, SheetPage

        search_index.register()
        notices.register()
        page_published.connect(publishing.follow_publication, sender=SheetPage, dispatch_uid="sheet_published")
        task_submitted.connect(publishing.follow_submission, dispatch_uid="sheet_submitted")
        task_rejected.connect(publishing.follow_rejection, dispatch_uid="sheet_rejected")
        for signal in (post_save, post_delete):
            for model, follow in (
                (Membership, spaces.follow_membership),
                (NetworkMembership, spaces.follow_network_membership),
                (NamedReviewer, spaces.follow_named_reviewer),
            ):
                signal.connect(follow, sender=model, dispatch_uid=f"sheet_reviewers_{model.__name__}")
        pre_delete.connect(listeners.follow_deleted_user, sender=User, dispatch_uid="sheets_of_a_deleted_user")
        personal_data.connect(listeners.export_personal_data, dispatch_uid="practices_personal_data")
        personal_data.connect(sessions.export_personal_data, dispatch_uid="practices_sessions_personal_data")
