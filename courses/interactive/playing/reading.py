"""Where a person stands at interactive activities, for the pages that show it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.interactive.lrs import reading as lrs
from courses.interactive.packages.models import Package, PackageVersion
from people.models import User

from .answers import correct_in_words, in_words, question_in_words
from .models import NO_BLOCK, PlayState, Registration, Rule
from .scorm import Line, contents_table, parts_of

if TYPE_CHECKING:
    from .models import InteractivePage

RECENT = 10
CORE_BYTES = 70_000
"""What the player itself weighs, compressed: its script, its styles and its icons."""
WEIGHT_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ActivityView:
    """A package in a place as its page shows it. `play_url` launches it; `size` is what that costs, in bytes.

    `items` is the table of contents of a package of several parts. `registration` is what the person has done, None for
    a visitor or one who has not opened it.
    """

    title: str
    play_url: str
    kind: str
    size: int
    items: Sequence[Line] = ()
    registration: Registration | None = None

    @property
    def autoload(self) -> bool:
        """Whether it may start by itself when it comes in sight: SCORM packages are big, and start with sound."""
        return self.kind == Package.Kind.H5P

    @property
    def result(self) -> str:
        """Where the person stands, in a sentence."""
        return result_text(self.registration) if self.registration else ""


def activity_view(page: InteractivePage, user: User | AnonymousUser, *, preview: bool = False) -> ActivityView:
    """Return what an InteractivePage shows to a person. In a preview nothing is recorded.

    One query, two for a package of several parts that was opened but has kept nothing.
    """
    package = page.package
    registration, states = None, {}
    if user.is_authenticated and not preview:
        own = Registration.objects.filter(user=user, page=page.pk, block_id=NO_BLOCK)
        if _has_parts(package):
            rows = list(PlayState.objects.filter(registration__in=own).select_related("registration"))
            states = {row.key: row.data for row in rows}
            registration = rows[0].registration if rows else own.first()
        else:
            registration = own.first()
    play_url = reverse("playing:play", args=[page.pk])
    return _view(package, play_url, page.title, preview=preview, registration=registration, states=states)


def block_view(
    page_id: int, block_id: str, package: Package, *, title: str = "", preview: bool = False
) -> ActivityView:
    """Return what a block of a lesson shows, the same to everyone: it is kept with the body of the lesson."""
    play_url = reverse("playing:play_block", args=[page_id, UUID(block_id)])
    return _view(package, play_url, title or package.title, preview=preview)


def _has_parts(package: Package) -> bool:
    current = package.current
    return package.kind != Package.Kind.H5P and current is not None and len(parts_of(current.structure)) > 1


def _view(
    package: Package,
    play_url: str,
    title: str,
    *,
    preview: bool,
    registration: Registration | None = None,
    states: Mapping[str, Any] | None = None,
) -> ActivityView:
    current = package.current
    return ActivityView(
        title=title,
        play_url=reverse("playing:preview_package", args=[package.pk]) if preview else play_url,
        kind=package.kind,
        size=weight_of(current, package.kind) if current else 0,
        items=contents_table(current.structure, states or {}) if current and _has_parts(package) else (),
        registration=registration,
    )


def weight_of(version: PackageVersion, kind: str) -> int:
    """Return about how many bytes it takes to play a version for the first time. Counted once, then remembered."""
    key = f"playing:weight:{version.pk}:{version.bundle}"
    weight: int | None = cache.get(key)
    if weight is None:
        weight = CORE_BYTES + _h5p_bytes(version) if kind == Package.Kind.H5P else version.size
        cache.set(key, weight, WEIGHT_SECONDS)
    return weight


def _h5p_bytes(version: PackageVersion) -> int:
    storage = storages["packages"]
    try:
        bundle = sum(storage.size(f"{version.folder}/bundle-{version.bundle}{end}") for end in (".js.br", ".css.br"))
        return bundle + _folder_bytes(f"{version.folder}/files/content")
    except OSError:
        return version.size


def _folder_bytes(folder: str) -> int:
    storage = storages["packages"]
    if not storage.exists(folder):
        return 0
    folders, files = storage.listdir(folder)
    size = sum(storage.size(f"{folder}/{name}") for name in files)
    return size + sum(_folder_bytes(f"{folder}/{name}") for name in folders)


def result_text(registration: Registration) -> str:
    """Say where a person stands, in a sentence. Scores are what the browser said: the sentence says so."""
    parts = []
    if registration.score is not None:
        percent = int(registration.score * 100)
        parts.append(_("Votre meilleur score : %d %% – déclaré par l'activité sur votre appareil.") % percent)
    if registration.done_at:
        parts.append(_("Activité faite."))
    elif registration.completed_at:
        parts.append(_("Contenu terminé."))
    return " ".join(parts) or _("Activité commencée.")


def rule_text(rule: str, pass_mark: int) -> str:
    """Say when an activity is done, after «Cette activité est faite»."""
    if rule == Rule.PASSED:
        return _("quand vous obtenez %d %% au moins") % pass_mark
    texts = {
        Rule.COMPLETED: _("quand vous êtes allé au bout"),
        Rule.SEEN: _("dès que vous l'avez ouverte"),
        Rule.DECLARED: _("quand vous dites que vous avez terminé"),
    }
    return texts[Rule(rule)]


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer to a part of a content, in words. `percent` is None where it has no score."""

    question: str
    response: str
    correct: str
    success: bool | None
    percent: int | None
    tries: int


def answers_to(registration: Registration) -> list[AnswerLine]:
    """Return the last answer that the person gave to each part of a content. One query."""
    lines = []
    for answer in lrs.answers_of(registration.pk):
        definition = answer.raw.get("object", {}).get("definition", {})
        lines.append(
            AnswerLine(
                question=question_in_words(definition) or _("Question"),
                response=in_words(definition, answer.response),
                correct=correct_in_words(definition),
                success=answer.success,
                percent=None if answer.score is None else int(answer.score * 100),
                tries=answer.tries,
            )
        )
    return lines


def results_of(user: User, pages: Collection[int]) -> dict[tuple[int, UUID], Registration]:
    """Return a person's registrations in some pages, by page and block (NO_BLOCK for a whole page). One query."""
    rows = Registration.objects.filter(user=user, page__in=pages)
    return {(row.page_id, row.block_id): row for row in rows}


def recent_interactive(user: User) -> list[Registration]:
    """Return what a person did last, the newest first, with the page of each. One query."""
    rows = Registration.objects.filter(user=user, page__live=True).select_related("page").order_by("-last_at")
    return list(rows[:RECENT])
