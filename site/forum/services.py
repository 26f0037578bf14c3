"""What happens in the forum: people write, edit, delete, read, accept an answer. Each is one transaction.

Locks are always taken in the same order, author then topics then counters, and before anything is read that the change
depends on: two requests at once wait for each other instead of losing a count or publishing twice. What moderators do
is in `forum.moderating`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from wagtail.models import Page

from people.models import User

from . import anonymity, attachments, mentions, signals, spam
from .counting import NOWHERE, counted, recount_topic, shift
from .models import (
    AnonymousAuthorship,
    Category,
    Follow,
    Member,
    Post,
    PostEdit,
    Tag,
    Topic,
    TopicRead,
    TopicTag,
    tag_slug,
)
from .rights import rights_of

POSTS_PER_MINUTE = 5
POSTS_PER_HOUR = 60
MAX_TAGS = 5

RESTORE_WITHIN = timedelta(hours=24)
"""How long a deleted post keeps its text, for who deleted it to change their mind."""

MODERATOR_GROUP = "Modération du forum"


class TooManyPostsError(Exception):
    """The person has written as much as one may in a minute or in an hour."""


class TopicClosedError(Exception):
    """The topic takes no more replies."""


class NotAllowedError(Exception):
    """The person may not do this here."""


class SuspendedError(Exception):
    """The person may not write until a date, its only argument."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


# -- Members -------------------------------------------------------------------------------------------------------


def member_of(user: User) -> Member:
    """Return what the forum keeps of a person, made if it is missing."""
    return Member.objects.get_or_create(user=user, defaults={"read_before": user.date_joined})[0]


def accept_charter(user: User) -> None:
    """Note that the person accepts the charter. The first time stays."""
    member_of(user)
    Member.objects.filter(user=user, charter_accepted_at=None).update(charter_accepted_at=timezone.now())


def require_not_suspended(user: User) -> None:
    """Raise SuspendedError for who may not write at the moment."""
    now = timezone.now()
    until = Member.objects.filter(user=user, suspended_until__gt=now).values_list("suspended_until", flat=True).first()
    if until:
        raise SuspendedError(until)


# -- Writing -------------------------------------------------------------------------------------------------------


def lock_topic(topic_id: int) -> Topic:
    """Return the topic, for this transaction alone to change. Several are locked in the order of their ids."""
    # no_key: the lock does not keep readers from writing their mark, which only refers to the topic.
    locked: Topic = Topic.objects.select_for_update(no_key=True).get(pk=topic_id)
    return locked


def lock_post(pk: int) -> tuple[Topic, Post]:
    """Return a post as it is now and its locked topic, whichever it is in. Raises Post.DoesNotExist.

    A topic that the post has just left is let go before the next one is locked: holding both, in the order in which
    they were met, would have two requests wait for each other.
    """
    while True:
        topic_id = Post.objects.values_list("topic_id", flat=True).get(pk=pk)
        before = transaction.savepoint()
        topic = lock_topic(topic_id)
        post: Post = Post.objects.get(pk=pk)
        if post.topic_id == topic.pk:
            transaction.savepoint_commit(before)
            post.topic = topic
            return topic, post
        transaction.savepoint_rollback(before)


def _submission_key(submission: uuid.UUID, author: User, *content: object) -> uuid.UUID:
    """Return the key of one sending: the same form with the same content twice is one post.

    The content is part of it because «back» shows the same form again: what is then written is another post.
    """
    return uuid.uuid5(submission, "\0".join(map(str, (author.pk, *content))))


def _already_sent(author: User, key: uuid.UUID) -> Post | None:
    """Return what this sending has already made, else make sure that the author may still write now.

    Holds the author's row until the end of the transaction: a second tap waits here for the first one.
    """
    User.objects.select_for_update(no_key=True).get(pk=author.pk)
    sent: Post | None = Post.objects.filter(submission=key).select_related("topic").first()
    if sent is None:
        now = timezone.now()
        require_not_suspended(author)
        hour, minute = 0, 0
        for written in (Post.objects.filter(author=author), AnonymousAuthorship.objects.filter(user=author)):
            made = written.filter(created_at__gt=now - timedelta(hours=1)).aggregate(
                hour=Count("pk"), minute=Count("pk", filter=Q(created_at__gt=now - timedelta(minutes=1)))
            )
            hour, minute = hour + made["hour"], minute + made["minute"]
        if minute >= POSTS_PER_MINUTE or hour >= POSTS_PER_HOUR:
            raise TooManyPostsError
    return sent


@transaction.atomic
def open_topic(
    *,
    category: Category,
    author: User | None,
    title: str,
    body: str,
    kind: str = Topic.Kind.DISCUSSION,
    page: Page | None = None,
    tags: Iterable[str] = (),
    anonymous: bool = False,
    submission: uuid.UUID | None = None,
    held: bool = False,
) -> Topic:
    """Make a topic with the post that opens it. Without an author it is signed by the site's team."""
    is_unnamed = anonymous and author is not None
    signature: dict[str, Any] = {
        "author": None if anonymous else author,
        "by_team": author is None,
        "anonymous": is_unnamed,
    }
    topic = Topic.objects.create(category=category, kind=kind, title=title, page=page, hidden=held, **signature)
    post = Post.objects.create(
        topic=topic,
        opening=True,
        body=body,
        by_topic_author=is_unnamed,
        created_at=topic.created_at,
        submission=submission or uuid.uuid4(),
        **_publication(topic.created_at, held=held),
        **signature,
    )
    if signature["anonymous"] and author is not None:
        anonymity.keep_author(post, author)
    if not held:
        topic.last_post, topic.last_post_at = post, post.created_at
        # Not save(): the search index already holds the topic.
        Topic.objects.filter(pk=topic.pk).update(last_post=post, last_post_at=post.created_at)
    write_tags(topic, tags)
    shift(NOWHERE, counted(topic))
    if not held:
        signals.post_published.send(Post, post=post)
    return topic


def _publication(now: datetime, *, held: bool) -> dict[str, object]:
    return {"hidden_at": now, "hidden_why": Post.HiddenWhy.REVIEW} if held else {"published_at": now}


@transaction.atomic
def create_topic(
    author: User,
    *,
    category: Category,
    title: str,
    body: str,
    submission: uuid.UUID,
    kind: str = Topic.Kind.DISCUSSION,
    page: Page | None = None,
    tags: Iterable[str] = (),
    anonymous: bool = False,
    attached: Iterable[uuid.UUID] = (),
) -> Topic:
    """Open a topic for a member; the same form sent twice gives one topic.

    `attached` names files that the person has sent before. A topic that waits for a moderator is hidden.
    Raises NotAllowedError, SuspendedError, TooManyPostsError.
    """
    key = _submission_key(submission, author, "topic", category.pk, page and page.pk, title, body)
    if sent := _already_sent(author, key):
        return sent.topic
    rights = rights_of(author)
    if not rights.can_open_topics(category):
        raise NotAllowedError
    if kind == Topic.Kind.ANNOUNCEMENT and not rights.moderates(category.pk):
        raise NotAllowedError
    topic = open_topic(
        category=category,
        author=author,
        title=title,
        body=body,
        kind=kind,
        page=page,
        tags=tags,
        anonymous=anonymous,
        submission=key,
        held=spam.must_be_reviewed(author, f"{title}\n\n{body}"),
    )
    post = topic.posts.get()
    _finish(post, topic, author, attached)
    # What one has just opened is no news to oneself.
    mark_read(author, topic, post.pk)
    return topic


@transaction.atomic
def add_post(
    author: User,
    topic: Topic,
    *,
    body: str,
    submission: uuid.UUID,
    anonymous: bool = False,
    attached: Iterable[uuid.UUID] = (),
) -> Post:
    """Reply; the same form sent twice gives one post. One that waits for a moderator is hidden.

    Raises NotAllowedError, SuspendedError, TooManyPostsError, TopicClosedError.
    """
    key = _submission_key(submission, author, "reply", topic.pk, body)
    if sent := _already_sent(author, key):
        return sent
    topic = lock_topic(topic.pk)
    if not rights_of(author).can_reply(topic.category_id):
        raise NotAllowedError
    if not topic.is_open:
        raise TopicClosedError
    held = spam.must_be_reviewed(author, body)
    now = timezone.now()
    post = Post.objects.create(
        topic=topic,
        author=None if anonymous else author,
        anonymous=anonymous,
        by_topic_author=anonymous and topic.anonymous and anonymity.opened(author, topic),
        body=body,
        submission=key,
        created_at=now,
        **_publication(now, held=held),
    )
    if anonymous:
        anonymity.keep_author(post, author)
    if not held:
        Topic.objects.filter(pk=topic.pk).update(
            reply_count=F("reply_count") + 1, last_post=post, last_post_at=post.created_at
        )
        signals.post_published.send(Post, post=post)
    _finish(post, topic, author, attached)
    return post


def _finish(post: Post, topic: Topic, author: User, attached: Iterable[uuid.UUID]) -> None:
    """Do what follows a post of a member: its files, the people it names; its author follows the topic."""
    attachments.attach(post, author, attached)
    mentions.record(post)
    Follow.objects.bulk_create([Follow(user=author, topic=topic)], ignore_conflicts=True)


def write_tags(topic: Topic, names: Iterable[str]) -> None:
    """Give a topic these tags, five at most, and no others; unknown ones are made. The caller counts the topic."""
    wanted = {slug: " ".join(name.split())[:40] for name in names if (slug := tag_slug(name))}
    wanted = dict(list(wanted.items())[:MAX_TAGS])
    known = {tag.slug: tag for tag in Tag.objects.filter(slug__in=wanted)}
    for slug, name in wanted.items():
        if slug not in known:
            known[slug] = Tag.objects.get_or_create(slug=slug, defaults={"name": name})[0]
    TopicTag.objects.filter(topic=topic).exclude(tag__in=known.values()).delete()
    TopicTag.objects.bulk_create([TopicTag(topic=topic, tag=tag) for tag in known.values()], ignore_conflicts=True)


@transaction.atomic
def edit_post(
    post: Post,
    *,
    body: str,
    title: str | None = None,
    tags: Iterable[str] | None = None,
    editor: User | None = None,
    attached: Iterable[uuid.UUID] = (),
) -> Post:
    """Change one's text, and the topic's title and tags with the post that opens it. What it said before is kept.

    The same text leaves no mark. Raises Post.DoesNotExist when the post was deleted or hidden meanwhile.
    """
    topic, post = lock_post(post.pk)
    if not post.is_readable:
        raise Post.DoesNotExist
    retitled = post.opening and title not in (None, topic.title)
    retagged = post.opening and tags is not None
    if retitled or body != post.body:
        PostEdit.objects.create(post=post, body=post.body, title=topic.title if post.opening else "")
    if retitled:
        topic.title = str(title)
        topic.save(update_fields=["title"])
    if retagged:
        before = counted(topic)
        write_tags(topic, tags or ())
        shift(before, counted(topic))
    if retitled or body != post.body:
        post.body, post.edited_at = body, timezone.now()
        post.save(update_fields=["body", "edited_at"])
        mentions.record(post)
        signals.post_changed.send(Post, post=post)
    if editor is not None:
        attachments.attach(post, editor, attached)
    if retitled or retagged:
        signals.topic_changed.send(Topic, topic=topic)
    return post


@transaction.atomic
def delete_post(post: Post) -> Topic:
    """Take a text away and keep its place, so that the replies keep their sense. Doing it again changes nothing.

    The text is kept for RESTORE_WITHIN: `restore_post` brings it back, `purge_deleted` erases it afterwards.
    """
    topic, post = lock_post(post.pk)
    if post.deleted_at is None:
        post.deleted_at = timezone.now()
        post.save(update_fields=["deleted_at"])
        if topic.accepted_post_id == post.pk:
            topic.accepted_post = None
            topic.save(update_fields=["accepted_post"])
        follow_posts(topic)
        signals.post_gone.send(Post, post=post)
    return topic


@transaction.atomic
def restore_post(post: Post) -> Topic:
    """Bring back a text that its author has deleted. Raises Post.DoesNotExist once it is erased."""
    topic, post = lock_post(post.pk)
    if not post.body:
        raise Post.DoesNotExist
    if post.deleted_at is None:
        return topic
    alone = not topic.posts.readable().exists()
    post.deleted_at = None
    post.save(update_fields=["deleted_at"])
    if (
        alone
        and post.hidden_at is None
        and topic.hidden
        and not topic.moderation_actions.filter(kind="hide_topic", undone_at=None).exists()
    ):
        # It was hidden because nothing was left to read.
        show_topic(topic)
    follow_posts(topic)
    if post.hidden_at is None:
        signals.post_changed.send(Post, post=post)
    return topic


def show_topic(topic: Topic) -> None:
    """Let a locked topic be seen again, and count it."""
    before = counted(topic)
    topic.hidden = False
    topic.save(update_fields=["hidden"])
    shift(before, counted(topic))
    signals.topic_changed.send(Topic, topic=topic)


def follow_posts(topic: Topic) -> None:
    """Bring what a locked topic says of its posts up to date, and tell if that has hidden it."""
    was_hidden = topic.hidden
    recount_topic(topic)
    if topic.hidden != was_hidden:
        signals.topic_changed.send(Topic, topic=topic)


@transaction.atomic
def purge_deleted(now: datetime | None = None) -> int:
    """Erase for good the texts, earlier versions and files of posts deleted more than a day ago; return how many."""
    limit = (now or timezone.now()) - RESTORE_WITHIN
    gone = list(
        Post.objects.filter(deleted_at__lte=limit)
        .exclude(body="")
        .order_by("deleted_at")
        .values_list("pk", flat=True)[:1000]
    )
    attachments.erase(gone)
    PostEdit.objects.filter(post__in=gone).delete()
    erased: int = Post.objects.filter(pk__in=gone).update(body="", html="")
    return erased


@transaction.atomic
def accept_answer(user: User, topic: Topic, post: Post | None) -> Topic:
    """Mark a reply as the answer of a question, or none. Raises NotAllowedError, Post.DoesNotExist."""
    topic = lock_topic(topic.pk)
    if not topic.takes_an_answer or not may_accept(user, topic):
        raise NotAllowedError
    if post is not None:
        post = topic.posts.readable().filter(opening=False).get(pk=post.pk)
    if topic.accepted_post_id == (post and post.pk):
        return topic
    topic.accepted_post = post
    topic.save(update_fields=["accepted_post"])
    signals.topic_changed.send(Topic, topic=topic)
    if post is not None:
        post.topic = topic
        signals.answer_accepted.send(Topic, topic=topic, post=post)
    return topic


def may_accept(user: User, topic: Topic) -> bool:
    """Whether this person says which reply answers: who asked, or a moderator there."""
    return anonymity.opened(user, topic) or rights_of(user).moderates(topic.category_id)


# -- Reading -------------------------------------------------------------------------------------------------------


def mark_read(user: User, topic: Topic, post_id: int) -> None:
    """Note that the person has read the topic up to this post. The mark never goes back."""
    table = connection.ops.quote_name(TopicRead._meta.db_table)
    # One statement, the same on SQLite and PostgreSQL: the ORM's upsert cannot say «only if further».
    sql = (
        f"INSERT INTO {table} (user_id, topic_id, last_read_post_id) VALUES (%s, %s, %s) "  # noqa: S608  (our own name)
        "ON CONFLICT (user_id, topic_id) DO UPDATE SET last_read_post_id = excluded.last_read_post_id "
        f"WHERE {table}.last_read_post_id < excluded.last_read_post_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk, topic.pk, post_id])


@transaction.atomic
def mark_all_read(user: User, until: datetime | None = None) -> None:
    """Note that nothing written until this moment, now if none is given, is news to the person. It never goes back."""
    member_of(user)
    now = timezone.now()
    moment = min(until or now, now)
    Member.objects.filter(user=user, read_before__lt=moment).update(read_before=moment)


# -- Moderators ----------------------------------------------------------------------------------------------------


def ensure_moderator_group() -> Group:
    """Return the group of moderators, made with its rights if it is missing. Later, its rights are the operator's."""
    group, created = Group.objects.get_or_create(name=MODERATOR_GROUP)
    if created:
        # After a first migration, the handler that makes permissions may not have run yet.
        create_permissions(apps.get_app_config("forum"), verbosity=0)
        group.permissions.set(
            Permission.objects.filter(
                Q(content_type__app_label="forum", codename="moderate")
                | Q(content_type__app_label="wagtailadmin", codename="access_admin")
            )
        )
    return group
