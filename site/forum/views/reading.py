"""Reading the forum."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from notifications.services import mark_group_read
from people.http import MemberRequest

from .. import services
from ..following import followed_categories, followed_tags, follows
from ..listing import UNREAD, by_region, home_of, hosts_of, unread_total, view_of, views_for
from ..models import Bookmark, Follow, Post, Tag, Topic
from ..notices import topic_group
from ..paging import PostPage, ReadUpTo, first_new, post_address, post_page, topic_page
from ..reactions import words
from ..restructuring import stays_as
from ..rights import rights_of
from ..structured import topic_data
from .common import trail, visible_post, visible_topic
from .writing import reply_form

NEW_POSTS = "nouveaux"
"""The anchor of the line above the first new message."""


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show a list of discussions, «mon territoire + mes thèmes» first, and the categories."""
    return _lists(request, request.GET.get("vue", ""))


@login_required
@require_GET
def unread(request: MemberRequest) -> HttpResponse:
    """Show the discussions with something that the person has not read."""
    return _lists(request, UNREAD)


def _lists(request: HttpRequest, name: str) -> HttpResponse:
    place = home_of(request.user)
    view = view_of(name, request.user)
    topics = view.topics(Topic.objects.for_list(request.user), request.user, place)
    page = topic_page(topics, request.GET.get("apres", ""), by_activity=True)
    return render(
        request,
        "forum/home.html",
        {
            "home": place,
            "elsewhere": by_region(place.elsewhere),
            "hosts": hosts_of(place.private),
            "view": view,
            "views": views_for(request.user),
            "unread_total": unread_total(request.user) if request.user.is_authenticated else 0,
            "page": page,
            "now": timezone.now(),
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
        "host": hosts_of([found]).get(found.pk),
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
    topics = Topic.objects.for_list(request.user).filter(tags=found)
    page = topic_page(topics, request.GET.get("apres", ""), by_activity=True)
    if not page.topics and (page.is_first or not topics.exists()):
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
        if (merged := stays_as(pk)) is None:
            raise
        return redirect(visible_topic(request, merged))
    if found.merged_into_id and (merged := stays_as(pk)):
        return redirect(visible_topic(request, merged))
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
    new_from, new_elsewhere = None, False
    if user.is_authenticated and page.posts:
        read_mark = topic.read_mark or 0
        if topic.unread:
            new_from, new_elsewhere = first_new(page, ReadUpTo(read_mark, topic.read_before))
        if request.method == "GET":
            if page.posts[-1].pk > read_mark:
                services.mark_read(user, topic, page.posts[-1].pk)
            if user.unread_notifications:
                mark_group_read(user, topic_group(topic.pk))
    rights = rights_of(user)
    is_public = topic.category.is_public and not topic.hidden
    context = {
        "topic": topic,
        "page": page,
        "words": {post.pk: words(post) for post in page.posts},
        "new_from": new_from,
        "jump": _jump(topic, page, new_from, elsewhere=new_elsewhere),
        **_answer(topic, page),
        "may_accept": user.is_authenticated and topic.takes_an_answer and services.may_accept(user, topic),
        "may_reply": rights.can_reply(topic.category_id),
        "lesson_url": topic.page.get_url(request) if topic.page and topic.page.live else None,
        "form": form,
        "preview": preview,
        "moderator": rights.moderates(topic.category_id),
        "trail": trail(topic.category),
        "canonical": topic.get_absolute_url() + page.address if is_public and "avant" not in request.GET else "",
        # Only machines read it, and they have no account.
        "structured": topic_data(request, topic, page.posts)
        if is_public and not user.is_authenticated and not page.has_previous
        else None,
    }
    return render(request, "forum/topic.html", context, status=status)


def _jump(topic: Topic, page: PostPage, new_from: int | None, *, elsewhere: bool) -> str:
    """Return the address of the first new message, where it takes more than a look to find it."""
    if elsewhere:
        return reverse("forum:first_unread", args=[topic.pk])
    return f"#{NEW_POSTS}" if new_from and new_from != page.posts[0].pk else ""


def _answer(topic: Topic, page: PostPage) -> dict[str, Any]:
    """Return the accepted answer and where it stands: it is shown below the question, on the page of the question."""
    answer = topic.accepted_post
    if answer is None or not answer.is_readable or page.has_previous:
        return {}
    here = any(post.pk == answer.pk for post in page.posts)
    return {"answer": answer, "answer_url": f"#message-{answer.pk}" if here else answer.get_absolute_url()}


@require_GET
def first_unread(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the first message of a topic that the person has not read, or to the last one."""
    found = visible_topic(request, pk)
    posts = Post.objects.in_topic_for(request.user, found).order_by("pk")
    post = None
    if found.unread:
        post = posts.filter(pk__gt=found.read_mark or 0, created_at__gt=found.read_before).first()
    post = post or posts.last()
    if post is None:
        return redirect(found)
    post.topic = found
    return redirect(post_address(post, request.user))


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to a message, on its page of its topic."""
    return redirect(post_address(visible_post(request, pk), request.user))


@login_required
@require_GET
def followed(request: MemberRequest) -> HttpResponse:
    """Show what the person follows, to follow it no more."""
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


@login_required
@require_GET
def bookmarks(request: MemberRequest) -> HttpResponse:
    """Show the messages that the person keeps at hand, the latest kept first."""
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
