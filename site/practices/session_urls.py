"""Addresses of session plans, under /fiches/seances/; their names stand in the namespace of practices."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import session_views as views

urlpatterns = [
    path("", views.own_sessions, name="sessions"),
    path("partagees/", views.shared_sessions, name="shared_sessions"),
    path("nouvelle/", views.new_session, name="new_session"),
    path("<rowid:pk>/", views.session, name="session"),
    path("<rowid:pk>/modifier/", views.edit_session, name="edit_session"),
    path("<rowid:pk>/partager/", views.share_session, name="share_session"),
    path("<rowid:pk>/copier/", views.copy_session, name="copy_session"),
    path("<rowid:pk>/supprimer/", views.delete_session, name="delete_session"),
    path("<rowid:pk>/retablir/", views.restore_session, name="restore_session"),
]
