"""The files of packages, served without a database query: what may be read is in the address itself, signed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from urllib.parse import quote, unquote, urljoin

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import parse_etags

from .models import Package, PackageVersion

PREFIX = "/contenus/"
MAX_AGE = 30 * 24 * 3600
CHUNK = 64 * 1024
NOT_FOUND = "There is no such file."
OTHER = "application/octet-stream"
ALL = (0, -1)
# Scripts in an opaque origin ask first, as soon as they add a header of their own; jQuery does.
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
# What is served compressed though it is stored as it came: under 1 KB it isn't worth it, over 4 MB it takes too long.
COMPRESSED_SIZES = range(1024, 4 * 1024 * 1024)

TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "json": "application/json",
    "map": "application/json",
    "xml": "application/xml",
    "xsd": "application/xml",
    "dtd": "application/xml-dtd",
    "txt": "text/plain",
    "md": "text/plain",
    "csv": "text/csv",
    "vtt": "text/vtt",
    "srt": "text/plain",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ico": "image/vnd.microsoft.icon",
    "cur": "image/vnd.microsoft.icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "eot": "application/vnd.ms-fontobject",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "weba": "audio/webm",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
}
REFUSED = frozenset({"swf", "flv", "fla", "jar", "class", "exe", "dll", "bat", "cmd", "com", "msi", "php", "hta"})
TEXT = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "text/css",
        "text/javascript",
        "application/json",
        "application/xml",
        "application/xml-dtd",
        "text/plain",
        "text/csv",
        "text/vtt",
        "image/svg+xml",
        "model/gltf+json",
    }
)
# A browser runs the scripts of these when they are opened by themselves.
DOCUMENTS = frozenset({"text/html", "application/xhtml+xml", "application/xml", "image/svg+xml"})

_KINDS = {
    "h": Package.Kind.H5P,
    "1": Package.Kind.SCORM12,
    "2": Package.Kind.SCORM2004,
    "5": Package.Kind.CMI5,
}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE = re.compile(r"[\\\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class FileToken:
    """What an address of files gives the right to: one version, with the bundle that it had at that time."""

    version_id: uuid.UUID
    kind: str
    bundle: str

    @property
    def folder(self) -> str:
        """Where the files of the version are in the storage."""
        return f"versions/{self.version_id}"


def _signer() -> Signer:
    return Signer(sep=".", salt="courses.interactive.packages.files")


def file_base(version: PackageVersion, *, now: datetime | None = None) -> str:
    """Return the address of the folder of a version's files: «/contenus/<token>/».

    It lasts to the end of next month, and is the same for everybody during a month, so that caches work.
    """
    month = timezone.localdate(now) if now else timezone.localdate()
    number = base64.urlsafe_b64encode(version.pk.bytes).decode().rstrip("=")
    value = f"{_LETTERS[Package.Kind(version.package.kind)]}{month:%y%m}{number}{version.bundle}"
    return f"{PREFIX}{_signer().sign(value)}/"


def read_token(token: str, *, now: datetime | None = None) -> FileToken:
    """Return what a token of `file_base` says. Raise BadSignature for a false one and for one whose time is over."""
    value = _signer().unsign(token)
    today = timezone.localdate(now) if now else timezone.localdate()
    age = today.year * 12 + today.month - (2000 + int(value[1:3])) * 12 - int(value[3:5])
    if age not in (0, 1):
        raise BadSignature("The time of this address is over.")
    return FileToken(
        version_id=uuid.UUID(bytes=base64.urlsafe_b64decode(f"{value[5:27]}==")),
        kind=_KINDS[value[0]].value,
        bundle=value[27:],
    )


def frame_policy(base_url: str, kind: str, extra_connect: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of a player document, and of any page of a package.

    `base_url` is the absolute address of the folder of its files. Scripts, styles, images, media, fonts and requests
    come from that folder and from the site's static files, never from a third party. Old contents write scripts inline
    and evaluate text: they may, in the sandbox. The origin is opaque, save for SCORM and cmi5 on `PLAYER_ORIGIN`, a
    host that has nothing to take.
    """
    static = urljoin(base_url, settings.STATIC_URL)
    ours = f"{base_url} {static}"
    sandbox = "allow-scripts allow-forms allow-downloads"
    if kind != Package.Kind.H5P and settings.PLAYER_ORIGIN and base_url.startswith(f"{settings.PLAYER_ORIGIN}/"):
        sandbox += " allow-same-origin"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {ours} 'unsafe-inline' 'unsafe-eval' blob:",
            f"style-src {ours} 'unsafe-inline'",
            f"img-src {ours} data: blob:",
            f"media-src {ours} data: blob:",
            f"font-src {ours} data:",
            " ".join(["connect-src", ours, *extra_connect, "data:", "blob:"]),
            f"frame-src {base_url} data: blob:",
            f"worker-src {base_url} blob:",
            "base-uri 'none'",
            "form-action 'none'",
            f"sandbox {sandbox}",
        ]
    )


def open_to_frames(response: HttpResponseBase) -> None:
    """Let a document be framed from an opaque origin and from another host, and keep the site's own policy off it.

    A frame of an opaque origin is nobody's «same origin», so `X-Frame-Options` would shut out the frames of a package.
    """
    response.xframe_options_exempt = True  # type: ignore[attr-defined]  # read by Django's middleware
    response._csp_config = {}  # type: ignore[attr-defined]  # the same
    # Browsers refuse a sandboxed document, opened by itself, that asks to be isolated from its opener.
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"


def serve_file(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """Answer with one file of a package. Raise Http404 when there is none.

    `bundle.js`, `bundle.css` and `libraries/…` of an H5P package are what its libraries are made of; everything else is
    a file of the version. Single ranges, ETags and compression are seen to here; the type comes from a table, never
    from the bytes.
    """
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=PREFLIGHT)
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, OPTIONS"})
    try:
        right = read_token(token)
    except BadSignature:
        raise Http404(NOT_FOUND) from None
    # The site's compression looks at no type: it would compress videos, and the pieces of a range.
    accepted = request.META.pop("HTTP_ACCEPT_ENCODING", "")
    content_type = TYPES.get(_extension(path), OTHER)
    ranged = "Range" in request.headers
    offered = (
        [] if ranged or content_type not in TEXT else [name for name in ("br", "gzip") if _accepts(accepted, name)]
    )
    file, encoding = _open(right, path, offered)
    etag = _etag(right, path, encoding)
    headers = {
        "Cache-Control": f"public, max-age={MAX_AGE}, immutable",
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Vary": "Accept-Encoding",
    }
    response: HttpResponseBase
    if _matches(request.headers.get("If-None-Match", ""), etag):
        file.close()
        response = HttpResponse(status=304, headers=headers)
        del response.headers["Content-Type"]
    else:
        if encoding:
            headers["Content-Encoding"] = encoding
        # H5P is always UTF-8; a page of an old SCORM package says itself what it is written in.
        utf8 = right.kind == Package.Kind.H5P and content_type.startswith("text/")
        headers["Content-Type"] = f"{content_type}; charset=utf-8" if utf8 else content_type
        if content_type == OTHER:
            headers["Content-Disposition"] = "attachment"
        if content_type in DOCUMENTS:
            base_url = request.build_absolute_uri(f"{PREFIX}{token}/")
            headers["Content-Security-Policy"] = frame_policy(base_url, right.kind)
        response = _answer(request, file, headers)
    open_to_frames(response)
    return response


def open_file(right: FileToken, path: str) -> File:
    """Return a file of a version as it is stored, to be closed by the caller. Raise Http404 when there is none."""
    for name in _names(right, path):
        with suppress(OSError, SuspiciousOperation, ValueError):
            return storages["packages"].open(name)
    raise Http404(NOT_FOUND)


def _extension(path: str) -> str:
    _stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return extension.lower() if dot else ""


def _names(right: FileToken, path: str) -> Iterator[str]:
    """Where the file may be in the storage. References in packages are often encoded once too much, or not enough."""
    if _extension(path) in REFUSED:
        return
    if right.kind == Package.Kind.H5P and path in ("bundle.js", "bundle.css"):
        yield f"{right.folder}/bundle-{right.bundle}{path.removeprefix('bundle')}"
        return
    folder = f"{right.folder}/files/"
    if right.kind == Package.Kind.H5P and path.startswith("libraries/"):
        folder = ""
    forms = (path, unquote(path), quote(path), unquote(path, "cp1252"), normalize("NFC", path), normalize("NFD", path))
    for form in dict.fromkeys(forms):
        if _is_inside(form):
            yield f"{folder}{form}"


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return not any(part in ("", ".", "..") or _UNSAFE.search(part) for part in parts)


def _open(right: FileToken, path: str, offered: list[str]) -> tuple[File, str]:
    """Return the file and how it is encoded: bundles are stored compressed, other text is compressed here."""
    if right.kind == Package.Kind.H5P and path in ("bundle.js", "bundle.css"):
        for encoding in offered:
            with suppress(Http404):
                return _open_encoded(right, path, encoding), encoding
    file = open_file(right, path)
    if "gzip" in offered and file.size in COMPRESSED_SIZES:
        with file:
            data = gzip.compress(file.read(), compresslevel=6, mtime=0)
        return ContentFile(data), "gzip"
    return file, ""


def _open_encoded(right: FileToken, path: str, encoding: str) -> File:
    name = next(_names(right, path)) + {"br": ".br", "gzip": ".gz"}[encoding]
    try:
        return storages["packages"].open(name)
    except OSError:
        raise Http404(NOT_FOUND) from None


def _accepts(header: str, encoding: str) -> bool:
    for item in header.lower().split(","):
        name, _sep, quality = item.partition(";")
        if name.strip() == encoding:
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", quality) is None
    return False


def _etag(right: FileToken, path: str, encoding: str) -> str:
    """Name the file: those of a version never change, and those of a library change the name of the bundle."""
    said = f"{right.version_id} {right.bundle} {path}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:20]}{encoding and "-"}{encoding}"'


def _matches(header: str, etag: str) -> bool:
    asked = [tag.removeprefix("W/") for tag in parse_etags(header)]
    return etag in asked or asked == ["*"]


def _answer(request: HttpRequest, file: File, headers: dict[str, str]) -> HttpResponseBase:
    size = file.size
    first, last = 0, size - 1
    status = 200
    if_range = request.headers.get("If-Range", "")
    if (asked := request.headers.get("Range", "")) and if_range in ("", headers["ETag"]):
        span = _span(asked, size)
        if span is None:
            file.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        if span != ALL:
            status = 206
            first, last = span
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers)
    response = StreamingHttpResponse(_chunks(file, first, last - first + 1), status=status, headers=headers)
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]  # as Django does with its own files
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte asked for, `ALL` if the header says nothing, None if there are no such bytes."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return ALL
    start, end = match.groups()
    first, last = (int(start), int(end) if end else size - 1) if start else (max(size - int(end), 0), size - 1)
    if start and end and first > last:
        return ALL
    return (first, min(last, size - 1)) if first < size else None


def _chunks(file: File, start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (data := file.read(min(CHUNK, length))):
            length -= len(data)
            yield data
