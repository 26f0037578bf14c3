"""Keeping one post of a locked topic from its readers, and letting them read it. Counters and signals follow."""

from __future__ import annotations

from django.utils import timezone

from . import signals
from .models import ModerationAction, Post, Topic
from .services import follow_posts, show_topic


def withhold(topic: Topic, post: Post, why: Post.HiddenWhy) -> None:
    """Keep a post of a locked topic from its readers, or note another reason to."""
    was_shown = post.hidden_at is None
    post.hidden_at, post.hidden_why = post.hidden_at or timezone.now(), why
    post.save(update_fields=["hidden_at", "hidden_why"])
    if not was_shown:
        return
    if topic.accepted_post_id == post.pk:
        topic.accepted_post = None
        topic.save(update_fields=["accepted_post"])
        signals.topic_changed.send(Topic, topic=topic)
    follow_posts(topic)
    signals.post_gone.send(Post, post=post)


def let_be_read(topic: Topic, post: Post) -> None:
    """Let readers see a hidden post of a locked topic, and the topic with it if it was hidden for want of a post."""
    is_first_time = post.published_at is None
    alone = not topic.posts.readable().exists()
    post.hidden_at, post.hidden_why = None, ""
    post.published_at = post.published_at or timezone.now()
    post.save(update_fields=["hidden_at", "hidden_why", "published_at"])
    if post.deleted_at is None:
        hidden_by_hand = topic.moderation_actions.filter(kind=ModerationAction.Kind.HIDE_TOPIC, undone_at=None).exists()
        if alone and topic.hidden and not topic.merged_into_id and not hidden_by_hand:
            show_topic(topic)
        follow_posts(topic)
        (signals.post_published if is_first_time else signals.post_changed).send(Post, post=post)
