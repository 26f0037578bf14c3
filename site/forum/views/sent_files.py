"""The files of a form being written: those sent with it now, those sent before, those of the message it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from people.http import MemberRequest

from .. import attachments
from ..models import Attachment, Post

ALT_MAX_LENGTH = 200


@dataclass
class SentFiles:
    """What a form holds; `attached` are files for the message to come, `of_post` those that it has already."""

    attached: list[Attachment] = field(default_factory=list)
    of_post: list[Attachment] = field(default_factory=list)
    removed: list[Attachment] = field(default_factory=list)
    described: dict[UUID, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[Attachment]:
        """All that the form shows, in order; `leaving` marks those that will be taken out."""
        return [*self.of_post, *self.attached]

    @property
    def ids(self) -> list[UUID]:
        """The files to give to the message."""
        return [file.pk for file in self.attached]


def sent_files(request: MemberRequest, post: Post | None = None) -> SentFiles:
    """Take the files that come with a form, and find those that came before. One that is refused leaves the others."""
    data, leaving = request.POST, set(request.POST.getlist("remove"))
    sent = SentFiles(of_post=list(attachments.of_post(post)) if post else [])
    waiting = attachments.waiting(request.user, data.getlist("files"))
    gone = [file for file in waiting if str(file.pk) in leaving]
    if gone:
        attachments.remove(gone)
    sent.attached = [file for file in waiting if file not in gone]
    sent.removed = [file for file in sent.of_post if str(file.pk) in leaving]
    for file in sent.removed:
        file.leaving = True  # type: ignore[attr-defined]  # for the page that shows the form again
    for upload in request.FILES.getlist("uploads"):
        if len(sent.shown) - len(sent.removed) >= attachments.PER_POST:
            sent.errors.append(_("Six fichiers au plus par message : « %s » n'est pas joint.") % upload.name)
            continue
        try:
            sent.attached.append(attachments.receive(request.user, upload))
        except ValidationError as error:
            sent.errors.append(f"« {upload.name} » : {' '.join(error.messages)}")
    sent.described = {
        file.pk: " ".join(data[name].split())[:ALT_MAX_LENGTH]
        for file in sent.shown
        if (name := f"alt_{file.pk}") in data
    }
    attachments.describe(sent.attached, sent.described)
    for file in sent.of_post:
        file.alt = sent.described.get(file.pk, file.alt)
    return sent
