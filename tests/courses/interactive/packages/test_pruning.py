import os
import time

import pytest
from django.core.files.base import ContentFile
from wagtail.models import Collection

from courses.interactive.packages import libraries
from courses.interactive.packages.files import packages_storage, walk
from courses.interactive.packages.models import Library
from courses.interactive.packages.pruning import prune, prune_files, unused_libraries
from courses.interactive.packages.storing import store_package

from .h5p_maker import h5p, library, outer

pytestmark = pytest.mark.django_db


def store(data):
    file = ContentFile(data, name="contenu.h5p")
    return store_package(file, user=None, collection=Collection.get_first_root_node(), may_install=True)


@pytest.fixture
def version():
    """A content that uses three libraries; three others come with it."""
    return store(
        h5p(
            "H5P.Outer-1.2",
            outer(needs=["Tool-1.0"], editor=["H5PEditor.List-1.0"]),
            library("Tool-1.0"),
            library("H5PEditor.List-1.0"),
            library("Unused-1.0", needs=["Deep-1.0", "Tool-1.0"]),
            library("Deep-1.0", needs=["Deeper-1.0"]),
            library("Deeper-1.0", needs=["Unused-1.0"]),
        )
    )


def folders():
    return {name.split("/")[1] for name in walk("libraries")}


def put(name, days=0):
    storage = packages_storage()
    assert storage.save(name, ContentFile(b"x")) == name
    moment = time.time() - days * 86_400
    os.utime(storage.path(name), (moment, moment))


USED = {"H5P.Outer-1.2", "Tool-1.0", "H5PEditor.List-1.0"}


def test_what_is_needed_to_play_or_to_edit_is_used(version):
    assert {each.name for each in unused_libraries()} == {"Unused-1.0", "Deep-1.0", "Deeper-1.0"}


def test_unused_libraries_go_with_their_files(version):
    assert prune() == ["Deep-1.0", "Deeper-1.0", "Unused-1.0"]
    assert set(libraries.installed()) == folders() == USED
    assert prune() == []


def test_what_another_library_needs_goes_only_with_it(version):
    libraries.LibraryDependency.objects.filter(needed__machine_name="Unused").delete()
    assert prune(Library.objects.filter(machine_name="Deep")) == []
    assert prune(Library.objects.filter(machine_name__in=["Deep", "Unused"])) == ["Deep-1.0", "Unused-1.0"]
    assert prune() == ["Deeper-1.0"]


def test_what_is_used_is_never_deleted(version):
    assert prune(Library.objects.filter(machine_name__in=["H5P.Outer", "Tool"])) == []
    assert folders() >= USED


def test_libraries_of_an_earlier_version_stay(version):
    package = version.package
    new = ContentFile(h5p("Other-1.0", library("Other-1.0")), name="a.h5p")
    collection = Collection.get_first_root_node()
    store_package(new, user=None, collection=collection, may_install=True, package=package)
    prune()
    assert set(libraries.installed()) == USED | {"Other-1.0"}


def test_once_its_package_is_gone_a_library_can_go(version, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        version.package.delete()
    assert len(prune()) == 6
    assert list(walk("")) == []


def test_files_left_by_a_crash_go_after_a_day(version):
    before = set(walk(""))
    put("versions/00000000-0000-4000-8000-000000000001/files/content/a.png", days=2)
    put("versions/00000000-0000-4000-8000-000000000002/files/content/a.png")
    put("staging/x/libraries/Tool-1.0/a.js", days=2)
    put("libraries/Gone-1.0/a.js", days=2)
    put(f"{version.folder}/bundle-000000000000.js.br", days=2)
    put(f"{version.folder}/bundle-111111111111.js.br")
    assert sorted(prune_files()) == [
        "libraries/Gone-1.0",
        "staging/x",
        "versions/00000000-0000-4000-8000-000000000001",
        f"{version.folder}/bundle-000000000000.js.br",
    ]
    assert set(walk("")) == before | {
        "versions/00000000-0000-4000-8000-000000000002/files/content/a.png",
        f"{version.folder}/bundle-111111111111.js.br",
    }


def test_a_folder_with_one_new_file_is_being_written(version):
    put("versions/00000000-0000-4000-8000-000000000001/files/a.png", days=2)
    put("versions/00000000-0000-4000-8000-000000000001/files/b.png")
    assert prune_files() == []
