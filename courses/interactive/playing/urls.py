"""Addresses of playing. The files of packages are read at `contenus/`, which is all that another host may serve."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "playing"
urlpatterns = [
    path("activites/<rowid:page_id>/jouer/", views.play, name="play"),
    path("activites/<rowid:page_id>/<uuid:block_id>/jouer/", views.play, name="play_block"),
    path("activites/<rowid:page_id>/terminer/", views.finish, name="finish"),
    path("activites/<rowid:page_id>/reponses/", views.answers, name="answers"),
    path("activites/essai/<rowid:package_id>/", views.preview_package, name="preview_package"),
    path("contenus/resultats/<str:launch>/", views.report, name="report"),
    path("contenus/<str:token>/", views.contents, {"path": ""}, name="contents_root"),
    path("contenus/<str:token>/<path:path>", views.contents, name="contents"),
]
