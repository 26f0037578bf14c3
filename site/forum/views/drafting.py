"""What the form of a message asks for while one writes: drafts, files, names to complete, the charter."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pages.models import StandardPage
from people.http import MemberRequest

from .. import attachments, drafts, mentions
from ..anonymity import wrote
from ..models import Attachment, Draft, Post, Tag, Topic, tag_slug
from ..my_drafts import my_drafts
from ..rights import rights_of
from .common import trail

CHARTER_SLUG = "charte-du-forum"
TAGS_SHOWN = 8


# -- Drafts --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def draft_list(request: MemberRequest) -> HttpResponse:
    """Show one's drafts; keep the one that is sent."""
    if request.method == "POST":
        return _save_draft(request)
    if not request.user.is_authenticated:
        return redirect("account_login")
    return render(request, "forum/drafts.html", {"drafts": my_drafts(request.user), "trail": trail()})


def _save_draft(request: MemberRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return JsonResponse({"error": _("Vous n'êtes plus connecté.")}, status=403)
    place = request.POST.get("place", "")
    if not drafts.is_place(place):
        return JsonResponse({"error": _("Ce brouillon n'a pas de place.")}, status=400)
    try:
        kept = drafts.save(
            request.user,
            place,
            drafts.content_of(request.POST),
            base=request.POST.get("base", ""),
            force=request.POST.get("force") == "1",
        )
    except drafts.StaleDraftError:
        current = Draft.objects.filter(user=request.user, place=place).values_list("updated_at", flat=True).first()
        return JsonResponse({"version": drafts.version_of(current)}, status=409)
    said = timezone.localtime().strftime("%H h %M")
    return JsonResponse({"version": drafts.version_of(kept.updated_at if kept else None), "said": said})


@login_required
@require_POST
def discard_draft(request: MemberRequest) -> HttpResponse:
    """Forget a draft, and lead back to where it was shown."""
    drafts.forget(request.user, request.POST.get("place", "")[:60])
    here = request.POST.get("retour", "")
    if url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(here)
    return redirect("forum:drafts")


# -- Files ---------------------------------------------------------------------------------------------------------


@require_POST
def upload(request: MemberRequest) -> HttpResponse:
    """Take a file for the message being written; return its line of the form."""
    if not request.user.is_authenticated:
        return HttpResponse(_("Vous n'êtes plus connecté."), status=403, content_type="text/plain; charset=utf-8")
    file = request.FILES.get("uploads")
    if file is None:
        raise Http404
    try:
        made = attachments.receive(request.user, file)
    except ValidationError as error:
        return HttpResponse(" ".join(error.messages), status=400, content_type="text/plain; charset=utf-8")
    return render(request, "forum/file_row.html", {"file": made})


@require_GET
def attachment(request: HttpRequest, pk: UUID, *, small: bool = False) -> HttpResponse | FileResponse:
    """Serve a file to who may read its message; before it is published, to who sent it."""
    file = get_object_or_404(Attachment.objects.select_related("post"), pk=pk)
    if not _may_see(request, file):
        raise Http404
    name = file.thumbnail if small else file.file
    if not name:
        raise Http404
    etag = f'"{file.pk.hex}{"-p" if small else ""}"'
    if request.headers.get("If-None-Match") == etag:
        return _guarded(HttpResponseNotModified(), etag)
    try:
        content = attachments.storage().open(name)
    except FileNotFoundError:
        raise Http404 from None
    is_document = file.kind == Attachment.Kind.DOCUMENT
    return _guarded(
        FileResponse(content, as_attachment=is_document, filename=file.name, content_type=file.content_type), etag
    )


def _guarded[R: (HttpResponse, FileResponse)](response: R, etag: str) -> R:
    # Asked again each time: rights change. The answer is most often that nothing has.
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response._csp_config = {}  # type: ignore[attr-defined]  # the site's policy is for its own pages
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _may_see(request: HttpRequest, file: Attachment) -> bool:
    if file.post is None:
        return request.user.is_authenticated and file.uploader_id == request.user.pk
    if file.post.deleted_at is None and Post.objects.visible_to(request.user).filter(pk=file.post.pk).exists():
        return True
    # What waits for a moderator, or was just deleted: its author sees it.
    return request.user.is_authenticated and wrote(request.user, file.post)


# -- Completion ----------------------------------------------------------------------------------------------------


@login_required
@require_GET
def member_names(request: MemberRequest) -> JsonResponse:
    """Return the names that complete «@…» in a topic (`sujet`) or in a category (`categorie`)."""
    rights = rights_of(request.user)
    topic, category = None, None
    number = request.GET.get("sujet", "")
    if number.isascii() and number.isdecimal() and len(number) < 19:
        topic = Topic.objects.visible_to(request.user).select_related("category").filter(pk=int(number)).first()
        category = topic and topic.category
    elif slug := request.GET.get("categorie"):
        category = next((c for c in rights.categories if c.slug == slug), None)
    else:
        category = next((c for c in rights.categories if c.is_public), None)
    found = mentions.suggest(request.user, request.GET.get("q", ""), category, topic) if category else []
    return JsonResponse({"found": [{"insert": insert, "label": label} for insert, label in found]})


@login_required
@require_GET
def tag_names(request: MemberRequest) -> JsonResponse:
    """Return the tags that begin like what is typed, among those of topics that the person may read."""
    slug = tag_slug(request.GET.get("q", "")[:60])
    if not slug:
        return JsonResponse({"found": []})
    mine = Topic.objects.visible_to(request.user).filter(topic_tags__tag=OuterRef("pk"))
    tags = Tag.objects.filter(Q(slug__startswith=slug) | Q(slug__contains=f"-{slug}"))
    tags = tags.filter(Q(topic_count__gt=0) | Exists(mine)).order_by("-topic_count", "name")
    names = list(tags.values_list("name", flat=True)[:TAGS_SHOWN])
    return JsonResponse({"found": [{"insert": name, "label": name} for name in names]})


# -- The charter ---------------------------------------------------------------------------------------------------


@require_GET
def charter(request: HttpRequest) -> HttpResponse:
    """Return the text of the charter, for a form that asks to accept it; elsewhere, lead to its page."""
    page = StandardPage.objects.live().filter(slug=CHARTER_SLUG).first()
    if page is None or not request.headers.get("HX-Request"):
        return redirect(f"/{CHARTER_SLUG}/")
    return render(request, "forum/charter.html", {"charter": page})
