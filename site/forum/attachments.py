"""Files sent with posts: kept out of the public media, given to a post when it is published, erased with it.

Until then only who sent a file sees it. At publication who sent it is forgotten: a picture names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from people.models import User

from . import uploads
from .models import Attachment, Post

PER_POST = 6
PER_DAY = 40
UNUSED_AT_MOST = 24
UNUSED_FOR = timedelta(days=2)
_FOLDER = "forum"
NAME_MAX_LENGTH = 80


def storage() -> Storage:
    """Return where the files are."""
    return storages["private"]


# -- Receiving -----------------------------------------------------------------------------------------------------


def receive(user: User, file: UploadedFile) -> Attachment:
    """Check a file and keep it for a post that the person is writing. Raises ValidationError."""
    _check_quota(user)
    identifier = uuid4()
    folder = f"{_FOLDER}/{identifier.hex[:2]}"
    made = Attachment(pk=identifier, uploader=user)
    if uploads.is_image(file):
        picture = uploads.read_image(file)
        made.kind, made.content_type, made.size = Attachment.Kind.IMAGE, "image/webp", len(picture.content)
        made.width, made.height = picture.width, picture.height
        # Not the name that it came with: it often says who, where and when.
        made.name = "image.webp"
        made.file = storage().save(f"{folder}/{identifier.hex}.webp", ContentFile(picture.content))
        made.thumbnail = storage().save(f"{folder}/{identifier.hex}-p.webp", ContentFile(picture.thumbnail))
    else:
        document = uploads.read_document(file)
        made.kind, made.content_type, made.size = Attachment.Kind.DOCUMENT, document.content_type, file.size or 0
        made.name = _shown_name(file.name or "", document.extension)
        file.seek(0)
        made.file = storage().save(f"{folder}/{identifier.hex}.{document.extension}", file)
    try:
        made.save(force_insert=True)
    except BaseException:
        _delete_files([made.file, made.thumbnail])
        raise
    return made


def _shown_name(name: str, extension: str) -> str:
    stem = get_valid_filename(name.rsplit(".", 1)[0].replace(" ", "_") or "document")[:NAME_MAX_LENGTH]
    return f"{stem}.{extension}"


def _check_quota(user: User) -> None:
    """Count a sending. In the cache: what a person has published is not written beside their name."""
    key = f"forum:uploads:{user.pk}:{timezone.localdate().isoformat()}"
    cache.add(key, 0, 24 * 3600)
    if cache.incr(key) > PER_DAY:
        raise ValidationError(
            _("Vous avez joint beaucoup de fichiers aujourd'hui. Vous pourrez en joindre d'autres demain.")
        )
    if Attachment.objects.filter(uploader=user, post=None).count() >= UNUSED_AT_MOST:
        raise ValidationError(
            _(
                "Vous avez déjà envoyé beaucoup de fichiers sans les publier. Publiez ou retirez-en avant d'en joindre "
                "d'autres."
            )
        )


# -- While writing -------------------------------------------------------------------------------------------------


def waiting(user: User, ids: Iterable[str | UUID]) -> list[Attachment]:
    """Return those of these files that the person has sent and not published, in the order of their sending."""
    known = [identifier for identifier in map(_uuid, ids) if identifier]
    if not known:
        return []
    return list(Attachment.objects.filter(pk__in=known, uploader=user, post=None).order_by("created_at", "pk"))


def _uuid(value: str | UUID) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        return None


def of_post(post: Post) -> QuerySet[Attachment]:
    """Return the files of a post, in the order of their sending."""
    return post.attachments.order_by("created_at", "pk")


def describe(files: Iterable[Attachment], words: Mapping[UUID, str]) -> None:
    """Write what the images show, for who does not see them."""
    changed = [file for file in files if file.pk in words and file.alt != words[file.pk]]
    for file in changed:
        file.alt = words[file.pk]
    Attachment.objects.bulk_update(changed, ["alt"])


def name_someone(files: Iterable[Attachment]) -> list[Attachment]:
    """Return the documents that may carry the name of their author: they don't go with an anonymous post."""
    return [
        file for file in files if file.kind == Attachment.Kind.DOCUMENT and file.content_type not in uploads.NAMELESS
    ]


# -- With the posts ------------------------------------------------------------------------------------------------


def attach(post: Post, author: User, ids: Iterable[UUID]) -> None:
    """Give the files that the person has sent to their post, as many as it may have, and forget who sent them."""
    files = waiting(author, ids)
    if not files:
        return
    room = max(0, PER_POST - post.attachments.count())
    files = files[:room]
    if post.anonymous:
        for number, file in enumerate(files, 1):
            # A document's name may be its author's.
            file.name = f"document-{number}.{uploads.extension_of(file.file)}" if file.kind == "document" else file.name
        naming = name_someone(files)
        files = [file for file in files if file not in naming]
        Attachment.objects.bulk_update(files, ["name"])
    Attachment.objects.filter(pk__in=[file.pk for file in files]).update(post=post, uploader=None)


def erase(post_ids: Iterable[int]) -> None:
    """Delete the files of these posts, for good."""
    _erase(Attachment.objects.filter(post__in=list(post_ids)))


def remove(files: Iterable[Attachment]) -> None:
    """Delete these files, for good."""
    _erase(Attachment.objects.filter(pk__in=[file.pk for file in files]))


def forget_unused(now: datetime | None = None) -> int:
    """Delete the files that were sent two days ago and published nowhere; return how many."""
    unused = Attachment.objects.filter(post=None, created_at__lte=(now or timezone.now()) - UNUSED_FOR)
    return _erase(unused.filter(pk__in=unused.order_by("created_at").values("pk")[:500]))


def _erase(files: QuerySet[Attachment]) -> int:
    found = list(files.values_list("pk", "file", "thumbnail"))
    Attachment.objects.filter(pk__in=[pk for pk, *_ in found]).delete()
    # The rows go first: a file without a row is waste, a row without its file is an error on a page.
    transaction.on_commit(partial(_delete_files, [name for _, *names in found for name in names]), robust=True)
    return len(found)


def _delete_files(names: Iterable[str]) -> None:
    for name in filter(None, names):
        storage().delete(name)
