"""What the host of interactive contents answers to."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .serving import PREFIX


class PlayerHostMiddleware:
    """On the host of `PLAYER_ORIGIN` only contents, what they report to, and static files exist.

    A package may run there with an origin of its own, so no page of the site and no session may be found on that host.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PLAYER_ORIGIN:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.host = urlsplit(settings.PLAYER_ORIGIN).netloc.lower()
        self.prefixes = (PREFIX, "/xapi/", settings.STATIC_URL)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.get_host().lower() == self.host and not request.path.startswith(self.prefixes):
            return HttpResponse("Cette adresse ne sert que les contenus interactifs.", status=404)
        return self.get_response(request)
