"""Networks: asking to join, being accepted or refused, leaving; and who may answer."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from .models import Membership, Network, NetworkMembership, User
from .signals import network_answered, network_requested


class LastModeratorError(Exception):
    """The network would have nobody left to answer who asks to join."""


def networks() -> QuerySet[Network]:
    """Return all networks, each with its number of members as `member_count`."""
    members = (
        NetworkMembership.objects.filter(network=OuterRef("pk"), accepted_at__isnull=False)
        .order_by()
        .values("network")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Network.objects.select_related("federation").annotate(member_count=Coalesce(Subquery(members), 0))


def managed_networks(user: User) -> QuerySet[Network]:
    """Return the networks whose requests the person answers: as its moderator, or an editor of its federation."""
    if user.is_superuser:
        return Network.objects.all()
    return Network.objects.filter(
        Q(
            pk__in=NetworkMembership.objects.filter(
                user=user, role=NetworkMembership.Role.MODERATOR, accepted_at__isnull=False
            ).values("network")
        )
        | Q(federation__in=Membership.objects.filter(user=user, role=Membership.Role.EDITOR).values("federation"))
    )


def manages(user: User, network: Network) -> bool:
    """Whether the person answers who asks to join this network."""
    return managed_networks(user).filter(pk=network.pk).exists()


def managers_of(network: Network) -> QuerySet[User]:
    """Return who answers the requests: its moderators and its federation's editors."""
    moderators = NetworkMembership.objects.filter(
        network=network, role=NetworkMembership.Role.MODERATOR, accepted_at__isnull=False
    )
    editors = Membership.objects.filter(federation=network.federation_id, role=Membership.Role.EDITOR)
    return User.objects.filter(Q(pk__in=moderators.values("user")) | Q(pk__in=editors.values("user")), is_active=True)


@transaction.atomic
def ask_to_join(user: User, network: Network, *, message: str = "") -> NetworkMembership:
    """Ask, or return what the person asked already: two taps are one request."""
    membership, created = NetworkMembership.objects.get_or_create(
        network=network, user=user, defaults={"message": message}
    )
    if created:
        network_requested.send(NetworkMembership, membership=membership)
    return membership


@transaction.atomic
def leave(user: User, network: Network) -> bool:
    """Withdraw one's request, or leave. Return whether there was something to leave.

    Raises LastModeratorError for the only one who answers requests.
    """
    membership = NetworkMembership.objects.select_for_update().filter(network=network, user=user).first()
    if membership is None:
        return False
    if membership.accepted_at and membership.role == NetworkMembership.Role.MODERATOR:
        others = managers_of(network).exclude(pk=user.pk)
        has_members = NetworkMembership.objects.filter(network=network).exclude(user=user).exists()
        if has_members and not others.exists():
            raise LastModeratorError
    membership.delete()
    return True


@transaction.atomic
def accept(membership_id: int, network: Network) -> NetworkMembership | None:
    """Let in who asked. Return the membership, or None if it was answered or withdrawn meanwhile."""
    waiting = NetworkMembership.objects.filter(pk=membership_id, network=network, accepted_at=None)
    if not waiting.update(accepted_at=timezone.now()):
        return None
    membership = NetworkMembership.objects.select_related("user").get(pk=membership_id)
    network_answered.send(NetworkMembership, network=network, user_id=membership.user_id, membership=membership)
    return membership


@transaction.atomic
def refuse(membership_id: int, network: Network) -> bool:
    """Delete a request. Return whether it was still waiting."""
    waiting = NetworkMembership.objects.select_for_update().filter(pk=membership_id, network=network, accepted_at=None)
    membership = waiting.first()
    if membership is None:
        return False
    membership.delete()
    network_answered.send(NetworkMembership, network=network, user_id=membership.user_id, membership=None)
    return True


@transaction.atomic
def remove_member(membership_id: int, network: Network, *, by: User) -> bool:
    """Take a member out; not oneself (that is leaving). Return whether there was someone to take out."""
    members = NetworkMembership.objects.filter(pk=membership_id, network=network, accepted_at__isnull=False)
    deleted, _rows = members.exclude(user=by).delete()
    return bool(deleted)


@transaction.atomic
def set_role(membership_id: int, network: Network, role: str, *, by: User) -> bool:
    """Make a member a moderator of the network, or no longer; not oneself. Return whether something changed."""
    members = NetworkMembership.objects.filter(pk=membership_id, network=network, accepted_at__isnull=False)
    return bool(members.exclude(user=by).exclude(role=role).update(role=NetworkMembership.Role(role)))
