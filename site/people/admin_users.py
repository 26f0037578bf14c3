"""Accounts in Wagtail's admin. The e-mail address is given once, when the account is made."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import CreateView, UserViewSet

from .models import User
from .services import role_groups


class _MembershipGroupsMixin:
    """Leave to memberships the groups that they fill: the form neither shows nor empties them."""

    fields: dict[str, forms.Field]
    instance: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = self.fields["groups"]
        groups.queryset = Group.objects.exclude(pk__in=role_groups().values("pk"))  # type: ignore[attr-defined]
        groups.help_text = _("Le rôle dans une fédération se donne sur la page de la fédération (menu Réseau).")

    def _save_m2m(self) -> None:
        held = list(role_groups().filter(user=self.instance))
        super()._save_m2m()  # type: ignore[misc]
        self.instance.groups.add(*held)


class PersonCreationForm(_MembershipGroupsMixin, UserCreationForm):
    """A new account. Its e-mail address counts as checked: an administrator vouches for it."""

    error_messages = {
        **UserCreationForm.error_messages,
        "duplicate_username": _("Un compte existe déjà avec cette adresse e-mail."),
    }
    password_required = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("C'est l'identifiant de connexion. Il ne pourra plus changer.")
        self.fields["password1"].help_text = format_html(
            "{} {}",
            _("Laissez vide pour que la personne reçoive par e-mail un lien et choisisse elle-même."),
            password_validators_help_text_html(),
        )

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        email: str = self.cleaned_data["email"]
        return email.lower()

    @transaction.atomic
    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 (Django's signature)
        """Save the account, without a password that works if none was given, and its checked address."""
        user: User = super().save(commit=False)
        if not self.cleaned_data["password1"]:
            user.set_unusable_password()
        if commit:
            user.save()
            self.save_m2m()
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class PersonEditForm(_MembershipGroupsMixin, UserEditForm):
    """An existing account. What a form sends as e-mail address is ignored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].disabled = True
        self.fields["email"].help_text = _("C'est l'identifiant de connexion : il ne change pas.")


class PersonCreateView(CreateView):
    """Make an account, and invite the person to choose a password when the administrator gave none."""

    def save_instance(self) -> User:
        """Save, and send the invitation once the account is there. It stays if the mail server doesn't answer."""
        user: User = super().save_instance()
        if not user.has_usable_password():
            transaction.on_commit(get_adapter().make_invitation(user).send, robust=True)
        return user


class PersonViewSet(UserViewSet):
    """Accounts."""

    add_view_class = PersonCreateView

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:  # noqa: FBT001, FBT002 (Wagtail's signature)
        """Return our form."""
        return PersonEditForm if for_update else PersonCreationForm
