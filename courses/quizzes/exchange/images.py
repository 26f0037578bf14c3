"""Images that come inside a file of questions: are they what they say? Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import warnings
from pathlib import PurePosixPath
from urllib.parse import unquote

from PIL import Image

from .results import EmbeddedImage

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WEBP": ".webp", "AVIF": ".avif"}
_DATA = re.compile(r"data:image/[\w.+-]+;base64,(?P<content>.+)", re.DOTALL)


class NotAnImageError(Exception):
    """Bytes that are no image that the site can show; the message says why, in French."""


def decode_base64(text: str) -> bytes:
    """Return the bytes that a text encodes, line ends allowed. Raises NotAnImageError."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise NotAnImageError("elle est abîmée") from None


def data_address(source: str) -> bytes | None:
    """Return the bytes of a `data:` address, or None if it is another one. Raises NotAnImageError."""
    match = _DATA.fullmatch(source.strip())
    return decode_base64(unquote(match["content"])) if match else None


def check_image(name: str, content: bytes) -> tuple[EmbeddedImage, tuple[int, int]]:
    """Return an image that was opened and verified, named by its content, and its size in pixels.

    Raises NotAnImageError.
    """
    if len(content) > MAX_BYTES:
        raise NotAnImageError("elle dépasse 10 Mo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_SUFFIXES)) as image:
                kind, size = image.format or "", image.size
                if size[0] * size[1] > MAX_PIXELS:
                    raise NotAnImageError("elle a trop de pixels")
                image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NotAnImageError("ce n'est pas une image PNG, JPEG, GIF, WebP ou AVIF lisible") from None
    stem = re.sub(r"[^\w-]+", "-", PurePosixPath(name.replace("\\", "/")).stem).strip("-")[:60] or "image"
    token = hashlib.sha256(content).hexdigest()
    return EmbeddedImage(token, f"{stem}{_SUFFIXES[kind]}", content), size
