"""What the forum answers to the apps below it."""

from __future__ import annotations

from typing import Any

from people.models import User

from .anonymity import posts_of
from .models import Bookmark, Draft, Follow, Member, Mute, Post, Reaction, Report, Sanction, TopicRead
from .rights import rights_of


def export_personal_data(user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return what a person wrote, read and did here, with what was decided about them.

    What they deleted is erased: nothing of it is left to give. Of the people they do not want to read, only names.
    """
    return [("forum", {**_written(user), **_done(user), **_decided(user)})]


def _written(user: User) -> dict[str, Any]:
    named = Post.objects.filter(author=user, deleted_at=None).order_by("pk")
    unnamed = Post.objects.filter(pk__in=posts_of(user).values("post"), deleted_at=None).order_by("pk")
    readable = rights_of(user).readable
    drafts = Draft.objects.filter(user=user).order_by("pk")
    return {
        "messages": [
            {
                "sujet": title if category in readable else "",
                "ecrit_le": created_at,
                "modifie_le": edited_at,
                "anonyme": anonymous,
                "masque": hidden_at is not None,
                "message": body,
            }
            for posts in (named, unnamed)
            for title, category, created_at, edited_at, anonymous, hidden_at, body in posts.values_list(
                "topic__title", "topic__category", "created_at", "edited_at", "anonymous", "hidden_at", "body"
            )
        ],
        "brouillons": [
            {"endroit": place, "modifie_le": updated_at, "contenu": data}
            for place, updated_at, data in drafts.values_list("place", "updated_at", "data")
        ],
    }


def _done(user: User) -> dict[str, Any]:
    # What they react to and follow may have been moved where they read no more: its title is not theirs to have.
    posts = Post.objects.visible_to(user).values("pk")
    readable = rights_of(user).readable
    reactions = Reaction.objects.filter(user=user, post__in=posts).order_by("pk")
    bookmarks = Bookmark.objects.filter(user=user, post__in=posts).order_by("pk")
    follows = Follow.objects.filter(user=user).select_related("topic", "category", "tag").order_by("pk")
    reads = TopicRead.objects.filter(user=user, topic__category__in=readable).order_by("topic_id")
    mutes = Mute.objects.filter(user=user).select_related("muted").order_by("pk")
    return {
        "sujets_lus": list(reads.values_list("topic__title", flat=True)),
        "reactions": [
            {"sujet": title, "reaction": Reaction.Kind(kind).label}
            for title, kind in reactions.values_list("post__topic__title", "kind")
        ],
        "signets": [
            {"sujet": title, "depuis": since}
            for title, since in bookmarks.values_list("post__topic__title", "created_at")
        ],
        "suivis": [
            str(follow.topic or follow.category or follow.tag)
            for follow in follows
            if follow.tag_id or (follow.category_id or (follow.topic and follow.topic.category_id)) in readable
        ],
        "membres_ignores": [mute.muted.display_name for mute in mutes],
    }


def _decided(user: User) -> dict[str, Any]:
    member = Member.objects.filter(user=user).first()
    reports = Report.objects.filter(reporter=user).order_by("pk")
    sanctions = Sanction.objects.filter(user=user).order_by("pk")
    return {
        "charte_acceptee_le": member.charter_accepted_at if member else None,
        "signalements": [
            {"fait_le": created_at, "raison": Report.Reason(reason).label, "precisions": text, "suivi": upheld}
            for created_at, reason, text, upheld in reports.values_list("created_at", "reason", "text", "upheld")
        ],
        "sanctions": [
            {
                "type": Sanction.Kind(kind).label,
                "raison": reason,
                "decidee_le": created_at,
                "jusqu_au": until,
                "levee_le": lifted_at,
            }
            for kind, reason, created_at, until, lifted_at in sanctions.values_list(
                "kind", "reason", "created_at", "until", "lifted_at"
            )
        ],
    }
