"""What members report and what moderators decide, checked."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.models import User

from .forms import TitleField
from .models import Category, ModerationAction, Post, Report, Topic
from .moderating import SANCTIONS, Decision, decisions_for
from .rights import rights_of

REASON_MAX_LENGTH = 1000
_TOPIC_ADDRESS = re.compile(r"(?:^|/sujet/)\s*(\d{1,18})(?:\D|$)", re.ASCII)


class ReportForm(forms.Form):
    """Why a post should be read by a moderator."""

    reason = forms.ChoiceField(
        label=_("Pourquoi ?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites pourquoi vous signalez ce message.")},
    )
    text = forms.CharField(
        label=_("Précisions"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Le passage en cause, ce que vous savez : le modérateur décidera plus vite et mieux."),
    )

    def clean(self) -> dict[str, Any]:
        """«Autre raison» alone says nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == Report.Reason.OTHER and not cleaned.get("text"):
            self.add_error("text", _("Dites en quelques mots ce qui ne va pas."))
        return cleaned


class ReasonField(forms.CharField):
    """Why a moderator does it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Raison"),
            max_length=REASON_MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"required": _("Dites pourquoi : la personne concernée le lira.")},
            **kwargs,
        )


class DecisionForm(forms.Form):
    """What becomes of a post and of its author."""

    decision = forms.ChoiceField(label=_("Pour le message"), widget=forms.RadioSelect)
    sanction = forms.ChoiceField(label=_("Pour son auteur"), required=False)
    reason = ReasonField(
        required=False,
        help_text=_("Il en faut une pour masquer, avertir ou suspendre. L'auteur du message la lit."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    back = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, post: Post, is_reported: bool, may_suspend: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decision, sanction = self.fields["decision"], self.fields["sanction"]
        assert isinstance(decision, forms.ChoiceField)  # noqa: S101  (for the type checker)
        assert isinstance(sanction, forms.ChoiceField)  # noqa: S101
        allowed = decisions_for(post, is_reported=is_reported)
        # Any of them is taken: one that no longer fits is told as what it is, something settled meanwhile.
        decision.choices = Decision.choices if self.is_bound else [(each.value, each.label) for each in allowed]
        if not post.anonymous and post.author_id is None:
            del self.fields["sanction"]
        elif not may_suspend:
            sanction.choices = [(key, label) for key, label in SANCTIONS.items() if not key.isdigit()]
            sanction.help_text = _("Pour suspendre l'auteur d'un message anonyme, il faut d'abord lever l'anonymat.")
        else:
            sanction.choices = list(SANCTIONS.items())

    def clean(self) -> dict[str, Any]:
        """What hurts needs a reason."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("decision") == Decision.HIDE or cleaned.get("sanction")) and not cleaned.get("reason"):
            self.add_error("reason", self.fields["reason"].error_messages["required"])
        return cleaned


class ReasonForm(forms.Form):
    """A reason, and nothing else."""

    reason = ReasonField()


class RetitleForm(forms.Form):
    """Another title and other tags."""

    title = TitleField()
    tags = forms.CharField(
        label=_("Étiquettes"),
        required=False,
        max_length=250,
        help_text=_("Cinq au plus, séparées par des virgules."),
    )
    reason = ReasonField(required=False)

    def clean_tags(self) -> list[str]:
        """Return the tags one by one."""
        return [" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


class MoveForm(forms.Form):
    """Another category."""

    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Nouvelle catégorie"), empty_label=_("Choisissez…")
    )
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, topic: Topic, moderator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        moderated = [each.pk for each in rights_of(moderator).moderated_categories if each.pk != topic.category_id]
        field.queryset = Category.objects.filter(pk__in=moderated)


class SplitForm(forms.Form):
    """Replies of a topic, and the title of the one that they make."""

    title = TitleField()
    kind = forms.ChoiceField(
        label=_("Type"),
        choices=[(kind.value, kind.label) for kind in Topic.Kind if kind != Topic.Kind.ANNOUNCEMENT],
        initial=Topic.Kind.DISCUSSION,
    )
    posts = forms.ModelMultipleChoiceField(
        Post.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Cochez au moins un message."),
            "invalid_choice": _("Un des messages n'est plus dans cette discussion : regardez de nouveau."),
        },
    )
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["posts"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = topic.posts.readable().filter(opening=False)


class OtherTopicForm(forms.Form):
    """The topic to merge with, by its address or its number."""

    other = forms.CharField(
        label=_("Adresse de l'autre discussion"),
        max_length=300,
        help_text=_("Copiez-la depuis la barre d'adresse, par exemple https://…/forum/sujet/123-son-titre/."),
        error_messages={"required": _("Copiez ici l'adresse de l'autre discussion.")},
    )

    def __init__(self, *args: Any, topic: Topic, moderator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic, self.moderator = topic, moderator

    def clean_other(self) -> Topic:
        """Return the topic, which the person must moderate."""
        match = _TOPIC_ADDRESS.search(self.cleaned_data["other"])
        found = match and Topic.objects.select_related("category").filter(pk=int(match[1])).first()
        if not found or not rights_of(self.moderator).moderates(found.category_id):
            raise ValidationError(_("Aucune discussion que vous modérez n'est à cette adresse."))
        if found.pk == self.topic.pk:
            raise ValidationError(_("C'est l'adresse de cette discussion : il faut celle d'une autre."))
        if found.hidden or found.merged_into_id:
            raise ValidationError(_("Cette discussion est masquée ou déjà réunie avec une autre."))
        return found


class LogFilterForm(forms.Form):
    """What of the log to show."""

    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Catégorie"), required=False, to_field_name="slug", empty_label=_("Toutes")
    )
    kind = forms.ChoiceField(
        label=_("Action"), required=False, choices=[("", _("Toutes")), *ModerationAction.Kind.choices]
    )

    def __init__(self, *args: Any, moderator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = Category.objects.filter(pk__in=[c.pk for c in rights_of(moderator).moderated_categories])
