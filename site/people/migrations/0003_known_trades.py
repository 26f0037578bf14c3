"""The lines of work of the SIAE that the site starts with. An administrator may add others."""

from django.db import migrations

TRADES = (
    ("tri-recyclage", "Tri et recyclage"),
    ("reemploi", "Réemploi et ressourcerie"),
    ("textile", "Textile et couture"),
    ("blanchisserie", "Blanchisserie"),
    ("espaces-verts", "Espaces verts et milieux naturels"),
    ("maraichage", "Maraîchage et agriculture"),
    ("batiment", "Bâtiment et second œuvre"),
    ("bois", "Menuiserie et bois"),
    ("metal", "Métallerie et soudure"),
    ("nettoyage", "Nettoyage et propreté"),
    ("restauration", "Restauration et transformation alimentaire"),
    ("mobilite", "Mécanique, vélo et mobilité"),
    ("numerique", "Numérique et reconditionnement"),
    ("logistique", "Logistique et conditionnement"),
    ("sous-traitance", "Sous-traitance industrielle"),
    ("services", "Services aux personnes et aux collectivités"),
)


def add(apps, schema_editor):
    Trade = apps.get_model("people", "Trade")
    Trade.objects.bulk_create(
        [Trade(slug=slug, name=name, position=place) for place, (slug, name) in enumerate(TRADES, 1)],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0002_networks_and_trades")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
