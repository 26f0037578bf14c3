"""Packages, their versions, and the H5P libraries that they share."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import CollectionMember
from wagtail.search import index


class Library(models.Model):
    """An H5P library, stored once per machine name and major.minor; a newer patch replaces an older one.

    `metadata` is its library.json, `semantics` its semantics.json (a list of fields, or null), `translations` what its
    language files say by language code. Its files are in the storage «packages» under `folder`.
    """

    machine_name = models.CharField(_("nom"), max_length=100)
    major = models.PositiveIntegerField(_("version majeure"))
    minor = models.PositiveIntegerField(_("version mineure"))
    patch = models.PositiveIntegerField(_("correctif"))
    title = models.CharField(_("titre"), max_length=255)
    runnable = models.BooleanField(_("type d'activité"), default=False)
    metadata = models.JSONField(_("library.json"), default=dict)
    semantics = models.JSONField(_("semantics.json"), null=True, blank=True)
    translations = models.JSONField(_("traductions"), default=dict, blank=True)
    requires = models.ManyToManyField(
        "self", through="LibraryDependency", symmetrical=False, related_name="required_by", verbose_name=_("dépend de")
    )
    installed_at = models.DateTimeField(_("installée le"), auto_now_add=True)
    updated_at = models.DateTimeField(_("mise à jour le"), auto_now=True)
    installed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("bibliothèque H5P")
        verbose_name_plural = _("bibliothèques H5P")
        ordering = ["machine_name", "major", "minor"]
        constraints = [
            models.UniqueConstraint(fields=["machine_name", "major", "minor"], name="library_is_stored_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.major}.{self.minor}.{self.patch}"

    @property
    def name(self) -> str:
        """Name and version as H5P writes them in paths: «H5P.Blanks-1.12»."""
        return f"{self.machine_name}-{self.major}.{self.minor}"

    @property
    def ubername(self) -> str:
        """Name and version as H5P writes them in content: «H5P.Blanks 1.12»."""
        return f"{self.machine_name} {self.major}.{self.minor}"

    @property
    def folder(self) -> str:
        """Where its files are in the storage."""
        return f"libraries/{self.name}"


class LibraryDependency(models.Model):
    """A library that another one needs: to run, to be loaded when asked for, or to be edited."""

    class Kind(models.TextChoices):
        PRELOADED = "preloaded", _("chargée avec elle")
        DYNAMIC = "dynamic", _("chargée à la demande")
        EDITOR = "editor", _("pour l'édition")

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="dependencies")
    needed = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="dependents")
    kind = models.CharField(_("sorte"), max_length=10, choices=Kind)

    class Meta:
        verbose_name = _("dépendance")
        verbose_name_plural = _("dépendances")
        constraints = [models.UniqueConstraint(fields=["library", "needed", "kind"], name="dependency_is_unique")]

    def __str__(self) -> str:
        return f"{self.library} → {self.needed}"


class Package(CollectionMember, index.Indexed, models.Model):
    """An interactive content that pages and lessons use. What it plays is its current version; older ones are kept."""

    class Kind(models.TextChoices):
        H5P = "h5p", _("H5P")
        SCORM12 = "scorm12", _("SCORM 1.2")
        SCORM2004 = "scorm2004", _("SCORM 2004")
        CMI5 = "cmi5", _("cmi5")

    title = models.CharField(_("titre"), max_length=255)
    kind = models.CharField(_("format"), max_length=10, choices=Kind, editable=False)
    current = models.OneToOneField(
        "PackageVersion", on_delete=models.RESTRICT, null=True, editable=False, related_name="current_of"
    )
    created_at = models.DateTimeField(_("ajouté le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    search_fields = [
        index.SearchField("title", boost=2),
        index.AutocompleteField("title"),
        index.FilterField("title"),
        index.FilterField("kind"),
        index.FilterField("collection"),
        index.FilterField("created_by"),
    ]

    class Meta:
        verbose_name = _("contenu interactif")
        verbose_name_plural = _("contenus interactifs")
        ordering = ["-created_at", "-pk"]
        permissions = [("choose_package", _("Choisir un contenu interactif"))]

    def __str__(self) -> str:
        return self.title


class PackageVersion(models.Model):
    """What was uploaded at one time. Its files never change; they are in the storage «packages» under `folder`.

    `structure` says what the package is: for H5P its h5p.json; for SCORM and cmi5 what `scorm.manifest` and
    `cmi5.structure` have read. `content` is the cleaned content.json of H5P (else null). `bundle` names the bundled
    scripts and styles of H5P: it changes when a library gets a patch.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    created_at = models.DateTimeField(_("envoyée le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("ce qui change"), max_length=200, blank=True)
    filename = models.CharField(_("fichier"), max_length=255)
    size = models.PositiveBigIntegerField(_("taille (octets)"))
    digest = models.CharField(_("empreinte SHA-256"), max_length=64)
    structure = models.JSONField(default=dict)
    content = models.JSONField(null=True)
    advice = models.JSONField(_("remarques"), default=list)
    library = models.ForeignKey(Library, on_delete=models.PROTECT, null=True, related_name="main_of")
    libraries = models.ManyToManyField(Library, through="VersionLibrary", related_name="versions")
    bundle = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["package", "number"], name="version_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.package} ({self.number})"

    @property
    def folder(self) -> str:
        """Where its files are in the storage."""
        return f"versions/{self.pk}"


class VersionLibrary(models.Model):
    """A library that a version of an H5P package needs to run. `position` is the order of loading."""

    version = models.ForeignKey(PackageVersion, on_delete=models.CASCADE, related_name="version_libraries")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="version_libraries")
    position = models.PositiveSmallIntegerField()
    dynamic = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["version", "library"], name="version_library_is_unique")]

    def __str__(self) -> str:
        return f"{self.version} → {self.library}"
