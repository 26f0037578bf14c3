"""Addresses of notifications."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "notifications"
urlpatterns = [
    path("", views.list_view, name="list"),
    path("<rowid:pk>/", views.open_view, name="open"),
    path("tout-lu/", views.read_all, name="read_all"),
    path("reglages/", views.preferences, name="preferences"),
    path("arreter/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("appareils/", views.devices, name="devices"),
    path("reveil.js", views.worker, name="worker"),
]
