"""Extra time in the admin: who has it in the person's federations, give it, take it away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from courses.catalog.admin_pages import admin_page, crumbs, forbidden_as_such, page_of
from courses.catalog.rights import federations_of, looks_after_a_space
from people.models import Federation, User

from .allowances import give_time
from .models import TimeAllowance

ICON = "history"
OTHER = "other"


class AllowanceForm(forms.Form):
    """To whom, in which federation, and how much."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse e-mail du compte"),
        help_text=gettext_lazy("L'adresse avec laquelle la personne se connecte."),
    )
    federation = forms.ModelChoiceField(Federation.objects.none(), label=gettext_lazy("Fédération"))
    share = forms.ChoiceField(
        label=gettext_lazy("Temps en plus"),
        choices=[
            ("33", gettext_lazy("Un tiers (33 %)")),
            ("50", gettext_lazy("La moitié (50 %)")),
            ("100", gettext_lazy("Le double du temps (100 %)")),
            (OTHER, gettext_lazy("Autre")),
        ],
        initial="33",
        widget=forms.RadioSelect,
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Autre : temps en plus (%)"), required=False, min_value=1, max_value=300
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        federations = federations_of(person)
        field = self.fields["federation"]
        field.queryset = federations  # type: ignore[attr-defined]
        if len(federations) == 1:
            field.initial, field.widget = federations[0].pk, forms.HiddenInput()

    def clean_email(self) -> User:
        """Return the account, found by its exact address only."""
        found = User.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if found is None:
            raise forms.ValidationError(
                _("Aucun compte n'a cette adresse. Vérifiez-la avec la personne, ou invitez-la à créer son compte.")
            )
        return found

    def clean(self) -> dict[str, Any]:
        """Set `percent` from the choice that was made."""
        given = super().clean() or {}
        share = given.get("share")
        if share and share != OTHER:
            given["percent"] = int(share)
        elif share == OTHER and not given.get("percent") and "percent" not in self.errors:
            self.add_error("percent", _("Indiquez combien, de 1 à 300 %."))
        return given


def _in_their_federations(request: HttpRequest) -> Any:
    if not looks_after_a_space(request.user):  # type: ignore[arg-type]
        raise Http404
    rows = TimeAllowance.objects.filter(federation__in=federations_of(request.user))  # type: ignore[arg-type]
    return rows.select_related("user", "federation", "given_by")


def _way(*more: tuple[str, str]) -> list[dict[str, str]]:
    return crumbs((reverse("quiz_allowances"), _("Temps supplémentaire")), *more)


@forbidden_as_such
@require_http_methods(["GET", "HEAD"])
def allowances(request: HttpRequest) -> HttpResponse:
    """List who has extra time in the person's federations."""
    rows = _in_their_federations(request).order_by("user__last_name", "user__first_name", "pk")
    context = {"page": page_of(request, rows)}
    return admin_page(request, "quizzes/admin/allowances.html", _("Temps supplémentaire"), _way(), context, icon=ICON)


@forbidden_as_such
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Give someone extra time; who has some already gets the new share instead."""
    _in_their_federations(request)
    form = AllowanceForm(request.user, request.POST or None)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        kept = give_time(given["email"], given["federation"], given["percent"], by=request.user)  # type: ignore[arg-type]
        messages.success(
            request,
            _("%(who)s a maintenant %(percent)d %% de temps en plus.")
            % {"who": kept.user.display_name, "percent": kept.extra_percent},
        )
        return redirect("quiz_allowances")
    way = _way((reverse("quiz_allowance_add"), _("Ajouter")))
    status = 400 if form.errors else 200
    title = _("Donner du temps supplémentaire")
    return admin_page(request, "quizzes/admin/allowance_add.html", title, way, {"form": form}, icon=ICON, status=status)


@forbidden_as_such
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, allowance_id: int) -> HttpResponse:
    """Take extra time away, once confirmed. Attempts under way keep the deadline that they have."""
    allowance = get_object_or_404(_in_their_federations(request), pk=allowance_id)
    if request.method == "POST":
        allowance.delete()
        messages.success(request, _("Le temps supplémentaire est retiré."))
        return redirect("quiz_allowances")
    way = _way((reverse("quiz_allowance_delete", args=[allowance.pk]), _("Retirer")))
    context = {"allowance": allowance}
    return admin_page(
        request, "quizzes/admin/allowance_delete.html", _("Retirer le temps supplémentaire"), way, context, icon=ICON
    )
