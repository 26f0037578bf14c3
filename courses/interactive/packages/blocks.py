"""An interactive content inside a lesson."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .chooser import package_chooser

PackageChooserBlock = package_chooser.get_block_class(name="PackageChooserBlock", module_path=__name__)


class PackageBlock(blocks.StructBlock):
    """A package that is played where it stands in the text."""

    package = PackageChooserBlock(label=_("Contenu interactif"))
    title = blocks.CharBlock(
        label=_("Titre affiché"), required=False, max_length=150, help_text=_("À défaut, celui du contenu.")
    )
    alternative = blocks.TextBlock(
        label=_("Équivalent en texte"),
        required=False,
        help_text=_(
            "Pour qui ne peut pas utiliser ce contenu (réseau, appareil, handicap) : l'essentiel, en texte simple."
        ),
    )

    class Meta:
        label = _("Activité interactive")
        icon = "desktop"
        template = "playing/block.html"
