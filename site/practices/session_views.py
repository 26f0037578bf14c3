"""Pages of session plans: prepare one from a lesson or a sheet, change it, print it, share it, copy another's."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.models import Page

from people.http import MemberRequest
from people.keyset import keyset_page

from . import sessions
from .session_forms import SessionForms, SessionSearchForm
from .session_models import SessionPlan
from .session_paper import density, sign_rows
from .session_sources import blank_draft, draft_from_page
from .session_timing import timing

AUTOSAVE_HEADER = "X-Autosave"


def _trail(*steps: tuple[object, str]) -> list[tuple[object, str]]:
    return [(_("Séances"), reverse("practices:sessions")), *steps]


# -- Lists ---------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def own_sessions(request: MemberRequest) -> HttpResponse:
    """Show my plans, latest first, and the one that I have just thrown away."""
    thrown = request.GET.get("supprimee", "")
    deleted = (
        sessions.thrown_away(request.user).filter(pk=thrown).first()
        if thrown.isascii() and thrown.isdecimal() and len(thrown) < 18
        else None
    )
    page = keyset_page(
        SessionPlan.objects.of(request.user).defer("words"), "-updated_at", "-pk", cursor=request.GET.get("apres", "")
    )
    return render(request, "practices/session_list.html", {"page": page, "deleted": deleted, "trail": None})


@login_required
@never_cache
@require_GET
def shared_sessions(request: MemberRequest) -> HttpResponse:
    """Find the plans that members share, by words, competence or line of work."""
    form = SessionSearchForm(request.GET)
    words, competence, trade = form.values()
    plans = sessions.find_words(SessionPlan.objects.shared(), words)
    if competence:
        plans = plans.filter(competences=competence)
    if trade:
        plans = plans.filter(trades=trade)
    found = plans.select_related("owner").prefetch_related("trades").defer("words")
    query = request.GET.copy()
    query.pop("apres", None)
    context = {
        "form": form,
        "searching": bool(words or competence or trade),
        "page": keyset_page(found, "-shared_at", "-pk", cursor=request.GET.get("apres", "")),
        "address": query.urlencode(),
        "trail": _trail(),
    }
    return render(request, "practices/session_shared.html", context)


# -- One plan ------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def session(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a plan: mine, or a shared one. This page prints on one A4."""
    plans = SessionPlan.objects.readable_by(request.user).select_related("owner", "page", "copied_from__owner")
    plan = get_object_or_404(plans, pk=pk)
    steps = list(plan.steps.all())
    trades, competences = list(plan.trades.all()), list(plan.competences.all())
    dense = density(
        {name: getattr(plan, name) for name in ("title", *sessions.TEXTS)},
        [{name: getattr(step, name) for name in ("phase", "trainer", "people")} for step in steps],
        ties=" ; ".join(map(str, [*trades, *competences])),
    )
    origin = plan.copied_from
    context = {
        "plan": plan,
        "steps": steps,
        "timing": timing((step.minutes for step in steps), plan.minutes),
        "density": dense,
        "trades": trades,
        "competences": competences,
        "own": plan.owner_id == request.user.pk,
        "source": plan.page if plan.page and plan.page.live else None,
        "origin": origin,
        "origin_readable": origin and origin.deleted_at is None and origin.is_shared,
        "licence": sessions.LICENCE,
        "licence_url": sessions.LICENCE_URL,
        "copy_submission": uuid.uuid4(),
        "address": request.build_absolute_uri(plan.get_absolute_url()),
        "signatures": range(sign_rows(dense)),
        "trail": _trail(),
    }
    return render(request, "practices/session.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new_session(request: MemberRequest) -> HttpResponse:
    """Prepare a session, from the lesson or the sheet that the address names."""
    page = _source_page(request)
    if request.method == "POST":
        return _take(request, None, page)
    draft = draft_from_page(page) if page else blank_draft()
    return _show_form(request, SessionForms.shown(draft.initial(), draft.steps), None, page)


def _source_page(request: MemberRequest) -> Page | None:
    """Return the published page that `?lecon=` or `?fiche=` names; say so when there is none."""
    value = request.GET.get("lecon") or request.GET.get("fiche")
    if not value:
        return None
    page = None
    if value.isascii() and value.isdecimal() and len(value) < 18:
        page = Page.objects.live().public().filter(pk=int(value), depth__gt=1).first()
    if page is None and request.method == "GET":
        messages.warning(request, _("La page indiquée n'est pas ou plus publiée : la séance part d'une page blanche."))
    return page


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit_session(request: MemberRequest, pk: int) -> HttpResponse:
    """Change one of my plans."""
    plan = get_object_or_404(SessionPlan.objects.of(request.user).select_related("page"), pk=pk)
    if request.method == "POST":
        return _take(request, plan, plan.page)
    initial: dict[str, Any] = {name: getattr(plan, name) for name in ("title", "minutes", *sessions.TEXTS)}
    initial |= {
        "trades": list(plan.trades.all()),
        "competences": list(plan.competences.all()),
        "submission": plan.submission,
        "revision": plan.revision,
    }
    steps = [{name: getattr(step, name) for name in sessions.STEP_FIELDS} for step in plan.steps.all()]
    return _show_form(request, SessionForms.shown(initial, steps), plan, plan.page)


def _take(request: MemberRequest, plan: SessionPlan | None, page: Page | None) -> HttpResponse:
    """Take a form: rearrange its rows, save it because it was asked, or save it by itself."""
    autosave = AUTOSAVE_HEADER in request.headers
    action = request.POST.get("action", "")
    if not autosave and (moved := SessionForms.rearranged(request.POST, action)):
        return _show_form(request, moved, plan, page, moved=True)
    forms = SessionForms.typed(request.POST)
    if not forms.is_valid():
        if autosave:
            return JsonResponse({"saved": False}, status=422)
        return _show_form(request, forms, plan, page, status=400)
    try:
        saved = _save(request, forms, plan, page)
    except sessions.ChangedElsewhereError:
        if autosave:
            return JsonResponse({"saved": False}, status=409)
        return _show_form(request, forms, plan, page, status=409)
    if autosave:
        return JsonResponse(
            {
                "saved": True,
                "revision": saved.revision,
                "url": reverse("practices:edit_session", args=[saved.pk]),
                "kept_under": _kept_under(request, saved),
            }
        )
    messages.success(request, _("La séance est enregistrée."))
    return redirect(f"{saved.get_absolute_url()}?enregistree={saved.revision}")


def _save(request: MemberRequest, forms: SessionForms, plan: SessionPlan | None, page: Page | None) -> SessionPlan:
    fields = forms.cleaned()
    if plan is None:
        submission = forms.plan.cleaned_data["submission"]
        return sessions.create_plan(request.user, submission=submission, page=page, **fields)
    revision = forms.plan.cleaned_data["revision"]
    if request.POST.get("action") == "overwrite":
        revision = plan.revision
    try:
        return sessions.change_plan(request.user, plan.pk, revision=revision or 0, **fields)
    except SessionPlan.DoesNotExist:
        raise Http404 from None


def _kept_under(request: MemberRequest, plan: SessionPlan | None) -> str:
    """Return the name under which a device keeps what is typed: of one person, and of one plan or starting page."""
    return f"seance:{request.user.pk}:{plan.pk if plan else request.GET.urlencode() or 'nouvelle'}"


def _show_form(
    request: MemberRequest,
    forms: SessionForms,
    plan: SessionPlan | None,
    page: Page | None,
    *,
    status: int = 200,
    moved: bool = False,
) -> HttpResponse:
    context = {
        "forms": forms,
        "plan": plan,
        "source": page,
        "moved": moved,
        "conflict": status == 409,
        "has_errors": status == 400,
        "kept_under": _kept_under(request, plan),
        "trail": _trail(*([(plan.title, plan.get_absolute_url())] if plan else [])),
    }
    return render(request, "practices/session_form.html", context, status=status)


# -- Verbs ---------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def share_session(request: MemberRequest, pk: int) -> HttpResponse:
    """Share one of my plans with the members, or no longer."""
    get_object_or_404(SessionPlan.objects.of(request.user), pk=pk)
    shared = request.POST.get("action") == "share"
    sessions.share(request.user, pk, shared=shared)
    messages.success(
        request,
        _("La séance est partagée : les membres peuvent la lire et la copier.")
        if shared
        else _("La séance n'est plus partagée. Les copies déjà faites restent à leurs auteurs."),
    )
    return redirect("practices:session", pk)


@login_required
@require_POST
def copy_session(request: MemberRequest, pk: int) -> HttpResponse:
    """Copy a plan, mine or a shared one, and go on to change the copy."""
    try:
        submission = uuid.UUID(request.POST.get("submission", ""))
        copy = sessions.copy_plan(request.user, pk, submission=submission)
    except (ValueError, ValidationError, SessionPlan.DoesNotExist):
        raise Http404 from None
    messages.success(request, _("La séance est copiée : adaptez-la à votre équipe."))
    return redirect("practices:edit_session", copy.pk)


@login_required
@require_POST
def delete_session(request: MemberRequest, pk: int) -> HttpResponse:
    """Throw one of my plans away; the list then offers to take it back."""
    if not sessions.delete_plan(request.user, pk):
        raise Http404
    return redirect(f"{reverse('practices:sessions')}?supprimee={pk}")


@login_required
@require_POST
def restore_session(request: MemberRequest, pk: int) -> HttpResponse:
    """Take back a plan that I threw away."""
    if not sessions.restore_plan(request.user, pk):
        messages.info(request, _("Cette séance n'est plus dans les séances supprimées."))
        return redirect("practices:sessions")
    messages.success(request, _("La séance est revenue."))
    return redirect("practices:session", pk)
