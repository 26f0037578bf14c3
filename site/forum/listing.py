"""The lists of the forum's first page: what concerns a person, what they have not read, what they follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from people.models import Profile, Territory, User

from .models import Category, Follow, Topic, TopicQuerySet, TopicTag
from .rights import Rights, rights_of

UNREAD = "non-lus"
UNREAD_AT_MOST = 100
"""Past that, the number of unread topics is said to be «99+»: nobody needs it exactly, and counting has a cost."""


@dataclass(frozen=True, slots=True)
class Home:
    """A person's place in the forum: their territories, and the categories of each sort that they may read."""

    rights: Rights
    territories: frozenset[int]
    followed: frozenset[int]

    @property
    def themes(self) -> list[Category]:
        """The categories of the whole country."""
        return [c for c in self.rights.categories if c.territory_id is None and not c.is_private]

    @property
    def mine(self) -> list[Category]:
        """Those of the person's département and région."""
        return [c for c in self.rights.categories if c.territory_id in self.territories and not c.is_private]

    @property
    def elsewhere(self) -> list[Category]:
        """Those of the other territories."""
        return [
            c
            for c in self.rights.categories
            if c.territory_id and c.territory_id not in self.territories and not c.is_private
        ]

    @property
    def private(self) -> list[Category]:
        """The spaces of the person's federations and networks."""
        return [c for c in self.rights.categories if c.is_private]

    @property
    def for_me(self) -> set[int]:
        """The categories of «mon territoire + mes thèmes»; the themes that one follows, or all if one follows none."""
        themes = {c.pk for c in self.themes}
        return (themes & self.followed or themes) | {c.pk for c in (*self.mine, *self.private)}


def home_of(user: User | AnonymousUser) -> Home:
    """Return a person's place in the forum, in two queries beside their rights."""
    territories: frozenset[int] = frozenset()
    followed: frozenset[int] = frozenset()
    if isinstance(user, User):
        profile = Profile.objects.filter(user=user).values_list("department", "department__parent").first()
        territories = frozenset(filter(None, profile or ()))
        followed = frozenset(
            Follow.objects.filter(user=user, category__isnull=False).values_list("category_id", flat=True)
        )
    return Home(rights_of(user), territories, followed)


def by_region(categories: list[Category]) -> list[tuple[Territory, list[Category]]]:
    """Return the categories of territories by région, the région's own first, in one query at most."""
    places = [category.territory for category in categories if category.territory]
    regions = {place.pk: place for place in places if place.parent_id is None}
    regions |= Territory.objects.in_bulk({place.parent_id for place in places if place.parent_id} - regions.keys())
    groups: dict[int, tuple[Territory, list[Category]]] = {}
    for category in categories:
        place = category.territory
        if place is not None:
            region = regions[place.parent_id or place.pk]
            groups.setdefault(region.pk, (region, []))[1].append(category)
    return [
        (region, sorted(found, key=lambda c: (c.territory_id != region.pk, c.name)))
        for region, found in sorted(groups.values(), key=lambda group: group[0].name)
    ]


def hosts_of(categories: Iterable[Category]) -> dict[int, str]:
    """Return with whom each private category is read: the name of its network or federation, in one query at most."""
    private = [category.pk for category in categories if category.is_private]
    if not private:
        return {}
    name = Coalesce("network__name", "federation__name")
    return dict(Category.objects.filter(pk__in=private).order_by().values_list("pk", name))


# -- The lists -----------------------------------------------------------------------------------------------------


def _for_me(topics: TopicQuerySet, user: Any, home: Home) -> TopicQuerySet:
    categories = home.for_me
    return topics if categories == home.rights.readable else topics.filter(category__in=categories)


def _all(topics: TopicQuerySet, user: Any, home: Home) -> TopicQuerySet:
    return topics


def _unread(topics: TopicQuerySet, user: Any, home: Home) -> TopicQuerySet:
    return topics.filter(Q(unread=True))


def _unanswered(topics: TopicQuerySet, user: Any, home: Home) -> TopicQuerySet:
    asking = topics.filter(kind__in=[Topic.Kind.QUESTION, Topic.Kind.PRACTICE], accepted_post=None)
    return _for_me(asking, user, home).filter(locked=False)


def _followed(topics: TopicQuerySet, user: Any, home: Home) -> TopicQuerySet:
    mine = Follow.objects.filter(user=user)
    tagged = TopicTag.objects.filter(tag__in=mine.filter(tag__isnull=False).values("tag"))
    return topics.filter(
        Q(pk__in=mine.filter(topic__isnull=False).values("topic"))
        | Q(category__in=home.followed)
        | Q(pk__in=tagged.values("topic"))
    )


@dataclass(frozen=True, slots=True)
class View:
    """A list of the first page: its name in the address, what it is called, which topics, what is said of none."""

    name: str
    label: Any
    topics: Callable[[TopicQuerySet, Any, Home], TopicQuerySet]
    empty: Any
    for_members: bool = True

    @property
    def address(self) -> str:
        """Where it is shown."""
        if self.name == UNREAD:
            return reverse("forum:unread")
        return reverse("forum:home") + (f"?vue={self.name}" if self.name else "")


VIEWS = (
    View("", _("Pour moi"), _for_me, _("Rien encore dans votre territoire ni dans vos thèmes.")),
    View("tout", _("Tout"), _all, _("Personne n'a encore écrit."), for_members=False),
    View(UNREAD, _("Non lus"), _unread, _("Vous avez tout lu.")),
    View(
        "sans-reponse",
        _("Questions sans réponse"),
        _unanswered,
        _("Chaque question a sa réponse."),
        for_members=False,
    ),
    View(
        "suivis",
        _("Suivis"),
        _followed,
        _("Vous ne suivez encore rien. Suivez une discussion, une catégorie ou une étiquette."),
    ),
)


def view_of(name: str, user: User | AnonymousUser) -> View:
    """Return the list that the address asks for, or the person's first one."""
    views = views_for(user)
    return next((view for view in views if view.name == name), views[0])


def views_for(user: User | AnonymousUser) -> list[View]:
    """Return the lists that this person has."""
    return [view for view in VIEWS if user.is_authenticated or not view.for_members]


def unread_total(user: User) -> int:
    """Return how many topics the person has not read, UNREAD_AT_MOST at the most."""
    unread = Topic.objects.visible_to(user).with_reading_of(user).filter(Q(unread=True))
    return unread.order_by("-last_post_at", "-pk").values("pk")[:UNREAD_AT_MOST].count()
