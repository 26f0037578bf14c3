"""The numbers that lists show, kept beside what they count so that no page has to count.

- `Topic.reply_count`, `last_post`, `last_post_at`: of the posts that every reader of the topic sees.
- `Category.topic_count`: of the topics that its readers see.
- `Tag.topic_count`: of the topics that everyone sees, so that a private discussion shows in no number.

Whoever changes what they depend on holds the topic's lock, takes `counted` before and after, and gives both to `shift`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .models import Category, Post, Reaction, Tag, Topic, TopicTag


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


# -- Counting everything again -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Miscount:
    """A number that was wrong: of which row, what it said, what is true."""

    model: str
    pk: int
    field: str
    said: object
    true: object

    def __str__(self) -> str:
        return f"{self.model} {self.pk}, {self.field} : {self.said} au lieu de {self.true}"


def _counts(rows: QuerySet[Any], by: str) -> Coalesce:
    """Return the number of these rows for the outer row that `by` leads to, 0 if there is none."""
    counts = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def _truths() -> Iterator[tuple[QuerySet[Any], dict[str, Any]]]:
    """Yield rows, each with the true values of its kept fields as expressions, by the name of the field."""
    seen = Post.objects.filter(hidden_at=None, deleted_at=None)
    last = seen.filter(topic=OuterRef("pk")).order_by("-pk")
    yield (
        Topic.objects.all(),
        {
            "reply_count": _counts(seen.filter(opening=False), "topic"),
            "last_post_id": Subquery(last.values("pk")[:1]),
            "last_post_at": Coalesce(Subquery(last.values("created_at")[:1]), F("created_at")),
        },
    )
    shown = Topic.objects.filter(hidden=False, merged_into=None)
    yield Category.objects.all(), {"topic_count": _counts(shown, "category")}
    public = shown.filter(category__audience=Category.Audience.PUBLIC)
    yield Tag.objects.all(), {"topic_count": _counts(TopicTag.objects.filter(topic__in=public), "tag")}
    yield (
        Post.objects.all(),
        {f"{kind}_count": _counts(Reaction.objects.filter(kind=kind), "post") for kind in Reaction.Kind.values},
    )


def recount() -> Iterator[Miscount]:
    """Compare every kept number with what it counts; write and yield what was wrong.

    Meant for a quiet moment: a number that changes between its comparison and its correction may be written wrong, and
    the next run mends it.
    """
    for rows, truths in _truths():
        names = {f"true_{field}": truth for field, truth in truths.items()}
        wrong = Q()
        for field in truths:
            wrong |= ~Q(**{field: F(f"true_{field}")}) | _one_is_null(field)
        found = rows.annotate(**names).filter(wrong).values("pk", *truths, *names)
        for row in found.iterator(chunk_size=1000):
            faults = [
                Miscount(str(rows.model._meta.verbose_name), row["pk"], field, row[field], row[f"true_{field}"])
                for field in truths
                if row[field] != row[f"true_{field}"]
            ]
            rows.filter(pk=row["pk"]).update(**{fault.field: fault.true for fault in faults})
            yield from faults


def _one_is_null(field: str) -> Q:
    """Return what SQL's «not equal» leaves out."""
    true = f"true_{field}"
    return Q(**{f"{field}__isnull": True, f"{true}__isnull": False}) | Q(
        **{f"{field}__isnull": False, f"{true}__isnull": True}
    )
