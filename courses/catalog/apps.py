"""App configuration."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Catalogue."""

    name = "courses.catalog"
    label = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Keep a federation's rights and modules in step with its space."""
        from wagtail.documents import get_document_model
        from wagtail.images import get_image_model
        from wagtail.signals import page_slug_changed, post_page_move

        from courses.interactive.packages.models import Package

        from .body import forget_bodies
        from .models import CoursePage, FederationPage
        from .services import follow_move, grant_all_rights, grant_federation_rights

        def space_saved(sender: type, instance: FederationPage, **kwargs: Any) -> None:
            if not kwargs.get("raw"):
                grant_federation_rights(instance)
                follow_move(instance)

        def course_moved(sender: type, parent_page_after: Any, **kwargs: Any) -> None:
            if isinstance(parent_page_after.specific, FederationPage):
                follow_move(parent_page_after.specific)

        def migrated(sender: AppConfig, **kwargs: Any) -> None:
            grant_all_rights()

        for model in (get_image_model(), get_image_model().get_rendition_model(), get_document_model(), Package):
            post_save.connect(forget_bodies, sender=model, dispatch_uid=f"{model.__name__}_saved")
            post_delete.connect(forget_bodies, sender=model, dispatch_uid=f"{model.__name__}_deleted")
        page_slug_changed.connect(forget_bodies, dispatch_uid="forget_bodies")
        post_page_move.connect(forget_bodies, dispatch_uid="forget_bodies")
        post_save.connect(space_saved, sender=FederationPage, weak=False, dispatch_uid="federation_space_saved")
        # Permissions are made app by app, in the order of the settings: those of the last one come after all others.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(migrated, sender=last, weak=False, dispatch_uid="federation_rights")
        post_page_move.connect(course_moved, sender=CoursePage, weak=False, dispatch_uid="course_moved")
