"""Addresses of the catalogue beside its pages."""

from django.urls import path

from . import views

app_name = "catalog"
urlpatterns = [path("recherche/", views.search, name="search")]
