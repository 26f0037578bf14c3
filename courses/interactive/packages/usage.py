"""Where a package is used: what keeps it from being deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page, ReferenceIndex

from .models import Package

FIELD = "package"
"""What the field is called that names a package, in pages and in blocks alike."""


@dataclass(frozen=True, slots=True)
class Use:
    """One page that plays a package. Without `url` the person may not edit it, and is not told its title."""

    label: str
    kind: str
    url: str | None
    draft: bool = False


def uses_of(package: Package, user: Any) -> list[Use]:
    """Return what uses a package, as it is published or in its latest draft."""
    finder = AdminURLFinder(user)
    found = [(source, False) for source, _references in _references_to(package)]
    pages = {source.pk for source, _draft in found if isinstance(source, Page)}
    found += [(page, True) for page in Page.objects.filter(pk__in=_drafts_naming(package.pk, without=pages))]
    return sorted(
        (_use(source, finder.get_edit_url(source), draft=draft) for source, draft in found),
        key=lambda use: (use.url is None, use.draft, use.label),
    )


def is_used(package: Package) -> bool:
    """Whether anything uses a package."""
    return any(True for _found in _references_to(package)) or bool(_drafts_naming(package.pk))


def names_package(content: Any, pk: int) -> bool:
    """Whether raw content names the package: a page's revision, with streams that are JSON in a text, or a block."""
    if isinstance(content, dict):
        return any((key == FIELD and value == pk) or names_package(value, pk) for key, value in content.items())
    if isinstance(content, list):
        return any(names_package(value, pk) for value in content)
    if isinstance(content, str) and content.startswith("[") and f'"{FIELD}"' in content:
        try:
            return names_package(json.loads(content), pk)
        except ValueError:
            return False
    return False


def _references_to(package: Package) -> Any:
    return ReferenceIndex.get_references_to(package).group_by_source_object()


def _drafts_naming(pk: int, without: set[int] | None = None) -> list[int]:
    # The index knows pages as they are published; a draft of a published page is in its revision only.
    drafts = Page.objects.filter(has_unpublished_changes=True, latest_revision__isnull=False)
    contents = drafts.exclude(pk__in=without or ()).values_list("pk", "latest_revision__content")
    return [page for page, content in contents.iterator() if names_package(content, pk)]


def _use(source: Any, url: str | None, *, draft: bool) -> Use:
    model = source.specific_class if isinstance(source, Page) else type(source)
    kind = capfirst(str((model or Page)._meta.verbose_name))
    return Use(str(source) if url else _("Une page que vous ne pouvez pas modifier"), kind, url, draft)
