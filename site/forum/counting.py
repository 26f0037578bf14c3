"""The numbers that lists show, kept beside what they count so that no page has to count.

- `Topic.reply_count`, `last_post`, `last_post_at`: of the posts that every reader of the topic sees.
- `Category.topic_count`: of the topics that its readers see.
- `Tag.topic_count`: of the topics that everyone sees, so that a private discussion shows in no number.

Whoever changes what they depend on holds the topic's lock, takes `counted` before and after, and gives both to `shift`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import F

from .models import Category, Tag, Topic, TopicTag


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a topic counts at a moment: in which category, and for which tags."""

    category_id: int | None = None
    tag_ids: frozenset[int] = frozenset()


NOWHERE = Counted()


def counted(topic: Topic) -> Counted:
    """Return where a topic counts now."""
    if topic.hidden or topic.merged_into_id:
        return NOWHERE
    if not topic.category.is_public:
        return Counted(topic.category_id)
    tags = TopicTag.objects.filter(topic=topic).values_list("tag_id", flat=True)
    return Counted(topic.category_id, frozenset(tags))


def shift(before: Counted, after: Counted) -> None:
    """Write the difference. Rows are changed in the order of their ids, so that two changes never wait in a circle."""
    if before == after:
        return
    change: Counter[tuple[str, int]] = Counter()
    for state, sign in ((before, -1), (after, 1)):
        if state.category_id is not None:
            change["category", state.category_id] += sign
        for tag_id in state.tag_ids:
            change["tag", tag_id] += sign
    for (table, pk), by in sorted(change.items()):
        if by:
            rows = Category.objects.filter(pk=pk) if table == "category" else Tag.objects.filter(pk=pk)
            rows.update(topic_count=F("topic_count") + by)


def recount_topic(topic: Topic) -> None:
    """Sum up again the posts of a locked topic, and count it where it belongs. One with nothing left to read is hidden.

    The topic's other changes (hidden, category…) must be saved already, and counted: this only follows its posts.
    """
    before = counted(topic)
    readable = topic.posts.readable()
    last = readable.order_by("-pk").first()
    topic.reply_count = readable.filter(opening=False).count()
    topic.last_post, topic.last_post_at = last, last.created_at if last else topic.created_at
    topic.hidden = topic.hidden or last is None
    topic.save(update_fields=["reply_count", "last_post", "last_post_at", "hidden"])
    shift(before, counted(topic))
