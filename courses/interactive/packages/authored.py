"""What was written on this site as .h5p files: the libraries that are here, the images of the library, the file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.images import get_image_model

from .exporting import build_h5p
from .h5p.authoring import CURRENT, Authored, Picture, PictureSource, Shelf
from .models import Library

# WebP and AVIF are not taken by every platform.
_KINDS = {".png": ("png", "image/png"), ".gif": ("png", "image/png"), ".svg": ("png", "image/png")}
_PHOTO = ("jpg", "image/jpeg")
_RENDITIONS = {"png": "max-1200x1200|format-png", "jpg": "max-1200x1200|format-jpeg|jpegquality-85"}


def site_shelf() -> Shelf:
    """Return the libraries that exports are written for, with one query."""
    stored = Library.objects.filter(machine_name__in=CURRENT)
    return Shelf({library.ubername: library.semantics for library in stored})


def library_pictures() -> PictureSource:
    """Return what gives an image of the library, in a size for screens and a format that every platform takes."""

    def picture_of(pk: int) -> Picture | None:
        image = get_image_model().objects.filter(pk=pk).first()
        if image is None:
            return None
        extension, mime = _KINDS.get(PurePosixPath(image.file.name).suffix.lower(), _PHOTO)
        try:
            rendition = image.get_rendition(_RENDITIONS[extension])
            with rendition.file.open("rb") as file:
                content = file.read()
        except FileNotFoundError:
            return None
        name = f"{slugify(image.title)[:60] or 'image'}-{pk}.{extension}"
        return Picture(name, mime, content, rendition.width, rendition.height)

    return picture_of


def unseen_picture(pk: int) -> Picture:
    """Stand for an image where only the report counts."""
    return Picture(f"image-{pk}.png", "image/png", b"", 1, 1)


def missing_libraries(authored: Authored) -> list[str]:
    """Return the libraries that are not on this site, so not in the file: «H5P.QuestionSet 1.20»."""
    stored = {library.ubername for library in Library.objects.filter(machine_name__in=CURRENT)}
    return [name for name in authored.libraries if name not in stored]


def note_on_libraries(authored: Authored) -> str:
    """Return, in French, whether the file brings all that it needs to be played."""
    if not authored.libraries:
        return ""
    missing = missing_libraries(authored)
    if not missing:
        return _("Le fichier contient tout ce qu'il faut pour être joué ailleurs.")
    return _(
        "Le fichier ne contient pas les bibliothèques %(names)s, qui ne sont pas sur ce site : la plateforme où vous "
        "l'ouvrirez doit déjà les avoir."
    ) % {"names": ", ".join(missing)}


def offer(authored: Authored, url: str) -> dict[str, Any]:
    """Return what a page of exports says of the file: what it holds, what it can't hold, what it needs."""
    left_out = [told for told in authored.report if told.left_out]
    return {
        "label": ".h5p",
        "url": url,
        "count": 0 if authored.content is None else authored.count - len(left_out),
        "left_out": left_out,
        "adapted": [told for told in authored.report if not told.left_out],
        "note": note_on_libraries(authored),
    }


def download(authored: Authored) -> HttpResponse:
    """Return the .h5p file of a content. Raises Http404 when nothing could be written."""
    if authored.content is None:
        raise Http404
    file = build_h5p(authored.content, authored.main, authored.title, authored.files)
    name = slugify(authored.title)[:80] or "contenu"
    return HttpResponse(
        file,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}.h5p"'},
    )
