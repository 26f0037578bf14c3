"""What changes with a category or a tag: who moderates, who reads, and the numbers and the search that follow."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from people.models import User

from . import signals
from .models import Category, CategoryModerator, Follow, Tag, Topic, TopicTag, tag_slug


@transaction.atomic
def follow_audience(category: Category) -> None:
    """Count the tags of a category's topics again, and tell the search, after other people read it than before."""
    recount_tags(Tag.objects.filter(topics__category=category))
    signals.audience_changed.send(Category, category=category)


def recount_tags(tags: QuerySet[Tag]) -> None:
    """Count again, for each of these tags, the topics that everyone sees."""
    public = Topic.objects.filter(hidden=False, merged_into=None, category__audience=Category.Audience.PUBLIC)
    of_tag = TopicTag.objects.filter(tag=OuterRef("pk"), topic__in=public).order_by().values("tag")
    number = Subquery(of_tag.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    # In the order of their ids, as every change of these numbers is.
    for pk in sorted(set(tags.order_by().values_list("pk", flat=True))):
        Tag.objects.filter(pk=pk).update(topic_count=Coalesce(number, 0))


@transaction.atomic
def set_moderators(category: Category, users: Iterable[User]) -> None:
    """Have these people moderate a category, and no others."""
    wanted = {user.pk for user in users}
    CategoryModerator.objects.filter(category=category).exclude(user__in=wanted).delete()
    CategoryModerator.objects.bulk_create(
        [CategoryModerator(category=category, user_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )


# -- Tags ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def rename_tag(tag: Tag, name: str) -> Tag:
    """Spell a tag otherwise. Another tag of that spelling gives it its topics and its followers, and goes.

    Raises ValueError for a name without a letter or a digit.
    """
    name = " ".join(name.split())
    if not (slug := tag_slug(name)):
        raise ValueError(name)
    if other := Tag.objects.filter(slug=slug).exclude(pk=tag.pk).first():
        _merge(other, tag)
    tag.name, tag.slug = name, slug
    tag.save(update_fields=["name", "slug"])
    for topic in Topic.objects.filter(tags=tag).select_related("category").iterator():
        signals.topic_changed.send(Topic, topic=topic)
    return tag


def _merge(tag: Tag, into: Tag) -> None:
    topics = TopicTag.objects.filter(tag=tag).values_list("topic_id", flat=True)
    TopicTag.objects.bulk_create([TopicTag(topic_id=pk, tag=into) for pk in topics], ignore_conflicts=True)
    followers = Follow.objects.filter(tag=tag).values_list("user_id", flat=True)
    Follow.objects.bulk_create([Follow(user_id=pk, tag=into) for pk in followers], ignore_conflicts=True)
    tag.delete()
    recount_tags(Tag.objects.filter(pk=into.pk))
    into.refresh_from_db(fields=["topic_count"])
