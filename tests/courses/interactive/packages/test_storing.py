import io
import tracemalloc
import zipfile

import pytest
from django.core.files.base import ContentFile
from wagtail.models import Collection

from courses.interactive.packages import bundle, files, libraries, storing
from courses.interactive.packages.archive import open_archive
from courses.interactive.packages.faults import RefusedError
from courses.interactive.packages.files import walk
from courses.interactive.packages.models import Library, LibraryDependency, Package, PackageVersion, VersionLibrary
from courses.interactive.packages.storing import detect, restore_version, store_package
from tests.courses.interactive.samples import GOOD, MALFORMED, sample
from tests.factories import UserFactory

from . import makers
from .h5p_maker import PIXEL, h5p, library, outer, zipped

pytestmark = pytest.mark.django_db


def store(data, *, may_install=True, name="contenu.h5p", **options) -> PackageVersion:
    options = {"user": None, "collection": Collection.get_first_root_node()} | options
    return store_package(ContentFile(data, name=name), may_install=may_install, **options)


def stored():
    """Return the names of all files in the storage."""
    return sorted(walk(""))


def read(name):
    with files.packages_storage().open(name) as file:
        return file.read()


def nothing_is_left():
    assert stored() == []
    for model in (Package, PackageVersion, Library, LibraryDependency, VersionLibrary):
        assert not model.objects.exists(), model


# -- H5P -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*GOOD, "h5p/long-content-file-name.h5p"])
def test_a_good_package_is_stored(name):
    version = store(sample(name).read_bytes(), name=name.rpartition("/")[2])
    package = version.package
    assert package.current == version
    assert (package.kind, version.number) == ("h5p", 1)
    assert package.title == version.structure["title"]
    assert version.filename == name.rpartition("/")[2]
    assert version.content
    assert version.library.machine_name == version.structure["mainLibrary"]
    assert version.library in version.libraries.all()
    assert version.bundle
    assert f"{version.folder}/bundle-{version.bundle}.js.br" in stored()
    for file in stored():
        assert file.startswith(("libraries/", f"{version.folder}/bundle-", f"{version.folder}/files/content/"))


# It asks for H5P 1.19, as good samples do; this site has a newer one.
GOOD_HERE = {"invalid-core-version"}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_package_leaves_nothing(name):
    path = sample(name)
    if path.stem == "xss-svg":
        version = store(path.read_bytes())
        pictures = [read(name) for name in walk(version.folder) if name.endswith(".svg")]
        assert pictures
        assert not any(b"<script" in picture or b"onload" in picture for picture in pictures)
        return
    if path.stem in GOOD_HERE:
        assert store(path.read_bytes()).content
        return
    with pytest.raises(RefusedError) as refused:
        store(path.read_bytes())
    assert all(str(fault) for fault in refused.value.faults)
    nothing_is_left()


def test_a_content_is_cleaned_and_speaks_french():
    content = {"text": "Hello", "unknown": "x"}
    assert store(h5p("H5P.Outer-1.2", outer(), content=content)).content == {"text": "Bonjour"}
    cleaned = store(h5p("H5P.Outer-1.2", content={"text": "<strong>a</strong><script>b</script>"})).content
    assert cleaned["text"].startswith("<strong>a</strong>")
    assert "script" not in cleaned["text"]


def test_a_picture_is_made_harmless():
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><path d="M0 0"/></svg>'
    version = store(h5p("H5P.Outer-1.2", outer(), files={"images/a.svg": svg, "images/b.png": PIXEL}))
    picture = read(f"{version.folder}/files/content/images/a.svg")
    assert b"alert" not in picture
    assert b"M0 0" in picture
    assert read(f"{version.folder}/files/content/images/b.png") == PIXEL


def test_what_a_content_needs_is_loaded_after_what_that_needs():
    package = h5p(
        "H5P.Outer-1.2",
        outer(needs=["H5P.Question-1.4", "Tool-1.0"], dynamic=["H5P.Later-1.0"], editor=["H5PEditor.List-1.0"]),
        library("H5P.Question-1.4", needs=["Tool-1.0"]),
        library("Tool-1.0"),
        library("H5P.Later-1.0", needs=["H5P.Deep-1.0", "Tool-1.0"]),
        library("H5P.Deep-1.0"),
        library("H5PEditor.List-1.0"),
        library("H5P.Inner-1.0", needs=["H5P.Question-1.4"], semantics=[]),
        library("H5P.Unused-1.0"),
        content={"text": "a", "inner": {"library": "H5P.Inner 1.0", "params": {}, "subContentId": "x"}},
    )
    version = store(package)
    linked = [(link.library.name, link.dynamic) for link in version.version_libraries.order_by("position")]
    assert linked == [
        ("Tool-1.0", False),
        ("H5P.Question-1.4", False),
        ("H5P.Outer-1.2", False),
        ("H5P.Inner-1.0", False),
        ("H5P.Deep-1.0", True),
        ("H5P.Later-1.0", True),
    ]
    kinds = LibraryDependency.objects.filter(library__machine_name="H5P.Outer").values_list(
        "needed__machine_name", "kind"
    )
    assert set(kinds) == {
        ("H5P.Question", "preloaded"),
        ("Tool", "preloaded"),
        ("H5P.Later", "dynamic"),
        ("H5PEditor.List", "editor"),
    }
    script = read(f"{version.folder}/bundle-{version.bundle}.js").decode()
    order = [script.index(name) for name in ("Tool-1.0", "H5P.Question-1.4", "H5P.Outer-1.2", "H5P.Inner-1.0")]
    assert order == sorted(order)
    assert "H5P.Later" not in script


def test_libraries_that_need_each_other_are_stored():
    version = store(h5p("A-1.0", library("A-1.0", needs=["B-1.0"]), library("B-1.0", needs=["A-1.0"])))
    assert {each.name for each in version.libraries.all()} == {"A-1.0", "B-1.0"}


def test_what_is_needed_only_to_edit_may_be_missing():
    store(h5p("H5P.Outer-1.2", outer(editor=["H5PEditor.Absent-1.0"])))
    assert not LibraryDependency.objects.exists()


# -- The right to install ------------------------------------------------------------------------------------------


def test_new_code_needs_the_right_to_install_it():
    data = h5p("H5P.Outer-1.2", outer(needs=["Tool-1.0"]), library("Tool-1.0"), needs=["Tool-1.0"])
    with pytest.raises(RefusedError) as refused:
        store(data, may_install=False)
    assert refused.value.codes == ["new-code"]
    assert "H5P.Outer-1.2, Tool-1.0" in str(refused.value)
    nothing_is_left()
    store(data)
    other = h5p("H5P.Outer-1.2", content={"text": "autre"})
    assert store(other, may_install=False).content == {"text": "autre"}


def test_what_a_content_only_names_needs_the_right_too():
    store(h5p("H5P.Outer-1.2", outer()))
    content = {"text": "a", "inner": {"library": "H5P.Inner 1.0", "params": {}, "subContentId": "x"}}
    with pytest.raises(RefusedError, match=r"H5P\.Inner-1\.0"):
        store(h5p("H5P.Outer-1.2", library("H5P.Inner-1.0", semantics=[]), content=content), may_install=False)


def test_without_the_right_known_libraries_stay_as_they_are():
    store(h5p("H5P.Outer-1.2", outer(patch=1)))
    before = stored()
    extra = library("H5PEditor.New-1.0")
    version = store(h5p("H5P.Outer-1.2", outer(patch=9), extra, content={"text": "x"}), may_install=False)
    assert libraries.installed() == {"H5P.Outer-1.2": 1}
    assert [name for name in stored() if not name.startswith(version.folder)] == before
    assert b"H5P.Outer-1.2 1" in read(f"{version.folder}/bundle-{version.bundle}.js")


# -- Patches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("patch", "kept"), [(4, 5), (5, 5), (6, 6)])
def test_only_a_newer_patch_replaces_a_library(patch, kept):
    store(h5p("H5P.Outer-1.2", outer(patch=5)))
    store(h5p("H5P.Outer-1.2", outer(patch=patch), content={"text": "x"}))
    assert libraries.installed() == {"H5P.Outer-1.2": kept}
    assert f"1.2 {kept}'".encode() in read("libraries/H5P.Outer-1.2/scripts/main.js")


def test_a_newer_patch_reaches_all_contents_that_use_the_library(django_capture_on_commit_callbacks):
    old = store(h5p("H5P.Outer-1.2", outer(patch=1, files={"old.css": "a {}"})))
    other = store(h5p("Other-1.0", library("Other-1.0")))
    with django_capture_on_commit_callbacks(execute=True):
        new = store(
            h5p("H5P.Outer-1.2", outer(patch=2, needs=["Tool-1.0"]), library("Tool-1.0"), content={"text": "x"})
        )
    again = PackageVersion.objects.get(pk=old.pk)
    assert again.bundle == new.bundle != old.bundle
    assert [each.name for each in again.libraries.order_by("version_libraries__position")] == [
        "Tool-1.0",
        "H5P.Outer-1.2",
    ]
    assert b"H5P.Outer-1.2 2" in read(f"{old.folder}/bundle-{again.bundle}.js")
    # A page that was open before still finds what it was told to load.
    assert b"H5P.Outer-1.2 1" in read(f"{old.folder}/bundle-{old.bundle}.js")
    assert PackageVersion.objects.get(pk=other.pk).bundle == other.bundle
    assert "libraries/H5P.Outer-1.2/old.css" not in stored()


# -- Nothing is left when anything fails ---------------------------------------------------------------------------


class DiskFullError(OSError):
    pass


def test_nothing_is_left_wherever_writing_stops(monkeypatch):
    data = h5p("H5P.Outer-1.2", outer(needs=["Tool-1.0"]), library("Tool-1.0"), files={"images/a.png": PIXEL})
    real = files.write
    steps = 0
    monkeypatch.setattr(storing, "compress", lambda version: None)

    def count(name, stream):
        nonlocal steps
        steps += 1
        real(name, stream)

    with monkeypatch.context() as patch:
        for module in (storing, libraries, bundle):
            patch.setattr(module, "write", count)
        store(data).package.delete()
    for model in (LibraryDependency, Library):
        model.objects.all().delete()
    files.delete_tree("libraries")
    files.delete_tree("versions")
    assert steps == 9

    for stop in range(1, steps + 1):
        step = 0

        def fail(name, stream, stop=stop):
            nonlocal step
            step += 1
            real(name, stream)
            if step == stop:
                raise DiskFullError

        with monkeypatch.context() as patch:
            for module in (storing, libraries, bundle):
                patch.setattr(module, "write", fail)
            with pytest.raises(DiskFullError):
                store(data)
        nothing_is_left()


def test_a_bundle_that_cannot_be_compressed_is_no_reason_to_refuse(monkeypatch):
    real = files.packages_storage().__class__._save

    def full(storage, name, content):
        saved = real(storage, name, content)
        if name.endswith(".css.br"):
            raise DiskFullError
        return saved

    monkeypatch.setattr(files.packages_storage().__class__, "_save", full)
    version = store(h5p("H5P.Outer-1.2", outer()))
    bundles = [name.partition(version.bundle)[2] for name in stored() if "/bundle-" in name]
    assert sorted(bundles) == [".css", ".js", ".js.br", ".js.gz"]


def test_a_patch_that_fails_leaves_the_old_one_whole(monkeypatch):
    store(h5p("H5P.Outer-1.2", outer(patch=1, files={"images/a.png": PIXEL})))
    before = {name: read(name) for name in stored()}

    def fail(version):
        raise DiskFullError

    monkeypatch.setattr(storing, "bundle", fail)
    with pytest.raises(DiskFullError):
        store(h5p("H5P.Outer-1.2", outer(patch=2, files={"images/b.png": PIXEL}), content={"text": "x"}))
    assert {name: read(name) for name in stored()} == before
    assert libraries.installed() == {"H5P.Outer-1.2": 1}
    assert PackageVersion.objects.count() == 1


def test_a_file_that_is_not_as_announced_leaves_nothing():
    data = h5p("H5P.Outer-1.2", outer(), files={"images/a.txt": "abcdefgh" * 50, "images/b.png": PIXEL})
    at = data.index(b"images/a.txt") + len(b"images/a.txt")
    with pytest.raises(RefusedError):
        store(data[: at + 4] + b"\xff\xff" + data[at + 6 :])
    nothing_is_left()


# -- Versions ------------------------------------------------------------------------------------------------------


def test_the_next_version_follows_and_the_first_one_can_come_back():
    user = UserFactory()
    first = store(h5p("H5P.Outer-1.2", outer(), title="Le béton"), user=user)
    package = first.package
    second = store(h5p("H5P.Outer-1.2", content={"text": "b"}, title="x"), user=user, package=package, note="Corrigé")
    package.refresh_from_db()
    assert (second.number, second.note, package.current, package.title) == (2, "Corrigé", second, "Le béton")
    assert list(package.versions.all()) == [second, first]
    assert f"{first.folder}/bundle-{first.bundle}.js" in stored()
    restore_version(package, first, user)
    package.refresh_from_db()
    assert package.current == first
    assert store(h5p("H5P.Outer-1.2", content={"text": "c"}), package=package).number == 3


def test_the_version_of_another_package_is_not_restored():
    first, other = store(h5p("H5P.Outer-1.2", outer())), store(h5p("H5P.Outer-1.2", content={"text": "b"}))
    with pytest.raises(ValueError, match="another package"):
        restore_version(first.package, other, None)


def test_sending_the_same_file_again_changes_nothing():
    data = h5p("H5P.Outer-1.2", outer())
    first = store(data)
    before = stored()
    assert store(data, package=first.package) == first
    assert stored() == before
    assert store(data).package != first.package


def test_a_package_keeps_its_format():
    package = store(h5p("H5P.Outer-1.2", outer())).package
    before = stored()
    with pytest.raises(RefusedError, match=r"H5P.*SCORM 1\.2"):
        store(makers.storyline(), name="a.zip", package=package)
    assert stored() == before


@pytest.mark.parametrize(
    ("title", "in_file", "expected"),
    [("Choisi", "Du fichier", "Choisi"), ("  ", "Du fichier", "Du fichier"), ("é" * 300, "x", "é" * 255)],
)
def test_the_title_is_the_one_given_or_else_that_of_the_file(title, in_file, expected):
    assert store(h5p("H5P.Outer-1.2", outer(), title=in_file), title=title).package.title == expected


def test_deleting_a_package_deletes_its_files_and_keeps_the_libraries(django_capture_on_commit_callbacks):
    package = store(h5p("H5P.Outer-1.2", outer())).package
    store(h5p("H5P.Outer-1.2", content={"text": "b"}), package=package)
    with django_capture_on_commit_callbacks() as callbacks:
        package.delete()
    assert any(name.startswith("versions/") for name in stored())
    for callback in callbacks:
        callback()
    assert not any(name.startswith("versions/") for name in stored())
    assert libraries.installed() == {"H5P.Outer-1.2": 0}


# -- SCORM and cmi5 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (makers.storyline(), "scorm12"),
        (makers.storyline(version="2004"), "scorm2004"),
        (makers.exelearning(), "scorm12"),
        (makers.cmi5(), "cmi5"),
    ],
)
def test_a_scorm_or_cmi5_package_is_stored_whole_with_the_file_itself(data, kind):
    version = store(data, name="module.zip")
    assert version.package.kind == kind
    assert version.structure["items"]
    assert version.package.title == version.structure["title"]
    assert (version.content, version.library, version.bundle) == (None, None, "")
    assert read(f"{version.folder}/original.zip") == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for item in version.structure["items"]:
            if item["path"]:
                assert read(f"{version.folder}/files/{item['path']}") == archive.read(item["path"])


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ({"h5p.json": "{}"}, "h5p"),
        ({"imsmanifest.xml": "<a/>", "x/h5p.json": "{}"}, "scorm"),
        ({"IMSManifest.xml": "<a/>"}, "scorm"),
        ({"cmi5.xml": "<a/>", "imsmanifest.xml": "<a/>"}, "cmi5"),
    ],
)
def test_a_format_is_told_by_what_lies_at_the_root(entries, kind):
    assert detect(open_archive(io.BytesIO(zipped(entries)))) == kind


@pytest.mark.parametrize(
    ("entries", "code", "said"),
    [
        ({"module/imsmanifest.xml": "<a/>"}, "in-folder", "« module »"),
        ({"index.html": "<p>"}, "unknown-format", "imsmanifest.xml"),
    ],
)
def test_an_archive_of_another_kind_is_refused_with_what_to_do(entries, code, said):
    with pytest.raises(RefusedError) as refused:
        store(zipped(entries), name="a.zip")
    assert refused.value.codes == [code]
    assert said in str(refused.value)
    nothing_is_left()


# -- Bounds --------------------------------------------------------------------------------------------------------


def test_a_package_of_fifty_megabytes_takes_constant_memory(tmp_path):
    path = tmp_path / "gros.h5p"
    path.write_bytes(h5p("H5P.Outer-1.2", outer()))
    megabyte = bytes(range(256)) * 4096
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        for number in range(2):
            info = zipfile.ZipInfo(f"content/videos/v{number}.webm")
            with archive.open(info, "w") as video:
                video.write(b"\x1a\x45\xdf\xa3")
                for _each in range(25):
                    video.write(megabyte)
    root = Collection.get_first_root_node()
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            version = store_package(file, user=None, collection=root, may_install=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert version.size > 50_000_000
    assert files.packages_storage().size(f"{version.folder}/files/content/videos/v1.webm") == 25 * 1024 * 1024 + 4
    assert peak < 12_000_000


def test_a_library_that_another_upload_stores_at_the_same_moment_is_taken_as_it_is(monkeypatch):
    fill = libraries._fill

    def other_is_quicker(library, found):
        monkeypatch.setattr(libraries, "_fill", fill)
        Library.objects.create(machine_name="H5P.Outer", major=1, minor=2, patch=5, title="x", metadata={})
        files.write("libraries/H5P.Outer-1.2/theirs.txt", io.BytesIO(b"x"))
        fill(library, found)

    monkeypatch.setattr(libraries, "_fill", other_is_quicker)
    store(h5p("H5P.Outer-1.2", outer(patch=3)))
    assert libraries.installed() == {"H5P.Outer-1.2": 5}
    assert [name for name in stored() if name.startswith("libraries/")] == ["libraries/H5P.Outer-1.2/theirs.txt"]
