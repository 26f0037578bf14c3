"""One machine, nothing to configure: the secret key is made once and kept with the data."""

import os

from django.core.management.utils import get_random_secret_key

from .base import *
from .base import VAR_DIR, env

VAR_DIR.mkdir(parents=True, exist_ok=True)
_secret_file = VAR_DIR / "secret_key"
if not _secret_file.exists():
    # Written whole, then put in place: a second process that starts meanwhile never reads half a key.
    _draft = VAR_DIR / f"secret_key.{os.getpid()}"
    _draft.touch(mode=0o600)
    _draft.write_text(get_random_secret_key())
    _draft.replace(_secret_file)

SECRET_KEY = _secret_file.read_text()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
