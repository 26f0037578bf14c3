"""Interactive contents in Wagtail's admin. Nobody meets there what is in a collection of others."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import ProtectedError, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import CollectionFilter, WagtailFilterSet
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.tables import Column, DateColumn, Table
from wagtail.admin.views.generic import CreateView, DeleteView, EditView, IndexView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log
from wagtail.models import ReferenceIndex

import people.http  # noqa: F401  (registers the «rowid» part of an address)
from people.federation_views import OwnObjectMixin
from people.models import User

from . import exporting, pruning, storing
from .forms import PackageForm, ReplaceForm, UploadForm
from .libraries import usage
from .models import Library, Package, PackageVersion
from .permissions import MANAGE, may_install, packages_for, policy
from .usage import is_used, uses_of

ASIDE = "column-aside"
"""The class of the columns that a telephone leaves out."""


def _by_script(request: HttpRequest) -> bool:
    """Whether the script that shows how far an upload is has sent the form: it follows no redirection."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _gone_to(request: HttpRequest, url: str) -> HttpResponse:
    return JsonResponse({"url": url}) if _by_script(request) else redirect(url)


# -- The list ------------------------------------------------------------------------------------------------------


class PackageFilterSet(WagtailFilterSet):
    """What the list is narrowed by. The collection only if there is a choice."""

    kind = django_filters.ChoiceFilter(
        label=_("Format"), choices=Package.Kind.choices, widget=forms.RadioSelect, empty_label=_("Tous")
    )

    class Meta:
        model = Package
        fields: list[str] = []

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        collections = policy.collections_user_has_any_permission_for(request.user, ["add", "change"])
        if len(collections) > 1:
            self.filters["collection_id"] = CollectionFilter(
                field_name="collection_id", label=_("Collection"), queryset=collections
            )


class _UsageColumn(Column):
    cell_template_name = "packages/admin/usage_cell.html"


class PackageIndexView(IndexView):
    """The list of the contents that the person may change."""

    add_item_label = _("Ajouter un contenu interactif")
    any_permission_required = list(MANAGE)
    filterset_class = PackageFilterSet

    def get_base_queryset(self) -> QuerySet[Package]:
        """Leave in the database what only the player needs."""
        heavy = ("current__content", "current__structure", "current__advice")
        found = packages_for(self.request.user, "change", "delete")
        return found.select_related("collection", "current").defer(*heavy)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Lead to the libraries."""
        return [
            *super().header_more_buttons,
            Button(_("Bibliothèques H5P"), reverse("packages:libraries"), icon_name="code", priority=50),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count the uses of those that are shown."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        shown = list(context["object_list"])
        counts = ReferenceIndex.get_count_references_to_in_bulk(shown)
        for package in shown:
            package.usage_count = counts.get(package, 0)
        return context


# -- One package ---------------------------------------------------------------------------------------------------


class PackageAddView(CreateView):
    """Send a new package."""

    page_title = _("Ajouter un contenu interactif")
    submit_button_label = _("Envoyer")
    submit_button_active_label = _("Envoi et vérification…")
    error_message = _("Le contenu n'a pas été ajouté.")

    def get_page_subtitle(self) -> str:
        return ""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(self.breadcrumbs_items, (self.page_title, ""))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def is_valid(self, form: UploadForm) -> bool:
        """Store the package with the same breath: only that says whether it is one."""
        self.stored = form.store() if super().is_valid(form) else None
        if self.stored is None:
            self.produced_error_message = self.get_error_message()
        return self.stored is not None

    def save_instance(self) -> Package | None:
        """Return what was stored."""
        if self.stored:
            log(self.stored, "wagtail.create", user=self.request.user)
        return self.stored

    def get_success_url(self) -> str:
        return reverse("packages:edit", args=[self.object.pk])

    def get_success_message(self, instance: Package) -> str:
        return _("« %(title)s » est ajouté.") % {"title": instance.title}

    def get_success_buttons(self) -> list[Any]:
        return []

    def save_action(self) -> HttpResponse:
        """Lead to the page of the package."""
        response: HttpResponse = super().save_action()
        return _gone_to(self.request, response.headers["Location"])

    def form_invalid(self, form: UploadForm) -> HttpResponse:
        """Show what is wrong where the form is; the script that sends it looks at the status."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422 if _by_script(self.request) else 200
        return response


class PackageEditView(EditView):
    """The page of a package: its title and collection, what it looks like, its versions, where it is used."""

    success_message = _("Contenu interactif enregistré.")
    error_message = _("Le contenu n'a pas été enregistré.")

    def get_queryset(self) -> QuerySet[Package]:
        return Package.objects.select_related("collection", "current__created_by", "current__library").defer(
            "current__content", "current__structure"
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_success_url(self) -> str:
        return reverse("packages:edit", args=[self.object.pk])

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_success_message(self) -> str:
        return str(self.success_message)

    def get_side_panels(self) -> MediaContainer:
        """Show what a side panel says on the page itself."""
        return MediaContainer([])

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Lead to what can be done with the package."""
        package, current = self.object, self.object.current
        buttons = [
            Button(_("Remplacer"), reverse("packages:replace", args=[package.pk]), icon_name="upload", priority=5)
        ]
        if current:
            url = reverse("packages:download", args=[package.pk, current.number])
            buttons.append(Button(_("Télécharger"), url, icon_name="download", priority=6))
        return [*buttons, *super().header_more_buttons]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what is known of the package."""
        package = self.object
        versions = package.versions.select_related("created_by").defer("content", "structure", "advice")
        return super().get_context_data(**kwargs) | {
            "package": package,
            "current": package.current,
            "versions": versions,
            "uses": uses_of(package, self.request.user),
        }


class PackageDeleteView(DeleteView):
    """Delete a package, unless something uses it."""

    page_title = _("Supprimer")
    success_message = _("« %(object)s » est supprimé.")

    @cached_property
    def uses(self) -> list[Any]:
        """What uses the package."""
        return uses_of(self.object, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what hangs on the package."""
        return super().get_context_data(**kwargs) | {"uses": self.uses, "is_protected": bool(self.uses)}

    def delete_action(self) -> None:
        """Delete with its versions and their files."""
        log(self.object, "wagtail.delete", user=self.request.user, deleted=True)
        self.object.delete()

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Refuse while something uses the package."""
        try:
            if not is_used(self.object):
                response: HttpResponse = super().form_valid(form)
                return response
        except ProtectedError:
            # A page has been saved with it meanwhile.
            self.object.refresh_from_db()
        return self.render_to_response(self.get_context_data())


def _breadcrumbs(start: list[dict[str, Any]], *places: tuple[Any, str]) -> list[dict[str, Any]]:
    listed = {"url": reverse("packages:index"), "label": PackageViewSet.menu_label}
    return [*start, listed, *({"url": url, "label": label} for label, url in places)]


class _OnPackageMixin(WagtailAdminTemplateMixin, OwnObjectMixin):
    """A screen about one package that the person may change."""

    model = Package
    permission_required = "change"
    header_icon = "desktop"

    @cached_property
    def package(self) -> Package:
        """The package."""
        return get_object_or_404(Package.objects.select_related("collection", "current"), pk=self.kwargs["pk"])

    @property
    def own_url(self) -> str:
        """The page of the package."""
        return reverse("packages:edit", args=[self.package.pk])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(self.breadcrumbs_items, (self.package.title, self.own_url), (self.get_page_title(), ""))


class ReplaceView(_OnPackageMixin, FormView):
    """Send a new version of a package."""

    form_class = ReplaceForm
    template_name = "packages/admin/replace.html"
    page_title = _("Remplacer par une nouvelle version")
    header_icon = "upload"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "package": self.package}

    def form_valid(self, form: ReplaceForm) -> HttpResponse:
        """Store the version, or say what is wrong with it."""
        before = self.package.current_id
        version = form.store()
        if version is None:
            return self.form_invalid(form)
        if version.pk == before:
            messages.warning(self.request, _("Ce fichier est celui de la version en cours : rien n'a changé."))
        else:
            log(self.package, "wagtail.edit", user=self.request.user)
            messages.success(self.request, _("La version %(number)d est en cours.") % {"number": version.number})
        return _gone_to(self.request, self.own_url)

    def form_invalid(self, form: ReplaceForm) -> HttpResponse:
        """Show what is wrong where the form is; the script that sends it looks at the status."""
        response = super().form_invalid(form)
        response.status_code = 422 if _by_script(self.request) else 200
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "package": self.package,
            "action_url": self.request.path,
            "submit_button_label": _("Remplacer"),
            "submit_button_active_label": _("Envoi et vérification…"),
        }


class _OnVersionMixin(_OnPackageMixin):
    @cached_property
    def version(self) -> PackageVersion:
        """The version that the address names."""
        return get_object_or_404(self.package.versions, number=self.kwargs["number"])


class RestoreView(_OnVersionMixin, TemplateView):
    """Come back to an earlier version."""

    template_name = "packages/admin/restore.html"
    page_title = _("Revenir à une version")
    header_icon = "history"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "package": self.package,
            "version": self.version,
            "is_current": self.version.pk == self.package.current_id,
            "own_url": self.own_url,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make it the current one."""
        number = self.version.number
        assert isinstance(request.user, User)  # noqa: S101  (the admin is behind a sign-in)
        storing.restore_version(self.package, self.version, request.user)
        log(self.package, "wagtail.edit", user=request.user)
        messages.success(request, _("La version %(number)d est de nouveau en cours.") % {"number": number})
        return redirect(self.own_url)


class DownloadView(_OnVersionMixin):
    """The file of a version, for who may change the package or choose it: it holds the right answers."""

    permission_required = None  # type: ignore[assignment]
    any_permission_required = ("change", "choose")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        """Send the file."""
        is_h5p = self.package.kind == Package.Kind.H5P
        name = f"{slugify(self.package.title) or 'contenu'}-v{self.version.number}.{'h5p' if is_h5p else 'zip'}"
        return FileResponse(
            exporting.export_h5p(self.version),
            as_attachment=True,
            filename=name,
            content_type="application/zip",
            headers={"Cache-Control": "private, no-store"},
        )


# -- Libraries -----------------------------------------------------------------------------------------------------


class _LibrariesMixin(WagtailAdminTemplateMixin):
    header_icon = "code"
    installing = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show libraries to those who send contents; let those who install them remove them."""
        allowed = may_install(request.user) or (
            not self.installing and policy.user_has_any_permission(request.user, MANAGE)
        )
        if not allowed:
            raise Http404
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


class LibrariesView(_LibrariesMixin, TemplateView):
    """The H5P libraries of the site."""

    template_name = "packages/admin/libraries.html"
    page_title = _("Bibliothèques H5P")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(self.breadcrumbs_items, (self.page_title, ""))

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer to remove what nothing uses."""
        if not may_install(self.request.user):
            return []
        return [HeaderButton(_("Supprimer les bibliothèques inutilisées"), reverse("packages:prune"), icon_name="bin")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        libraries = usage().defer("semantics", "translations")
        columns = [
            Column("title", label=_("Bibliothèque")),
            Column("machine_name", label=_("Nom technique"), classname=ASIDE),
            Column("version", label=_("Version"), accessor=lambda lib: f"{lib.major}.{lib.minor}.{lib.patch}"),
            Column(
                "license",
                label=_("Licence"),
                accessor=lambda lib: lib.metadata.get("license") or _("non indiquée"),
                classname=ASIDE,
            ),
            Column("used_by", label=_("Utilisée par"), accessor=_used_by),
            DateColumn("installed_at", label=_("Installée le"), classname=ASIDE),
        ]
        return super().get_context_data(**kwargs) | {
            "table": Table(columns, libraries) if libraries else None,
            "may_install": may_install(self.request.user),
        }


def _used_by(library: Any) -> str:
    packages = ngettext("%d contenu", "%d contenus", library.packages) % library.packages
    others = ngettext("%d bibliothèque", "%d bibliothèques", library.dependent_libraries) % library.dependent_libraries
    counts = [(library.packages, packages), (library.dependent_libraries, others)]
    return ", ".join(words for count, words in counts if count) or str(_("rien"))


class PruneView(_LibrariesMixin, TemplateView):
    """Remove the libraries that nothing uses, once they are named."""

    template_name = "packages/admin/prune.html"
    page_title = _("Supprimer les bibliothèques inutilisées")
    header_icon = "bin"
    installing = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(
            self.breadcrumbs_items,
            (LibrariesView.page_title, reverse("packages:libraries")),
            (self.page_title, ""),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"libraries": list(pruning.unused_libraries())}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Remove those that were named and that still nothing uses."""
        named = [pk for pk in request.POST.getlist("library") if pk.isdecimal()]
        count = len(pruning.prune(Library.objects.filter(pk__in=named)))
        words = ngettext("%d bibliothèque supprimée.", "%d bibliothèques supprimées.", count) % count
        messages.success(request, words)
        return redirect("packages:libraries")


# -- Addresses -----------------------------------------------------------------------------------------------------


class PackageViewSet(ModelViewSet):
    """The screens of interactive contents. Each of one package answers «not found» to who may not act on it."""

    model = Package
    name = "packages"
    url_prefix = "contenus-interactifs"
    icon = "desktop"
    menu_label = _("Contenus interactifs")
    menu_name = "contenus-interactifs"
    menu_order = 304
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = PackageIndexView
    add_view_class = PackageAddView
    edit_view_class = PackageEditView
    delete_view_class = PackageDeleteView
    index_template_name = "packages/admin/index.html"
    index_results_template_name = "packages/admin/index_results.html"
    create_template_name = "packages/admin/add.html"
    edit_template_name = "packages/admin/package.html"
    delete_template_name = "packages/admin/delete.html"
    list_per_page = 50
    list_display = [
        "title",
        Column("kind", label=_("Format"), accessor="get_kind_display", sort_key="kind", classname=ASIDE),
        Column("version", label=_("Version"), accessor="current.number", classname=ASIDE),
        Column("collection", label=_("Collection"), accessor="collection.name", classname=ASIDE),
        DateColumn("created_at", label=_("Ajouté"), sort_key="created_at", classname=ASIDE),
        _UsageColumn("usage_count", label=_("Utilisation")),
    ]

    def construct_view(self, view_class: type[Any], **kwargs: Any) -> Any:
        """Guard each view of one package."""
        return super().construct_view(type(view_class.__name__, (OwnObjectMixin, view_class), {}), **kwargs)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the screens that the page of a package stands for."""
        return super().get_common_view_kwargs(**{**kwargs, "history_url_name": None, "usage_url_name": None})

    def get_form_class(self, *, for_update: bool = False) -> type[forms.BaseForm]:
        """Send a file only when the package is new."""
        return PackageForm if for_update else UploadForm

    def get_permissions_to_register(self) -> QuerySet[Any]:
        """Leave rights on packages to the collections of a group."""
        return super().get_permissions_to_register().none()

    def get_urlpatterns(self) -> list[Any]:
        """Return the addresses."""
        return [
            path("", self.index_view, name="index"),
            path("resultats/", self.index_results_view, name="index_results"),
            path("ajouter/", self.add_view, name="add"),
            path("bibliotheques/", LibrariesView.as_view(), name="libraries"),
            path("bibliotheques/inutilisees/", PruneView.as_view(), name="prune"),
            path("<rowid:pk>/", self.edit_view, name="edit"),
            path("<rowid:pk>/supprimer/", self.delete_view, name="delete"),
            path("<rowid:pk>/remplacer/", ReplaceView.as_view(), name="replace"),
            path("<rowid:pk>/versions/<rowid:number>/", RestoreView.as_view(), name="restore"),
            path("<rowid:pk>/versions/<rowid:number>/fichier/", DownloadView.as_view(), name="download"),
        ]


package_viewset = PackageViewSet()
