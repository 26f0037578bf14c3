"""Session plans («séances d'apprentissage»): how an ETI teaches a gesture to the team, step by step, and checks it.

What a plan holds follows the third activity of the title (RNCP39794): analyse the work, set an operational objective,
choose a method for each step, check what was learnt, and keep a trace of it.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.catalog.models import Competence
from people.models import Trade, User

STEPS_AT_MOST = 8


class SessionPlanQuerySet(models.QuerySet["SessionPlan"]):
    """Who may read and change which plans."""

    def kept(self) -> SessionPlanQuerySet:
        """Leave out what its owner threw away."""
        return self.filter(deleted_at=None)

    def of(self, user: User) -> SessionPlanQuerySet:
        """The person's own plans."""
        return self.kept().filter(owner=user)

    def shared(self) -> SessionPlanQuerySet:
        """The plans that any member may read and copy."""
        return self.kept().filter(shared_at__isnull=False, owner__is_active=True)

    def readable_by(self, user: User) -> SessionPlanQuerySet:
        """One's own plans and those that are shared."""
        return self.kept().filter(models.Q(owner=user) | models.Q(shared_at__isnull=False, owner__is_active=True))


class SessionPlan(models.Model):
    """A plan of a learning session. Private until it is shared, under CC BY-SA 4.0, with the members.

    The limits of its texts are those of one printed A4.
    """

    owner = models.ForeignKey(
        User, verbose_name=_("auteur"), on_delete=models.CASCADE, related_name="session_plans", db_index=False
    )
    title = models.CharField(_("titre"), max_length=120)
    objective = models.TextField(_("objectif"), max_length=400)
    audience = models.TextField(_("public et prérequis"), max_length=250, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("durée (minutes)"), default=45, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    place = models.CharField(_("lieu"), max_length=120, blank=True)
    materials = models.TextField(_("matériel"), max_length=400, blank=True)
    gestures = models.TextField(_("gestes clés"), max_length=700, blank=True)
    safety = models.TextField(_("points de sécurité"), max_length=500, blank=True)
    assessment = models.TextField(_("comment on vérifie"), max_length=500, blank=True)
    traces = models.TextField(_("traces"), max_length=250, blank=True)
    trades = models.ManyToManyField(Trade, verbose_name=_("filières"), blank=True, related_name="session_plans")
    competences = models.ManyToManyField(
        Competence, verbose_name=_("compétences"), blank=True, related_name="session_plans"
    )
    page = models.ForeignKey(
        Page,
        verbose_name=_("leçon ou fiche d'origine"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="session_plans",
    )
    copied_from = models.ForeignKey(
        "self", verbose_name=_("copiée de"), null=True, blank=True, on_delete=models.SET_NULL, related_name="copies"
    )
    copied = models.BooleanField(_("est une copie"), default=False, editable=False)
    copy_count = models.PositiveIntegerField(_("copies"), default=0, editable=False)
    shared_at = models.DateTimeField(_("partagée le"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(_("supprimée le"), null=True, blank=True, editable=False)
    # Grows by one at each change: two tabs don't overwrite each other unseen.
    revision = models.PositiveIntegerField(default=1, editable=False)
    # The form that made it: sent twice, it makes one plan.
    submission = models.UUIDField(editable=False)
    # What words are looked for in, as `people.text.search_key` writes it.
    words = models.TextField(editable=False, blank=True)

    objects = SessionPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("séance d'apprentissage")
        verbose_name_plural = _("séances d'apprentissage")
        constraints = [
            models.UniqueConstraint(fields=["owner", "submission"], name="session_plan_is_made_once"),
            models.CheckConstraint(
                condition=models.Q(copied=True) | models.Q(copied_from=None), name="session_plan_copy_says_so"
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=5, minutes__lte=480), name="session_plan_lasts_a_day_at_most"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-updated_at", "-id"], name="session_plan_own"),
            models.Index(
                fields=["-shared_at", "-id"],
                name="session_plan_shared",
                condition=models.Q(shared_at__isnull=False, deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the plan."""
        return reverse("practices:session", args=[self.pk])

    @property
    def is_shared(self) -> bool:
        """Whether members may read and copy it."""
        return self.shared_at is not None


class SessionStep(models.Model):
    """A step of a session: what happens, for how long, by which method, and who does what."""

    class Method(models.TextChoices):
        DEMONSTRATIVE = "demonstrative", _("Démonstrative : je montre, ils refont")
        INTERROGATIVE = "interrogative", _("Interrogative : je questionne")
        ACTIVE = "active", _("Active : ils cherchent et font")
        EXPOSITIVE = "expositive", _("Expositive : j'explique")

    plan = models.ForeignKey(SessionPlan, on_delete=models.CASCADE, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField(_("ordre"))
    phase = models.CharField(_("étape"), max_length=80)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    method = models.CharField(_("méthode"), max_length=15, choices=Method, blank=True)
    trainer = models.TextField(_("ce que fait l'encadrant"), max_length=200, blank=True)
    people = models.TextField(_("ce que font les salariés"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("étape")
        verbose_name_plural = _("étapes")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="session_step_has_its_place")]

    def __str__(self) -> str:
        return self.phase

    @property
    def short_method(self) -> str:
        """The name of the method alone."""
        return self.get_method_display().partition(" :")[0]
