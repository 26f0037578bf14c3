"""What people send to the forum, checked."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pages.markdown import plain_text, render_markdown

from .models import BODY_MAX_LENGTH, TITLE_MAX_LENGTH, TITLE_MIN_LENGTH, Category


class TitleField(forms.CharField):
    """A title on one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Titre"),
            min_length=TITLE_MIN_LENGTH,
            max_length=TITLE_MAX_LENGTH,
            help_text=_(
                "Dites le problème en une phrase, par exemple : « Faire respecter les pauses sur un chantier »."
            ),
            error_messages={
                "required": _("Écrivez un titre."),
                "min_length": _("Écrivez un titre d'au moins %(limit_value)d caractères."),
                "max_length": _("Ce titre est trop long : %(limit_value)d caractères au plus."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """Count and keep single spaces only."""
        return " ".join((super().to_python(value) or "").split())


class BodyField(forms.CharField):
    """A message in Markdown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Message"),
            max_length=BODY_MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": 8}),
            help_text=_(
                "Laissez une ligne vide entre deux paragraphes. **gras**, - pour une liste, > pour citer quelqu'un."
            ),
            error_messages={
                "required": _("Écrivez quelque chose avant de publier."),
                "max_length": _("Ce message est trop long : %(limit_value)d caractères au plus."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """Count a line break once, as the browser does, though it sends two characters."""
        return super().to_python(value.replace("\r\n", "\n") if value else value)

    def validate(self, value: Any) -> None:
        """Refuse what shows nothing once rendered: spaces, invisible characters, tags alone."""
        super().validate(value)
        shown = plain_text(render_markdown(value, untrusted=True))
        # Categories Z and C are spaces and invisible characters.
        if all(unicodedata.category(character)[0] in "ZC" for character in shown):
            raise ValidationError(self.error_messages["required"], code="required")


class ReplyForm(forms.Form):
    """A reply. `submission` names this form, so that sending it twice is sending it once."""

    body = BodyField()
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class TopicForm(forms.Form):
    """A new topic with its first message."""

    title = TitleField()
    category = forms.ModelChoiceField(
        Category.objects.all(), label=_("Catégorie"), to_field_name="slug", empty_label=_("Choisissez…")
    )
    body = BodyField()
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class EditForm(forms.Form):
    """A changed message."""

    body = BodyField()


class EditOpeningForm(EditForm):
    """A changed first message, which has the topic's title with it."""

    title = TitleField()
    field_order = ["title", "body"]
