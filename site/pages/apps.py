"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    """Pages."""

    name = "pages"
    verbose_name = _("Pages")

    def ready(self) -> None:
        """Keep the footer in step with the pages."""
        from django.db.models.signals import post_delete, post_save
        from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

        from .cache import forget_footer

        for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
            signal.connect(forget_footer, dispatch_uid="forget_footer")
        for signal in (post_save, post_delete):
            signal.connect(forget_footer, sender="wagtailcore.PageViewRestriction", dispatch_uid="forget_footer")
        post_delete.connect(forget_footer, sender="pages.StandardPage", dispatch_uid="forget_footer")
