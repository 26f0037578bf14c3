"""What happens to groups and files when memberships, federations and accounts change."""

from typing import Any

from django.db import transaction

from .models import Federation, Membership
from .services import delete_role_groups, sync_role_groups


def note_previous_membership(instance: Membership, *, raw: bool = False, **kwargs: Any) -> None:
    """Keep aside whom and what the membership was about, in case that changes."""
    previous = None
    if instance.pk and not raw:
        previous = Membership.objects.select_related("user", "federation").filter(pk=instance.pk).first()
    instance._previous = previous  # type: ignore[attr-defined]


def follow_membership(instance: Membership, *, raw: bool = False, **kwargs: Any) -> None:
    """Give the person the group of the role, and take back what the membership gave before."""
    if raw:
        return
    previous: Membership | None = instance._previous  # type: ignore[attr-defined]
    if previous and (previous.user_id, previous.federation_id) != (instance.user_id, instance.federation_id):
        sync_role_groups(previous.user, previous.federation)
    sync_role_groups(instance.user, instance.federation)


def follow_deleted_membership(instance: Membership, **kwargs: Any) -> None:
    """Take the group of the role back."""
    sync_role_groups(instance.user, instance.federation)


def follow_deleted_federation(instance: Federation, **kwargs: Any) -> None:
    """Delete the groups that were the federation's."""
    delete_role_groups(instance)


def follow_deleted_user_profile(instance: Any, **kwargs: Any) -> None:
    """Delete the picture of a deleted account: Wagtail leaves the file behind."""
    if instance.avatar:
        transaction.on_commit(lambda: instance.avatar.delete(save=False))
