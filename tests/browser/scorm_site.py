"""Puts into a demo site a module whose activities play the packages of `makers`.

Run in a process of its own, beside the site: `python -m tests.browser.scorm_site`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
from io import BytesIO
from typing import Any


def build() -> dict[str, Any]:
    """Make the module in the space of the demo's editors; return the addresses of its activities."""
    from wagtail.models import Collection

    from courses.catalog.models import FederationPage
    from courses.interactive.packages.storing import store_package
    from tests.courses.factories import make_course
    from tests.courses.interactive.factories import make_interactive
    from tests.courses.interactive.packages import makers

    space = FederationPage.objects.get(slug="reseau-eti")
    course = make_course(space, title="Paquets d'essai", slug="paquets-d-essai", open_access=True)
    course.save_revision().publish()
    made = {
        "storyline": makers.storyline(memory=64_000),
        "captivate": makers.captivate(version="2004"),
        "ispring": makers.ispring(),
        "rise": makers.rise(),
        "several": makers.several_scos(),
        "cmi5": makers.cmi5(),
    }
    pages: dict[str, Any] = {"numbers": {}}
    for name, data in made.items():
        version = store_package(
            BytesIO(data), title=name, user=None, collection=Collection.get_first_root_node(), may_install=False
        )
        page = make_interactive(course, version.package, title=f"Paquet {name}", slug=name)
        page.save_revision().publish()
        pages[name], pages["numbers"][name] = page.url, page.pk
    return pages


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eti.settings.local")
    import django

    django.setup()
    sys.stdout.write(f"{json.dumps(build())}\n")
