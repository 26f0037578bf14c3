import pytest
from django.core.files.storage import storages


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
    return storages["packages"]
