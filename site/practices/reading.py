"""What the pages of sheets show: the list with its filters, and what readers did with one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Left, Length
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import PageViewRestriction

from courses.catalog.models import Competence
from forum.models import Topic
from forum.rights import rights_of
from notifications.services import mark_group_read
from people.keyset import KeysetPage, keyset_page
from people.models import Trade, User
from search.services import matching_ids

from . import rights
from .forms import TrialForm, territory_choices
from .models import LICENCE, LICENCE_URL, SheetPage, SheetSpacePage, SheetStanding, Trial
from .notices import sheet_group

PER_PAGE = 12
MAX_QUERY = 100
TRIALS_SHOWN = 5
VARIANTS_SHOWN = 10


# -- The list ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Options under one title; without a title they stand alone."""

    label: str
    choices: Sequence[Choice]


def published() -> QuerySet[SheetPage]:
    """Return the sheets that everyone may read: no restriction of the CMS stands on them or above them."""
    above = PageViewRestriction.objects.filter(
        page__path=Left(OuterRef("path"), Length("page__path"), output_field=TextField())
    )
    found: QuerySet[SheetPage] = SheetPage.objects.live().filter(~Exists(above))
    return found


class SheetList:
    """The sheets as the address asks for them. Values that mean nothing are ignored: an old link still works."""

    def __init__(self, user: rights.Person, query: QueryDict, *, space: SheetSpacePage | None = None) -> None:
        self.user = user
        self.query = query
        self.space = space
        self.text = " ".join(query.get("q", "").replace("\0", " ").split())[:MAX_QUERY]
        trade = query.get("filiere", "")
        self.trades = [Choice(t.slug, t.name, t.slug == trade) for t in Trade.objects.all()]
        self.trade = next((choice.value for choice in self.trades if choice.selected), "")
        self._asked_territory = self._number("territoire")
        self._asked_competence = self._number("competence")

    def _number(self, name: str) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0

    @cached_property
    def territories(self) -> list[ChoiceGroup]:
        """The régions and the départements."""
        return [
            ChoiceGroup(str(label), [Choice(str(pk), name, pk == self._asked_territory) for pk, name in choices])
            for label, choices in territory_choices()[1:]
        ]

    @cached_property
    def territory(self) -> int:
        """The chosen territory, or 0."""
        known = {choice.value for group in self.territories for choice in group.choices}
        return self._asked_territory if str(self._asked_territory) in known else 0

    @cached_property
    def competences(self) -> list[Choice]:
        """The competences for which there is a sheet."""
        used = Competence.objects.filter(sheets__live=True).distinct().order_by("referential", "position")
        return [Choice(str(c.pk), str(c), c.pk == self._asked_competence) for c in used]

    @cached_property
    def competence(self) -> int:
        """The chosen competence, or 0."""
        return self._asked_competence if any(choice.selected for choice in self.competences) else 0

    @property
    def filter_count(self) -> int:
        """How many filters narrow the list."""
        return sum(map(bool, (self.text, self.trade, self.territory, self.competence)))

    @property
    def is_filtered(self) -> bool:
        """Whether the address narrows the list."""
        return self.filter_count > 0

    @cached_property
    def page(self) -> KeysetPage[SheetStanding]:
        """The sheets to show, the most and best tried first."""
        found = published()
        if self.space is not None:
            found = found.descendant_of(self.space)  # type: ignore[attr-defined]  # a queryset of pages
        if self.trade:
            found = found.filter(trades__slug=self.trade)
        if self.territory:
            found = found.filter(Q(territory=self.territory) | Q(territory__parent=self.territory))
        if self.competence:
            found = found.filter(competences=self.competence)
        if self.text:
            found = found.filter(pk__in=matching_ids(self.user, self.text, "sheet"))
        rows = SheetStanding.objects.filter(sheet__in=found.order_by().values("pk"))
        rows = rows.select_related("sheet__federation", "sheet__network", "sheet__territory").prefetch_related(
            "sheet__trades"
        )
        rows = rows.defer("sheet__steps", "sheet__photos", "sheet__context", "sheet__sources")
        return keyset_page(rows, "-score", "-pk", cursor=self.query.get("apres", ""), size=PER_PAGE)

    @property
    def next_address(self) -> str:
        """The address of the following page."""
        kept = self.query.copy()
        kept["apres"] = self.page.next
        return f"?{kept.urlencode()}"


# -- One sheet -----------------------------------------------------------------------------------------------------


def short_address(sheet: SheetPage, request: HttpRequest) -> str:
    """Return the whole address of a sheet as a QR code holds it: it stays when the title changes."""
    return request.build_absolute_uri(reverse("practices:sheet", args=[sheet.pk]))


def shown_trials(sheet: SheetPage, user: rights.Person) -> QuerySet[Trial]:
    """Return the trials that any reader sees, latest first; one's own too, if it is hidden."""
    shown = Q(hidden_at=None)
    return Trial.objects.filter(shown | Q(user=user) if isinstance(user, User) else shown, sheet=sheet).select_related(
        "user"
    )


def trials_of(sheet: SheetPage, user: rights.Person) -> QuerySet[Trial]:
    """Return the trials that a person sees, latest first: the hidden ones too for who may hide them."""
    if rights.may_hide_trials(user, sheet):
        return Trial.objects.filter(sheet=sheet).select_related("user")
    return shown_trials(sheet, user)


def origin_topic(sheet: SheetPage, user: rights.Person) -> Topic | None:
    """Return the discussion that the sheet comes from, if the person may read it."""
    if sheet.topic_id is None:
        return None
    topic: Topic | None = Topic.objects.filter(pk=sheet.topic_id, hidden=False).select_related("category").first()
    # What everyone reads needs no look at the rights of anyone.
    if topic is None or topic.category.is_public or rights_of(user).can_read(topic.category_id):
        return topic
    return None


def _standing_of(sheet: SheetPage) -> SheetStanding | None:
    """Return how a sheet stands; in the same query, give it its publisher and its territory."""
    own = [field.name for field in SheetStanding._meta.concrete_fields]
    shown = ("federation", "network", "territory")
    names = [f"sheet__{relation}__name" for relation in shown]
    rows = SheetStanding.objects.select_related(*(f"sheet__{relation}" for relation in shown))
    standing = rows.only(*own, *names, "sheet__territory__kind", "sheet__territory__code").filter(sheet=sheet).first()
    if standing is not None:
        for relation in shown:
            setattr(sheet, relation, getattr(standing.sheet, relation))
    return standing


def sheet_context(sheet: SheetPage, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of a sheet shows beside its text. A preview shows the text alone."""
    licence = {"licence": LICENCE, "licence_url": LICENCE_URL}
    if getattr(request, "is_preview", False) or not sheet.live:
        return {**licence, "previewing": True}
    user = request.user
    if isinstance(user, User) and user.unread_notifications:
        mark_group_read(user, sheet_group(sheet.pk))
    standing = _standing_of(sheet)
    authors = list(sheet.credits.all())
    related = published().filter(Q(variant_of=sheet) | Q(pk=sheet.variant_of_id)).select_related("standing")
    kin = list(related.order_by("-standing__score", "-pk")[: VARIANTS_SHOWN + 1])
    trials = keyset_page(shown_trials(sheet, user), "-pk", size=TRIALS_SHOWN)
    mine = _own_trial(sheet, user, trials)
    initial = {name: getattr(mine, name) for name in ("outcome", "place", "adapted", "story")} if mine else {}
    return {
        **licence,
        "standing": standing,
        "authors": authors,
        "origin": next((other for other in kin if other.pk == sheet.variant_of_id), None),
        "variants": [other for other in kin if other.pk != sheet.variant_of_id][:VARIANTS_SHOWN],
        "origin_topic": origin_topic(sheet, user),
        "trials": trials,
        "my_trial": mine,
        "may_try": rights.may_propose(user) and all(credit.user_id != user.pk for credit in authors),
        "trial_form": TrialForm(initial=initial),
    }


def _own_trial(sheet: SheetPage, user: rights.Person, shown: KeysetPage[Trial]) -> Trial | None:
    if not isinstance(user, User):
        return None
    if not shown.next:
        return next((trial for trial in shown.rows if trial.user_id == user.pk), None)
    return Trial.objects.filter(sheet=sheet, user=user).first()


def summary_words(standing: SheetStanding | None) -> str:
    """Say how the trials went: «12 essais : 9 ont marché, 2 en partie, 1 non»."""
    if standing is None or not standing.trial_count:
        return str(_("Pas encore essayée ailleurs"))
    count, worked = standing.trial_count, standing.worked_count
    parts = []
    if worked:
        parts.append(f"{worked} {_('ont marché') if worked > 1 else _('a marché')}")
    if standing.partly_count:
        parts.append(f"{standing.partly_count} {_('en partie')}")
    if standing.failed_count:
        parts.append(f"{standing.failed_count} {_('non')}")
    return f"{count} {_('essais') if count > 1 else _('essai')} : {', '.join(parts)}"
