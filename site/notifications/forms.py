"""How a person wants to be told of things."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from people.models import User

from .models import Cadence, Preference, Rhythm
from .registry import Kind, kinds
from .services import choose, choose_rhythm


class PreferencesForm(forms.Form):
    """For each kind: shown in the site or not, and when by e-mail; then the summaries."""

    weekly_day = forms.TypedChoiceField(label=_("Jour du résumé de la semaine"), choices=Rhythm.Day.choices, coerce=int)
    digest = forms.ChoiceField(
        label=_("Ce qui bouge dans mon territoire"),
        choices=[choice for choice in Cadence.choices if choice[0] != Cadence.NOW],
        help_text=_("Les nouvelles discussions de votre département et de votre région, par e-mail."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        self.user = user
        rhythm = Rhythm.objects.filter(user=user).first() or Rhythm(user=user)
        super().__init__(data, initial={"weekly_day": rhythm.weekly_day, "digest": rhythm.digest})
        chosen = {row.kind: row for row in Preference.objects.filter(user=user)}
        for kind in kinds():
            preference = chosen.get(kind.code)
            self.fields[f"{kind.code}:mail"] = forms.ChoiceField(
                label=_("Par e-mail"),
                choices=Cadence.choices,
                initial=preference.cadence if preference else kind.default,
            )
            if not kind.required:
                self.fields[f"{kind.code}:site"] = forms.BooleanField(
                    label=_("Sur le site"), required=False, initial=preference.in_site if preference else True
                )

    @property
    def rows(self) -> list[tuple[Kind, Any, Any]]:
        """The kinds, each with its field of e-mails and, where there is a choice, its box for the site."""
        return [
            (kind, self[f"{kind.code}:mail"], None if kind.required else self[f"{kind.code}:site"]) for kind in kinds()
        ]

    @transaction.atomic
    def save(self) -> None:
        """Write what differs from what is there."""
        for kind in kinds():
            choose(
                self.user,
                kind.code,
                in_site=kind.required or self.cleaned_data[f"{kind.code}:site"],
                cadence=self.cleaned_data[f"{kind.code}:mail"],
            )
        choose_rhythm(self.user, weekly_day=self.cleaned_data["weekly_day"], digest=self.cleaned_data["digest"])
