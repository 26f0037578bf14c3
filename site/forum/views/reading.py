"""Reading the forum."""

from __future__ import annotations

from django import forms
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from .. import services
from ..anonymity import written_among
from ..models import Category, Tag, Topic
from ..paging import post_address, post_page, topic_page
from ..rights import rights_of
from .common import trail, visible_post, visible_topic
from .writing import reply_form

RECENT_TOPICS = 10


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the categories, each with its latest topic, and the recent discussions."""
    rights = rights_of(request.user)
    latest = Topic.objects.filter(category=OuterRef("pk"), hidden=False).order_by("-last_post_at", "-pk")
    ids = dict(
        Category.objects.filter(pk__in=rights.readable)
        .annotate(latest_id=Subquery(latest.values("pk")[:1]))
        .values_list("pk", "latest_id")
    )
    topics = Topic.objects.in_bulk([pk for pk in ids.values() if pk])
    return render(
        request,
        "forum/home.html",
        {
            "categories": [(category, topics.get(ids.get(category.pk))) for category in rights.categories],
            "topics": Topic.objects.for_list(request.user).order_by("-last_post_at", "-pk")[:RECENT_TOPICS],
        },
    )


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of a category's topics."""
    readable = Category.objects.filter(pk__in=rights_of(request.user).readable)
    found = get_object_or_404(readable, slug=slug)
    page = topic_page(Topic.objects.for_list(request.user).filter(category=found), request.GET.get("apres", ""))
    return render(request, "forum/category.html", {"category": found, "page": page, "trail": trail()})


@require_GET
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of the topics that have a tag."""
    found = get_object_or_404(Tag, slug=slug)
    page = topic_page(Topic.objects.for_list(request.user).filter(tags=found), request.GET.get("apres", ""))
    return render(request, "forum/category.html", {"category": found, "page": page, "trail": trail()})


@require_GET
def topic(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Show a page of a topic."""
    found = visible_topic(request, pk)
    if slug != found.slug:
        query = request.META.get("QUERY_STRING", "")
        return redirect(found.get_absolute_url() + (f"?{query}" if query else ""))
    return show_topic(request, found, reply_form(request, found))


def show_topic(
    request: HttpRequest, topic: Topic, form: forms.Form, *, preview: SafeString | None = None, status: int = 200
) -> HttpResponse:
    """Render a page of a topic with the form of a reply, as it was sent or new."""
    page = post_page(topic.posts.in_topic_for(request.user, topic).select_related("author"), request.GET)
    mine: set[int] = set()
    if request.user.is_authenticated and page.posts:
        mine = written_among(request.user, page.posts)
        last_shown = page.posts[-1].pk
        if request.method == "GET" and (topic.read_mark is None or topic.read_mark < last_shown):
            services.mark_read(request.user, topic, last_shown)
    context = {
        "topic": topic,
        "page": page,
        "mine": mine,
        "lesson_url": topic.page.get_url(request) if topic.page and topic.page.live else None,
        "form": form,
        "preview": preview,
        "moderator": rights_of(request.user).moderates(topic.category_id),
        "trail": trail(topic.category),
    }
    return render(request, "forum/topic.html", context, status=status)


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to a message, on its page of its topic."""
    return redirect(post_address(visible_post(request, pk), request.user))
