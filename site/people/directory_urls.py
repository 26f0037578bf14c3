"""Addresses of the members' directory."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import directory_views as views

app_name = "directory"
urlpatterns = [
    path("", views.home, name="home"),
    path("membre/<rowid:pk>/", views.member, name="member"),
    path("membre/<rowid:pk>/ecrire/", views.write, name="write"),
    path("messages/", views.messages_list, name="messages"),
    path("messages/<rowid:pk>/", views.message, name="message"),
    path("messages/<rowid:pk>/signaler/", views.report, name="report"),
    path("messages/<rowid:pk>/refuser/", views.block, name="block"),
    path("signalements/", views.reports, name="reports"),
    path("signalements/<rowid:pk>/traiter/", views.handle_report, name="handle_report"),
    path("reseaux/", views.networks, name="networks"),
    path("reseaux/<slug:slug>/", views.network, name="network"),
    path("reseaux/<slug:slug>/quitter/", views.leave_network, name="leave_network"),
    path("reseaux/<slug:slug>/demandes/<rowid:pk>/", views.answer_request, name="answer_request"),
    path("carte/", views.map_of_structures, name="map"),
    path("carte/<slug:code>/", views.department, name="department"),
]
