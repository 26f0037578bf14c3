"""Addresses under /compte/. allauth finds its own pages by their names, which have no namespace.

There is no page to change the e-mail address: it is the login, and never changes.
"""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from . import views

_own_pages = [
    path("", views.account, name="account"),
    path("profil/", views.profile, name="profile"),
    path("profil/effacer/", views.clear_profile, name="clear_profile"),
    path("mes-donnees/", views.export, name="export"),
    path("supprimer/", views.delete, name="delete"),
]

urlpatterns = [
    path("", include((_own_pages, "people"))),
    path("connexion/", views.SignInView.as_view(), name="account_login"),
    path("deconnexion/", allauth_views.logout, name="account_logout"),
    path("inscription/", views.SignUpView.as_view(), name="account_signup"),
    path("compte-inactif/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthentification/", views.ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("confirmer-adresse/", allauth_views.email_verification_sent, name="account_email_verification_sent"),
    path("confirmer-adresse/<str:key>/", allauth_views.confirm_email, name="account_confirm_email"),
    path("mot-de-passe/", views.PasswordChangeView.as_view(), name="account_change_password"),
    # An account without a password gets one by the link that an e-mail brings.
    path(
        "mot-de-passe/choisir/",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("mot-de-passe/oublie/", views.PasswordResetView.as_view(), name="account_reset_password"),
    path("mot-de-passe/oublie/envoye/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "mot-de-passe/oublie/termine/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # The first part never has a hyphen, the key does: a plain path would cut in the wrong place.
    re_path(
        r"^mot-de-passe/oublie/cle/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        views.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
]
