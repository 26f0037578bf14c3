"""Addresses of progress."""

from django.urls import path

from . import views

app_name = "progress"
urlpatterns = [
    path("mon-parcours/", views.dashboard, name="dashboard"),
    path("suivi/module/<int:course_id>/suivre/", views.enrol, name="enrol"),
    path("suivi/activite/<int:activity_id>/terminer/", views.finish, name="finish"),
    path("suivi/activite/<int:activity_id>/reprendre/", views.reopen, name="reopen"),
    path("suivi/activite/<int:activity_id>/position/", views.keep_place, name="keep_place"),
]
