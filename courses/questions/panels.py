"""«Avant de publier»: what could be better in a draft, at the top of its editing form."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from .advising import Advice


@runtime_checkable
class TakesAdvice(Protocol):
    """A page or a snippet that holds questions."""

    def get_advice(self) -> Advice:
        """Return what is said of it as it stands."""


class AdvicePanel(Panel):
    """Shows what a saved draft has to put right or could improve; hidden by its style sheet while there is nothing.

    Wagtail saves drafts by itself: `wagtailadmin/pages/edit_partials.html` brings the panel up to date each time.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"heading": _("Avant de publier"), "icon": "warning", "classname": "advice-panel", **kwargs})

    class BoundPanel(Panel.BoundPanel):
        """The panel of one draft."""

        template_name = "questions/admin/advice_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add what is said; nothing of what is not saved yet."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            return {**context, "advice": self.instance.get_advice() if self.instance.pk else None}

        @property
        def media(self) -> forms.Media:
            """Its style sheet."""
            return forms.Media(css={"all": ["css/admin-questions.css"]})
