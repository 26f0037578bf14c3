"""What the editor of a quiz checks beyond the page itself: a quiz uses what its own federation wrote."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm

from .blocks import DRAW


class QuizPageForm(WagtailAdminPageForm):
    """The editing form of a quiz and of its previews: it knows where a new page will stand, the page does not."""

    def _post_clean(self) -> None:
        """Check the page as what is saved: a draft, or what is published."""
        self.instance.is_draft_check = self.is_deferred_validation
        super()._post_clean()

    def clean(self) -> dict[str, Any]:
        """Refuse the banks and the quizzes of other federations."""
        cleaned: dict[str, Any] = super().clean()
        federation_id = self.parent_page.specific.federation_id
        faults = []
        draws = [block.value["bank"] for block in cleaned.get("questions") or () if block.block_type == DRAW]
        if any(bank and bank.federation_id != federation_id for bank in draws):
            faults.append(_("Un tirage utilise une banque d'une autre fédération : choisissez une banque de la vôtre."))
        repeated = cleaned.get("repeats")
        if repeated and repeated.course.federation_id != federation_id:
            faults.append(_("Le positionnement repris est d'une autre fédération : choisissez-en un de la vôtre."))
        if faults:
            # Not an error of a field: the page would then be checked without it, and complain of that too.
            raise ValidationError(faults)
        return cleaned
