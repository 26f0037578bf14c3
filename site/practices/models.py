"""Data of good-practice sheets: the pages, who is credited, photos and consents, proposals, trials, collections.

A sheet is a page of Wagtail, under the space of the federation or network that publishes it: what reviewers may do is
what their group may do in that space. A member who proposes a sheet has no part in the admin: what they write is kept
in a `SheetProposal` until they send it, and becomes a draft of the page then.

What counts readers' trials is beside the page (`SheetStanding`), not on it: publishing a revision would bring an old
count back. So are the credits: a name that must go would otherwise stay in every revision.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Orderable, Page, Revision, Task, TaskState
from wagtail.search import index

from courses.catalog.models import Competence
from pages.models import BasePage
from people.models import Federation, Network, Territory, Trade, User

from .panels import ConsentPanel
from .ranking import UNTRIED

TITLE_MIN_LENGTH, TITLE_MAX_LENGTH = 5, 120
MAX_STEPS = 12
MAX_PHOTOS = 8
STEP_TITLE_LENGTH, STEP_TEXT_LENGTH = 100, 600

LICENCE = "CC BY-SA 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/4.0/deed.fr"


# -- Blocks --------------------------------------------------------------------------------------------------------


class PhotoBlock(blocks.StructBlock):
    """A photo. Who is on it and what they agreed to stands with the image, in `SheetPhoto`: never in a revision."""

    image = ImageChooserBlock(label=_("Photo"), required=False)
    alt = blocks.CharBlock(label=_("Ce qu'on y voit"), required=False, max_length=200)
    caption = blocks.CharBlock(label=_("Légende"), required=False, max_length=200)

    class Meta:
        label = _("Photo")
        icon = "image"


class StepBlock(blocks.StructBlock):
    """A step: what one does, and how."""

    title = blocks.CharBlock(label=_("Ce qu'on fait"), max_length=STEP_TITLE_LENGTH)
    text = blocks.TextBlock(label=_("Comment"), required=False, max_length=STEP_TEXT_LENGTH)
    photo = PhotoBlock(label=_("Photo"), required=False)

    class Meta:
        label = _("Étape")
        icon = "list-ol"


# -- Pages ---------------------------------------------------------------------------------------------------------


class SheetIndexPage(BasePage):
    """«Fiches pratiques»: every published sheet, the most and best tried first."""

    introduction = models.TextField(_("introduction"), blank=True, max_length=400)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["practices.SheetSpacePage"]
    max_count = 1
    template = "practices/index.html"

    class Meta:
        verbose_name = _("fiches pratiques")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the sheets that match the filters of the address."""
        from .reading import SheetList

        return {**super().get_context(request, *args, **kwargs), "sheets": SheetList(request.user, request.GET)}


class SheetSpacePage(BasePage):
    """The sheets of one federation or of one network: what its reviewers read, and what it publishes.

    `reviewers` is the group that may review here; `practices.rights` says who belongs to it and keeps it.
    """

    federation = models.OneToOneField(
        Federation,
        verbose_name=_("fédération"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="sheet_space",
    )
    network = models.OneToOneField(
        Network,
        verbose_name=_("réseau"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="sheet_space",
    )
    reviewers = models.OneToOneField(Group, editable=False, on_delete=models.PROTECT, related_name="sheet_space")

    parent_page_types = ["practices.SheetIndexPage"]
    subpage_types = ["practices.SheetPage"]
    is_creatable = False
    template = "practices/index.html"

    class Meta:
        verbose_name = _("fiches d'une fédération ou d'un réseau")
        verbose_name_plural = _("fiches de fédérations et de réseaux")
        constraints = [
            models.CheckConstraint(
                condition=Q(federation=None, network__isnull=False) | Q(federation__isnull=False, network=None),
                name="sheet_space_is_of_a_federation_or_a_network",
            )
        ]

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the sheets that are published here."""
        from .reading import SheetList

        sheets = SheetList(request.user, request.GET, space=self)
        return {**super().get_context(request, *args, **kwargs), "sheets": sheets}


class NamedReviewer(models.Model):
    """A peer who reviews the sheets of a space without a role in the federation or the network."""

    space = models.ForeignKey(
        SheetSpacePage,
        verbose_name=_("fédération ou réseau"),
        on_delete=models.CASCADE,
        related_name="named_reviewers",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("relecteur nommé")
        verbose_name_plural = _("relecteurs nommés")
        constraints = [models.UniqueConstraint(fields=["space", "user"], name="named_reviewer_is_unique")]

    def __str__(self) -> str:
        return f"{self.user} – {self.space.title}"


class SheetPage(BasePage):
    """A good-practice sheet: what someone did about a problem, so that others can do it again elsewhere."""

    class Contact(models.TextChoices):
        NONE = "none", _("Personne à contacter")
        FORM = "form", _("Un message par le site, sans montrer mon adresse")
        SHOWN = "shown", _("Les coordonnées que j'écris ici, visibles de tous")

    summary = models.CharField(_("en une phrase"), max_length=250)
    context = models.TextField(_("contexte"), max_length=1200)
    audience = models.TextField(_("public"), max_length=400)
    problem = models.TextField(_("problème"), max_length=800)
    steps = StreamField([("step", StepBlock())], verbose_name=_("étapes"), min_num=1, max_num=MAX_STEPS)
    materials = models.TextField(_("matériel"), max_length=800, blank=True)
    cost = models.CharField(_("coût"), max_length=200, blank=True)
    safety = models.TextField(_("sécurité"), max_length=800)
    before = models.TextField(_("avant"), max_length=600, blank=True)
    after = models.TextField(_("ce qui a changé"), max_length=600)
    reproducible = models.TextField(_("qui peut le refaire"), max_length=500)
    sources = models.TextField(_("sources"), max_length=1500, blank=True)
    photos = StreamField([("photo", PhotoBlock())], verbose_name=_("photos"), blank=True, max_num=MAX_PHOTOS)
    contact_mode = models.CharField(_("contact"), max_length=10, choices=Contact, default=Contact.NONE)
    contact = models.CharField(_("coordonnées"), max_length=200, blank=True)
    trades = ParentalManyToManyField(Trade, verbose_name=_("filières"), blank=True, related_name="sheets")
    competences = ParentalManyToManyField(Competence, verbose_name=_("compétences"), blank=True, related_name="sheets")
    territory = models.ForeignKey(
        Territory,
        verbose_name=_("territoire"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sheets",
    )
    change_note = models.CharField(_("ce qui change dans cette version"), max_length=200, blank=True)
    reviewed_on = models.DateField(_("à jour au"), default=timezone.localdate)
    variant_of = models.ForeignKey(
        "self",
        verbose_name=_("variante de"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="variants",
    )
    topic = models.ForeignKey(
        "forum.Topic",
        verbose_name=_("discussion d'origine"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="sheets",
    )
    federation = models.ForeignKey(
        Federation, null=True, editable=False, on_delete=models.PROTECT, related_name="sheets"
    )
    network = models.ForeignKey(Network, null=True, editable=False, on_delete=models.PROTECT, related_name="sheets")

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        ConsentPanel(),
        FieldPanel("context"),
        FieldPanel("audience"),
        FieldPanel("problem"),
        FieldPanel("steps"),
        MultiFieldPanel([FieldPanel("materials"), FieldPanel("cost")], heading=_("Matériel et coût")),
        FieldPanel("safety"),
        MultiFieldPanel([FieldPanel("before"), FieldPanel("after")], heading=_("Avant, après")),
        FieldPanel("reproducible"),
        FieldPanel("sources"),
        FieldPanel("photos"),
        MultiFieldPanel([FieldPanel("contact_mode"), FieldPanel("contact")], heading=_("Contact")),
        MultiFieldPanel(
            [FieldPanel("trades"), FieldPanel("territory"), FieldPanel("competences")], heading=_("Pour la trouver")
        ),
        MultiFieldPanel([FieldPanel("reviewed_on"), FieldPanel("change_note")], heading=_("Version")),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("problem")]
    parent_page_types = ["practices.SheetSpacePage"]
    subpage_types: ClassVar[list[str]] = []
    is_creatable = False
    template = "practices/sheet.html"

    class Meta:
        verbose_name = _("fiche pratique")
        verbose_name_plural = _("fiches pratiques")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep whose sheet it is, so that lists need no join; a new sheet has had no trial."""
        parent = self.get_parent()
        if parent is not None and isinstance(space := parent.specific, SheetSpacePage):
            self.federation_id, self.network_id = space.federation_id, space.network_id
        new = self._state.adding
        super().save(*args, **kwargs)
        if new:
            SheetStanding.objects.get_or_create(sheet=self)

    def clean(self) -> None:
        """Refuse a photo of which nobody has said who is on it and what they agreed to."""
        super().clean()
        wanted = {photo["image"].pk for photo in self.all_photos()}
        known = set(SheetPhoto.objects.filter(image__in=wanted).values_list("image_id", flat=True))
        if wanted - known:
            raise ValidationError(
                gettext(
                    "Une photo n'a pas d'autorisation enregistrée. Les photos s'ajoutent dans le formulaire de "
                    "l'auteur, avec l'accord des personnes."
                )
            )

    def all_photos(self) -> list[Any]:
        """Return the values of the photos of the steps and of the others, those without an image left out."""
        blocks_of_photos = [
            *(step.value["photo"] for step in self.steps or ()),
            *(photo.value for photo in self.photos or ()),
        ]
        return [photo for photo in blocks_of_photos if photo and photo.get("image")]

    @property
    def publisher(self) -> Federation | Network | None:
        """The federation or the network under whose name the sheet is published."""
        return self.federation or self.network

    @cached_property
    def author_names(self) -> list[str]:
        """The names of who is credited, in order."""
        return [credit.shown_name for credit in self.credits.all()]

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what readers did with the sheet."""
        from .reading import sheet_context

        return {**super().get_context(request, *args, **kwargs), **sheet_context(self, request)}


# -- Who wrote it --------------------------------------------------------------------------------------------------


class SheetCredit(models.Model):
    """Someone credited for a sheet. The name is kept: it stays when the account goes, if the person wants."""

    sheet = models.ForeignKey(SheetPage, on_delete=models.CASCADE, related_name="credits", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="sheet_credits"
    )
    name = models.CharField(_("nom"), max_length=170, blank=True)
    anonymous = models.BooleanField(_("anonyme"), default=False)
    typed = models.BooleanField(_("nommé par qui propose la fiche"), default=False)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("auteur cité")
        verbose_name_plural = _("auteurs cités")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "user"], name="sheet_credit_is_unique"),
            models.CheckConstraint(
                condition=Q(anonymous=False) | Q(user=None, name=""), name="sheet_credit_without_a_name_has_no_user"
            ),
        ]

    @property
    def shown_name(self) -> str:
        """The name that readers see."""
        if self.anonymous:
            return gettext("Anonyme du réseau")
        return self.name or gettext("Ancien membre")


# -- Photos --------------------------------------------------------------------------------------------------------


class SheetPhoto(models.Model):
    """A photo that was sent, with who is on it and what they agreed to (Code civil, article 9; RGPD, article 7).

    It is kept as long as the image: whoever publishes must be able to show that each person agreed.
    """

    class Consent(models.TextChoices):
        NOBODY = "nobody", _("Personne n'est reconnaissable sur cette photo")
        WRITTEN = "written", _("Chaque personne reconnaissable a donné son accord par écrit")

    image = models.OneToOneField(get_image_model_string(), on_delete=models.CASCADE, related_name="sheet_photo")
    proposal = models.ForeignKey(
        "SheetProposal", null=True, blank=True, on_delete=models.SET_NULL, related_name="photos"
    )
    consent = models.CharField(_("accord"), max_length=10, choices=Consent)
    people = models.CharField(_("qui est sur la photo"), max_length=300, blank=True)
    kept_where = models.CharField(_("où l'accord signé est gardé"), max_length=200, blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("déclaré par")
    )
    declared_at = models.DateTimeField(_("déclaré le"), default=timezone.now, editable=False)
    alt = models.CharField(_("ce qu'on y voit"), max_length=200)
    caption = models.CharField(_("légende"), max_length=200, blank=True)
    # Number of the step it goes with, from 1; 0 is beside the steps.
    step = models.PositiveSmallIntegerField(_("étape"), default=0)

    class Meta:
        verbose_name = _("photo d'une fiche")
        verbose_name_plural = _("photos des fiches")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consent="nobody") | (Q(consent="written") & ~Q(people="") & ~Q(kept_where="")),
                name="sheet_photo_says_who_agreed",
            )
        ]

    def __str__(self) -> str:
        return self.alt


# -- Proposals -----------------------------------------------------------------------------------------------------


class SheetProposal(models.Model):
    """What a member is writing: the fields of the form as they stand, complete or not. `page` is what was sent."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sheet_proposals", db_index=False
    )
    page = models.OneToOneField(SheetPage, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposal")
    title = models.CharField(_("titre"), max_length=TITLE_MAX_LENGTH)
    data = models.JSONField(default=dict)
    variant_of = models.ForeignKey(SheetPage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    topic = models.ForeignKey("forum.Topic", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("commencée le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("enregistrée le"), default=timezone.now, editable=False)
    # The revision of the page that `data` was written to or read from last; something else there is a reviewer's work.
    synced_revision = models.PositiveBigIntegerField(null=True, editable=False)
    # Whether something was written since it was sent.
    unsent = models.BooleanField(default=True, editable=False)
    # Grows by one at each change: two tabs don't overwrite each other unseen.
    revision = models.PositiveIntegerField(default=1, editable=False)
    # The form that began it: sent twice, it begins one proposal.
    submission = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("proposition de fiche")
        verbose_name_plural = _("propositions de fiches")
        constraints = [
            models.UniqueConstraint(fields=["owner", "submission"], name="sheet_proposal_is_begun_once"),
        ]
        indexes = [models.Index(fields=["owner", "-updated_at", "-id"], name="sheet_proposal_own")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of its form."""
        return reverse("practices:edit", args=[self.pk])


class PeerReviewTask(Task):
    """Review by the people who may review in the space of the sheet (`practices.rights`)."""

    class Meta:
        verbose_name = _("relecture par les pairs")
        verbose_name_plural = _("relectures par les pairs")

    def user_can_access_editor(self, obj: Page, user: User) -> bool:
        """Whether the person may open the sheet to review it."""
        from .rights import may_review

        return may_review(user, obj)

    def locked_for_user(self, obj: Page, user: User) -> bool:
        """While it is reviewed, only reviewers change it."""
        return not self.user_can_access_editor(obj, user)

    def user_can_lock(self, obj: Page, user: User) -> bool:
        """Reviewers may keep the sheet for themselves while they read it."""
        return self.user_can_access_editor(obj, user)

    def get_actions(self, obj: Page, user: User) -> list[tuple[str, Any, bool]]:
        """What a reviewer may answer."""
        if not self.user_can_access_editor(obj, user):
            return []
        return [
            ("reject", _("Demander des corrections"), True),
            ("approve", _("Publier la fiche"), False),
            ("approve", _("Publier avec un mot à l'auteur"), True),
        ]

    def on_action(self, task_state: TaskState, user: User, action_name: str, **kwargs: Any) -> None:
        """Do what a reviewer answered, about the sheet as it is now, with their own corrections.

        Wagtail would have it approved again after each correction, by the person who made it.
        """
        task_state.revision = task_state.workflow_state.content_object.get_latest_revision()
        super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> models.QuerySet[TaskState]:
        """The sheets that wait for this person."""
        from .rights import task_states_for

        return task_states_for(user, self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS))

    @classmethod
    def get_description(cls) -> str:
        """What the admin says of this kind of step."""
        return gettext("Les relecteurs de la fédération ou du réseau à qui la fiche est proposée.")


# -- Versions and trials -------------------------------------------------------------------------------------------


class SheetVersion(models.Model):
    """A published version of a sheet: its content is kept here, as revisions of Wagtail may be purged."""

    sheet = models.ForeignKey(SheetPage, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    revision = models.OneToOneField(Revision, null=True, on_delete=models.SET_NULL, related_name="+")
    content = models.JSONField(editable=False, encoder=DjangoJSONEncoder)
    note = models.CharField(_("ce qui change"), max_length=200, blank=True)
    reviewed_on = models.DateField(_("à jour au"))
    published_at = models.DateTimeField(_("publiée le"), default=timezone.now)

    class Meta:
        verbose_name = _("version d'une fiche")
        verbose_name_plural = _("versions des fiches")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="sheet_version_is_unique")]


class SheetStanding(models.Model):
    """What readers' trials say of a sheet, and its last version: kept exact by `practices.trials`."""

    sheet = models.OneToOneField(SheetPage, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    trial_count = models.PositiveIntegerField(_("essais"), default=0)
    worked_count = models.PositiveIntegerField(_("ont marché"), default=0)
    partly_count = models.PositiveIntegerField(_("en partie"), default=0)
    failed_count = models.PositiveIntegerField(_("n'ont pas marché"), default=0)
    # In ten-thousandths: `practices.ranking`.
    score = models.PositiveIntegerField(default=UNTRIED)
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta:
        verbose_name = _("essais d'une fiche")
        verbose_name_plural = _("essais des fiches")
        indexes = [models.Index(fields=["-score", "-sheet"], name="sheet_by_score")]
        constraints = [
            models.CheckConstraint(
                condition=Q(trial_count=models.F("worked_count") + models.F("partly_count") + models.F("failed_count")),
                name="sheet_standing_adds_up",
            )
        ]


class Trial(models.Model):
    """«Je l'ai essayé»: what happened when someone did it elsewhere. One for each person, who may change it."""

    class Outcome(models.TextChoices):
        WORKED = "worked", _("Ça a marché")
        PARTLY = "partly", _("En partie")
        FAILED = "failed", _("Ça n'a pas marché")

    sheet = models.ForeignKey(SheetPage, on_delete=models.CASCADE, related_name="trials", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="sheet_trials"
    )
    outcome = models.CharField(_("résultat"), max_length=10, choices=Outcome)
    place = models.CharField(_("où"), max_length=150, blank=True)
    adapted = models.TextField(_("ce qui a été adapté"), max_length=600, blank=True)
    story = models.TextField(_("ce qui s'est passé"), max_length=1500, blank=True)
    created_at = models.DateTimeField(_("raconté le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifié le"), null=True, editable=False)
    hidden_at = models.DateTimeField(_("masqué le"), null=True, editable=False)

    class Meta:
        verbose_name = _("essai")
        verbose_name_plural = _("essais")
        constraints = [models.UniqueConstraint(fields=["sheet", "user"], name="trial_is_one_a_person")]
        indexes = [models.Index(fields=["sheet", "-id"], name="trial_of_sheet")]

    @property
    def author_name(self) -> str:
        """The name that readers see."""
        return self.user.display_name if self.user is not None else gettext("Ancien membre")


# -- Collections ---------------------------------------------------------------------------------------------------


class SheetCollection(ClusterableModel):
    """Sheets that a federation or a network puts together, in an order, with a word on each."""

    space = models.ForeignKey(
        SheetSpacePage, verbose_name=_("fédération ou réseau"), on_delete=models.CASCADE, related_name="collections"
    )
    title = models.CharField(_("titre"), max_length=120)
    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    description = models.TextField(_("présentation"), max_length=600, blank=True)
    published = models.BooleanField(_("visible sur le site"), default=False)
    updated_at = models.DateTimeField(auto_now=True)

    panels = [
        FieldPanel("space"),
        FieldPanel("title"),
        FieldPanel("slug"),
        FieldPanel("description"),
        FieldPanel("published"),
        InlinePanel("items", heading=_("Fiches"), label=_("Fiche")),
    ]

    class Meta:
        verbose_name = _("recueil de fiches")
        verbose_name_plural = _("recueils de fiches")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("practices:collection", args=[self.slug])


class CollectionItem(Orderable):
    """A sheet in a collection."""

    collection = ParentalKey(SheetCollection, on_delete=models.CASCADE, related_name="items")
    sheet = models.ForeignKey(
        SheetPage, verbose_name=_("fiche"), on_delete=models.CASCADE, related_name="collection_items"
    )
    note = models.CharField(_("pourquoi elle est là"), max_length=200, blank=True)

    panels = [FieldPanel("sheet"), FieldPanel("note")]

    class Meta(Orderable.Meta):
        verbose_name = _("fiche d'un recueil")
        constraints = [models.UniqueConstraint(fields=["collection", "sheet"], name="collection_item_is_unique")]


# Models of their own subject, in a module of their own; Django looks for them here.
from .session_models import SessionPlan, SessionStep  # noqa: E402, F401
