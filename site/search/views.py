"""Views of the search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from . import services
from .asking import MAX_TYPED
from .pages import SearchPage


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search the whole site."""
    page = SearchPage(request.user, request.GET)
    return render(request, "search/search.html", {"search": page, "site_query": page.text})


@require_safe
def similar(request: HttpRequest) -> HttpResponse:
    """Show what has nearly the title that someone is typing: a part of a page, empty where there is nothing."""
    title = request.GET.get("title", "")[:MAX_TYPED]
    return render(request, "search/similar.html", {"similar": services.similar(request.user, title)})
