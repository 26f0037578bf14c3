import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from wagtail.models import Collection

from courses.interactive.packages import libraries
from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.exporting import build_h5p, export_h5p
from courses.interactive.packages.files import packages_storage, temporary, walk
from courses.interactive.packages.h5p.check import check_h5p
from courses.interactive.packages.models import Library
from courses.interactive.packages.storing import store_package
from tests.courses.interactive.samples import GOOD, sample

from . import makers
from .h5p_maker import PIXEL, h5p, library, outer

pytestmark = pytest.mark.django_db


def store(data, name="contenu.h5p"):
    file = ContentFile(data, name=name)
    return store_package(file, user=None, collection=Collection.get_first_root_node(), may_install=True)


def exported(version) -> bytes:
    with export_h5p(version) as file:
        return file.read()


def names(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def read(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def files_of(version):
    found = {}
    for name in walk(f"{version.folder}/files"):
        with packages_storage().open(name) as file:
            found[name.removeprefix(version.folder)] = file.read()
    return found


def clear(version):
    """Leave a site where nothing has ever been stored."""
    version.package.delete()
    libraries.LibraryDependency.objects.all().delete()
    Library.objects.all().delete()


@pytest.mark.parametrize("name", GOOD)
def test_what_was_exported_is_stored_again_as_it_was(name):
    first = store(sample(name).read_bytes())
    data, content, files = exported(first), first.content, files_of(first)
    meta, bundle = first.structure, first.bundle
    linked = [link.library.name for link in first.version_libraries.filter(dynamic=False)]
    clear(first)
    # On a site that has none of the libraries, and as any other reader would.
    check_h5p(open_archive(io.BytesIO(data)), {})
    second = store(data)
    assert second.content == content
    assert files_of(second) == files
    assert {**second.structure, **DEPENDENCIES} == {**meta, **DEPENDENCIES}
    assert sorted(link.library.name for link in second.version_libraries.filter(dynamic=False)) == sorted(linked)
    assert second.bundle == bundle


DEPENDENCIES = {"preloadedDependencies": [], "dynamicDependencies": [], "editorDependencies": []}


def test_an_export_holds_what_is_needed_to_play_and_to_edit_and_no_more():
    store(h5p("Other-1.0", library("Other-1.0")))
    version = store(
        h5p(
            "H5P.Outer-1.2",
            outer(needs=["Tool-1.0"], dynamic=["Later-1.0"], editor=["H5PEditor.List-1.0"]),
            library("Tool-1.0"),
            library("Later-1.0"),
            library("H5PEditor.List-1.0", needs=["H5PEditor.Base-1.0"]),
            library("H5PEditor.Base-1.0"),
            library("Unused-1.0"),
            files={"images/a.png": PIXEL},
        )
    )
    data = exported(version)
    listed = names(data)
    assert listed[:2] == ["h5p.json", "content/content.json"]
    assert "content/images/a.png" in listed
    folders = {name.split("/")[0] for name in listed if "/" in name}
    assert folders == {
        "content",
        "H5P.Outer-1.2",
        "Tool-1.0",
        "Later-1.0",
        "H5PEditor.List-1.0",
        "H5PEditor.Base-1.0",
    }
    meta = json.loads(read(data, "h5p.json"))
    said = {key: [each["machineName"] for each in meta[key]] for key in DEPENDENCIES}
    assert said == {
        "preloadedDependencies": ["H5P.Outer", "Tool"],
        "dynamicDependencies": ["Later"],
        "editorDependencies": ["H5PEditor.Base", "H5PEditor.List"],
    }


def test_french_characters_stay_in_an_export():
    version = store(h5p("H5P.Outer-1.2", outer(), content={"text": "Maçonnerie à l'échelle"}, title="Béton"))
    data = exported(version)
    assert json.loads(read(data, "content/content.json"))["text"] == version.content["text"]
    assert json.loads(read(data, "h5p.json"))["title"] == "Béton"


@pytest.mark.parametrize("data", [makers.storyline(), makers.cmi5()])
def test_a_scorm_or_cmi5_package_is_given_back_as_it_came(data):
    assert exported(store(data, "a.zip")) == data


def test_an_export_that_fails_leaves_no_open_file(monkeypatch):
    version = store(h5p("H5P.Outer-1.2", outer(), files={"images/a.png": PIXEL}))
    packages_storage().delete("libraries/H5P.Outer-1.2/library.json")
    packages_storage().delete(f"{version.folder}/files/content/images/a.png")
    opened = []
    monkeypatch.setattr(
        "courses.interactive.packages.exporting.temporary", lambda: opened.append(temporary()) or opened[0]
    )
    monkeypatch.setattr("courses.interactive.packages.exporting.walk", lambda folder: [f"{folder}/absent"])
    with pytest.raises(FileNotFoundError):
        export_h5p(version)
    assert opened[0].closed


def test_a_content_made_here_becomes_a_package_with_the_libraries_of_the_site():
    store(h5p("H5P.Outer-1.2", outer(needs=["Tool-1.0"]), library("Tool-1.0")))
    image = {"path": "images/a.png", "mime": "image/png", "width": 1, "height": 1}
    data = build_h5p({"text": "<p>Fait ici</p>", "image": image}, "H5P.Outer 1.2", "Fait ici", {"images/a.png": PIXEL})
    checked = check_h5p(open_archive(io.BytesIO(data)), {})
    assert (checked.main, checked.meta["title"], checked.meta["language"]) == ("H5P.Outer-1.2", "Fait ici", "fr")
    assert set(checked.libraries) == {"H5P.Outer-1.2", "Tool-1.0"}
    version = store(data)
    assert version.content["image"]["path"] == "images/a.png"
    assert read(data, "content/images/a.png") == PIXEL


def test_a_content_made_here_names_the_libraries_that_the_site_has_not():
    content = {"text": "a", "inner": {"library": "H5P.Inner 1.0", "params": {}}}
    data = build_h5p(content, "H5P.Outer 1.2", "Fait ici", {})
    meta = json.loads(read(data, "h5p.json"))
    assert meta["mainLibrary"] == "H5P.Outer"
    assert meta["preloadedDependencies"] == [
        {"machineName": "H5P.Outer", "majorVersion": 1, "minorVersion": 2},
        {"machineName": "H5P.Inner", "majorVersion": 1, "minorVersion": 0},
    ]
    assert names(data) == ["h5p.json", "content/content.json"]
    checked = check_h5p(open_archive(io.BytesIO(data)), {"H5P.Outer-1.2": 0, "H5P.Inner-1.0": 0})
    assert checked.content == content
