"""Reading the forum."""

from __future__ import annotations

from django import forms
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from notifications.services import mark_group_read

from .. import services
from ..following import followed_categories, followed_tags, follows
from ..listing import by_region, home_of, unread_total, view_of, views_for
from ..models import Bookmark, Follow, Post, Tag, Topic
from ..notices import topic_group
from ..paging import post_address, post_page, topic_page
from ..reactions import words
from ..rights import rights_of
from ..structured import topic_data
from .common import trail, visible_post, visible_topic
from .writing import reply_form


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show a list of discussions, «mon territoire + mes thèmes» first, and the categories."""
    place = home_of(request.user)
    view = view_of(request.GET.get("vue", ""), request.user)
    topics = view.topics(Topic.objects.for_list(request.user), request.user, place)
    page = topic_page(topics, request.GET.get("apres", ""), by_activity=True)
    return render(
        request,
        "forum/home.html",
        {
            "home": place,
            "elsewhere": by_region(place.elsewhere),
            "view": view,
            "views": views_for(request.user),
            "unread_total": unread_total(request.user) if request.user.is_authenticated else 0,
            "page": page,
        },
    )


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of a category's topics."""
    rights = rights_of(request.user)
    found = next((c for c in rights.categories if c.slug == slug), None)
    if found is None:
        raise Http404
    page = topic_page(Topic.objects.for_list(request.user).filter(category=found), request.GET.get("apres", ""))
    context = {
        "category": found,
        "page": page,
        "trail": trail(),
        "may_open": rights.can_open_topics(found) or not request.user.is_authenticated,
        "followed": request.user.is_authenticated and follows(request.user, found),
    }
    return render(request, "forum/category.html", context)


@require_GET
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of the topics that have a tag. One that this person finds nowhere does not exist for them."""
    found = get_object_or_404(Tag, slug=slug)
    page = topic_page(
        Topic.objects.for_list(request.user).filter(tags=found), request.GET.get("apres", ""), by_activity=True
    )
    if page.is_first and not page.topics:
        raise Http404
    followed = request.user.is_authenticated and follows(request.user, found)
    context = {"tag": found, "page": page, "trail": trail(), "followed": followed}
    return render(request, "forum/tag.html", context)


@require_GET
def topic(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Show a page of a topic; one that was merged into another leads there."""
    try:
        found = visible_topic(request, pk)
    except Http404:
        # Merged topics are hidden: only their address is left.
        merged = Topic.objects.filter(pk=pk, merged_into__isnull=False).values_list("merged_into", flat=True).first()
        if merged is None:
            raise
        return redirect(visible_topic(request, merged))
    if found.merged_into_id:
        return redirect(visible_topic(request, found.merged_into_id))
    if slug != found.slug:
        query = request.META.get("QUERY_STRING", "")
        return redirect(found.get_absolute_url() + (f"?{query}" if query else ""))
    return show_topic(request, found, reply_form(request, found))


def show_topic(
    request: HttpRequest, topic: Topic, form: forms.Form, *, preview: SafeString | None = None, status: int = 200
) -> HttpResponse:
    """Render a page of a topic with the form of a reply, as it was sent or new."""
    user = request.user
    page = post_page(Post.objects.in_topic_for(user, topic).for_page(user), request.GET)
    first_unread = None
    if user.is_authenticated and page.posts:
        read_mark = topic.read_mark or 0
        unread = [post.pk for post in page.posts if post.pk > read_mark]
        # On a page where all is new, a line above the first message tells nothing.
        first_unread = unread[0] if topic.unread and 0 < len(unread) < len(page.posts) else None
        if request.method == "GET":
            if page.posts[-1].pk > read_mark:
                services.mark_read(user, topic, page.posts[-1].pk)
            if user.unread_notifications:
                mark_group_read(user, topic_group(topic.pk))
    rights = rights_of(user)
    answer = topic.accepted_post
    context = {
        "topic": topic,
        "page": page,
        "words": {post.pk: words(post) for post in page.posts},
        "first_unread": first_unread,
        "jump_to_unread": topic.unread and first_unread is None and not request.GET and page.has_next,
        # The answer is shown below the question, on the page of the question.
        "answer": answer if answer and answer.is_readable and not page.has_previous else None,
        "may_accept": user.is_authenticated and topic.takes_an_answer and services.may_accept(user, topic),
        "may_reply": rights.can_reply(topic.category_id),
        "lesson_url": topic.page.get_url(request) if topic.page and topic.page.live else None,
        "form": form,
        "preview": preview,
        "moderator": rights.moderates(topic.category_id),
        "trail": trail(topic.category),
        "structured": topic_data(request, topic, page.posts) if topic.category.is_public and not topic.hidden else None,
    }
    return render(request, "forum/topic.html", context, status=status)


@require_GET
def first_unread(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the first message of a topic that the person has not read, or to the last one."""
    found = visible_topic(request, pk)
    posts = Post.objects.in_topic_for(request.user, found).order_by("pk")
    post = posts.filter(pk__gt=found.read_mark or 0).first() or posts.last()
    if post is None:
        return redirect(found)
    post.topic = found
    return redirect(post_address(post, request.user))


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to a message, on its page of its topic."""
    return redirect(post_address(visible_post(request, pk), request.user))


@require_GET
def followed(request: HttpRequest) -> HttpResponse:
    """Show what the person follows, to follow it no more."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    mine = Follow.objects.filter(user=request.user, topic=OuterRef("pk"))
    topics = Topic.objects.for_list(request.user).filter(Exists(mine))
    context = {
        "categories": followed_categories(request.user),
        "tags": followed_tags(request.user),
        "page": topic_page(topics, request.GET.get("apres", ""), by_activity=True),
        "trail": trail(),
    }
    return render(request, "forum/followed.html", context)


BOOKMARKS_PER_PAGE = 20


@require_GET
def bookmarks(request: HttpRequest) -> HttpResponse:
    """Show the messages that the person keeps at hand, the latest kept first."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    readable = Post.objects.visible_to(request.user).readable()
    kept = Bookmark.objects.filter(user=request.user, post__in=readable).select_related("post__topic", "post__author")
    before = request.GET.get("avant", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        kept = kept.filter(pk__lt=int(before))
    found = list(kept.order_by("-pk")[: BOOKMARKS_PER_PAGE + 1])
    shown = found[:BOOKMARKS_PER_PAGE]
    context = {
        "bookmarks": shown,
        "next": shown[-1].pk if len(found) > BOOKMARKS_PER_PAGE else None,
        "is_first": not before,
        "title": _("Mes signets"),
        "trail": trail(),
    }
    return render(request, "forum/bookmarks.html", context)
