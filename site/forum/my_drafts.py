"""The list of one's drafts, each with the way back to its form."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from people.models import User

from .composing import PARTS
from .drafts import target_of
from .models import Draft, Post, Topic

EXCERPT = 200


@dataclass(frozen=True, slots=True)
class MyDraft:
    """A draft as a list shows it; `url` is empty where the form is closed to the person: the text is there to copy."""

    draft: Draft
    what: str
    url: str
    text: str
    excerpt: str


def my_drafts(user: User) -> list[MyDraft]:
    """Return the drafts of a person, the latest first, in three queries at most."""
    found = list(Draft.objects.filter(user=user).order_by("-updated_at"))
    targets = [target_of(draft.place) for draft in found]
    replied = {number for sort, number in targets if sort == "reply"}
    edited = {number for sort, number in targets if sort == "edit"}
    topics = Topic.objects.visible_to(user).in_bulk(replied) if replied else {}
    posts = Post.objects.visible_to(user).select_related("topic").in_bulk(edited) if edited else {}
    shown = []
    for draft, (sort, number) in zip(found, targets, strict=True):
        url, topic = "", None
        if sort == "topic":
            url = reverse("forum:new_topic") + (f"?lecon={number}" if number else "")
            what = _("Nouvelle discussion")
        elif sort == "reply":
            what, topic = _("Réponse"), topics.get(number)
            url = f"{topic.get_absolute_url()}#repondre" if topic else ""
        else:
            post = posts.get(number)
            what, topic = _("Modification d'un message"), post.topic if post else None
            url = reverse("forum:edit_post", args=[number]) if post else ""
        text = "\n\n".join(filter(None, (draft.data.get(name) for name in ("body", *PARTS))))
        about = draft.data.get("title") or (topic.title if topic else "")
        excerpt = text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"
        shown.append(MyDraft(draft, f"{what} : {about}" if about else what, url, text, excerpt))
    return shown
