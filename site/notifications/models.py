"""Data of notifications: what is told to whom, at which rhythm, and the devices that may be woken."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Cadence(models.TextChoices):
    """When an e-mail tells of something."""

    NOW = "now", _("tout de suite")
    DAILY = "daily", _("résumé du jour")
    WEEKLY = "weekly", _("résumé de la semaine")
    NEVER = "never", _("jamais")


class Notification(models.Model):
    """Something to tell a person: its kind and what it is about, never its words.

    The words are made from live data when it is shown or mailed (see `registry`), so that what the person may no longer
    read, an anonymous author, an edit or a deletion can never be told by an old notification.
    """

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(max_length=40)
    target_id = models.BigIntegerField()
    group = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    batch = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_list"),
            models.Index(fields=["user", "group"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["kind", "target_id"], name="notification_target"),
            # What waits for an e-mail: it has a date, and no batch yet.
            models.Index(
                fields=["mail_due_at", "user"],
                condition=Q(batch=None, mail_due_at__isnull=False),
                name="notification_to_mail",
            ),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="notification_batch"),
        ]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "target_id"], name="notification_is_told_once")]


class Preference(models.Model):
    """How a person wants to be told of one kind, where it differs from what is usual for it."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    in_site = models.BooleanField(default=True)
    cadence = models.CharField(max_length=8, choices=Cadence)

    class Meta:
        verbose_name = _("réglage de notification")
        verbose_name_plural = _("réglages de notification")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notification_preference_is_unique")]


class Rhythm(models.Model):
    """When a person gets summaries: the day of the weekly one, and what moved in their territory."""

    class Day(models.IntegerChoices):
        MONDAY = 0, _("lundi")
        TUESDAY = 1, _("mardi")
        WEDNESDAY = 2, _("mercredi")
        THURSDAY = 3, _("jeudi")
        FRIDAY = 4, _("vendredi")
        SATURDAY = 5, _("samedi")
        SUNDAY = 6, _("dimanche")

    wagtail_reference_index_ignore = True

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notification_rhythm"
    )
    weekly_day = models.PositiveSmallIntegerField(_("jour du résumé de la semaine"), choices=Day, default=Day.MONDAY)
    digest = models.CharField(_("nouvelles du territoire"), max_length=8, choices=Cadence, default=Cadence.NEVER)
    digest_due_at = models.DateTimeField(null=True)
    digest_since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("rythme des résumés")
        verbose_name_plural = _("rythmes des résumés")
        indexes = [models.Index(fields=["digest_due_at"], condition=Q(digest_due_at__isnull=False), name="digest_due")]
        constraints = [
            models.CheckConstraint(condition=Q(digest__in=["daily", "weekly", "never"]), name="digest_is_a_summary"),
        ]


class PushSubscription(models.Model):
    """A browser that accepted to be woken: the address that its maker gives, and the keys of what is sent there."""

    wagtail_reference_index_ignore = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=700, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("appareil à prévenir")
        verbose_name_plural = _("appareils à prévenir")
