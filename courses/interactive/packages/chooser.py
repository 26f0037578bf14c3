"""The window in which a page's or a lesson's interactive content is chosen, or sent."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic.chooser import (
    BaseChooseView,
    ChooseResultsViewMixin,
    ChooseViewMixin,
    ChosenMultipleViewMixin,
    ChosenResponseMixin,
    ChosenViewMixin,
    CreateViewMixin,
    CreationFormMixin,
)
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.blocks import ChooserBlock

from .models import Package
from .permissions import packages_for, policy


def choosable(user: Any) -> QuerySet[Package]:
    """Return the packages that the person may choose, without what only the player needs."""
    heavy = ("current__content", "current__structure", "current__advice")
    return packages_for(user, "choose").select_related("collection", "current").defer(*heavy)


class _UploadMixin(CreationFormMixin):
    """Offer to send a package without leaving the window."""

    request: HttpRequest
    creation_form_template_name = "packages/admin/chooser_upload.html"

    def get_creation_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_creation_form_kwargs(), "user": self.request.user, "prefix": "package-upload"}


class _ListMixin(BaseChooseView):
    results_template_name = "packages/admin/chooser_results.html"
    ordering = ["-created_at", "-pk"]

    def get_object_list(self) -> QuerySet[Package]:
        return choosable(self.request.user)

    def get_filter_form(self) -> Any:
        return self.get_filter_form_class()(self.request.GET, collections=self.collections)

    @cached_property
    def collections(self) -> Any:
        """The collections to choose from, or None if there is but one."""
        collections = policy.collections_user_has_permission_for(self.request.user, "choose")
        return collections if len(collections) > 1 else None

    @property
    def columns(self) -> list[Column]:
        """What tells two contents apart."""
        where = [Column("collection", label=_("Collection"))] if self.collections else []
        return [
            *super().columns,
            Column("kind", label=_("Format"), accessor="get_kind_display"),
            *where,
            DateColumn("created_at", label=_("Ajouté le"), width="16%"),
        ]


class PackageChooseView(ChooseViewMixin, _UploadMixin, _ListMixin):
    """The window."""


class PackageChooseResultsView(ChooseResultsViewMixin, _UploadMixin, _ListMixin):
    """Its list, as it is filtered."""


class PackageChosenView(ChosenViewMixin, ChosenResponseMixin, View):
    """What was chosen."""

    def get_object(self, pk: str) -> Package:
        """Return the package, if the person may choose it."""
        found = choosable(self.request.user).filter(pk=pk).first() if pk.isdecimal() else None
        if found is None:
            raise Http404
        return found


class PackageChosenMultipleView(ChosenMultipleViewMixin, ChosenResponseMixin, View):
    """Several at once."""

    def get_objects(self, pks: list[str]) -> QuerySet[Package]:
        """Return those that the person may choose."""
        return choosable(self.request.user).filter(pk__in=[pk for pk in pks if pk.isdecimal()])


class PackageUploadView(CreateViewMixin, _UploadMixin, ChosenResponseMixin, View):
    """A package that is sent from the window."""

    request: HttpRequest

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the package and choose it, or show what is wrong with it."""
        self.form = self.get_creation_form()
        package = self.form.store() if self.form.is_valid() else None
        response: HttpResponse = (
            self.get_chosen_response(package) if package else self.get_reshow_creation_form_response()
        )
        return response


class BasePackageChooserBlock(ChooserBlock):
    """A package, with its current version fetched along."""

    def bulk_to_python(self, values: list[Any]) -> list[Package | None]:
        """Fetch all at once; a package that stands in two places is two objects."""
        found = Package.objects.select_related("current").in_bulk({value for value in values if value})
        return [copy(found.get(value)) for value in values]


class PackageChooserViewSet(ChooserViewSet):
    """Choose an interactive content."""

    model = Package
    icon = "desktop"
    choose_one_text = _("Choisir un contenu interactif")
    choose_another_text = _("Choisir un autre contenu interactif")
    edit_item_text = _("Ouvrir ce contenu")
    search_tab_label = _("Choisir")
    create_action_label = _("Envoyer")
    create_action_clicked_label = _("Envoi et vérification…")
    creation_tab_label = _("Envoyer un fichier")
    creation_form_class = "courses.interactive.packages.forms.UploadForm"
    choose_view_class = PackageChooseView
    choose_results_view_class = PackageChooseResultsView
    chosen_view_class = PackageChosenView
    chosen_multiple_view_class = PackageChosenMultipleView
    create_view_class = PackageUploadView
    base_block_class = BasePackageChooserBlock


package_chooser = PackageChooserViewSet("package_chooser", url_prefix="contenus-interactifs/choisir")
