"""Addresses of the forum."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import views

app_name = "forum"
urlpatterns = [
    path("", views.home, name="home"),
    path("nouveau/", views.new_topic, name="new_topic"),
    path("sujet/<rowid:pk>-<slug:slug>/", views.topic, name="topic"),
    path("sujet/<rowid:pk>/moderer/", views.moderate, name="moderate"),
    path("message/<rowid:pk>/", views.post, name="post"),
    path("message/<rowid:pk>/modifier/", views.edit_post, name="edit_post"),
    path("message/<rowid:pk>/supprimer/", views.delete_post, name="delete_post"),
    path("message/<rowid:pk>/moderer/", views.moderate_post, name="moderate_post"),
    path("<slug:slug>/", views.category, name="category"),
]
