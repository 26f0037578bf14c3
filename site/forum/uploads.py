"""Files that members send: checked by what they hold, not by what they are called.

An image is decoded, turned upright, made smaller and drawn anew, so that nothing of what it told beside its pixels is
left (EXIF, GPS, XMP, a preview of what was cropped). A document is kept as it is if it is what its name says.
"""

from __future__ import annotations

import struct
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

IMAGE_MAX_BYTES = 20 * 1024 * 1024
DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 64_000_000
"""Of a JPEG, which is decoded smaller than it is. Other formats take all their memory: half as many."""

LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 480
QUALITY = 80
# What several phones write, MPO, is opened as the JPEG that it begins with.
_FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "HEIF"]

ZIP_MAX_ENTRIES = 3000
ZIP_MAX_BYTES = 100 * 1024 * 1024
ZIP_MAX_RATIO = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """An image drawn anew, in WebP, with a smaller one for pages."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is what its name says."""

    extension: str
    content_type: str


DOCUMENTS = {
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}

NAMELESS = frozenset({"text/csv", "text/plain"})
"""The documents that do not carry the name of who wrote them."""

_IMAGE_EXTENSIONS = frozenset({"jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "heic", "heif"})

ACCEPTED = ",".join(["image/*", *(f".{extension}" for extension in DOCUMENTS)])
"""What the form offers to choose from."""


def extension_of(name: str) -> str:
    """Return the extension of a file's name, in lower case and without its dot."""
    return PurePath(name).suffix.lower().lstrip(".")


def is_image(file: UploadedFile) -> bool:
    """Whether the file is sent as an image. What it is, `read_image` says."""
    return extension_of(file.name or "") in _IMAGE_EXTENSIONS or (
        (file.content_type or "").startswith("image/") and extension_of(file.name or "") not in DOCUMENTS
    )


# -- Images --------------------------------------------------------------------------------------------------------


def _know_heif() -> None:
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)


def read_image(file: UploadedFile) -> Picture:
    """Return the image drawn anew. Raises ValidationError, with words for who sent it."""
    if (file.size or 0) > IMAGE_MAX_BYTES:
        raise ValidationError(_("Cette image pèse plus de 20 Mo. Envoyez-la plus petite."))
    _know_heif()
    try:
        # The size is known before the pixels are decoded: a bomb is refused without being opened.
        with Image.open(file, formats=_FORMATS) as opened:
            _check_pixels(opened)
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            return _drawn_anew(opened)
    except ValidationError:
        raise
    except (
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
        struct.error,
        EOFError,
        MemoryError,
    ) as error:
        raise ValidationError(
            _("Ce fichier n'est pas une image que le site sait lire. Envoyez une image JPEG, PNG, WebP, GIF ou HEIC.")
        ) from error


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    if width * height > (MAX_PIXELS if image.format in {"JPEG", "MPO"} else MAX_PIXELS // 2) or min(width, height) < 1:
        raise ValidationError(_("Cette image est trop grande. Envoyez-la plus petite."))


def _drawn_anew(opened: Image.Image) -> Picture:
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn = upright.convert(mode)
    if profile:
        # The colours of a phone, as every screen shows them: the profile goes with the rest of what is not a pixel.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            drawn = ImageCms.profileToProfile(drawn, source, ImageCms.createProfile("sRGB")) or drawn
    clean = Image.new(mode, drawn.size)
    clean.paste(drawn)
    small = clean.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_webp(clean), _webp(small), *clean.size)


def _webp(image: Image.Image) -> bytes:
    output = BytesIO()
    image.save(output, "WEBP", quality=QUALITY, method=3)
    return output.getvalue()


# -- Documents -----------------------------------------------------------------------------------------------------


def read_document(file: UploadedFile) -> Document:
    """Return what the document is. Raises ValidationError, with words for who sent it."""
    extension = extension_of(file.name or "")
    if extension in {"docm", "dotm", "xlsm", "xltm", "xlsb", "pptm"}:
        raise ValidationError(_("Un document avec des macros n'est pas accepté. Enregistrez-le sans macros."))
    if extension not in DOCUMENTS:
        raise ValidationError(
            _(
                "Ce type de fichier n'est pas accepté. Vous pouvez joindre : images, PDF, ODT, ODS, DOCX, XLSX, CSV, "
                "TXT."
            )
        )
    if (file.size or 0) > DOCUMENT_MAX_BYTES:
        raise ValidationError(_("Ce document pèse plus de 10 Mo. Envoyez-le plus petit."))
    if not file.size:
        raise ValidationError(_("Ce fichier est vide."))
    file.seek(0)
    if not _CHECKS[extension](cast("BinaryIO", file), extension):
        raise ValidationError(_("Ce fichier n'est pas ce que son nom annonce. Enregistrez-le à nouveau."))
    return Document(extension, DOCUMENTS[extension])


def _is_pdf(file: BinaryIO, extension: str) -> bool:
    return b"%PDF-" in file.read(1024)


def _is_text(file: BinaryIO, extension: str) -> bool:
    content = file.read()
    return not any(byte in content for byte in (b"\0", b"\x1b")) and not content.lstrip().startswith((b"%PDF-", b"MZ"))


def _is_office(file: BinaryIO, extension: str) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_archive(entries)
            names = {entry.filename for entry in entries}
            if extension in {"odt", "ods"}:
                _refuse_macros(any(name.startswith(("Basic/", "Scripts/")) for name in names))
                return "mimetype" in names and _read(archive, "mimetype", 100).strip() == DOCUMENTS[extension].encode()
            types = _read(archive, "[Content_Types].xml", 1024 * 1024) if "[Content_Types].xml" in names else b""
            _refuse_macros("macroenabled" in types.decode("utf-8", "replace").lower())
            _refuse_macros(any("vbaproject" in name.lower() for name in names))
            main = "word/document.xml" if extension == "docx" else "xl/workbook.xml"
            return bool(types) and main in names
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return False


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as entry:
        return entry.read(most)


def _refuse_macros(found: bool) -> None:  # noqa: FBT001
    if found:
        raise ValidationError(_("Un document avec des macros n'est pas accepté. Enregistrez-le sans macros."))


def _check_archive(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise ValidationError(_("Un document protégé par un mot de passe n'est pas accepté."))
    if len(entries) > ZIP_MAX_ENTRIES or total > ZIP_MAX_BYTES or total > ZIP_MAX_RATIO * max(packed, 1024):
        raise ValidationError(_("Ce document est trop lourd une fois ouvert. Envoyez-le plus petit."))


_CHECKS = {
    "pdf": _is_pdf,
    "csv": _is_text,
    "txt": _is_text,
    **dict.fromkeys(("odt", "ods", "docx", "xlsx"), _is_office),
}
