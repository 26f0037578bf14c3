"""Enrolments, and what an enrolled person has seen and done."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.catalog.models import CoursePage


class Enrolment(models.Model):
    """A person follows a module.

    `percent` (0 to 100) follows the module as it stands now; `completed_at` is the moment when the module was first
    complete, and stays when the module grows later.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(CoursePage, on_delete=models.CASCADE, related_name="enrolments")
    enrolled_at = models.DateTimeField(_("inscrit le"), auto_now_add=True)
    percent = models.PositiveSmallIntegerField(_("avancement (%)"), default=0)
    completed_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("inscription")
        verbose_name_plural = _("inscriptions")
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="enrolment_is_unique"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="enrolment_percent_is_a_percentage"),
        ]
        indexes = [models.Index(fields=["course", "completed_at"], name="enrolment_by_course")]

    def __str__(self) -> str:
        return f"{self.user} – {self.course}"


class ActivityState(models.Model):
    """What an enrolled person did of one activity.

    `activity` is the page of a lesson or a quiz. `anchor` is the last title reached in a lesson, to come back there.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="states")
    activity = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField(_("vu le"))
    last_seen_at = models.DateTimeField(_("revu le"))
    done_at = models.DateTimeField(_("fait le"), null=True, blank=True)
    anchor = models.CharField(_("dernier titre lu"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("avancement d'activité")
        verbose_name_plural = _("avancements d'activité")
        constraints = [models.UniqueConstraint(fields=["enrolment", "activity"], name="activity_state_is_unique")]
