"""Who may do what, in Wagtail's admin, with the things that a federation owns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet
from wagtail.permission_policies import BasePermissionPolicy

from .models import Federation, Membership, User

WRITE: Mapping[str, Collection[str]] = {
    Membership.Role.AUTHOR: ("view", "add", "change"),
    Membership.Role.EDITOR: ("view", "add", "change", "delete"),
}


class FederationPermissionPolicy(BasePermissionPolicy):
    """A member acts on what belongs to their federation, as their role there allows; an administrator on everything.

    `path` leads from the model to its federation («federation», «bank__federation»); what it goes through should be
    fetched along where many objects are checked. Django's own permissions play no part. Wagtail's views check most
    actions for the model as a whole only: use `people.federation_views` with this policy.
    """

    def __init__(
        self, model: type[Model] | str, path: str = "federation", rights: Mapping[str, Collection[str]] = WRITE
    ) -> None:
        super().__init__(model)
        self.path = path
        self.rights = rights

    # -- Federations -----------------------------------------------------------------------------------------------

    def federation_ids(self, user: User | AnonymousUser, actions: Iterable[str]) -> set[int]:
        """Return the federations in which the person's role allows one of the actions: one query a request."""
        wanted = set(actions)
        return {federation_id for federation_id, role in _roles(user).items() if wanted.intersection(self.rights[role])}

    def federations(self, user: User | AnonymousUser, *actions: str) -> QuerySet[Federation]:
        """Return the federations in which the person may do one of the actions."""
        everything = Federation.objects.all()
        return everything if _is_administrator(user) else everything.filter(pk__in=self.federation_ids(user, actions))

    def federation_id_of(self, instance: Model) -> int | None:
        """Return the federation that an object belongs to, or None if it does not say yet."""
        *through, last = self.path.split("__")
        owner: Any = instance
        for name in through:
            owner = getattr(owner, name, None)
        return getattr(owner, f"{last}_id", None)

    # -- What Wagtail asks -----------------------------------------------------------------------------------------

    def user_has_permission(self, user: User | AnonymousUser, action: str) -> bool:
        """Whether the person may do this with some object."""
        return self.user_has_any_permission(user, [action])

    def user_has_any_permission(self, user: User | AnonymousUser, actions: Iterable[str]) -> bool:
        """Whether the person may do one of these with some object."""
        return _is_administrator(user) or bool(self.federation_ids(user, actions))

    def user_has_permission_for_instance(self, user: User | AnonymousUser, action: str, instance: Model) -> bool:
        """Whether the person may do this with this object."""
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def user_has_any_permission_for_instance(
        self, user: User | AnonymousUser, actions: Iterable[str], instance: Model
    ) -> bool:
        """Whether the person may do one of these with this object."""
        return _is_administrator(user) or self.federation_id_of(instance) in self.federation_ids(user, actions)

    def instances_user_has_any_permission_for(
        self, user: User | AnonymousUser, actions: Iterable[str]
    ) -> QuerySet[Any]:
        """Return the objects with which the person may do one of these."""
        everything = self.model._default_manager.all()
        if _is_administrator(user):
            return everything
        return everything.filter(**{f"{self.path}_id__in": self.federation_ids(user, actions)})

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        """Return who may do one of these with some object."""
        return self._users(actions)

    def users_with_any_permission_for_instance(self, actions: Iterable[str], instance: Model) -> QuerySet[User]:
        """Return who may do one of these with this object."""
        return self._users(actions, federation=self.federation_id_of(instance))

    def _users(self, actions: Iterable[str], **where: Any) -> QuerySet[User]:
        wanted = set(actions)
        roles = [role for role, allowed in self.rights.items() if wanted.intersection(allowed)]
        members = Membership.objects.filter(role__in=roles, **where)
        return User.objects.filter(Q(is_superuser=True) | Q(pk__in=members.values("user")), is_active=True)


def _is_administrator(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_superuser


def _roles(user: User | AnonymousUser) -> dict[int, str]:
    """Return the person's roles by federation, kept with the account for the time of a request."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return {}
    roles: dict[int, str] | None = getattr(user, "_federation_roles", None)
    if roles is None:
        roles = dict(Membership.objects.filter(user=user).values_list("federation_id", "role"))
        user._federation_roles = roles  # type: ignore[attr-defined]
    return roles
