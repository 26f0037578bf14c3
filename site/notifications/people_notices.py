"""What people's own pages tell: requests to join a network and their answers, and messages between members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.directory_models import ContactMessage
from people.directory_networks import managed_networks, managers_of
from people.models import Network, NetworkMembership, User

from .models import Cadence
from .registry import Kind, Line, register_kind
from .services import notify, withdraw

REQUEST, ANSWER, REFUSAL, CONTACT = (
    "people.network_request",
    "people.network_answer",
    "people.network_refusal",
    "people.contact",
)
EXCERPT = 160


def network_group(network_id: int) -> str:
    """Return the group of what is told about a network."""
    return f"network:{network_id}"


def _address(network: Network) -> str:
    return reverse("directory:network", args=[network.slug])


# -- What is said --------------------------------------------------------------------------------------------------


def describe_requests(user: User, target_ids: Sequence[int]) -> Mapping[int, Line]:
    """Describe requests to join (memberships) to one who answers them; those that were answered are left out."""
    waiting = NetworkMembership.objects.filter(
        pk__in=target_ids, accepted_at=None, network__in=managed_networks(user).values("pk")
    ).select_related("network", "user")
    return {
        membership.pk: Line(
            title=_("Demande pour rejoindre le réseau « %(network)s »") % {"network": membership.network},
            url=f"{_address(membership.network)}#demandes",
            actor=membership.user.display_name,
            excerpt=membership.message[:EXCERPT],
            group_title=membership.network.name,
            group_url=_address(membership.network),
        )
        for membership in waiting
    }


def describe_answers(user: User, target_ids: Sequence[int]) -> Mapping[int, Line]:
    """Tell a person in which networks (memberships) they were accepted."""
    accepted = NetworkMembership.objects.filter(pk__in=target_ids, user=user, accepted_at__isnull=False).select_related(
        "network"
    )
    return {
        membership.pk: Line(
            title=_("Vous êtes membre du réseau « %(network)s »") % {"network": membership.network},
            url=_address(membership.network),
            group_title=membership.network.name,
            group_url=_address(membership.network),
        )
        for membership in accepted
    }


def describe_refusals(user: User, target_ids: Sequence[int]) -> Mapping[int, Line]:
    """Tell a person which networks did not accept them; nothing of those that they have joined or asked since."""
    refused = Network.objects.filter(pk__in=target_ids).exclude(memberships__user=user)
    return {
        network.pk: Line(
            title=_("Votre demande pour le réseau « %(network)s » n'a pas été acceptée") % {"network": network},
            url=_address(network),
            group_title=network.name,
            group_url=_address(network),
        )
        for network in refused
    }


def describe_contacts(user: User, target_ids: Sequence[int]) -> Mapping[int, Line]:
    """Describe the messages that a person received from other members."""
    received = ContactMessage.objects.filter(pk__in=target_ids, receiver=user).select_related("sender")
    return {
        message.pk: Line(
            title=_("Message reçu par l'annuaire"),
            url=reverse("directory:message", args=[message.pk]),
            actor=message.sender.display_name,
            excerpt=message.text[:EXCERPT],
        )
        for message in received
    }


def register() -> None:
    """Make the kinds known."""
    register_kind(
        Kind(
            REQUEST,
            label=gettext_lazy("Demandes pour rejoindre un réseau que j'anime"),
            describe=describe_requests,
            default=Cadence.DAILY,
        )
    )
    register_kind(Kind(ANSWER, label=gettext_lazy("Mes demandes acceptées dans un réseau"), describe=describe_answers))
    register_kind(Kind(REFUSAL, label=gettext_lazy("Mes demandes refusées dans un réseau"), describe=describe_refusals))
    register_kind(
        Kind(
            CONTACT,
            label=gettext_lazy("Messages reçus par l'annuaire"),
            help=gettext_lazy("Chaque message arrive déjà par e-mail : ce réglage en ajouterait un second."),
            describe=describe_contacts,
            # The message itself was mailed.
            default=Cadence.NEVER,
        )
    )


# -- What is heard -------------------------------------------------------------------------------------------------


def tell_managers(sender: type, membership: NetworkMembership, **kwargs: Any) -> None:
    """Tell who answers the requests of a network that one waits."""
    people = managers_of(membership.network).exclude(pk=membership.user_id).values_list("pk", flat=True)
    notify(people, kind=REQUEST, target_id=membership.pk, group=network_group(membership.network_id))


def tell_who_asked(
    sender: type, network: Network, user_id: int, membership: NetworkMembership | None, **kwargs: Any
) -> None:
    """Tell a person what their request has become."""
    if membership:
        withdraw(kinds=[REQUEST], target_ids=[membership.pk])
        notify([user_id], kind=ANSWER, target_id=membership.pk, group=network_group(network.pk))
    else:
        notify([user_id], kind=REFUSAL, target_id=network.pk, group=network_group(network.pk))


def tell_receiver(sender: type, message: ContactMessage, **kwargs: Any) -> None:
    """Tell a person in the site that a member wrote to them."""
    notify([message.receiver_id], kind=CONTACT, target_id=message.pk)


def forget_membership(instance: NetworkMembership, **kwargs: Any) -> None:
    """Forget what was told of a request that was withdrawn or refused, or of a membership that ended."""
    withdraw(kinds=[REQUEST, ANSWER], target_ids=[instance.pk])


def forget_message(instance: ContactMessage, **kwargs: Any) -> None:
    """Forget what was told of a message that is deleted."""
    withdraw(kinds=[CONTACT], target_ids=[instance.pk])
