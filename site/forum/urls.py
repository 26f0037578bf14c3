"""Addresses of the forum."""

from django.urls import path

from . import views

app_name = "forum"
urlpatterns = [
    path("", views.home, name="home"),
    path("nouveau/", views.new_topic, name="new_topic"),
    path("sujet/<int:pk>-<slug:slug>/", views.topic, name="topic"),
    path("sujet/<int:pk>/moderer/", views.moderate, name="moderate"),
    path("message/<int:pk>/", views.post, name="post"),
    path("message/<int:pk>/modifier/", views.edit_post, name="edit_post"),
    path("message/<int:pk>/supprimer/", views.delete_post, name="delete_post"),
    path("message/<int:pk>/moderer/", views.moderate_post, name="moderate_post"),
    path("<slug:slug>/", views.category, name="category"),
]
