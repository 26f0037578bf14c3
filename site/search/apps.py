"""App configuration."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Recherche."""

    name = "search"
    verbose_name = _("Recherche")

    def ready(self) -> None:
        """Listen to the CMS, and have its pages of text found. Each other app registers what it holds."""
        from pages.models import StandardPage

        from .cms import PageKind, connect, register_pages, stream_text
        from .engine import quicken
        from .pages import forget_choices_when_they_change

        connection_created.connect(quicken, dispatch_uid="search_quicken")
        connect()
        forget_choices_when_they_change()
        register_pages(
            PageKind(
                kind="page",
                label=_("page"),
                family="pages",
                model=StandardPage,
                text=lambda page: f"{page.summary}\n{stream_text(page.body)}",
                weight=0.0,
            )
        )
