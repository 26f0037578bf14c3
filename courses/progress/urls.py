"""Addresses of progress."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "progress"
urlpatterns = [
    path("mon-parcours/", views.dashboard, name="dashboard"),
    path("suivi/module/<rowid:course_id>/suivre/", views.enrol, name="enrol"),
    path("suivi/activite/<rowid:activity_id>/terminer/", views.finish, name="finish"),
    path("suivi/activite/<rowid:activity_id>/reprendre/", views.reopen, name="reopen"),
    path("suivi/activite/<rowid:activity_id>/position/", views.keep_place, name="keep_place"),
]
