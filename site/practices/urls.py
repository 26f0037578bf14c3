"""Addresses of the forms of practices, under /fiches/. The sheets themselves are pages, under /pratiques/."""

from django.urls import URLPattern, URLResolver, include, path

from . import session_urls

app_name = "practices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("seances/", include(session_urls.urlpatterns)),
]
