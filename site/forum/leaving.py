"""A member who leaves: their posts stay without a name, or their texts are erased and leave their places.

It goes by batches, so that an account with thousands of posts costs a number of queries that follows the number of
batches and of the topics whose first post goes, not of its posts. Posts without a name follow the same choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.services import withdraw
from people.leaving import LeavingChoice, register_leaving_choice
from people.models import User
from search import services as search

from . import attachments, signals
from .anonymity import ids_written_by
from .models import Category, Post, PostEdit, Reaction, Tag, Topic, TopicTag
from .notices import ACCEPTED, MENTION, NEW_TOPIC, REPLY, after_commit
from .restructuring import lock_topics

CHOICE = "forum"
KEEP, REMOVE = "keep", "remove"
_CHUNK = 500


def register() -> None:
    """Offer the choice to who closes their account."""
    register_leaving_choice(
        LeavingChoice(
            key=CHOICE,
            label=gettext_lazy("Vos messages du forum"),
            options=(
                (KEEP, gettext_lazy("Les garder sans votre nom, pour que les réponses gardent leur sens")),
                (REMOVE, gettext_lazy("Les retirer : leurs textes et leurs fichiers sont effacés")),
            ),
            default=KEEP,
            help=gettext_lazy(
                "Vos messages anonymes suivent le même choix. Les discussions où d'autres ont répondu restent."
            ),
        )
    )


def on_leaving(sender: type, user: User, choices: Mapping[str, str], **kwargs: Any) -> None:
    """Do what the person chose for their posts, while it is still known which are theirs."""
    if choices.get(CHOICE) == REMOVE:
        remove_posts(user)


@transaction.atomic
def remove_posts(user: User) -> int:
    """Erase all that a person wrote, named or not, with files and earlier versions; return how many posts it was."""
    ids = ids_written_by(user)
    for start in range(0, len(ids), _CHUNK):
        _erase(ids[start : start + _CHUNK])
    return len(ids)


def _erase(ids: Sequence[int]) -> None:
    topics = lock_topics(Post.objects.filter(pk__in=ids).order_by().values_list("topic_id", flat=True).distinct())
    attachments.erase(ids)
    PostEdit.objects.filter(post__in=ids).delete()
    now = timezone.now()
    Post.objects.filter(pk__in=ids).update(body="", html="", deleted_at=Coalesce(F("deleted_at"), now), edited_at=None)
    openings = set(Post.objects.filter(pk__in=ids, opening=True).values_list("topic_id", flat=True))
    unanswered = {topic.pk for topic in topics.values() if topic.accepted_post_id in set(ids)}
    Topic.objects.filter(pk__in=unanswered).update(accepted_post=None)
    _sum_up(topics)
    _forget_titles(openings)
    search.remove("post", ids)
    after_commit(partial(withdraw, kinds=[ACCEPTED, MENTION, NEW_TOPIC, REPLY], target_ids=ids))
    for topic in Topic.objects.filter(pk__in=openings | unanswered).select_related("category").iterator():
        signals.topic_changed.send(Topic, topic=topic)


def _sum_up(topics: Mapping[int, Topic]) -> None:
    """Sum up the posts of locked topics again, in a few queries for all of them; hide those with nothing to read."""
    readable = Post.objects.readable().filter(topic=OuterRef("pk"))
    last = readable.order_by("-pk")
    replies = readable.filter(opening=False).order_by().values("topic").annotate(number=Count("pk")).values("number")
    locked = Topic.objects.filter(pk__in=topics)
    locked.update(
        reply_count=Coalesce(Subquery(replies), 0),
        last_post=Subquery(last.values("pk")[:1]),
        last_post_at=Coalesce(Subquery(last.values("created_at")[:1]), F("created_at")),
    )
    emptied = list(locked.filter(last_post=None, hidden=False, merged_into=None).values_list("pk", flat=True))
    _count_out(emptied)
    Topic.objects.filter(pk__in=emptied).update(hidden=True)


def _count_out(ids: Sequence[int]) -> None:
    """Take topics that are about to be hidden out of the numbers of their categories and tags, in the order of ids."""
    gone = Topic.objects.filter(pk__in=ids).order_by()
    for pk, number in _numbers(gone, "category"):
        Category.objects.filter(pk=pk).update(topic_count=F("topic_count") - number)
    tagged = TopicTag.objects.filter(topic__in=ids, topic__category__audience=Category.Audience.PUBLIC).order_by()
    for pk, number in _numbers(tagged, "tag"):
        Tag.objects.filter(pk=pk).update(topic_count=F("topic_count") - number)


def _numbers(rows: QuerySet[Any], by: str) -> Iterator[tuple[int, int]]:
    yield from rows.values_list(by).annotate(number=Count("pk")).order_by(by)


def _forget_titles(ids: set[int]) -> None:
    """Forget the titles of topics in which nobody else wrote anything: they were the person's own words."""
    others = Post.objects.filter(topic=OuterRef("pk")).exclude(body="")
    alone = Topic.objects.filter(~Exists(others), pk__in=ids)
    alone.update(title=_("Sujet retiré par son auteur"), slug="sujet-retire")


def take_reactions_back(sender: type, instance: User, **kwargs: Any) -> None:
    """Count a person's reactions no more: they go with the account, however it is deleted."""
    for kind in Reaction.Kind.values:
        given = Reaction.objects.filter(user=instance, kind=kind)
        Post.objects.filter(pk__in=given.values("post")).update(**{f"{kind}_count": F(f"{kind}_count") - 1})
    Reaction.objects.filter(user=instance).delete()
