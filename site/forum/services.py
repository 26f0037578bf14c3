"""What happens in the forum: people write, edit, delete, read; moderators sort. Each is one transaction.

Locks are always taken in the same order, author then topic, and before anything is read that the change depends on:
two requests at once wait for each other instead of losing a count or publishing twice.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from wagtail.models import Page

from people.models import User

from .models import Category, Post, Topic, TopicRead

POSTS_PER_MINUTE = 5
POSTS_PER_HOUR = 60

MODERATOR_GROUP = "Modération du forum"

# What a moderator may do to a topic: the field that it changes, and its new value.
TOPIC_ACTIONS = {
    "lock": ("locked", True),
    "unlock": ("locked", False),
    "pin": ("pinned", True),
    "unpin": ("pinned", False),
    "hide": ("hidden", True),
    "show": ("hidden", False),
}


class TooManyPostsError(Exception):
    """The person has written as much as one may in a minute or in an hour."""


class TopicClosedError(Exception):
    """The topic takes no more replies."""


def _lock_topic(topic_id: int) -> Topic:
    # no_key: the lock does not keep readers from writing their mark, which only refers to the topic.
    return Topic.objects.select_for_update(no_key=True).get(pk=topic_id)


def _submission_key(submission: uuid.UUID, *content: object) -> uuid.UUID:
    """Return the key of one sending: the same form with the same content twice is one post.

    The content is part of it because «back» shows the same form again: what is then written is another post.
    """
    return uuid.uuid5(submission, "\0".join(map(str, content)))


def _already_sent(author: User, key: uuid.UUID) -> Post | None:
    """Return what this sending has already made, else make sure that the author may still write now.

    Holds the author's row until the end of the transaction: a second tap waits here for the first one.
    """
    User.objects.select_for_update(no_key=True).get(pk=author.pk)
    sent = Post.objects.filter(author=author, submission=key).select_related("topic").first()
    if sent is None:
        now = timezone.now()
        made = Post.objects.filter(author=author, created_at__gt=now - timedelta(hours=1)).aggregate(
            hour=Count("pk"), minute=Count("pk", filter=Q(created_at__gt=now - timedelta(minutes=1)))
        )
        if made["minute"] >= POSTS_PER_MINUTE or made["hour"] >= POSTS_PER_HOUR:
            raise TooManyPostsError
    return sent


@transaction.atomic
def open_topic(
    *,
    category: Category,
    author: User | None,
    title: str,
    body: str,
    page: Page | None = None,
    submission: uuid.UUID | None = None,
) -> Topic:
    """Make a topic with the post that opens it. Without an author it is signed by the site's team."""
    signature = {"author": author, "by_team": author is None}
    topic = Topic.objects.create(category=category, title=title, page=page, **signature)
    post = Post.objects.create(
        topic=topic,
        opening=True,
        body=body,
        created_at=topic.created_at,
        submission=submission or uuid.uuid4(),
        **signature,
    )
    topic.last_post, topic.last_post_at = post, post.created_at
    # Not save(): the search index already holds the topic.
    Topic.objects.filter(pk=topic.pk).update(last_post=post, last_post_at=post.created_at)
    return topic


@transaction.atomic
def create_topic(
    author: User, *, category: Category, title: str, body: str, submission: uuid.UUID, page: Page | None = None
) -> Topic:
    """Open a topic for a member; the same form sent twice gives one topic. Raises TooManyPostsError."""
    key = _submission_key(submission, "topic", category.pk, page and page.pk, title, body)
    if sent := _already_sent(author, key):
        return sent.topic
    return open_topic(category=category, author=author, title=title, body=body, page=page, submission=key)


@transaction.atomic
def add_post(author: User, topic: Topic, *, body: str, submission: uuid.UUID) -> Post:
    """Reply; the same form sent twice gives one post. Raises TooManyPostsError, TopicClosedError."""
    key = _submission_key(submission, "reply", topic.pk, body)
    if sent := _already_sent(author, key):
        return sent
    topic = _lock_topic(topic.pk)
    if not topic.is_open:
        raise TopicClosedError
    post = Post.objects.create(topic=topic, author=author, body=body, submission=key)
    Topic.objects.filter(pk=topic.pk).update(
        reply_count=F("reply_count") + 1, last_post=post, last_post_at=post.created_at
    )
    return post


@transaction.atomic
def edit_post(post: Post, *, body: str, title: str | None = None) -> Post:
    """Change one's text, and the topic's title with the post that opens it. The same text leaves no mark.

    Raises Post.DoesNotExist when the post was deleted or hidden meanwhile.
    """
    topic = _lock_topic(post.topic_id)
    post = Post.objects.readable().get(pk=post.pk)
    post.topic = topic
    retitled = post.opening and title not in (None, topic.title)
    if retitled:
        topic.title = str(title)
        topic.save(update_fields=["title"])
    if retitled or body != post.body:
        post.body, post.edited_at = body, timezone.now()
        post.save(update_fields=["body", "edited_at"])
    return post


@transaction.atomic
def delete_post(post: Post) -> Topic:
    """Erase the text and keep the place, so that the replies keep their sense. Doing it again changes nothing."""
    topic = _lock_topic(post.topic_id)
    Post.objects.filter(pk=post.pk, deleted_at=None).update(body="", html="", deleted_at=timezone.now())
    _recount(topic)
    return topic


def _recount(topic: Topic) -> None:
    """Sum up again the posts of a locked topic. One with nothing left to read is hidden."""
    readable = topic.posts.readable()
    last = readable.order_by("-pk").first()
    topic.reply_count = readable.filter(opening=False).count()
    topic.last_post, topic.last_post_at = last, last.created_at if last else topic.created_at
    topic.hidden = topic.hidden or last is None
    topic.save(update_fields=["reply_count", "last_post", "last_post_at", "hidden"])


@transaction.atomic
def moderate_topic(topic: Topic, action: str) -> Topic:
    """Lock, unlock, pin, unpin, hide or show a topic. Raises KeyError for anything else."""
    field, value = TOPIC_ACTIONS[action]
    topic = _lock_topic(topic.pk)
    setattr(topic, field, value)
    topic.save(update_fields=[field])
    return topic


@transaction.atomic
def moderate_post(post: Post, *, hidden: bool) -> Topic:
    """Hide a post from everyone but moderators, or show it again; return its topic."""
    topic = _lock_topic(post.topic_id)
    Post.objects.filter(pk=post.pk).update(hidden_at=timezone.now() if hidden else None)
    _recount(topic)
    return topic


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
