"""The referential and the themes in Wagtail's admin."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from . import h5p_export  # noqa: F401  (registers its own hooks)
from .models import Competence, FederationPage, Referential, Theme


class ThemeViewSet(SnippetViewSet):
    """Themes of the catalogue."""

    model = Theme
    icon = "tag"
    menu_label = _("Thèmes")
    list_display = ["title", "slug", "position"]
    search_fields = ["title", "description"]


class ReferentialViewSet(SnippetViewSet):
    """Certifications."""

    model = Referential
    icon = "clipboard-list"
    menu_label = _("Référentiels")
    list_display = ["code", "title", "consulted_on"]
    panels = [FieldPanel("code"), FieldPanel("title"), FieldPanel("url"), FieldPanel("consulted_on")]


class CompetenceViewSet(SnippetViewSet):
    """Activities and competences of the referentials."""

    model = Competence
    icon = "list-ol"
    menu_label = _("Compétences")
    list_display = ["code", "title", "parent"]
    list_filter = ["referential", "parent"]
    search_fields = ["code", "title"]


class TrainingViewSetGroup(SnippetViewSetGroup):
    """Menu of what modules refer to."""

    items = (ThemeViewSet, ReferentialViewSet, CompetenceViewSet)
    menu_label = _("Formation")
    menu_icon = "folder-open-inverse"
    menu_order = 300


register_snippet(TrainingViewSetGroup)


@hooks.register("before_copy_page")
def one_space_for_each_federation(request: HttpRequest, page: Any) -> HttpResponse | None:
    """Say that a federation has one space, rather than fail on the copy."""
    if isinstance(page.specific, FederationPage):
        messages.error(request, _("Une fédération n'a qu'un espace : il ne se copie pas. Copiez plutôt ses modules."))
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None
