"""Writing in the forum: opening a topic, replying, changing and deleting one's messages."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.models import Page

from pages.markdown import render_markdown
from people.http import MemberRequest

from .. import services
from ..forms import EditForm, EditOpeningForm, ReplyForm, TopicForm
from ..models import TOP_HEADING, Post, Topic
from ..paging import post_address
from ..quoting import quote
from ..rights import rights_of
from .common import own_post, trail, visible_topic

LESSON_CATEGORY = "questions-modules"

_TOO_MANY_POSTS = _(
    "Vous avez publié beaucoup de messages en peu de temps. Attendez un peu, puis publiez celui-ci : "
    "votre texte est conservé ci-dessous."
)


def reply_form(request: HttpRequest, topic: Topic) -> ReplyForm:
    """Return the form of a new reply, with the message that `?citer=` names as a quotation."""
    return ReplyForm(initial={"body": _quotation(request, topic)})


def _quotation(request: HttpRequest, topic: Topic) -> str:
    try:
        post = topic.posts.readable().select_related("author").get(pk=int(request.GET["citer"]))
    except (KeyError, ValueError, Post.DoesNotExist):
        return ""
    return quote(post.author_name, post.body)


@login_required
@require_POST
def reply(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a reply to a topic."""
    from .reading import show_topic

    topic = visible_topic(request, pk)
    if request.POST.get("action") == "preview":
        form, preview = _previewed(ReplyForm, request)
        return show_topic(request, topic, form, preview=preview)
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
    return show_topic(request, topic, form, status=status)


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
    context = {"form": form, "preview": preview, "lesson": lesson, "trail": trail()}
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


@login_required
@require_http_methods(["GET", "POST"])
def edit_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Change one's message."""
    found = own_post(request, pk)
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
        "trail": trail(found.topic.category, found.topic),
    }
    return render(request, "forum/edit_post.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def delete_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask whether to delete one's message, then do."""
    found = own_post(request, pk)
    if request.method == "GET":
        if found.deleted_at:
            return redirect(post_address(found, request.user))
        context = {"post": found, "trail": trail(found.topic.category, found.topic)}
        return render(request, "forum/delete_post.html", context)
    topic = services.delete_post(found)
    messages.success(request, _("Votre message est supprimé."))
    if topic.hidden and not rights_of(request.user).moderates(topic.category_id):
        return redirect(found.topic.category)
    return redirect(post_address(found, request.user))
