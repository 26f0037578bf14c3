"""The questions of a quiz: written there, or drawn from a bank each time that someone starts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.snippets.blocks import SnippetChooserBlock
from wagtail.snippets.widgets import AdminSnippetChooser

from courses.questions.blocks import QuestionsBlock, competence_choices

DRAW = "draw"


class BankChooser(AdminSnippetChooser):
    """Choose a bank, in plain French, and see how many questions it offers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choose_one_text = _("Choisir une banque")
        self.choose_another_text = _("Choisir une autre banque")
        self.link_to_chosen_text = _("Modifier cette banque")

    def get_display_title(self, instance: Any) -> str:
        """Return the title of the bank with the number of its questions."""
        number = instance.questions.drawable().count()
        count = ngettext("%(number)d question", "%(number)d questions", number) % {"number": number}
        return f"{instance} ({count})"


class BankChooserBlock(SnippetChooserBlock):
    """A bank."""

    @cached_property
    def widget(self) -> BankChooser:
        """The field to choose it with."""
        return BankChooser(model=self.target_model, icon="folder-open-inverse")

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Stand in migrations as what it is stored like."""
        _path, args, kwargs = super().deconstruct()
        return "wagtail.snippets.blocks.SnippetChooserBlock", args, kwargs


class DrawBlock(blocks.StructBlock):
    """Draw questions at random from a bank, anew for each attempt."""

    bank = BankChooserBlock("quizzes.QuestionBank", label=_("Banque de questions"))
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
        if self.is_deferred_validation:
            return cleaned
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
