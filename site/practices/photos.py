"""Photos that members send: decoded, cleaned of what a phone writes in them, made smaller, kept with the consents."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from wagtail.images import get_image_model

from people.models import User

from .models import MAX_PHOTOS, SheetPhoto, SheetProposal
from .spaces import proposals_collection

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
MIN_SIDE = 200
LONGEST_SIDE = 1800
QUALITY = 82
# A photo of some phones holds two images (MPO): it opens as the JPEG that it begins with.
_FORMATS = ("JPEG", "PNG", "WEBP")


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ValidationError(_("Cette photo est trop grande. Envoyez-la plus petite."))
    if min(width, height) < MIN_SIDE:
        raise ValidationError(_("Cette photo est trop petite : on n'y verrait rien une fois imprimée."))


def clean_photo(file: UploadedFile) -> ContentFile[bytes]:
    """Return the photo drawn anew as a JPEG: upright, at most 1800 pixels wide or high, without EXIF nor GPS.

    Only its pixels are kept, so nothing else that the file held is. Raises ValidationError.
    """
    if (file.size or 0) > MAX_BYTES:
        raise ValidationError(_("Cette photo pèse plus de 15 Mo. Envoyez-la plus petite."))
    try:
        # The size is known before the pixels are decoded: a bomb is refused without being opened.
        with Image.open(file, formats=_FORMATS) as opened:
            _check_size(*opened.size)
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            drawn = ImageOps.exif_transpose(opened)
            drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            if drawn.mode in {"RGBA", "LA", "P", "PA"}:
                seen = drawn.convert("RGBA")
                drawn = Image.new("RGB", seen.size, "white")
                drawn.paste(seen, mask=seen.getchannel("A"))
            clean = Image.new("RGB", drawn.size)
            clean.paste(drawn.convert("RGB"))
    except ValidationError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise ValidationError(
            _("Ce fichier n'est pas une photo que le site sait lire. Envoyez une image JPEG, PNG ou WebP.")
        ) from error
    output = BytesIO()
    clean.save(output, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return ContentFile(output.getvalue(), name=f"fiche-{secrets.token_hex(12)}.jpg")


class TooManyPhotosError(Exception):
    """The sheet holds as many photos as it may."""


def add_photo(owner: User, proposal_id: int, file: ContentFile[bytes], **said: Any) -> SheetPhoto:
    """Keep a cleaned photo with what was said of it. Raises TooManyPhotosError, SheetProposal.DoesNotExist."""
    image = get_image_model()(title=said["alt"][:120])
    try:
        with transaction.atomic():
            proposal = SheetProposal.objects.select_for_update().get(pk=proposal_id, owner=owner)
            _check_room(proposal)
            image.collection = proposals_collection()
            image.file.save(file.name, ImageFile(file, name=file.name), save=False)
            image.file_size = file.size
            image.save()
            photo = SheetPhoto.objects.create(image=image, proposal=proposal, declared_by=owner, **said)
            SheetProposal.objects.filter(pk=proposal_id).update(unsent=True)
            return photo
    except BaseException:
        # The row that named the file was rolled back.
        if image.file:
            image.file.storage.delete(image.file.name)
        raise


def _check_room(proposal: SheetProposal) -> None:
    if proposal.photos.count() >= MAX_PHOTOS:
        raise TooManyPhotosError


def erase_images(photos: Any) -> None:
    """Delete photos with their files: Wagtail deletes the files once the transaction is done."""
    for photo in list(photos.select_related("image")):
        photo.image.delete()


@transaction.atomic
def remove_photo(owner: User, proposal_id: int, photo_id: int) -> None:
    """Take a photo out of a proposal. A page that shows it keeps it until the next version; else it is erased."""
    proposal = SheetProposal.objects.select_for_update().get(pk=proposal_id, owner=owner)
    photos = SheetPhoto.objects.filter(pk=photo_id, proposal=proposal)
    if proposal.page_id is None:
        erase_images(photos)
    else:
        photos.update(proposal=None)
    SheetProposal.objects.filter(pk=proposal.pk).update(unsent=True)
