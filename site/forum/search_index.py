"""Topics and posts in the search of the site.

A topic is found by its title and the text that opens it, a reply by its text; both lead a reader to the topic. Nothing
says who wrote them: no name is ever indexed. What readers do not see (hidden, held, deleted, in a hidden topic) is not
in the index, from the very transaction that takes it away; what is private to a category is found by its readers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.signals import post_delete
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from search import services
from search.passages import plain_lines
from search.registry import Document, Found, Person, Source, register_audiences, register_source

from . import signals
from .models import Category, Post, Topic
from .rights import audience_of, rights_of

_CHUNK = 1000


def _group(topic_id: int) -> str:
    return f"topic:{topic_id}"


def territory_facets(territory: Any) -> list[str]:
    """Return the values of the filter «territoire»: a département is also found under its région."""
    if territory is None:
        return []
    own = f"{territory.kind}-{territory.code}"
    return [own, f"region-{territory.parent.code}"] if territory.parent_id else [own]


def _facets(topic: Topic) -> dict[str, Any]:
    return {
        "terr": territory_facets(topic.category.territory),
        "cat": str(topic.category_id),
        "sort": topic.kind,
        "solved": "1" if topic.is_solved else "",
        "tag": [tag.slug for tag in topic.tags.all()],
    }


def topic_document(topic: Topic, opening: Post | None) -> Document:
    """Return a topic as it is indexed; `opening` is the post that opens it, if readers see it."""
    return Document(
        kind="topic",
        object_id=topic.pk,
        title=topic.title,
        text=plain_lines(opening.html) if opening else "",
        audience=audience_of(topic.category),
        at=topic.created_at,
        group=_group(topic.pk),
        facets=_facets(topic),
    )


def post_document(post: Post) -> Document:
    """Return a reply as it is indexed."""
    topic = post.topic
    return Document(
        kind="post",
        object_id=post.pk,
        title="",
        text=plain_lines(post.html),
        audience=audience_of(topic.category),
        at=post.created_at,
        group=_group(topic.pk),
        facets=_facets(topic),
        accepted=topic.accepted_post_id == post.pk,
    )


def _is_readable(post: Post) -> bool:
    return post.hidden_at is None and post.deleted_at is None


# -- Everything, for `eti reindex` ---------------------------------------------------------------------------------


def _in_chunks(posts: QuerySet[Post]) -> Iterator[Post]:
    """Give posts in the order of their ids, a thousand at a time, with what their documents need."""
    posts = posts.filter(topic__hidden=False).select_related("topic__category__territory__parent")
    posts = posts.defer("body").prefetch_related("topic__tags").order_by("pk")
    last = 0
    while chunk := list(posts.filter(pk__gt=last)[:_CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def _topic_documents() -> Iterator[Document]:
    for post in _in_chunks(Post.objects.filter(opening=True)):
        yield topic_document(post.topic, post if _is_readable(post) else None)


def _post_documents() -> Iterator[Document]:
    for post in _in_chunks(Post.objects.readable().filter(opening=False)):
        yield post_document(post)


# -- What is shown of a result -------------------------------------------------------------------------------------


def _load_topics(user: Person, ids: Sequence[int]) -> Mapping[int, Found]:
    opening = Post.objects.readable().filter(topic=OuterRef("pk"), opening=True).values("html")[:1]
    topics = Topic.objects.visible_to(user).filter(pk__in=ids, hidden=False).annotate(opening_html=Subquery(opening))
    rights = rights_of(user)
    return {
        topic.pk: Found(
            title=topic.title,
            url=topic.get_absolute_url(),
            place=rights.category(topic.category_id).name,
            text=plain_lines(topic.opening_html or ""),
            at=topic.created_at,
            replies=topic.reply_count,
            solved=topic.is_solved,
        )
        for topic in topics
        if rights.can_read(topic.category_id)
    }


def _load_posts(user: Person, ids: Sequence[int]) -> Mapping[int, Found]:
    posts = Post.objects.visible_to(user).readable().filter(pk__in=ids, topic__hidden=False).select_related("topic")
    rights = rights_of(user)
    return {
        post.pk: Found(
            title=post.topic.title,
            url=reverse("forum:post", args=[post.pk]),
            place=rights.category(post.topic.category_id).name,
            text=plain_lines(post.html),
            at=post.created_at,
            replies=post.topic.reply_count,
            solved=post.topic.is_solved,
            label=gettext("réponse retenue") if post.topic.accepted_post_id == post.pk else "",
        )
        for post in posts.defer("body")
        if rights.can_read(post.topic.category_id)
    }


# -- Keeping up ----------------------------------------------------------------------------------------------------


def _post_is_there(sender: type, post: Post, **kwargs: Any) -> None:
    topic = post.topic
    if topic.hidden:
        return
    if post.opening:
        services.index_document(topic_document(topic, post))
    else:
        services.index_document(post_document(post))


def _post_is_gone(sender: type, post: Post, **kwargs: Any) -> None:
    if not post.opening:
        services.remove("post", [post.pk])
    elif not post.topic.hidden:
        services.index_document(topic_document(post.topic, None))


def _topic_has_changed(sender: type, topic: Topic, **kwargs: Any) -> None:
    """Bring all that is in a topic up to date: it may have been retitled, moved, split, hidden, shown, answered."""
    if topic.hidden:
        services.remove_group(_group(topic.pk))
        return
    opening = topic.posts.readable().filter(opening=True).first()
    before = services.indexed_facets("topic", topic.pk)
    document = topic_document(topic, opening)
    services.index_document(document)
    facets = {name: {value} if isinstance(value, str) else set(value) for name, value in document.facets.items()}
    now = {**{name: values - {""} for name, values in facets.items()}, "a": {document.audience}}
    if before is None or any(before.get(name, set()) != values for name, values in now.items()):
        services.set_audience(_group(topic.pk), document.audience, facets=document.facets)
    there = set(topic.posts.readable().filter(opening=False).values_list("pk", flat=True))
    indexed = services.indexed_ids(_group(topic.pk), "post")
    services.remove("post", indexed - there)
    services.index_many(post_document(post) for post in _in_chunks(topic.posts.filter(pk__in=there - indexed)))
    services.set_accepted(_group(topic.pk), "post", topic.accepted_post_id)


def _topic_is_gone(sender: type, topic: Topic, **kwargs: Any) -> None:
    services.remove_group(_group(topic.pk))


def _audience_has_changed(sender: type, category: Category, **kwargs: Any) -> None:
    ids = Topic.objects.filter(category=category).order_by("pk").values_list("pk", flat=True)
    services.set_audience_of_many((_group(pk) for pk in ids.iterator()), audience_of(category))


def _row_is_deleted(sender: type, instance: Topic | Post, **kwargs: Any) -> None:
    if isinstance(instance, Topic):
        services.remove_group(_group(instance.pk))
    else:
        services.remove("post", [instance.pk])


def register() -> None:
    """Tell the search of topics and posts, and keep it up to date. Called once, when the site starts."""
    register_audiences(lambda user: rights_of(user).audiences)
    register_source(
        Source(
            kind="topic",
            label=_("discussion"),
            family="discussions",
            documents=_topic_documents,
            load=_load_topics,
            one_a_group=True,
        )
    )
    register_source(
        Source(
            kind="post",
            label=_("réponse"),
            family="discussions",
            documents=_post_documents,
            load=_load_posts,
            one_a_group=True,
        )
    )
    for signal, receiver in (
        (signals.post_published, _post_is_there),
        (signals.post_changed, _post_is_there),
        (signals.post_gone, _post_is_gone),
        (signals.topic_changed, _topic_has_changed),
        (signals.topic_gone, _topic_is_gone),
        (signals.audience_changed, _audience_has_changed),
    ):
        signal.connect(receiver, dispatch_uid=f"search{receiver.__name__}")
    for model in (Topic, Post):
        post_delete.connect(_row_is_deleted, sender=model, dispatch_uid="search_row_is_deleted")
