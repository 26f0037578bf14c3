"""The storage of packages: written in pieces, emptied by folder. It may be a folder of this machine or S3."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction

if TYPE_CHECKING:
    from .models import PackageVersion

IN_MEMORY = 1024 * 1024
"""What a file may weigh to be kept in memory while it is written, in bytes."""
CHUNK = 64 * 1024


def packages_storage() -> Storage:
    """Return where the files of packages are."""
    return storages["packages"]


def temporary() -> BinaryIO:
    """Return a file without a name that goes away when it is closed."""
    return cast("BinaryIO", SpooledTemporaryFile(max_size=IN_MEMORY))


def write(name: str, stream: BinaryIO | File) -> None:
    """Store what a stream gives under this very name, in the place of what was there.

    The stream is read to its end first: what can't be read whole is never stored, and S3 wants to go back in a file.
    """
    storage = packages_storage()
    with temporary() as held:
        shutil.copyfileobj(stream, held, CHUNK)
        held.seek(0)
        storage.delete(name)
        try:
            stored = storage.save(name, File(held))
        except BaseException:
            storage.delete(name)  # half a file is worse than none
            raise
    if stored != name:
        storage.delete(stored)
        raise FileExistsError(name)


def walk(folder: str) -> Iterator[str]:
    """Go through the names of all files under a folder («» for the whole storage); none if it is not there."""
    try:
        folders, files = packages_storage().listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield posixpath.join(folder, name)
    for name in sorted(folders):
        yield from walk(posixpath.join(folder, name))


def delete_tree(folder: str) -> None:
    """Delete a folder and all that is in it, if it is there."""
    storage = packages_storage()
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        delete_tree(f"{folder}/{name}")
    # A folder of this machine is deleted as a file is; S3 has none. Another process may be writing into it again.
    with suppress(OSError):
        storage.delete(folder)


def copy_tree(source: str, target: str) -> None:
    """Copy all files of a folder into another one, over those that are there."""
    storage = packages_storage()
    for name in walk(source):
        with storage.open(name) as file:
            write(f"{target}{name.removeprefix(source)}", file)


def delete_version_files(sender: type, instance: PackageVersion, **kwargs: Any) -> None:
    """Delete the files of a version once its row is gone for good."""
    folder = instance.folder
    transaction.on_commit(lambda: delete_tree(folder), robust=True)
