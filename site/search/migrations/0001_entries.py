"""Entries, known words, and the full-text index of the database in use."""

import django.utils.timezone
from django.db import migrations, models

from search.engine import create_index, drop_index


def make_index(apps, schema_editor):
    create_index(schema_editor)


def remove_index(apps, schema_editor):
    drop_index(schema_editor)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("form", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="mot")),
                ("term", models.CharField(db_index=True, max_length=40, verbose_name="terme")),
                ("uses", models.PositiveIntegerField(default=1, verbose_name="textes")),
            ],
            options={
                "verbose_name": "mot connu",
                "verbose_name_plural": "mots connus",
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="type")),
                ("object_id", models.PositiveBigIntegerField(verbose_name="objet")),
                ("group", models.CharField(blank=True, max_length=40, verbose_name="groupe")),
                ("audience", models.CharField(max_length=40, verbose_name="lisible par")),
                ("title", models.CharField(blank=True, max_length=255, verbose_name="titre")),
                ("text", models.TextField(blank=True, verbose_name="texte")),
                ("at", models.DateTimeField(verbose_name="date")),
                ("accepted", models.BooleanField(default=False, verbose_name="réponse acceptée")),
                ("indexed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="indexé le")),
                ("words", models.TextField(blank=True, editable=False, verbose_name="mots")),
                ("marks", models.TextField(blank=True, editable=False, verbose_name="marques")),
            ],
            options={
                "verbose_name": "entrée de recherche",
                "verbose_name_plural": "entrées de recherche",
                "indexes": [
                    models.Index(
                        condition=models.Q(("group", ""), _negated=True), fields=["group"], name="search_entry_group"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "object_id"), name="search_entry_is_unique")],
            },
        ),
        migrations.RunPython(make_index, remove_index),
    ]
