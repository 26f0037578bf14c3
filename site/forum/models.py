"""Data of the forum: categories, topics, their posts, and what each person does with them.

Who may read what is said once, in `forum.rights`; `Topic.objects.visible_to` and `Post.objects.visible_to` apply it.

Who wrote an anonymous post stands in a table of its own, `AnonymousAuthorship`: the post has no author. A list, an
export, a search index or an e-mail that shows authors cannot tell what it was never given.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Left, Length
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import Page, PageViewRestriction
from wagtail.search import index

from pages.markdown import render_markdown
from people.models import Federation, Network, Territory, User
from people.text import search_key

TITLE_MIN_LENGTH = 5
TITLE_MAX_LENGTH = 120
BODY_MAX_LENGTH = 10_000

# A post stands under an h3 that names its author.
TOP_HEADING = 4

# A category lives at /forum/<slug>/, beside the other pages of the forum.
RESERVED_SLUGS = (
    "brouillons", "categories", "charte", "etiquette", "etiquettes", "flux", "ignores", "membres", "mes-messages",
    "message", "messages", "moderation", "non-lus", "nouveau", "pieces-jointes", "semblables", "signets", "suivis",
    "sujet", "tout-lu",
)  # fmt: skip


def can_moderate(user: User | AnonymousUser) -> bool:
    """Whether this person may moderate the whole forum. Django keeps the answer on the user: it costs once."""
    return user.has_perm("forum.moderate")


# -- Categories and tags -------------------------------------------------------------------------------------------


class Category(models.Model):
    """A shelf of the forum: a theme for everyone, the space of a territory, or one of a federation or of a network.

    `topic_count` counts the topics that its readers see; `forum.counting` keeps it.
    """

    class Audience(models.TextChoices):
        PUBLIC = "public", _("Tout le monde, même sans compte")
        MEMBERS = "members", _("Toute personne qui a un compte")
        FEDERATION = "federation", _("L'équipe d'une fédération")
        NETWORK = "network", _("Les membres d'un réseau")

    class Posting(models.TextChoices):
        READERS = "readers", _("Ceux qui peuvent lire, avec un compte")
        MODERATORS = "moderators", _("La modération : annonces")

    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    territory = models.ForeignKey(
        Territory,
        verbose_name=_("territoire"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="forum_categories",
        help_text=_("Laissez vide pour un thème, qui vaut pour tout le pays."),
    )
    audience = models.CharField(_("qui peut lire"), max_length=12, choices=Audience, default=Audience.PUBLIC)
    federation = models.ForeignKey(
        Federation,
        verbose_name=_("fédération"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="forum_categories",
    )
    network = models.ForeignKey(
        Network,
        verbose_name=_("réseau"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="forum_categories",
    )
    posting = models.CharField(_("qui peut ouvrir un sujet"), max_length=12, choices=Posting, default=Posting.READERS)
    moderators = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("modérateurs"),
        through="CategoryModerator",
        related_name="moderated_categories",
    )
    topic_count = models.PositiveIntegerField(_("sujets"), default=0, editable=False)

    class Meta:
        verbose_name = _("catégorie")
        verbose_name_plural = _("catégories")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug__in=RESERVED_SLUGS),
                name="forum_category_slug_is_not_an_address",
                violation_error_message=_("Cet identifiant est déjà l'adresse d'une page du forum."),
            ),
            models.CheckConstraint(
                condition=Q(audience="federation", federation__isnull=False)
                | (~Q(audience="federation") & Q(federation=None)),
                name="forum_category_has_a_federation_if_private_to_one",
                violation_error_message=_(
                    "Choisissez une fédération si la catégorie lui est réservée, aucune dans les autres cas."
                ),
            ),
            models.CheckConstraint(
                condition=Q(audience="network", network__isnull=False) | (~Q(audience="network") & Q(network=None)),
                name="forum_category_has_a_network_if_private_to_one",
                violation_error_message=_(
                    "Choisissez un réseau si la catégorie lui est réservée, aucun dans les autres cas."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list of its topics."""
        return reverse("forum:category", args=[self.slug])

    @property
    def is_public(self) -> bool:
        """Whether one reads it without an account."""
        return self.audience == self.Audience.PUBLIC

    @property
    def is_private(self) -> bool:
        """Whether only the people of a federation or of a network read it."""
        return self.audience in {self.Audience.FEDERATION, self.Audience.NETWORK}


class CategoryModerator(models.Model):
    """A person who moderates a category: they read it too."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="category_moderators", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("modérateur d'une catégorie")
        verbose_name_plural = _("modérateurs d'une catégorie")
        constraints = [models.UniqueConstraint(fields=["category", "user"], name="category_moderator_is_unique")]


class Tag(models.Model):
    """A word that ties topics together, whatever their category. Two spellings of it are one tag, of one slug.

    `topic_count` counts the topics that everyone may read: a private discussion shows in no number.
    """

    name = models.CharField(_("nom"), max_length=40)
    slug = models.SlugField(max_length=60, unique=True, editable=False)
    topic_count = models.PositiveIntegerField(_("sujets"), default=0, editable=False)

    class Meta:
        verbose_name = _("étiquette")
        verbose_name_plural = _("étiquettes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list of its topics."""
        return reverse("forum:tag", args=[self.slug])


def tag_slug(name: str) -> str:
    """Return the slug under which two spellings of a tag are one; nothing for a name without a letter or a digit."""
    return slugify(search_key(name))[:60].strip("-")


# -- Topics and posts ----------------------------------------------------------------------------------------------


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
    anonymous = models.BooleanField(_("anonyme"), default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def author_name(self) -> str:
        """The name that readers see."""
        if self.anonymous:
            return gettext("Anonyme du réseau")
        if self.author is not None:
            return self.author.display_name
        return gettext("L'équipe du site") if self.by_team else gettext("Ancien membre")


def _signature_constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(by_team=False, anonymous=False) | Q(author=None),
            name=f"{name}_without_a_name_has_no_author",
        ),
    ]


class TopicQuerySet(models.QuerySet["Topic"]):
    """Reads of topics."""

    def visible_to(self, user: User | AnonymousUser) -> TopicQuerySet:
        """Leave out the categories that this person may not read, and what is hidden, except for its moderators."""
        from .rights import rights_of

        rights = rights_of(user)
        topics = self if rights.reads_all else self.filter(rights.readable_q("category_id"))
        if rights.moderates_all:
            return topics
        shown = Q(hidden=False)
        if rights.moderated:
            shown |= Q(category_id__in=rights.moderated)
        return topics.filter(shown)

    def with_reading_of(self, user: User | AnonymousUser) -> TopicQuerySet:
        """Add `read_mark` (id of the last post this person read, or None) and `unread`.

        What was written before the account existed, or before the person said that all is read, is not news to them.
        """
        if not user.is_authenticated:
            nothing = Value(None, output_field=models.BigIntegerField())
            return self.annotate(read_mark=nothing, unread=Value(value=False))
        return self.annotate(
            reading=FilteredRelation("reads", condition=Q(reads__user=user)),
            read_mark=F("reading__last_read_post_id"),
            unread=models.ExpressionWrapper(
                Q(last_post_at__gt=read_before(user), last_post_id__isnull=False)
                & (Q(reading__last_read_post_id=None) | Q(last_post_id__gt=F("reading__last_read_post_id"))),
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
            # Nothing is left in it, for moderators neither.
            .filter(merged_into=None)
            .with_reading_of(user)
            .select_related("category__territory", "author", "last_post__author")
            .prefetch_related("tags")
            .defer("last_post__body", "last_post__html")
            .annotate(
                # Not the title of a draft, nor of a page that is kept, itself or with what is above it, for some.
                page_title=Case(When(Q(page__live=True) & ~Exists(above), then=F("page__title")), default=Value(""))
            )
        )


def read_before(user: User) -> models.Expression:
    """Return the moment before which nothing is news to this person, as a part of a query."""
    said = Member.objects.filter(user=user).values("read_before")[:1]
    return Coalesce(models.Subquery(said), Value(user.date_joined), output_field=models.DateTimeField())


class Topic(index.Indexed, Authored):  # type: ignore[django-manager-missing]  # sheets: Wagtail gives their manager
    """A discussion: a title, the post that opens it, and replies.

    `reply_count`, `last_post` and `last_post_at` sum up the posts that every reader sees; `forum.counting` keeps them.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        DISCUSSION = "discussion", _("Discussion")
        ANNOUNCEMENT = "announcement", _("Annonce")
        PRACTICE = "practice", _("Analyse de pratique")

    # Its links to accounts and lessons are no editorial content: no need to index them at each post.
    wagtail_reference_index_ignore = True

    category = models.ForeignKey(
        Category, verbose_name=_("catégorie"), on_delete=models.PROTECT, related_name="topics", db_index=False
    )
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.DISCUSSION)
    title = models.CharField(_("titre"), max_length=TITLE_MAX_LENGTH, validators=[MinLengthValidator(TITLE_MIN_LENGTH)])
    slug = models.SlugField(max_length=80, editable=False, db_index=False)
    page = models.ForeignKey(
        Page,
        verbose_name=_("leçon, module ou fiche"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    tags = models.ManyToManyField(Tag, verbose_name=_("étiquettes"), through="TopicTag", related_name="topics")
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
    accepted_post = models.ForeignKey(
        "Post",
        verbose_name=_("réponse retenue"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reply_count = models.PositiveIntegerField(_("réponses"), default=0, editable=False)
    pinned = models.BooleanField(_("épinglé"), default=False, help_text=_("Reste en tête de sa catégorie."))
    locked = models.BooleanField(_("fermé"), default=False, help_text=_("On le lit, on n'y répond plus."))
    hidden = models.BooleanField(_("masqué"), default=False, help_text=_("Seuls les modérateurs le voient."))
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("réuni avec"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Le sujet qui a pris ses messages : son adresse y mène."),
    )

    objects: ClassVar[Any] = TopicQuerySet.as_manager()

    search_fields = [index.SearchField("title"), index.FilterField("hidden")]

    class Meta:
        verbose_name = _("sujet")
        verbose_name_plural = _("sujets")
        permissions = [("moderate", _("Modérer le forum"))]
        indexes = [
            models.Index("category", F("pinned").desc(), F("last_post_at").desc(), F("id").desc(), name="topic_list"),
            # For a category's latest topic and the recent ones of some categories.
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
            *_signature_constraints("topic"),
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

    @property
    def takes_an_answer(self) -> bool:
        """Whether one of its replies may be marked as the answer."""
        return self.kind in {self.Kind.QUESTION, self.Kind.PRACTICE}

    @property
    def is_solved(self) -> bool:
        """Whether an answer was accepted."""
        return self.accepted_post_id is not None


class TopicTag(models.Model):
    """A tag on a topic."""

    wagtail_reference_index_ignore = True

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="topic_tags", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="topic_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "tag"], name="topic_tag_is_unique")]


class PostQuerySet(models.QuerySet["Post"]):
    """Reads of posts. Inside a topic, posts stand in the order of their ids: the topic is locked while one is added."""

    def visible_to(self, user: User | AnonymousUser) -> PostQuerySet:
        """Leave out what this person may not read. A deleted post keeps its place."""
        from .rights import rights_of

        rights = rights_of(user)
        posts = self if rights.reads_all else self.filter(rights.readable_q("topic__category_id"))
        if rights.moderates_all:
            return posts
        shown = Q(hidden_at=None, topic__hidden=False)
        if rights.moderated:
            shown |= Q(topic__category_id__in=rights.moderated)
        return posts.filter(shown)

    def in_topic_for(self, user: User | AnonymousUser, topic: Topic) -> PostQuerySet:
        """The posts of a topic that this person sees there, the topic itself being visible to them."""
        from .rights import rights_of

        posts = self.filter(topic=topic)
        return posts if rights_of(user).moderates(topic.category_id) else posts.filter(hidden_at=None)

    def for_page(self, user: User | AnonymousUser) -> PostQuerySet:
        """What a page shows of each post, in one query beside its files: who wrote it, what this reader did with it.

        Adds `is_mine`, `is_bookmarked`, `is_muted`, and `said_useful`, `said_thanks`, `said_same`.
        """
        from .anonymity import with_mine

        posts = self.select_related("author").prefetch_related("attachments")
        if not user.is_authenticated:
            return posts
        here = {"post": OuterRef("pk"), "user": user}
        said = {f"said_{kind}": Exists(Reaction.objects.filter(kind=kind, **here)) for kind in Reaction.Kind.values}
        shown: PostQuerySet = with_mine(posts, user).annotate(
            is_bookmarked=Exists(Bookmark.objects.filter(**here)),
            is_muted=Exists(Mute.objects.filter(user=user, muted=OuterRef("author"))),
            **said,
        )  # type: ignore[assignment]
        return shown

    def readable(self) -> PostQuerySet:
        """The posts whose text each reader of the topic sees."""
        return self.filter(hidden_at=None, deleted_at=None)


class Post(Authored):
    """A message: `body` is Markdown, `html` is made of it when saved, rendered and cleaned; reading costs nothing.

    A deleted post keeps its text for a day, for who deleted it to change their mind, then it is erased.
    """

    class HiddenWhy(models.TextChoices):
        MODERATION = "moderation", _("masqué par la modération")
        REVIEW = "review", _("en attente de relecture")
        REPORTS = "reports", _("signalé plusieurs fois")

    wagtail_reference_index_ignore = True

    topic = models.ForeignKey(
        Topic, verbose_name=_("sujet"), on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    opening = models.BooleanField(_("ouvre le sujet"), default=False, editable=False)
    # Of an anonymous topic: the same person writes here, without a name again.
    by_topic_author = models.BooleanField(_("de l'auteur du sujet"), default=False, editable=False)
    body = models.TextField(_("message"), max_length=BODY_MAX_LENGTH)
    html = models.TextField(editable=False)
    created_at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("modifié le"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("supprimé le"), null=True, editable=False)
    hidden_at = models.DateTimeField(_("masqué le"), null=True, editable=False)
    hidden_why = models.CharField(_("motif"), max_length=12, choices=HiddenWhy, blank=True, editable=False)
    published_at = models.DateTimeField(_("publié le"), null=True, editable=False)
    submission = models.UUIDField(_("envoi"), default=uuid.uuid4, unique=True, editable=False)
    useful_count = models.PositiveIntegerField(_("utile"), default=0, editable=False)
    thanks_count = models.PositiveIntegerField(_("merci"), default=0, editable=False)
    same_count = models.PositiveIntegerField(_("moi aussi"), default=0, editable=False)

    objects: ClassVar[Any] = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["topic", "id"], name="post_in_topic"),
            # For the limit on how much one person writes, and for the list of what they wrote.
            models.Index(fields=["author", "created_at"], name="post_by_author"),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False) & ~Q(body=""), name="post_to_erase"
            ),
            models.Index(fields=["hidden_why", "id"], condition=~Q(hidden_why=""), name="post_kept_back"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["topic"], condition=Q(opening=True), name="topic_has_one_opening_post"),
            models.CheckConstraint(condition=~Q(body="") | Q(deleted_at__isnull=False), name="post_is_empty_if_erased"),
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_why="") | (Q(hidden_at__isnull=False) & ~Q(hidden_why="")),
                name="post_is_hidden_for_a_reason",
            ),
            *_signature_constraints("post"),
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

    @property
    def is_readable(self) -> bool:
        """Whether each reader of the topic sees its text."""
        return self.hidden_at is None and self.deleted_at is None


class AnonymousAuthorship(models.Model):
    """Who wrote an anonymous post. Read by the person's own pages and by `forum.anonymity`, by nothing else."""

    wagtail_reference_index_ignore = True

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+", primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("auteur d'un message anonyme")
        verbose_name_plural = _("auteurs de messages anonymes")
        indexes = [models.Index(fields=["user", "created_at"], name="anonymous_by_author")]


class PostEdit(models.Model):
    """What a post said before a change: its history, for its author and for moderators."""

    wagtail_reference_index_ignore = True

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="edits", db_index=False)
    title = models.CharField(_("titre"), max_length=TITLE_MAX_LENGTH, blank=True)
    body = models.TextField(_("message"))
    until = models.DateTimeField(_("jusqu'au"), default=timezone.now)

    class Meta:
        verbose_name = _("version d'un message")
        verbose_name_plural = _("versions d'un message")
        indexes = [models.Index(fields=["post", "id"], name="post_edit_of_post")]


class Attachment(models.Model):
    """A file sent with a post: an image, re-encoded without what it told of its taker, or a document.

    Kept out of the public media: `forum` serves it to who may read the post. Until the post is published, only to who
    sent it. `uploader` is forgotten when the post is published: an anonymous post must not be named by its pictures.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Image")
        DOCUMENT = "document", _("Document")

    wagtail_reference_index_ignore = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(_("type"), max_length=10, choices=Kind)
    name = models.CharField(_("nom"), max_length=120)
    file = models.CharField(_("fichier"), max_length=120)
    thumbnail = models.CharField(_("vignette"), max_length=120, blank=True)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("taille en octets"))
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    alt = models.CharField(_("description de l'image"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("pièce jointe")
        verbose_name_plural = _("pièces jointes")
        indexes = [models.Index(fields=["created_at"], condition=Q(post=None), name="attachment_unused")]
        constraints = [
            models.CheckConstraint(
                condition=Q(post=None, uploader__isnull=False) | Q(post__isnull=False, uploader=None),
                name="attachment_belongs_to_a_person_or_to_a_post",
            )
        ]


class Draft(models.Model):
    """What a person is writing somewhere («topic», «reply:12», «edit:34»), kept on the server as they type."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("brouillon")
        verbose_name_plural = _("brouillons")
        indexes = [models.Index(fields=["user", "-updated_at"], name="draft_by_person")]
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="draft_is_one_a_place")]


# -- What readers do -----------------------------------------------------------------------------------------------


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


class Member(models.Model):
    """What the forum keeps of a person: what they accepted, what they have read, how far they are trusted."""

    wagtail_reference_index_ignore = True

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="forum_member"
    )
    charter_accepted_at = models.DateTimeField(_("charte acceptée le"), null=True)
    read_before = models.DateTimeField(_("tout lu avant le"), default=timezone.now)
    trusted_at = models.DateTimeField(
        _("sans relecture depuis le"), null=True, help_text=_("Avant, ses premiers messages sont relus.")
    )
    suspended_until = models.DateTimeField(_("suspendu jusqu'au"), null=True)

    class Meta:
        verbose_name = _("membre du forum")
        verbose_name_plural = _("membres du forum")


class Reaction(models.Model):
    """A person's word on a post, without a message."""

    class Kind(models.TextChoices):
        USEFUL = "useful", _("Utile")
        THANKS = "thanks", _("Merci")
        SAME = "same", _("Moi aussi")

    wagtail_reference_index_ignore = True

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="reactions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        verbose_name = _("réaction")
        verbose_name_plural = _("réactions")
        constraints = [models.UniqueConstraint(fields=["post", "user", "kind"], name="reaction_is_given_once")]


class Follow(models.Model):
    """A person follows a topic, a category or a tag: what is new there is told to them."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="follows")
    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="follows")
    tag = models.ForeignKey(Tag, null=True, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("suivi")
        verbose_name_plural = _("suivis")
        indexes = [models.Index(fields=["user", "-id"], name="follow_by_person")]
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="topic_is_followed_once"),
            models.UniqueConstraint(fields=["user", "category"], name="category_is_followed_once"),
            models.UniqueConstraint(fields=["user", "tag"], name="tag_is_followed_once"),
            models.CheckConstraint(
                condition=Q(topic__isnull=False, category=None, tag=None)
                | Q(topic=None, category__isnull=False, tag=None)
                | Q(topic=None, category=None, tag__isnull=False),
                name="follow_is_of_one_thing",
            ),
        ]


class Bookmark(models.Model):
    """A post that a person wants to find again."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="bookmarks")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("signet")
        verbose_name_plural = _("signets")
        indexes = [models.Index(fields=["user", "-id"], name="bookmark_by_person")]
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="post_is_bookmarked_once")]


class Mention(models.Model):
    """A post names a person: «@Karim Benali»."""

    wagtail_reference_index_ignore = True

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="mention_is_unique")]


class Mute(models.Model):
    """A person does not want to read another one, who never learns of it."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    muted = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("membre ignoré")
        verbose_name_plural = _("membres ignorés")
        constraints = [
            models.UniqueConstraint(fields=["user", "muted"], name="mute_is_unique"),
            models.CheckConstraint(condition=~Q(user=F("muted")), name="mute_is_of_someone_else"),
        ]


# -- Moderation ----------------------------------------------------------------------------------------------------


class Report(models.Model):
    """A member tells the moderators that a post breaks the charter."""

    class Reason(models.TextChoices):
        IDENTIFIES = "identifies", _("Permet de reconnaître une personne en parcours")
        DISRESPECT = "disrespect", _("Manque de respect, propos blessants")
        DANGER = "danger", _("Information fausse ou dangereuse")
        ADVERTISING = "advertising", _("Publicité, contenu sans rapport")
        OTHER = "other", _("Autre raison")

    wagtail_reference_index_ignore = True

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(_("raison"), max_length=12, choices=Reason)
    text = models.CharField(_("précisions"), max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    upheld = models.BooleanField(_("suivi d'effet"), null=True)

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        indexes = [
            models.Index(fields=["id"], condition=Q(settled_at=None), name="report_to_settle"),
            models.Index(fields=["post", "id"], name="report_of_post"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "reporter"], condition=Q(settled_at=None), name="report_is_made_once"
            )
        ]


class ModerationAction(models.Model):
    """What a moderator did, why, and what it takes to undo it. Nothing here is ever changed but `undone_*`."""

    class Kind(models.TextChoices):
        HIDE_POST = "hide_post", _("a masqué un message")
        SHOW_POST = "show_post", _("a montré un message")
        APPROVE_POST = "approve_post", _("a publié un message en attente")
        HIDE_TOPIC = "hide_topic", _("a masqué un sujet")
        SHOW_TOPIC = "show_topic", _("a montré un sujet")
        LOCK = "lock", _("a fermé un sujet")
        UNLOCK = "unlock", _("a rouvert un sujet")
        PIN = "pin", _("a épinglé un sujet")
        UNPIN = "unpin", _("a retiré l'épingle d'un sujet")
        RETITLE = "retitle", _("a changé le titre ou les étiquettes d'un sujet")
        MOVE = "move", _("a déplacé un sujet")
        SPLIT = "split", _("a séparé des messages dans un nouveau sujet")
        MERGE = "merge", _("a réuni deux sujets")
        WARN = "warn", _("a averti un membre")
        SUSPEND = "suspend", _("a suspendu un membre")
        UNSUSPEND = "unsuspend", _("a levé une suspension")
        LIFT_ANONYMITY = "lift_anonymity", _("a levé l'anonymat d'un message")
        DISMISS = "dismiss", _("a classé un signalement")

    wagtail_reference_index_ignore = True

    kind = models.CharField(_("action"), max_length=16, choices=Kind)
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL, related_name="+")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.SET_NULL, related_name="moderation_actions")
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="moderation_actions")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(_("raison"), max_length=1000, blank=True)
    before = models.JSONField(_("avant"), default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("action de modération")
        verbose_name_plural = _("actions de modération")
        indexes = [models.Index(fields=["category", "-id"], name="moderation_log")]


class Sanction(models.Model):
    """A warning, or a time without writing."""

    class Kind(models.TextChoices):
        WARNING = "warning", _("Avertissement")
        SUSPENSION = "suspension", _("Suspension")

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("type"), max_length=12, choices=Kind)
    reason = models.CharField(_("raison"), max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(_("jusqu'au"), null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="warning", until=None) | Q(kind="suspension", until__isnull=False),
                name="suspension_has_an_end",
            )
        ]


# -- Settings ------------------------------------------------------------------------------------------------------


@register_setting(icon="comment")
class ForumSettings(BaseGenericSetting):
    """How new members are met, and where the charter stands."""

    hold_first_posts = models.BooleanField(
        _("relire les premiers messages avant de les publier"),
        default=False,
        help_text=_(
            "Sans cela, le premier message d'un nouveau membre paraît aussitôt, sauf s'il contient un lien ou "
            "ressemble à une publicité."
        ),
    )
    trusted_after = models.PositiveSmallIntegerField(
        _("messages avant la confiance"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Nombre de messages acceptés, ou restés visibles un jour, après lequel on ne relit plus."),
    )
    first_day_posts = models.PositiveSmallIntegerField(
        _("messages le premier jour"), default=3, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    charter_page = models.ForeignKey(
        Page, verbose_name=_("page de la charte"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("forum")
