"""Addresses of quizzes. The quiz itself is a page of the CMS."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import practice_views, views

app_name = "quizzes"
urlpatterns = [
    path("<rowid:quiz_id>/commencer/", views.start, name="start"),
    path("essai/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("essai/<uuid:attempt_id>/question/<rowid:number>/", views.question, name="question"),
    path("essai/<uuid:attempt_id>/questions/", views.questions, name="questions"),
    path("essai/<uuid:attempt_id>/noter/<uuid:question_id>/", views.mark_oneself, name="mark_oneself"),
    path("essai/<uuid:attempt_id>/terminer/", views.submit, name="submit"),
    path("a-revoir/", practice_views.practice, name="practice"),
    path("a-revoir/<uuid:question_id>/", practice_views.question, name="practice_question"),
    path("a-revoir/<uuid:question_id>/corrige/", practice_views.corrected, name="practice_corrected"),
    path("a-revoir/<uuid:question_id>/retirer/", practice_views.leave, name="practice_leave"),
    path("a-revoir/<uuid:question_id>/remettre/", practice_views.bring_back, name="practice_bring_back"),
]
