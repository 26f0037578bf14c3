"""The workflow that Wagtail makes at its first migration, named in French: editors read its name on each page."""

from django.db import migrations

NAMES = {"Moderators approval": "Relecture par l'édition"}


def rename(names):
    def run(apps, schema_editor):
        for model in ("Workflow", "Task"):
            for said, better in names.items():
                apps.get_model("wagtailcore", model).objects.filter(name=said).update(name=better)

    return run


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_package_block"), ("wagtailcore", "0048_add_default_workflows")]

    operations = [
        migrations.RunPython(rename(NAMES), rename({better: said for said, better in NAMES.items()})),
    ]
