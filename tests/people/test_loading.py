import pytest
from django.conf import settings

from people.models import Federation, Territory
from people.services import load_federations, load_territories

pytestmark = pytest.mark.django_db

TERRITORIES = settings.CONTENT_DIR / "referentials" / "territories.csv"
HEADER = "kind,code,name,parent\n"


def test_the_territories_of_france_are_loaded_once():
    assert load_territories(TERRITORIES) == (119, 0, 0)
    assert Territory.objects.filter(kind="region").count() == 18
    assert Territory.objects.filter(kind="departement").count() == 101
    assert load_territories(TERRITORIES) == (0, 0, 119)


def test_corsica_and_overseas_are_there_under_their_region():
    load_territories(TERRITORIES)
    assert Territory.objects.get(kind="departement", code="2A").parent.name == "Corse"
    assert str(Territory.objects.get(kind="departement", code="974")).endswith("(974)")


def test_a_corrected_file_corrects_and_leaves_the_rest(tmp_path):
    path = tmp_path / "territories.csv"
    path.write_text(HEADER + "departement,13,Bouche du Rhone,93\nregion,93,Paca,\n", encoding="utf-8")
    load_territories(path)
    path.write_text(HEADER + "region,93,Paca,\ndepartement,13,Bouches-du-Rhône,93\n", encoding="utf-8")
    assert load_territories(path) == (0, 1, 1)
    assert Territory.objects.get(code="13").name == "Bouches-du-Rhône"


@pytest.mark.parametrize("row", ["departement,13,Bouches-du-Rhône,93", "departement,13,Bouches-du-Rhône,"])
def test_a_departement_without_its_region_stops_the_loading(tmp_path, row):
    path = tmp_path / "territories.csv"
    path.write_text(f"{HEADER}region,11,Île-de-France,\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="13"):
        load_territories(path)
    assert not Territory.objects.exists()


def test_the_federations_of_the_content_are_added_once_and_never_overwritten():
    path = settings.CONTENT_DIR / "federations.yaml"
    added = load_federations(path).added
    assert added == Federation.objects.count() > 0
    federation = Federation.objects.first()
    Federation.objects.filter(pk=federation.pk).update(description="Écrit à la main")
    assert load_federations(path) == (0, 0, added)
    federation.refresh_from_db()
    assert federation.description == "Écrit à la main"
