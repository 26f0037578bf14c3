"""Import and export in Wagtail's admin."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.quizzes import imports
from courses.quizzes.exchange import reading
from courses.quizzes.exchange.admin import library_images
from courses.quizzes.models import BankQuestion, ImportJob, ImportLine, QuestionBank
from people.models import Membership
from tests.courses.factories import make_course, make_quiz, make_space, single
from tests.factories import MembershipFactory, UserFactory

from .files import SAMPLES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        name: {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / name}}
        for name in ("default", "private")
    }


@pytest.fixture
def author():
    return MembershipFactory(role=Membership.Role.AUTHOR)


@pytest.fixture
def bank(author):
    return QuestionBank.objects.create(federation=author.federation, title="Tri et réemploi")


@pytest.fixture
def signed_in(client, author):
    make_space(author.federation)
    client.force_login(author.user)
    return client


def address(name, *args):
    return reverse(f"quiz_exchange:{name}", args=args)


def upload(content=None, name="tri.txt"):
    return {"file": SimpleUploadedFile(name, content or (SAMPLES / "tri.gift.txt").read_bytes())}


def send(client, bank, capture, **kwargs):
    with capture(execute=True):
        response = client.post(address("import", bank.pk), upload(**kwargs))
    return response, ImportJob.objects.first()


def test_an_author_imports_a_file_and_reads_its_report(signed_in, bank, django_capture_on_commit_callbacks):
    assert "Importer des questions" in signed_in.get(address("import", bank.pk)).text
    response, job = send(signed_in, bank, django_capture_on_commit_callbacks)
    assert response.url == address("job", job.pk)
    page = signed_in.get(response.url).text
    assert "Télécharger le rapport" in page
    assert "valait 50" in page
    assert "Cassée" in page
    assert bank.questions.count() == 10
    assert "tri.txt" in signed_in.get(address("import", bank.pk)).text


def test_a_file_that_cannot_be_read_says_why_beside_its_field(signed_in, bank):
    page = signed_in.post(address("import", bank.pk), upload(b"<!DOCTYPE quiz><quiz/>", "a.xml")).text
    assert "DOCTYPE" in page
    assert not ImportJob.objects.exists()


def test_a_file_too_big_is_refused_before_it_is_read(signed_in, bank, monkeypatch):
    monkeypatch.setattr("courses.quizzes.exchange.admin.MAX_BYTES", 10)
    monkeypatch.setattr(reading, "check", None)
    assert "50 Mo" in signed_in.post(address("import", bank.pk), upload()).text


def test_a_job_under_way_refreshes_itself_and_shows_how_far_it_is(signed_in, bank):
    job = ImportJob.objects.create(
        bank=bank, filename="a.xml", digest="d", format="moodle", status="running", total=1000, done=400
    )
    ImportLine.objects.create(job=job, number=1, outcome="refused", name="Q")
    page = signed_in.get(address("job", job.pk)).text
    assert 'http-equiv="refresh"' in page
    assert "400 questions lues sur 1" in page
    assert "1 refusée<" in page


def test_the_report_is_filtered_and_paged(signed_in, bank, django_assert_max_num_queries):
    job = ImportJob.objects.create(
        bank=bank, filename="a.xml", digest="d", format="moodle", status="done", total=10_000, done=10_000
    )
    ImportLine.objects.bulk_create(
        ImportLine(
            job=job, number=n, outcome="refused" if n % 100 == 0 else "taken", name=f"Question {n}", notes=["Non."]
        )
        for n in range(1, 10_001)
    )
    with django_assert_max_num_queries(20):
        page = signed_in.get(address("job", job.pk)).text
    assert "Question 50<" in page.replace("\n", "")
    assert 'http-equiv="refresh"' not in page
    refused = signed_in.get(address("job", job.pk), {"outcome": "refused"}).text
    assert "Question 100" in refused
    assert "Question 101" not in refused
    assert "Question 9800" in signed_in.get(address("job", job.pk), {"outcome": "refused", "p": 2}).text
    assert "Question 100" in signed_in.get(address("job_results", job.pk), {"outcome": "refused"}).text


def test_the_report_is_downloaded(signed_in, bank, django_capture_on_commit_callbacks):
    _response, job = send(signed_in, bank, django_capture_on_commit_callbacks)
    response = signed_in.get(address("report", job.pk))
    assert response["Content-Disposition"] == f'attachment; filename="import-{job.pk}.csv"'
    rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 14
    assert rows[0] == "n°;ligne;question;catégorie;résultat;remarques"


def test_a_file_that_came_before_asks_first(signed_in, bank, django_capture_on_commit_callbacks):
    send(signed_in, bank, django_capture_on_commit_callbacks)
    _response, again = send(signed_in, bank, django_capture_on_commit_callbacks)
    page = signed_in.get(address("job", again.pk)).text
    assert "Ce fichier a déjà été importé dans cette banque le" in page
    assert 'http-equiv="refresh"' not in page
    signed_in.post(address("cancel", again.pk))
    assert not ImportJob.objects.filter(pk=again.pk).exists()
    _response, again = send(signed_in, bank, django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(address("confirm", again.pk))
    assert bank.questions.count() == 20


def test_a_failed_import_is_taken_up_again(signed_in, bank, monkeypatch, django_capture_on_commit_callbacks):
    job = imports.request_import(bank, upload()["file"], UserFactory())
    ImportJob.objects.filter(pk=job.pk).update(status="failed", error="Panne.")
    page = signed_in.get(address("job", job.pk)).text
    assert "Panne." in page
    assert "Reprendre" in page
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(address("confirm", job.pk))
    assert bank.questions.count() == 10


def filled(bank, *blocks):
    for block in blocks:
        BankQuestion(bank=bank, content=[block]).save()


@pytest.mark.parametrize(("form", "start"), [("gift", "::"), ("moodle", "<?xml")])
def test_a_bank_is_exported_and_comes_back(signed_in, bank, form, start):
    filled(bank, single("Où jeter le verre ?"), single("Où jeter le plâtre ?"))
    page = signed_in.get(address("export_bank", bank.pk)).text
    assert "2 questions sur 2" in page
    response = signed_in.get(address("export_bank_file", bank.pk, form))
    assert response.streaming
    content = b"".join(response.streaming_content)
    assert content.decode().startswith(start)
    checked = reading.check(io.BytesIO(content))
    assert (checked.format, checked.total) == (form, 2)


def test_an_image_goes_out_with_its_question_and_comes_back(
    signed_in, bank, author, django_capture_on_commit_callbacks
):
    send(signed_in, bank, django_capture_on_commit_callbacks, content=(SAMPLES / "agec-moodle.xml").read_bytes())
    content = b"".join(signed_in.get(address("export_bank_file", bank.pk, "moodle")).streaming_content)
    assert b'encoding="base64"' in content
    other = QuestionBank.objects.create(federation=author.federation, title="Copie")
    _response, job = send(signed_in, other, django_capture_on_commit_callbacks, content=content)
    assert not job.lines.exclude(outcome="taken").exists()
    before, after = (b.questions.get(label__startswith="Que veut dire ce logo").question for b in (bank, other))
    assert after.image == before.image


def test_an_image_that_is_gone_is_no_obstacle():
    assert library_images()(12345) is None


def test_what_a_format_cannot_hold_is_told_before_the_download(signed_in, bank):
    scale = single("Où en êtes-vous ?")
    scale |= {"type": "scale", "value": scale["value"] | {"levels": ["Bas", "Haut"]}}
    filled(bank, scale, single("Un indice ?", hint="Ici."))
    page = signed_in.get(address("export_bank", bank.pk)).text
    assert "Où en êtes-vous ?&nbsp;: le format GIFT ne connaît pas ce genre de question" in page
    assert "Un indice ?&nbsp;: l&#x27;indice" in page


def test_a_quiz_is_exported_with_its_draft_and_its_cases(signed_in, author):
    quiz = make_quiz(make_course(make_space(author.federation)), questions=[single("Publiée ?")])
    case = {
        "type": "case",
        "id": "00000000-0000-4000-8000-000000000001",
        "value": {"title": "Au quai", "text": "Un camion arrive.", "image": None, "questions": [single("Que faire ?")]},
    }
    quiz.questions = type(quiz).questions.field.stream_block.to_python([single("En cours ?"), case])
    quiz.save_revision()
    content = b"".join(signed_in.get(address("export_quiz_file", quiz.pk, "gift")).streaming_content).decode()
    assert "En cours ?" in content
    assert "Publiée ?" not in content
    assert "**Au quai**" in content
    assert "la situation est recopiée" in signed_in.get(address("export_quiz", quiz.pk)).text


PAGES = ["import", "export_bank", "export_quiz", "job", "report", "job_results"]


@pytest.fixture
def pages_of_another(bank):
    quiz = make_quiz(make_course(make_space(bank.federation)))
    job = ImportJob.objects.create(bank=bank, filename="a", digest="d", format="gift", status="done")
    return {"import": bank.pk, "export_bank": bank.pk, "export_quiz": quiz.pk} | dict.fromkeys(
        ("job", "report", "job_results"), job.pk
    )


@pytest.mark.parametrize("name", PAGES)
def test_another_federation_finds_nothing(client, pages_of_another, name):
    stranger = MembershipFactory(role=Membership.Role.EDITOR)
    make_space(stranger.federation)
    client.force_login(stranger.user)
    assert client.get(address(name, pages_of_another[name])).status_code == 404
    assert client.post(address("confirm", pages_of_another["job"])).status_code == 404
    assert client.post(address("cancel", pages_of_another["job"])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_an_administrator_sees_all(admin_client, pages_of_another, name):
    assert admin_client.get(address(name, pages_of_another[name])).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_learner_does_not_enter(client, pages_of_another, name):
    client.force_login(UserFactory())
    assert client.get(address(name, pages_of_another[name])).status_code in {302, 403}
    client.logout()
    assert client.get(address(name, pages_of_another[name])).status_code == 302


def test_a_quiz_has_a_button_to_export_it(signed_in, author):
    quiz = make_quiz(make_course(make_space(author.federation), owner=author.user), owner=author.user)
    listed = signed_in.get(reverse("wagtailadmin_explore", args=[quiz.get_parent().pk])).text
    assert address("export_quiz", quiz.pk) in listed
