"""Pages of notifications: the list, how one wants to be told, stopping e-mails, the devices that are woken."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.http import MemberRequest
from people.models import User

from . import push, services, unsubscribing
from .forms import PreferencesForm
from .lists import in_words, listing
from .models import Cadence, Notification, Rhythm
from .registry import kind_of


def _row_id(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdecimal() and len(value) <= 18 else None


@login_required
@never_cache
@require_GET
def list_view(request: MemberRequest) -> HttpResponse:
    """Show what the person was told, newest first."""
    before = _row_id(request.GET.get("avant"))
    found = listing(request.user, before)
    return render(request, "notifications/list.html", {"listing": found, "is_first": before is None})


@login_required
@require_GET
def open_view(request: MemberRequest, pk: int) -> HttpResponse:
    """Lead to what a notification is about, and note that it was seen."""
    notification = get_object_or_404(Notification, pk=pk, user=request.user)
    entries, _silent = in_words(request.user, [notification])
    if not entries:
        services.forget(request.user, [notification.pk])
        messages.info(request, _("Ce dont parlait cette notification n'est plus disponible."))
        return redirect("notifications:list")
    if notification.group:
        services.mark_group_read(request.user, notification.group)
    else:
        services.mark_read(request.user, notification.pk)
    return redirect(entries[0].line.url)


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Note that all was seen, up to what the page showed."""
    if up_to := _row_id(request.POST.get("jusqu_a")):
        services.mark_all_read(request.user, up_to)
        messages.success(request, _("Tout est marqué comme lu."))
    return redirect("notifications:list")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: MemberRequest) -> HttpResponse:
    """Let the person choose how they are told."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Vos réglages sont enregistrés."))
        return redirect("notifications:preferences")
    context = {"form": form, "push_key": push.public_key()}
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "notifications/preferences.html", context, status=status)


# -- Stopping e-mails ----------------------------------------------------------------------------------------------


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop e-mails of some kinds for who holds one of them, without signing in: a mail program does it by a POST."""
    wish = unsubscribing.read(token)
    user = User.objects.filter(pk=wish.user_id).first() if wish else None
    if wish is None or user is None:
        return render(request, "notifications/unsubscribe.html", {"bad_link": True}, status=HTTPStatus.NOT_FOUND)
    labels = [str(kind.label) for code in wish.kinds if (kind := kind_of(code))]
    if unsubscribing.DIGEST in wish.kinds:
        labels.append(str(_("Ce qui bouge dans mon territoire")))
    done = request.method == "POST"
    if done:
        _stop(user, wish.kinds)
    return render(request, "notifications/unsubscribe.html", {"labels": labels, "done": done})


def _stop(user: User, codes: tuple[str, ...]) -> None:
    for code in codes:
        if code == unsubscribing.DIGEST:
            rhythm = Rhythm.objects.filter(user=user).first()
            day = rhythm.weekly_day if rhythm else Rhythm.Day.MONDAY
            services.choose_rhythm(user, weekly_day=day, digest=Cadence.NEVER)
        elif kind_of(code):
            services.stop_mail(user, code)


# -- Devices -------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def devices(request: MemberRequest) -> HttpResponse:
    """Keep or forget the device that the page runs on. JSON: what the browser's subscription says of itself."""
    try:
        told: Any = json.loads(request.body)
        endpoint, keys = str(told["endpoint"]), told.get("keys") or {}
        if told.get("forget"):
            push.unsubscribe(request.user, endpoint)
            return JsonResponse({"on": False})
        push.subscribe(request.user, endpoint=endpoint, p256dh=str(keys["p256dh"])[:120], auth=str(keys["auth"])[:60])
    except (ValueError, KeyError, TypeError, AttributeError):
        error = str(_("Cet appareil n'a pas donné ce qu'il faut pour être prévenu."))
        return JsonResponse({"error": error}, status=HTTPStatus.BAD_REQUEST)
    except ValidationError as error_of_address:
        return JsonResponse({"error": error_of_address.messages[0]}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse({"on": True})


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that a device keeps to be woken, at an address above the pages that it opens."""
    path = finders.find("js/push-worker.js")
    if not isinstance(path, str):
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    with open(path, "rb") as script:  # noqa: PTH123
        return HttpResponse(
            script.read(),
            content_type="text/javascript; charset=utf-8",
            headers={"Service-Worker-Allowed": "/", "Cache-Control": "max-age=3600"},
        )
