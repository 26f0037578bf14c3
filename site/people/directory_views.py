"""The members' directory, messages between members, networks and the map of structures. All for signed-in members."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import directory_contact as contact
from . import directory_networks as networking
from . import directory_services as services
from .directory import Search, find_card, preview_card, structures_of
from .directory_forms import EntryForm, JoinForm, MessageForm, ReportForm, SearchForm
from .directory_map import map_html
from .directory_models import ContactMessage
from .http import MemberRequest
from .keyset import keyset_page
from .models import Network, NetworkMembership, Profile, Territory

_DIRECTORY = (gettext_lazy("Annuaire"), "directory:home")
_MEMBERS_SHOWN = 12


def _trail(*steps: tuple[object, str]) -> list[tuple[object, str]]:
    name, view = _DIRECTORY
    return [(name, reverse(view)), *steps]


# -- My entry ------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def my_entry(request: MemberRequest) -> HttpResponse:
    """Choose what the other members see of me, and look at it."""
    form = EntryForm(request.POST if request.method == "POST" else None, user=request.user)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            entry = form.save()
            messages.success(
                request,
                _("Votre fiche est enregistrée : les membres la voient.")
                if entry.listed
                else _("Votre fiche est enregistrée. Elle n'est pas dans l'annuaire."),
            )
            return redirect(reverse("people:directory_entry") + "#apercu")
        status = 400
    context = {
        "form": form,
        "card": preview_card(request.user),
        "listed": form.initial.get("listed", False),
        "profile": Profile.objects.select_related("department", "structure").filter(user=request.user).first(),
    }
    return render(request, "people/directory_entry.html", context, status=status)


@login_required
@require_POST
def withdraw(request: MemberRequest) -> HttpResponse:
    """Take me out of the directory."""
    services.withdraw_entry(request.user)
    messages.success(request, _("Vous n'êtes plus dans l'annuaire : plus personne ne voit votre fiche."))
    return redirect("people:directory_entry")


# -- The directory -------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    """Find members by territory, line of work, skill or words."""
    form = SearchForm(request.GET)
    search = form.search()
    query = request.GET.copy()
    query.pop("apres", None)
    context = {
        "form": form,
        "search": search,
        "page": search.page(request.GET.get("apres", "")),
        "address": query.urlencode(),
    }
    return render(request, "people/directory.html", context)


@login_required
@never_cache
@require_GET
def member(request: MemberRequest, pk: int) -> HttpResponse:
    """Show what a member lets the others see."""
    card = find_card(pk)
    if card is None:
        raise Http404
    context = {
        "card": card,
        "own": pk == request.user.pk,
        "blocked": contact.is_blocked(request.user, pk),
        "trail": _trail(),
    }
    return render(request, "people/directory_member.html", context)


# -- Messages ------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def write(request: MemberRequest, pk: int) -> HttpResponse:
    """Write to a member of the directory."""
    card = find_card(pk)
    # What was written while the other person withdrew is given back, not thrown away.
    if pk == request.user.pk or (request.method == "GET" and not (card and card.accepts_contact)):
        raise Http404
    form, status, done = _message_form(request, pk)
    if done:
        messages.success(request, _("Votre message est envoyé. La réponse vous arrivera par e-mail."))
        return redirect("directory:messages")
    steps = [(card.title, reverse("directory:member", args=[pk]))] if card else []
    context = {"form": form, "to": card.title if card else _("ce membre"), "trail": _trail(*steps)}
    return render(request, "people/directory_write.html", context, status=status)


def _message_form(
    request: MemberRequest, receiver_id: int, answer_to: ContactMessage | None = None
) -> tuple[MessageForm, int, bool]:
    """Return the form as it stands, the status of the answer, and whether the message is sent."""
    if request.method != "POST":
        return MessageForm(), 200, False
    form = MessageForm(request.POST)
    if not form.is_valid():
        return form, 400, False
    try:
        contact.send_message(request.user, receiver_id, answer_to=answer_to, **form.cleaned_data)
    except contact.RefusedError:
        form.add_error(None, _("Cette personne ne prend pas ce message. Votre texte est conservé ci-dessous."))
        return form, 409, False
    except contact.TooManyMessagesError:
        form.add_error(
            None,
            _("Vous avez envoyé beaucoup de messages en peu de temps. Attendez un peu : votre texte est conservé."),
        )
        return form, 429, False
    return form, 200, True


@login_required
@never_cache
@require_GET
def messages_list(request: MemberRequest) -> HttpResponse:
    """Show what I wrote and received, latest first."""
    found = contact.messages_of(request.user).select_related("sender", "receiver__directory_entry")
    page = keyset_page(found, "-pk", cursor=request.GET.get("apres", ""))
    return render(request, "people/directory_messages.html", {"page": page, "trail": _trail()})


def _own_message(request: MemberRequest, pk: int) -> ContactMessage:
    found = contact.messages_of(request.user).select_related("sender", "receiver__directory_entry", "answer_to")
    return get_object_or_404(found, pk=pk)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def message(request: MemberRequest, pk: int) -> HttpResponse:
    """Read a message that I received or sent, and answer it."""
    found = _own_message(request, pk)
    received = found.receiver_id == request.user.pk
    if request.method == "POST" and not received:
        raise PermissionDenied
    form, status, done = _message_form(request, found.sender_id, found)
    if done:
        messages.success(request, _("Votre réponse est envoyée."))
        return redirect("directory:messages")
    context = {
        "message": found,
        "received": received,
        "blocked": received and contact.is_blocked(request.user, found.sender_id),
        "form": form,
        "report_form": ReportForm(),
        "trail": _trail((_("Messages"), reverse("directory:messages"))),
    }
    return render(request, "people/directory_message.html", context, status=status)


@login_required
@never_cache
@require_POST
def report(request: MemberRequest, pk: int) -> HttpResponse:
    """Report a message that I received to the moderators."""
    found = _own_message(request, pk)
    if found.receiver_id != request.user.pk:
        raise PermissionDenied
    form = ReportForm(request.POST)
    if form.is_valid():
        contact.report(found, **form.cleaned_data)
        messages.success(request, _("Le message est signalé. L'équipe de modération va le lire."))
        return redirect("directory:message", pk)
    context = {
        "message": found,
        "received": True,
        "blocked": contact.is_blocked(request.user, found.sender_id),
        "form": MessageForm(),
        "report_form": form,
        "trail": _trail((_("Messages"), reverse("directory:messages"))),
    }
    return render(request, "people/directory_message.html", context, status=400)


@login_required
@require_POST
def block(request: MemberRequest, pk: int) -> HttpResponse:
    """Take no more messages from who sent me this one, or take them again."""
    found = _own_message(request, pk)
    if found.receiver_id != request.user.pk:
        raise PermissionDenied
    if request.POST.get("action") == "unblock":
        contact.unblock(request.user, found.sender_id)
        messages.success(request, _("Vous recevrez de nouveau ses messages."))
    else:
        contact.block(request.user, found.sender_id)
        messages.success(request, _("Vous ne recevrez plus de message de cette personne. Elle n'en est pas avertie."))
    return redirect("directory:message", pk)


def _require_moderator(request: MemberRequest) -> None:
    if not request.user.has_perm(contact.MODERATION_PERMISSION):
        raise PermissionDenied(_("Cette page est réservée à l'équipe de modération."))


@login_required
@never_cache
@require_GET
def reports(request: MemberRequest) -> HttpResponse:
    """Show moderators the messages that were reported, oldest first."""
    _require_moderator(request)
    found = contact.reported_messages().select_related("sender", "receiver")
    page = keyset_page(found, "reported_at", "pk", cursor=request.GET.get("apres", ""))
    return render(request, "people/directory_reports.html", {"page": page, "trail": _trail()})


@login_required
@require_POST
def handle_report(request: MemberRequest, pk: int) -> HttpResponse:
    """Note that a reported message was seen to."""
    _require_moderator(request)
    if contact.handle_report(pk, request.user):
        messages.success(request, _("Le signalement est traité."))
    else:
        messages.info(request, _("Ce signalement était déjà traité."))
    return redirect("directory:reports")


# -- Networks ------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def networks(request: MemberRequest) -> HttpResponse:
    """Show the networks, each with how one stands in it."""
    page = keyset_page(networking.networks(), "name", "pk", cursor=request.GET.get("apres", ""))
    own = dict(
        NetworkMembership.objects.filter(user=request.user, network__in=page.rows).values_list(
            "network_id", "accepted_at"
        )
    )
    standings = [(network, network.pk in own, own.get(network.pk)) for network in page.rows]
    return render(request, "people/directory_networks.html", {"page": page, "standings": standings, "trail": _trail()})


def _network(slug: str) -> Network:
    return get_object_or_404(networking.networks(), slug=slug)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def network(request: MemberRequest, slug: str) -> HttpResponse:
    """Show a network, and take a request to join it; show who may answer what there is to answer."""
    found = _network(slug)
    form = JoinForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            membership = networking.ask_to_join(request.user, found, **form.cleaned_data)
            if membership.accepted_at is None:
                messages.success(request, _("Votre demande est envoyée aux personnes qui animent le réseau."))
            return redirect("directory:network", slug)
        status = 400
    manages = networking.manages(request.user, found)
    memberships = NetworkMembership.objects.filter(network=found).select_related("user__profile__structure")
    context = {
        "network": found,
        "form": form,
        "membership": NetworkMembership.objects.filter(network=found, user=request.user).first(),
        "manages": manages,
        "requests": memberships.filter(accepted_at=None).order_by("asked_at", "pk")[:100] if manages else (),
        "members": keyset_page(
            memberships.filter(accepted_at__isnull=False), "-accepted_at", "-pk", cursor=request.GET.get("apres", "")
        )
        if manages
        else None,
        "trail": _trail((_("Réseaux"), reverse("directory:networks"))),
    }
    return render(request, "people/directory_network.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def leave_network(request: MemberRequest, slug: str) -> HttpResponse:
    """Withdraw my request at once; ask once more before I leave."""
    found = _network(slug)
    membership = NetworkMembership.objects.filter(network=found, user=request.user).first()
    if membership is None:
        return redirect("directory:network", slug)
    if request.method == "POST":
        try:
            networking.leave(request.user, found)
        except networking.LastModeratorError:
            messages.error(
                request,
                _("Vous êtes la seule personne qui anime ce réseau. Confiez d'abord ce rôle à un autre membre."),
            )
        else:
            messages.success(
                request,
                _("Vous avez quitté le réseau.") if membership.accepted_at else _("Votre demande est retirée."),
            )
        return redirect("directory:network", slug)
    context = {
        "network": found,
        "trail": _trail(
            (_("Réseaux"), reverse("directory:networks")), (found.name, reverse("directory:network", args=[slug]))
        ),
    }
    return render(request, "people/directory_leave.html", context)


@login_required
@require_POST
def answer_request(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Accept or refuse who asked to join; take a member out; give or take the role of moderator."""
    found = _network(slug)
    if not networking.manages(request.user, found):
        raise PermissionDenied(_("Seules les personnes qui animent ce réseau peuvent faire cela."))
    action = request.POST.get("action", "")
    if action == "accept":
        done = networking.accept(pk, found) is not None
        said = _("La personne est maintenant membre du réseau.")
    elif action == "refuse":
        done = networking.refuse(pk, found)
        said = _("La demande est refusée.")
    elif action == "remove":
        done = networking.remove_member(pk, found, by=request.user)
        said = _("La personne n'est plus membre du réseau.")
    elif action in ("moderator", "member"):
        done = networking.set_role(pk, found, action, by=request.user)
        said = _("Le rôle est changé.")
    else:
        raise Http404
    if done:
        messages.success(request, said)
    else:
        messages.info(request, _("C'était déjà fait."))
    return redirect("directory:network", slug)


# -- The map -------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def map_of_structures(request: MemberRequest) -> HttpResponse:
    """Show the départements on a map and in a table, with how many structures and members are known in each."""
    return render(request, "people/directory_map.html", {"body": map_html(), "trail": _trail()})


@login_required
@never_cache
@require_GET
def department(request: MemberRequest, code: str) -> HttpResponse:
    """Show the structures known in a département, and the members who say that they work there."""
    departments = Territory.objects.filter(kind=Territory.Kind.DEPARTMENT).select_related("parent")
    found = get_object_or_404(departments, code=code.upper())
    context = {
        "department": found,
        "structures": structures_of(found, request.GET.get("apres", "")),
        "members": Search(territory=found).page(size=_MEMBERS_SHOWN),
        "trail": _trail((_("Carte des structures"), reverse("directory:map"))),
    }
    return render(request, "people/directory_department.html", context)
