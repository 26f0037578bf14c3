"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PacksConfig(AppConfig):
    """Packs."""

    name = "courses.packs"
    label = "packs"
    verbose_name = _("Packs")
