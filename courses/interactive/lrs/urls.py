"""Addresses of the LRS, below /xapi/."""

from django.urls import path

from . import views

app_name = "lrs"
urlpatterns = [
    path("", views.root, name="root"),
    path("about", views.about, name="about"),
    path("statements", views.statements, name="statements"),
    path("statements/suite/<str:token>", views.more, name="more"),
    path("activities", views.activities, name="activities"),
    path("activities/state", views.state, name="state"),
    path("activities/profile", views.activity_profile, name="activity_profile"),
    path("agents", views.agents, name="agents"),
    path("agents/profile", views.agent_profile, name="agent_profile"),
    path("jeton/<str:fetch_key>", views.fetch_token, name="fetch"),
    path("<path:anything>", views.nothing),
]
