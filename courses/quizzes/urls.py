"""Addresses of quizzes. The quiz itself is a page of the CMS."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "quizzes"
urlpatterns = [
    path("<rowid:quiz_id>/commencer/", views.start, name="start"),
    path("essai/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("essai/<uuid:attempt_id>/question/<rowid:number>/", views.question, name="question"),
    path("essai/<uuid:attempt_id>/terminer/", views.submit, name="submit"),
]
