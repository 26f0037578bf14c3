"""A file of questions brought into a bank: checked when it is sent, then read by a task that may be stopped anywhere.

The id of each question follows from the job and from its place in the file, and each batch is stored with its lines of
the report and with how far the job is: a job that is run twice, or killed and taken up again, makes no second copy.
"""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import batched
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.images import ImageFile
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.tasks import task
from django.utils import timezone
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images import get_image_model
from wagtail.models import Collection

from courses.catalog.models import Competence
from courses.catalog.services import federation_collection
from courses.questions.blocks import AnyQuestionBlock
from people.models import User
from people.tasks import retry

from .exchange import reading
from .exchange.drafts import short
from .exchange.reading import FileFormat
from .exchange.results import EmbeddedImage, FileRefusedError, Imported, Outcome
from .models import BankQuestion, ImportJob, ImportLine, QuestionBank

BATCH = 200
_NAMESPACE = uuid.UUID("6e1a7f0c-51c5-4f0e-9d0b-0f1f5c9f7a52")
_IMAGE_KEYS = ("image", "picture")
_QUESTION = AnyQuestionBlock()

# -- Asking for an import ------------------------------------------------------------------------------------------


def _digest(file: Any) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def earlier_import(job: ImportJob) -> ImportJob | None:
    """Return the last import of the same file into the same bank, or None."""
    others = ImportJob.objects.filter(bank=job.bank, digest=job.digest).exclude(status=ImportJob.Status.HELD)
    return others.exclude(pk=job.pk).exclude(status=ImportJob.Status.FAILED, done=0).first()


def request_import(bank: QuestionBank, file: File, by: User) -> ImportJob:
    """Check a file and have it imported; a file that came before is held until `confirm_import`.

    Raises FileRefusedError, with a reason in French; nothing is stored then.
    """
    opened: Any = file.file
    checked = reading.check(opened)
    job = ImportJob(
        bank=bank,
        filename=PurePosixPath((file.name or "questions").replace("\\", "/")).name[-255:],
        digest=_digest(opened),
        format=checked.format,
        total=checked.total,
        created_by=by,
    )
    if earlier_import(job):
        job.status = ImportJob.Status.HELD
    opened.seek(0)
    job.file.save(f"{uuid.uuid4()}", File(opened), save=False)
    with transaction.atomic():
        job.save()
        if job.status == ImportJob.Status.WAITING:
            transaction.on_commit(partial(import_questions.enqueue, job.pk))
    return job


def confirm_import(job: ImportJob) -> None:
    """Import a held file after all, or take a failed import up again where it stopped."""
    with transaction.atomic():
        may_start = ImportJob.objects.filter(
            pk=job.pk, status__in=[ImportJob.Status.HELD, ImportJob.Status.FAILED]
        ).update(status=ImportJob.Status.WAITING, error="", finished_at=None)
        if may_start:
            transaction.on_commit(partial(import_questions.enqueue, job.pk))


def cancel_import(job: ImportJob) -> None:
    """Forget a held file."""
    if ImportJob.objects.filter(pk=job.pk, status=ImportJob.Status.HELD).delete()[0]:
        job.file.delete(save=False)


# -- Running it ----------------------------------------------------------------------------------------------------


@task
@retry(OperationalError)
def import_questions(job_id: int) -> None:
    """Bring the questions of a file into its bank."""
    run_import(job_id)


def run_import(job_id: int) -> None:
    """Import what is left of a job. Harmless when it is over, or when another worker is at it."""
    job = ImportJob.objects.select_related("bank__federation", "created_by").filter(pk=job_id).first()
    if job is None or job.is_over or job.status == ImportJob.Status.HELD:
        return
    ImportJob.objects.filter(pk=job_id).update(status=ImportJob.Status.RUNNING)
    try:
        with job.file.open("rb") as file:
            _import_from(job, file)
    except OperationalError:
        raise  # the database was busy: the task is tried again, and goes on from the last batch
    except (FileRefusedError, FileNotFoundError) as refusal:
        _end(job, ImportJob.Status.FAILED, str(refusal))
    except Exception:
        _end(job, ImportJob.Status.FAILED, "Une erreur imprévue est survenue : elle est dans le journal du site.")
        raise
    else:
        _end(job, ImportJob.Status.DONE)
        job.file.delete(save=False)


def _import_from(job: ImportJob, file: Any) -> None:
    seed = uuid.uuid5(_NAMESPACE, f"{job.pk}:{job.digest}")
    keeper = _Keeper(job)
    for batch in batched(reading.read(file, FileFormat(job.format), seed), BATCH, strict=False):
        if batch[-1].number > job.done:
            keeper.keep(batch)


def _end(job: ImportJob, status: ImportJob.Status, error: str = "") -> None:
    ImportJob.objects.filter(pk=job.pk).update(status=status, error=error, finished_at=timezone.now())


class _Keeper:
    """Stores what was read, batch by batch."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self.codes = set(Competence.objects.values_list("code", flat=True))

    def keep(self, batch: Iterable[Imported]) -> None:
        """Store a batch, its part of the report and how far the job is, all or nothing."""
        settled = [self._settle(imported) for imported in batch if imported.number > self.job.done]
        questions = [question for question, _line in settled if question]
        with transaction.atomic():
            BankQuestion.objects.bulk_create(questions, ignore_conflicts=True)
            ImportLine.objects.bulk_create([line for _question, line in settled], ignore_conflicts=True)
            last = settled[-1][1].number
            ImportJob.objects.filter(pk=self.job.pk, done__lt=last).update(done=last)

    def _settle(self, imported: Imported) -> tuple[BankQuestion | None, ImportLine]:
        """Return the question to store, if any, and its line of the report."""
        notes = list(imported.notes)
        question = None
        outcome, reasons = imported.outcome, [imported.refusal]
        if imported.block:
            block = self._ready(imported, notes)
            if fault := _fault(block):
                outcome, reasons = Outcome.REFUSED, [fault]
            else:
                question = BankQuestion(bank=self.job.bank, content=[block])
                question.describe()
                outcome, reasons = (Outcome.ADAPTED if notes else Outcome.TAKEN), notes
        line = ImportLine(
            job=self.job,
            number=imported.number,
            outcome=outcome,
            name=short(imported.name, 200),
            line=imported.line,
            category=short(imported.category, 200),
            notes=reasons,
            question_id=question.question_id if question else None,
        )
        return question, line

    def _ready(self, imported: Imported, notes: list[str]) -> dict[str, Any]:
        """Return the block with the ids of its images, and without the competences that the site does not know."""
        assert imported.block  # noqa: S101  (asked by the caller)
        value = dict(imported.block["value"])
        images = {image.token: image for image in imported.images}
        for key in _IMAGE_KEYS:
            if value.get(key):
                image = images[value[key]["image"]]
                value[key] = value[key] | {"image": keep_image(image, self.job.bank, self.job.created_by)}
        unknown = [item["value"] for item in value["competences"] if item["value"] not in self.codes]
        if unknown:
            notes.append(f"Compétence inconnue du site, non reprise : {', '.join(unknown)}.")
            value["competences"] = [item for item in value["competences"] if item["value"] in self.codes]
        return dict(imported.block) | {"value": value}


def keep_image(embedded: EmbeddedImage, bank: QuestionBank, by: User | None) -> int:
    """Return the id of an image of the federation's collection with this content, put there if need be."""
    images = get_image_model()
    checksum = hashlib.sha1(embedded.content, usedforsecurity=False).hexdigest()  # as Wagtail names contents
    with transaction.atomic():
        # Of two imports that bring one image, the second waits for the first, and finds it.
        collection = Collection.objects.select_for_update().get(pk=federation_collection(bank.federation).pk)
        known = images.objects.filter(collection=collection, file_hash=checksum).order_by("pk").first()
        if known is None:
            known = images(title=PurePosixPath(embedded.name).stem, collection=collection, uploaded_by_user=by)
            known.file.save(embedded.name, ImageFile(io.BytesIO(embedded.content), embedded.name), save=False)
            known.file_size, known.file_hash = len(embedded.content), checksum
            known.save()
        found: int = known.pk
        return found


def _fault(block: Mapping[str, Any]) -> str:
    """Return why the editor itself would refuse a question, or an empty text."""
    child = _QUESTION.child_blocks[block["type"]]
    try:
        child.clean(child.to_python(block["value"]))
    except ValidationError as error:
        return " ".join(dict.fromkeys(_messages(error)))
    return ""


def _messages(error: ValidationError) -> Iterator[str]:
    """Yield what an error says, however deep in a block."""
    if isinstance(error, StructBlockValidationError | ListBlockValidationError):
        inner = error.block_errors
        for nested in inner.values() if isinstance(inner, dict) else filter(None, inner):
            yield from _messages(nested)
        for own in error.non_block_errors.as_data():
            yield from own.messages
    else:
        yield from error.messages


# -- The report ----------------------------------------------------------------------------------------------------

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def report_as_csv(lines: QuerySet[ImportLine]) -> Iterator[str]:
    """Yield the report as a spreadsheet reads it in French: semicolons, UTF-8 with its mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    buffer.write("\ufeff")
    writer.writerow(["n°", "ligne", "question", "catégorie", "résultat", "remarques"])
    for line in lines.iterator(chunk_size=1000):
        cells = [line.name, line.category, line.get_outcome_display(), " ".join(line.notes)]
        writer.writerow([line.number, line.line or "", *map(_cell, cells)])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
