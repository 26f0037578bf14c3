"""Where a package is played: an InteractivePage, or a block of a lesson. A place says when the activity is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from courses.catalog.models import LessonPage

from .models import NO_BLOCK, InteractivePage, Rule


class NoSuchPlaceError(Exception):
    """The page is no longer there, or no longer has this block."""


@dataclass(frozen=True, slots=True)
class Place:
    """A package in a page. `block_id` is NO_BLOCK on an InteractivePage; `pass_mark` is a percentage."""

    page_id: int
    block_id: UUID
    package_id: int
    rule: str
    pass_mark: int

    @property
    def activity(self) -> str:
        """The IRI that names this place in xAPI."""
        return activity_iri(self.page_id, self.block_id)


def activity_iri(page_id: int, block_id: UUID = NO_BLOCK) -> str:
    """Return the IRI that names a place in xAPI. A part of its content is `<iri>?subContentId=<id>`."""
    block = "" if block_id == NO_BLOCK else f"{block_id}/"
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}/activites/{page_id}/{block}"


def actor_of(user_id: int) -> dict[str, Any]:
    """Return how xAPI names a person: by their account on this site, never by their name or address."""
    home = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
    return {"objectType": "Agent", "account": {"homePage": home, "name": str(user_id)}}


def place_of_page(page: InteractivePage) -> Place:
    """Return the place that an InteractivePage is."""
    return Place(page.pk, NO_BLOCK, page.package_id, page.rule, page.pass_mark)


def places_of_lesson(lesson: LessonPage) -> Iterator[Place]:
    """Yield the places in the body of a lesson, in order, from its stored value: without a query."""
    for raw in lesson.body.raw_data:
        value = raw["value"]
        if raw.get("id") and isinstance(value, Mapping) and value.get("package"):
            yield _place_of_block(lesson.pk, UUID(raw["id"]), value)


def _place_of_block(page_id: int, block_id: UUID, value: Mapping[str, Any]) -> Place:
    rule = value.get("rule")
    return Place(
        page_id,
        block_id,
        int(value["package"]),
        rule if rule in Rule.values else Rule.COMPLETED,
        int(value.get("pass_mark") or InteractivePage._meta.get_field("pass_mark").default),
    )


def place_in(page: InteractivePage | LessonPage, block_id: UUID) -> Place:
    """Return a place of a page. Raises NoSuchPlaceError."""
    if isinstance(page, LessonPage):
        for place in places_of_lesson(page):
            if place.block_id == block_id:
                return place
    elif block_id == NO_BLOCK:
        return place_of_page(page)
    raise NoSuchPlaceError


def find_place(page_id: int, block_id: UUID) -> tuple[Place, InteractivePage | LessonPage]:
    """Return a place and its page, in one query. Raises NoSuchPlaceError."""
    page: InteractivePage | LessonPage | None
    if block_id == NO_BLOCK:
        page = InteractivePage.objects.filter(pk=page_id).first()
    else:
        page = LessonPage.objects.filter(pk=page_id).first()
    if page is None:
        raise NoSuchPlaceError
    return place_in(page, block_id), page
