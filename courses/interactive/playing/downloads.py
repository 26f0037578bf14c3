"""The tables of an interactive activity to download: its people, and what they answered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.catalog.downloads import Cell, Table
from courses.catalog.figures import rounded
from people.models import User

from .models import Registration
from .statistics import each_answer

BATCH = 2000
TABLES = ("personnes", "reponses")


class _Names:
    """The first cells of a row: who it is about. Anonymous people have a number, which holds in one file alone."""

    def __init__(self, *, anonymous: bool, addresses: bool) -> None:
        self.anonymous = anonymous
        self.addresses = addresses and not anonymous
        self.numbers: dict[int, int] = {}

    @property
    def headings(self) -> list[str]:
        if self.anonymous:
            return [_("Personne")]
        return [_("Prénom"), _("Nom"), *([_("Adresse e-mail")] if self.addresses else [])]

    def cells(self, user: User) -> list[Cell]:
        if self.anonymous:
            return [self.numbers.setdefault(user.pk, len(self.numbers) + 1)]
        return [user.first_name, user.last_name, *([user.email] if self.addresses else [])]


def _percent(score: Decimal | None) -> Decimal | None:
    return None if score is None else rounded(float(100 * score))


def _yes(value: bool | None) -> str:  # noqa: FBT001  (the cell of a table)
    return "" if value is None else _("oui") if value else _("non")


def people_table(registrations: QuerySet[Registration], *, anonymous: bool, addresses: bool) -> Table:
    """Return a row for each person. `registrations` come with their users, profiles and structures."""
    names = _Names(anonymous=anonymous, addresses=addresses)
    headings = [
        *names.headings,
        *([] if anonymous else [_("Structure")]),
        *(_("Commencé"), _("Dernière activité"), _("Temps (min)"), _("Meilleur score déclaré (%)")),
        *(_("Points déclarés"), _("Points possibles"), _("Réussi (déclaré)"), _("Faite le")),
    ]
    return Table(_("Résultats déclarés"), headings, _people_rows(registrations, names))


def _people_rows(registrations: QuerySet[Registration], names: _Names) -> Iterator[list[Cell]]:
    for one in registrations.iterator(chunk_size=BATCH):
        yield [
            *names.cells(one.user),
            *([] if names.anonymous else [structure_of(one.user)]),
            one.started_at,
            one.last_at,
            rounded(one.seconds / 60),
            _percent(one.score),
            one.score_raw,
            one.score_max,
            _yes(one.success),
            one.done_at,
        ]


def structure_of(user: User) -> str:
    """Return the name of the structure that a person works for, «» if none is known."""
    profile = getattr(user, "profile", None)
    return profile.structure.name if profile is not None and profile.structure else ""


def answers_table(
    registrations: QuerySet[Registration], federation_id: int, *, anonymous: bool, addresses: bool
) -> Table:
    """Return a row for each answer of each person, every try of those that xAPI tells."""
    names = _Names(anonymous=anonymous, addresses=addresses)
    headings = [
        *names.headings,
        *(_("Question"), _("Réponse"), _("Juste (déclaré)"), _("Score déclaré (%)"), _("Moment")),
    ]
    rows = (
        [*names.cells(user), answer.text, answer.response, _yes(answer.is_right), _percent(answer.score), answer.at]
        for user, answer in each_answer(registrations, federation_id)
    )
    return Table(_("Réponses déclarées"), headings, rows)
