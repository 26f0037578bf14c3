"""The questions of a quiz: written there, or drawn from a bank each time that someone starts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.snippets.blocks import SnippetChooserBlock

from courses.questions.blocks import QuestionsBlock, competence_choices

DRAW = "draw"


class DrawBlock(blocks.StructBlock):
    """Draw questions at random from a bank, anew for each attempt."""

    bank = SnippetChooserBlock("quizzes.QuestionBank", label=_("Banque de questions"))
    count = blocks.IntegerBlock(label=_("Nombre de questions à tirer"), default=5, min_value=1, max_value=100)
    competence = blocks.ChoiceBlock(
        label=_("Compétence"),
        choices=competence_choices,
        required=False,
        help_text=_("Facultatif : ne tirer que parmi les questions de cette compétence."),
    )

    class Meta:
        label = _("Tirage dans une banque")
        group = _("Banque")
        icon = "rotate"
        template = "questions/question.html"

    def clean(self, value: Any) -> Any:
        """Refuse a draw of more questions than the bank holds."""
        cleaned = super().clean(value)
        available = cleaned["bank"].questions.drawable(cleaned["competence"]).count()
        if available < cleaned["count"]:
            message = _("La banque n'a que %(available)d question(s) utilisables ici : tirez-en moins, ou ajoutez-en.")
            raise StructBlockValidationError(
                block_errors={"count": ValidationError(message, params={"available": available})}
            )
        return cleaned


class QuizBlock(QuestionsBlock):
    """The questions of a quiz, in order."""

    draw = DrawBlock()
