"""What can be found: one row for each lesson, topic, message, sheet… The full-text index is made of these rows.

The index itself is the database's own (`search.engine`): an FTS5 table that triggers keep on SQLite, a GIN index over
`search_document` on PostgreSQL. So a row written by any way, or removed by any way, is found or gone at once.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SearchEntry(models.Model):
    """Something that can be found. Ids grow with time: the newest entries are read first, without sorting."""

    wagtail_reference_index_ignore = True

    kind = models.CharField(_("type"), max_length=20)
    object_id = models.PositiveBigIntegerField(_("objet"))
    # What is moved, hidden or shown together: `topic:12` for a topic and its messages.
    group = models.CharField(_("groupe"), max_length=40, blank=True)
    audience = models.CharField(_("lisible par"), max_length=40)
    title = models.CharField(_("titre"), max_length=255, blank=True)
    # Kept only where the text for a passage would be long to make again: pages, not messages.
    text = models.TextField(_("texte"), blank=True)
    at = models.DateTimeField(_("date"))
    accepted = models.BooleanField(_("réponse acceptée"), default=False)
    indexed_at = models.DateTimeField(_("indexé le"), default=timezone.now)
    # Terms, as `french.indexed_words` writes them; and what filters: `t=` a term of the title, `a=` the audience…
    words = models.TextField(_("mots"), blank=True, editable=False)
    marks = models.TextField(_("marques"), blank=True, editable=False)

    class Meta:
        verbose_name = _("entrée de recherche")
        verbose_name_plural = _("entrées de recherche")
        indexes = [
            models.Index(fields=["group"], condition=~models.Q(group=""), name="search_entry_group"),
        ]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_entry_is_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class SearchWord(models.Model):
    """A word that the texts use: what the beginning of a word may become, how rare a word is. Never shown."""

    wagtail_reference_index_ignore = True

    # Without accents and in small letters.
    form = models.CharField(_("mot"), max_length=40, primary_key=True)
    term = models.CharField(_("terme"), max_length=40, db_index=True)
    uses = models.PositiveIntegerField(_("textes"), default=1)

    class Meta:
        verbose_name = _("mot connu")
        verbose_name_plural = _("mots connus")

    def __str__(self) -> str:
        return self.form
