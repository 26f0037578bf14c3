"""The starter sheets: they load, they are dated, they follow what the site knows."""

import shutil
from datetime import date
from importlib import import_module

import pytest
import yaml
from django.conf import settings as django_settings

from courses.packs.content import load_content
from courses.packs.faults import PackError
from practices.models import SheetCollection, SheetPage
from tests.courses.packs.builder import make_pack

pytestmark = pytest.mark.django_db
FILES = [
    path
    for path in sorted((django_settings.CONTENT_DIR / "practices").glob("*.yaml"))
    if path.name != "collections.yaml"
]


@pytest.fixture
def content(tmp_path, settings):
    """A copy of `content/` with one small module."""
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = tmp_path / "content"
    shutil.copytree(django_settings.CONTENT_DIR, folder, ignore=shutil.ignore_patterns("modules"))
    make_pack(folder / "modules")
    return folder


def test_the_starter_sheets_load_once_with_their_collections(content):
    load_content(content)
    sheets = SheetPage.objects.live()
    assert sheets.count() == 6
    assert {sheet.reviewed_on for sheet in sheets} == {date(2026, 11, 25)}
    assert all(sheet.publisher and sheet.standing.version == 1 for sheet in sheets)
    assert [collection.items.count() for collection in SheetCollection.objects.all()] == [3, 3]
    load_content(content)
    assert all(sheet.standing.version == 1 for sheet in SheetPage.objects.all())
    assert SheetCollection.objects.count() == 2


def test_a_collection_changed_on_the_site_is_left_alone(content):
    load_content(content)
    SheetCollection.objects.update(title="À nous")
    load_content(content)
    assert set(SheetCollection.objects.values_list("title", flat=True)) == {"À nous"}


@pytest.mark.parametrize(
    ("line", "changed", "told"),
    [
        ("federation: reseau-eti\n", "federation: inconnue\n", "la fédération « inconnue » n'existe pas"),
        ("competences: [A1.2, A1.5]", "competences: [Z9.9]", "la compétence « Z9.9 » n'existe pas"),
        ("safety: |", "surete: |", "safety"),
    ],
)
def test_a_fault_is_told_with_its_file_and_changes_nothing(content, line, changed, told):
    path = content / "practices" / FILES[0].name
    text = path.read_text(encoding="utf-8")
    assert line in text
    path.write_text(text.replace(line, changed, 1), encoding="utf-8")
    with pytest.raises(PackError, match=told) as caught:
        load_content(content)
    assert {fault.file for fault in caught.value.faults} == {str(path)}
    assert not SheetPage.objects.exists()


def test_a_collection_names_sheets_that_exist(content):
    path = content / "practices" / "collections.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("quart-d-heure-securite", "perdue"), encoding="utf-8")
    with pytest.raises(PackError, match="perdue"):
        load_content(content)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_lines_of_work_of_a_sheet_are_known(path):
    known = {slug for slug, _name in import_module("people.migrations.0003_known_trades").TRADES}
    assert set(yaml.safe_load(path.read_text(encoding="utf-8")).get("trades", [])) <= known
