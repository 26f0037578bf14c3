"""What the pages of the forum share: the way to what a person may read, and breadcrumbs."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from people.http import MemberRequest

from .. import drafts
from ..anonymity import wrote
from ..models import Category, Follow, Mute, Post, Tag, Topic, read_before


def trail(*steps: Category | Tag | Topic) -> list[tuple[object, str]]:
    """Return the breadcrumb down to these."""
    return [(_("Forum"), reverse("forum:home")), *((str(step), step.get_absolute_url()) for step in steps)]


def visible_topic(request: HttpRequest, pk: int) -> Topic:
    """Return a topic that the person may read, with `read_mark`, `unread` and what writing there needs, or Http404."""
    topics = Topic.objects.visible_to(request.user).with_reading_of(request.user)
    if request.user.is_authenticated:
        muted = Mute.objects.filter(user=request.user, muted=OuterRef("accepted_post__author"))
        topics = topics.annotate(
            is_followed=Exists(Follow.objects.filter(user=request.user, topic=OuterRef("pk"))),
            read_before=read_before(request.user),
            answer_is_muted=Exists(muted),
        )
        place = Concat(Value(drafts.REPLY), Cast(OuterRef("pk"), CharField()))
        topics = drafts.with_writing_state(topics, request.user, place)
    related = ("category__territory", "author", "page", "accepted_post__author")
    found: Topic = get_object_or_404(topics.select_related(*related).prefetch_related("tags"), pk=pk)
    return found


def visible_post(request: HttpRequest, pk: int) -> Post:
    """Return a post that the person may read, with its topic, or raise Http404."""
    posts = Post.objects.visible_to(request.user).select_related("topic__category", "author")
    found: Post = get_object_or_404(posts, pk=pk)
    return found


def own_post(request: MemberRequest, pk: int) -> Post:
    """Return a post that the person wrote, named or not, or raise Http404 or PermissionDenied."""
    found = visible_post(request, pk)
    if not wrote(request.user, found):
        raise PermissionDenied(_("Vous ne pouvez changer que vos propres messages."))
    return found
