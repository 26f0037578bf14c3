"""Factories of the forum. A topic comes with the post that opens it."""

import uuid
from datetime import timedelta

import factory
from django.contrib.auth.models import Permission
from django.utils import timezone
from factory.django import DjangoModelFactory

from forum.models import Category, Post, Topic
from forum.services import open_topic
from tests.factories import UserFactory


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Catégorie {n}")
    slug = factory.Sequence(lambda n: f"categorie-{n}")
    description = "De quoi l'on parle ici."


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    category = factory.SubFactory(CategoryFactory)
    author = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Tenir le délai, question {n}")
    body = "Comment faites-vous le lundi ?"

    @classmethod
    def _create(cls, model_class, *, category, author, title, body, page=None, **changed):
        topic = open_topic(category=category, author=author, title=title, body=body, page=page)
        if changed:
            Topic.objects.filter(pk=topic.pk).update(**changed)
            topic.refresh_from_db()
        return topic


def make_posts(topic, number, author=None, **fields):
    """Add replies at once, without the limits that a person has; return them in order."""
    author = author or UserFactory()
    values = {"author": author, "body": "Chez nous, un binôme.", "html": "<p>Chez nous, un binôme.</p>"} | fields
    posts = Post.objects.bulk_create([Post(topic=topic, submission=uuid.uuid4(), **values) for _ in range(number)])
    last = posts[-1]
    Topic.objects.filter(pk=topic.pk).update(
        reply_count=topic.reply_count + number, last_post=last, last_post_at=last.created_at
    )
    topic.refresh_from_db()
    return posts


def make_topics(category, number, *, minutes_apart=1, **fields):
    """Make topics at once, the first one being the latest; return them in that order."""
    now = timezone.now()
    author = fields.pop("author", None) or UserFactory()
    topics = Topic.objects.bulk_create(
        Topic(
            category=category,
            author=author,
            title=f"Sujet numéro {n}",
            slug=f"sujet-numero-{n}",
            last_post_at=now - timedelta(minutes=n * minutes_apart),
            **fields,
        )
        for n in range(number)
    )
    posts = Post.objects.bulk_create(
        Post(topic=topic, author=author, opening=True, body="Bonjour", html="<p>Bonjour</p>") for topic in topics
    )
    for topic, post in zip(topics, posts, strict=True):
        topic.last_post = post
    Topic.objects.bulk_update(topics, ["last_post"])
    return topics


def make_moderator():
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(content_type__app_label="forum", codename="moderate"))
    return user
