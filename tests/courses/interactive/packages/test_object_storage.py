"""All that packages do works where there are no folders."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import RequestFactory
from wagtail.models import Collection

from courses.interactive.packages import libraries, storing
from courses.interactive.packages.exporting import export_h5p
from courses.interactive.packages.pruning import prune, prune_files
from courses.interactive.packages.serving import file_base, serve_file
from courses.interactive.packages.storing import store_package

from .h5p_maker import PIXEL, h5p, library, outer

pytestmark = pytest.mark.django_db


@pytest.fixture
def objects(settings):
    path = "tests.courses.interactive.packages.object_storage.ObjectStorage"
    settings.STORAGES = {**settings.STORAGES, "packages": {"BACKEND": path}}
    return storages["packages"].objects


def store(data, **options):
    file = ContentFile(data, name="contenu.h5p")
    return store_package(file, user=None, collection=Collection.get_first_root_node(), may_install=True, **options)


def served(version, path):
    token = file_base(version).split("/")[2]
    return b"".join(serve_file(RequestFactory().get("/"), token, path))


def test_a_content_is_stored_served_exported_replaced_and_deleted(objects, django_capture_on_commit_callbacks):
    first = store(h5p("H5P.Outer-1.2", outer(patch=1, files={"old.css": "a {}"}), files={"images/a.png": PIXEL}))
    assert served(first, "content/images/a.png") == PIXEL
    assert b"H5P.Outer-1.2 1" in served(first, "bundle.js")
    with export_h5p(first) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert "content/images/a.png" in archive.namelist()
    with django_capture_on_commit_callbacks(execute=True):
        second = store(
            h5p("H5P.Outer-1.2", outer(patch=2), library("Unused-1.0"), content={"text": "b"}), package=first.package
        )
    assert b"H5P.Outer-1.2 2" in served(second, "bundle.js")
    assert "libraries/H5P.Outer-1.2/old.css" not in objects
    assert prune_files() == []
    assert prune() == ["Unused-1.0"]
    with django_capture_on_commit_callbacks(execute=True):
        second.package.delete()
    assert prune() == ["H5P.Outer-1.2"]
    assert objects == {}


def test_what_fails_leaves_what_was_there(objects, monkeypatch):
    store(h5p("H5P.Outer-1.2", outer(patch=1)))
    before = dict(objects)

    def fail(version):
        raise OSError

    monkeypatch.setattr(storing, "bundle", fail)
    with pytest.raises(OSError, match=r"^$"):
        store(h5p("H5P.Outer-1.2", outer(patch=2), files={"images/a.png": PIXEL}))
    assert {name: data for name, (data, _moment) in objects.items()} == {
        name: data for name, (data, _moment) in before.items()
    }
    assert libraries.installed() == {"H5P.Outer-1.2": 1}
