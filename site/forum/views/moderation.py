"""Moderating, from the pages of the forum: the queue, the tools of a topic and of a message, the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pages.markdown import plain_text
from people.http import MemberRequest
from people.keyset import keyset_page
from search.services import similar

from .. import journal, moderating, reports, sanctions, spam
from ..journal import ChangedMeanwhileError
from ..models import ModerationAction, Post, Report, Topic
from ..moderation_forms import (
    DecisionForm,
    LogFilterForm,
    MoveForm,
    OtherTopicForm,
    ReasonForm,
    RetitleForm,
    SplitForm,
)
from ..restructuring import SPLIT_AT_MOST, is_read_by_others
from ..rights import rights_of
from ..services import NotAllowedError
from ..undoing import undo
from .common import trail, visible_post, visible_topic

_RESERVED = _("Cette action est réservée aux modérateurs de cette catégorie.")
_QUEUE_PAGE = 10


def _require_moderator(request: MemberRequest) -> None:
    if not rights_of(request.user).moderates_any:
        raise PermissionDenied(_RESERVED)


def _moderated_topic(request: MemberRequest, pk: int) -> Topic:
    topic = visible_topic(request, pk)
    if not rights_of(request.user).moderates(topic.category_id):
        raise PermissionDenied(_RESERVED)
    return topic


def _moderated_post(request: MemberRequest, pk: int) -> Post:
    post = visible_post(request, pk)
    if not rights_of(request.user).moderates(post.topic.category_id):
        raise PermissionDenied(_RESERVED)
    return post


def _back(request: HttpRequest, address: str, otherwise: Any) -> HttpResponse:
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(address)
    return redirect(otherwise)


# -- What waits for a decision -------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def queue(request: MemberRequest) -> HttpResponse:
    """Show the messages that wait for a moderator: those to read before they are published, then those reported."""
    _require_moderator(request)
    held_count = reports.held_posts(request.user).count()
    reported_count = reports.reported_posts(request.user).count()
    # Without a choice, the list where something waits.
    first = "signales" if reported_count and not held_count else "a-relire"
    tab = {"signales": "signales", "a-relire": "a-relire"}.get(request.GET.get("onglet", ""), first)
    found = reports.reported_posts(request.user) if tab == "signales" else reports.held_posts(request.user)
    page = keyset_page(
        found.select_related("topic", "author"), "pk", cursor=request.GET.get("apres", ""), size=_QUEUE_PAGE
    )
    context = {
        "tab": tab,
        "page": page,
        "items": _items(request, page.rows),
        "held_count": held_count,
        "reported_count": reported_count,
        "trail": trail(),
    }
    return render(request, "forum/moderation/queue.html", context)


def _items(request: MemberRequest, posts: Sequence[Post]) -> list[dict[str, Any]]:
    """Return what helps to judge each post, in a number of queries that does not follow theirs."""
    user, rights = request.user, rights_of(request.user)
    ids = [post.pk for post in posts]
    told: dict[int, list[Report]] = {}
    for each in Report.objects.filter(post__in=ids, settled_at=None).select_related("reporter").order_by("pk"):
        told.setdefault(each.post_id, []).append(each)
    seen = journal.last_action_ids(ids)
    authors = {post.author_id for post in posts if post.author_id}
    histories = reports.histories(authors, user) if authors else {}
    known = sanctions.may_suspend_for(user, posts)
    return [
        {
            "post": post,
            "category": rights.category(post.topic.category_id),
            "reports": told.get(post.pk, []),
            "history": histories.get(post.author_id or 0),
            "suspicions": [spam.SUSPICIONS[name] for name in spam.suspicions(post.body)],
            "form": DecisionForm(
                initial={"seen": seen.get(post.pk, 0), "back": request.get_full_path(), "sanction": ""},
                auto_id=f"id_{post.pk}_%s",
                post=post,
                is_reported=post.pk in told,
                may_suspend=post.pk in known,
            ),
        }
        for post in posts
    ]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def moderate_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Decide what becomes of a message and of its author."""
    post = _moderated_post(request, pk)
    (item,) = _items(request, [post])
    if request.method == "GET":
        item["form"].initial["back"] = post.get_absolute_url()
        return render(request, "forum/moderation/decide.html", _decision(request, item))
    form = DecisionForm(
        request.POST,
        auto_id=f"id_{post.pk}_%s",
        post=post,
        is_reported=bool(item["reports"]),
        may_suspend=bool(sanctions.may_suspend_for(request.user, [post])),
    )
    item["form"] = form
    if not form.is_valid():
        return render(request, "forum/moderation/decide.html", _decision(request, item), status=400)
    decided = form.cleaned_data
    try:
        topic = moderating.decide(
            request.user,
            post,
            decided["decision"],
            seen=decided["seen"],
            sanction=decided.get("sanction", ""),
            reason=decided["reason"],
        )
    except ChangedMeanwhileError as changed:
        messages.warning(request, changed.message)
    except NotAllowedError:
        raise PermissionDenied(_("Vous ne pouvez pas sanctionner cette personne.")) from None
    else:
        messages.success(request, _DECIDED[decided["decision"]])
        if topic.hidden:
            messages.info(request, _("La discussion entière est masquée : elle n'a plus de message à lire."))
    return _back(request, decided["back"], post)


_DECIDED = {
    moderating.Decision.SHOW: _("Le message est visible."),
    moderating.Decision.HIDE: _("Le message est masqué. Son auteur en est prévenu, avec la raison."),
    moderating.Decision.DISMISS: _("Les signalements sont classés, le message reste."),
    moderating.Decision.KEEP: _("C'est noté. Le message reste comme il est."),
}


def _decision(request: MemberRequest, item: dict[str, Any]) -> dict[str, Any]:
    topic = item["post"].topic
    return {"item": item, "post": item["post"], "trail": trail(topic.category, topic)}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def lift_anonymity(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask why, then show who wrote an anonymous message, to this moderator alone."""
    post = _moderated_post(request, pk)
    if not post.anonymous:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            moderating.lift_anonymity(request.user, post, reason=form.cleaned_data["reason"])
            return redirect(request.path)
        status = 400
    lifted = ModerationAction.objects.filter(
        kind=ModerationAction.Kind.LIFT_ANONYMITY, post=post, moderator=request.user
    )
    context = {
        "post": post,
        "form": form,
        "lifted": lifted.select_related("member").first(),
        "trail": trail(post.topic.category, post.topic),
    }
    return render(request, "forum/moderation/lift_anonymity.html", context, status=status)


# -- The tools of a topic ------------------------------------------------------------------------------------------


@login_required
@require_POST
def moderate(request: MemberRequest, pk: int) -> HttpResponse:
    """Lock, unlock, pin, unpin or show a topic; to hide one, a reason is asked first."""
    action = request.POST.get("action", "")
    if action not in moderating.TOPIC_FLAGS:
        raise Http404
    topic = _moderated_topic(request, pk)
    if action == "hide":
        return redirect("forum:hide_topic", pk=pk)
    try:
        moderating.flag_topic(request.user, topic, action)
    except ChangedMeanwhileError as changed:
        messages.warning(request, changed.message)
    else:
        messages.success(request, _TOPIC_MODERATED[action])
    return redirect(topic)


_TOPIC_MODERATED = {
    "lock": _("La discussion est fermée : on la lit, on n'y répond plus."),
    "unlock": _("La discussion est rouverte."),
    "pin": _("La discussion est épinglée en tête de sa catégorie."),
    "unpin": _("La discussion n'est plus épinglée."),
    "show": _("La discussion est de nouveau visible."),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def hide_topic(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide a topic, with all that is in it."""
    topic = _moderated_topic(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            moderating.flag_topic(request.user, topic, "hide", reason=form.cleaned_data["reason"])
        except ChangedMeanwhileError as changed:
            messages.warning(request, changed.message)
        else:
            messages.success(request, _("La discussion est masquée : seuls les modérateurs la voient."))
        return redirect(topic)
    return _tool(request, "hide_topic", topic, form)


def _tool(request: MemberRequest, name: str, topic: Topic, form: Any, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    context |= {"topic": topic, "form": form, "trail": trail(topic.category, topic)}
    return render(request, f"forum/moderation/{name}.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def retitle(request: MemberRequest, pk: int) -> HttpResponse:
    """Change the title and the tags of a topic."""
    topic = _moderated_topic(request, pk)
    initial = {"title": topic.title, "tags": ", ".join(tag.name for tag in topic.tags.all())}
    form = RetitleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            topic = moderating.retitle_topic(request.user, topic, **form.cleaned_data)
        except ChangedMeanwhileError as changed:
            messages.warning(request, changed.message)
        else:
            messages.success(request, _("Le titre et les étiquettes sont enregistrés. Le journal permet d'annuler."))
        return redirect(topic)
    return _tool(request, "retitle", topic, form)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """Put a topic into another category; ask again when other people may read there."""
    topic = _moderated_topic(request, pk)
    form = MoveForm(request.POST if request.method == "POST" else None, topic=topic, moderator=request.user)
    warned = None
    if request.method == "POST" and form.is_valid():
        category = form.cleaned_data["category"]
        if is_read_by_others(topic.category, category) and request.POST.get("confirmed") != str(category.pk):
            warned = category
        else:
            try:
                topic = moderating.move_topic(request.user, topic, category, reason=form.cleaned_data["reason"])
            except ChangedMeanwhileError as changed:
                messages.warning(request, changed.message)
            else:
                messages.success(
                    request,
                    _("La discussion est maintenant dans « %s ». Le journal permet d'annuler.") % category.name,
                )
            return redirect(topic)
    has_anonymous = warned is not None and topic.posts.filter(anonymous=True).exists()
    return _tool(request, "move", topic, form, warned=warned, has_anonymous=has_anonymous)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def split(request: MemberRequest, pk: int) -> HttpResponse:
    """Take replies out of a topic into a new one."""
    topic = _moderated_topic(request, pk)
    start = request.GET.get("message", "")
    form = SplitForm(
        request.POST if request.method == "POST" else None, topic=topic, initial={"posts": [start] if start else []}
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            new = moderating.split_topic(
                request.user,
                topic,
                chosen["posts"],
                title=chosen["title"],
                kind=chosen["kind"],
                reason=chosen["reason"],
            )
        except ChangedMeanwhileError as changed:
            messages.warning(request, changed.message)
            return redirect(topic)
        messages.success(
            request, _("Les messages choisis sont dans cette nouvelle discussion. Le journal permet d'annuler.")
        )
        return redirect(new)
    replies = topic.posts.readable().filter(opening=False).select_related("author")
    page = keyset_page(replies, "pk", cursor=request.GET.get("apres", ""), size=SPLIT_AT_MOST // 4)
    ticked = {str(value) for value in (request.POST.getlist("posts") if request.method == "POST" else [start])}
    rows = [{"post": post, "text": plain_text(post.html)[:200], "ticked": str(post.pk) in ticked} for post in page.rows]
    return _tool(request, "split", topic, form, page=page, rows=rows)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def merge(request: MemberRequest, pk: int) -> HttpResponse:
    """Choose another topic, see which one stays, then put both together."""
    topic = _moderated_topic(request, pk)
    given = request.POST if request.method == "POST" else request.GET if "other" in request.GET else None
    form = OtherTopicForm(given, topic=topic, moderator=request.user)
    if not (given and form.is_valid()):
        hits = [hit for hit in similar(request.user, topic.title, kinds=("topic",)) if hit.object_id != topic.pk]
        return _tool(request, "merge", topic, form, hits=hits)
    other = form.cleaned_data["other"]
    if request.method == "POST":
        reason = request.POST.get("reason", "")[:1000]
        try:
            stays = moderating.merge_topics(request.user, topic, other, reason=reason)
        except ChangedMeanwhileError as changed:
            messages.warning(request, changed.message)
            return redirect(topic)
        messages.success(
            request,
            _("Les deux discussions n'en font plus qu'une. L'autre adresse y mène. Le journal permet d'annuler."),
        )
        return redirect(stays)
    openings = dict(Post.objects.filter(topic__in=[topic, other], opening=True).values_list("topic_id", "pk"))
    stays, goes = sorted((topic, other), key=lambda found: openings.get(found.pk, 0))
    return _tool(
        request,
        "merge_confirm",
        topic,
        form,
        stays=stays,
        goes=goes,
        read_by_others=is_read_by_others(goes.category, stays.category),
    )


# -- The log -------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_GET
def log(request: MemberRequest) -> HttpResponse:
    """Show what was done in the categories that the person moderates, the latest first."""
    _require_moderator(request)
    form = LogFilterForm(request.GET, moderator=request.user)
    chosen = form.cleaned_data if form.is_valid() else {}
    actions = journal.actions_for(request.user, chosen.get("category"), chosen.get("kind", ""))
    page = keyset_page(actions, "-pk", cursor=request.GET.get("apres", ""))
    query = request.GET.copy()
    query.pop("apres", None)
    context = {
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "entries": [journal.entry(action, request.user) for action in page.rows],
        "trail": trail(),
    }
    return render(request, "forum/moderation/log.html", context)


@login_required
@require_POST
def undo_action(request: MemberRequest, pk: int) -> HttpResponse:
    """Bring back what was there before an action of the log."""
    action = get_object_or_404(ModerationAction, pk=pk)
    try:
        undo(request.user, action)
    except ChangedMeanwhileError:
        messages.warning(
            request, _("On ne peut plus annuler cette action : ce qu'elle avait changé a été changé de nouveau depuis.")
        )
    except NotAllowedError:
        raise PermissionDenied(_RESERVED) from None
    else:
        messages.success(request, _("L'action est annulée : tout est comme avant."))
    return _back(request, request.POST.get("back", ""), "forum:log")
