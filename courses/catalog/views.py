"""Views of the catalogue that are not pages of the CMS."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .search import MAX_QUERY, search_site


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search the whole site."""
    text = request.GET.get("q", "").strip()[:MAX_QUERY]
    return render(request, "catalog/search.html", {"site_query": text, "groups": search_site(text)})
