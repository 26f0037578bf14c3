"""Atom feeds of the public discussions: of the whole forum, and of each public category."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext_lazy as _

from .models import Category, Post, Topic

ITEMS = 30


class LatestTopics(Feed):
    """The latest topics that everyone may read, newest first: what a visitor sees, whoever asks."""

    feed_type = Atom1Feed
    description_template = None

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer «not modified» to a reader that has the very same already."""
        response: HttpResponse = super().__call__(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=300)
        set_response_etag(response)
        latest = parse_http_date_safe(response.headers.get("Last-Modified", ""))
        return get_conditional_response(request, response.headers["ETag"], latest, response) or response

    def get_object(self, request: HttpRequest, slug: str = "") -> Category | None:
        """Return the category, or nothing for the whole forum. A category that is not public has no feed."""
        if not slug:
            return None
        found = Category.objects.filter(slug=slug, audience=Category.Audience.PUBLIC).first()
        if found is None:
            raise Http404
        return found

    def title(self, category: Category | None) -> str:
        """Name the feed."""
        return f"{category.name} – Forum Réseau ETI" if category else "Forum Réseau ETI"

    def link(self, category: Category | None) -> str:
        """Lead to the page that it follows."""
        return category.get_absolute_url() if category else "/forum/"

    def subtitle(self, category: Category | None) -> Any:
        """Say what is in it."""
        if category:
            return category.description
        return _("Les nouvelles discussions des encadrants techniques d'insertion.")

    def items(self, category: Category | None) -> list[Topic]:
        """Return the latest topics with the post that opens each."""
        topics = Topic.objects.visible_to(AnonymousUser()).filter(category__audience=Category.Audience.PUBLIC)
        if category:
            topics = topics.filter(category=category)
        found = list(topics.select_related("author", "category").order_by("-pk")[:ITEMS])
        opening = Post.objects.readable().filter(topic__in=found, opening=True)
        texts = dict(opening.values_list("topic_id", "html"))
        for topic in found:
            topic.opening_html = texts.get(topic.pk, "")
        return found

    def item_title(self, item: Topic) -> str:
        """The title of the topic."""
        return item.title

    def item_description(self, item: Topic) -> str:
        """The message that opens it."""
        html: str = item.opening_html
        return html

    def item_link(self, item: Topic) -> str:
        """The page of the topic."""
        return item.get_absolute_url()

    def item_guid(self, item: Topic) -> str:
        """What stays the same when the title changes."""
        return f"tag:reseau-eti,forum:{item.pk}"

    def item_author_name(self, item: Topic) -> str:
        """The name that readers see."""
        return item.author_name

    def item_pubdate(self, item: Topic) -> datetime:
        """When it was opened."""
        return item.created_at

    def item_updateddate(self, item: Topic) -> datetime:
        """When it was last answered."""
        return item.last_post_at

    def item_categories(self, item: Topic) -> list[str]:
        """Its category."""
        return [item.category.name]
