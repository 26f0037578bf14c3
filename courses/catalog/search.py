"""Finding modules: the filters and the search box of the catalogue, and the search over the whole site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.db.models import F
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from people.models import Federation

PER_PAGE = 12
MAX_MATCHES = 200
MAX_QUERY = 100
# Name in the address → (label, shortest, longest), in minutes.
DURATIONS: dict[str, tuple[Any, int, int]] = {
    "courte": (_("Moins d'une heure"), 0, 59),
    "moyenne": (_("De une à trois heures"), 60, 180),
    "longue": (_("Plus de trois heures"), 181, 100_000),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter."""

    value: str
    label: str
    selected: bool


class CatalogSearch:
    """The catalogue as the address asks for it. Values that mean nothing are ignored: an old link still works."""

    def __init__(self, query: QueryDict) -> None:
        from .models import CoursePage, Theme

        self.query = query
        self.text = query.get("q", "").strip()[:MAX_QUERY]
        self.themes = self._choices("theme", [(t.slug, t.title) for t in Theme.objects.all()])
        self.durations = self._choices("duree", [(name, str(d[0])) for name, d in DURATIONS.items()])
        self.levels = self._choices("niveau", [(value, str(label)) for value, label in CoursePage.Level.choices])
        self.federations = self._choices(
            "federation", list(Federation.objects.filter(courses__live=True).distinct().values_list("slug", "name"))
        )

    def _choices(self, name: str, values: list[tuple[str, str]]) -> list[Choice]:
        asked = self.query.get(name, "")
        return [Choice(value, label, value == asked) for value, label in values]

    @staticmethod
    def _selected(choices: list[Choice]) -> str:
        return next((choice.value for choice in choices if choice.selected), "")

    @property
    def is_filtered(self) -> bool:
        """Whether the address narrows the list."""
        return bool(self.text) or any(
            self._selected(c) for c in (self.themes, self.durations, self.levels, self.federations)
        )

    @cached_property
    def results(self) -> ResultPage:
        """The page of modules to show; a page number out of range gives the nearest one."""
        from .models import CoursePage

        courses = CoursePage.objects.live().public()
        if theme := self._selected(self.themes):
            courses = courses.filter(themes__slug=theme)
        if level := self._selected(self.levels):
            courses = courses.filter(level=level)
        if federation := self._selected(self.federations):
            courses = courses.filter(federation__slug=federation)
        if duration := self._selected(self.durations):
            _label, shortest, longest = DURATIONS[duration]
            courses = courses.filter(minutes__range=(shortest, longest))
        if self.text:
            courses = courses.filter(pk__in=matching_ids(self.text, CoursePage))
        return Paginator(
            courses.for_cards().order_by(F("first_published_at").desc(nulls_last=True), "title"), PER_PAGE
        ).get_page(self.query.get("page"))

    @property
    def address_without_page(self) -> str:
        """The filters as an address, for the links to the other pages."""
        kept = self.query.copy()
        kept.pop("page", None)
        return kept.urlencode()


_WORD = re.compile(r"\w+")


def _words(text: str) -> str:
    """Return the words of a search, without the signs that a search engine would take for operators."""
    return " ".join(_WORD.findall(text[:MAX_QUERY]))


def matching_ids(text: str, model: type[Any]) -> list[int]:
    """Return the ids of the objects of `model` that match the text, best first, at most MAX_MATCHES."""
    words = _words(text)
    return [hit.pk for hit in get_search_backend().search(words, model.objects.all())[:MAX_MATCHES]] if words else []


@dataclass(frozen=True, slots=True)
class Hit:
    """A result of the search over the whole site."""

    title: str
    url: str
    kind: str
    excerpt: str


def search_site(text: str, limit: int = 20) -> dict[str, list[Hit]]:
    """Return what matches in the published pages and in the open topics of the forum, best first, `limit` of each."""
    from forum.models import Topic

    from .access import without_hidden_modules
    from .models import CoursePage, LessonPage

    backend = get_search_backend()
    text = _words(text)
    if not text:
        return {}
    groups: dict[str, list[Hit]] = {}
    found = without_hidden_modules(Page.objects.live().public().type(CoursePage, LessonPage))
    pages = backend.search(text, found.specific())[:limit]
    groups[str(_("Modules et leçons"))] = [
        Hit(page.title, page.url or "", str(page._meta.verbose_name), page.summary) for page in pages
    ]
    topics = backend.search(text, Topic.objects.filter(hidden=False))[:limit]
    groups[str(_("Discussions du forum"))] = [
        Hit(topic.title, topic.get_absolute_url(), str(_("discussion")), "") for topic in topics
    ]
    return {name: hits for name, hits in groups.items() if hits}
