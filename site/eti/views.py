"""Views that belong to no app: error pages, robots.txt, the preview of a text being written."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_POST, require_safe

from pages.markdown import render_markdown

PREVIEW_MAX_LENGTH = 20_000


def _error(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request makes no sense."""
    return _error(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person may not do this. A message given to PermissionDenied is shown."""
    return _error(request, 403, message=str(exception))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came without its token, most often after a long pause or with cookies refused."""
    return _error(request, 403, csrf=True)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing at this address."""
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The template stands alone: what failed may be what other pages need."""
    return HttpResponse(loader.get_template("500.html").render(), status=500)


def admin_login(request: HttpRequest) -> HttpResponseBase:
    """Send the editor to the site's own sign-in page, then back to the admin.

    Who has signed in already and has no part in the admin is told so: the sign-in page would send them back here.
    """
    if request.user.is_authenticated and not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied
    target = request.GET.get("next") or reverse("wagtailadmin_home")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


@require_safe
@cache_page(3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Say what search engines should leave alone."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /compte/",
        f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_POST
def markdown_preview(request: HttpRequest) -> HttpResponse:
    """Return the HTML of a message being written, as the forum will show it."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    text = request.POST.get("body", "")[:PREVIEW_MAX_LENGTH]
    return render(request, "components/preview.html", {"html": render_markdown(text, top_heading=4, untrusted=True)})
