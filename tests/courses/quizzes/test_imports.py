"""Files of questions brought into a bank by a task."""

import csv
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from wagtail.images import get_image_model

from courses.catalog.services import federation_collection
from courses.questions.blocks import AnyQuestionBlock
from courses.quizzes import imports
from courses.quizzes.exchange.results import FileRefusedError
from courses.quizzes.models import BankQuestion, ImportJob, ImportLine, QuestionBank
from tests.courses.quizzes.exchange.files import SAMPLES, qti_package
from tests.factories import FederationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        name: {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / name}}
        for name in ("default", "private")
    }


@pytest.fixture
def bank():
    return QuestionBank.objects.create(federation=FederationFactory(), title="Tri et réemploi")


def ask(bank, content, name="questions.txt", by=None):
    """Return a job that nothing has run yet."""
    content = content.encode() if isinstance(content, str) else content
    return imports.request_import(bank, SimpleUploadedFile(name, content), by or UserFactory())


def run(bank, content, **kwargs):
    job = ask(bank, content, **kwargs)
    imports.run_import(job.pk)
    job.refresh_from_db()
    return job


def sample(name):
    return (SAMPLES / name).read_bytes()


def outcomes(job):
    return [(line.name, line.outcome) for line in job.lines.all()]


def test_questions_of_a_real_gift_file_come_into_the_bank(bank):
    job = run(bank, sample("tri.gift.txt"))
    assert (job.format, job.status, job.total, job.done) == ("gift", "done", 13, 13)
    assert bank.questions.count() == 10
    question = bank.questions.get(label__startswith="De quelle année")
    assert question.kind == "single"
    assert question.question.key() == [question.question.options[0].id]


def test_the_report_names_each_question_and_why(bank):
    job = run(bank, sample("tri.gift.txt"))
    told = {line.name: line for line in job.lines.all()}
    assert told["Amiante"].outcome == "taken"
    assert told["Presque"].outcome == "adapted"
    assert "valait 50 %" in told["Presque"].notes[0]
    assert told["Cassée"].outcome == "refused"
    assert (told["Cassée"].line, told["Cassée"].category) == (63, "Tri et réemploi")
    assert told["Cassée"].question_id is None
    assert told["Amiante"].question_id == bank.questions.get(label__startswith="Une plaque").question_id


def test_questions_of_a_real_moodle_file_come_with_their_image(bank):
    author = UserFactory()
    run(bank, sample("agec-moodle.xml"), by=author)
    question = bank.questions.get(label__startswith="Que veut dire ce logo").question
    image = get_image_model().objects.get()
    assert question.image.id == image.pk
    assert question.image.alt == "Un bonhomme et trois flèches"
    assert image.collection == federation_collection(bank.federation)
    assert image.uploaded_by_user == author
    assert image.width == 2


def test_an_image_is_kept_once_for_the_federation(bank):
    run(bank, sample("agec-moodle.xml"))
    other_bank = QuestionBank.objects.create(federation=bank.federation, title="Autre")
    run(other_bank, sample("agec-moodle.xml"))
    assert get_image_model().objects.count() == 1
    elsewhere = QuestionBank.objects.create(federation=FederationFactory(), title="Ailleurs")
    run(elsewhere, sample("agec-moodle.xml"))
    assert get_image_model().objects.count() == 2


def test_a_qti_package_comes_in_with_its_zones(bank):
    job = run(bank, qti_package().getvalue(), name="securite.zip")
    assert job.status == "done"
    assert bank.questions.filter(kind="hotspot").get().question.picture.id == get_image_model().objects.get().pk


@pytest.mark.parametrize("name", ["tri.gift.txt", "agec-moodle.xml"])
def test_the_editor_would_accept_every_question_that_came_in(bank, name):
    run(bank, sample(name))
    block = AnyQuestionBlock()
    for question in bank.questions.all():
        block.clean(block.to_python(list(question.content.get_prep_value())))


def test_a_competence_that_the_site_does_not_know_is_told(bank):
    job = run(bank, "// [tag:Z9.9]\nQ {=a ~b}")
    line = job.lines.get()
    assert line.outcome == "adapted"
    assert line.notes == ["Compétence inconnue du site, non reprise : Z9.9."]
    assert bank.questions.get().question.competence_codes == ()


def many(count):
    return "\n\n".join(f"Question {n} ? {{=oui ~non}}" for n in range(count))


def test_a_job_run_twice_makes_no_second_copy(bank):
    job = run(bank, many(5))
    imports.run_import(job.pk)
    assert bank.questions.count() == job.lines.count() == 5


def test_a_job_killed_between_two_batches_goes_on_from_the_last_one(bank, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 10)
    job = ask(bank, many(35))
    keep, kept = imports._Keeper.keep, []

    def dying(self, batch):
        if len(kept) == 2:
            raise OperationalError("killed")
        kept.append(batch)
        keep(self, batch)

    monkeypatch.setattr(imports._Keeper, "keep", dying)
    with pytest.raises(OperationalError):
        imports.run_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, bank.questions.count()) == ("running", 20, 20)
    monkeypatch.setattr(imports._Keeper, "keep", keep)
    imports.run_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, bank.questions.count(), job.lines.count()) == ("done", 35, 35, 35)


def test_two_workers_on_one_job_make_no_second_copy(bank, monkeypatch):
    """The second one starts from where the job stood when the first one began."""
    job = ask(bank, many(5))
    keep = imports._Keeper.keep

    def twice(self, batch):
        keep(self, batch)
        keep(self, batch)

    monkeypatch.setattr(imports._Keeper, "keep", twice)
    imports.run_import(job.pk)
    assert bank.questions.count() == job.lines.count() == 5


def test_an_unforeseen_fault_ends_the_job_which_can_be_taken_up_again(
    bank, monkeypatch, django_capture_on_commit_callbacks
):
    job = ask(bank, many(3))
    with monkeypatch.context() as patch:
        patch.setattr(imports, "_fault", lambda block: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            imports.run_import(job.pk)
    job.refresh_from_db()
    assert job.status == "failed"
    assert "erreur imprévue" in job.error
    with django_capture_on_commit_callbacks(execute=True):
        imports.confirm_import(job)
    job.refresh_from_db()
    assert (job.status, job.error, bank.questions.count()) == ("done", "", 3)


def test_a_file_that_cannot_be_read_stores_nothing(bank):
    with pytest.raises(FileRefusedError):
        ask(bank, "<!DOCTYPE quiz><quiz/>", name="a.xml")
    assert not ImportJob.objects.exists()


def test_a_file_is_imported_by_a_task_once_the_request_is_over(bank, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(bank, many(3))
    job.refresh_from_db()
    assert (job.status, bank.questions.count()) == ("done", 3)


def test_the_file_is_forgotten_once_it_is_imported(bank):
    job = ask(bank, many(3))
    assert job.file.storage.exists(job.file.name)
    imports.run_import(job.pk)
    assert not job.file.storage.exists(job.file.name)


def test_the_same_file_waits_for_a_word_before_it_comes_in_again(bank, django_capture_on_commit_callbacks):
    first = run(bank, many(3))
    with django_capture_on_commit_callbacks(execute=True):
        again = ask(bank, many(3))
    again.refresh_from_db()
    assert again.status == "held"
    assert imports.earlier_import(again) == first
    assert bank.questions.count() == 3
    with django_capture_on_commit_callbacks(execute=True):
        imports.confirm_import(again)
    assert bank.questions.count() == 6


def test_a_held_file_can_be_given_up(bank):
    run(bank, many(3))
    again = ask(bank, many(3))
    storage, name = again.file.storage, again.file.name
    imports.cancel_import(again)
    assert ImportJob.objects.count() == 1
    assert not storage.exists(name)


def test_a_job_that_is_over_is_not_given_up(bank):
    job = run(bank, many(3))
    imports.cancel_import(job)
    assert job.lines.count() == 3


def test_the_same_file_goes_freely_into_another_bank(bank):
    run(bank, many(3))
    other = QuestionBank.objects.create(federation=bank.federation, title="Autre")
    assert ask(other, many(3)).status == "waiting"


def test_the_queries_of_a_batch_do_not_grow_with_it(bank, django_assert_num_queries):
    job = ask(bank, many(150))
    with django_assert_num_queries(9):
        imports.run_import(job.pk)
    job = ask(bank, many(10))
    with django_assert_num_queries(9):
        imports.run_import(job.pk)


def test_the_report_is_a_spreadsheet_without_formulas(bank):
    job = ImportJob.objects.create(bank=bank, filename="a", digest="b", format="gift")
    hostile = ["=1+1", "+1", "-1", "@A1", "\tx", "sans danger"]
    ImportLine.objects.bulk_create(
        ImportLine(job=job, number=n, outcome="refused", name=name, notes=["=HYPERLINK(1)"])
        for n, name in enumerate(hostile, 1)
    )
    text = "".join(imports.report_as_csv(job.lines.all()))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert text.startswith("\ufeff")
    assert [row[2] for row in rows[1:]] == ["'=1+1", "'+1", "'-1", "'@A1", "'\tx", "sans danger"]
    assert rows[1][4:] == ["refusée", "'=HYPERLINK(1)"]


def test_ids_are_those_of_the_job_and_of_the_place(bank):
    job = run(bank, many(2))
    seed = uuid.uuid5(imports._NAMESPACE, f"{job.pk}:{job.digest}")
    assert set(BankQuestion.objects.values_list("question_id", flat=True)) == {
        uuid.uuid5(seed, "1"),
        uuid.uuid5(seed, "2"),
    }
