"""Who may do what with practice sheets. The one place that knows.

- Any member proposes a sheet, and only its owner reads and changes what is not sent. That gives no access to the admin.
- A sheet is sent to a federation or to a network that the member belongs to. Its reviewers read it, ask for
  corrections, publish it: the editors of the federation, or the moderators of the network, and the peers named for that
  space. They are put in the group of the space, whose rights are on that space alone (`spaces.sync_reviewers`); a
  federation sees nothing of what is proposed to another. An editor who wrote a sheet may publish it: the federation
  answers for what it publishes.
- A published sheet is read by everyone. Any member says how a trial went, but for a sheet that credits them.
- A trial is hidden by the reviewers of the sheet and by the moderators of the forum.
- Administrators may do everything.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from wagtail.models import Page, TaskState

from forum.models import can_moderate
from people.models import Federation, Membership, Network, NetworkMembership, User

from .models import SheetPage, SheetSpacePage

Person = User | AnonymousUser
_KEPT = "_sheet_spaces_reviewed"


def reviewers_of(space: SheetSpacePage) -> QuerySet[User]:
    """Return the active people who review in a space."""
    named = Q(pk__in=space.named_reviewers.values("user"))
    if space.federation_id:
        editors = Membership.objects.filter(federation=space.federation_id, role=Membership.Role.EDITOR)
        people = Q(pk__in=editors.values("user"))
    else:
        moderators = NetworkMembership.objects.filter(
            network=space.network_id, role=NetworkMembership.Role.MODERATOR, accepted_at__isnull=False
        )
        people = Q(pk__in=moderators.values("user"))
    return User.objects.filter(people | named, is_active=True)


def _spaces(user: User) -> list[tuple[int, str]]:
    """Return the ids and paths of the spaces in which the person reviews: asked for once in the life of the object."""
    known: list[tuple[int, str]] | None = getattr(user, _KEPT, None)
    if known is None:
        found = SheetSpacePage.objects.filter(reviewers__user=user)
        known = list(found.values_list("pk", "path"))
        setattr(user, _KEPT, known)
    return known


def _is_administrator(user: Person) -> bool:
    return user.is_active and user.is_superuser


def reviews_somewhere(user: Person) -> bool:
    """Whether the person reviews sheets."""
    return _is_administrator(user) or (isinstance(user, User) and user.is_active and bool(_spaces(user)))


def spaces_reviewed_by(user: Person) -> QuerySet[SheetSpacePage]:
    """Return the spaces in which the person reviews: all of them for administrators."""
    spaces: QuerySet[SheetSpacePage] = SheetSpacePage.objects.all()
    if _is_administrator(user):
        return spaces
    ids = [pk for pk, _path in _spaces(user)] if isinstance(user, User) and user.is_active else []
    return spaces.filter(pk__in=ids)


def may_review(user: Person, page: Page) -> bool:
    """Whether the person may read this sheet as a reviewer, and answer its author."""
    if _is_administrator(user):
        return True
    if not (isinstance(user, User) and user.is_active):
        return False
    return any(page.path.startswith(path) for _pk, path in _spaces(user))


def task_states_for(user: Person, states: QuerySet[TaskState]) -> QuerySet[TaskState]:
    """Keep the steps of reviews that this person may answer."""
    if _is_administrator(user):
        return states
    if not reviews_somewhere(user) or not isinstance(user, User):
        return states.none()
    below = Q(pk__in=[])
    for _pk, path in _spaces(user):
        below |= Q(path__startswith=path)
    sheets = SheetPage.objects.filter(below).annotate(key=Cast("pk", TextField())).values("key")
    content_type = ContentType.objects.get_for_model(SheetPage)
    return states.filter(workflow_state__content_type=content_type, workflow_state__object_id__in=sheets)


def may_propose(user: Person) -> bool:
    """Whether the person may propose a sheet: their account is open, its address confirmed when they signed up."""
    return user.is_authenticated and user.is_active


def may_try(user: Person, sheet: SheetPage) -> bool:
    """Whether the person may say how a trial went: not of a sheet of their own."""
    return may_propose(user) and all(credit.user_id != user.pk for credit in sheet.credits.all())


def may_hide_trials(user: Person, sheet: SheetPage) -> bool:
    """Whether the person may hide what someone said of a trial."""
    return user.is_authenticated and (may_review(user, sheet) or can_moderate(user))


def federations_to_send_to() -> QuerySet[Federation]:
    """Return the federations that have someone to review what they are sent."""
    editors = Membership.objects.filter(role=Membership.Role.EDITOR, user__is_active=True)
    return Federation.objects.filter(pk__in=editors.values("federation"))


def networks_to_send_to(user: User) -> QuerySet[Network]:
    """Return the networks that the person belongs to and that have someone to review what they are sent."""
    accepted = NetworkMembership.objects.filter(accepted_at__isnull=False)
    moderated = accepted.filter(role=NetworkMembership.Role.MODERATOR, user__is_active=True)
    return Network.objects.filter(
        pk__in=accepted.filter(user=user).values("network"),
    ).filter(pk__in=moderated.values("network"))


def places_to_send_to(user: User) -> list[tuple[str, str]]:
    """Return (value, name) of the federations and networks to which the person may send a sheet."""
    return [
        *((f"f{federation.pk}", federation.name) for federation in federations_to_send_to()),
        *((f"n{network.pk}", network.name) for network in networks_to_send_to(user)),
    ]


def place_named(user: User, value: str) -> dict[str, Any]:
    """Return the federation or network of a value of `places_to_send_to`: {} for any other."""
    known = {name for name, _label in places_to_send_to(user)}
    if value not in known:
        return {}
    return {"federation_id" if value[0] == "f" else "network_id": int(value[1:])}
