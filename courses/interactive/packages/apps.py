"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _


class PackagesConfig(AppConfig):
    """Contenus interactifs."""

    name = "courses.interactive.packages"
    label = "packages"
    verbose_name = _("Contenus interactifs")

    def ready(self) -> None:
        """Delete the files of a version with its row, whatever deletes it; check how contents are isolated."""
        from . import checks  # noqa: F401  (registers them)
        from .files import delete_version_files
        from .models import PackageVersion

        post_delete.connect(delete_version_files, sender=PackageVersion, dispatch_uid="packages.delete_version_files")
