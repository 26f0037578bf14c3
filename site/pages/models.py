"""Home and standard pages, the look-up of a page by its address, and what the operator sets for the whole site."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.fields import StreamField
from wagtail.models import Page, PageViewRestriction
from wagtail.search import index
from wagtail.url_routing import RouteResult

from .blocks import ContentBlock, HomeBlock


class BasePage(Page):
    """What every page of this site shares."""

    class Meta:
        abstract = True

    def get_view_restrictions(self) -> models.QuerySet[PageViewRestriction]:
        """Return the restrictions on this page and its ancestors in one query, where Wagtail takes two.

        An alias has no restriction of its own: those of the page that it stands for apply.
        """
        paths = [self.path[:end] for end in range(self.steplen, len(self.path) + 1, self.steplen)]
        return PageViewRestriction.objects.filter(
            models.Q(page__path__in=paths) | models.Q(page__aliases__path__in=paths)
        ).distinct()


class HomePage(BasePage):
    """The first page: what this is, for whom, and where to start."""

    lead = models.TextField(_("phrase d'accroche"), max_length=300)
    body = StreamField(HomeBlock(), verbose_name=_("contenu"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    max_count = 1
    template = "pages/home.html"

    class Meta:
        verbose_name = _("page d'accueil")

    def route(self, request: Any, path_components: list[str]) -> RouteResult:
        """Find the page below by its whole address at once.

        Wagtail walks the tree with two queries for each level; lessons live four levels down. The slug is indexed, and
        the full path decides between namesakes.
        """
        if len(path_components) > 1:
            url_path = self.url_path + "/".join(path_components) + "/"
            page = (
                Page.objects.filter(slug=path_components[-1], url_path=url_path).select_related("content_type").first()
            )
            if page is not None:
                return page.specific.route(request, [])
        return super().route(request, path_components)


class StandardPage(BasePage):
    """A page of text: legal notices, help, charter."""

    summary = models.CharField(_("résumé"), max_length=250, blank=True)
    body = StreamField(ContentBlock(), verbose_name=_("contenu"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    parent_page_types = ["pages.HomePage", "pages.StandardPage"]
    template = "pages/standard.html"

    class Meta:
        verbose_name = _("page de texte")
        verbose_name_plural = _("pages de texte")


@register_setting(icon="cog")
class SiteSettings(BaseGenericSetting):
    """What the operator of this site says of itself; shown in the footer and in e-mails."""

    operator = models.CharField(_("exploitant du site"), max_length=150, blank=True)
    contact_email = models.EmailField(_("adresse de contact"), blank=True)

    panels = [FieldPanel("operator"), FieldPanel("contact_email")]

    class Meta:
        verbose_name = _("réglages du site")
