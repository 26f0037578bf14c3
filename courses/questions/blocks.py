"""The questions that an editor writes, as StreamField blocks, and their conversion to what grading knows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from people.text import search_key

from .grading import Kind, Option, Question

TRUE_ID, FALSE_ID = "true", "false"


class OptionBlock(blocks.StructBlock):
    """One possible answer; its block id is the option's id, stable from one revision to the next."""

    text = blocks.CharBlock(label=_("Réponse"), max_length=300)
    correct = blocks.BooleanBlock(label=_("Bonne réponse"), required=False)
    feedback = blocks.CharBlock(
        label=_("Retour"),
        required=False,
        max_length=400,
        help_text=_("Montré à qui a choisi cette réponse, une fois corrigée."),
    )

    class Meta:
        label = _("Réponse")
        icon = "check"


class QuestionBlock(blocks.StructBlock):
    """What every kind of question has. The right answers never leave the server before the answer is given."""

    kind: Kind

    text = blocks.TextBlock(label=_("Question"), help_text=_("Markdown en ligne : **gras**, *italique*."))
    image = ImageBlock(label=_("Image"), required=False)

    class Meta:
        icon = "help"
        template = "questions/question.html"


class _QuestionEnd(blocks.StructBlock):
    explanation = blocks.TextBlock(
        label=_("Explication"),
        help_text=_("Pourquoi la bonne réponse est la bonne. Montrée à tous après la réponse."),
    )
    worth = blocks.DecimalBlock(
        label=_("Points"),
        default=Decimal(1),
        min_value=Decimal("0.25"),
        max_value=Decimal(20),
        decimal_places=2,
        max_digits=4,
    )
    lesson = blocks.PageChooserBlock(label=_("Leçon à relire"), required=False, page_type="catalog.LessonPage")
    competences = blocks.ListBlock(
        blocks.CharBlock(label=_("Code"), max_length=10),
        label=_("Compétences"),
        required=False,
        default=[],
        help_text=_("Codes du référentiel, par exemple A2.2."),
    )


def _option_faults(value: Any, *, several: bool) -> ValidationError | None:
    options = value["options"]
    right = sum(bool(option["correct"]) for option in options)
    if not right:
        return ValidationError(_("Cochez la bonne réponse : aucune ne l'est."))
    if not several and right > 1:
        return ValidationError(_("Une seule bonne réponse ici. Pour plusieurs, utilisez « Choix multiple »."))
    if several and right == len(options):
        return ValidationError(_("Ajoutez au moins une mauvaise réponse."))
    if len({search_key(option["text"]) for option in options}) < len(options):
        return ValidationError(_("Deux réponses ont le même texte."))
    return None


class ChoiceBlock(QuestionBlock):
    """A question with options to choose from."""

    options = blocks.ListBlock(OptionBlock(), label=_("Réponses possibles"), min_num=2, max_num=8)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if fault := _option_faults(cleaned, several=self.kind is Kind.MULTIPLE):
            raise StructBlockValidationError(
                block_errors={"options": ListBlockValidationError(non_block_errors=[fault])}
            )
        return cleaned


class SingleChoiceBlock(_QuestionEnd, ChoiceBlock):
    """One right option."""

    kind = Kind.SINGLE

    class Meta:
        label = _("Choix unique")
        icon = "radio-full"
        template = "questions/question.html"


class MultipleChoiceBlock(_QuestionEnd, ChoiceBlock):
    """Several right options."""

    kind = Kind.MULTIPLE

    class Meta:
        label = _("Choix multiple")
        icon = "tasks"
        template = "questions/question.html"
        help_text = _(
            "Barème : chaque bonne réponse cochée ajoute une part égale des points, chaque mauvaise réponse cochée en "
            "retire autant, sans descendre sous zéro. Tout cocher ne rapporte donc pas tout."
        )


class TrueFalseBlock(_QuestionEnd, QuestionBlock):
    """A statement that is true or false."""

    kind = Kind.TRUE_FALSE

    answer = blocks.ChoiceBlock(
        label=_("L'affirmation est"), choices=[(TRUE_ID, _("Vraie")), (FALSE_ID, _("Fausse"))], default=TRUE_ID
    )
    feedback_true = blocks.CharBlock(label=_("Retour à qui répond « Vrai »"), required=False, max_length=400)
    feedback_false = blocks.CharBlock(label=_("Retour à qui répond « Faux »"), required=False, max_length=400)

    class Meta:
        label = _("Vrai ou faux")
        icon = "circle-check"
        template = "questions/question.html"


class QuestionsBlock(blocks.StreamBlock):
    """The questions of a quiz. The id of each block is the id of the question."""

    single = SingleChoiceBlock()
    multiple = MultipleChoiceBlock()
    true_false = TrueFalseBlock()


def question_from_block(block_id: str, block_type: str, value: Any) -> Question:
    """Return the question that a block describes. `value` is the StructValue of one of the blocks above."""
    kind = Kind(block_type)
    if kind is Kind.TRUE_FALSE:
        options: tuple[Option, ...] = tuple(
            Option(option_id, label, value["answer"] == option_id, value[f"feedback_{option_id}"] or "")
            for option_id, label in ((TRUE_ID, "Vrai"), (FALSE_ID, "Faux"))
        )
    else:
        options = tuple(
            Option(child.id, child.value["text"], bool(child.value["correct"]), child.value["feedback"] or "")
            for child in value["options"].bound_blocks
        )
    return Question(
        id=block_id,
        kind=kind,
        text=value["text"],
        options=options,
        worth=Decimal(value["worth"] or 1),
        explanation=value["explanation"],
        lesson_id=value["lesson"].pk if value["lesson"] else None,
        competence_codes=tuple(value["competences"] or ()),
    )


def questions_from_stream(stream: Iterable[Any]) -> list[Question]:
    """Return the questions of a StreamValue, in order."""
    return [question_from_block(child.id, child.block_type, child.value) for child in stream]
