"""The public discussions, for search engines."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import Max

from .models import Category, Topic, TopicQuerySet


class PublicTopics(Sitemap):
    """The topics that everyone may read, some thousands a page."""

    limit = 5000

    def items(self) -> TopicQuerySet:
        """Return the topics by their ids, with what an address is made of."""
        topics: TopicQuerySet = (
            Topic.objects.visible_to(AnonymousUser())
            .filter(category__audience=Category.Audience.PUBLIC)
            .only("pk", "slug", "last_post_at")
            .order_by("pk")
        )
        return topics

    def get_latest_lastmod(self) -> datetime | None:
        """When any of them was last answered, without reading them all."""
        latest: datetime | None = self.items().aggregate(latest=Max("last_post_at"))["latest"]
        return latest

    def lastmod(self, item: Topic) -> datetime:
        """When it was last answered."""
        return item.last_post_at
