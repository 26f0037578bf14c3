"""What readers do beside writing: reactions, bookmarks, following, accepting an answer, reading it all.

Each is a form of its own, so that it works without JavaScript; with htmx only its part of the page changes.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from pages.templatetags.pages_tags import long_date
from people.http import MemberRequest

from .. import services
from ..following import follow
from ..models import Category, Post, Tag, Topic
from ..paging import post_address
from ..reactions import bookmark, react, words
from ..rights import rights_of
from .common import visible_post, visible_topic


def _is_on(request: HttpRequest) -> bool:
    return request.POST.get("on") == "1"


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Lead back to the page that the form was on."""
    here = request.POST.get("retour", "")
    if url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(here)
    return redirect(otherwise)


def _read_again(request: MemberRequest, post: Post) -> Post:
    again: Post = Post.objects.for_page(request.user).get(pk=post.pk)
    again.topic = post.topic
    return again


@login_required
@require_POST
def react_view(request: MemberRequest, pk: int) -> HttpResponse:
    """Say a word on a message, or take it back."""
    post = visible_post(request, pk)
    if not post.is_readable:
        raise Http404
    try:
        react(request.user, post, request.POST.get("kind", ""), on=_is_on(request))
    except ValueError:
        raise Http404 from None
    except services.NotAllowedError:
        raise PermissionDenied(_("On ne réagit pas à son propre message.")) from None
    except services.SuspendedError as suspended:
        raise PermissionDenied(
            _("Vous ne pouvez ni écrire ni réagir jusqu'au %(date)s.") % {"date": long_date(suspended.until)}
        ) from None
    if request.htmx:  # type: ignore[attr-defined]
        shown = _read_again(request, post)
        return render(request, "forum/reactions.html", {"post": shown, "said": words(shown)})
    return redirect(post_address(post, request.user))


@login_required
@require_POST
def bookmark_view(request: MemberRequest, pk: int) -> HttpResponse:
    """Keep a message among one's bookmarks, or take it out."""
    post = visible_post(request, pk)
    bookmark(request.user, post, on=_is_on(request))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "forum/bookmark.html", {"post": _read_again(request, post)})
    return _back(request, post_address(post, request.user))


@login_required
@require_POST
def follow_topic(request: MemberRequest, pk: int) -> HttpResponse:
    """Follow a topic, or follow it no more."""
    return _follow(request, visible_topic(request, pk))


@login_required
@require_POST
def follow_category(request: MemberRequest, slug: str) -> HttpResponse:
    """Follow a category, or follow it no more."""
    found = next((c for c in rights_of(request.user).categories if c.slug == slug), None)
    if found is None:
        raise Http404
    return _follow(request, found)


@login_required
@require_POST
def follow_tag(request: MemberRequest, slug: str) -> HttpResponse:
    """Follow a tag, or follow it no more. One cannot learn here that a tag of a private space exists."""
    found = get_object_or_404(Tag, slug=slug)
    if not Topic.objects.visible_to(request.user).filter(tags=found).exists():
        raise Http404
    return _follow(request, found)


def _follow(request: MemberRequest, what: Topic | Category | Tag) -> HttpResponse:
    on = _is_on(request)
    follow(request.user, what, on=on)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "forum/follow.html", {"what": what, "followed": on, "action": request.path})
    messages.success(
        request,
        _("Vous suivez « %s » : les nouveautés vous seront signalées.") % what
        if on
        else _("Vous ne suivez plus « %s ».") % what,
    )
    return _back(request, what.get_absolute_url())


@login_required
@require_POST
def accept(request: MemberRequest, pk: int) -> HttpResponse:
    """Mark a reply as the answer of its question, or take the mark away."""
    post = visible_post(request, pk)
    try:
        services.accept_answer(request.user, post.topic, post if _is_on(request) else None)
    except services.NotAllowedError:
        raise PermissionDenied(_("Seule la personne qui a posé la question choisit la réponse.")) from None
    except Post.DoesNotExist:
        raise Http404 from None
    if _is_on(request):
        messages.success(request, _("C'est la réponse retenue : elle est mise en avant sous la question."))
    else:
        messages.success(request, _("La question attend de nouveau une réponse."))
    return redirect(post_address(post, request.user))


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Note that nothing is news of what was written until the person was shown the list."""
    try:
        until = datetime.fromisoformat(request.POST.get("jusque", ""))
    except ValueError:
        until = None
    services.mark_all_read(request.user, until if until and timezone.is_aware(until) else None)
    messages.success(request, _("Tout est marqué comme lu."))
    return redirect("forum:home")
