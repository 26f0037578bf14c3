"""The page that shows a package, and what a person has done with a package in one place."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PageManager
from wagtail.search import index

from courses.catalog.models import Activity, course_activities
from courses.interactive.packages.models import Package, PackageVersion
from courses.interactive.packages.page_forms import ChosenPackagesForm
from pages.models import BasePage

from .signals import activity_viewed

# The block of a registration on an InteractivePage, which has none: a unique key does not see two nulls as the same.
NO_BLOCK = uuid.UUID(int=0)


class Rule(models.TextChoices):
    """When an activity is done."""

    PASSED = "passed", _("quand le score demandé est atteint")
    COMPLETED = "completed", _("quand le contenu se dit terminé")
    SEEN = "seen", _("dès qu'il a été ouvert")
    DECLARED = "declared", _("quand l'apprenant le dit")


class InteractivePageManager(PageManager):
    """Fetches the package with its page: each address of an activity needs both."""

    def get_queryset(self) -> QuerySet[InteractivePage]:
        """Join the package and its current version, without its content."""
        pages: QuerySet[InteractivePage] = super().get_queryset()
        return pages.select_related("package__current").defer("package__current__content")


class InteractivePage(Activity, BasePage):
    """An activity of a module that plays a package."""

    base_form_class = ChosenPackagesForm
    activity_kind = "interactive"

    introduction = models.TextField(
        _("consigne"), blank=True, max_length=1000, help_text=_("Ce qu'il y a à faire, en une ou deux phrases.")
    )
    package = models.ForeignKey(
        Package, verbose_name=_("contenu interactif"), on_delete=models.PROTECT, related_name="pages"
    )
    alternative = models.TextField(
        _("équivalent en texte"),
        blank=True,
        help_text=_(
            "Pour qui ne peut pas utiliser ce contenu (réseau, appareil, handicap) : l'essentiel, en texte simple."
        ),
    )
    rule = models.CharField(_("l'activité est faite"), max_length=10, choices=Rule, default=Rule.COMPLETED)
    pass_mark = models.PositiveSmallIntegerField(
        _("score demandé (%)"), default=70, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    objects = InteractivePageManager()

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("package"),
        FieldPanel("introduction"),
        FieldPanel("alternative"),
        MultiFieldPanel(
            [FieldPanel("minutes"), FieldPanel("required"), FieldPanel("rule"), FieldPanel("pass_mark")],
            heading=_("Dans le module"),
        ),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("introduction")]
    parent_page_types = ["catalog.CoursePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "playing/interactive.html"

    class Meta:
        verbose_name = _("activité interactive")
        verbose_name_plural = _("activités interactives")

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the activity, or the sign-in page where the module asks for an account."""
        if not self.course.is_readable_by(request.user):
            return redirect_to_login(self.get_url(request))
        if request.user.is_authenticated and self.course.live and not getattr(request, "is_preview", False):
            activity_viewed.send(InteractivePage, page=self, user=request.user)
        return super().serve(request, *args, **kwargs)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the module, the neighbours, and what the person has done here."""
        from .reading import activity_view

        activities = course_activities(self.course)
        position = next((i for i, a in enumerate(activities) if a.id == self.pk), None)
        after = None if position is None else position + 1
        preview = getattr(request, "is_preview", False)
        return {
            **super().get_context(request, *args, **kwargs),
            "course": self.course,
            "activities": activities,
            "position": position,
            "previous_activity": activities[position - 1] if position else None,
            "next_activity": activities[after] if after is not None and after < len(activities) else None,
            "activity": activity_view(self, request.user, preview=preview),
        }


class Registration(models.Model):
    """What one person did with one package in one place: an InteractivePage, or a block of a lesson.

    Scores are the best ones reported so far, `score` scaled from 0 to 1; everything comes from the learner's browser.
    `version` is the version played last. `done_at` is when the rule of the place was first met: it stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="registrations")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    block_id = models.UUIDField(default=NO_BLOCK)
    version = models.ForeignKey(PackageVersion, on_delete=models.CASCADE, related_name="registrations")
    started_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(_("temps (secondes)"), default=0)
    score = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    score_raw = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    score_max = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    success = models.BooleanField(null=True)
    completed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("résultat d'activité interactive")
        verbose_name_plural = _("résultats d'activités interactives")
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "block_id"], name="registration_is_unique"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__range=(0, 1)), name="registration_score_is_scaled"
            ),
        ]
        indexes = [
            models.Index(fields=["page", "block_id", "-last_at"], name="registration_by_page"),
            models.Index(fields=["user", "-last_at"], name="registration_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.page}"


class PlayState(models.Model):
    """What a content wants back when it is opened again.

    `key` is for H5P «<sub-content or 0>/<kind of data>», for SCORM the identifier of the SCO (its whole cmi data).
    `sequence` grows with each change on the device that made it: an older one that comes late changes nothing.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="states")
    key = models.CharField(max_length=255)
    data = models.JSONField()
    sequence = models.BigIntegerField(default=0)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registration", "key"], name="play_state_is_unique")]

    def __str__(self) -> str:
        return self.key
