"""Small H5P packages, made whole: a content, its library, what the library needs."""

import io
import json
import zipfile
from collections.abc import Mapping

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)
SEMANTICS = [
    {"name": "text", "type": "text", "widget": "html", "label": "Text", "tags": ["strong"], "default": "Hello"},
    {"name": "image", "type": "image", "label": "Image", "optional": True},
    {"name": "inner", "type": "library", "label": "Inner", "options": ["H5P.Inner 1.0"], "optional": True},
]
FRENCH = {"semantics": [{"label": "Texte", "default": "Bonjour"}, {"label": "Image"}, {"label": "Intérieur"}]}


def reference(name):
    machine_name, _dash, number = name.rpartition("-")
    major, minor = number.split(".")
    return {"machineName": machine_name, "majorVersion": int(major), "minorVersion": int(minor)}


def library(name, *, patch=0, needs=(), dynamic=(), editor=(), semantics=None, french=None, files=None) -> dict:
    """Return the files of a library, «H5P.Outer-1.2», by their paths in an archive; all that are .js or .css load."""
    files = {"scripts/main.js": f"window.loaded = (window.loaded || []).concat('{name} {patch}');"} | (files or {})
    metadata = reference(name) | {
        "title": name,
        "patchVersion": patch,
        "runnable": 1,
        "preloadedJs": [{"path": path} for path in files if path.endswith(".js")],
        "preloadedCss": [{"path": path} for path in files if path.endswith(".css")],
        "preloadedDependencies": [reference(each) for each in needs],
        "dynamicDependencies": [reference(each) for each in dynamic],
        "editorDependencies": [reference(each) for each in editor],
    }
    made = {"library.json": metadata, **files}
    if semantics is not None:
        made["semantics.json"] = semantics
    if french is not None:
        made["language/fr.json"] = french
    return {f"{name}/{path}": data for path, data in made.items()}


def h5p(main="H5P.Outer-1.2", *libraries, content=None, needs=(), files=None, title="Un contenu") -> bytes:
    """Return a package. `libraries` are what `library` made; `files` those of the content, by their paths in it."""
    meta = {
        "title": title,
        "language": "fr",
        "mainLibrary": main.rpartition("-")[0],
        "embedTypes": ["iframe"],
        "license": "CC BY",
        "preloadedDependencies": [reference(each) for each in (main, *needs)],
    }
    entries: dict = {"h5p.json": meta, "content/content.json": content if content is not None else {"text": "Salut"}}
    entries |= {f"content/{path}": data for path, data in (files or {}).items()}
    for each in libraries:
        entries |= each
    return zipped(entries)


def zipped(entries: Mapping[str, object], compression=zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive; what is neither text nor bytes is written as JSON."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path, data in entries.items():
            archive.writestr(path, data if isinstance(data, (str, bytes)) else json.dumps(data))
    return target.getvalue()


def outer(*, patch=0, **options) -> dict:
    """Return H5P.Outer 1.2, with a text, an image and an inner library."""
    return library("H5P.Outer-1.2", patch=patch, **{"semantics": SEMANTICS, "french": FRENCH} | options)
