"""Which spaces a person looks after: those of the federations that they belong to, or all for administrators."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from wagtail.models import Page

from people.models import Federation, User

from .models import FederationPage


def federations_of(user: User) -> QuerySet[Federation]:
    """Return the federations whose spaces a person looks after: those they belong to, or all for administrators."""
    everywhere = user.is_active and user.is_superuser
    found = Federation.objects.all() if everywhere else Federation.objects.filter(memberships__user=user)
    return found if user.is_active else found.none()


def _spaces(user: User) -> list[str]:
    """Return the paths of the spaces of the person's federations, asked for once in the life of the object: a request.

    The admin asks on each of its pages, for its menu.
    """
    known: list[str] | None = getattr(user, "_spaces_looked_after", None)
    if known is None:
        spaces = FederationPage.objects.filter(federation__in=federations_of(user))
        known = list(spaces.values_list("path", flat=True))
        user._spaces_looked_after = known  # type: ignore[attr-defined]
    return known


def looks_after_a_space(user: User) -> bool:
    """Whether the person belongs to a federation that has a space, or administers the site."""
    return user.is_active and (user.is_superuser or bool(_spaces(user)))


def in_spaces_of(user: User, path: str = "path") -> Q:
    """Return the condition that a page stands in the space of one of the person's federations.

    `path` names the page's path in the query.
    """
    if user.is_active and user.is_superuser:
        return Q()
    return reduce(or_, (Q(**{f"{path}__startswith": root}) for root in _spaces(user)), Q(pk__in=[]))


def looks_after(user: User, page: Page) -> bool:
    """Whether a page stands in the space of one of the person's federations."""
    return user.is_active and (user.is_superuser or any(page.path.startswith(root) for root in _spaces(user)))
