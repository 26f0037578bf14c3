"""Changes that touch several rows about people, and the copy of what the site keeps about one of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from .models import Federation, Membership, Profile, Structure, Territory, User
from .signals import personal_data
from .text import search_key

# -- Federations and roles -----------------------------------------------------------------------------------------

_ROLE_GROUPS = {"author_group": "rédaction", "editor_group": "édition"}


@transaction.atomic
def ensure_role_groups(federation: Federation) -> None:
    """Give an unsaved or saved federation its two role groups, named after its slug, allowed into the admin."""
    for field, role in _ROLE_GROUPS.items():
        name = f"{federation.slug} : {role}"
        if (group_id := getattr(federation, f"{field}_id")) is not None:
            Group.objects.filter(pk=group_id).exclude(name=name).update(name=name)
            continue
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
        setattr(federation, field, group)


def delete_role_groups(federation: Federation) -> None:
    """Delete the groups of a deleted federation, so that a later one of the same slug doesn't get their rights."""
    Group.objects.filter(pk__in=(federation.author_group_id, federation.editor_group_id)).delete()


def role_groups() -> QuerySet[Group]:
    """Return the groups that only memberships fill."""
    federations = Federation.objects.all()
    return Group.objects.filter(
        Q(pk__in=federations.values("author_group")) | Q(pk__in=federations.values("editor_group"))
    )


@transaction.atomic
def sync_role_groups(user: User, federation: Federation) -> None:
    """Make the person's groups say what their membership of the federation says."""
    membership = Membership.objects.filter(user=user, federation=federation).first()
    groups = {
        Membership.Role.AUTHOR: federation.author_group,
        Membership.Role.EDITOR: federation.editor_group,
    }
    wanted = groups.pop(Membership.Role(membership.role)) if membership else None
    user.groups.remove(*groups.values())
    if wanted:
        user.groups.add(wanted)


# -- Profiles ------------------------------------------------------------------------------------------------------


def find_or_add_structure(*, kind: str, name: str, department: Territory) -> Structure:
    """Return the structure of that kind and name in the département, however its name is spelt; add it if unknown."""
    structure, _created = Structure.objects.get_or_create(
        kind=kind,
        name_key=search_key(name),
        department=department,
        defaults={"name": " ".join(name.split())},
    )
    return structure


@transaction.atomic
def save_profile(
    user: User,
    *,
    first_name: str,
    last_name: str,
    job_function: str,
    department: Territory,
    structure_kind: str = "",
    structure_name: str = "",
) -> Profile:
    """Write a person's names and profile at once. Without a kind and a name, the person has no structure."""
    structure = None
    if structure_kind and structure_name:
        structure = find_or_add_structure(kind=structure_kind, name=structure_name, department=department)
    user.first_name, user.last_name = first_name, last_name
    user.save(update_fields=["first_name", "last_name"])
    profile, _created = Profile.objects.update_or_create(
        user=user, defaults={"job_function": job_function, "department": department, "structure": structure}
    )
    return profile


def clear_profile(user: User) -> None:
    """Forget what the person said of their work: they may withdraw their consent at any time (RGPD, article 7.3)."""
    Profile.objects.filter(user=user).delete()


# -- Accounts ------------------------------------------------------------------------------------------------------


class LastAdministratorError(Exception):
    """The site would have no administrator left."""


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete an account with all that hangs on it; what others build upon (forum posts) stays, without a name.

    Raises LastAdministratorError for the only active administrator.
    """
    if user.is_superuser:
        administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
        if {administrator.pk for administrator in administrators} <= {user.pk}:
            raise LastAdministratorError
    user.delete()


def _own_data(user: User) -> dict[str, Any]:
    profile = Profile.objects.select_related("department", "structure").filter(user=user).first()
    memberships = Membership.objects.filter(user=user).select_related("federation").order_by("federation__name")
    return {
        "compte": {
            "adresse_email": user.email,
            "prenom": user.first_name,
            "nom": user.last_name,
            "cree_le": user.date_joined,
            "derniere_connexion": user.last_login,
        },
        "profil": profile
        and {
            "fonction": profile.get_job_function_display(),
            "departement": str(profile.department),
            "structure": profile.structure and {"type": profile.structure.kind, "nom": profile.structure.name},
        },
        "federations": [
            {"federation": membership.federation.name, "role": membership.get_role_display()}
            for membership in memberships
        ],
    }


def collect_personal_data(user: User) -> dict[str, Any]:
    """Return all that the site keeps about a person: ours, then what each app answers to `personal_data`.

    Raises ValueError when two apps answer under one key.
    """
    data = _own_data(user)
    answers: Iterable[tuple[Any, Any]] = personal_data.send(sender=User, user=user)
    for _receiver, pairs in answers:
        for key, value in pairs:
            if key in data:
                msg = f"Two apps export personal data under the key {key!r}."
                raise ValueError(msg)
            data[key] = value
    return data


# -- Referentials --------------------------------------------------------------------------------------------------


class LoadCounts(NamedTuple):
    """How many rows a file added, changed, and left as they were."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def load_territories(path: Path) -> LoadCounts:
    """Add or correct the territories of a CSV file (header `kind,code,name,parent`), found by kind and code.

    `parent` is the code of a département's région. Territories that the file doesn't name are left alone.
    Raises ValueError when a département's région is unknown.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["kind"] != Territory.Kind.REGION)
    known = {(territory.kind, territory.code): territory for territory in Territory.objects.all()}
    added = changed = 0
    for row in rows:
        kind, code = Territory.Kind(row["kind"]), row["code"]
        parent = known.get((Territory.Kind.REGION.value, row["parent"])) if row["parent"] else None
        if (kind == Territory.Kind.DEPARTMENT) != (parent is not None):
            raise ValueError(_("%(path)s : le territoire %(code)s n'a pas sa région.") % {"path": path, "code": code})
        parent_id = parent.pk if parent else None
        territory = known.get((kind.value, code))
        if territory is None:
            known[kind.value, code] = Territory.objects.create(kind=kind, code=code, name=row["name"], parent=parent)
            added += 1
        elif (territory.name, territory.parent_id) != (row["name"], parent_id):
            territory.name, territory.parent_id = row["name"], parent_id
            territory.save()
            changed += 1
    return LoadCounts(added, changed, len(rows) - added - changed)


@transaction.atomic
def load_federations(path: Path) -> LoadCounts:
    """Add the federations of a YAML file (a list of `slug`, `name`, `description`) that don't exist yet.

    A federation that exists, found by its slug, is its administrators' to change: the file never overwrites it.
    """
    rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    added = 0
    for row in rows:
        _federation, created = Federation.objects.get_or_create(
            slug=row["slug"], defaults={"name": row["name"], "description": row.get("description", "")}
        )
        added += created
    return LoadCounts(added, 0, len(rows) - added)
