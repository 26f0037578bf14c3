"""Pages of the CMS in the search: an app says what its pages hold, all the rest is here.

In `AppConfig.ready()`:

    register_pages(PageKind(kind="sheet", label=_("fiche pratique"), family="sheets", model=SheetPage,
                            text=lambda page: page.plain_text(), facets=lambda page: {"trade": [...], "terr": [...]}))

A page is found while it is published, its parent too, and no restriction set in the CMS stands on it or above it. All
of that is asked again when a result is shown. Publishing, unpublishing, moving, deleting a page, or setting a
restriction, brings the index up to date.

Filters that the search page offers: `terr` («region-93», «departement-13»), `trade` (slug of a filière). Others may be
given: `theme`, `fed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Left, Length, Substr
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from wagtail.blocks import StreamValue
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_unpublished, post_page_move

from pages.markdown import render_markdown

from . import services
from .passages import plain_lines
from .registry import PUBLIC, Document, Found, Person, Source, register_source

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class PageKind:
    """A type of page that can be found. `text`, `facets` and `audience` read a page as it is published."""

    kind: str
    label: Any
    family: str
    model: type[Page]
    text: Callable[[Any], str]
    facets: Callable[[Any], Mapping[str, str | Iterable[str]]] = lambda page: {}
    audience: Callable[[Any], str] = lambda page: PUBLIC
    weight: float = 0.5


_kinds: dict[type[Page], PageKind] = {}


def stream_text(stream: StreamValue | None, *, without: Iterable[str] = ()) -> str:
    """Return what a reader sees of a StreamField as plain text, without the blocks of some types."""
    left_out = frozenset(without)
    parts = [
        part
        for child in stream or ()
        if child.block_type not in left_out
        for part in child.block.get_searchable_content(child.value)
    ]
    return plain_lines("\n".join(render_markdown(str(part)) for part in parts))


def _findable(pages: QuerySet[Page]) -> QuerySet[Page]:
    """Keep the published pages of published parents that no restriction keeps for some, in one query."""
    path = OuterRef("path")
    above = PageViewRestriction.objects.filter(
        page__path=Left(path, Length("page__path"), output_field=TextField()),
    )
    parent = Page.objects.filter(path=Substr(path, 1, Length(path) - Page.steplen), live=True).order_by()
    return pages.filter(Exists(parent), ~Exists(above), live=True)


def _documents(kind: PageKind, pages: QuerySet[Any]) -> Iterator[Document]:
    last = 0
    ordered = _findable(pages).order_by("pk")
    while chunk := list(ordered.filter(pk__gt=last)[:_CHUNK]):
        for page in chunk:
            yield Document(
                kind=kind.kind,
                object_id=page.pk,
                title=page.title,
                text=kind.text(page),
                audience=kind.audience(page),
                at=page.last_published_at or page.first_published_at or timezone.now(),
                facets=kind.facets(page),
                keep_text=True,
            )
        last = chunk[-1].pk


def load_pages(user: Person, ids: Sequence[int]) -> Mapping[int, Found]:
    """Return what to show of pages, whatever their kinds, in one query. The place is the title of the page above."""
    path = OuterRef("path")
    parent = Page.objects.filter(path=Substr(path, 1, Length(path) - Page.steplen)).order_by()
    pages = _findable(Page.objects.filter(pk__in=ids)).annotate(place=Subquery(parent.values("title")[:1]))
    return {
        page.pk: Found(title=page.title, url=page.url or "", place=page.place or "", at=page.last_published_at)
        for page in pages
    }


# -- Keeping up ----------------------------------------------------------------------------------------------------


def refresh(top: Page, *, deep: bool = True) -> None:
    """Bring the index up to date for a page and all that stands below it, or only right below it."""
    for model, kind in _kinds.items():
        if not (top.numchild or issubclass(top.specific_class or Page, model)):
            continue
        pages = model._default_manager.filter(path__startswith=top.path)
        if not deep:
            pages = pages.filter(depth__lte=top.depth + 1)
        documents = list(_documents(kind, pages))
        services.index_many(documents)
        services.remove(kind.kind, set(pages.values_list("pk", flat=True)) - {d.object_id for d in documents})


def _page_moved(sender: type, instance: Page, **kwargs: Any) -> None:
    refresh(instance)


def _page_published(sender: type, instance: Page, **kwargs: Any) -> None:
    """A page is found only under a published one: what stands right below comes and goes with it."""
    refresh(instance, deep=False)


def _page_saved(sender: type, instance: Page, **kwargs: Any) -> None:
    """Follow a page that is written as it is shown, without a revision that would be published."""
    if not (kwargs.get("raw") or kwargs.get("update_fields") or instance.live_revision_id):
        refresh(instance, deep=False)


def _page_deleted(sender: type, instance: Page, **kwargs: Any) -> None:
    if (kind := _kinds.get(type(instance))) is not None:
        services.remove(kind.kind, [instance.pk])


def _restriction_changed(sender: type, instance: PageViewRestriction, **kwargs: Any) -> None:
    if not kwargs.get("raw"):
        refresh(instance.page)


def register_pages(kind: PageKind) -> None:
    """Have the pages of a type found, and keep the index in step with them."""
    _kinds[kind.model] = kind
    register_source(
        Source(
            kind=kind.kind,
            label=kind.label,
            family=kind.family,
            documents=lambda: _documents(kind, kind.model._default_manager.all()),
            load=load_pages,
            weight=kind.weight,
        )
    )
    post_save.connect(_page_saved, sender=kind.model, dispatch_uid="search_page_saved")
    post_delete.connect(_page_deleted, sender=kind.model, dispatch_uid="search_page_deleted")


def connect() -> None:
    """Listen to the CMS. Called once, when the site starts."""
    for signal in (page_published, page_unpublished):
        signal.connect(_page_published, dispatch_uid="search_page_published")
    post_page_move.connect(_page_moved, dispatch_uid="search_page_moved")
    for change in (post_save, post_delete):
        change.connect(_restriction_changed, sender=PageViewRestriction, dispatch_uid="search_restriction_changed")
