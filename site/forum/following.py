"""Following topics, categories and tags: what is new there is told (`forum.notices`)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from people.models import User

from .models import Category, Follow, Tag, Topic
from .rights import rights_of


def follow(user: User, what: Topic | Category | Tag, *, on: bool) -> None:
    """Follow something that the person may read, or follow it no more. Done twice, it is done once."""
    name = {Topic: "topic", Category: "category", Tag: "tag"}[type(what)]
    if on:
        Follow.objects.bulk_create([Follow(user=user, **{name: what})], ignore_conflicts=True)
    else:
        Follow.objects.filter(user=user, **{name: what}).delete()


def follows(user: User, what: Topic | Category | Tag) -> bool:
    """Whether the person follows it."""
    name = {Topic: "topic", Category: "category", Tag: "tag"}[type(what)]
    return Follow.objects.filter(user=user, **{name: what}).exists()


def followed_categories(user: User) -> list[Category]:
    """Return the categories that the person follows and may read, in order."""
    ids = set(Follow.objects.filter(user=user, category__isnull=False).values_list("category_id", flat=True))
    return [category for category in rights_of(user).categories if category.pk in ids]


def followed_tags(user: User) -> QuerySet[Tag]:
    """Return the tags that the person follows and still finds somewhere."""
    tagged = Topic.objects.visible_to(user).filter(topic_tags__tag=OuterRef("pk"))
    return Tag.objects.filter(Exists(tagged), follows__user=user)
