"""Puts into a demo site a module whose activities play the sample packages, and a hostile one.

Run in a process of its own, beside the site: `python -m tests.browser.h5p_site <step> [argument…]`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from io import BytesIO
from typing import Any

HOSTILE = """
H5P.Hostile = (function () {
  function Hostile(options, id) { this.contentId = id; }
  Hostile.prototype.attach = function (container) {
    var said = {};
    function note(name, value) { said[name] = String(value); container.text(JSON.stringify(said)); }
    function tried(name, what) { try { note(name, what()); } catch (error) { note(name, "refused"); } }
    tried("cookie", function () { return document.cookie || "refused"; });
    tried("parent", function () { return window.parent.document.title; });
    tried("storage", function () { return Object.keys(Object.getPrototypeOf(window.parent).localStorage); });
    tried("top", function () { window.top.location = "https://example.com/top"; return "sent"; });
    tried("open", function () { return window.open("https://example.com/open") ? "opened" : "refused"; });
    tried("form", function () {
      var form = document.createElement("form");
      form.action = "/compte/deconnexion/"; form.method = "post"; form.target = "_top";
      document.body.appendChild(form); form.submit();
      return "sent";
    });
    function asked(name, promise) {
      promise.then(function () { note(name, "reached"); }, function () { note(name, "refused"); });
    }
    asked("account", fetch("/compte/", { credentials: "include" }));
    asked("elsewhere", fetch("https://example.com/fetch", { mode: "no-cors" }));
    var script = document.createElement("script");
    script.src = "https://example.com/script.js";
    script.onload = function () { note("script", "reached"); };
    script.onerror = function () { note("script", "refused"); };
    document.head.appendChild(script);
    var image = new Image();
    image.onload = function () { note("image", "reached"); };
    image.onerror = function () { note("image", "refused"); };
    image.src = "https://example.com/image.png";
    var frame = document.createElement("iframe");
    frame.src = "/compte/";
    document.body.appendChild(frame);
    function forged(object, score) {
      return {
        id: H5P.createUUID(), actor: { mbox: "mailto:admin@exemple.fr" },
        verb: { id: "http://adlnet.gov/expapi/verbs/completed" }, object: { id: object },
        result: { score: { raw: score, max: 100, scaled: 1 }, completion: true, success: true }
      };
    }
    var own = H5PIntegration.contents["cid-1"].url;
    var other = own.replace(/[0-9]+\\/$/, "OTHER/");
    window.parent.postMessage({ eti: "report", report: {
      id: H5P.createUUID(), statements: [forged(other, 100), forged(own, 500), forged("https://example.com/", 100)]
    } }, "*");
    window.parent.postMessage({ eti: "link", href: "javascript:document.title='pris'" }, "*");
    window.parent.postMessage({ eti: "height", height: 1e9 }, "*");
    container.addClass("tried");
  };
  return Hostile;
})();
"""


def _space() -> Any:
    from courses.catalog.models import FederationPage

    return FederationPage.objects.get(slug="reseau-eti")


def _store(data: Any, title: str) -> Any:
    from wagtail.models import Collection

    from courses.interactive.packages.storing import store_package

    root = Collection.get_first_root_node()
    return store_package(data, title=title, user=None, collection=root, may_install=True).package


def build() -> dict[str, Any]:
    """Make the module in the space of the demo's editors; return the addresses of its activities."""
    from tests.courses.factories import make_course, make_lesson
    from tests.courses.interactive.factories import make_interactive
    from tests.courses.interactive.packages import h5p_maker
    from tests.courses.interactive.samples import GOOD, sample

    course = make_course(_space(), title="Contenus d'essai", slug="contenus-d-essai", open_access=True)
    course.save_revision().publish()
    packages = {}
    for name in GOOD:
        with sample(name).open("rb") as file:
            packages[file.name.rpartition("/")[2].removesuffix(".h5p")] = _store(file, name)
    with sample("h5p/malformed/xss-svg.h5p").open("rb") as file:
        packages["xss-svg"] = _store(file, "xss-svg")
    first = make_interactive(
        course, packages["standalone-test"], title="Vrai ou faux", slug="vrai-ou-faux", required=False
    )
    code = HOSTILE.replace("OTHER", str(first.pk))
    library = h5p_maker.library("H5P.Hostile-1.0", semantics=[], files={"scripts/main.js": code})
    packages["hostile"] = _store(BytesIO(h5p_maker.h5p("H5P.Hostile-1.0", library, content={})), "hostile")
    pages = {"standalone-test": first}
    for name, package in packages.items():
        if name not in pages:
            pages[name] = make_interactive(
                course, package, title=f"Contenu {name}", slug=name, alternative="Les myrtilles sont bleues."
            )
    lesson = make_lesson(
        course,
        title="Leçon avec activité",
        slug="lecon-avec-activite",
        body=[
            {"type": "markdown", "id": str(uuid.uuid4()), "value": "## Avant\n\nTexte."},
            {"type": "interactive", "id": str(uuid.uuid4()), "value": {"package": packages["drag-text"].pk}},
        ],
    )
    for page in [*pages.values(), lesson]:
        page.save_revision().publish()
    numbers = {name: page.pk for name, page in pages.items()}
    return {"numbers": numbers, "lesson": lesson.url, **{name: page.url for name, page in pages.items()}}


def registrations(address: str) -> dict[str, Any]:
    """Return what is recorded of a person: scores and statements by the slug of the activity."""
    from courses.interactive.lrs.models import Statement
    from courses.interactive.playing.models import Registration

    found = {}
    for one in Registration.objects.filter(user__email=address).select_related("page"):
        found[one.page.slug] = {
            "score": None if one.score is None else float(one.score),
            "done": one.done_at is not None,
            "states": one.states.count(),
            "statements": sorted(
                Statement.objects.filter(registration=one.pk).values_list("activity", "parent", "verb")
            ),
        }
    return found


STEPS = {"build": build, "registrations": registrations}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eti.settings.local")
    import django

    django.setup()
    sys.stdout.write(f"{json.dumps(STEPS[sys.argv[1]](*sys.argv[2:]))}\n")
