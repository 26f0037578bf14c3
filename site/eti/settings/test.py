"""Settings of the test suite: quick hashes, e-mail kept in memory, nothing written outside a temporary folder."""

import os
import tempfile

# Kept in a name, so that the folder lives as long as the tests and goes away with them.
_var = tempfile.TemporaryDirectory(prefix="eti-tests-")
os.environ.setdefault("VAR_DIR", _var.name)

from .base import *
from .base import STORAGES

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
WHITENOISE_AUTOREFRESH = False
