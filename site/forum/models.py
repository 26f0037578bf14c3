"""Data of the forum: categories, topics, their posts, and how far each person has read."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.functions import Left, Length
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, PageViewRestriction
from wagtail.search import index

from pages.markdown import render_markdown
from people.models import User

TITLE_MIN_LENGTH = 5
TITLE_MAX_LENGTH = 120
BODY_MAX_LENGTH = 10_000

# A post stands under an h3 that names its author.
TOP_HEADING = 4

# A category lives at /forum/<slug>/, beside the form of a new topic.
RESERVED_SLUGS = ("nouveau",)


def can_moderate(user: User | AnonymousUser) -> bool:
    """Whether this person may moderate the forum. Django keeps the answer on the user: asked often, it costs once."""
    return user.has_perm("forum.moderate")


class Category(models.Model):
    """A shelf of the forum."""

    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("catégorie")
        verbose_name_plural = _("catégories")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug__in=RESERVED_SLUGS),
                name="forum_category_slug_is_not_an_address",
                violation_error_message=_("Cet identifiant est déjà l'adresse d'une page du forum."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list of its topics."""
        return reverse("forum:category", args=[self.slug])


class Authored(models.Model):
    """What someone wrote, and what is shown of them. Removing the account keeps the text, without the name."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("auteur"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="forum_%(class)ss",
    )
    by_team = models.BooleanField(_("écrit par l'équipe du site"), default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def author_name(self) -> str:
        """The name that readers see."""
        if self.author is not None:
            return self.author.display_name
        return gettext("L'équipe du site") if self.by_team else gettext("Ancien membre")


class TopicQuerySet(models.QuerySet["Topic"]):
    """Reads of topics."""

    def visible_to(self, user: User | AnonymousUser) -> TopicQuerySet:
        """Leave out what moderators have hidden, except for themselves."""
        return self if can_moderate(user) else self.filter(hidden=False)

    def with_reading_of(self, user: User | AnonymousUser) -> TopicQuerySet:
        """Add `read_mark` (id of the last post this person read, or None) and `unread`.

        What was written before the account existed is not news to its owner.
        """
        if not user.is_authenticated:
            nothing = Value(None, output_field=models.BigIntegerField())
            return self.annotate(read_mark=nothing, unread=Value(value=False))
        return self.annotate(
            reading=FilteredRelation("reads", condition=Q(reads__user=user)),
            read_mark=F("reading__last_read_post_id"),
            unread=models.ExpressionWrapper(
                Q(last_post_id__gt=F("reading__last_read_post_id"))
                | Q(reading__last_read_post_id=None, last_post_id__isnull=False, last_post_at__gt=user.date_joined),
                output_field=models.BooleanField(),
            ),
        )

    def for_list(self, user: User | AnonymousUser) -> TopicQuerySet:
        """What a list shows of each topic, in one query: authors, category, lesson, unread mark."""
        above = PageViewRestriction.objects.filter(
            page__path=Left(OuterRef("page__path"), Length("page__path"), output_field=models.TextField())
        )
        return (
            self.visible_to(user)
            .with_reading_of(user)
            .select_related("category", "author", "last_post__author")
            .defer("last_post__body", "last_post__html")
            .annotate(
                # Not the title of a draft, nor of a page that is kept, itself or with what is above it, for some.
                page_title=Case(When(Q(page__live=True) & ~Exists(above), then=F("page__title")), default=Value(""))
            )
        )


class Topic(index.Indexed, Authored):
    """A discussion: a title, the post that opens it, and replies.

    `reply_count`, `last_post` and `last_post_at` sum up the posts that everyone may read; `forum.services` keeps them.
    """

    # Its links to accounts and lessons are no editorial content: no need to index them at each post.
    wagtail_reference_index_ignore = True

    category = models.ForeignKey(
        Category, verbose_name=_("catégorie"), on_delete=models.PROTECT, related_name="topics", db_index=False
    )
    title = models.CharField(_("titre"), max_length=TITLE_MAX_LENGTH, validators=[MinLengthValidator(TITLE_MIN_LENGTH)])
    slug = models.SlugField(max_length=80, editable=False, db_index=False)
    page = models.ForeignKey(
        Page,
        verbose_name=_("leçon"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("ouvert le"), default=timezone.now, editable=False)
    last_post = models.ForeignKey(
        "Post",
        verbose_name=_("dernier message"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    last_post_at = models.DateTimeField(_("dernier message le"), default=timezone.now, editable=False)
    reply_count = models.PositiveIntegerField(_("réponses"), default=0, editable=False)
    pinned = models.BooleanField(_("épinglé"), default=False, help_text=_("Reste en tête de sa catégorie."))
    locked = models.BooleanField(_("fermé"), default=False, help_text=_("On le lit, on n'y répond plus."))
    hidden = models.BooleanField(_("masqué"), default=False, help_text=_("Seuls les modérateurs le voient."))

    objects: ClassVar[Any] = TopicQuerySet.as_manager()

    search_fields = [index.SearchField("title"), index.FilterField("hidden")]

    class Meta:
        verbose_name = _("sujet")
        verbose_name_plural = _("sujets")
        permissions = [("moderate", _("Modérer le forum"))]
        indexes = [
            models.Index("category", F("pinned").desc(), F("last_post_at").desc(), F("id").desc(), name="topic_list"),
            # For a category's count and latest topic.
            models.Index(
                "category",
                F("last_post_at").desc(),
                F("id").desc(),
                condition=Q(hidden=False),
                name="topic_category_latest",
            ),
            models.Index(F("last_post_at").desc(), F("id").desc(), name="topic_recent"),
            models.Index("page", F("id").desc(), name="topic_lesson"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length("title"), TITLE_MIN_LENGTH), name="topic_title_says_something"
            ),
            models.CheckConstraint(condition=Q(by_team=False) | Q(author=None), name="topic_by_team_has_no_author"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the slug in step with the title."""
        self.slug = slugify(self.title)[:80].strip("-") or "sujet"
        if (fields := kwargs.get("update_fields")) is not None and "title" in fields:
            kwargs["update_fields"] = {*fields, "slug"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The first page of its posts."""
        return reverse("forum:topic", args=[self.pk, self.slug])

    @property
    def is_open(self) -> bool:
        """Whether one may reply."""
        return not (self.locked or self.hidden)


class PostQuerySet(models.QuerySet["Post"]):
    """Reads of posts. Inside a topic, posts stand in the order of their ids: the topic is locked while one is added."""

    def visible_to(self, user: User | AnonymousUser) -> PostQuerySet:
        """Leave out what moderators have hidden, except for themselves. A deleted post keeps its place."""
        return self if can_moderate(user) else self.filter(hidden_at=None)

    def readable(self) -> PostQuerySet:
        """The posts whose text everyone may read."""
        return self.filter(hidden_at=None, deleted_at=None)


class Post(Authored):
    """A message: `body` is Markdown, `html` is made of it when saved, rendered and cleaned; reading costs nothing."""

    wagtail_reference_index_ignore = True

    topic = models.ForeignKey(
        Topic, verbose_name=_("sujet"), on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    opening = models.BooleanField(_("ouvre le sujet"), default=False, editable=False)
    body = models.TextField(_("message"), max_length=BODY_MAX_LENGTH)
    html = models.TextField(editable=False)
    created_at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("modifié le"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("supprimé le"), null=True, editable=False)
    hidden_at = models.DateTimeField(_("masqué le"), null=True, editable=False)
    submission = models.UUIDField(_("envoi"), default=uuid.uuid4, editable=False)

    objects: ClassVar[Any] = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["topic", "id"], name="post_in_topic"),
            # For the limit on how much one person writes.
            models.Index(fields=["author", "created_at"], name="post_by_author"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["author", "submission"], name="post_is_sent_once"),
            models.UniqueConstraint(fields=["topic"], condition=Q(opening=True), name="topic_has_one_opening_post"),
            models.CheckConstraint(
                condition=(Q(deleted_at=None) & ~Q(body="")) | Q(deleted_at__isnull=False, body="", html=""),
                name="post_is_empty_if_and_only_if_deleted",
            ),
            models.CheckConstraint(condition=Q(by_team=False) | Q(author=None), name="post_by_team_has_no_author"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}, {timezone.localtime(self.created_at):%d/%m/%Y %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Render the text."""
        self.html = render_markdown(self.body, top_heading=TOP_HEADING, untrusted=True)
        if (fields := kwargs.get("update_fields")) is not None and "body" in fields:
            kwargs["update_fields"] = {*fields, "html"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The permanent address, which leads to the right page of the topic."""
        return reverse("forum:post", args=[self.pk])

    @property
    def safe_html(self) -> SafeString:
        """The text as HTML. Only `save` writes it, from what `render_markdown` has cleaned."""
        return mark_safe(self.html)  # noqa: S308


class TopicRead(models.Model):
    """How far a person has read a topic. The mark only moves forward."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="topic_reads", db_index=False
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="reads")
    last_read_post_id = models.PositiveBigIntegerField(_("dernier message lu"))

    class Meta:
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="topic_read_is_unique")]
