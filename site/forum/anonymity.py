"""Who wrote an anonymous post: the only reader of `AnonymousAuthorship`, with the person's own pages.

Nothing here may be shown to anyone but the author, except `author_behind`, which a moderator calls through
`forum.moderating.lift_anonymity` with a reason, logged and told to the author.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from people.models import User

from .models import AnonymousAuthorship, ModerationAction, Post, Topic


def keep_author(post: Post, user: User) -> None:
    """Note who wrote an anonymous post."""
    AnonymousAuthorship.objects.create(post=post, user=user, created_at=post.created_at)


def posts_of(user: User) -> QuerySet[AnonymousAuthorship]:
    """Return what a person wrote without their name, for that person alone."""
    return AnonymousAuthorship.objects.filter(user=user)


def author_behind(post: Post) -> User | None:
    """Return who wrote a post, named or not; None if the account is gone."""
    if not post.anonymous:
        return post.author
    kept = AnonymousAuthorship.objects.select_related("user").filter(post=post).first()
    return kept.user if kept else None


def author_id_behind(post: Post) -> int | None:
    """Return the id of who wrote a post, named or not: to leave them out of what is told about it."""
    if not post.anonymous:
        return post.author_id
    return AnonymousAuthorship.objects.filter(post=post).values_list("user_id", flat=True).first()


def wrote(user: User, post: Post) -> bool:
    """Whether this person wrote the post."""
    if not post.anonymous:
        return post.author_id is not None and post.author_id == user.pk
    return AnonymousAuthorship.objects.filter(post=post, user=user).exists()


def with_mine(posts: QuerySet[Post], user: User) -> QuerySet[Post]:
    """Add `is_mine` for this person alone: whether they wrote each post, named or not."""
    unnamed = AnonymousAuthorship.objects.filter(post=OuterRef("pk"), user=user)
    return posts.annotate(is_mine=ExpressionWrapper(Q(author=user) | Exists(unnamed), output_field=BooleanField()))


def opened(user: User, topic: Topic) -> bool:
    """Whether this person opened the topic."""
    if not topic.anonymous:
        return topic.author_id is not None and topic.author_id == user.pk
    return AnonymousAuthorship.objects.filter(post__topic=topic, post__opening=True, user=user).exists()


# -- All that a person wrote, named or not: to judge it as one, never to show it together to anyone else ------------


def texts_of(user: User, since: datetime, at_most: int = 100) -> list[tuple[str, datetime]]:
    """Return the latest texts of a person, named or not, with their dates."""
    named = Post.objects.filter(author=user, created_at__gt=since).order_by("-created_at")
    unnamed = AnonymousAuthorship.objects.filter(user=user, created_at__gt=since).order_by("-created_at")
    return [
        *named.values_list("body", "created_at")[:at_most],
        *unnamed.values_list("post__body", "created_at")[:at_most],
    ]


def standing_posts(user: User, before: datetime, *, enough: int) -> int:
    """Return how many posts of a person readers see, approved by a moderator or a day old, counted up to `enough`."""
    approved = ModerationAction.objects.filter(kind=ModerationAction.Kind.APPROVE_POST, post=OuterRef("pk"))
    stands = Post.objects.readable().filter(Exists(approved) | Q(created_at__lt=before))
    named = stands.filter(author=user).order_by()[:enough].count()
    unnamed = stands.filter(pk__in=AnonymousAuthorship.objects.filter(user=user).values("post")).order_by()
    return int(named + unnamed[:enough].count())


def ids_written_by(user: User) -> list[int]:
    """Return the ids of all posts of a person, named or not, in order."""
    named = Post.objects.filter(author=user).order_by().values_list("pk", flat=True)
    unnamed = AnonymousAuthorship.objects.filter(user=user).values_list("post_id", flat=True)
    return sorted({*named, *unnamed})
