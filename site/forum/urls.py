"""Addresses of the forum."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from .views import moderation, reading, writing

app_name = "forum"
urlpatterns = [
    path("", reading.home, name="home"),
    path("nouveau/", writing.new_topic, name="new_topic"),
    path("etiquette/<slug:slug>/", reading.tag, name="tag"),
    path("sujet/<rowid:pk>-<slug:slug>/", reading.topic, name="topic"),
    path("sujet/<rowid:pk>/repondre/", writing.reply, name="reply"),
    path("sujet/<rowid:pk>/moderer/", moderation.moderate, name="moderate"),
    path("message/<rowid:pk>/", reading.post, name="post"),
    path("message/<rowid:pk>/modifier/", writing.edit_post, name="edit_post"),
    path("message/<rowid:pk>/supprimer/", writing.delete_post, name="delete_post"),
    path("message/<rowid:pk>/moderer/", moderation.moderate_post, name="moderate_post"),
    path("<slug:slug>/", reading.category, name="category"),
]
