"""Topics taken apart and put together: moved to another category, split, merged, and put back as they were.

Posts keep their ids, and stand in their order; so do the reactions, bookmarks, files and reports that hang on them.
What is kept for a topic follows its posts: who follows it, how far each reader has read, what they were told.
All the topics of a change are locked in the order of their ids, and counted before and after.

Moving a post never says more of an anonymous author than was said before: «a ouvert la discussion» is written again
only where the same posts were already tied together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from notifications.models import Notification
from people.models import User

from . import signals
from .counting import NOWHERE, counted, recount_topic, shift
from .journal import ChangedMeanwhileError, Kind, log, mark_undone, require_moderator
from .models import Category, Follow, Member, ModerationAction, Post, Topic, TopicRead, TopicTag
from .notices import ACCEPTED, MENTION, NEW_TOPIC, REPLY, topic_group

SPLIT_AT_MOST = 200
_CHUNK = 1000
_TOLD_OF_POSTS = (ACCEPTED, MENTION, NEW_TOPIC, REPLY)

_RANK = {
    Category.Audience.PUBLIC: 2,
    Category.Audience.MEMBERS: 1,
    Category.Audience.FEDERATION: 0,
    Category.Audience.NETWORK: 0,
}


def is_read_by_others(before: Category, after: Category) -> bool:
    """Whether people may read in the second category who may not in the first one."""
    if before == after:
        return False
    if before.is_private and after.is_private:
        return (before.federation_id, before.network_id) != (after.federation_id, after.network_id)
    return _RANK[Category.Audience(after.audience)] > _RANK[Category.Audience(before.audience)]


def lock_topics(ids: Iterable[int]) -> dict[int, Topic]:
    """Return these topics, for this transaction alone to change, locked in the order of their ids."""
    # Not the category along: PostgreSQL would lock its row too.
    found = Topic.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {topic.pk: topic for topic in found}


def stays_as(topic_id: int) -> int | None:
    """Return the id of the topic that has taken the posts of a merged one, through whatever has been merged since.

    The way is followed when it is asked for: rewriting it would lock topics beside those of the merge, in no order.
    """
    found = topic_id
    while (further := Topic.objects.filter(pk=found).values_list("merged_into", flat=True).first()) is not None:
        found = further
    return found if found != topic_id else None


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


# -- Moving to another category ------------------------------------------------------------------------------------


@transaction.atomic
def move_topic(moderator: User, topic: Topic, category: Category, *, reason: str = "") -> Topic:
    """Put a topic into another category. Where it is already, nothing changes.

    Raises NotAllowedError for who does not moderate both, ChangedMeanwhileError for a topic that was merged.
    """
    topic = lock_topics([topic.pk])[topic.pk]
    require_moderator(moderator, topic.category_id, category.pk)
    if topic.merged_into_id:
        raise ChangedMeanwhileError
    if topic.category_id == category.pk:
        return topic
    before = counted(topic)
    old_id = topic.category_id
    topic.category = category
    topic.save(update_fields=["category"])
    shift(before, counted(topic))
    signals.topic_changed.send(Topic, topic=topic)
    log(moderator, Kind.MOVE, topic=topic, reason=reason, before={"category": old_id, "after": category.pk})
    return topic


# -- Splitting and merging -----------------------------------------------------------------------------------------


@transaction.atomic
def split_topic(
    moderator: User,
    topic: Topic,
    posts: Iterable[Post],
    *,
    title: str,
    kind: str = Topic.Kind.DISCUSSION,
    category: Category | None = None,
    reason: str = "",
) -> Topic:
    """Take replies out of a topic into a new one, opened by the first of them; return it.

    Raises NotAllowedError, and ChangedMeanwhileError if one of them is not a readable reply of the topic any more.
    """
    topic = lock_topics([topic.pk])[topic.pk]
    category = category or topic.category
    require_moderator(moderator, topic.category_id, category.pk)
    wanted = sorted({post.pk for post in posts})
    moved = list(topic.posts.readable().filter(pk__in=wanted, opening=False).select_related("author").order_by("pk"))
    if topic.hidden or not wanted or len(moved) != len(wanted) or len(wanted) > SPLIT_AT_MOST:
        raise ChangedMeanwhileError
    first = moved[0]
    new = Topic.objects.create(
        category=category,
        kind=kind,
        title=title,
        page=topic.page,
        created_at=first.created_at,
        last_post_at=first.created_at,
        author=first.author,
        by_team=first.by_team,
        anonymous=first.anonymous,
    )
    openers = [post.pk for post in moved if post.by_topic_author]
    accepted = topic.accepted_post_id if topic.accepted_post_id in wanted else None
    if accepted:
        topic.accepted_post = None
        topic.save(update_fields=["accepted_post"])
    same_author = openers if first.pk in openers else []
    _hand_over(wanted, topic, new, opening=first.pk, openers=same_author)
    TopicTag.objects.bulk_create(
        TopicTag(topic=new, tag_id=tag_id)
        for tag_id in TopicTag.objects.filter(topic=topic).values_list("tag_id", flat=True)
    )
    _share_follows(topic, new)
    _share_reads(topic, new, first.pk)
    shift(NOWHERE, counted(new))
    _sum_up(topic, new)
    log(
        moderator,
        Kind.SPLIT,
        topic=topic,
        reason=reason,
        before={"topic": new.pk, "posts": wanted, "openers": openers, "accepted": accepted},
    )
    return new


@transaction.atomic
def merge_topics(moderator: User, topic: Topic, other: Topic, *, reason: str = "") -> Topic:
    """Put the posts of the later topic into the earlier one, and have its address lead there; return what stays.

    The earlier one is that whose opening post came first: it stays the first thing to read.
    Raises NotAllowedError, and ChangedMeanwhileError if one of them is hidden or merged already.
    """
    locked = lock_topics([topic.pk, other.pk])
    require_moderator(moderator, *(found.category_id for found in locked.values()))
    openings = dict(Post.objects.filter(topic__in=locked, opening=True).values_list("topic_id", "pk"))
    if len(locked) != 2 or len(openings) != 2 or any(found.hidden for found in locked.values()):
        raise ChangedMeanwhileError
    target, source = sorted(locked.values(), key=lambda found: openings[found.pk])
    before = _absorb(source, target, opening=openings[source.pk])
    log(moderator, Kind.MERGE, topic=target, reason=reason, before=before)
    return target


def _absorb(source: Topic, target: Topic, *, opening: int) -> dict[str, Any]:
    """Put all the posts of a topic into another one; return what it takes to take them out again."""
    posts = list(source.posts.order_by("pk").values_list("pk", flat=True))
    openers = list(source.posts.filter(by_topic_author=True).values_list("pk", flat=True))
    source_accepted, takes_answer = source.accepted_post_id, False
    put_back = _merge_reads(source, target)
    before = counted(source)
    source.hidden, source.merged_into, source.accepted_post = True, target, None
    source.save(update_fields=["hidden", "merged_into", "accepted_post"])
    shift(before, counted(source))
    _hand_over(posts, source, target)
    if source_accepted and target.takes_an_answer and not target.accepted_post_id:
        takes_answer = True
        target.accepted_post_id = source_accepted
        target.save(update_fields=["accepted_post"])
    _share_follows(source, target)
    recount_topic(source)
    recount_topic(target)
    signals.topic_gone.send(Topic, topic=source)
    signals.topic_changed.send(Topic, topic=target)
    return {
        "topic": source.pk,
        "posts": posts,
        "opening": opening,
        "openers": openers,
        "accepted": source_accepted,
        "took_answer": takes_answer,
        "reads": put_back,
    }


def _hand_over(
    ids: Sequence[int], source: Topic, target: Topic, *, opening: int | None = None, openers: Collection[int] = ()
) -> None:
    """Change the topic of some posts, and where what was told of them leads."""
    for chunk in _chunks(ids):
        Post.objects.filter(pk__in=chunk).update(topic=target, opening=False, by_topic_author=False)
        Notification.objects.filter(kind__in=_TOLD_OF_POSTS, target_id__in=chunk, group=topic_group(source.pk)).update(
            group=topic_group(target.pk)
        )
    if opening:
        Post.objects.filter(pk=opening).update(opening=True)
    Post.objects.filter(pk__in=openers).update(by_topic_author=True)


def _sum_up(old: Topic, new: Topic) -> None:
    recount_topic(old)
    recount_topic(new)
    # First the one that lost posts: the search forgets there what it then finds in the other.
    signals.topic_changed.send(Topic, topic=old)
    signals.topic_changed.send(Topic, topic=new)


def _share_follows(source: Topic, target: Topic) -> None:
    """Who follows a topic follows what was made of it too."""
    users = list(Follow.objects.filter(topic=source).values_list("user_id", flat=True))
    Follow.objects.bulk_create(
        [Follow(user_id=user, topic=target) for user in users], ignore_conflicts=True, batch_size=_CHUNK
    )


# -- How far readers have read -------------------------------------------------------------------------------------


def _share_reads(source: Topic, target: Topic, first: int) -> None:
    """Who has read a topic beyond some posts has read those posts in the other one too."""
    marks = dict(
        TopicRead.objects.filter(topic=source, last_read_post_id__gte=first).values_list("user_id", "last_read_post_id")
    )
    known = dict(TopicRead.objects.filter(topic=target, user__in=marks).values_list("user_id", "last_read_post_id"))
    _write_reads(target, {user: mark for user, mark in marks.items() if mark > known.get(user, 0)})


def _write_reads(topic: Topic, marks: dict[int, int]) -> None:
    TopicRead.objects.bulk_create(
        [TopicRead(user_id=user, topic=topic, last_read_post_id=mark) for user, mark in marks.items()],
        update_conflicts=True,
        unique_fields=["user", "topic"],
        update_fields=["last_read_post_id"],
        batch_size=_CHUNK,
    )


def first_unread(posts: Sequence[tuple[int, bool]], mark: int) -> int | None:
    """Return the first post beyond a reader's mark that is news to them. Posts: ids in order, and whether each may be.

    >>> first_unread([(3, False), (5, True), (8, True)], 5)
    8
    """
    ids = [pk for pk, _is_news in posts]
    return next((pk for pk, is_news in posts[bisect_right(ids, mark) :] if is_news), None)


def merged_mark(first_unreads: Iterable[int | None], ids: Sequence[int]) -> int:
    """Return the mark in the merged topic, whose posts are `ids` in order: nothing unread in either is passed over."""
    unread = [pk for pk in first_unreads if pk is not None]
    read = [pk for pk in ids if pk < min(unread)] if unread else ids
    return read[-1] if read else 0


def _merge_reads(source: Topic, target: Topic) -> dict[str, int]:
    """Set the marks of those who have read one of two topics that become one; return the marks that went back."""
    posts = {topic.pk: list(topic.posts.order_by("pk").values_list("pk", "created_at")) for topic in (source, target)}
    everything = sorted(pk for rows in posts.values() for pk, _at in rows)
    said = Member.objects.filter(user=OuterRef("user")).values("read_before")[:1]
    rows = TopicRead.objects.filter(topic__in=posts).annotate(since=Coalesce(Subquery(said), "user__date_joined"))
    marks: dict[int, dict[int, int]] = {}
    since = {}
    for user, topic_id, mark, moment in rows.values_list("user_id", "topic_id", "last_read_post_id", "since"):
        marks.setdefault(user, {})[topic_id] = mark
        since[user] = moment
    new, went_back = {}, {}
    for user, of_user in marks.items():
        unread = [
            first_unread([(pk, at > since[user]) for pk, at in rows], of_user.get(topic_id, 0))
            for topic_id, rows in posts.items()
        ]
        mark, old = merged_mark(unread, everything), of_user.get(target.pk, 0)
        if mark < old:
            went_back[str(user)] = old
        new[user] = mark
    _write_reads(target, new)
    return went_back


# -- Putting back --------------------------------------------------------------------------------------------------


def put_back_split(moderator: User, action: ModerationAction) -> Topic:
    """Put the posts of a split back where they were. Raises ChangedMeanwhileError once there are others beside them."""
    new_id, moved = action.before["topic"], action.before["posts"]
    topic, new = _both(moderator, action.topic_id, new_id)
    if topic.hidden or new.merged_into_id or set(new.posts.values_list("pk", flat=True)) != set(moved):
        raise ChangedMeanwhileError
    _absorb(new, topic, opening=moved[0])
    Post.objects.filter(pk__in=action.before["openers"]).update(by_topic_author=True)
    _accept_again(topic, action.before["accepted"])
    mark_undone(action, moderator)
    return topic


def take_out_merged(moderator: User, action: ModerationAction) -> Topic:
    """Take the posts of a merged topic out again. What was written since stays where it is."""
    before = action.before
    target, source = _both(moderator, action.topic_id, before["topic"])
    posts: list[int] = before["posts"]
    still_there = sum(target.posts.filter(pk__in=chunk).count() for chunk in _chunks(posts))
    if target.merged_into_id or source.merged_into_id != target.pk or still_there != len(posts):
        raise ChangedMeanwhileError
    if target.accepted_post_id in posts:
        target.accepted_post = None
        target.save(update_fields=["accepted_post"])
    _hand_over(posts, target, source, opening=before["opening"], openers=before["openers"])
    state = counted(source)
    source.merged_into, source.hidden = None, False
    source.save(update_fields=["merged_into", "hidden"])
    shift(state, counted(source))
    _accept_again(source, before["accepted"])
    _share_reads(target, source, posts[0])
    people = User.objects.filter(pk__in=before["reads"]).values_list("pk", flat=True)
    further = {pk: before["reads"][str(pk)] for pk in people}
    kept = dict(TopicRead.objects.filter(topic=target, user__in=further).values_list("user_id", "last_read_post_id"))
    _write_reads(target, {user: mark for user, mark in further.items() if mark > kept.get(user, 0)})
    _sum_up(target, source)
    mark_undone(action, moderator)
    return source


def _both(moderator: User, one: int | None, other: int) -> tuple[Topic, Topic]:
    locked = lock_topics(pk for pk in (one, other) if pk is not None)
    if one is None or len(locked) != 2:
        raise ChangedMeanwhileError
    require_moderator(moderator, *(topic.category_id for topic in locked.values()))
    return locked[one], locked[other]


def _accept_again(topic: Topic, post_id: int | None) -> None:
    if (
        post_id
        and topic.takes_an_answer
        and not topic.accepted_post_id
        and topic.posts.readable().filter(pk=post_id, opening=False).exists()
    ):
        topic.accepted_post_id = post_id
        topic.save(update_fields=["accepted_post"])
        signals.topic_changed.send(Topic, topic=topic)
