"""Changes to one's entry of the directory, and what keeps it in step with the account and the profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from .directory import card_of_read, search_words, sort_key
from .directory_map import MAP_CACHE_KEY
from .directory_models import ContactBlock, ContactMessage, DirectoryEntry, DirectorySkill
from .models import NetworkMembership, Profile, Structure, Trade, User
from .text import search_key

SWITCHES = ("show_name", "show_job", "show_structure", "show_presentation", "show_trades", "show_skills")


@transaction.atomic
def save_entry(
    user: User,
    *,
    listed: bool,
    show_place: str,
    presentation: str,
    trades: Iterable[Trade],
    skills: Iterable[str],
    accepts_contact: bool,
    **switches: bool,
) -> DirectoryEntry:
    """Write a person's entry, and show at once what it says to show, no more."""
    entry, _created = DirectoryEntry.objects.select_for_update().get_or_create(user=user)
    entry.listed, entry.accepts_contact = listed, accepts_contact
    entry.show_place, entry.presentation = show_place, presentation
    for name in SWITCHES:
        setattr(entry, name, switches[name])
    if not listed:
        entry.region = entry.department = None
        entry.words = entry.sort_key = ""
    entry.save()
    entry.trades.set(trades)
    wanted = {search_key(name): name for name in skills if search_key(name)}
    DirectorySkill.objects.filter(entry=entry).delete()
    DirectorySkill.objects.bulk_create(DirectorySkill(entry=entry, key=key, name=name) for key, name in wanted.items())
    publish([user.pk])
    entry.refresh_from_db()
    return entry


@transaction.atomic
def withdraw_entry(user: User) -> None:
    """Take a person out of the directory at once. What they wrote waits for their return, unseen."""
    DirectoryEntry.objects.filter(pk=user.pk).update(listed=False, region=None, department=None, words="", sort_key="")
    _forget_map()


def publish(user_ids: Iterable[int]) -> None:
    """Write again what lists are filtered by, for these persons: what their cards show as things are now."""
    entries = (
        DirectoryEntry.objects.filter(pk__in=list(user_ids), listed=True)
        .select_related("user__profile__department__parent", "user__profile__structure")
        .prefetch_related("skills", "trades")
    )
    changed = []
    for entry in entries:
        profile: Profile | None = getattr(entry.user, "profile", None)
        shown = entry.show_place if profile else DirectoryEntry.Place.NOWHERE
        department = profile.department if profile else None
        entry.department = department if shown == DirectoryEntry.Place.DEPARTMENT else None
        entry.region = department.parent if department and shown != DirectoryEntry.Place.NOWHERE else None
        entry.words = search_words(card_of_read(entry))
        entry.sort_key = sort_key(entry, entry.user)
        changed.append(entry)
    DirectoryEntry.objects.bulk_update(changed, ["department", "region", "words", "sort_key"], batch_size=500)
    _forget_map()


def _forget_map() -> None:
    transaction.on_commit(lambda: cache.delete(MAP_CACHE_KEY), robust=True)


# -- Listeners -----------------------------------------------------------------------------------------------------


def follow_names(
    instance: User, *, created: bool = False, raw: bool = False, update_fields: Any = None, **kwargs: Any
) -> None:
    """Show a person under the name that they have just changed."""
    names = {"first_name", "last_name", "is_active"}
    if not raw and not created and (update_fields is None or names.intersection(update_fields)):
        publish([instance.pk])


def follow_profile(instance: Profile, *, raw: bool = False, **kwargs: Any) -> None:
    """Show what a profile now says, or no longer what was erased from it."""
    if not raw:
        publish([instance.user_id])


def follow_structure(instance: Structure, *, created: bool = False, raw: bool = False, **kwargs: Any) -> None:
    """Find the people of a structure under its new name; count it on the map."""
    if raw:
        return
    if created:
        _forget_map()
    else:
        publish(Profile.objects.filter(structure=instance).values_list("user_id", flat=True))


def follow_deleted_structure(instance: Structure, **kwargs: Any) -> None:
    """Count a structure no more. Its people are published again: their profiles have just lost it."""
    shown = DirectoryEntry.objects.filter(listed=True, show_structure=True, words__contains=search_key(instance.name))
    publish(shown.values_list("pk", flat=True))


def follow_deleted_entry(**kwargs: Any) -> None:
    """Count the person no more."""
    _forget_map()


# -- Personal data -------------------------------------------------------------------------------------------------


def export_personal_data(user: User, **kwargs: Any) -> list[tuple[str, Any]]:
    """Return a person's entry, messages, refused correspondents and networks."""
    entry = DirectoryEntry.objects.filter(pk=user.pk).first()
    messages = {
        "envoyes": ContactMessage.objects.filter(sender=user).select_related("receiver").order_by("pk"),
        "recus": ContactMessage.objects.filter(receiver=user).select_related("sender").order_by("pk"),
    }
    memberships = NetworkMembership.objects.filter(user=user).select_related("network").order_by("network__name")
    return [
        (
            "annuaire",
            entry
            and {
                "dans_l_annuaire": entry.listed,
                "montre": [
                    str(entry._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
                    for name in SWITCHES
                    if getattr(entry, name)
                ],
                "territoire": entry.get_show_place_display(),
                "presentation": entry.presentation,
                "filieres": [trade.name for trade in entry.trades.all()],
                "savoir_faire": [skill.name for skill in entry.skills.all()],
                "recoit_des_messages": entry.accepts_contact,
            },
        ),
        (
            "messages_entre_membres",
            {
                "envoyes": [{"le": m.sent_at, "texte": m.text} for m in messages["envoyes"]],
                "recus": [
                    {"de": m.sender.display_name, "le": m.sent_at, "texte": m.text, "signale_le": m.reported_at}
                    for m in messages["recus"]
                ],
                "correspondants_refuses": [
                    block.blocked.display_name
                    for block in ContactBlock.objects.filter(user=user).select_related("blocked").order_by("pk")
                ],
            },
        ),
        (
            "reseaux",
            [
                {
                    "reseau": membership.network.name,
                    "role": membership.get_role_display(),
                    "demande_le": membership.asked_at,
                    "message": membership.message,
                    "accepte_le": membership.accepted_at or _("en attente"),
                }
                for membership in memberships
            ],
        ),
    ]
