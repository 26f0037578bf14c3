"""Forms of the front site: the sheet, a photo, a trial."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.catalog.models import Competence
from people.models import Territory, Trade

from .drafts import is_blank, kept_steps
from .models import (
    STEP_TEXT_LENGTH,
    STEP_TITLE_LENGTH,
    TITLE_MAX_LENGTH,
    TITLE_MIN_LENGTH,
    SheetPage,
    SheetPhoto,
    Trial,
)
from .photos import clean_photo


def _limit(name: str) -> int:
    return SheetPage._meta.get_field(name).max_length or 0


def _text(name: str, label: Any, help_text: Any, *, required: bool = True, rows: int = 4) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "sheet-text"})
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=_limit(name), widget=widget, strip=True
    )


def _line(name: str, label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=_limit(name))


def territory_choices() -> list[tuple[Any, Any]]:
    """Return the territories of a list: none, the régions, the départements."""
    groups: dict[str, list[tuple[int, str]]] = {Territory.Kind.REGION: [], Territory.Kind.DEPARTMENT: []}
    for territory in Territory.objects.order_by("name"):
        groups[territory.kind].append((territory.pk, str(territory)))
    return [
        ("", _("Partout, ou pas de lieu précis")),
        (_("Régions"), groups[Territory.Kind.REGION]),
        (_("Départements"), groups[Territory.Kind.DEPARTMENT]),
    ]


class SheetForm(forms.Form):
    """All of a sheet but its steps and photos. Its values are checked when the sheet is sent, not before."""

    use_required_attribute = False

    title = forms.CharField(
        label=_("Titre"),
        min_length=TITLE_MIN_LENGTH,
        max_length=TITLE_MAX_LENGTH,
        help_text=_("Ce qu'on fait, avec un verbe. Exemple : « Lancer la journée par un échauffement »."),
    )
    summary = _line("summary", _("En une phrase"), _("À quoi ça sert, pour qui cherche dans la liste."))
    context = _text("context", _("Contexte"), _("Votre activité, l'équipe, le lieu. Aucun nom de salarié."))
    audience = _text("audience", _("Public"), _("Pour qui c'est fait : salariés débutants, équipe mixte…"), rows=2)
    problem = _text("problem", _("Problème"), _("Ce qui n'allait pas, ce que vous vouliez changer."), rows=3)
    materials = _text(
        "materials", _("Matériel"), _("Un élément par ligne, avec les quantités."), required=False, rows=3
    )
    cost = _line("cost", _("Coût et temps"), _("À peu près. Exemple : 40 € et une matinée."), required=False)
    safety = _text(
        "safety",
        _("Sécurité"),
        _("Les risques et ce qui protège. S'il n'y en a pas de particulier, dites-le."),
        rows=3,
    )
    before = _text(
        "before", _("Avant"), _("Comment c'était, avec un chiffre si vous en avez un."), required=False, rows=3
    )
    after = _text("after", _("Ce qui a changé"), _("Ce qui va mieux, ce qui reste difficile."), rows=3)
    reproducible = _text(
        "reproducible", _("Qui peut le refaire"), _("À quelles conditions, avec quelles compétences."), rows=2
    )
    sources = _text(
        "sources",
        _("Sources"),
        _("Textes, guides, sites : un par ligne. À donner dès que vous citez une règle ou un chiffre."),
        required=False,
        rows=2,
    )
    contact_mode = forms.ChoiceField(
        label=_("Qui veut en savoir plus peut…"),
        choices=[
            (SheetPage.Contact.NONE, _("Me poser une question sur le forum, sans plus")),
            (SheetPage.Contact.FORM, _("M'écrire par le site, sans voir mon adresse")),
            (SheetPage.Contact.SHOWN, _("Voir les coordonnées que j'écris ci-dessous")),
        ],
        widget=forms.RadioSelect,
    )
    contact = _line(
        "contact",
        _("Coordonnées montrées"),
        _("Seulement si vous avez choisi de les montrer. Tout le monde les verra, avec ou sans compte."),
        required=False,
    )
    trades = forms.ModelMultipleChoiceField(
        label=_("Filières"),
        queryset=Trade.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    territory = forms.ModelChoiceField(label=_("Territoire"), queryset=Territory.objects.all(), required=False)
    competences = forms.ModelMultipleChoiceField(
        label=_("Compétences du référentiel"),
        queryset=Competence.objects.filter(parent__isnull=False).order_by("referential", "position"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    co_authors = forms.CharField(
        label=_("Avec qui"),
        required=False,
        max_length=300,
        help_text=_("Les autres personnes à citer comme auteurs, si elles sont d'accord, séparées par des virgules."),
    )
    credit_me = forms.BooleanField(label=_("Me citer parmi les auteurs"), required=False)
    destination = forms.ChoiceField(
        label=_("À qui l'envoyer"),
        widget=forms.RadioSelect,
        help_text=_("Ses relecteurs lisent votre fiche, vous répondent, et la publient sous le nom de ce réseau."),
    )
    change_note = _line("change_note", _("Ce qui change dans cette version"), required=False)
    licence = forms.BooleanField(
        label=_("J'accepte que la fiche et ses photos soient publiées sous licence CC BY-SA 4.0"),
        error_messages={"required": _("Sans votre accord, la fiche ne peut pas être publiée.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        places: Sequence[tuple[str, str]] = (),
        sent: bool = False,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        territory = self.fields["territory"]
        assert isinstance(territory, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        territory.choices = territory_choices()
        if sent:
            del self.fields["destination"]
        else:
            destination = self.fields["destination"]
            assert isinstance(destination, forms.ChoiceField)  # noqa: S101  (for the type checker)
            destination.choices = list(places)

    def clean(self) -> dict[str, Any]:
        """Coordinates are asked for where they are to be shown, and kept nowhere else."""
        data = super().clean() or self.cleaned_data
        if data.get("contact_mode") == SheetPage.Contact.SHOWN:
            if not data.get("contact"):
                self.add_error("contact", _now("Écrivez les coordonnées à montrer, ou choisissez une autre façon."))
        else:
            data["contact"] = ""
        if not data.get("credit_me") and data.get("contact_mode") == SheetPage.Contact.FORM:
            self.add_error("contact_mode", _now("On ne peut vous écrire que si la fiche vous cite."))
        return data


def step_faults(steps: Sequence[Mapping[str, str]]) -> dict[int, str]:
    """Return what is wrong with each step, by its place from 0; under -1 what is wrong with all of them."""
    faults: dict[int, str] = {}
    for place, step in enumerate(steps):
        if is_blank(step):
            continue
        if not step["title"].strip():
            faults[place] = _now("Dites en quelques mots ce qu'on fait à cette étape.")
        elif len(step["title"]) > STEP_TITLE_LENGTH:
            faults[place] = _now("Ce qu'on fait tient en %d caractères.") % STEP_TITLE_LENGTH
        elif len(step["text"]) > STEP_TEXT_LENGTH:
            faults[place] = _now("L'explication tient en %(limit)d caractères : elle en a %(length)d.") % {
                "limit": STEP_TEXT_LENGTH,
                "length": len(step["text"]),
            }
    if not kept_steps(steps):
        faults[-1] = _now("Il faut au moins une étape.")
    return faults


class PhotoForm(forms.Form):
    """A photo with what must be said before it is kept: what one sees, who is on it, what they agreed to."""

    use_required_attribute = False
    prefix = "photo"

    file = forms.FileField(
        label=_("Photo"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("15 Mo au plus. Le lieu et l'appareil inscrits dans le fichier sont effacés."),
    )
    alt = forms.CharField(
        label=_("Ce qu'on y voit"),
        max_length=200,
        help_text=_("Pour qui ne voit pas l'image. Exemple : un établi, les outils pendus à leur silhouette."),
    )
    caption = forms.CharField(label=_("Légende"), max_length=200, required=False)
    consent = forms.ChoiceField(
        label=_("Les personnes sur la photo"),
        choices=SheetPhoto.Consent.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Sans réponse, la photo ne peut pas être envoyée.")},
    )
    people = forms.CharField(
        label=_("Qui est sur la photo"),
        max_length=300,
        required=False,
        help_text=_("Lu par les relecteurs seulement, jamais publié."),
    )
    kept_where = forms.CharField(
        label=_("Où l'accord signé est gardé"),
        max_length=200,
        required=False,
        help_text=_("Exemple : classeur « droit à l'image », bureau de la structure."),
    )

    def clean_file(self) -> ContentFile[bytes]:
        """Return the cleaned photo."""
        return clean_photo(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        """Where people can be recognised, they are named, and their agreement is somewhere."""
        data = super().clean() or self.cleaned_data
        if data.get("consent") == SheetPhoto.Consent.WRITTEN:
            for name, message in (
                ("people", _now("Nommez chaque personne que l'on reconnaît.")),
                ("kept_where", _now("Dites où l'accord signé est gardé : on peut vous le demander.")),
            ):
                if not data.get(name):
                    self.add_error(name, message)
        elif data.get("consent"):
            data["people"] = data["kept_where"] = ""
        return data


class TrialForm(forms.Form):
    """How a trial went."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=_("Chez vous…"),
        choices=Trial.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si ça a marché, en partie, ou pas.")},
    )
    place = forms.CharField(
        label=_("Où"),
        max_length=150,
        required=False,
        help_text=_("Votre structure ou votre territoire, si vous voulez le dire."),
    )
    adapted = forms.CharField(
        label=_("Ce que vous avez adapté"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "sheet-text"}),
    )
    story = forms.CharField(
        label=_("Ce qui s'est passé"),
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "sheet-text"}),
        help_text=_("Votre nom sera montré. N'écrivez le nom d'aucun salarié."),
    )


class BeginForm(forms.Form):
    """The start of a sheet: its title."""

    use_required_attribute = False

    title = forms.CharField(
        label=_("Titre de la fiche"),
        min_length=TITLE_MIN_LENGTH,
        max_length=TITLE_MAX_LENGTH,
        help_text=_("Ce qu'on fait, avec un verbe. Vous pourrez le changer."),
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, title: str = "") -> None:
        super().__init__(data, initial={"submission": uuid.uuid4(), "title": title[:TITLE_MAX_LENGTH]})
