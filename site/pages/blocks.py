"""StreamField blocks that every kind of page shares. Each has its own template in `templates/pages/blocks/`."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

from .markdown import render_inline_markdown, render_markdown

RICH_TEXT_FEATURES = ["h3", "h4", "bold", "italic", "ol", "ul", "link", "document-link", "hr"]
SHORT_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]


class HeadingBlock(blocks.CharBlock):
    """A section title (h2); it also makes the table of contents of a lesson."""

    class Meta:
        label = _("Titre")
        icon = "title"
        template = "pages/blocks/heading.html"
        max_length = 150
        help_text = _("Un titre de partie. Il apparaît dans le sommaire de la leçon.")


class MarkdownBlock(blocks.TextBlock):
    """Text in Markdown. Any HTML in it is shown as text or removed."""

    class Meta:
        label = _("Texte Markdown")
        icon = "code"
        template = "pages/blocks/markdown.html"
        help_text = _("Titres avec ##, listes avec -, **gras**, *italique*, [lien](https://…).")

    def get_context(self, value: str, parent_context: dict | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["html"] = render_markdown(value)
        return context


class CaptionedImageBlock(blocks.StructBlock):
    """An image with a text alternative, or marked as decorative (Wagtail's ImageBlock requires one of the two)."""

    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(label=_("Légende"), required=False, max_length=250)
    credit = blocks.CharBlock(label=_("Crédit"), required=False, max_length=150, help_text=_("Auteur, licence."))

    class Meta:
        label = _("Image")
        icon = "image"
        template = "pages/blocks/image.html"


class DocumentBlock(blocks.StructBlock):
    """A file to download; its type and size are shown before the click."""

    document = DocumentChooserBlock(label=_("Document"))
    title = blocks.CharBlock(label=_("Titre affiché"), required=False, max_length=150)

    class Meta:
        label = _("Document à télécharger")
        icon = "doc-full"
        template = "pages/blocks/document.html"


def video_player_url(url: str) -> str | None:
    """Return the address of the privacy-friendly player of a YouTube or Vimeo page, or None for another site."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    segments = [s for s in parts.path.split("/") if s]
    video_id = ""
    if host == "youtube.com" and segments[:1] == ["watch"]:
        video_id = parse_qs(parts.query).get("v", [""])[0]
    elif host == "youtube.com" and len(segments) == 2 and segments[0] in {"embed", "shorts"}:
        video_id = segments[1]
    elif host == "youtu.be" and segments:
        video_id = segments[0]
    if video_id and video_id.replace("-", "").replace("_", "").isalnum():
        return f"https://www.youtube-nocookie.com/embed/{video_id}"
    if host == "vimeo.com" and segments and segments[-1].isdigit():
        return f"https://player.vimeo.com/video/{segments[-1]}?dnt=1"
    return None


class VideoBlock(blocks.StructBlock):
    """A video by its link. Nothing is fetched from the other site before the learner clicks."""

    url = blocks.URLBlock(label=_("Adresse de la vidéo"), help_text=_("La page de la vidéo (https://…)."))
    title = blocks.CharBlock(label=_("Titre"), max_length=150)
    duration = blocks.CharBlock(label=_("Durée"), required=False, max_length=20, help_text=_("Par exemple : 3 min 40."))
    description = blocks.TextBlock(
        label=_("Ce que montre la vidéo"),
        help_text=_("Pour les personnes qui ne peuvent pas la voir ou l'entendre. Markdown."),
    )

    class Meta:
        label = _("Vidéo")
        icon = "media"
        template = "pages/blocks/video.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if urlsplit(cleaned["url"]).scheme != "https":
            raise StructBlockValidationError(
                block_errors={"url": ValidationError(_("L'adresse doit commencer par https://."))}
            )
        return cleaned

    def get_context(self, value: Any, parent_context: dict | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["host"] = (urlsplit(value["url"]).hostname or "").removeprefix("www.")
        context["player_url"] = video_player_url(value["url"])
        context["description_html"] = render_markdown(value["description"], top_heading=3)
        return context


class CalloutBlock(blocks.StructBlock):
    """A framed text. A text of law carries its reference and the date of the version it speaks of."""

    KINDS = (
        ("retenir", _("À retenir")),
        ("attention", _("Attention")),
        ("chantier", _("Sur le chantier")),
        ("loi", _("Texte de loi")),
    )

    kind = blocks.ChoiceBlock(label=_("Genre"), choices=KINDS)
    title = blocks.CharBlock(label=_("Titre"), required=False, max_length=150)
    text = blocks.TextBlock(label=_("Texte"), help_text=_("En Markdown."))
    reference = blocks.CharBlock(
        label=_("Référence du texte"), required=False, max_length=200, help_text=_("Code du travail, art. L. 4121-1")
    )
    in_force_on = blocks.DateBlock(label=_("Version en vigueur au"), required=False)
    url = blocks.URLBlock(label=_("Lien vers le texte"), required=False)

    class Meta:
        label = _("Encadré")
        icon = "info-circle"
        template = "pages/blocks/callout.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned["kind"] == "loi":
            missing = ValidationError(_("Obligatoire pour un texte de loi."))
            errors = {name: missing for name in ("reference", "in_force_on") if not cleaned.get(name)}
            if errors:
                raise StructBlockValidationError(block_errors=errors)
        return cleaned

    def get_context(self, value: Any, parent_context: dict | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["label"] = dict(self.KINDS).get(value["kind"], "")
        context["html"] = render_markdown(value["text"], top_heading=3)
        return context


class TitledTextBlock(blocks.StructBlock):
    """A title and the text below it: a step, or an item of an accordion."""

    title = blocks.CharBlock(label=_("Titre"), max_length=150)
    text = blocks.TextBlock(label=_("Texte"), help_text=_("En Markdown."))

    class Meta:
        label = _("Élément")
        icon = "list-ul"
        template = "pages/blocks/titled_text.html"

    def get_context(self, value: Any, parent_context: dict | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["html"] = render_markdown(value["text"], top_heading=4)
        return context


class AccordionBlock(blocks.StructBlock):
    """Items that unfold, made of `<details>`: they work without JavaScript and print unfolded."""

    items = blocks.ListBlock(TitledTextBlock(), label=_("Éléments"), min_num=1)

    class Meta:
        label = _("Accordéon")
        icon = "list-ul"
        template = "pages/blocks/accordion.html"


class StepsBlock(blocks.StructBlock):
    """Numbered steps of a gesture or a procedure."""

    title = blocks.CharBlock(label=_("Titre"), required=False, max_length=150)
    steps = blocks.ListBlock(TitledTextBlock(label=_("Étape")), label=_("Étapes"), min_num=1)

    class Meta:
        label = _("Étapes")
        icon = "list-ol"
        template = "pages/blocks/steps.html"


class QuotationBlock(blocks.StructBlock):
    """Someone's words, with who said them and where."""

    text = blocks.TextBlock(label=_("Citation"))
    author = blocks.CharBlock(label=_("Auteur"), required=False, max_length=150)
    source = blocks.CharBlock(label=_("Source"), required=False, max_length=200)

    class Meta:
        label = _("Citation")
        icon = "openquote"
        template = "pages/blocks/quotation.html"


class InlineMarkdownBlock(blocks.CharBlock):
    """One line of Markdown, for the cells of a table."""

    class Meta:
        label = _("Texte")
        template = "pages/blocks/inline_markdown.html"

    def get_context(self, value: str, parent_context: dict | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        context["html"] = render_inline_markdown(value)
        return context


class TableBlock(blocks.StructBlock):
    """A table with a caption; the first row of the editor holds the column headers."""

    caption = blocks.CharBlock(
        label=_("Légende"), max_length=200, help_text=_("Ce que montre le tableau, en une phrase.")
    )
    table = TypedTableBlock([("text", InlineMarkdownBlock(required=False))], label=_("Tableau"))

    class Meta:
        label = _("Tableau")
        icon = "table"
        template = "pages/blocks/table.html"


class ContentBlock(blocks.StreamBlock):
    """What the body of any page may hold."""

    heading = HeadingBlock()
    rich_text = blocks.RichTextBlock(
        label=_("Texte"), icon="pilcrow", features=RICH_TEXT_FEATURES, template="pages/blocks/rich_text.html"
    )
    markdown = MarkdownBlock()
    callout = CalloutBlock()
    image = CaptionedImageBlock()
    steps = StepsBlock()
    accordion = AccordionBlock()
    table = TableBlock()
    quotation = QuotationBlock()
    video = VideoBlock()
    document = DocumentBlock()


class CardBlock(blocks.StructBlock):
    """A card of the home page: for whom, what they find, where to go."""

    title = blocks.CharBlock(label=_("Titre"), max_length=80)
    text = blocks.TextBlock(label=_("Texte"), max_length=300)
    link_text = blocks.CharBlock(label=_("Texte du lien"), required=False, max_length=60)
    link = blocks.CharBlock(
        label=_("Adresse"), required=False, max_length=200, help_text=_("Sur ce site : /formations/, /forum/…")
    )

    class Meta:
        label = _("Carte")
        icon = "form"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        link = cleaned.get("link") or ""
        if link and not link.startswith(("/", "https://")):
            raise StructBlockValidationError(
                block_errors={"link": ValidationError(_("L'adresse commence par / (ce site) ou https://."))}
            )
        if link.startswith("//"):
            raise StructBlockValidationError(block_errors={"link": ValidationError(_("Écrivez l'adresse en entier."))})
        return cleaned


class HomeBlock(blocks.StreamBlock):
    """What the home page may hold below its title."""

    audiences = blocks.StructBlock(
        [
            ("title", blocks.CharBlock(label=_("Titre"), max_length=100)),
            ("cards", blocks.ListBlock(CardBlock(), label=_("Cartes"), min_num=1, max_num=6)),
        ],
        label=_("Pour qui"),
        icon="group",
        template="pages/blocks/audiences.html",
    )
    how = blocks.StructBlock(
        [
            ("title", blocks.CharBlock(label=_("Titre"), max_length=100)),
            ("steps", blocks.ListBlock(TitledTextBlock(), label=_("Étapes"), min_num=1, max_num=6)),
        ],
        label=_("Comment ça marche"),
        icon="list-ol",
        template="pages/blocks/how.html",
    )
    facts = blocks.StructBlock(
        [
            ("title", blocks.CharBlock(label=_("Titre"), max_length=100)),
            (
                "facts",
                blocks.ListBlock(
                    blocks.StructBlock(
                        [
                            ("text", blocks.TextBlock(label=_("Constat"), max_length=300)),
                            ("source", blocks.CharBlock(label=_("Source"), max_length=200)),
                        ]
                    ),
                    label=_("Constats"),
                ),
            ),
        ],
        label=_("Pourquoi"),
        icon="info-circle",
        template="pages/blocks/facts.html",
    )
    content = blocks.RichTextBlock(
        label=_("Texte"), features=RICH_TEXT_FEATURES, template="pages/blocks/rich_text.html"
    )
