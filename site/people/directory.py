"""Reading the directory: what a card shows, and which cards a search finds.

Templates get cards, never entries: what a person doesn't show isn't there to be written by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from .directory_models import DirectoryEntry
from .keyset import KeysetPage, keyset_page
from .models import Profile, Structure, Territory, Trade, User
from .text import search_key

WORDS_AT_MOST = 8

# -- Cards ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """What the other members see of a person. Empty where the person shows nothing."""

    user_id: int
    name: str
    job: str
    structure: str
    place: str
    presentation: str
    trades: tuple[str, ...]
    skills: tuple[str, ...]
    accepts_contact: bool

    @property
    def title(self) -> str:
        """The name, or what stands for it."""
        return self.name or "Membre du réseau"

    @property
    def is_empty(self) -> bool:
        """Whether the card says nothing at all of the person."""
        return not any((self.name, self.job, self.structure, self.place, self.presentation, self.trades, self.skills))


def card_of(
    entry: DirectoryEntry,
    *,
    user: User,
    profile: Profile | None,
    trades: Iterable[str],
    skills: Iterable[str],
) -> Card:
    """Return the card: each field only if its own switch is on. Pure: everything is already read."""
    structure = profile.structure if profile and entry.show_structure else None
    return Card(
        user_id=user.pk,
        name=user.get_full_name() if entry.show_name else "",
        job=profile.get_job_function_display() if profile and entry.show_job else "",
        structure=str(structure) if structure else "",
        place=_place(entry, profile),
        presentation=entry.presentation if entry.show_presentation else "",
        trades=tuple(trades) if entry.show_trades else (),
        skills=tuple(skills) if entry.show_skills else (),
        accepts_contact=entry.listed and entry.accepts_contact,
    )


def _place(entry: DirectoryEntry, profile: Profile | None) -> str:
    if profile is None or entry.show_place == DirectoryEntry.Place.NOWHERE:
        return ""
    department = profile.department
    if entry.show_place == DirectoryEntry.Place.DEPARTMENT:
        return str(department)
    return str(department.parent) if department.parent else ""


def search_words(card: Card) -> str:
    """Return the text in which words are looked for: what the card shows, each part on its own line."""
    parts = (card.name, card.job, card.structure, card.place, card.presentation, *card.trades, *card.skills)
    return "\n".join(search_key(part) for part in parts if part)


def sort_key(entry: DirectoryEntry, user: User) -> str:
    """Return what lists are sorted by: those who show their name, by last name, then the others."""
    return f"1 {search_key(f'{user.last_name} {user.first_name}')}"[:300] if entry.show_name else "2"


# -- Reading -------------------------------------------------------------------------------------------------------


def listed_entries() -> QuerySet[DirectoryEntry]:
    """Return the entries that members may see."""
    return DirectoryEntry.objects.filter(listed=True, user__is_active=True)


def _whole(entries: QuerySet[DirectoryEntry]) -> QuerySet[DirectoryEntry]:
    return entries.select_related("user__profile__department__parent", "user__profile__structure").prefetch_related(
        "skills", Prefetch("trades", Trade.objects.order_by("position", "name"))
    )


def card_of_read(entry: DirectoryEntry) -> Card:
    """Return the card of an entry that was read with all that hangs on it."""
    return card_of(
        entry,
        user=entry.user,
        profile=getattr(entry.user, "profile", None),
        trades=[trade.name for trade in entry.trades.all()],
        skills=[skill.name for skill in entry.skills.all()],
    )


def find_card(user_id: int) -> Card | None:
    """Return the card of a listed person, or None."""
    entry = _whole(listed_entries()).filter(pk=user_id).first()
    return card_of_read(entry) if entry else None


def preview_card(user: User) -> Card | None:
    """Return what the others see, or would see, of a person; None before they wrote anything."""
    entry = _whole(DirectoryEntry.objects.all()).filter(pk=user.pk).first()
    return card_of_read(entry) if entry else None


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of cards; `next` is the cursor of the following page, or empty."""

    cards: list[Card]
    next: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in the directory. Each part only meets what people show."""

    territory: Territory | None = None
    trade: Trade | None = None
    skill: str = ""
    words: str = ""

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.territory or self.trade or search_key(self.skill) or search_key(self.words))

    def entries(self) -> QuerySet[DirectoryEntry]:
        """Return the entries found, in no order."""
        entries = listed_entries()
        if self.territory:
            field = "region" if self.territory.kind == Territory.Kind.REGION else "department"
            entries = entries.filter(**{field: self.territory})
        if self.trade:
            entries = entries.filter(show_trades=True, trades=self.trade)
        if key := search_key(self.skill):
            entries = entries.filter(show_skills=True, skills__key=key)
        for word in search_key(self.words).split()[:WORDS_AT_MOST]:
            entries = entries.filter(words__contains=word)
        return entries

    def page(self, cursor: str = "", size: int = 20) -> CardPage:
        """Return a page of the cards found, by name."""
        found: KeysetPage[DirectoryEntry] = keyset_page(
            _whole(self.entries()), "sort_key", "pk", cursor=cursor, size=size
        )
        return CardPage([card_of_read(entry) for entry in found.rows], found.next, found.is_first)


def structures_of(department: Territory, cursor: str = "") -> KeysetPage[Structure]:
    """Return a page of the structures known in a département, by name."""
    return keyset_page(Structure.objects.filter(department=department), "name", "pk", cursor=cursor, size=50)
