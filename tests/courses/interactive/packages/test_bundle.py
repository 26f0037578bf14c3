import gzip
import json
import re

import brotli
import pytest
from django.core.files.base import ContentFile

from courses.interactive.packages.bundle import bundle, compress, rebuild, scripts
from courses.interactive.packages.files import packages_storage, walk
from courses.interactive.packages.models import PackageVersion
from tests.courses.interactive.factories import LibraryFactory, PackageVersionFactory

pytestmark = pytest.mark.django_db


def put_library(name="Tool", patch=0, **files):
    """Return a library whose files, «main__js», are in the storage."""
    paths = {path.replace("__", "."): data for path, data in files.items()}
    listed = {
        key: [{"path": path} for path in paths if path.endswith(ending)]
        for key, ending in (("preloadedJs", ".js"), ("preloadedCss", ".css"))
    }
    library = LibraryFactory(machine_name=name, major=1, minor=0, patch=patch, metadata=listed)
    for path, data in paths.items():
        packages_storage().delete(f"{library.folder}/{path}")
        content = ContentFile(data.encode() if isinstance(data, str) else data)
        packages_storage().save(f"{library.folder}/{path}", content)
    return library


def sources(script):
    """Return what a bundle runs, by the name of each script."""
    return dict(json.loads(script[script.index("})([") + 3 : script.rindex("]") + 1]))


def version_of(*libraries, **fields):
    version = PackageVersionFactory(library=libraries[0], structure={}, **fields)
    for position, library in enumerate(libraries):
        version.version_libraries.create(library=library, position=position)
    return version


def test_each_script_is_run_by_itself_under_its_own_name():
    library = put_library(a__js="var a = 1 // no end", b__js='"use strict";\nvar b = "é\u2028</script>\\n";')
    script = scripts([library])
    assert sources(script) == {
        "libraries/Tool-1.0/a.js": "var a = 1 // no end",
        "libraries/Tool-1.0/b.js": '"use strict";\nvar b = "é\u2028</script>\\n";',
    }
    assert "\u2028" not in script


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("var a;\n//# sourceMappingURL=a.js.map", "var a;\n"),
        ("var a;\n  //@ sourceMappingURL=data:x\nvar b;", "var a;\n\nvar b;"),
        ("var a;\n/*# sourceMappingURL=a.map */\n", "var a;\n\n"),
        ('var a = "//# sourceMappingURL=x";', 'var a = "//# sourceMappingURL=x";'),
    ],
)
def test_a_script_leads_to_no_source_map(source, kept):
    assert list(sources(scripts([put_library(a__js=source)])).values()) == [kept]


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfvar a = '\xc3\xa9'", "var a = 'é'".encode("cp1252")])
def test_a_script_in_another_encoding_is_read(data):
    assert list(sources(scripts([put_library(a__js=data)])).values()) == ["var a = 'é'"]


def test_a_bundle_is_compressed_both_ways():
    version = version_of(put_library(a__js="var a;" * 1000, a__css="a { color: red }" * 1000))
    digest = version.bundle = bundle(version)
    compress(version)
    read = {}
    for name in walk(version.folder):
        with packages_storage().open(name) as file:
            read[name.removeprefix(f"{version.folder}/bundle-{digest}")] = file.read()
    assert set(read) == {".js", ".js.br", ".js.gz", ".css", ".css.br", ".css.gz"}
    for ending in (".js", ".css"):
        assert brotli.decompress(read[f"{ending}.br"]) == gzip.decompress(read[f"{ending}.gz"]) == read[ending]
        assert len(read[f"{ending}.br"]) < len(read[ending]) / 10


def test_a_content_of_the_same_type_takes_the_compressed_bundle_of_another_one(monkeypatch):
    library = put_library(a__js="var a;" * 1000)
    first, second = version_of(library), version_of(library)
    for version in (first, second):
        version.bundle = bundle(version)
        version.save()
    compress(first)
    monkeypatch.setattr("courses.interactive.packages.bundle._compressed", None)
    compress(second)
    name = f"bundle-{first.bundle}.js.br"
    with (
        packages_storage().open(f"{first.folder}/{name}") as one,
        packages_storage().open(f"{second.folder}/{name}") as two,
    ):
        assert one.read() == two.read()


def test_libraries_without_styles_make_an_empty_sheet():
    version = version_of(put_library(a__js="var a;"))
    digest = bundle(version)
    assert packages_storage().size(f"{version.folder}/bundle-{digest}.css") == 0


def test_a_bundle_is_named_after_all_that_its_address_gives():
    version = version_of(put_library(a__js="var a;"))
    first = bundle(version)
    assert bundle(version) == first
    assert re.fullmatch("[0-9a-f]{12}", first)
    put_library(a__js="var b;")
    second = bundle(version)
    version.library.patch += 1  # only a picture has changed
    version.library.save()
    assert len({first, second, bundle(version)}) == 3


def test_contents_with_the_same_libraries_are_compressed_once(monkeypatch):
    library = put_library(a__js="var a;")
    versions = [version_of(library) for _each in range(3)]
    compressed = []

    def count(ending, data):
        compressed.append(ending)
        return {f"{ending}.br": data, f"{ending}.gz": data}

    monkeypatch.setattr("courses.interactive.packages.bundle._compressed", count)
    assert rebuild(library.pk) == 3
    assert compressed == [".js", ".css"]
    names = set(PackageVersion.objects.values_list("bundle", flat=True))
    assert len(names) == 1
    assert all(any(name.startswith(version.folder) for name in walk("versions")) for version in versions)
    assert rebuild(library.pk) == 0
