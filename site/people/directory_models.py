"""The members' directory: what each person lets the others see, and the messages that reach them through the site."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import NAME_KEY_LENGTH, Territory, Trade, User

PRESENTATION_MAX_LENGTH = 800
SKILL_MAX_LENGTH = 60
MESSAGE_MAX_LENGTH = 3000


class DirectoryEntry(models.Model):
    """What a person lets the other members see of them. Without `listed`, nothing; else each field by its own switch.

    `region`, `department`, `words` and `sort_key` repeat what is shown, and only that: lists are filtered by them, so
    that a filter never tells what a card hides. `directory_services.publish` writes them.
    """

    class Place(models.TextChoices):
        NOWHERE = "", _("Ne pas le montrer")
        REGION = "region", _("Ma région seulement")
        DEPARTMENT = "departement", _("Mon département")

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="directory_entry")
    listed = models.BooleanField(_("être dans l'annuaire"), default=False)
    show_name = models.BooleanField(_("montrer mon nom"), default=False)
    show_job = models.BooleanField(_("montrer ma fonction"), default=False)
    show_structure = models.BooleanField(_("montrer ma structure"), default=False)
    show_place = models.CharField(_("territoire"), max_length=12, choices=Place, default=Place.NOWHERE, blank=True)
    presentation = models.TextField(_("présentation"), max_length=PRESENTATION_MAX_LENGTH, blank=True)
    show_presentation = models.BooleanField(_("montrer ma présentation"), default=False)
    trades = models.ManyToManyField(Trade, verbose_name=_("filières"), blank=True, related_name="directory_entries")
    show_trades = models.BooleanField(_("montrer mes filières"), default=False)
    show_skills = models.BooleanField(_("montrer mes savoir-faire"), default=False)
    accepts_contact = models.BooleanField(_("recevoir des messages des membres"), default=False)
    updated_at = models.DateTimeField(auto_now=True)
    region = models.ForeignKey(
        Territory, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        Territory, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    words = models.TextField(editable=False, blank=True)
    sort_key = models.CharField(max_length=NAME_KEY_LENGTH, editable=False, blank=True)

    class Meta:
        verbose_name = _("fiche d'annuaire")
        verbose_name_plural = _("fiches d'annuaire")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(listed=True) | models.Q(region=None, department=None, words="", sort_key=""),
                name="directory_unlisted_shows_nothing",
            )
        ]
        indexes = [
            models.Index(fields=["sort_key", "user"], name="directory_by_name", condition=models.Q(listed=True)),
            models.Index(fields=["region", "sort_key"], name="directory_by_region", condition=models.Q(listed=True)),
            models.Index(
                fields=["department", "sort_key"], name="directory_by_department", condition=models.Q(listed=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class DirectorySkill(models.Model):
    """Something that a person can do, in their own words. Two spellings of one skill have the same key."""

    entry = models.ForeignKey(DirectoryEntry, on_delete=models.CASCADE, related_name="skills", db_index=False)
    name = models.CharField(_("savoir-faire"), max_length=SKILL_MAX_LENGTH)
    key = models.CharField(max_length=2 * SKILL_MAX_LENGTH, editable=False)

    class Meta:
        verbose_name = _("savoir-faire")
        verbose_name_plural = _("savoir-faire")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [models.UniqueConstraint(fields=["entry", "key"], name="directory_skill_is_said_once")]
        indexes = [models.Index(fields=["key", "entry"], name="directory_by_skill")]

    def __str__(self) -> str:
        return self.name


class ContactMessage(models.Model):
    """What a member wrote to another through the site. Neither sees the other's address."""

    sender = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts_sent", db_index=False)
    receiver = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts_received")
    answer_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="answers", verbose_name=_("en réponse à")
    )
    text = models.TextField(_("message"), max_length=MESSAGE_MAX_LENGTH)
    submission = models.UUIDField(editable=False)
    sent_at = models.DateTimeField(_("envoyé le"), default=timezone.now, db_index=True)
    mailed_at = models.DateTimeField(_("parti par e-mail le"), null=True, blank=True)
    reported_at = models.DateTimeField(_("signalé le"), null=True, blank=True)
    report_reason = models.CharField(_("motif"), max_length=500, blank=True)
    handled_at = models.DateTimeField(_("traité le"), null=True, blank=True)
    handled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("message entre membres")
        verbose_name_plural = _("messages entre membres")
        constraints = [
            models.UniqueConstraint(fields=["sender", "submission"], name="contact_message_is_sent_once"),
            models.CheckConstraint(
                condition=~models.Q(sender=models.F("receiver")), name="contact_message_goes_to_someone_else"
            ),
            models.CheckConstraint(
                condition=models.Q(handled_at=None) | models.Q(reported_at__isnull=False),
                name="contact_message_handled_was_reported",
            ),
        ]
        indexes = [
            models.Index(fields=["sender", "sent_at"], name="contact_message_by_sender"),
            models.Index(
                fields=["reported_at"],
                name="contact_message_reported",
                condition=models.Q(reported_at__isnull=False, handled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} → {self.receiver}"


class ContactBlock(models.Model):
    """A person who wants no more messages from another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contact_blocks", db_index=False)
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("correspondant refusé")
        verbose_name_plural = _("correspondants refusés")
        constraints = [
            models.UniqueConstraint(fields=["user", "blocked"], name="contact_block_is_unique"),
            models.CheckConstraint(condition=~models.Q(user=models.F("blocked")), name="contact_block_is_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ⊘ {self.blocked}"
