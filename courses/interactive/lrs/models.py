"""xAPI statements and documents, and the tools that may write and read them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Federation


class Client(models.Model):
    """A tool outside the site, or a part of it, that speaks to the LRS with a key and a secret (only its hash is kept).

    It sees and writes the statements of its federation only.
    """

    federation = models.ForeignKey(
        Federation, verbose_name=_("fédération"), on_delete=models.CASCADE, related_name="lrs_clients"
    )
    name = models.CharField(_("nom de l'outil"), max_length=100)
    key = models.CharField(_("clé"), max_length=40, unique=True, editable=False)
    secret_hash = models.CharField(max_length=128, editable=False)
    may_write = models.BooleanField(_("peut écrire"), default=True)
    may_read = models.BooleanField(_("peut lire"), default=True)
    active = models.BooleanField(_("actif"), default=True)
    last_used_at = models.DateTimeField(_("utilisé pour la dernière fois le"), null=True, editable=False)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("outil xAPI")
        verbose_name_plural = _("outils xAPI")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    """What lets one launched content speak to the LRS for one person and one registration (cmi5's fetched token)."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, related_name="+")
    registration = models.UUIDField(db_index=True)
    activity = models.CharField(max_length=500)
    session_id = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(auto_now_add=True)
    fetched_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)


class Statement(models.Model):
    """An xAPI statement, whole in `raw`, with the columns that lists and reports need.

    `sequence` is the order of arrival: pages are cut on it. `activity` is the object's id if it is an activity;
    `parent` the first parent of the context («» if none): the answers to parts of one content share it. `target` is the
    statement that the object refers to. `user` is the person of this site that the actor is. `client_reported` says
    that the learner's own browser said so: it may be forged, and never proves anything alone.
    """

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=uuid.uuid4)
    # Indexes of their own would repeat the first column of those below.
    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    agent = models.CharField(max_length=300)
    verb = models.CharField(max_length=300)
    activity = models.CharField(max_length=500, blank=True)
    parent = models.CharField(max_length=500, blank=True)
    registration = models.UUIDField(null=True)
    target = models.UUIDField(null=True)
    timestamp = models.DateTimeField()
    stored_at = models.DateTimeField(default=timezone.now)
    score_scaled = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    success = models.BooleanField(null=True)
    completion = models.BooleanField(null=True)
    seconds = models.FloatField(null=True)
    voided = models.BooleanField(default=False)
    client_reported = models.BooleanField(default=True)
    raw = models.JSONField()

    class Meta:
        verbose_name = _("énoncé xAPI")
        verbose_name_plural = _("énoncés xAPI")
        ordering = ["sequence"]
        # With the federation in each of them SQLite, which keeps no statistics, takes the one of what is looked for.
        indexes = [
            models.Index(fields=["federation", "sequence"], name="statement_by_federation"),
            models.Index(fields=["federation", "verb", "sequence"], name="statement_by_verb"),
            models.Index(fields=["federation", "agent", "sequence"], name="statement_by_agent"),
            models.Index(fields=["user", "federation", "sequence"], name="statement_by_user"),
            models.Index(fields=["activity", "federation", "sequence"], name="statement_by_activity"),
            models.Index(fields=["parent", "federation", "sequence"], name="statement_by_parent"),
            models.Index(fields=["registration", "federation", "sequence"], name="statement_by_registration"),
            models.Index(fields=["stored_at"], name="statement_by_time"),
            # Few statements speak of another one, or come from a tool.
            models.Index(fields=["target"], name="statement_by_target", condition=Q(target__isnull=False)),
            models.Index(
                fields=["federation", "sequence"], name="statement_with_target", condition=Q(target__isnull=False)
            ),
            models.Index(fields=["client"], name="statement_by_client", condition=Q(client__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(score_scaled=None) | Q(score_scaled__range=(-1, 1)), name="statement_score_is_scaled"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Mention(models.Model):
    """That a statement names an activity or an agent elsewhere than in its columns: context, members of a group…

    `key` is a hash of what is named (see `lrs.mentions`): names are long, and a statement may have many.
    """

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="mentions")
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "statement"], name="mention_by_key")]

    def __str__(self) -> str:
        return str(self.key)


class Document(models.Model):
    """A document of the state, activity profile or agent profile resource. `etag` is the SHA-1 of its bytes, in hex."""

    class Resource(models.TextChoices):
        STATE = "state"
        ACTIVITY_PROFILE = "activity_profile"
        AGENT_PROFILE = "agent_profile"

    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    resource = models.CharField(max_length=20, choices=Resource)
    activity = models.CharField(max_length=500, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    # An empty text where there is none: a unique key does not see two nulls as the same.
    registration = models.CharField(max_length=36, blank=True)
    key = models.CharField(max_length=255)
    content_type = models.CharField(max_length=150)
    content = models.BinaryField()
    etag = models.CharField(max_length=40)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["federation", "resource", "activity", "agent", "registration", "key"],
                name="document_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.key
