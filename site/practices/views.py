"""Pages of the front site about sheets: propose one, correct it, say how a trial went, print it, read collections."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.models import Topic
from people.directory_contact import may_write
from people.http import MemberRequest
from people.keyset import keyset_page

from . import drafts, photos, proposals, rights, sheet_pdf, trials
from .forms import BeginForm, PhotoForm, SheetForm, TrialForm
from .models import (
    LICENCE,
    LICENCE_URL,
    MAX_PHOTOS,
    MAX_STEPS,
    SheetCollection,
    SheetPage,
    SheetProposal,
    SheetVersion,
    Trial,
)
from .printing import fit
from .reading import published, sheet_context, short_address, summary_words, trials_of
from .spaces import NoHomeError

AUTOSAVE_HEADER = "X-Autosave"

# Of the form: (anchor, title, fields).
SECTIONS = (
    ("l-idee", _("L'idée"), ("title", "summary", "problem")),
    ("le-cadre", _("Le cadre"), ("context", "audience")),
    ("moyens", _("Les moyens et la sécurité"), ("materials", "cost", "safety")),
    ("resultat", _("Le résultat"), ("before", "after", "reproducible", "sources")),
    ("trouver", _("Pour qu'on la trouve"), ("trades", "territory", "competences")),
    ("auteurs", _("Les auteurs et le contact"), ("credit_me", "co_authors", "contact_mode", "contact")),
)


def _trail(*steps: tuple[object, str]) -> list[tuple[object, str]]:
    return [(_("Fiches pratiques"), "/pratiques/"), *steps]


def published_sheet(pk: int) -> SheetPage:
    """Return a sheet that everyone may read, or raise Http404."""
    return get_object_or_404(published(), pk=pk)


# -- Beginning -----------------------------------------------------------------------------------------------------


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdecimal() and len(value) < 18 else None


def _origin(request: MemberRequest) -> tuple[Topic | None, SheetPage | None]:
    """Return the discussion or the sheet that the address names. Raises Http404 for what the person may not read."""
    topic = variant = None
    if request.GET.get("sujet"):
        topics = Topic.objects.visible_to(request.user).filter(hidden=False).select_related("category", "author")
        topic = get_object_or_404(topics, pk=_number(request.GET["sujet"]))
    elif request.GET.get("variante"):
        variant = get_object_or_404(published(), pk=_number(request.GET["variante"]))
    return topic, variant


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def propose(request: MemberRequest) -> HttpResponse:
    """Begin a sheet: blank, from a discussion, or as a variant."""
    topic, variant = _origin(request)
    if request.method == "POST":
        form = BeginForm(request.POST)
        if form.is_valid():
            return redirect(proposals.begin(request.user, topic=topic, variant_of=variant, **form.cleaned_data))
    else:
        title = topic.title if topic else variant.title if variant else ""
        form = BeginForm(title=title)
    context = {
        "form": form,
        "topic": topic,
        "variant": variant,
        "private": topic is not None and not topic.category.is_public,
        "drafts": proposals.own_proposals(request.user).filter(page=None).order_by("-updated_at", "-pk")[:3],
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "trail": _trail(),
    }
    return render(request, "practices/propose.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def own(request: MemberRequest) -> HttpResponse:
    """My sheets: where each stands, and what reviewers wrote."""
    page = keyset_page(
        proposals.own_proposals(request.user).defer("data"),
        "-updated_at",
        "-pk",
        cursor=request.GET.get("apres", ""),
    )
    where = proposals.standings(page.rows)
    rows = [(proposal, where[proposal.pk]) for proposal in page.rows]
    return render(request, "practices/own.html", {"page": page, "rows": rows, "trail": _trail()})


# -- The form ------------------------------------------------------------------------------------------------------


def _own_proposal(request: MemberRequest, pk: int) -> SheetProposal:
    return get_object_or_404(
        proposals.own_proposals(request.user).select_related("topic", "variant_of", "owner"), pk=pk
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Write a sheet. Each button saves first: nothing that was typed is lost, complete or not."""
    proposal = _own_proposal(request, pk)
    if request.method == "GET":
        if proposals.standing_of(proposal).in_review:
            return redirect("practices:proposal_preview", pk)
        proposals.reread(request.user, pk)
        return _show_form(request, _own_proposal(request, pk))
    try:
        saved = _save(request, pk)
    except proposals.StaleError:
        return _conflict(request, proposal)
    except proposals.LockedError:
        if AUTOSAVE_HEADER in request.headers:
            return JsonResponse({"error": "locked"}, status=409)
        messages.warning(request, _("Cette fiche est en relecture : retirez-la d'abord pour la changer."))
        return redirect("practices:proposal_preview", pk)
    if AUTOSAVE_HEADER in request.headers:
        at = date_format(timezone.localtime(saved.updated_at), "H:i")
        return JsonResponse({"revision": saved.revision, "saved": _("Brouillon enregistré à %s.") % at})
    return _act(request, pk)


def _save(request: MemberRequest, pk: int) -> SheetProposal:
    typed = drafts.read_post(request.POST)
    described: dict[int, dict[str, Any]] = {}
    for value in request.POST.getlist("photos"):
        photo_id = _number(value)
        if photo_id is None:
            continue
        step = _number(request.POST.get(f"photo-{photo_id}-step")) or 0
        alt = request.POST.get(f"photo-{photo_id}-alt", "").replace("\0", "").strip()[:200]
        described[photo_id] = {
            **({"alt": alt} if alt else {}),
            "caption": request.POST.get(f"photo-{photo_id}-caption", "").replace("\0", "").strip()[:200],
            "step": step if step <= MAX_STEPS else 0,
        }
    force = request.POST.get("action") == "overwrite"
    revision = None if force else _number(request.POST.get("revision")) or 0
    return proposals.save(request.user, pk, typed, described, revision=revision)


def _act(request: MemberRequest, pk: int) -> HttpResponse:
    """Do what the button says, once all is saved."""
    verb, _sep, argument = request.POST.get("action", "save").partition(":")
    place = _number(argument)
    here = reverse("practices:edit", args=[pk])
    if verb == "send":
        return _send(request, pk)
    if verb == "preview":
        return redirect("practices:proposal_preview", pk)
    if verb == "add_photo":
        return _add_photo(request, pk)
    if verb == "remove_photo" and place is not None:
        photos.remove_photo(request.user, pk, place)
        return redirect(f"{here}#photos")
    if verb == "add_step":
        proposals.add_step(request.user, pk)
        return redirect(f"{here}#etapes")
    if verb in {"up", "down", "remove"} and place is not None:
        proposals.move_step(request.user, pk, verb, place)
        return redirect(f"{here}#etapes")
    messages.success(request, _("Votre brouillon est enregistré. Vous le retrouvez dans « Mes fiches »."))
    return redirect(here)


def _conflict(request: MemberRequest, proposal: SheetProposal) -> HttpResponse:
    if AUTOSAVE_HEADER in request.headers:
        return JsonResponse({"error": "stale"}, status=409)
    proposal.data = drafts.read_post(request.POST)
    return _show_form(request, proposal, conflict=True, status=409)


def _send(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        page = proposals.send(request.user, pk)
    except proposals.IncompleteError as error:
        return _show_form(request, _own_proposal(request, pk), form=error.form, faults=error.faults, status=400)
    except NoHomeError:
        raise Http404 from None
    messages.success(
        request,
        _("« %(title)s » est envoyée en relecture à %(publisher)s. Vous serez prévenu de la réponse.")
        % {"title": page.title, "publisher": page.publisher},
    )
    return redirect("practices:own")


def _add_photo(request: MemberRequest, pk: int) -> HttpResponse:
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_form(request, _own_proposal(request, pk), photo_form=form, status=400)
    try:
        photos.add_photo(request.user, pk, **form.cleaned_data)
    except photos.TooManyPhotosError:
        form.add_error("file", _("Une fiche a %d photos au plus.") % MAX_PHOTOS)
        return _show_form(request, _own_proposal(request, pk), photo_form=form, status=400)
    messages.success(request, _("La photo est ajoutée, avec l'accord que vous avez déclaré."))
    return redirect(f"{reverse('practices:edit', args=[pk])}#photos")


def _show_form(
    request: MemberRequest,
    proposal: SheetProposal,
    *,
    form: SheetForm | None = None,
    faults: Any = None,
    photo_form: PhotoForm | None = None,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    sent = proposal.page_id is not None
    if form is None:
        form = SheetForm(initial=proposal.data, places=rights.places_to_send_to(request.user), sent=sent)
    faults = faults or {}
    steps = drafts.shown_steps(proposal.data.get("steps", []))
    rows = [(place, step, faults.get(place, "")) for place, step in enumerate(steps)]
    sections = [(anchor, title, [form[name] for name in names]) for anchor, title, names in SECTIONS]
    context = {
        "proposal": proposal,
        "standing": proposals.standing_of(proposal),
        "form": form,
        "sections": sections,
        "before_steps": sections[:2],
        "after_steps": sections[2:],
        "steps": rows,
        "steps_fault": faults.get(-1, ""),
        "has_room": len(rows) < MAX_STEPS,
        "photos": list(proposal.photos.select_related("image")),
        "photos_full": proposal.photos.count() >= MAX_PHOTOS,
        "photo_form": photo_form or PhotoForm(),
        "has_errors": bool(form.errors or faults),
        "conflict": conflict,
        "sent": sent,
        "own_anonymous": proposal.topic is not None and proposals.opened_anonymously(request.user, proposal.topic),
        "credited": proposals.credit_names(proposal),
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "trail": _trail((_("Mes fiches"), reverse("practices:own"))),
    }
    return render(request, "practices/edit.html", context, status=status)


@login_required
@never_cache
@require_GET
def proposal_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a sheet as it will look."""
    proposal = _own_proposal(request, pk)
    page = proposals.draft_page(proposal)
    context = {
        **sheet_context(page, request),
        "page": page,
        "proposal": proposal,
        "standing_here": proposals.standing_of(proposal),
        "authors": proposals.credit_names(proposal),
        "origin": proposal.variant_of if proposal.variant_of and proposal.variant_of.live else None,
        "trail": _trail((_("Mes fiches"), reverse("practices:own"))),
    }
    return render(request, "practices/sheet.html", context)


@login_required
@require_POST
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a sheet back from its reviewers."""
    _own_proposal(request, pk)
    proposals.take_back(request.user, pk)
    messages.success(request, _("La fiche n'est plus en relecture : vous pouvez la changer."))
    return redirect("practices:edit", pk)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def discard(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask whether to throw away a draft, or the changes to a sent sheet, then do."""
    proposal = _own_proposal(request, pk)
    if request.method == "GET":
        context = {"proposal": proposal, "trail": _trail((_("Mes fiches"), reverse("practices:own")))}
        return render(request, "practices/discard.html", context)
    if proposal.page_id is None:
        proposals.discard(request.user, pk)
        messages.success(request, _("Le brouillon est supprimé, avec ses photos."))
    else:
        try:
            proposals.discard_changes(request.user, pk)
        except proposals.LockedError:
            raise PermissionDenied from None
        messages.success(request, _("Vos changements pas encore envoyés sont oubliés."))
    return redirect("practices:own")


# -- Reading -------------------------------------------------------------------------------------------------------


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the page of a sheet: the address of QR codes and of notifications."""
    return redirect(published_sheet(pk).get_url(request) or "/")


@require_GET
def print_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a sheet on one A4, with the way back to it."""
    found = published_sheet(pk)
    standing = getattr(found, "standing", None)
    context = {
        "page": found,
        "fitted": fit(found),
        "authors": list(found.credits.all()),
        "address": short_address(found, request),
        "trials": summary_words(standing),
        "version": standing.version if standing else 0,
        "licence": LICENCE,
    }
    return render(request, "practices/print.html", context)


@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a sheet as a PDF file of one A4."""
    found = published_sheet(pk)
    response = HttpResponse(sheet_pdf.one_page(found, short_address(found, request)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.pdf"'
    return response


@require_GET
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """List the published versions of a sheet."""
    found = published_sheet(pk)
    page = keyset_page(
        SheetVersion.objects.filter(sheet=found).defer("content"), "-number", cursor=request.GET.get("apres", "")
    )
    context = {"page": found, "list": page, "trail": _trail((found.title, found.url or ""))}
    return render(request, "practices/versions.html", context)


@require_GET
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show an earlier version of a sheet, as it was published."""
    found = published_sheet(pk)
    kept = get_object_or_404(SheetVersion, sheet=found, number=number)
    context = {
        "page": found.with_content_json(kept.content),
        "kept": kept,
        "current": found,
        "authors": list(found.credits.all()),
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "trail": _trail((found.title, found.url or ""), (_("Versions"), reverse("practices:versions", args=[pk]))),
    }
    return render(request, "practices/version.html", context)


@require_GET
def trial_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Read all that was told of trials of a sheet."""
    found = published_sheet(pk)
    context = {
        "page": found,
        "standing": getattr(found, "standing", None),
        "trials": keyset_page(trials_of(found, request.user), "-pk", cursor=request.GET.get("apres", "")),
        "may_hide": rights.may_hide_trials(request.user, found),
        "trail": _trail((found.title, found.url or "")),
    }
    return render(request, "practices/trials.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def trial(request: MemberRequest, pk: int) -> HttpResponse:
    """Say how a trial went, change it, or take it back."""
    found = published_sheet(pk)
    if not rights.may_try(request.user, found):
        raise PermissionDenied(_("Cette fiche vous cite comme auteur : ce sont les autres qui disent ce qu'elle vaut."))
    mine = Trial.objects.filter(sheet=found, user=request.user).first()
    if request.method == "POST" and request.POST.get("action") == "remove":
        trials.take_back(request.user, found)
        messages.success(request, _("Votre essai est retiré."))
        return redirect(found.get_url(request))
    names = ("outcome", "place", "adapted", "story")
    initial = {name: getattr(mine, name) for name in names} if mine else {}
    form = TrialForm(request.POST) if request.method == "POST" else TrialForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        told = trials.tell(request.user, found, **form.cleaned_data)
        messages.success(request, _("Merci : votre essai compte, et aide les suivants."))
        return redirect(f"{found.get_url(request)}#essai-{told.pk}")
    context = {"page": found, "trial_form": form, "my_trial": mine, "trail": _trail((found.title, found.url or ""))}
    return render(request, "practices/trial.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def hide_trial(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide a trial, or show it again."""
    told = get_object_or_404(Trial.objects.select_related("sheet"), pk=pk)
    try:
        trials.hide(request.user, told, hidden=request.POST.get("hidden") == "1")
    except trials.NotAllowedError:
        raise PermissionDenied from None
    return redirect(f"{reverse('practices:trials', args=[told.sheet_id])}#essai-{pk}")


@login_required
@never_cache
@require_GET
def contact(request: MemberRequest, pk: int) -> HttpResponse:
    """Lead to the form that writes to the author who takes messages, without showing their address."""
    found = published_sheet(pk)
    if found.contact_mode != SheetPage.Contact.FORM:
        raise Http404
    for credit in found.credits.filter(user__is_active=True):
        if credit.user_id is not None and may_write(request.user, credit.user_id):
            return redirect("directory:write", credit.user_id)
    messages.info(
        request,
        _("L'auteur ne reçoit pas de message pour le moment. Posez votre question sur le forum."),
    )
    return redirect(f"{reverse('forum:new_topic')}?lecon={found.pk}")


# -- Collections ---------------------------------------------------------------------------------------------------


@require_GET
def collections(request: HttpRequest) -> HttpResponse:
    """List the collections of sheets."""
    shown = SheetCollection.objects.filter(published=True).select_related("space")
    page = keyset_page(shown, "title", "pk", cursor=request.GET.get("apres", ""))
    return render(request, "practices/collections.html", {"page": page, "trail": _trail()})


@require_GET
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the sheets of a collection, in its order."""
    found = get_object_or_404(SheetCollection.objects.select_related("space"), slug=slug, published=True)
    items = found.items.filter(sheet__in=published()).select_related(
        "sheet__standing", "sheet__federation", "sheet__network", "sheet__territory"
    )
    context = {
        "collection": found,
        "items": items.prefetch_related("sheet__trades").order_by("sort_order")[:100],
        "trail": _trail((_("Recueils"), reverse("practices:collections"))),
    }
    return render(request, "practices/collection.html", context)
