"""Regrading in the admin: preview, confirm, follow, look back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from courses.catalog.admin_pages import activity_crumbs, admin_page, forbidden_as_such, page_of

from .models import Attempt, QuizPage, Regrade, RegradePreview
from .regrading import (
    NothingToRegradeError,
    RegradeRunningError,
    Report,
    changes_of,
    outcome,
    preview,
    resume,
    start_regrade,
)
from .rights import quiz_to_regrade

ICON = "rotate"
EVERY = "5"
"""Seconds after which a page that shows how far a task is comes again."""


class RegradeForm(forms.Form):
    """What is asked before a regrade."""

    reason = forms.CharField(
        label=gettext_lazy("Raison"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Les personnes dont la note change la lisent avec leur résultat. Par exemple : « La réponse attendue à la "
            "question 3 était fausse. »"
        ),
        error_messages={"required": gettext_lazy("Dites pourquoi : les personnes concernées le liront.")},
    )
    keep_passes = forms.BooleanField(
        label=gettext_lazy("Ne retirer la réussite à personne"),
        help_text=Regrade._meta.get_field("keep_passes").help_text,
        required=False,
        initial=True,
    )
    checked = forms.BooleanField(
        label=gettext_lazy("J'ai vérifié : les questions dont les mots ont changé demandent toujours la même chose"),
        error_messages={"required": gettext_lazy("Vérifiez d'abord que ces questions demandent la même chose.")},
    )
    digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, report: Report, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["digest"].initial = report.digest
        if not report.reworded:
            del self.fields["checked"]


@forbidden_as_such
@require_http_methods(["GET", "HEAD", "POST"])
def regrade(request: HttpRequest, quiz_id: int) -> HttpResponse:
    """Show what a regrade would change; start it when it was confirmed. A GET writes nothing of the attempts."""
    quiz = quiz_to_regrade(request.user, quiz_id)  # type: ignore[arg-type]
    running = quiz.regrades.exclude(status=Regrade.Status.DONE).first()
    if running is not None:
        messages.info(request, _("Une recorrection de ce quiz est en cours : voici où elle en est."))
        return redirect("quiz_regrade_detail", quiz.pk, running.pk)
    report = preview(quiz, again="recalculer" in request.POST)
    if "recalculer" in request.POST:
        return redirect("quiz_regrade", quiz.pk)
    if isinstance(report, RegradePreview):
        return _in_progress(request, quiz, report)
    form = RegradeForm(report)
    if request.method == "POST":
        form = RegradeForm(report, request.POST)
        if request.POST.get("digest") != report.digest:
            messages.warning(request, _("Les questions ont changé depuis votre aperçu : voici le nouveau. Relisez-le."))
            form = RegradeForm(report, initial={k: request.POST.get(k) for k in ("reason", "keep_passes")})
        elif form.is_valid():
            return _start(request, quiz, report, form.cleaned_data)
    return _shown(request, quiz, report, form)


def _way(quiz: QuizPage, *more: tuple[str, str]) -> list[dict[str, str]]:
    return activity_crumbs(quiz, (reverse("quiz_regrade", args=[quiz.pk]), _("Recorriger")), *more)


def _in_progress(request: HttpRequest, quiz: QuizPage, found: RegradePreview) -> HttpResponse:
    context = {"quiz": quiz, "preview": found}
    response = admin_page(
        request, "quizzes/admin/regrade_waiting.html", _("Recorriger les essais"), _way(quiz), context, icon=ICON
    )
    response["Refresh"] = EVERY
    return response


def _shown(request: HttpRequest, quiz: QuizPage, report: Report, form: RegradeForm) -> HttpResponse:
    page = page_of(request, report.effects)
    attempts = Attempt.objects.select_related("user").only("number", "user__first_name", "user__last_name")
    found = attempts.in_bulk([effect.attempt for effect in page])
    by_id = {str(pk): attempt for pk, attempt in found.items()}
    context = {
        "quiz": quiz,
        "report": report,
        "form": form,
        "page": page,
        "rows": [(effect, by_id.get(effect.attempt)) for effect in page],
        "past": quiz.regrades.count(),
        "repeated_by": quiz.repeated_by.only("title") if report.changed else [],
    }
    return admin_page(request, "quizzes/admin/regrade.html", _("Recorriger les essais"), _way(quiz), context, icon=ICON)


def _start(request: HttpRequest, quiz: QuizPage, report: Report, given: dict[str, Any]) -> HttpResponse:
    try:
        started = start_regrade(
            quiz,
            report,
            by=request.user,  # type: ignore[arg-type]
            reason=given["reason"],
            keep_passes=given["keep_passes"],
        )
    except NothingToRegradeError:
        messages.info(request, _("Rien à recorriger."))
    except RegradeRunningError:
        messages.info(request, _("Une recorrection de ce quiz est déjà en cours : celle-ci n'a pas été ajoutée."))
    else:
        messages.success(request, _("La recorrection est lancée."))
        return redirect("quiz_regrade_detail", quiz.pk, started.pk)
    return redirect("quiz_regrade", quiz.pk)


@forbidden_as_such
@require_http_methods(["GET", "HEAD"])
def log(request: HttpRequest, quiz_id: int) -> HttpResponse:
    """List the regrades of a quiz: who, when, why, and how many grades changed."""
    quiz = quiz_to_regrade(request.user, quiz_id)  # type: ignore[arg-type]
    regrades = quiz.regrades.select_related("by").annotate(number=Count("changes")).order_by("-at", "-pk")
    way = _way(quiz, (reverse("quiz_regrades", args=[quiz.pk]), _("Journal")))
    context = {"quiz": quiz, "page": page_of(request, regrades)}
    return admin_page(request, "quizzes/admin/regrades.html", _("Recorrections de ce quiz"), way, context, icon=ICON)


@forbidden_as_such
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, quiz_id: int, regrade_id: int) -> HttpResponse:
    """Show how far a regrade is and what it changed. A POST has one that was stopped go on."""
    quiz = quiz_to_regrade(request.user, quiz_id)  # type: ignore[arg-type]
    shown = get_object_or_404(Regrade.objects.select_related("by"), quiz=quiz, pk=regrade_id)
    if request.method == "POST":
        resume(shown)
        messages.info(request, _("La recorrection reprend là où elle en était."))
        return redirect("quiz_regrade_detail", quiz.pk, shown.pk)
    over = shown.status == Regrade.Status.DONE
    way = _way(
        quiz,
        (reverse("quiz_regrades", args=[quiz.pk]), _("Journal")),
        (reverse("quiz_regrade_detail", args=[quiz.pk, shown.pk]), _("Recorrection")),
    )
    context = {"quiz": quiz, "regrade": shown, "over": over, "texts": [key["text"] for key in shown.keys]}
    if over:
        context |= {"outcome": outcome(shown), "page": page_of(request, changes_of(shown))}
    response = admin_page(request, "quizzes/admin/regrade_detail.html", _("Recorrection"), way, context, icon=ICON)
    if not over:
        response["Refresh"] = EVERY
    return response
