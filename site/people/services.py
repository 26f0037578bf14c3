"""Changes that touch several rows about people."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from .models import Federation, Membership, Structure, Territory, User
from .text import search_key


@transaction.atomic
def ensure_role_groups(federation: Federation) -> None:
    """Give an unsaved or saved federation its two role groups, named after its slug, allowed into the admin."""
    for field, role in (("author_group", "rédaction"), ("editor_group", "édition")):
        name = f"{federation.slug} : {role}"
        if getattr(federation, f"{field}_id") is None:
            group, _created = Group.objects.get_or_create(name=name)
            group.permissions.add(
                Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
            )
            setattr(federation, field, group)


@transaction.atomic
def sync_role_groups(user: User, federation: Federation) -> None:
    """Make the person's groups say what their membership of the federation says."""
    membership = Membership.objects.filter(user=user, federation=federation).first()
    groups = {
        Membership.Role.AUTHOR: federation.author_group,
        Membership.Role.EDITOR: federation.editor_group,
    }
    user.groups.remove(*groups.values())
    if membership:
        user.groups.add(groups[Membership.Role(membership.role)])


def find_or_add_structure(*, kind: str, name: str, department: Territory) -> Structure:
    """Return the structure of that kind and name in the département, however its name is spelt; add it if unknown."""
    structure, _created = Structure.objects.get_or_create(
        kind=kind,
        name_key=search_key(name),
        department=department,
        defaults={"name": " ".join(name.split())},
    )
    return structure
