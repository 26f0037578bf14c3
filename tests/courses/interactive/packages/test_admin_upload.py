"""A file on its way into Wagtail's admin and out of it again: real packages, good and bad, sent through the client."""

import zipfile
from io import BytesIO
from pathlib import PurePath

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.urls import reverse
from wagtail.models import Collection

from courses.catalog.services import federation_collection
from courses.interactive.packages import storing
from courses.interactive.packages.files import walk
from courses.interactive.packages.forms import UploadForm
from courses.interactive.packages.models import Library, Package, PackageVersion
from tests.courses.factories import make_space
from tests.courses.interactive.samples import MALFORMED, sample
from tests.factories import MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("packages_storage")]

ADD = reverse("packages:add")
# Made harmless; and a version of the core that was too new when the sample was made.
TAKEN = {"xss-svg", "invalid-core-version"}
TRUE_FALSE = "h5p/standalone-test.h5p"
REFUSED = [name for name in MALFORMED if PurePath(name).stem not in TAKEN]
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def file_of(name):
    path = sample(name)
    return SimpleUploadedFile(path.name, path.read_bytes())


def stored_files():
    return [name for folder in ("libraries", "versions", "staging") for name in walk(folder)]


@pytest.fixture
def space():
    return make_space()


@pytest.fixture
def editor(client, space):
    """An editor of a federation who may install libraries too."""
    member = MembershipFactory(federation=space.federation, role="editor").user
    member.groups.first().permissions.add(Permission.objects.get(codename="add_library"))
    client.force_login(member)
    return member


@pytest.fixture
def package(editor, space):
    with sample(TRUE_FALSE).open("rb") as file:
        version = storing.store_package(
            file,
            title="Un vrai ou faux",
            user=editor,
            collection=federation_collection(space.federation),
            may_install=True,
        )
    return version.package


class TestAdding:
    def test_a_good_package_gets_a_page_of_its_own(self, client, editor, space):
        response = client.post(ADD, {"file": file_of(TRUE_FALSE), "title": "Un vrai ou faux"}, follow=True)
        [package] = Package.objects.all()
        assert response.redirect_chain == [(reverse("packages:edit", args=[package.pk]), 302)]
        assert "« Un vrai ou faux » est ajouté." in response.text
        assert (package.title, package.kind, package.created_by) == ("Un vrai ou faux", "h5p", editor)
        assert package.collection == federation_collection(space.federation)
        assert package.current.filename == "standalone-test.h5p"

    @pytest.mark.usefixtures("editor")
    def test_without_a_title_the_package_gives_its_own(self, client):
        client.post(ADD, {"file": file_of("h5p/valid2.h5p"), "title": ""})
        assert Package.objects.get().title == "Greeting card"

    def test_an_administrator_chooses_among_the_collections(self, client):
        other = Collection.get_first_root_node().add_child(name="Autre collection")
        client.force_login(UserFactory(is_superuser=True))
        assert "collection" in client.get(ADD).context["form"].fields
        client.post(ADD, {"file": file_of(TRUE_FALSE), "title": "", "collection": other.pk})
        assert Package.objects.get().collection == other

    @pytest.mark.usefixtures("editor")
    def test_with_a_single_collection_there_is_nothing_to_choose(self, client):
        root = Collection.get_first_root_node()
        assert "collection" not in client.get(ADD).context["form"].fields
        client.post(ADD, {"file": file_of(TRUE_FALSE), "title": "", "collection": root.pk})
        assert Package.objects.get().collection != root

    @pytest.mark.usefixtures("editor")
    @pytest.mark.parametrize("name", REFUSED)
    def test_a_bad_package_is_refused_with_its_reasons_and_leaves_nothing(self, client, name):
        response = client.post(ADD, {"file": file_of(name), "title": "Mon titre"})
        form = response.context["form"]
        assert response.status_code == 200
        assert form.faults
        for fault in form.faults:
            assert fault.message in response.text.replace("&#x27;", "'").replace("&quot;", '"')
        assert "Rien n'a été enregistré." in form.errors["file"][0]
        assert 'value="Mon titre"' in response.text
        assert not Package.objects.exists()
        assert not Library.objects.exists()
        assert not stored_files()

    @pytest.mark.usefixtures("editor")
    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("photo.jpg", b"x", "Ce n'est ni un .h5p ni un .zip."),
            ("vide.h5p", b"", "Ce fichier est vide."),
            ("texte.h5p", b"bonjour", "refusé"),
        ],
    )
    def test_what_is_no_package_is_refused(self, client, name, content, expected):
        response = client.post(ADD, {"file": SimpleUploadedFile(name, content), "title": ""})
        assert expected in response.context["form"].errors["file"][0]
        assert not Package.objects.exists()

    @pytest.mark.usefixtures("editor")
    def test_a_form_without_a_file_asks_for_one(self, client):
        response = client.post(ADD, {"title": "Mon titre"})
        assert response.context["form"].errors["file"] == ["Choisissez un fichier."]

    def test_a_file_that_is_too_big_is_not_even_read(self, editor):
        file = SimpleUploadedFile("gros.h5p", b"x")
        file.size = 251_000_000
        form = UploadForm({"title": ""}, {"file": file}, user=editor)
        assert not form.is_valid()
        assert "250 Mo" in form.errors["file"][0]

    @pytest.mark.usefixtures("editor")
    def test_a_big_file_waits_on_disk_not_in_memory(self, client, monkeypatch):
        seen = []
        monkeypatch.setattr(storing, "store_package", lambda file, **fields: seen.append(file) or _refuse())
        client.post(ADD, {"file": SimpleUploadedFile("gros.h5p", bytes(3_000_000)), "title": ""})
        assert isinstance(seen[0], TemporaryUploadedFile)

    def test_new_library_code_needs_the_right_to_install_it(self, client, editor, space):
        client.force_login(MembershipFactory(federation=space.federation, role="author").user)
        response = client.post(ADD, {"file": file_of(TRUE_FALSE), "title": ""})
        [fault] = response.context["form"].faults
        assert fault.code == "new-code"
        assert "H5P.TrueFalse" in fault.message
        assert reverse("packages:libraries") in response.text
        assert not stored_files()
        client.force_login(editor)
        client.post(ADD, {"file": file_of(TRUE_FALSE), "title": "Le premier"})
        client.force_login(MembershipFactory(federation=space.federation, role="author").user)
        client.post(ADD, {"file": file_of(TRUE_FALSE), "title": "Le second"})
        assert set(Package.objects.values_list("title", flat=True)) == {"Le premier", "Le second"}

    @pytest.mark.usefixtures("editor")
    def test_the_script_that_sends_it_gets_the_address_or_the_form(self, client):
        response = client.post(ADD, {"file": file_of(TRUE_FALSE), "title": ""}, headers=SCRIPT)
        assert response.json() == {"url": reverse("packages:edit", args=[Package.objects.get().pk])}
        assert "est ajouté" in client.get(response.json()["url"]).text
        response = client.post(ADD, {"file": SimpleUploadedFile("a.h5p", b"x"), "title": ""}, headers=SCRIPT)
        assert response.status_code == 422
        assert 'id="w-editor-form"' in response.text


def _refuse():
    raise storing.RefusedError([storing.Fault("x", "Non.")])


class TestInTheChooser:
    URL = reverse("package_chooser:create")

    def test_a_package_is_sent_and_chosen_at_once(self, client, editor, space):
        window = client.get(reverse("package_chooser:choose")).json()["html"]
        assert "package-upload-file" in window
        response = client.post(self.URL, {"package-upload-file": file_of(TRUE_FALSE), "package-upload-title": "Ici"})
        [package] = Package.objects.all()
        assert response.json()["step"] == "chosen"
        assert response.json()["result"]["id"] == str(package.pk)
        assert (package.title, package.collection) == ("Ici", federation_collection(space.federation))

    @pytest.mark.usefixtures("editor")
    def test_what_is_wrong_is_said_in_the_window(self, client):
        file = file_of("h5p/malformed/broken-h5p-json.h5p")
        response = client.post(self.URL, {"package-upload-file": file, "package-upload-title": ""}).json()
        assert response["step"] == "reshow_creation_form"
        assert "data-upload-faults" in response["htmlFragment"]
        assert not Package.objects.exists()


class TestVersions:
    def url(self, package, name="replace", *numbers):
        return reverse(f"packages:{name}", args=[package.pk, *numbers])

    def test_a_new_version_takes_the_place_of_the_old_one_which_stays(self, client, package):
        assert "repart du début" in client.get(self.url(package)).text
        changed = BytesIO(sample(TRUE_FALSE).read_bytes())
        with zipfile.ZipFile(changed, "a") as archive:
            archive.comment = b"2"
        file = SimpleUploadedFile("deux.h5p", changed.getvalue())
        response = client.post(self.url(package), {"file": file, "note": "Question corrigée"}, follow=True)
        assert "La version 2 est en cours." in response.text
        assert "Question corrigée" in response.text
        package.refresh_from_db()
        assert package.current.number == 2
        assert package.title == "Un vrai ou faux"
        response = client.post(self.url(package, "restore", 1), follow=True)
        assert "La version 1 est de nouveau en cours." in response.text
        package.refresh_from_db()
        assert package.current.number == 1

    def test_the_same_file_changes_nothing(self, client, package):
        response = client.post(self.url(package), {"file": file_of(TRUE_FALSE), "note": ""}, follow=True)
        assert "rien n'a changé" in response.text.replace("&#x27;", "'")
        assert package.versions.count() == 1

    def test_a_bad_file_changes_nothing_and_says_why(self, client, package):
        before = stored_files()
        file = file_of("h5p/malformed/broken-h5p-json.h5p")
        response = client.post(self.url(package), {"file": file, "note": "Ma note"})
        assert response.context["form"].faults
        assert 'value="Ma note"' in response.text
        assert package.versions.count() == 1
        assert stored_files() == before

    def test_coming_back_is_asked_first(self, client, package):
        assert "déjà en cours" in client.get(self.url(package, "restore", 1)).text
        assert client.get(self.url(package, "restore", 7)).status_code == 404
        PackageVersion.objects.create(package=package, number=2, filename="x", size=1, digest="x")
        page = client.get(self.url(package, "restore", 2)).text
        assert "Remettre en cours la version 2" in page
        package.refresh_from_db()
        assert package.current.number == 1

    def test_it_downloads_as_a_file_that_another_site_takes(self, client, package):
        response = client.get(self.url(package, "download", 1))
        assert response["Content-Disposition"] == 'attachment; filename="un-vrai-ou-faux-v1.h5p"'
        assert "no-store" in response["Cache-Control"]
        names = zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))).namelist()
        assert {"h5p.json", "content/content.json"} <= set(names)


def test_deleting_takes_the_files_along(client, package, django_capture_on_commit_callbacks):
    folder = package.current.folder
    assert list(walk(folder))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("packages:delete", args=[package.pk]))
    assert not list(walk(folder))
    assert Library.objects.exists()
