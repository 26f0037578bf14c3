"""Interactive activities of packs: read, checked against their library, stored once, loaded as pages."""

import json
from dataclasses import replace

import pytest

from courses.interactive.packages.files import walk
from courses.interactive.packages.models import Library, Package, PackageVersion
from courses.interactive.playing.models import InteractivePage
from courses.packs.content import known_in_content
from courses.packs.faults import PackError
from courses.packs.interactive import install_libraries, shipped_libraries
from courses.packs.loading import known_in_database, load_pack
from courses.packs.models import PackContent
from courses.packs.reading import read_pack

from .builder import KNOWN, make_pack, picture
from .test_content import CONTENT

ACTIVITY = """\
kind: interactive
id: secourir
title: Dans quel ordre ?
summary: Trois gestes.
introduction: Posez chaque geste à sa place.
alternative: Protéger, alerter, secourir.
minutes: 5
rule: passed
pass_mark: 80
library: H5P.DragText 1.8
content:
  taskDescription: "<p>L'ordre <strong>compte</strong>.</p>"
  textField: "On *protège*, on *alerte*, puis on *secourt*."
  overallFeedback:
    - {from: 0, to: 100, feedback: "Dans l'ordre : P, A, S."}
"""


def pack_with(tmp_path, text=ACTIVITY, **changes):
    return make_pack(tmp_path / "pack", **{"03-secourir.yaml": text, **changes})


@pytest.fixture(scope="module")
def shipped():
    return shipped_libraries(CONTENT)


# -- Reading --------------------------------------------------------------------------------------------------------


def test_a_file_that_says_so_is_an_interactive_activity(tmp_path):
    pack = read_pack(pack_with(tmp_path))
    [activity] = pack.interactive
    assert activity.front.id == "secourir"
    assert activity.front.rule == "passed"
    assert [type(each).__name__ for each in pack.activities[-2:]] == ["Interactive", "Quiz"]


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("alternative: Protéger, alerter, secourir.\n", "", 1, "alternative"),
        ("rule: passed", "rule: gagné", 8, "rule"),
        ("H5P.DragText 1.8", "DragText", 10, "n'est pas une bibliothèque"),
        ("content:\n", "content: rien\nautre:\n", 11, "content"),
        ("textField:", "champ:", 13, "« champ » n'existe pas dans cette bibliothèque"),
        ("H5P.DragText 1.8", "H5P.DragText 9.9", 10, "ni sur le site, ni dans content/h5p/"),
        ("<strong>compte</strong>", "<script>x</script>", 12, "n'est pas accepté tel quel"),
        ("to: 100,", "to: 200,", 15, "« overallFeedback › 1 › to » n'est pas accepté"),
    ],
)
def test_faults_are_told_by_line(tmp_path, before, after, line, said):
    assert before in ACTIVITY
    with pytest.raises(PackError) as raised:
        read_pack(pack_with(tmp_path, ACTIVITY.replace(before, after)), known_with_libraries())
    found = [fault for fault in raised.value.faults if said in fault.problem and fault.line == line]
    assert found, [str(fault) for fault in raised.value.faults]


def known_with_libraries():
    return replace(KNOWN, interactive=known_in_content(CONTENT).interactive)


@pytest.mark.parametrize(
    ("path", "said"),
    [("images/absente.png", "n'existe pas"), ("../porte.png", "n'est pas un fichier du pack")],
)
def test_an_image_that_the_content_names_must_be_there(tmp_path, path, said):
    text = ACTIVITY + f'  media:\n    file:\n      path: "{path}"\n'
    with pytest.raises(PackError, match=said):
        read_pack(pack_with(tmp_path, text))


def test_what_is_shipped_with_the_site_is_mit_and_complete(shipped):
    assert shipped["H5P.DragText 1.8"]
    licences = (CONTENT / "h5p" / "LICENCES.md").read_text()
    missing = [name for name in shipped if name.split(" ")[0] not in licences]
    assert missing == []


# -- Loading --------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(catalog):
    install_libraries(CONTENT)


def load(folder, **options):
    return load_pack(read_pack(folder, None), **options)


@pytest.mark.usefixtures("site")
def test_an_activity_becomes_a_page_that_plays_its_content(tmp_path):
    load(pack_with(tmp_path))
    page = InteractivePage.objects.get()
    assert page.live
    assert (page.title, page.rule, page.pass_mark) == ("Dans quel ordre ?", "passed", 80)
    assert page.alternative == "Protéger, alerter, secourir."
    version = page.package.current
    assert version.library.name == "H5P.DragText-1.8"
    assert version.content["textField"].startswith("On *protège*")
    assert version.content["checkAnswer"] == "Vérifier"
    assert page.package.collection.name == "Réseau des ETI"


@pytest.mark.usefixtures("site")
def test_loading_again_changes_nothing(tmp_path):
    folder = pack_with(tmp_path)
    load(folder)
    files = sorted(walk(""))
    report = load(folder)
    assert (report.created, report.updated, report.kept) == ([], [], [])
    assert PackageVersion.objects.count() == 1
    assert sorted(walk("")) == files


@pytest.mark.usefixtures("site")
def test_another_content_is_another_version_of_the_same_package(tmp_path):
    load(pack_with(tmp_path))
    folder = pack_with(tmp_path, ACTIVITY.replace("*secourt*", "*soigne*"))
    report = load(folder)
    assert report.updated == ["Dans quel ordre ?"]
    package = Package.objects.get()
    assert package.versions.count() == 2
    assert "*soigne*" in package.current.content["textField"]
    assert load(folder).updated == []


@pytest.mark.usefixtures("site")
def test_a_content_that_was_replaced_on_the_site_is_kept_unless_told_otherwise(tmp_path):
    load(pack_with(tmp_path))
    package = Package.objects.get()
    first = package.current
    load(pack_with(tmp_path, ACTIVITY.replace("*secourt*", "*soigne*")))
    package.refresh_from_db()
    package.current = first  # as «Reprendre cette version» does
    package.save()
    folder = pack_with(tmp_path, ACTIVITY.replace("*secourt*", "*aide*"))
    assert load(folder).kept == ["Dans quel ordre ?"]
    package.refresh_from_db()
    assert package.current == first
    assert load(folder, overwrite=True).updated == ["Dans quel ordre ?"]
    package.refresh_from_db()
    assert "*aide*" in package.current.content["textField"]


@pytest.mark.usefixtures("site")
def test_a_load_that_fails_leaves_no_content_behind(tmp_path):
    before = sorted(walk(""))
    folder = pack_with(tmp_path, **{"04-suite.yaml": ACTIVITY.replace("secourir\n", "suite\n").replace("1.8", "9.9")})
    with pytest.raises(PackError):
        load(folder)
    assert not PackContent.objects.exists()
    assert not PackageVersion.objects.exists()
    assert sorted(walk("")) == before


@pytest.mark.usefixtures("site")
def test_libraries_are_installed_once():
    before = {library.pk: library.updated_at for library in Library.objects.all()}
    install_libraries(CONTENT)
    assert {library.pk: library.updated_at for library in Library.objects.all()} == before


@pytest.mark.usefixtures("site")
def test_what_the_site_has_is_what_a_content_is_checked_against(tmp_path):
    Library.objects.filter(machine_name="H5P.DragText").update(semantics=[])
    [activity] = read_pack(pack_with(tmp_path)).interactive
    faults = list(known_in_database().interactive(activity.front))
    assert ("content", "textField") in [where for where, _problem, _remedy in faults]


@pytest.mark.usefixtures("site")
def test_an_image_of_the_folder_goes_into_the_package(tmp_path):
    semantics = Library.objects.get(machine_name="H5P.DragText")
    semantics.semantics = [*semantics.semantics, {"name": "picture", "type": "image"}]
    semantics.save()
    text = ACTIVITY + "  picture:\n    path: images/plan.png\n    mime: image/png\n"
    folder = pack_with(tmp_path, text, **{"images/plan.png": picture()})
    load(folder)
    version = PackageVersion.objects.get()
    assert [name.partition("/files/")[2] for name in walk(version.folder) if "/files/" in name] == [
        "content/images/plan.png"
    ]
    assert json.dumps(version.content).count("images/plan.png") == 1
