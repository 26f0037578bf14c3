"""One's own account, and allauth's pages with small changes."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import make_password
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import services
from .forms import DeleteAccountForm, ProfileForm
from .http import MemberRequest
from .models import Membership, Profile

logger = logging.getLogger(__name__)

# -- One's own account ---------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def account(request: MemberRequest) -> HttpResponse:
    """Who I am, my profile, my federations, and what I can do with my account."""
    user = request.user
    context = {
        "profile": Profile.objects.select_related("department", "structure").filter(user=user).first(),
        "memberships": Membership.objects.filter(user=user).select_related("federation").order_by("federation__name"),
        "may_edit": user.has_perm("wagtailadmin.access_admin"),
    }
    return render(request, "people/account.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """Say who I am and where I work. The first time, lead on to the usual page after sign-in."""
    first_time = not Profile.objects.filter(user=request.user).exists()
    after = settings.LOGIN_REDIRECT_URL if first_time else "people:account"
    form = ProfileForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Votre profil est enregistré."))
        return redirect(after)
    return render(request, "people/profile.html", {"form": form, "first_time": first_time, "after": after})


@login_required
@require_POST
def clear_profile(request: MemberRequest) -> HttpResponse:
    """Forget what I said of my work."""
    services.clear_profile(request.user)
    messages.success(request, _("Votre fonction, votre département et votre structure sont effacés."))
    return redirect("people:account")


@login_required
@never_cache
@require_GET
def export(request: MemberRequest) -> HttpResponse:
    """Download a copy of what the site keeps about me."""
    response = JsonResponse(
        {"site": settings.WAGTAIL_SITE_NAME, "date": timezone.now(), **services.collect_personal_data(request.user)},
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    response["Content-Disposition"] = 'attachment; filename="mes-donnees-reseau-eti.json"'
    return response


@login_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def delete(request: MemberRequest) -> HttpResponse:
    """Delete my account, after asking for the password; say so by e-mail."""
    form = DeleteAccountForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        email = request.user.email
        try:
            services.delete_account(request.user)
        except services.LastAdministratorError:
            form.add_error(
                None,
                _("Vous êtes la seule personne qui administre le site. Confiez d'abord ce rôle à quelqu'un d'autre."),
            )
        else:
            logout(request)
            try:
                get_adapter().send_mail("account/email/account_deleted", email, {})
            except OSError:  # the account is gone whether or not the mail server answers
                logger.exception("The notice of a deleted account could not be sent.")
            messages.success(request, _("Votre compte est supprimé. Merci d'avoir participé."))
            return redirect("/")
    return render(request, "people/delete.html", {"form": form})


# -- allauth's pages -----------------------------------------------------------------------------------------------


class WithoutPlaceholders:
    """allauth writes each label a second time inside the field, where it passes for something already typed."""

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        """Return the form, with empty fields that look empty."""
        form: BaseForm = super().get_form(form_class)  # type: ignore[misc]
        for field in form.fields.values():
            field.widget.attrs.pop("placeholder", None)
        return form


class SignInView(WithoutPlaceholders, allauth_views.LoginView):
    """Sign in."""


class SignUpView(WithoutPlaceholders, allauth_views.SignupView):
    """Sign up. The answer is the same, and takes the same time, whether or not the address has an account."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Make the account, or tell the owner of the existing one by e-mail."""
        if form.account_already_exists:
            make_password(form.cleaned_data["password1"])
            return super().form_valid(form)
        try:
            return super().form_valid(form)
        except IntegrityError:
            # The form was sent twice at once, and the other one was first.
            form.account_already_exists = True
            return super().form_valid(form)


class PasswordChangeView(WithoutPlaceholders, allauth_views.PasswordChangeView):
    """Change the password."""


class PasswordResetView(WithoutPlaceholders, allauth_views.PasswordResetView):
    """Ask for a link to choose a new password."""


class PasswordResetFromKeyView(WithoutPlaceholders, allauth_views.PasswordResetFromKeyView):
    """Choose a new password, with the link."""


class ReauthenticateView(WithoutPlaceholders, allauth_views.ReauthenticateView):
    """Give the password again before something important."""
