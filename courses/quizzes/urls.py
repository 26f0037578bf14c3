"""Addresses of quizzes. The quiz itself is a page of the CMS."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "quizzes"
urlpatterns = [
    path("<rowid:quiz_id>/commencer/", views.start, name="start"),
    path("essai/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("essai/<uuid:attempt_id>/question/<rowid:number>/", views.question, name="question"),
    path("essai/<uuid:attempt_id>/questions/", views.questions, name="questions"),
    path("essai/<uuid:attempt_id>/noter/<uuid:question_id>/", views.mark_oneself, name="mark_oneself"),
    path("essai/<uuid:attempt_id>/terminer/", views.submit, name="submit"),
]
