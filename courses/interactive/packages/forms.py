"""Forms that send a package to the site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.forms.collections import (
    BaseCollectionMemberForm,
    CollectionChoiceField,
    collection_member_permission_formset_factory,
)
from wagtail.models import Collection

from . import storing
from .archive import MB, Limits
from .faults import Fault, RefusedError
from .models import Package, PackageVersion
from .permissions import may_install, policy

EXTENSIONS = (".h5p", ".zip")


def _file_field() -> forms.FileField:
    limits = Limits()
    return forms.FileField(
        label=_("Fichier"),
        help_text=format_lazy(
            _(
                "Un fichier .h5p, ou le .zip d'un contenu SCORM 1.2, SCORM 2004 ou cmi5. {size} Mo au plus, "
                "et {unpacked} Mo une fois décompressé."
            ),
            size=limits.archive // MB,
            unpacked=limits.unpacked // MB,
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS), "data-upload-limit": limits.archive}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide."),
            "missing": _("Choisissez un fichier."),
        },
    )


class _SendsPackage(forms.BaseForm):
    """A form with a package in its `file`: what is wrong with it is listed in `faults`."""

    faults: list[Fault]
    user: Any

    def clean_file(self) -> UploadedFile:
        """Refuse at once what can't be a package, or is too big."""
        file: UploadedFile = self.cleaned_data["file"]
        limit = Limits().archive
        if not (file.name or "").lower().endswith(EXTENSIONS):
            raise forms.ValidationError(_("Ce n'est ni un .h5p ni un .zip."))
        size = file.size or 0
        if size > limit:
            words = {"size": filesizeformat(size), "limit": limit // MB}
            raise forms.ValidationError(_("Ce fichier fait %(size)s : c'est plus que %(limit)d Mo.") % words)
        return file

    def store_file(self, **fields: Any) -> PackageVersion | None:
        """Store the package, or say in the form what is wrong with it: then nothing is stored."""
        self.faults = []
        try:
            return storing.store_package(
                self.cleaned_data["file"], user=self.user, may_install=may_install(self.user), **fields
            )
        except RefusedError as refusal:
            self.faults = refusal.faults
            count = len(self.faults)
            words = ngettext(
                "Ce fichier est refusé, pour la raison ci-dessous. Rien n'a été enregistré.",
                "Ce fichier est refusé, pour les raisons ci-dessous. Rien n'a été enregistré.",
                count,
            )
            self.add_error("file", words)
        return None


class PackageForm(BaseCollectionMemberForm):
    """The title of a package, and the collection that says who may use it."""

    permission_policy = policy
    collection = CollectionChoiceField(
        label=_("Collection"),
        queryset=Collection.objects.all(),
        empty_label=None,
        help_text=_("Elle dit qui peut voir, utiliser et modifier ce contenu."),
    )

    class Meta:
        model = Package
        fields = ["title", "collection"]


class UploadForm(_SendsPackage, PackageForm):
    """A new package."""

    file = _file_field()
    title = forms.CharField(
        label=_("Titre"), max_length=255, required=False, help_text=_("À défaut, celui que le fichier indique.")
    )
    field_order = ["file", "title", "collection"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        self.faults = []
        super().__init__(*args, user=user, **kwargs)  # type: ignore[call-arg]  # Wagtail's form takes it

    def store(self) -> Package | None:
        """Store the package and return it, or None once the form says what is wrong."""
        collection = self.cleaned_data.get("collection") or self.collections[0]
        version = self.store_file(title=self.cleaned_data["title"], collection=collection)
        return version.package if version else None


class ReplaceForm(_SendsPackage, forms.Form):
    """A new version of a package."""

    file = _file_field()
    note = forms.CharField(
        label=_("Ce qui change"),
        max_length=200,
        required=False,
        help_text=_("Pour l'historique. Par exemple : question 3 corrigée."),
    )

    def __init__(self, *args: Any, user: Any, package: Package, **kwargs: Any) -> None:
        self.user = user
        self.package = package
        self.faults = []
        super().__init__(*args, **kwargs)

    def store(self) -> PackageVersion | None:
        """Store the version and return it, or None once the form says what is wrong."""
        return self.store_file(package=self.package, collection=self.package.collection, note=self.cleaned_data["note"])


GroupPackagePermissionFormSet = collection_member_permission_formset_factory(
    Package,
    [
        ("add_package", _("Ajouter"), _("Ajouter des contenus interactifs, et modifier les siens")),
        ("change_package", _("Modifier"), _("Modifier tous les contenus interactifs")),
        ("choose_package", _("Choisir"), _("Utiliser les contenus interactifs dans des pages")),
    ],
    "packages/admin/permissions.html",
)
