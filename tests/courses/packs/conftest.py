"""A site where the pack of `builder` can be loaded."""

from datetime import date

import pytest
from wagtail.models import Page, Site

from courses.catalog.models import CatalogPage, Competence, Referential, Theme
from pages.models import HomePage
from tests.factories import FederationFactory


@pytest.fixture
def catalog(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    home = HomePage(title="Accueil", slug="accueil", lead="Bonjour")
    Page.get_first_root_node().add_child(instance=home)
    Site.objects.update(root_page=home)
    page = CatalogPage(title="Formations", slug="formations")
    home.add_child(instance=page)
    FederationFactory(slug="reseau-eti", name="Réseau des ETI")
    Theme.objects.create(slug="publics", title="Publics")
    referential = Referential.objects.create(code="RNCP1", title="Titre", consulted_on=date(2026, 11, 25))
    activity = Competence.objects.create(referential=referential, code="A2", title="Accueillir")
    for code in ("A2.1", "A2.2"):
        Competence.objects.create(referential=referential, parent=activity, code=code, title=code)
    return page


@pytest.fixture(autouse=True)
def packages_storage(settings, tmp_path):
    """The storage of packages, empty, for one test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "packages": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "packages"},
        },
    }
