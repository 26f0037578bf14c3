"""The questions that an editor writes, as StreamField blocks. The id of a block is the id of its question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.telepath import register
from wagtail.blocks.list_block import ListBlockAdapter
from wagtail.blocks.struct_block import StructBlockAdapter, StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from .checks import faults
from .kinds import Kind
from .raw import FALSE_ID, TRUE_ID, question_from_raw

_CHOOSE, _PLACE, _WRITE, _LOOK, _SELF = (
    _("Choisir"),
    _("Placer"),
    _("Écrire"),
    _("Regarder"),
    _("Se situer"),
)
_INLINE_MARKDOWN = _("Markdown en ligne : **gras**, *italique*.")


_NUMBER_RULES = ("min_value", "max_value", "max_digits", "decimal_places")


class _NumberField(forms.DecimalField):
    # Not `type="number"`: with that, a browser in another language drops «3,5» without a word.
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value


def competence_choices() -> list[tuple[str, str]]:
    """Return the competences that a question may aim at: codes, and what they stand for."""
    # By name, as page choosers do: the catalogue is above the questions.
    competences = apps.get_model("catalog", "Competence").objects.order_by("referential", "position")
    return [(c.code, str(c)) for c in competences if c.parent_id]


class NumberBlock(blocks.DecimalBlock):
    """A number typed as people here write it: «3,5», «3.5», «1 200»."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = cast("forms.DecimalField", vars(self)["field"])
        rules = {name: getattr(made, name) for name in _NUMBER_RULES}
        self.field = _NumberField(required=made.required, help_text=made.help_text, **rules)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Stand in migrations as what it is stored like."""
        _path, args, kwargs = super().deconstruct()
        return "wagtail.blocks.DecimalBlock", args, kwargs


class SeveralBlock(blocks.ListBlock):
    """A list that starts with as many empty lines as it needs, not with a complaint that some are missing."""

    def get_default(self) -> Any:
        """Return the empty lines of a new list."""
        if self._has_default:
            return super().get_default()
        lines = max(1, self.meta.min_num or 0)
        return self.normalize([self.child_block.get_default() for _line in range(lines)])

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Stand in migrations as what it is stored like."""
        _path, args, kwargs = super().deconstruct()
        return "wagtail.blocks.ListBlock", args, kwargs


class IllustrationBlock(ImageBlock):
    """An image that a question may do without: folded, so that the question itself stays in view."""

    class Meta:
        collapsed = True
        label_format = "{alt_text}"


class QuestionBlock(blocks.StructBlock):
    """What every kind of question has. The right answers never leave the server before the answer is given."""

    kind: Kind

    text = blocks.TextBlock(label=_("Question"), help_text=_INLINE_MARKDOWN)
    image = IllustrationBlock(label=_("Image"), required=False)

    class Meta:
        icon = "help"
        template = "questions/question.html"
        form_classname = "struct-block question-block"

    def get_form_layout(self) -> blocks.BlockGroup:
        """Put the question first, its explanation last, and what rarely changes under «Réglages»."""
        first = [name for name in ("text", "image") if name in self.child_blocks]
        last = [name for name in ("explanation",) if name in self.child_blocks]
        aside = [name for name in ("worth", "hint", "lesson", "competences") if name in self.child_blocks]
        own = [name for name in self.child_blocks if name not in {*first, *last, *aside}]
        return blocks.BlockGroup([*first, *own, *last], settings=aside)

    def clean(self, value: Any) -> Any:
        """Refuse a question that nobody could answer rightly."""
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned  # a draft is kept as it is; the editor is told what is missing
        raw = {"type": str(self.kind), "id": "", "value": self.get_prep_value(cleaned)}
        if found := faults(question_from_raw(raw)):
            raise StructBlockValidationError(non_block_errors=[ValidationError(fault) for fault in found])
        return cleaned


class _Help(blocks.StructBlock):
    explanation = blocks.TextBlock(
        label=_("Explication"),
        required=False,
        help_text=_("Pourquoi la bonne réponse est la bonne. Montrée à tous après la réponse."),
    )
    hint = blocks.CharBlock(
        label=_("Indice"),
        required=False,
        max_length=400,
        help_text=_("Facultatif. Replié sous la question : qui le veut l'ouvre."),
    )
    lesson = blocks.PageChooserBlock(label=_("Leçon à relire"), required=False, page_type="catalog.LessonPage")
    competences = SeveralBlock(
        blocks.ChoiceBlock(choices=competence_choices, label=_("Compétence")),
        label=_("Compétences"),
        required=False,
        default=[],
        help_text=_("Pour le résultat par compétence."),
    )


class _Scored(_Help):
    worth = NumberBlock(
        label=_("Points"),
        default=Decimal(1),
        min_value=Decimal("0.25"),
        max_value=Decimal(20),
        decimal_places=2,
        max_digits=4,
    )


def _feedback(label: Any = None, help_text: Any = "") -> blocks.CharBlock:
    return blocks.CharBlock(label=label or _("Retour"), required=False, max_length=400, help_text=help_text)


# -- Choosing ------------------------------------------------------------------------------------------------------


class OptionBlock(blocks.StructBlock):
    """One possible answer; its block id is the option's id, stable from one revision to the next."""

    text = blocks.CharBlock(label=_("Réponse"), max_length=300)
    correct = blocks.BooleanBlock(label=_("Bonne réponse"), required=False)
    feedback = _feedback(help_text=_("Montré à qui a choisi cette réponse, une fois corrigée."))

    class Meta:
        label = _("Réponse")
        icon = "check"
        form_classname = "struct-block question-row"
        label_format = "{text}"


class SingleChoiceBlock(_Scored, QuestionBlock):
    """One right option."""

    kind = Kind.SINGLE
    options = SeveralBlock(OptionBlock(), label=_("Réponses possibles"), min_num=2, max_num=10)

    class Meta:
        label = _("Choix unique")
        group = _CHOOSE
        icon = "radio-full"


class MultipleChoiceBlock(_Scored, QuestionBlock):
    """Several right options."""

    kind = Kind.MULTIPLE
    options = SeveralBlock(OptionBlock(), label=_("Réponses possibles"), min_num=2, max_num=10)

    class Meta:
        label = _("Choix multiple")
        group = _CHOOSE
        icon = "tasks"
        help_text = _(
            "Barème : chaque bonne réponse cochée ajoute une part égale des points, chaque mauvaise réponse cochée en "
            "retire autant, sans descendre sous zéro. Tout cocher ne rapporte donc pas tout."
        )


class TrueFalseBlock(_Scored, QuestionBlock):
    """A statement that is true or false."""

    kind = Kind.TRUE_FALSE
    answer = blocks.ChoiceBlock(
        label=_("L'affirmation est"), choices=[(TRUE_ID, _("Vraie")), (FALSE_ID, _("Fausse"))], default=TRUE_ID
    )
    feedback_true = _feedback(_("Retour à qui répond « Vrai »"))
    feedback_false = _feedback(_("Retour à qui répond « Faux »"))

    class Meta:
        label = _("Vrai ou faux")
        group = _CHOOSE
        icon = "circle-check"


# -- Placing -------------------------------------------------------------------------------------------------------


class PairBlock(blocks.StructBlock):
    """A prompt and what goes with it."""

    prompt = blocks.CharBlock(label=_("Énoncé"), max_length=300)
    match = blocks.CharBlock(label=_("Va avec"), max_length=300)
    feedback = _feedback()

    class Meta:
        label = _("Paire")
        form_classname = "struct-block question-row"
        label_format = "{prompt}"


class MatchingBlock(_Scored, QuestionBlock):
    """Match each prompt with what goes with it."""

    kind = Kind.MATCHING
    pairs = SeveralBlock(PairBlock(), label=_("Paires"), min_num=2, max_num=12)
    distractors = SeveralBlock(
        blocks.CharBlock(label=_("Réponse"), max_length=300),
        label=_("Réponses en trop"),
        required=False,
        default=[],
        help_text=_("Facultatif : proposées, elles ne vont avec aucun énoncé."),
    )

    class Meta:
        label = _("Appariement")
        group = _PLACE
        icon = "link"
        help_text = _("Barème : chaque énoncé vaut une part égale des points ; une erreur ne coûte rien de plus.")


class OrderingBlock(_Scored, QuestionBlock):
    """Put steps in their order."""

    kind = Kind.ORDERING
    items = SeveralBlock(
        blocks.CharBlock(label=_("Étape"), max_length=300),
        label=_("Étapes, dans le bon ordre"),
        min_num=2,
        max_num=12,
        help_text=_("Elles sont toujours mélangées avant d'être montrées."),
    )

    class Meta:
        label = _("Remise en ordre")
        group = _PLACE
        icon = "order-down"
        help_text = _(
            "Barème : on compte la plus longue suite d'étapes dans le bon ordre. Une seule étape déplacée ne coûte "
            "qu'une part des points."
        )


class BinBlock(blocks.StructBlock):
    """A bin and what belongs in it."""

    label = blocks.CharBlock(label=_("Bac"), max_length=100)
    items = SeveralBlock(
        blocks.CharBlock(label=_("Élément"), max_length=200), label=_("Ce qui va dedans"), min_num=0, max_num=12
    )
    feedback = _feedback(help_text=_("Montré à la correction à côté de chaque élément de ce bac."))

    class Meta:
        label = _("Bac")
        label_format = "{label}"


class CategorizeBlock(_Scored, QuestionBlock):
    """Sort items into bins."""

    kind = Kind.CATEGORIZE
    bins = SeveralBlock(BinBlock(), label=_("Bacs"), min_num=2, max_num=6)

    class Meta:
        label = _("Tri par catégories")
        group = _PLACE
        icon = "folder-open-inverse"
        help_text = _("Barème : chaque élément vaut une part égale des points ; une erreur ne coûte rien de plus.")


# -- Writing -------------------------------------------------------------------------------------------------------


def _share() -> NumberBlock:
    return NumberBlock(
        label=_("Part des points (%)"),
        default=Decimal(100),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        max_digits=5,
    )


def _typo(help_text: Any) -> blocks.BooleanBlock:
    return blocks.BooleanBlock(
        label=_("Pardonner une faute de frappe"),
        required=False,
        default=True,
        help_text=help_text,
    )


class GapTextBlock(_Scored, QuestionBlock):
    """A text whose gaps are to be filled."""

    kind = Kind.GAP_TEXT
    text = blocks.TextBlock(label=_("Consigne"), default="Complétez le texte.", help_text=_INLINE_MARKDOWN)
    body = blocks.TextBlock(
        label=_("Texte à trous"),
        help_text=_(
            "Entre doubles crochets : [[bac jaune|poubelle jaune]] se tape, les variantes séparées par une barre sont "
            "acceptées. [[*verre|plastique#Non, il a son bac.|papier]] se choisit dans une liste : l'étoile marque la "
            "bonne réponse, le signe # commence un retour."
        ),
    )
    typo = _typo(_("Dans les réponses tapées de cinq lettres ou plus, sans chiffre."))

    class Meta:
        label = _("Texte à trous")
        group = _WRITE
        icon = "pilcrow"
        help_text = _(
            "Barème : chaque trou vaut une part égale des points. Majuscules, accents, apostrophes, traits d'union et "
            "ponctuation finale ne comptent pas."
        )


class AcceptedAnswerBlock(blocks.StructBlock):
    """An accepted answer and what it earns."""

    text = blocks.CharBlock(label=_("Réponse acceptée"), max_length=300)
    share = _share()
    feedback = _feedback()

    class Meta:
        label = _("Réponse")
        form_classname = "struct-block question-row"
        label_format = "{text}"


class ShortAnswerBlock(_Scored, QuestionBlock):
    """A few words to type."""

    kind = Kind.SHORT_ANSWER
    answers = SeveralBlock(
        AcceptedAnswerBlock(),
        label=_("Réponses acceptées"),
        min_num=1,
        max_num=20,
        help_text=_("Avec leurs variantes. Une part de 0 % sert à expliquer une erreur fréquente."),
    )
    typo = _typo(_("Dans les réponses de cinq lettres ou plus, sans chiffre."))
    feedback_other = _feedback(_("Retour à toute autre réponse"))

    class Meta:
        label = _("Réponse courte")
        group = _WRITE
        icon = "edit"
        help_text = _(
            "Barème : la part de la meilleure réponse acceptée. Majuscules, accents, apostrophes, traits d'union, "
            "espaces en trop et ponctuation finale ne comptent pas."
        )


class AcceptedQuantityBlock(blocks.StructBlock):
    """An accepted value, with its tolerance."""

    value = NumberBlock(label=_("Valeur"), max_digits=18, decimal_places=6)
    tolerance = NumberBlock(
        label=_("À … près"),
        default=Decimal(0),
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        help_text=_("0 : la valeur exacte."),
    )
    share = _share()
    feedback = _feedback()

    class Meta:
        label = _("Valeur")
        form_classname = "struct-block question-row"
        label_format = "{value}"


class NumericalBlock(_Scored, QuestionBlock):
    """A quantity to type."""

    kind = Kind.NUMERICAL
    answers = SeveralBlock(AcceptedQuantityBlock(), label=_("Valeurs acceptées"), min_num=1, max_num=10)
    unit = blocks.CharBlock(label=_("Unité"), required=False, max_length=20, help_text=_("Par exemple kg, m², %."))
    unit_rule = blocks.ChoiceBlock(
        label=_("L'unité est"),
        choices=[("shown", _("montrée à côté de la réponse")), ("typed", _("à écrire après le nombre"))],
        default="shown",
    )
    feedback_other = _feedback(_("Retour à toute autre réponse"))

    class Meta:
        label = _("Réponse numérique")
        group = _WRITE
        icon = "decimal"
        help_text = _("« 3,5 » et « 3.5 », « 1200 » et « 1 200 » sont la même réponse.")


class CriterionBlock(blocks.StructBlock):
    """A line of a grid."""

    label = blocks.CharBlock(label=_("Critère"), max_length=200)
    points = NumberBlock(
        label=_("Points au plus"),
        default=Decimal(1),
        min_value=Decimal("0.25"),
        max_value=Decimal(20),
        decimal_places=2,
        max_digits=4,
    )

    class Meta:
        label = _("Critère")
        form_classname = "struct-block question-row"
        label_format = "{label}"


class OpenBlock(_Scored, QuestionBlock):
    """An answer to write freely."""

    kind = Kind.OPEN
    marking = blocks.ChoiceBlock(
        label=_("Qui évalue"),
        choices=[
            ("trainer", _("Un formateur lit et note")),
            ("self", _("La personne se compare à la réponse modèle")),
        ],
        default="trainer",
    )
    model_answer = blocks.TextBlock(
        label=_("Réponse modèle"),
        required=False,
        help_text=_("En Markdown. Montrée après la réponse ; indispensable pour une auto-évaluation."),
    )
    criteria = SeveralBlock(
        CriterionBlock(),
        label=_("Grille"),
        required=False,
        default=[],
        max_num=10,
        help_text=_("Les points de la grille sont rapportés aux points de la question."),
    )

    class Meta:
        label = _("Réponse ouverte")
        group = _WRITE
        icon = "draft"


# -- Looking, placing oneself --------------------------------------------------------------------------------------


def _side(label: Any, default: int) -> NumberBlock:
    return NumberBlock(
        label=label,
        default=Decimal(default),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        max_digits=5,
    )


class ZonesBlock(SeveralBlock):
    """The zones of an image: none to begin with, they are drawn on it."""

    def get_default(self) -> Any:
        """Return no zone."""
        return self.empty_value()


class _ZonesAdapter(ListBlockAdapter):
    def js_args(self, block: ZonesBlock) -> list[Any]:
        """Let a list that is still empty wait without a complaint; saving checks the number of zones."""
        *others, meta = super().js_args(block)
        return [*others, {**meta, "minNum": None}]


register(_ZonesAdapter(), ZonesBlock)


class ZoneBlock(blocks.StructBlock):
    """A place of the image. Distances are in percent of its width and height."""

    label = blocks.CharBlock(
        label=_("Ce que montre la zone"),
        max_length=200,
        help_text=_("Proposé dans une liste à qui ne peut pas montrer du doigt : décrivez sans donner la réponse."),
    )
    correct = blocks.BooleanBlock(label=_("À trouver"), required=False)
    shape = blocks.ChoiceBlock(
        label=_("Forme"), choices=[("rect", _("Rectangle")), ("ellipse", _("Ellipse"))], default="rect"
    )
    x = _side(_("Depuis la gauche (%)"), 40)
    y = _side(_("Depuis le haut (%)"), 40)
    width = _side(_("Largeur (%)"), 20)
    height = _side(_("Hauteur (%)"), 20)
    feedback = _feedback()

    class Meta:
        label = _("Zone")
        form_classname = "struct-block question-row"
        label_format = "{label}"


class HotspotBlock(_Scored, QuestionBlock):
    """Point at what is asked on an image."""

    kind = Kind.HOTSPOT
    image: Any = None  # the image to point at is the question's own
    picture = ImageBlock(label=_("Image à montrer du doigt"))
    zones = ZonesBlock(
        ZoneBlock(),
        label=_("Zones"),
        min_num=2,
        max_num=12,
        help_text=_("Celles à trouver, et d'autres pour que la liste ne donne pas la réponse."),
    )

    class Meta:
        label = _("Zone sur image")
        group = _LOOK
        icon = "crosshairs"
        form_classname = "struct-block question-block hotspot-question"
        help_text = _(
            "Barème : chaque zone trouvée ajoute une part égale des points, chaque zone fausse et chaque clic à côté "
            "en retire autant, sans descendre sous zéro."
        )


class _HotspotAdapter(StructBlockAdapter):
    js_constructor = "courses.questions.HotspotBlock"

    def js_args(self, block: HotspotBlock) -> list[Any]:
        """Say where the chosen image is found, in a size to draw on. 0 stands for its id."""
        *others, meta = super().js_args(block)
        return [*others, {**meta, "pictureUrl": reverse("question_picture", args=[0])}]

    @cached_property
    def media(self) -> forms.Media:
        """The script that draws zones, after those of the blocks."""
        own = forms.Media(js=["js/admin-hotspot.js"], css={"all": ["css/admin-questions.css"]})
        return super().media + own


register(_HotspotAdapter(), HotspotBlock)


class ScaleBlock(_Help, QuestionBlock):
    """Place oneself on a scale."""

    kind = Kind.SCALE
    levels = SeveralBlock(
        blocks.CharBlock(label=_("Niveau"), max_length=200),
        label=_("Niveaux, du plus bas au plus haut"),
        min_num=2,
        max_num=10,
    )

    class Meta:
        label = _("Auto-positionnement")
        group = _SELF
        icon = "sliders"
        help_text = _("Sans points : la personne dit où elle en est. Utile avant et après un module.")


# -- Streams -------------------------------------------------------------------------------------------------------


class AnyQuestionBlock(blocks.StreamBlock):
    """Every kind of question."""

    single = SingleChoiceBlock()
    multiple = MultipleChoiceBlock()
    true_false = TrueFalseBlock()
    matching = MatchingBlock()
    ordering = OrderingBlock()
    categorize = CategorizeBlock()
    gap_text = GapTextBlock()
    short_answer = ShortAnswerBlock()
    numerical = NumericalBlock()
    hotspot = HotspotBlock()
    open = OpenBlock()
    scale = ScaleBlock()


class CaseBlock(blocks.StructBlock):
    """One situation and several questions about it."""

    title = blocks.CharBlock(label=_("Titre"), max_length=150)
    text = blocks.TextBlock(label=_("La situation"), help_text=_("En Markdown. Montrée avec chacune des questions."))
    image = IllustrationBlock(label=_("Image"), required=False)
    questions = AnyQuestionBlock(label=_("Questions"), min_num=1, max_num=20)

    class Meta:
        label = _("Étude de cas")
        group = _LOOK
        icon = "doc-full"
        template = "questions/question.html"


class QuestionsBlock(AnyQuestionBlock):
    """The questions of a quiz, and cases that hold several."""

    case = CaseBlock()
