"""Small packages in the shapes that authoring tools export, with scripts that find the API the way each tool does.

Each plays: «Répondre juste» sets an interaction, a score and a status; «Noter ma page» keeps a place; «Quitter» ends
the session. What the package was given back when it was opened is shown in #place, #entree and #nom.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

SPACES_12 = (
    'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
SPACES_2004 = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
)

# Look in this window first, then up: Articulate Storyline, iSpring, eXeLearning.
FIND_UPWARDS = """
function findApi(name) {
  var win = window, tries = 0;
  while (win[name] == null && win.parent != null && win.parent != win && tries++ < 500) win = win.parent;
  return win[name] || null;
}
"""
# Look in the parent only, then in the opener of the top: the driver that Rise and others embed, and ADL's own sample.
FIND_FROM_PARENT = """
function scan(win, name) {
  var tries = 0;
  while (win[name] == null && win.parent != null && win.parent != win && tries++ < 500) win = win.parent;
  return win[name] || null;
}
function findApi(name) {
  var api = null;
  if (window.parent != null && window.parent != window) api = scan(window.parent, name);
  if (api == null && window.top.opener != null) api = scan(window.top.opener, name);
  return api;
}
"""
COURSE_12 = """
var api = findApi("API"), open = api.LMSInitialize("") == "true";
function get(name) { return api.LMSGetValue(name); }
function set(name, value) {
  if (api.LMSSetValue(name, String(value)) != "true") throw new Error(name + ": " + api.LMSGetLastError());
}
function commit() { return api.LMSCommit(""); }
function show() {
  document.getElementById("place").textContent = get("cmi.core.lesson_location") || "début";
  document.getElementById("entree").textContent = get("cmi.core.entry");
  document.getElementById("nom").textContent = get("cmi.core.student_name");
  document.getElementById("memoire").textContent = get("cmi.suspend_data").length;
}
function note() {
  set("cmi.core.lesson_location", "page 2");
  set("cmi.suspend_data", new Array(MEMORY + 1).join("é"));
  set("cmi.core.exit", "suspend");
  if (get("cmi.core.lesson_status") == "not attempted") set("cmi.core.lesson_status", "incomplete");
  commit();
  show();
}
function answer(right) {
  var n = get("cmi.interactions._count") || "0", path = "cmi.interactions." + n + ".";
  set(path + "id", "question_1");
  set(path + "type", "choice");
  set(path + "student_response", right ? "a" : "b");
  set(path + "result", right ? "correct" : "wrong");
  set("cmi.core.score.min", 0);
  set("cmi.core.score.max", 100);
  set("cmi.core.score.raw", right ? 80 : 20);
  set("cmi.core.lesson_status", DONE_STATUS);
  commit();
}
function leave() {
  if (!open) return;
  open = false;
  set("cmi.core.session_time", "0000:01:30");
  api.LMSFinish("");
  document.getElementById("fin").textContent = "terminé";
}
"""
COURSE_2004 = """
var api = findApi("API_1484_11"), open = api.Initialize("") == "true";
function get(name) { return api.GetValue(name); }
function set(name, value) {
  if (api.SetValue(name, String(value)) != "true") throw new Error(name + ": " + api.GetLastError());
}
function commit() { return api.Commit(""); }
function show() {
  document.getElementById("place").textContent = get("cmi.location") || "début";
  document.getElementById("entree").textContent = get("cmi.entry");
  document.getElementById("nom").textContent = get("cmi.learner_name");
  document.getElementById("memoire").textContent = get("cmi.suspend_data").length;
}
function note() {
  set("cmi.location", "page 2");
  set("cmi.suspend_data", new Array(MEMORY + 1).join("é"));
  set("cmi.exit", "suspend");
  if (get("cmi.completion_status") == "unknown") set("cmi.completion_status", "incomplete");
  commit();
  show();
}
function answer(right) {
  var n = get("cmi.interactions._count") || "0", path = "cmi.interactions." + n + ".";
  set(path + "id", "question_1");
  set(path + "type", "choice");
  set(path + "learner_response", right ? "a" : "b");
  set(path + "result", right ? "correct" : "incorrect");
  set("cmi.score.min", 0);
  set("cmi.score.max", 100);
  set("cmi.score.raw", right ? 80 : 20);
  set("cmi.score.scaled", right ? 0.8 : 0.2);
  set("cmi.completion_status", "completed");
  set("cmi.success_status", right ? "passed" : "failed");
  commit();
}
function leave() {
  if (!open) return;
  open = false;
  set("cmi.session_time", "PT1M30S");
  api.Terminate("");
  document.getElementById("fin").textContent = "terminé";
}
"""
BODY = """
<p>Lieu : <b id="place"></b> — entrée : <b id="entree"></b> — nom : <b id="nom"></b> —
mémoire : <b id="memoire"></b></p>
<p><button onclick="answer(true)">Répondre juste</button> <button onclick="answer(false)">Répondre faux</button>
<button onclick="note()">Noter ma page</button> <button onclick="leave()">Quitter</button></p><p id="fin"></p>
"""


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of some files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def page(script: str, *, title="Contenu", body=BODY, head="", after="show();") -> str:
    """Return a page that runs a script and then shows what it was given."""
    return (
        f'<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n{head}'
        f"<script>{script}</script>\n</head>\n<body>\n<h1>{title}</h1>{body}<script>{after}</script></body></html>"
    )


def course_page(*, version="1.2", find=FIND_UPWARDS, memory=10, status="passed", title="Contenu") -> str:
    """Return the page of a SCO; `memory` is the length of its suspend data, `status` what it says when answered."""
    course = COURSE_12 if version == "1.2" else COURSE_2004
    settings = f"var MEMORY = {memory}, DONE_STATUS = {json.dumps(status)};"
    leaving = 'window.addEventListener("pagehide", function () { if (open) commit(); });'
    return page(f"{find}{settings}{course}{leaving}", title=title)


def item_12(identifier, title, resource="", *, children="", parameters="", extra="") -> str:
    """Return an item of a manifest, with elements of its own in `extra`."""
    reference = f" identifierref={quoteattr(resource)}" if resource else ""
    more = f" parameters={quoteattr(parameters)}" if parameters else ""
    head = f'<item identifier="{identifier}" isvisible="true"{reference}{more}><title>{escape(title)}</title>'
    return f"{head}{extra}{children}</item>"


def manifest_12(items: str, resources: str, *, title="Contenu", schema="1.2", head="", default="ORG") -> str:
    """Return a SCORM 1.2 manifest."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<manifest identifier="M" version="1" {SPACES_12}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{schema}</schemaversion></metadata>{head}"
        f'<organizations default="{default}"><organization identifier="ORG"><title>{escape(title)}</title>{items}'
        f"</organization></organizations><resources>{resources}</resources></manifest>"
    )


def manifest_2004(items: str, resources: str, *, title="Contenu", schema="2004 4th Edition", tail="") -> str:
    """Return a SCORM 2004 manifest."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<manifest identifier="M" version="1" {SPACES_2004}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{schema}</schemaversion></metadata>"
        f'<organizations default="ORG"><organization identifier="ORG"><title>{escape(title)}</title>{items}'
        f"</organization></organizations><resources>{resources}</resources>{tail}</manifest>"
    )


def resource(identifier, href, *, kind="sco", attribute="adlcp:scormtype", files=(), extra="") -> str:
    """Return a resource; `attribute` is `adlcp:scormType` in SCORM 2004."""
    listed = "".join(f"<file href={quoteattr(name)}/>" for name in (href, *files))
    return (
        f'<resource identifier="{identifier}" type="webcontent" {attribute}="{kind}" href={quoteattr(href)}{extra}>'
        f"{listed}</resource>"
    )


def storyline(*, version="1.2", memory=10, **options) -> bytes:
    """Articulate Storyline: one SCO, `index_lms.html`, beside it the story's own folders."""
    files = {
        "index_lms.html": course_page(version=version, memory=memory, title="Les gestes au poste", **options),
        "story.html": page("", body="", after=""),
        "html5/data/js/data.js": "window.globalProvideData = 1;",
        "story_content/user.js": "",
        "lms/goodbye.html": "<html></html>",
        "mobile/poster.jpg": b"\xff\xd8\xff\xe0",
    }
    items = item_12("5yVqY_course_id", "Les gestes au poste", "5yVqY_course_id_RES")
    if version == "1.2":
        scored = item_12(
            "5yVqY_course_id",
            "Les gestes au poste",
            "5yVqY_course_id_RES",
            extra="<adlcp:masteryscore>75</adlcp:masteryscore>",
        )
        files["imsmanifest.xml"] = manifest_12(
            scored, resource("5yVqY_course_id_RES", "index_lms.html", files=["story.html"]), title="Les gestes au poste"
        )
    else:
        files["imsmanifest.xml"] = manifest_2004(
            items,
            resource("5yVqY_course_id_RES", "index_lms.html", attribute="adlcp:scormType"),
            title="Les gestes au poste",
            schema="2004 3rd Edition",
        )
    return zipped(files)


def rise(*, memory=10) -> bytes:
    """Articulate Rise: a driver whose page finds the API, and a frame inside that calls its parent."""
    driver = (
        f"{FIND_FROM_PARENT}var MEMORY = {memory}, DONE_STATUS = 'passed';{COURSE_12}"
        'function SetBookmark(value) { set("cmi.core.lesson_location", value); '
        'set("cmi.core.exit", "suspend"); commit(); }'
        'function GetBookmark() { return get("cmi.core.lesson_location"); }'
        'function SetReachedEnd() { set("cmi.core.lesson_status", "completed"); commit(); }'
        "function ConcedeControl() { leave(); }"
    )
    outer = page(
        driver,
        title="Accueillir",
        body='<iframe src="../scormcontent/index.html" width="600" height="200"></iframe>',
        after="",
    ).replace("document.getElementById('fin')", "null")
    inner = page(
        "function finish() { window.parent.SetReachedEnd(); }"
        'function bookmark() { window.parent.SetBookmark("#/lessons/2"); }',
        title="Leçon",
        body=(
            '<p id="place"></p><button onclick="bookmark()">Noter ma page</button>'
            '<button onclick="finish()">Terminer</button>'
        ),
        after='document.getElementById("place").textContent = window.parent.GetBookmark() || "début";',
    )
    return zipped(
        {
            "imsmanifest.xml": manifest_12(
                item_12("i1", "Accueillir", "r1"),
                resource("r1", "scormdriver/indexAPI.html", files=["scormcontent/index.html"]),
                title="Accueillir",
            ),
            "scormdriver/indexAPI.html": outer,
            "scormcontent/index.html": inner,
            "scormcontent/lib/fonts/Lato.woff": b"wOFF",
            "adlcp_rootv1p2.xsd": "<xs/>",
        }
    )


def ispring(*, memory=10) -> bytes:
    """ISpring: everything in `res/`, with a byte order mark before the manifest."""
    manifest = manifest_12(
        item_12("ITEM-1", "Porter des charges", "RES-1"),
        resource("RES-1", "res/index.html"),
        title="Porter des charges",
    )
    return zipped(
        {
            "imsmanifest.xml": b"\xef\xbb\xbf" + manifest.encode(),
            "res/index.html": course_page(memory=memory, title="Porter des charges", status="completed").replace(
                "<script>", '<script src="data/player.js"></script><script>', 1
            ),
            # What an opaque origin refuses: contents use it without asking.
            "res/data/player.js": (
                'localStorage.setItem("vu", "oui"); sessionStorage.page = 1; document.cookie = "vu=1; path=/";'
                'if (localStorage.getItem("vu") != "oui" || !/vu=1/.test(document.cookie)) throw new Error("mémoire");'
                'if (window.indexedDB) window.indexedDB.open("vu");'
            ),
            "res/data/slide1.css": "body { margin: 0 }",
            "AutoRun.exe": b"MZ",
        }
    )


def captivate(*, version="1.2", memory=10) -> bytes:
    """Adobe Captivate: `index_SCORM.html`; SCORM 2004 with a completion threshold and a primary objective."""
    files = {
        "index_SCORM.html": course_page(
            version=version, find=FIND_FROM_PARENT, memory=memory, title="Le tri des déchets"
        ),
        "assets/js/CPM.js": "var cp = {};",
        "dr/img0.png": b"\x89PNG\r\n\x1a\n",
    }
    if version == "1.2":
        files["imsmanifest.xml"] = manifest_12(
            item_12(
                "SCO_ID1",
                "Le tri des déchets",
                "SCO_ID1_RES",
                extra=(
                    "<adlcp:maxtimeallowed>0001:00:00</adlcp:maxtimeallowed>"
                    "<adlcp:timelimitaction>continue,no message</adlcp:timelimitaction>"
                    "<adlcp:datafromlms>langue=fr</adlcp:datafromlms><adlcp:masteryscore>70</adlcp:masteryscore>"
                ),
            ),
            resource("SCO_ID1_RES", "index_SCORM.html"),
        )
    else:
        sequencing = (
            "<imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure='true' objectiveID='obj_1'>"
            "<imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure></imsss:primaryObjective>"
            "<imsss:objective objectiveID='obj_2'/></imsss:objectives></imsss:sequencing>"
        )
        files["imsmanifest.xml"] = manifest_2004(
            item_12(
                "SCO_ID1",
                "Le tri des déchets",
                "SCO_ID1_RES",
                extra=(
                    "<adlcp:timeLimitAction>exit,message</adlcp:timeLimitAction>"
                    "<adlcp:dataFromLMS>langue=fr</adlcp:dataFromLMS>"
                    '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.9"/>' + sequencing
                ),
            ),
            resource("SCO_ID1_RES", "index_SCORM.html", attribute="adlcp:scormType"),
        )
    return zipped(files)


def exelearning() -> bytes:
    """eXeLearning: a SCO for each page, in levels, and assets that they share; SCORM 1.2, names with spaces."""
    pages = [("index.html", "Accueil"), ("avant de partir.html", "Avant de partir"), ("retour.html", "Le retour")]
    items = item_12("ITEM-0", "Accueil", "RES-0", children=item_12("ITEM-1", "Avant de partir", "RES-1"))
    items += item_12("ITEM-2", "Le retour", "RES-2")
    resources = "".join(
        resource(f"RES-{n}", name.replace(" ", "%20"), extra="").replace(
            "</resource>", '<dependency identifierref="COMMON_FILES"/></resource>'
        )
        for n, (name, _title) in enumerate(pages)
    )
    resources += (
        '<resource identifier="COMMON_FILES" type="webcontent" adlcp:scormtype="asset">'
        '<file href="base.css"/><file href="SCORM_API_wrapper.js"/><file href="absent.css"/></resource>'
    )
    files = {name: course_page(title=title, status="completed") for name, title in pages}
    return zipped(
        files
        | {
            "imsmanifest.xml": manifest_12(items, resources, title="La sortie"),
            "base.css": "body { color: black }",
            "SCORM_API_wrapper.js": "var pipwerks = {};",
            "exe_lom.xml": "<lom/>",
        }
    )


def several_scos() -> bytes:
    """A folder of three SCOs: the second asks for the first, the third for the second to be passed; and an asset."""
    items = item_12(
        "dossier",
        "La sécurité",
        children=(
            item_12("sco-1", "Les risques", "r1", extra="<adlcp:masteryscore>60</adlcp:masteryscore>")
            + item_12(
                "sco-2",
                "Les gestes",
                "r2",
                parameters="?partie=2",
                extra=(
                    '<adlcp:prerequisites type="aicc_script">sco-1</adlcp:prerequisites>'
                    "<adlcp:masteryscore>80</adlcp:masteryscore>"
                ),
            )
        ),
    )
    items += item_12(
        "sco-3", "Le bilan", "r3", extra='<adlcp:prerequisites type="aicc_script">sco-1&amp;sco-2</adlcp:prerequisites>'
    )
    items += item_12("memo", "Le mémo", "r4")
    resources = "".join(resource(f"r{n}", f"sco{n}/index.html") for n in (1, 2, 3))
    resources += resource("r4", "memo.html", kind="asset")
    pages = {f"sco{n}/index.html": course_page(title=f"Partie {n}") for n in (1, 2, 3)}
    return zipped(
        pages
        | {
            "imsmanifest.xml": manifest_12(items, resources, title="La sécurité au chantier"),
            "memo.html": page("", title="Mémo", body="<p>À retenir.</p>", after=""),
        }
    )


CMI5_UNIT = """
var asked = new URLSearchParams(location.search), token = "", launch = {};
var endpoint = (asked.get("endpoint") || "").replace(/\\/*$/, "/"), started = Date.now();
function show(text) { document.getElementById("etat").textContent += text + "; "; }
function identifier() {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, function (c) {
    return (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16);
  });
}
function call(method, resource, parameters, body) {
  return fetch(endpoint + resource + (parameters ? "?" + new URLSearchParams(parameters) : ""), {
    method: method,
    headers: {
      "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json", Authorization: "Basic " + token,
    },
    body: body && JSON.stringify(body),
  });
}
function about(key) {
  return {
    activityId: asked.get("activityId"), agent: asked.get("actor"), registration: asked.get("registration"),
    stateId: key,
  };
}
function say(verb, result, moveOn) {
  var context = JSON.parse(JSON.stringify(launch.contextTemplate));
  context.registration = asked.get("registration");
  context.contextActivities = context.contextActivities || {};
  context.contextActivities.category = [{ id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" }];
  if (moveOn) context.contextActivities.category.push({ id: "https://w3id.org/xapi/cmi5/context/categories/moveon" });
  var said = {
    id: identifier(), actor: JSON.parse(asked.get("actor")), timestamp: new Date().toISOString(),
    verb: { id: "http://adlnet.gov/expapi/verbs/" + verb, display: { en: verb } },
    object: { id: asked.get("activityId"), objectType: "Activity" }, context: context,
  };
  if (result) said.result = result;
  return call("POST", "statements", null, said).then(function (answer) { show(verb + " " + answer.status); });
}
function start() {
  return fetch(asked.get("fetch"), { method: "POST" })
    .then(function (answer) { return answer.json(); })
    .then(function (given) {
      token = given["auth-token"];
      return call("GET", "activities/state", about("LMS.LaunchData"));
    })
    .then(function (answer) { return answer.json(); })
    .then(function (given) { launch = given; return say("initialized"); })
    .then(function () { return call("GET", "activities/state", about("place")); })
    .then(function (answer) { return answer.ok ? answer.json() : { place: "début" }; })
    .then(function (given) { document.getElementById("place").textContent = given.place; });
}
function span() { return "PT" + ((Date.now() - started) / 1000).toFixed(1) + "S"; }
function note() {
  return call("PUT", "activities/state", about("place"), { place: "page 2" }).then(function () {
    document.getElementById("place").textContent = "page 2";
  });
}
function answer() {
  return say("passed", { score: { scaled: 0.8 }, success: true, duration: span() }, true).then(function () {
    return say("completed", { completion: true, duration: span() }, true);
  });
}
function leave() { return say("terminated", { duration: span() }); }
"""


def cmi5_page(title="Module cmi5") -> str:
    """Return the page of an AU: it fetches its token, reads its launch data, and speaks to the LRS."""
    body = (
        '<p>Lieu : <b id="place"></b></p><p id="etat"></p><p><button onclick="answer()">Répondre juste</button> '
        '<button onclick="note()">Noter ma page</button> <button onclick="leave()">Quitter</button></p>'
    )
    return page(CMI5_UNIT, title=title, body=body, after="start();")


def cmi5_structure(units: str, *, course="https://exemple.fr/cours/1", title="Cours cmi5") -> str:
    """Return a cmi5.xml."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">'
        f'<course id="{course}"><title><langstring lang="en-US">In English</langstring>'
        f'<langstring lang="fr-FR">{title}</langstring></title><description><langstring lang="fr">…</langstring>'
        f"</description></course>{units}</courseStructure>"
    )


def unit(identifier="https://exemple.fr/cours/1/au/1", *, title="Module cmi5", url="index.html", attributes="") -> str:
    """Return an AU; `attributes` are written as they are."""
    values = attributes or 'moveOn="CompletedAndPassed" masteryScore="0.7" launchMethod="AnyWindow"'
    return (
        f'<au id="{identifier}" {values}><title><langstring lang="fr">{title}</langstring></title>'
        f"<url>{url}</url><launchParameters>niveau=1</launchParameters></au>"
    )


def cmi5() -> bytes:
    """A cmi5 course: a block with an AU that must be completed and passed."""
    title = '<title><langstring lang="fr">Bloc</langstring></title>'
    block = f'<block id="https://exemple.fr/cours/1/bloc">{title}{unit()}</block>'
    return zipped({"cmi5.xml": cmi5_structure(block), "index.html": cmi5_page(), "js/app.js": "var app = 1;"})
