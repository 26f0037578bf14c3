"""A storage that behaves as S3 does: names and bytes, no folders, nothing wrong in deleting what is not there."""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils import timezone


class ObjectStorage(Storage):
    def __init__(self):
        self.objects = {}

    def _open(self, name, mode="rb"):
        if name not in self.objects:
            raise FileNotFoundError(name)
        return ContentFile(self.objects[name][0], name=name)

    def _save(self, name, content):
        content.seek(0)
        self.objects[name] = (content.read(), timezone.now())
        return name

    def delete(self, name):
        self.objects.pop(name, None)

    def exists(self, name):
        return name in self.objects

    def listdir(self, path):
        prefix = f"{path}/" if path else ""
        under = [name.removeprefix(prefix) for name in self.objects if name.startswith(prefix)]
        folders = {name.partition("/")[0] for name in under if "/" in name}
        return sorted(folders), sorted(name for name in under if "/" not in name)

    def size(self, name):
        return len(self.objects[name][0])

    def get_modified_time(self, name):
        return self.objects[name][1]
