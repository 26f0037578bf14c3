"""How allauth behaves here: where it leads people, and what its e-mails know."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context as allauth_context
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from .models import Profile, User

_DAY = 60 * 60 * 24


class AccountAdapter(DefaultAccountAdapter):
    """Accounts of the site."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez l'adresse, retapez le mot de passe, "
            "ou choisissez-en un nouveau avec « Mot de passe oublié ? »."
        ),
        "enter_current_password": _("Ce n'est pas votre mot de passe actuel."),
        "incorrect_password": _("Ce n'est pas votre mot de passe."),
        "too_many_login_attempts": _("Trop d'essais. Attendez cinq minutes, puis recommencez."),
    }

    # -- Where people go -------------------------------------------------------------------------------------------

    def is_safe_url(self, url: str | None) -> bool:
        """Say whether an address is on this very site: no other host is ever trusted."""
        request = allauth_context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead a person without a profile to the profile page, any other to the usual page after sign-in.

        A safe `next` comes first: allauth looks at it before it asks here.
        """
        if not Profile.objects.filter(user=request.user.pk).exists():
            return reverse("people:profile")
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Lead a new person where any person goes after sign-in."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Come back to the account after changing the password."""
        return reverse("people:account")

    # -- E-mails ---------------------------------------------------------------------------------------------------

    def make_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> EmailMessage:
        """Return an e-mail whose links lead where the request came in, or to SITE_URL when there is no request."""
        request = allauth_context.request
        home = request.build_absolute_uri("/") if request else f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}/"
        shared = {
            "request": request,
            "email": email,
            "site_name": settings.WAGTAIL_SITE_NAME,
            "home_url": home,
            "reset_url": home.rstrip("/") + reverse("account_reset_password"),
            "confirmation_days": app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS,
            "reset_days": settings.PASSWORD_RESET_TIMEOUT // _DAY,
        }
        message: EmailMessage = self.render_mail(template_prefix, email, {**shared, **context})
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an e-mail."""
        self.make_mail(template_prefix, email, context).send()

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person that their account changed, always: it is how they learn that someone else got in."""
        self.send_mail(template_prefix, email or user.email, {"timestamp": timezone.now(), **(context or {})})

    def make_invitation(self, user: User) -> EmailMessage:
        """Return the e-mail that brings a person whose account an administrator made the link to choose a password."""
        from allauth.account.forms import default_token_generator

        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        url = self.get_reset_password_from_key_url(key)
        return self.make_mail("account/email/invitation", user.email, {"password_reset_url": url})
