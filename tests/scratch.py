"""Settings of a child process of the tests: a database of its own, made without migrations, so in seconds."""

from eti.settings.base import env
from eti.settings.test import *
from eti.settings.test import DATABASES, WAGTAILSEARCH_BACKENDS

DATABASES["default"] = {**DATABASES["default"], **env.db_url("DATABASE_URL")}
WAGTAILSEARCH_BACKENDS["default"]["SEARCH_CONFIG"] = "simple"


class _NoMigrations:
    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = _NoMigrations()
