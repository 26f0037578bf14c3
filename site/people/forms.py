"""Forms about one's own account. The one of signing up is completed by allauth (e-mail, password)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from .models import NAME_KEY_LENGTH, Profile, Structure, Territory, User
from .services import save_profile
from .text import search_key

SUGGESTIONS = 300


class PersonNameField(forms.CharField):
    """A first or last name, as other members see it. An address in it would be an advertisement."""

    default_validators = [
        RegexValidator(r"[/:@<>\\]", _("Écrivez un nom, sans adresse ni symbole."), inverse_match=True)
    ]

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(max_length=80, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        """Return the name without doubled spaces."""
        return " ".join((super().to_python(value) or "").split())


class SignupNameForm(forms.Form):
    """What signing up asks beside the e-mail address and the password."""

    first_name = PersonNameField(label=_("Prénom"), autocomplete="given-name")
    last_name = PersonNameField(
        label=_("Nom"),
        autocomplete="family-name",
        help_text=_("Les autres membres voient votre prénom et votre nom, jamais votre adresse e-mail."),
    )

    field_order = ["first_name", "last_name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account is saved. The adapter has already written the names."""


class ProfileForm(forms.Form):
    """Who the person is and where they work. The structure may be left out; half a structure may not."""

    first_name = PersonNameField(label=_("Prénom"), autocomplete="given-name")
    last_name = PersonNameField(label=_("Nom"), autocomplete="family-name")
    job_function = forms.ChoiceField(
        label=_("Fonction"), choices=[("", _("Choisissez votre fonction")), *Profile.JobFunction.choices]
    )
    department = forms.ModelChoiceField(
        label=_("Département"),
        queryset=Territory.objects.filter(kind=Territory.Kind.DEPARTMENT),
        empty_label=_("Choisissez votre département"),
        help_text=_("Celui où vous travaillez."),
    )
    structure_kind = forms.ChoiceField(
        label=_("Type de structure"),
        required=False,
        choices=[("", _("Aucune, ou je ne souhaite pas le dire")), *Structure.Kind.choices],
    )
    structure_name = forms.CharField(
        label=_("Nom de la structure"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "list": "structures-connues"}),
        help_text=_("Tel que vos collègues l'écrivent. Indiquez aussi le type, ou laissez les deux vides."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        self.user = user
        profile = getattr(user, "profile", None)
        initial: dict[str, Any] = {"first_name": user.first_name, "last_name": user.last_name}
        if profile:
            initial |= {"job_function": profile.job_function, "department": profile.department_id}
            if profile.structure:
                initial |= {"structure_kind": profile.structure.kind, "structure_name": profile.structure.name}
        super().__init__(data, initial=initial)

    def known_structures(self) -> list[str]:
        """Return the names to suggest: the structures of the département, once it is known."""
        department = self["department"].value()
        if not str(department or "").isdecimal():
            return []
        names = Structure.objects.filter(department=department).values_list("name", flat=True)
        return list(names.distinct().order_by("name")[:SUGGESTIONS])

    def clean_structure_name(self) -> str:
        """Refuse a name of which nothing is left to compare."""
        name: str = self.cleaned_data["structure_name"]
        if name and not 0 < len(search_key(name)) <= NAME_KEY_LENGTH:
            raise ValidationError(_("Écrivez ce nom avec des lettres ordinaires."))
        return name

    def clean(self) -> dict[str, Any]:
        """A structure is a kind and a name."""
        data = super().clean() or self.cleaned_data
        kind, name = data.get("structure_kind"), data.get("structure_name")
        if kind and name == "":
            self.add_error("structure_name", _("Écrivez le nom de la structure, ou choisissez « Aucune » comme type."))
        if name and kind == "":
            self.add_error("structure_kind", _("Choisissez le type de la structure, ou effacez son nom."))
        return data

    def save(self) -> Profile:
        """Write the names and the profile."""
        return save_profile(self.user, **self.cleaned_data)


class DeleteAccountForm(forms.Form):
    """Ask for the password before an account is deleted."""

    password = forms.CharField(
        label=_("Votre mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Pour être sûrs que c'est bien vous."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        self.user = user
        super().__init__(data)

    def clean_password(self) -> str:
        """Check the password, as often as sign-in allows. allauth counts the failed attempts."""
        password: str = self.cleaned_data["password"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("incorrect_password")
        return password
