"""Addresses of the forms of practices, under /fiches/. The sheets themselves are pages, under /pratiques/."""

from django.urls import URLPattern, URLResolver, include, path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from . import session_urls, views

app_name = "practices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("seances/", include(session_urls.urlpatterns)),
    path("proposer/", views.propose, name="propose"),
    path("mes-fiches/", views.own, name="own"),
    path("mes-fiches/<rowid:pk>/", views.edit, name="edit"),
    path("mes-fiches/<rowid:pk>/apercu/", views.proposal_preview, name="proposal_preview"),
    path("mes-fiches/<rowid:pk>/retirer/", views.take_back, name="take_back"),
    path("mes-fiches/<rowid:pk>/supprimer/", views.discard, name="discard"),
    path("recueils/", views.collections, name="collections"),
    path("recueils/<slug:slug>/", views.collection, name="collection"),
    path("essais/<rowid:pk>/masquer/", views.hide_trial, name="hide_trial"),
    path("<rowid:pk>/", views.sheet, name="sheet"),
    path("<rowid:pk>/imprimer/", views.print_sheet, name="print"),
    path("<rowid:pk>/pdf/", views.pdf, name="pdf"),
    path("<rowid:pk>/versions/", views.versions, name="versions"),
    path("<rowid:pk>/versions/<rowid:number>/", views.version, name="version"),
    path("<rowid:pk>/essais/", views.trial_list, name="trials"),
    path("<rowid:pk>/essai/", views.trial, name="trial"),
    path("<rowid:pk>/contact/", views.contact, name="contact"),
]
