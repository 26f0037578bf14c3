"""What the reviewers of a sheet see in the admin beside its fields."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel


class ConsentPanel(Panel):
    """Who is credited, and for each photo who is on it and what they agreed to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"heading": _("Auteurs et accords pour les photos"), "icon": "user", **kwargs})

    class BoundPanel(Panel.BoundPanel):
        """The panel of one sheet."""

        template_name = "practices/admin/consent_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the credits and the photos."""
            from .models import SheetPhoto

            context: dict[str, Any] = super().get_context_data(parent_context)
            images = [photo["image"].pk for photo in self.instance.all_photos()]
            photos = SheetPhoto.objects.filter(image__in=images).select_related("image", "declared_by")
            names = self.instance.author_names if self.instance.pk else []
            return {**context, "photos": photos, "author_names": names}
