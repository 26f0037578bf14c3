"""What a lesson may hold: the shared blocks, and one question at a time to check oneself."""

from django.utils.translation import gettext_lazy as _

from courses.questions.blocks import MultipleChoiceBlock, SingleChoiceBlock, TrueFalseBlock
from pages.blocks import ContentBlock

CHECK_GROUP = _("Vérifiez-vous (sans note)")


class LessonBlock(ContentBlock):
    """The body of a lesson."""

    single = SingleChoiceBlock(group=CHECK_GROUP)
    multiple = MultipleChoiceBlock(group=CHECK_GROUP)
    true_false = TrueFalseBlock(group=CHECK_GROUP)
