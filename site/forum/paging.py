"""Pages of topics and of posts by keyset: a page costs the same wherever it stands, and new rows do not shift it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import QueryDict

from people.models import User

from .models import Post, PostQuerySet, Topic, TopicQuerySet

TOPICS_PER_PAGE = 20
POSTS_PER_PAGE = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Digits are counted so that no forged cursor goes beyond what a date or an id can be.
_CURSOR = re.compile(r"([01])\.(\d{1,16})\.(\d{1,18})", re.ASCII)
_POST_ID = re.compile(r"\d{1,18}", re.ASCII)


def encode_cursor(topic: Topic) -> str:
    """Return the cursor of what follows this topic in a list."""
    microseconds = (topic.last_post_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{topic.pinned:d}.{microseconds}.{topic.pk}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[bool, datetime, int] | None:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    pinned, microseconds, pk = map(int, found.groups())
    return bool(pinned), _EPOCH + timedelta(microseconds=microseconds), pk


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A page of topics; `next` is the cursor of the following page, or empty."""

    topics: list[Topic]
    next: str
    is_first: bool


def topic_page(topics: TopicQuerySet, cursor: str = "", *, by_activity: bool = False) -> TopicPage:
    """Return the topics after the cursor, pinned ones first, then by latest post. A bad cursor gives the first page.

    `by_activity` leaves pins aside: they are of a category, and mean nothing in a list that goes across.
    """
    position = _decode(cursor) if cursor else None
    if position is not None:
        pinned, moment, pk = position
        # The redundant bound on the date lets the database start right in the index.
        further = Q(last_post_at__lte=moment) & (Q(last_post_at__lt=moment) | Q(pk__lt=pk))
        if not by_activity:
            further = Q(pinned=pinned) & further | (Q(pinned=False) if pinned else Q(pk__in=[]))
        topics = topics.filter(further)
    order = ("-last_post_at", "-pk") if by_activity else ("-pinned", "-last_post_at", "-pk")
    found = list(topics.order_by(*order)[: TOPICS_PER_PAGE + 1])
    shown = found[:TOPICS_PER_PAGE]
    following = encode_cursor(shown[-1]) if len(found) > TOPICS_PER_PAGE else ""
    return TopicPage(shown, following, is_first=position is None)


@dataclass(frozen=True, slots=True)
class PostPage:
    """A page of posts, oldest first. `before` is the id and the date of the post that comes just before, if any."""

    posts: list[Post]
    before: tuple[int, datetime] | None
    has_next: bool

    @property
    def has_previous(self) -> bool:
        """Whether there are earlier posts."""
        return self.before is not None

    @property
    def address(self) -> str:
        """The query string that begins with this very page, or nothing for the first one."""
        return f"?apres={self.before[0]}" if self.before else ""

    @property
    def previous(self) -> str:
        """The query string of the page before, or nothing."""
        return f"?avant={self.posts[0].pk}" if self.has_previous else ""

    @property
    def next(self) -> str:
        """The query string of the page after, or nothing."""
        return f"?apres={self.posts[-1].pk}" if self.has_next else ""


def post_page(posts: PostQuerySet, query: QueryDict) -> PostPage:
    """Return the page that `?apres=<post id>` or `?avant=<post id>` asks for, else the first one."""
    if after := _post_id(query.get("apres")):
        found = list(posts.filter(pk__gt=after).order_by("pk")[: POSTS_PER_PAGE + 1])
        if found:
            earlier = posts.filter(pk__lte=after).order_by("-pk").prefetch_related(None)
            before_them = earlier.values_list("pk", "created_at").first()
            return PostPage(found[:POSTS_PER_PAGE], before_them, len(found) > POSTS_PER_PAGE)
    elif before := _post_id(query.get("avant")):
        found = list(posts.filter(pk__lt=before).order_by("-pk")[: POSTS_PER_PAGE + 1])
        if found:
            after_them = posts.filter(pk__gte=before).exists()
            before_them = (found[-1].pk, found[-1].created_at) if len(found) > POSTS_PER_PAGE else None
            return PostPage(found[:POSTS_PER_PAGE][::-1], before_them, after_them)
    found = list(posts.order_by("pk")[: POSTS_PER_PAGE + 1])
    return PostPage(found[:POSTS_PER_PAGE], before=None, has_next=len(found) > POSTS_PER_PAGE)


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """How far a person has read a topic: up to a post, and whatever was written up to a moment."""

    post_id: int
    moment: datetime

    def leaves(self, post_id: int, written_at: datetime) -> bool:
        """Whether this post is still to be read."""
        return post_id > self.post_id and written_at > self.moment


def first_new(page: PostPage, read: ReadUpTo) -> tuple[int | None, bool]:
    """Return where what is new begins in a topic with something new: the id of a post of the page; else, elsewhere.

    There is no id where nothing comes before the first new post: a line between what is read and what is new would
    stand above everything. What one has written oneself (`is_mine`) is no news.
    """
    if page.before and read.leaves(*page.before):
        return None, True
    new = [post for post in page.posts if read.leaves(post.pk, post.created_at)]
    told = next((post for post in new if not getattr(post, "is_mine", False)), None)
    if told is None:
        return None, page.has_next
    return (told.pk if page.before or told is not page.posts[0] else None), False


def _post_id(value: str | None) -> int | None:
    return int(value) if value and _POST_ID.fullmatch(value) else None


def post_address(post: Post, user: User | AnonymousUser) -> str:
    """Return the address of the post in its topic, on the page where this person finds it when turning pages."""
    posts = Post.objects.in_topic_for(user, post.topic).order_by("pk")
    before = posts.filter(pk__lt=post.pk).count()
    first = before - before % POSTS_PER_PAGE
    query = f"?apres={posts.values_list('pk', flat=True)[first - 1]}" if first else ""
    return f"{post.topic.get_absolute_url()}{query}#message-{post.pk}"
