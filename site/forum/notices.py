"""What the forum tells people of: replies, mentions, accepted answers, new topics, what moderators decided, reports.

Who is told is worked out in a task, when the post is there; what is said is made when it is read (`notifications`), so
it follows the rights of that moment. Neither knows who wrote an anonymous post: they are only left out of who is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.models import Cadence
from notifications.registry import DigestSection, Kind, Line, register_digest_section, register_kind
from notifications.services import notify, withdraw
from pages.markdown import plain_text
from people.models import Profile, User
from people.tasks import enqueue_once

from . import signals, tasks
from .anonymity import author_id_behind
from .models import Follow, Mention, ModerationAction, Mute, Post, Report, Topic
from .rights import moderators_of, readers_among, rights_of

REPLY, MENTION, ACCEPTED = "forum.reply", "forum.mention", "forum.answer_accepted"
NEW_TOPIC, MODERATION, REPORT = "forum.new_topic", "forum.moderation", "forum.report"
_OF_POSTS = (REPLY, MENTION, ACCEPTED, NEW_TOPIC)
EXCERPT = 160
DIGEST_TOPICS = 8


def topic_group(topic_id: int) -> str:
    """Return the group of what is told about a topic: opening it marks that as read."""
    return f"topic:{topic_id}"


# -- Whom to tell --------------------------------------------------------------------------------------------------


def _muting(post: Post) -> set[int]:
    """Return who does not want to read this author. Nobody can know it of an anonymous post."""
    if post.author_id is None:
        return set()
    return set(Mute.objects.filter(muted=post.author_id).values_list("user_id", flat=True))


def _followers(**of: Any) -> set[int]:
    return set(Follow.objects.filter(**of).values_list("user_id", flat=True))


def _told(post: Post, people: Iterable[int]) -> set[int]:
    """Return those of these people who may read the post and want to; never its author."""
    wanted = set(people) - _muting(post) - {author_id_behind(post)}
    return readers_among(wanted, post.topic.category) if wanted else set()


def tell_about_post(post_id: int) -> None:
    """Tell of a new post: those it names, then those who follow its topic, or for an opening its category or tags.

    A person is told of a post once, by what concerns them most.
    """
    post = Post.objects.readable().select_related("topic__category").filter(pk=post_id, topic__hidden=False).first()
    if post is None:
        return
    topic, group = post.topic, topic_group(post.topic_id)
    named = _told(post, Mention.objects.filter(post=post).values_list("user_id", flat=True))
    notify(named, kind=MENTION, target_id=post.pk, group=group)
    if post.opening:
        followers = _followers(category=topic.category) | _followers(tag__in=topic.tags.all())
        notify(_told(post, followers - named), kind=NEW_TOPIC, target_id=post.pk, group=group)
    else:
        notify(_told(post, _followers(topic=topic) - named), kind=REPLY, target_id=post.pk, group=group)


def tell_about_mentions(post_id: int) -> None:
    """Tell those whom a changed post names. Who was told of it already is not told again."""
    post = Post.objects.readable().select_related("topic__category").filter(pk=post_id, topic__hidden=False).first()
    if post is not None:
        named = _told(post, Mention.objects.filter(post=post).values_list("user_id", flat=True))
        notify(named, kind=MENTION, target_id=post.pk, group=topic_group(post.topic_id))


def _post_published(sender: type, post: Post, **kwargs: Any) -> None:
    enqueue_once(tasks.tell_about_post, post.pk)


def _post_changed(sender: type, post: Post, **kwargs: Any) -> None:
    enqueue_once(tasks.tell_about_mentions, post.pk)


def after_commit(function: Callable[..., Any], *args: Any) -> None:
    """Tell once the change is written, in a transaction of its own.

    Whoever changes a topic has locked it, and telling locks people: both at once would be the wrong way round, since
    who writes locks themselves before the topic.
    """
    transaction.on_commit(partial(function, *args), robust=True)


def _post_gone(sender: type, post: Post, **kwargs: Any) -> None:
    after_commit(partial(withdraw, kinds=_OF_POSTS, target_ids=[post.pk]))


def _answer_accepted(sender: type, topic: Topic, post: Post, **kwargs: Any) -> None:
    author = author_id_behind(post)
    if author is not None and author not in {author_id_behind(o) for o in topic.posts.filter(opening=True)}:
        after_commit(_tell_of_answer, author, post)


def _tell_of_answer(author: int, post: Post) -> None:
    readers = readers_among([author], post.topic.category)
    notify(readers, kind=ACCEPTED, target_id=post.pk, group=topic_group(post.topic_id))


_TOLD_TO_THE_AUTHOR = {
    ModerationAction.Kind.HIDE_POST,
    ModerationAction.Kind.SHOW_POST,
    ModerationAction.Kind.APPROVE_POST,
    ModerationAction.Kind.HIDE_TOPIC,
    ModerationAction.Kind.SHOW_TOPIC,
    ModerationAction.Kind.LOCK,
    ModerationAction.Kind.MOVE,
    ModerationAction.Kind.MERGE,
    ModerationAction.Kind.WARN,
    ModerationAction.Kind.SUSPEND,
    ModerationAction.Kind.UNSUSPEND,
    ModerationAction.Kind.LIFT_ANONYMITY,
}


def _moderated(sender: type, action: ModerationAction, **kwargs: Any) -> None:
    """Tell whom a decision is about: the member it names, else who wrote the post or opened the topic."""
    if action.kind not in _TOLD_TO_THE_AUTHOR:
        return
    concerned = action.member_id
    if concerned is None and action.post is not None:
        concerned = author_id_behind(action.post)
    elif concerned is None and action.topic is not None:
        opening = action.topic.posts.filter(opening=True).first()
        concerned = author_id_behind(opening) if opening else None
    if concerned is not None and concerned != action.moderator_id:
        after_commit(partial(notify, [concerned], kind=MODERATION, target_id=action.pk))


def _post_reported(sender: type, report: Report, **kwargs: Any) -> None:
    after_commit(_tell_of_report, report)


def _tell_of_report(report: Report) -> None:
    moderators = moderators_of(report.post.topic.category).values_list("pk", flat=True)
    people = set(moderators) - ({report.reporter_id} if report.reporter_id else set())
    notify(people, kind=REPORT, target_id=report.pk, group="forum:reports")


# -- What is said --------------------------------------------------------------------------------------------------


def _excerpt(post: Post) -> str:
    text = plain_text(post.html)
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"


def _posts(user: User, ids: Sequence[int]) -> Iterable[Post]:
    found: Iterable[Post] = (
        Post.objects.visible_to(user)
        .readable()
        .filter(pk__in=ids, topic__hidden=False)
        .select_related("topic__category", "author")
    )
    return found


def _describe_posts(user: User, ids: Sequence[int], *, said: Any) -> Mapping[int, Line]:
    return {
        post.pk: Line(
            title=str(said) % {"topic": post.topic.title, "who": post.author_name},
            url=post.get_absolute_url(),
            actor=post.author_name,
            excerpt=_excerpt(post),
            group_title=post.topic.title,
            group_url=post.topic.get_absolute_url(),
        )
        for post in _posts(user, ids)
    }


def _describe_actions(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    actions = ModerationAction.objects.filter(pk__in=ids).select_related("topic", "post__topic")
    lines = {}
    for action in actions:
        topic = action.topic or (action.post.topic if action.post else None)
        about = _("« %s »") % topic.title if topic else ""
        title = f"{_('La modération')} {action.get_kind_display()} {about}".strip()
        if action.undone_at:
            title = _("Annulé : %s") % title
        lines[action.pk] = Line(title=title, url="/forum/mes-messages/", excerpt=action.reason)
    return lines


def _describe_reports(user: User, ids: Sequence[int]) -> Mapping[int, Line]:
    rights = rights_of(user)
    reports = Report.objects.filter(pk__in=ids).select_related("post__topic")
    return {
        report.pk: Line(
            title=_("Un message est signalé dans « %s »") % report.post.topic.title,
            url="/forum/moderation/",
            excerpt=report.get_reason_display(),
            group_title=_("Signalements"),
            group_url="/forum/moderation/",
        )
        for report in reports
        if rights.moderates(report.post.topic.category_id)
    }


# -- What moved in a territory -------------------------------------------------------------------------------------


def territory_section(user: User, since: datetime) -> DigestSection | None:
    """Return the topics opened or answered since then in the categories of the person's département and région."""
    profile = Profile.objects.filter(user=user).select_related("department").first()
    if profile is None:
        return None
    places = {profile.department_id, profile.department.parent_id}
    mine = [category.pk for category in rights_of(user).categories if category.territory_id in places]
    moved = Topic.objects.visible_to(user).filter(category__in=mine, hidden=False, last_post_at__gt=since)
    topics = moved.select_related("category", "author").order_by("-last_post_at", "-pk")[:DIGEST_TOPICS]
    lines = [
        Line(title=topic.title, url=topic.get_absolute_url(), actor=f"{topic.category.name} · {topic.author_name}")
        for topic in topics
    ]
    return DigestSection(_("Ce qui a bougé : %s") % profile.department.name, lines) if lines else None


# -- At the start of the site --------------------------------------------------------------------------------------


def connect() -> None:
    """Register the kinds, and listen to the forum."""
    of_posts = (
        (MENTION, gettext_lazy("On vous cite"), gettext_lazy("%(who)s vous cite dans « %(topic)s »"), Cadence.NOW),
        (REPLY, gettext_lazy("Réponses"), gettext_lazy("%(who)s a répondu dans « %(topic)s »"), Cadence.NOW),
        (
            ACCEPTED,
            gettext_lazy("Votre réponse est retenue"),
            gettext_lazy("Votre réponse est retenue dans « %(topic)s »"),
            Cadence.NOW,
        ),
        (NEW_TOPIC, gettext_lazy("Nouvelles discussions"), gettext_lazy("« %(topic)s », par %(who)s"), Cadence.DAILY),
    )
    helps = {
        REPLY: gettext_lazy("Dans les discussions que vous suivez. Vous suivez celles où vous écrivez."),
        NEW_TOPIC: gettext_lazy("Dans les catégories et les étiquettes que vous suivez."),
    }
    for code, label, said, cadence in of_posts:
        describe = partial(_describe_posts, said=said)
        register_kind(Kind(code, label, describe, help=helps.get(code, ""), default=cadence))
    register_kind(
        Kind(
            MODERATION,
            gettext_lazy("Décisions de la modération"),
            _describe_actions,
            help=gettext_lazy("Celles qui vous concernent."),
            required=True,
        )
    )
    register_kind(
        Kind(
            REPORT,
            gettext_lazy("Signalements"),
            _describe_reports,
            help=gettext_lazy("Si vous modérez une catégorie."),
            default=Cadence.DAILY,
        )
    )
    register_digest_section(territory_section)
    for signal, receiver in (
        (signals.post_published, _post_published),
        (signals.post_changed, _post_changed),
        (signals.post_gone, _post_gone),
        (signals.answer_accepted, _answer_accepted),
        (signals.moderated, _moderated),
        (signals.post_reported, _post_reported),
    ):
        signal.connect(receiver, dispatch_uid=f"forum.notices.{receiver.__name__}")
