"""What loading remembers: which page and which image came from which text, and in which state loading left them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images import get_image_model_string

from courses.interactive.packages.models import Package, PackageVersion


class PackItem(models.Model):
    """A page that was made from a text.

    `key` names the text: «course-id», «course-id/lesson-id», «course-id/quiz-id» or «page/slug». `checksum` is that of
    the content that was loaded last, empty once the text is gone and the page unpublished. `revision` is the one that
    loading made: a page whose latest revision is another was edited since.
    """

    key = models.CharField(_("clé"), max_length=130, unique=True)
    page = models.OneToOneField(
        "wagtailcore.Page", verbose_name=_("page"), on_delete=models.CASCADE, related_name="pack_item"
    )
    checksum = models.CharField(_("empreinte"), max_length=64, blank=True)
    revision = models.ForeignKey(
        "wagtailcore.Revision", verbose_name=_("version"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("page chargée")
        verbose_name_plural = _("pages chargées")

    def __str__(self) -> str:
        return self.key


class PackContent(models.Model):
    """An interactive content that came with a pack: `key` is that of its activity, «course-id/activity-id».

    `checksum` is that of the content that was loaded last, `version` the one that loading stored: a package whose
    current version is another was replaced since.
    """

    key = models.CharField(_("clé"), max_length=130, unique=True)
    package = models.ForeignKey(
        Package, verbose_name=_("contenu interactif"), on_delete=models.CASCADE, related_name="+"
    )
    version = models.ForeignKey(
        PackageVersion, verbose_name=_("version"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    checksum = models.CharField(_("empreinte"), max_length=64)

    class Meta:
        verbose_name = _("contenu interactif chargé")
        verbose_name_plural = _("contenus interactifs chargés")

    def __str__(self) -> str:
        return self.key


class PackImage(models.Model):
    """An image that came with a pack. Loading the same file again finds it here instead of adding it twice."""

    pack = models.CharField(_("pack"), max_length=60)
    file = models.CharField(_("fichier"), max_length=150)
    checksum = models.CharField(_("empreinte"), max_length=64)
    image = models.ForeignKey(
        get_image_model_string(), verbose_name=_("image"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("image chargée")
        verbose_name_plural = _("images chargées")
        constraints = [models.UniqueConstraint(fields=["pack", "file", "checksum"], name="pack_image_is_loaded_once")]

    def __str__(self) -> str:
        return f"{self.pack}/{self.file}"
