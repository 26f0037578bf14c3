"""What a lesson may hold: the shared blocks, interactive contents, and one question at a time to check oneself."""

from django.utils.translation import gettext_lazy as _

from courses.interactive.packages.blocks import PackageBlock
from courses.questions.blocks import (
    CategorizeBlock,
    GapTextBlock,
    HotspotBlock,
    MatchingBlock,
    MultipleChoiceBlock,
    NumericalBlock,
    OrderingBlock,
    ShortAnswerBlock,
    SingleChoiceBlock,
    TrueFalseBlock,
)
from pages.blocks import ContentBlock

CHECK_GROUP = _("Vérifiez-vous (sans note)")
INTERACTIVE_GROUP = _("Activité interactive")


class LessonBlock(ContentBlock):
    """The body of a lesson. Its questions are of the kinds that are graded at once."""

    interactive = PackageBlock(group=INTERACTIVE_GROUP)
    single = SingleChoiceBlock(group=CHECK_GROUP)
    multiple = MultipleChoiceBlock(group=CHECK_GROUP)
    true_false = TrueFalseBlock(group=CHECK_GROUP)
    matching = MatchingBlock(group=CHECK_GROUP)
    ordering = OrderingBlock(group=CHECK_GROUP)
    categorize = CategorizeBlock(group=CHECK_GROUP)
    gap_text = GapTextBlock(group=CHECK_GROUP)
    short_answer = ShortAnswerBlock(group=CHECK_GROUP)
    numerical = NumericalBlock(group=CHECK_GROUP)
    hotspot = HotspotBlock(group=CHECK_GROUP)
