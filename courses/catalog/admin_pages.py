"""What the admin pages of the activities of a module share. Their frame is `catalog/admin/base.html`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page as PageOfList
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.menu import MenuItem

from .rights import looks_after_a_space

type Crumb = dict[str, str]


class MembersMenuItem(MenuItem):
    """An entry of the menu for those who look after the space of a federation."""

    def is_shown(self, request: Any) -> bool:
        """Whether the person belongs to a federation, or administers the site."""
        return looks_after_a_space(request.user)


def forbidden_as_such(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 403 to who may not: Wagtail would lead to its home page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            return render(request, "403.html", status=403)

    return answer


def crumbs(*items: tuple[str, str]) -> list[Crumb]:
    """Return the way to a page of the admin: addresses and labels after its home."""
    start = {"url": reverse("wagtailadmin_home"), "label": _("Accueil")}
    return [start, *({"url": url, "label": label} for url, label in items)]


def activity_crumbs(activity: Any, *items: tuple[str, str]) -> list[Crumb]:
    """Return the way to a page about an activity of a module."""
    course = activity.course
    return crumbs(
        (reverse("wagtailadmin_explore", args=[course.pk]), course.title),
        (reverse("wagtailadmin_pages:edit", args=[activity.pk]), activity.title),
        *items,
    )


def admin_page(
    request: HttpRequest,
    template: str,
    title: str,
    way: list[Crumb],
    context: dict[str, Any],
    *,
    icon: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page in the frame of the admin."""
    frame = {"header_title": title, "page_title": title, "breadcrumbs_items": way, "header_icon": icon}
    return render(request, template, {**frame, **context}, status=status)


def page_of(request: HttpRequest, items: Any, size: int = 50) -> PageOfList:
    """Return the page of a list that the address asks for."""
    return Paginator(items, size).get_page(request.GET.get("p"))
