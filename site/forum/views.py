"""Reading and writing in the forum. Reading is open to all; writing needs an account."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.models import Page

from pages.markdown import render_markdown
from people.http import MemberRequest

from . import services
from .forms import EditForm, EditOpeningForm, ReplyForm, TopicForm
from .models import TOP_HEADING, Category, Post, Topic, can_moderate
from .paging import post_address, post_page, topic_page
from .quoting import quote

RECENT_TOPICS = 10
LESSON_CATEGORY = "questions-modules"

_TOO_MANY_POSTS = _(
    "Vous avez publié beaucoup de messages en peu de temps. Attendez un peu, puis publiez celui-ci : "
    "votre texte est conservé ci-dessous."
)


def _trail(*steps: Category | Topic) -> list[tuple[object, str]]:
    """Return the breadcrumb down to these."""
    return [(_("Forum"), reverse("forum:home")), *((str(step), step.get_absolute_url()) for step in steps)]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the categories, each with its latest topic, and the recent discussions."""
    visible = Topic.objects.filter(category=OuterRef("pk"), hidden=False)
    # Two subqueries, each answered by an index: joining and grouping would read every topic.
    categories = list(
        Category.objects.annotate(
            topic_count=Coalesce(Subquery(visible.values("category").annotate(count=Count("pk")).values("count")), 0),
            latest_id=Subquery(visible.order_by("-last_post_at", "-pk").values("pk")[:1]),
        )
    )
    by_id = Topic.objects.in_bulk([category.latest_id for category in categories if category.latest_id])
    return render(
        request,
        "forum/home.html",
        {
            "categories": [(category, by_id.get(category.latest_id)) for category in categories],
            "topics": Topic.objects.for_list(request.user).order_by("-last_post_at", "-pk")[:RECENT_TOPICS],
        },
    )


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of a category's topics."""
    found = get_object_or_404(Category, slug=slug)
    page = topic_page(Topic.objects.for_list(request.user).filter(category=found), request.GET.get("apres", ""))
    return render(request, "forum/category.html", {"category": found, "page": page, "trail": _trail()})


@require_http_methods(["GET", "POST"])
def topic(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Show a page of a topic, or take a reply to it."""
    topics = Topic.objects.visible_to(request.user).with_reading_of(request.user)
    found = get_object_or_404(topics.select_related("category", "author", "page"), pk=pk)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(found.get_absolute_url())
        return _reply(cast("MemberRequest", request), found)
    if slug != found.slug:
        query = request.META.get("QUERY_STRING", "")
        return redirect(found.get_absolute_url() + (f"?{query}" if query else ""))
    return _show_topic(request, found, ReplyForm(initial={"body": _quotation(request, found)}))


def _quotation(request: HttpRequest, topic: Topic) -> str:
    """Return the message of this topic that `?citer=` names, as a quotation; nothing for any other value."""
    try:
        pk = int(request.GET["citer"])
        post = topic.posts.readable().select_related("author").get(pk=pk)
    except (KeyError, ValueError, Post.DoesNotExist):
        return ""
    return quote(post.author_name, post.body)


def _reply(request: MemberRequest, topic: Topic) -> HttpResponse:
    if request.POST.get("action") == "preview":
        form, preview = _previewed(ReplyForm, request)
        return _show_topic(request, topic, form, preview=preview)
    form = ReplyForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            post = services.add_post(request.user, topic, **form.cleaned_data)
        except services.TopicClosedError:
            topic.refresh_from_db(fields=["locked", "hidden"])
            status = 409
        except services.TooManyPostsError:
            form.add_error(None, _TOO_MANY_POSTS)
            status = 429
        else:
            return redirect(post_address(post, request.user))
    return _show_topic(request, topic, form, status=status)


def _show_topic(
    request: HttpRequest, topic: Topic, form: forms.Form, *, preview: SafeString | None = None, status: int = 200
) -> HttpResponse:
    posts = topic.posts.visible_to(request.user).select_related("author")
    page = post_page(posts, request.GET)
    if request.method == "GET" and request.user.is_authenticated and page.posts:
        last_shown = page.posts[-1].pk
        if topic.read_mark is None or topic.read_mark < last_shown:
            services.mark_read(request.user, topic, last_shown)
    context = {
        "topic": topic,
        "page": page,
        "lesson_url": topic.page.get_url(request) if topic.page and topic.page.live else None,
        "form": form,
        "preview": preview,
        "moderator": can_moderate(request.user),
        "trail": _trail(topic.category),
    }
    return render(request, "forum/topic.html", context, status=status)


def _previewed(form_class: type[forms.Form], request: HttpRequest) -> tuple[forms.Form, SafeString | None]:
    """Return the form as it was sent and its message as readers would see it, or what keeps it from being shown."""
    checked = form_class(request.POST)
    if checked.has_error("body"):
        return checked, None
    # Not the checked form: it is too early to say that a title is missing.
    unchecked = form_class(initial=request.POST.dict())
    return unchecked, render_markdown(checked.cleaned_data["body"], top_heading=TOP_HEADING, untrusted=True)


@login_required
@require_http_methods(["GET", "POST"])
def new_topic(request: MemberRequest) -> HttpResponse:
    """Open a topic, in the category and about the lesson that the address names."""
    lesson = _lesson(request)
    form: forms.Form
    preview, status = None, 200
    if request.method == "GET":
        slug = request.GET.get("categorie") or (LESSON_CATEGORY if lesson else "")
        form = TopicForm(initial={"category": slug})
    elif request.POST.get("action") == "preview":
        form, preview = _previewed(TopicForm, request)
    else:
        form, status = TopicForm(request.POST), 400
        if form.is_valid():
            try:
                return redirect(services.create_topic(request.user, page=lesson, **form.cleaned_data))
            except services.TooManyPostsError:
                form.add_error(None, _TOO_MANY_POSTS)
                status = 429
    context = {"form": form, "preview": preview, "lesson": lesson, "trail": _trail()}
    return render(request, "forum/new_topic.html", context, status=status)


def _lesson(request: HttpRequest) -> Page | None:
    """Return the published page that `?lecon=` names; say so when there is none."""
    value = request.GET.get("lecon")
    if not value:
        return None
    try:
        page = Page.objects.live().public().filter(pk=int(value), depth__gt=1).first()
    except ValueError:
        page = None
    if page is None:
        messages.warning(
            request, _("La leçon indiquée n'est pas ou plus publiée : votre discussion ne sera reliée à aucune leçon.")
        )
    return page


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to a message, on its page of its topic."""
    return redirect(post_address(_visible_post(request, pk), request.user))


def _visible_post(request: HttpRequest, pk: int) -> Post:
    posts = Post.objects.visible_to(request.user).select_related("topic__category", "author")
    return get_object_or_404(posts.filter(topic__in=Topic.objects.visible_to(request.user)), pk=pk)


def _own_post(request: MemberRequest, pk: int) -> Post:
    found = _visible_post(request, pk)
    if found.author_id != request.user.pk:
        raise PermissionDenied(_("Vous ne pouvez changer que vos propres messages."))
    return found


@login_required
@require_http_methods(["GET", "POST"])
def edit_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Change one's message."""
    found = _own_post(request, pk)
    if found.deleted_at or found.hidden_at:
        raise Http404
    form_class = EditOpeningForm if found.opening else EditForm
    preview, status = None, 200
    if request.method == "GET":
        form: forms.Form = form_class(initial={"body": found.body, "title": found.topic.title})
    elif request.POST.get("action") == "preview":
        form, preview = _previewed(form_class, request)
    else:
        form, status = form_class(request.POST), 400
        if form.is_valid():
            try:
                changed = services.edit_post(found, **form.cleaned_data)
            except Post.DoesNotExist:
                raise Http404 from None
            messages.success(request, _("Votre message est modifié."))
            return redirect(post_address(changed, request.user))
    context = {
        "form": form,
        "preview": preview,
        "post": found,
        "trail": _trail(found.topic.category, found.topic),
    }
    return render(request, "forum/edit_post.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def delete_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask whether to delete one's message, then do."""
    found = _own_post(request, pk)
    if request.method == "GET":
        if found.deleted_at:
            return redirect(post_address(found, request.user))
        context = {"post": found, "trail": _trail(found.topic.category, found.topic)}
        return render(request, "forum/delete_post.html", context)
    topic = services.delete_post(found)
    messages.success(request, _("Votre message est supprimé."))
    if topic.hidden and not can_moderate(request.user):
        return redirect(found.topic.category)
    return redirect(post_address(found, request.user))


def _require_moderator(request: MemberRequest) -> None:
    if not can_moderate(request.user):
        raise PermissionDenied(_("Cette action est réservée aux modérateurs du forum."))


@login_required
@require_POST
def moderate(request: MemberRequest, pk: int) -> HttpResponse:
    """Lock, unlock, pin, unpin, hide or show a topic."""
    _require_moderator(request)
    found = get_object_or_404(Topic, pk=pk)
    action = request.POST.get("action", "")
    if action not in services.TOPIC_ACTIONS:
        raise Http404
    messages.success(request, _TOPIC_MODERATED[action])
    return redirect(services.moderate_topic(found, action))


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
    _require_moderator(request)
    found = get_object_or_404(Post.objects.select_related("topic"), pk=pk)
    action = request.POST.get("action", "")
    if action not in ("hide", "show"):
        raise Http404
    topic = services.moderate_post(found, hidden=action == "hide")
    messages.success(
        request,
        _("Le message est masqué : seuls les modérateurs le voient.")
        if action == "hide"
        else _("Le message est de nouveau visible."),
    )
    if topic.hidden:
        messages.info(request, _("Le sujet entier est masqué. Pour le rendre visible, utilisez « Montrer le sujet »."))
    return redirect(post_address(found, request.user))
