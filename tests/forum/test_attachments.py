"""Files: what is accepted, what is left of it, who sees it, when it goes."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from forum import attachments, services, uploads
from forum.models import Attachment
from tests.factories import UserFactory

from .factories import TopicFactory, make_member, make_moderator, make_posts
from .test_drafts import reply_data, reply_url

pytestmark = pytest.mark.django_db

UPLOAD = reverse("forum:upload")


@pytest.fixture(autouse=True)
def _files_of_its_own(settings, tmp_path):
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "private"}}
    settings.STORAGES = {**settings.STORAGES, "private": private}
    return tmp_path


def image_file(name="photo.jpg", size=(40, 30), *, kind="JPEG", mode="RGB", **options):
    output = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(output, kind, **options)
    return SimpleUploadedFile(name, output.getvalue(), content_type=f"image/{kind.lower()}")


def office_file(extension, entries=None, *, name="fichier"):
    output = BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        if extension in ("odt", "ods"):
            archive.writestr("mimetype", uploads.DOCUMENTS[extension])
        else:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("word/document.xml" if extension == "docx" else "xl/workbook.xml", "<x/>")
        for path, content in (entries or {}).items():
            archive.writestr(path, content)
    return SimpleUploadedFile(f"{name}.{extension}", output.getvalue())


def pdf(name="plan.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7 x", content_type="application/pdf")


def stored(file):
    return attachments.storage().open(file.file).read()


# -- Images --------------------------------------------------------------------------------------------------------


def test_an_image_loses_all_but_its_pixels(user):
    exif = Image.Exif()
    exif[0x010F] = "Appareil de Karim"
    exif[0x8825] = {1: "N", 2: (43.0, 17.0, 47.0)}
    sent = image_file("Chez Karim Benali, Gap.jpg", exif=exif, comment=b"secret", xmp=b"<x>secret</x>")
    file = attachments.receive(user, sent)
    content = stored(file)
    with Image.open(BytesIO(content)) as kept:
        assert kept.format == "WEBP"
        assert not kept.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & kept.info.keys()
    assert not any(word in content for word in (b"Karim", b"secret", b"Exif"))
    assert "Karim" not in file.name + file.file + file.thumbnail


def test_an_image_stands_upright_and_fits(user):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = attachments.receive(user, image_file(size=(4000, 2000), exif=exif))
    assert (file.width, file.height) == (800, 1600)
    with Image.open(attachments.storage().open(file.thumbnail)) as small:
        assert small.size == (240, 480)


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [
        ("a.png", "PNG", "RGBA"),
        ("a.gif", "GIF", "P"),
        ("a.webp", "WEBP", "RGB"),
        ("a.png", "PNG", "LA"),
        ("a", "JPEG", "L"),
    ],
)
def test_the_usual_formats_are_read(user, name, kind, mode):
    assert attachments.receive(user, image_file(name, kind=kind, mode=mode)).content_type == "image/webp"


def test_the_photo_of_an_iphone_is_read(user):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    sent = image_file("IMG_1.HEIC", kind="HEIF")
    assert attachments.receive(user, sent).content_type == "image/webp"


def bomb():
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    return SimpleUploadedFile("bombe.png", content)


@pytest.mark.parametrize(
    "make",
    [
        bomb,
        lambda: SimpleUploadedFile("faux.jpg", b"GIF89a nothing"),
        lambda: SimpleUploadedFile("texte.png", b"<svg onload=alert(1)>"),
        lambda: SimpleUploadedFile("vide.png", b""),
        lambda: SimpleUploadedFile("image.svg", b"<svg/>", content_type="image/svg+xml"),
        lambda: SimpleUploadedFile("coupe.jpg", image_file(size=(900, 900)).read()[:500]),
    ],
)
def test_what_is_no_image_is_refused_with_words(user, make):
    with pytest.raises(uploads.ValidationError):
        attachments.receive(user, make())
    assert not Attachment.objects.exists()


# -- Documents -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        pdf,
        lambda: office_file("odt"),
        lambda: office_file("ods"),
        lambda: office_file("docx"),
        lambda: office_file("xlsx"),
        lambda: SimpleUploadedFile("t.csv", "a;é\n".encode("cp1252")),
        lambda: SimpleUploadedFile("t.txt", "é".encode()),
    ],
)
def test_documents_are_kept_as_they_are(user, make):
    sent = make()
    content = sent.read()
    file = attachments.receive(user, sent)
    assert stored(file) == content
    assert file.kind == Attachment.Kind.DOCUMENT


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SimpleUploadedFile("a.exe", b"MZ"), "pas accepté"),
        (lambda: SimpleUploadedFile("a.docm", b"PK"), "macros"),
        (lambda: SimpleUploadedFile("a.pdf", b"MZ not a pdf"), "ce que son nom annonce"),
        (lambda: SimpleUploadedFile("a.docx", b"PK broken"), "ce que son nom annonce"),
        (lambda: office_file("docx", {"word/vbaProject.bin": "x"}), "macros"),
        (lambda: office_file("odt", {"Basic/Standard/Module1.xml": "x"}), "macros"),
        (lambda: office_file("xlsx", {"xl/bombe.xml": "0" * 20_000_000}), "trop lourd"),
        (lambda: SimpleUploadedFile("a.txt", b"a\0b"), "ce que son nom annonce"),
        (lambda: SimpleUploadedFile("a.txt", b""), "vide"),
        (lambda: SimpleUploadedFile("a.html", b"<b>"), "pas accepté"),
        (lambda: SimpleUploadedFile("a.odt", office_file("ods").read()), "ce que son nom annonce"),
        (lambda: SimpleUploadedFile("a.txt", b"a" * (uploads.DOCUMENT_MAX_BYTES + 1)), "10 Mo"),
    ],
)
def test_other_documents_are_refused_with_words(user, make, said):
    with pytest.raises(uploads.ValidationError) as refused:
        attachments.receive(user, make())
    assert said in " ".join(refused.value.messages)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ('a"b<c>.txt', "abc.txt"),
        ("Plan été.txt", "Plan_été.txt"),
        (".txt", None),
    ],
)
def test_a_name_is_made_safe(user, name, shown):
    sent = SimpleUploadedFile("x.txt", b"a")
    sent.name = name
    if shown is None:
        with pytest.raises(uploads.ValidationError):
            attachments.receive(user, sent)
    else:
        assert attachments.receive(user, sent).name == shown


def test_a_person_sends_so_many_files_a_day(user, monkeypatch):
    monkeypatch.setattr(attachments, "PER_DAY", 2)
    for _ in range(2):
        attachments.receive(user, pdf())
    with pytest.raises(uploads.ValidationError, match="aujourd'hui"):
        attachments.receive(user, pdf())
    assert attachments.receive(UserFactory(), pdf())


# -- With a message ------------------------------------------------------------------------------------------------


def test_files_are_sent_with_the_form_and_published_without_their_sender(member, user):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(uploads=[image_file(), pdf()]))
    post = topic.posts.get(author=user)
    files = list(attachments.of_post(post))
    assert [(f.kind, f.uploader_id) for f in files] == [("image", None), ("document", None)]
    html = member.get(topic.get_absolute_url()).content.decode()
    assert reverse("forum:thumbnail", args=[files[0].pk]) in html
    assert "plan.pdf" in html


def test_files_stay_when_the_form_comes_back(member, user):
    topic = TopicFactory()
    html = member.post(reply_url(topic), reply_data(body="", uploads=[image_file()])).content.decode()
    file = Attachment.objects.get()
    assert f'name="files" value="{file.pk}"' in html
    data = reply_data(files=[str(file.pk)], **{f"alt_{file.pk}": "Un  mur"})
    assert member.post(reply_url(topic), data).status_code == 302
    file.refresh_from_db()
    assert (file.post.author, file.uploader, file.alt) == (user, None, "Un mur")


def test_a_file_that_is_refused_leaves_the_text_and_the_other_files(member):
    topic = TopicFactory()
    answer = member.post(reply_url(topic), reply_data(uploads=[image_file(), SimpleUploadedFile("a.exe", b"MZ")]))
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "« a.exe »" in html
    assert "Ma réponse</textarea>" in html
    assert Attachment.objects.count() == 1


def test_a_file_is_taken_out_before_publishing(member):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(action="files", uploads=[pdf()]))
    file = Attachment.objects.get()
    member.post(reply_url(topic), reply_data(files=[str(file.pk)], remove=[str(file.pk)]))
    assert not Attachment.objects.exists()
    assert topic.posts.count() == 2


def test_six_files_at_most(member):
    topic = TopicFactory()
    answer = member.post(reply_url(topic), reply_data(uploads=[pdf() for _ in range(7)]))
    assert "Six fichiers au plus" in answer.content.decode()
    ids = [str(f.pk) for f in Attachment.objects.all()]
    extra = [str(attachments.receive(make_member(), pdf()).pk)]
    member.post(reply_url(topic), reply_data(files=ids + extra))
    assert topic.posts.last().attachments.count() == 6


def test_nobody_publishes_the_file_of_someone_else(member):
    other = attachments.receive(make_member(), pdf())
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(files=[str(other.pk), "pas-une-cle"]))
    other.refresh_from_db()
    assert other.post is None


def test_the_files_of_a_message_change_with_it(member, user, django_capture_on_commit_callbacks):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(uploads=[pdf("ancien.pdf")]))
    post = topic.posts.get(author=user)
    old = post.attachments.get()
    url = reverse("forum:edit_post", args=[post.pk])
    assert "ancien.pdf" in member.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        member.post(url, {"body": post.body, "remove": [str(old.pk)], "uploads": [image_file()]})
    assert [f.kind for f in post.attachments.all()] == ["image"]
    assert not attachments.storage().exists(old.file)
    post.refresh_from_db()
    assert post.edited_at is not None


def test_a_double_click_publishes_its_files_once(member, user):
    topic = TopicFactory()
    data = reply_data()
    for _ in range(2):
        member.post(reply_url(topic), data | {"uploads": [pdf()]})
    assert topic.posts.filter(author=user).count() == 1
    assert Attachment.objects.filter(post__isnull=False).count() == 1


# -- Sent as they are chosen ---------------------------------------------------------------------------------------


def test_a_file_sent_by_itself_gives_its_line(member, user):
    answer = member.post(UPLOAD, {"uploads": image_file()})
    file = Attachment.objects.get(uploader=user)
    assert f'name="files" value="{file.pk}"' in answer.content.decode()


@pytest.mark.parametrize(("file", "status"), [(SimpleUploadedFile("a.exe", b"MZ"), 400), (None, 404)])
def test_a_file_that_cannot_be_taken_is_explained_in_plain_text(member, file, status):
    answer = member.post(UPLOAD, {"uploads": file} if file else {})
    assert answer.status_code == status
    assert file is None or answer["Content-Type"].startswith("text/plain")


def test_a_visitor_sends_no_file(client):
    assert client.post(UPLOAD, {"uploads": pdf()}).status_code == 403


# -- Who sees it ---------------------------------------------------------------------------------------------------


def published(topic, author, make=image_file):
    file = attachments.receive(author, make())
    post = make_posts(topic, 1, author)[0]
    attachments.attach(post, author, [file.pk])
    file.refresh_from_db()
    return file


def address(file, name="attachment"):
    return reverse(f"forum:{name}", args=[file.pk])


def test_a_published_file_is_read_like_its_message_and_guarded(client):
    file = published(TopicFactory(), make_member())
    answer = client.get(address(file))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = client.get(address(file), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address(file, "thumbnail")).status_code == 200


def test_a_document_is_downloaded_never_shown(client):
    file = published(TopicFactory(), make_member(), pdf)
    answer = client.get(address(file))
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert client.get(address(file, "thumbnail")).status_code == 404


def test_before_publication_only_its_sender_sees_it(client, member, user):
    file = attachments.receive(user, image_file())
    assert member.get(address(file)).status_code == 200
    member.force_login(make_moderator())
    assert member.get(address(file)).status_code == 404
    member.logout()
    assert member.get(address(file)).status_code == 404


@pytest.mark.parametrize("state", ["hidden topic", "hidden post", "deleted"])
def test_a_file_goes_with_its_message_but_for_its_author(client, state):
    author, topic = make_member(), TopicFactory()
    file = published(topic, author)
    if state == "hidden topic":
        topic.hidden = True
        topic.save()
    elif state == "hidden post":
        topic.posts.filter(pk=file.post_id).update(hidden_at=timezone.now(), hidden_why="review")
    else:
        services.delete_post(file.post)
    assert client.get(address(file)).status_code == 404
    client.force_login(make_member())
    assert client.get(address(file)).status_code == 404
    client.force_login(author)
    assert client.get(address(file)).status_code == 200


def test_a_lost_file_is_not_found(client):
    file = published(TopicFactory(), make_member())
    attachments.storage().delete(file.file)
    assert client.get(address(file)).status_code == 404


# -- When it goes --------------------------------------------------------------------------------------------------


def test_files_of_a_deleted_message_are_erased_with_its_text(django_capture_on_commit_callbacks):
    topic = TopicFactory()
    file = published(topic, make_member())
    services.delete_post(file.post)
    with django_capture_on_commit_callbacks(execute=True):
        services.purge_deleted(timezone.now() + timedelta(hours=25))
    assert not Attachment.objects.exists()
    assert not attachments.storage().exists(file.file)
    assert not attachments.storage().exists(file.thumbnail)


def test_files_published_nowhere_are_forgotten_in_two_days(user, django_capture_on_commit_callbacks):
    old, recent = attachments.receive(user, image_file()), attachments.receive(user, pdf())
    kept = published(TopicFactory(), make_member())
    Attachment.objects.exclude(pk=recent.pk).update(created_at=timezone.now() - timedelta(days=3))
    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.forget_unused() == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {recent.pk, kept.pk}
    assert not attachments.storage().exists(old.file)


def test_a_page_of_messages_with_files_costs_one_query_for_them_all(member, django_assert_max_num_queries):
    topic = TopicFactory()
    author = make_member()
    for _ in range(5):
        published(topic, author)
    with django_assert_max_num_queries(12):
        html = member.get(topic.get_absolute_url()).content.decode()
    assert html.count("attachment--image") == 5
