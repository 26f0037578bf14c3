"""Reports: a member tells the moderators that a post breaks the charter; enough of them hide it until one decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.services import withdraw
from people.models import User

from . import signals, spam
from .anonymity import wrote
from .journal import Kind, log
from .models import Post, Report, Sanction
from .notices import REPORT, after_commit
from .rights import rights_of
from .services import NotAllowedError, lock_post, require_not_suspended
from .visibility import withhold

REPORTS_PER_HOUR = 10
REPORTS_THAT_HIDE = 3


class TooManyReportsError(Exception):
    """The person has reported as much as one may in an hour."""


@transaction.atomic
def report(reporter: User, post: Post, *, reason: str, text: str = "") -> Report:
    """Tell the moderators of a post. Told again by the same person, before or after they decided, it is told once.

    Once decided, a post that has changed since may be reported again. Reports of three trusted members hide it.
    Raises NotAllowedError for one's own post and one that readers do not see, SuspendedError, TooManyReportsError.
    """
    require_not_suspended(reporter)
    topic, post = lock_post(post.pk)
    if not rights_of(reporter).can_reply(topic.category_id) or topic.hidden or wrote(reporter, post):
        raise NotAllowedError
    mine = Report.objects.filter(post=post, reporter=reporter).order_by("-pk").first()
    if mine and (mine.settled_at is None or post.edited_at is None or post.edited_at < mine.settled_at):
        return mine
    if not post.is_readable:
        raise NotAllowedError
    since = timezone.now() - timedelta(hours=1)
    if Report.objects.filter(reporter=reporter, created_at__gt=since).count() >= REPORTS_PER_HOUR:
        raise TooManyReportsError
    made = Report.objects.create(post=post, reporter=reporter, reason=reason, text=text)
    made.post = post
    people = [found.reporter for found in open_reports(post).select_related("reporter") if found.reporter]
    if len(people) >= REPORTS_THAT_HIDE and sum(map(spam.is_trusted, people)) >= REPORTS_THAT_HIDE:
        before = {"hidden_why": "", "accepted": topic.accepted_post_id == post.pk, "by_the_site": True}
        withhold(topic, post, Post.HiddenWhy.REPORTS)
        why = _("Plusieurs membres ont signalé ce message. Il est caché jusqu'à ce qu'un modérateur le lise.")
        log(None, Kind.HIDE_POST, topic=topic, post=post, reason=why, before=before)
    signals.post_reported.send(Report, report=made)
    return made


def open_reports(post: Post) -> QuerySet[Report]:
    """Return what was reported of a post, and waits for a decision."""
    return Report.objects.filter(post=post, settled_at=None)


def settle(moderator: User, post: Post, *, upheld: bool) -> list[int]:
    """Note what was decided of a post's reports; return their ids. The moderators are no longer told of them."""
    ids = list(open_reports(post).values_list("pk", flat=True))
    if ids:
        Report.objects.filter(pk__in=ids).update(settled_at=timezone.now(), settled_by=moderator, upheld=upheld)
        after_commit(partial(withdraw, kinds=[REPORT], target_ids=ids))
    return ids


def reopen(ids: Collection[int]) -> int:
    """Have reports wait again, but for those who have made a new one since; return how many do."""
    again = Report.objects.filter(post=OuterRef("post"), reporter=OuterRef("reporter"), settled_at=None)
    settled = Report.objects.filter(pk__in=ids, settled_at__isnull=False)
    waiting = list(settled.exclude(Exists(again)).values_list("pk", flat=True))
    return Report.objects.filter(pk__in=waiting).update(settled_at=None, settled_by=None, upheld=None)


# -- What waits for a moderator ------------------------------------------------------------------------------------


def moderated_q(user: User, path: str) -> Q:
    """Return the condition «in a category that the person moderates». `path` leads to its id."""
    rights = rights_of(user)
    return Q() if rights.moderates_all else Q(**{f"{path}__in": rights.moderated})


def held_posts(user: User) -> QuerySet[Post]:
    """Return the posts that the person reads before the others do."""
    # The second condition is that of the index: SQLite uses it only if it is said in its own words.
    held = Post.objects.filter(hidden_why=Post.HiddenWhy.REVIEW, deleted_at=None).exclude(hidden_why="")
    found: QuerySet[Post] = held.filter(moderated_q(user, "topic__category_id"))
    return found


def reported_posts(user: User) -> QuerySet[Post]:
    """Return the posts whose reports wait for the person."""
    waiting = Report.objects.filter(settled_at=None).values("post")
    found: QuerySet[Post] = Post.objects.filter(pk__in=waiting).filter(moderated_q(user, "topic__category_id"))
    return found


def number_waiting(user: User, at_most: int = 100) -> int:
    """Return how many posts wait for the person's decision, counted no further than `at_most`."""
    held = held_posts(user).order_by().values("pk")[:at_most].count()
    return min(held + reported_posts(user).exclude(hidden_why="review").order_by()[:at_most].count(), at_most)


def histories(user_ids: Collection[int], viewer: User) -> dict[int, dict[str, Any]]:
    """Return what helps to judge each of these people: how much they wrote where the viewer reads, their sanctions."""
    found: dict[int, dict[str, Any]] = {pk: {"posts": 0, "warnings": 0, "suspensions": 0} for pk in user_ids}
    posts = Post.objects.visible_to(viewer).filter(author__in=found).order_by()
    for author, number in posts.values_list("author").annotate(number=Count("pk")):
        found[author]["posts"] = number
    given = Sanction.objects.filter(user__in=found).order_by()
    for person, kind, number in given.values_list("user", "kind").annotate(number=Count("pk")):
        found[person]["warnings" if kind == Sanction.Kind.WARNING else "suspensions"] = number
    return found
