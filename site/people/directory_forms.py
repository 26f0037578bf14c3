"""Forms of the directory: one's entry, a search, a message, a request to join."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from . import directory_services
from .directory import Search
from .directory_models import (
    MESSAGE_MAX_LENGTH,
    PRESENTATION_MAX_LENGTH,
    SKILL_MAX_LENGTH,
    DirectoryEntry,
)
from .models import Territory, Trade, User
from .text import search_key

SKILLS_AT_MOST = 15


class TextField(forms.CharField):
    """A text of several lines. A line break counts once, though the browser sends two characters."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text with its line breaks made one."""
        return super().to_python(value.replace("\r\n", "\n") if value else value) or ""


class EntryForm(forms.Form):
    """What the other members see of me: nothing, unless I say so, field by field."""

    listed = forms.BooleanField(
        label=_("Je veux être dans l'annuaire"),
        required=False,
        help_text=_("Sans cette case, rien n'est montré, quoi que vous cochiez plus bas."),
    )
    show_name = forms.BooleanField(label=_("Montrer mon nom"), required=False)
    show_job = forms.BooleanField(label=_("Montrer ma fonction"), required=False)
    show_structure = forms.BooleanField(label=_("Montrer ma structure"), required=False)
    show_place = forms.ChoiceField(
        label=_("Mon territoire"), required=False, choices=DirectoryEntry.Place, widget=forms.RadioSelect
    )
    presentation = TextField(
        label=_("Présentation"),
        required=False,
        max_length=PRESENTATION_MAX_LENGTH,
        rows=4,
        help_text=_("Ce que vous faites, ce que vous pouvez apporter, ce que vous cherchez. 800 caractères au plus."),
    )
    show_presentation = forms.BooleanField(label=_("Montrer ma présentation"), required=False)
    trades = forms.ModelMultipleChoiceField(
        label=_("Filières"), required=False, queryset=Trade.objects.all(), widget=forms.CheckboxSelectMultiple
    )
    show_trades = forms.BooleanField(label=_("Montrer mes filières"), required=False)
    skills = forms.CharField(
        label=_("Savoir-faire"),
        required=False,
        max_length=1000,
        help_text=_("Séparés par des virgules : soudure, tri des textiles, taille douce. Quinze au plus."),
    )
    show_skills = forms.BooleanField(label=_("Montrer mes savoir-faire"), required=False)
    accepts_contact = forms.BooleanField(
        label=_("Recevoir des messages des membres"),
        required=False,
        help_text=_("Ils passent par le site : votre adresse e-mail n'est jamais donnée."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        self.user = user
        entry = DirectoryEntry.objects.filter(pk=user.pk).first()
        initial: dict[str, Any] = {}
        if entry:
            initial = {name: getattr(entry, name) for name in self.base_fields if name not in {"skills", "trades"}}
            initial["trades"] = list(entry.trades.all())
            initial["skills"] = ", ".join(skill.name for skill in entry.skills.all())
        super().__init__(data, initial=initial)

    def clean_skills(self) -> list[str]:
        """Return the skills, each said once, however it is spelt."""
        names = [" ".join(name.split()) for name in self.cleaned_data["skills"].replace("\n", ",").split(",")]
        skills = {search_key(name): name for name in reversed(names) if search_key(name)}
        if any(len(name) > SKILL_MAX_LENGTH or len(key) > 2 * SKILL_MAX_LENGTH for key, name in skills.items()):
            raise ValidationError(_("Un savoir-faire a 60 caractères au plus : séparez-les par des virgules."))
        if len(skills) > SKILLS_AT_MOST:
            raise ValidationError(_("Quinze savoir-faire au plus : gardez ceux pour lesquels on peut vous appeler."))
        return list(reversed(skills.values()))

    def save(self) -> DirectoryEntry:
        """Write the entry."""
        return directory_services.save_entry(self.user, **self.cleaned_data)


class SearchForm(forms.Form):
    """What is looked for in the directory. An unknown value counts for nothing."""

    q = forms.CharField(label=_("Mots"), required=False, max_length=100)
    territoire = forms.CharField(label=_("Territoire"), required=False)
    filiere = forms.ModelChoiceField(
        Trade.objects.all(), label=_("Filière"), required=False, to_field_name="slug", empty_label=_("Toutes")
    )
    savoir_faire = forms.CharField(label=_("Savoir-faire"), required=False, max_length=SKILL_MAX_LENGTH)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        regions: dict[int, tuple[Territory, list[Territory]]] = {}
        territories = list(Territory.objects.order_by("code"))
        for territory in territories:
            if territory.parent_id is None:
                regions[territory.pk] = (territory, [])
        for territory in territories:
            if territory.parent_id is not None:
                regions[territory.parent_id][1].append(territory)
        self._territories = {_territory_code(territory): territory for territory in territories}
        choices: list[Any] = [("", _("Toute la France"))]
        for region, departments in sorted(regions.values(), key=lambda pair: search_key(pair[0].name)):
            options = [(_territory_code(department), str(department)) for department in departments]
            choices.append((region.name, [(_territory_code(region), _("Toute la région")), *options]))
        self.fields["territoire"].widget = forms.Select(choices=choices)

    def search(self) -> Search:
        """Return what is looked for, without what isn't known."""
        self.is_valid()
        data = self.cleaned_data
        return Search(
            territory=self._territories.get(data.get("territoire") or ""),
            trade=data.get("filiere"),
            skill=data.get("savoir_faire") or "",
            words=data.get("q") or "",
        )


def _territory_code(territory: Territory) -> str:
    return f"{territory.kind[0]}{territory.code}"


class MessageForm(forms.Form):
    """A message to a member. `submission` names this form, so that sending it twice is sending it once."""

    text = TextField(
        label=_("Votre message"),
        max_length=MESSAGE_MAX_LENGTH,
        rows=8,
        error_messages={"required": _("Écrivez votre message.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ReportForm(forms.Form):
    """Why a message is reported."""

    reason = TextField(
        label=_("Que se passe-t-il ?"),
        max_length=500,
        rows=3,
        help_text=_("Insultes, publicité, harcèlement… L'équipe de modération lira ce message et ce que vous écrivez."),
        error_messages={"required": _("Dites en quelques mots ce qui ne va pas.")},
    )


class JoinForm(forms.Form):
    """A request to join a network."""

    message = TextField(
        label=_("Votre mot d'accompagnement"),
        required=False,
        max_length=500,
        rows=3,
        help_text=_("Qui vous êtes, où vous travaillez. Les personnes qui animent le réseau le liront avec votre nom."),
    )
