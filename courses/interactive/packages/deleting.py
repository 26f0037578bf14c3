"""A package goes with its versions and their files. The libraries stay: they are the site's, not the package's."""

from __future__ import annotations

from django.db import transaction

from .files import delete_tree
from .models import Package


@transaction.atomic
def delete_package(package: Package) -> None:
    """Delete a package with all its versions; raise ProtectedError while a page plays it."""
    folders = [version.folder for version in package.versions.only("pk")]
    package.delete()
    transaction.on_commit(lambda: _delete_files(folders))


def _delete_files(folders: list[str]) -> None:
    for folder in folders:
        delete_tree(folder)
