"""Who may read, write and moderate where. The one place that knows.

- A category is read by everyone, by who has an account, by the team of a federation (`Membership`), or by the accepted
  members of a network (`NetworkMembership`); also by its moderators.
- Who reads and has an account replies, and opens topics unless the category keeps that to moderators.
- A category is moderated by the people named for it, by the moderators of its network, and by who holds the permission
  `forum.moderate`, which is for the whole forum: they read every category.

The rights of a person cost one query and are kept on the user object of the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from people.models import Membership, NetworkMembership, User

from .models import Category, CategoryModerator

_KEPT = "_forum_rights"


@dataclass(frozen=True)
class Rights:
    """What one person may do in the forum. Ids are those of categories."""

    has_account: bool
    moderates_all: bool
    moderated: frozenset[int]
    categories: list[Category]
    """The ones that the person may read, in order."""
    unreadable: frozenset[int]
    by_id: Mapping[int, Category] = field(repr=False)

    @cached_property
    def readable(self) -> frozenset[int]:
        """The categories that the person may read."""
        return frozenset(self.by_id)

    @property
    def reads_all(self) -> bool:
        """Whether no category is closed to the person."""
        return not self.unreadable

    def readable_q(self, path: str) -> Q:
        """Return the condition on a category, by whichever list is shorter. `path` leads to its id."""
        if len(self.unreadable) < len(self.readable):
            return ~Q(**{f"{path}__in": self.unreadable})
        return Q(**{f"{path}__in": self.readable})

    def can_read(self, category_id: int) -> bool:
        """Whether the person may read there."""
        return category_id in self.by_id

    def moderates(self, category_id: int) -> bool:
        """Whether the person moderates there."""
        return self.moderates_all or category_id in self.moderated

    @property
    def moderates_any(self) -> bool:
        """Whether the person moderates somewhere."""
        return self.moderates_all or bool(self.moderated)

    @property
    def moderated_categories(self) -> list[Category]:
        """The categories that the person moderates, in order."""
        return [category for category in self.categories if self.moderates(category.pk)]

    def can_reply(self, category_id: int) -> bool:
        """Whether the person may answer in open topics there."""
        return self.has_account and self.can_read(category_id)

    def can_open_topics(self, category: Category) -> bool:
        """Whether the person may start a discussion there."""
        if category.posting == Category.Posting.MODERATORS:
            return self.moderates(category.pk)
        return self.can_reply(category.pk)

    def category(self, pk: int) -> Category:
        """Return a category that the person may read. Raises KeyError for any other."""
        return self.by_id[pk]

    @property
    def audiences(self) -> frozenset[str]:
        """What `audience_of` gives for the categories that the person may read."""
        return frozenset(audience_of(category) for category in self.categories)


def audience_of(category: Category) -> str:
    """Return the name of who reads a category, as the search keeps it beside a text."""
    return f"category:{category.pk}" if category.is_private else str(category.audience)


def rights_of(user: User | AnonymousUser) -> Rights:
    """Return what this person may do; asked again with the same object, it costs nothing."""
    kept: Rights | None = getattr(user, _KEPT, None)
    if kept is None:
        kept = _rights_of(user)
        setattr(user, _KEPT, kept)
    return kept


def forget_rights(user: User | AnonymousUser) -> None:
    """Have the rights read again: something that they depend on has changed."""
    if hasattr(user, _KEPT):
        delattr(user, _KEPT)


def _with_ties(categories: QuerySet[Category], user: User) -> QuerySet[Category]:
    """Add `belongs` and `is_moderator`: how the person is tied to each category."""
    in_network = NetworkMembership.objects.filter(network=OuterRef("network"), user=user, accepted_at__isnull=False)
    return categories.annotate(
        # The same for each row: one query answers both questions.
        moderates_all=Exists(_site_moderators().filter(pk=user.pk)),
        belongs=Exists(Membership.objects.filter(federation=OuterRef("federation"), user=user)) | Exists(in_network),
        is_moderator=Exists(CategoryModerator.objects.filter(category=OuterRef("pk"), user=user))
        | Exists(in_network.filter(role=NetworkMembership.Role.MODERATOR)),
    )


def _rights_of(user: User | AnonymousUser) -> Rights:
    categories = Category.objects.select_related("territory")
    if isinstance(user, User) and user.is_active:
        found: list[Any] = list(_with_ties(categories, user))
        moderates_all = user.is_superuser or any(category.moderates_all for category in found)
    else:
        moderates_all = False
        found = list(categories.annotate(belongs=Value(value=False), is_moderator=Value(value=False)))
    has_account = user.is_authenticated
    readable = {
        category.pk: category
        for category in found
        if category.is_public
        or moderates_all
        or category.belongs
        or category.is_moderator
        or (has_account and category.audience == Category.Audience.MEMBERS)
    }
    return Rights(
        has_account=has_account,
        moderates_all=moderates_all,
        moderated=frozenset(category.pk for category in found if category.is_moderator),
        categories=list(readable.values()),
        unreadable=frozenset(category.pk for category in found) - readable.keys(),
        by_id=readable,
    )


# -- Many people at once -------------------------------------------------------------------------------------------


def _site_moderators() -> QuerySet[User]:
    permission = Permission.objects.filter(content_type__app_label="forum", codename="moderate")
    groups = Group.objects.filter(permissions__in=permission)
    return User.objects.filter(
        Q(is_superuser=True)
        | Exists(User.user_permissions.through.objects.filter(user=OuterRef("pk"), permission__in=permission))
        | Exists(User.groups.through.objects.filter(user=OuterRef("pk"), group__in=groups))
    )


def moderators_of(category: Category) -> QuerySet[User]:
    """Return the active people who moderate a category: its own, those of its network, those of the whole forum."""
    of_network = NetworkMembership.objects.filter(
        network=category.network_id, role=NetworkMembership.Role.MODERATOR, accepted_at__isnull=False
    )
    named = Q(pk__in=CategoryModerator.objects.filter(category=category).values("user"))
    if category.network_id:
        named |= Q(pk__in=of_network.values("user"))
    return User.objects.filter(Q(pk__in=_site_moderators().values("pk")) | named, is_active=True)


def readers_among(user_ids: Iterable[int], category: Category) -> set[int]:
    """Return those of these people who may read a category now, in at most two queries whatever their number."""
    people = User.objects.filter(pk__in=list(user_ids), is_active=True)
    if category.is_private:
        allowed = Q(pk__in=moderators_of(category).values("pk"))
        if category.federation_id:
            allowed |= Q(pk__in=Membership.objects.filter(federation=category.federation_id).values("user"))
        if category.network_id:
            accepted = NetworkMembership.objects.filter(network=category.network_id, accepted_at__isnull=False)
            allowed |= Q(pk__in=accepted.values("user"))
        people = people.filter(allowed)
    return set(people.values_list("pk", flat=True))
