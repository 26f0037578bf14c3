"""Moderating, from the pages of the forum."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from people.http import MemberRequest

from .. import moderating
from ..models import Post, Topic
from ..paging import post_address
from ..services import NotAllowedError

_RESERVED = _("Cette action est réservée aux modérateurs du forum.")


@login_required
@require_POST
def moderate(request: MemberRequest, pk: int) -> HttpResponse:
    """Lock, unlock, pin, unpin, hide or show a topic."""
    action = request.POST.get("action", "")
    if action not in moderating.TOPIC_FLAGS:
        raise Http404
    found = get_object_or_404(Topic.objects.visible_to(request.user), pk=pk)
    try:
        changed = moderating.flag_topic(request.user, found, action, reason=request.POST.get("reason", ""))
    except NotAllowedError:
        raise PermissionDenied(_RESERVED) from None
    messages.success(request, _TOPIC_MODERATED[action])
    return redirect(changed)


_TOPIC_MODERATED = {
    "lock": _("Le sujet est fermé : on le lit, on n'y répond plus."),
    "unlock": _("Le sujet est rouvert."),
    "pin": _("Le sujet est épinglé en tête de sa catégorie."),
    "unpin": _("Le sujet n'est plus épinglé."),
    "hide": _("Le sujet est masqué : seuls les modérateurs le voient."),
    "show": _("Le sujet est de nouveau visible de tous."),
}


@login_required
@require_POST
def moderate_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide a message, or show it again."""
    action = request.POST.get("action", "")
    if action not in ("hide", "show"):
        raise Http404
    found = get_object_or_404(Post.objects.visible_to(request.user).select_related("topic"), pk=pk)
    act = moderating.hide_post if action == "hide" else moderating.show_post
    try:
        topic = act(request.user, found, reason=request.POST.get("reason", ""))
    except NotAllowedError:
        raise PermissionDenied(_RESERVED) from None
    messages.success(
        request,
        _("Le message est masqué : seuls les modérateurs le voient.")
        if action == "hide"
        else _("Le message est de nouveau visible."),
    )
    if topic.hidden:
        messages.info(request, _("Le sujet entier est masqué. Pour le rendre visible, utilisez « Montrer le sujet »."))
    return redirect(post_address(found, request.user))
