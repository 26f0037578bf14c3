"""Interactive contents in Wagtail's admin: who sees what, the list, the page of a content, its versions, its uses."""

import uuid

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS
from django.urls import reverse
from wagtail.models import Collection, GroupCollectionPermission

from courses.catalog.services import federation_collection
from courses.interactive.packages.models import Library, LibraryDependency, Package, VersionLibrary
from courses.interactive.packages.permissions import may_install, packages_for
from courses.interactive.packages.usage import is_used, names_package, uses_of
from tests.courses.factories import make_course, make_lesson, make_space
from tests.courses.interactive.factories import (
    LibraryFactory,
    PackageFactory,
    PackageVersionFactory,
    make_interactive,
)
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return make_space()


@pytest.fixture
def editor(space):
    return MembershipFactory(federation=space.federation, role="editor").user


@pytest.fixture
def admin(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def collection(space):
    return federation_collection(space.federation)


@pytest.fixture
def package(collection):
    return PackageFactory(title="Les gestes barrières", collection=collection)


def block_of(package):
    return {
        "type": "interactive",
        "id": str(uuid.uuid4()),
        "value": {"package": package.pk, "title": "", "alternative": ""},
    }


def screens(package):
    return [
        reverse("packages:edit", args=[package.pk]),
        reverse("packages:delete", args=[package.pk]),
        reverse("packages:replace", args=[package.pk]),
        reverse("packages:restore", args=[package.pk, 1]),
        reverse("packages:download", args=[package.pk, 1]),
        reverse("package_chooser:chosen", args=[package.pk]),
    ]


class TestWhoSeesWhat:
    @pytest.fixture
    def stranger(self, client, package):
        member = MembershipFactory(federation=make_space().federation, role="editor").user
        client.force_login(member)
        return client

    @pytest.mark.parametrize("number", range(6))
    def test_each_screen_of_another_federation_is_not_found(self, stranger, package, number):
        assert stranger.get(screens(package)[number]).status_code == 404
        assert stranger.post(screens(package)[number]).status_code in {404, 405}
        assert Package.objects.filter(pk=package.pk).exists()

    def test_lists_and_choosers_leave_out_what_is_of_others(self, stranger, package):
        for name in ("packages:index", "packages:index_results", "package_chooser:choose_results"):
            assert package.title not in stranger.get(reverse(name)).text
        multiple = reverse("package_chooser:chosen_multiple") + f"?id={package.pk}&id=x"
        assert package.title not in stranger.get(multiple).text

    def test_a_member_sees_and_chooses_what_is_of_their_federation(self, admin, package):
        for name in ("packages:index", "packages:index_results", "package_chooser:choose_results"):
            assert package.title in admin.get(reverse(name)).text
        chosen = admin.get(reverse("package_chooser:chosen", args=[package.pk])).json()
        assert chosen["result"]["title"] == package.title
        assert admin.get(reverse("packages:edit", args=[package.pk])).status_code == 200

    def test_an_author_has_the_same_rights_on_contents_as_an_editor(self, client, space, package):
        client.force_login(MembershipFactory(federation=space.federation, role="author").user)
        assert client.get(reverse("packages:edit", args=[package.pk])).status_code == 200

    @pytest.mark.parametrize("name", ["index", "add", "libraries", "prune"])
    def test_who_has_no_part_in_the_admin_gets_nowhere(self, client, name):
        client.force_login(UserFactory())
        assert client.get(reverse(f"packages:{name}")).status_code in {302, 403, 404}

    def test_who_may_only_choose_downloads_but_changes_nothing(self, client, package):
        group = Group.objects.create(name="Invités")
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        GroupCollectionPermission.objects.create(
            group=group, collection=package.collection, permission=Permission.objects.get(codename="choose_package")
        )
        guest = UserFactory()
        guest.groups.add(group)
        client.force_login(guest)
        found = [client.get(address).status_code for address in screens(package)[:4]]
        assert found == [404, 404, 404, 404]
        assert package.title in client.get(reverse("package_chooser:choose_results")).text
        assert list(packages_for(guest, "change", "choose")) == [package]

    def test_the_menu_shows_contents_to_members_and_libraries_to_who_installs_them(self, admin, editor):
        home = admin.get(reverse("wagtailadmin_home")).text
        assert reverse("packages:index") in home
        assert reverse("packages:libraries") not in home
        editor.groups.first().permissions.add(Permission.objects.get(codename="add_library"))
        assert reverse("packages:libraries") in admin.get(reverse("wagtailadmin_home")).text


class TestRights:
    def test_federations_that_were_there_before_get_theirs_when_the_site_is_migrated(self, space, editor, collection):
        rights = GroupCollectionPermission.objects.filter(
            collection=collection, permission__content_type__app_label="packages"
        )
        rights.delete()
        emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
        of_editors = rights.filter(group=space.federation.editor_group)
        granted = set(of_editors.values_list("permission__codename", flat=True))
        assert granted == {"add_package", "change_package", "choose_package"}

    def test_installing_library_code_is_a_right_of_its_own(self, editor):
        assert not may_install(editor)
        assert may_install(UserFactory(is_superuser=True))
        editor.groups.first().permissions.add(Permission.objects.get(codename="add_library"))
        assert may_install(type(editor).objects.get(pk=editor.pk))
        assert not may_install(UserFactory(is_superuser=True, is_active=False))

    def test_the_settings_of_a_group_give_both_kinds_of_rights(self, client, space):
        client.force_login(UserFactory(is_superuser=True))
        url = reverse("wagtailusers_groups:edit", args=[space.federation.editor_group_id])
        page = client.get(url).text
        assert "Droits sur les contenus interactifs" in page
        assert f'value="{Permission.objects.get(codename="add_library").pk}"' in page
        assert f'value="{Permission.objects.get(codename="delete_library").pk}"' not in page


class TestList:
    def test_fifty_contents_take_as_many_queries_as_two(self, admin, collection, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        course = make_course()
        for _number in range(2):
            make_interactive(course, PackageFactory(collection=collection))
        admin.get(reverse("packages:index"))
        with CaptureQueriesContext(
            connection,
        ) as few:
            admin.get(reverse("packages:index"))
        for _number in range(48):
            PackageFactory(collection=collection)
        with django_assert_num_queries(len(few)):
            page = admin.get(reverse("packages:index"))
        assert len(page.context["object_list"]) == 50

    def test_it_says_format_version_collection_and_use(self, admin, package):
        PackageVersionFactory(package=package)
        make_interactive(package=package)
        page = admin.get(reverse("packages:index")).text
        for words in ("H5P", package.collection.name, "1&nbsp;page"):
            assert words in page

    def test_it_is_searched_and_narrowed_by_format(self, admin, package, collection):
        PackageFactory(title="Module de sécurité", kind=Package.Kind.SCORM12, collection=collection)
        found = admin.get(reverse("packages:index_results"), {"q": "gestes"}).text
        assert package.title in found
        assert "Module de sécurité" not in found
        found = admin.get(reverse("packages:index_results"), {"kind": "scorm12"}).text
        assert package.title not in found
        assert "Module de sécurité" in found

    def test_an_administrator_narrows_it_by_collection(self, client, package):
        other = Collection.get_first_root_node().add_child(name="Autre collection")
        PackageFactory(title="Ailleurs", collection=other)
        client.force_login(UserFactory(is_superuser=True))
        found = client.get(reverse("packages:index_results"), {"collection_id": other.pk}).text
        assert "Ailleurs" in found
        assert package.title not in found

    def test_when_it_is_empty_it_says_what_a_content_is(self, admin):
        page = admin.get(reverse("packages:index")).text
        assert "un fichier H5P (.h5p)" in page
        assert reverse("packages:add") in page


class TestPageOfAContent:
    def test_title_and_collection_are_changed(self, client, package):
        other = Collection.get_first_root_node().add_child(name="Autre collection")
        client.force_login(UserFactory(is_superuser=True))
        url = reverse("packages:edit", args=[package.pk])
        response = client.post(url, {"title": "Autre titre", "collection": other.pk}, follow=True)
        assert "Contenu interactif enregistré." in response.text
        package.refresh_from_db()
        assert (package.title, package.collection) == ("Autre titre", other)

    def test_a_member_does_not_put_it_where_they_have_no_right(self, admin, package):
        root = Collection.get_first_root_node()
        url = reverse("packages:edit", args=[package.pk])
        admin.post(url, {"title": "Autre titre", "collection": root.pk})
        package.refresh_from_db()
        assert package.collection != root

    def test_it_shows_versions_advice_preview_and_use(self, admin, package):
        package.current.advice = ["Ce contenu cherche une vidéo chez YouTube."]
        package.current.note = "Première version"
        package.current.save()
        page = admin.get(reverse("packages:edit", args=[package.pk])).text
        for words in (
            "Ce contenu cherche une vidéo chez YouTube.",
            "Première version",
            "en cours",
            "Aucune page ne l'utilise",
            reverse("packages:download", args=[package.pk, 1]),
        ):
            assert words in page
        assert f'"{reverse("packages:restore", args=[package.pk, 1])}"' not in page

    def test_pages_and_lessons_that_use_it_are_listed(self, admin, space, package):
        course = make_course(space)
        make_interactive(course, package, title="Une activité")
        make_lesson(course, title="Une leçon", body=[block_of(package)])
        page = admin.get(reverse("packages:edit", args=[package.pk])).text
        assert "2 endroits" in page.replace("&nbsp;", " ")
        assert "Une activité" in page
        assert "Une leçon" in page

    def test_a_page_of_others_is_counted_but_not_named(self, admin, package):
        make_interactive(make_course(make_space()), package, title="Page d'ailleurs")
        page = admin.get(reverse("packages:edit", args=[package.pk])).text
        assert "Page d" not in page.split('id="utilisation"')[1].split("</section>")[0].replace("Une page que", "")
        assert "Une page que vous ne pouvez pas modifier" in page


class TestUse:
    def test_a_draft_counts_as_a_use(self, editor, space, package):
        lesson = make_lesson(make_course(space), title="Une leçon")
        assert not is_used(package)
        lesson.body = lesson.body.stream_block.to_python([block_of(package)])
        lesson.save_revision()
        assert is_used(package)
        [use] = uses_of(package, editor)
        assert (use.label, use.draft) == ("Une leçon", True)

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ({"package": 7}, True),
            ({"package": 8}, False),
            ({"body": '[{"type": "interactive", "value": {"package": 7}}]'}, True),
            ({"body": '[{"type": "interactive", "value": {"package": 77}}]'}, False),
            ({"body": '[not json "package"'}, False),
            ({"body": [{"value": {"package": 7}}]}, True),
            ({"title": "package 7"}, False),
            (None, False),
        ],
    )
    def test_a_revision_names_a_package_as_a_field_or_in_a_stream(self, content, expected):
        assert names_package(content, 7) is expected


class TestDeleting:
    def test_what_is_used_is_kept_and_the_pages_are_named(self, admin, space, package):
        make_lesson(make_course(space), title="Une leçon", body=[block_of(package)])
        url = reverse("packages:delete", args=[package.pk])
        page = admin.get(url).text
        assert "Vous ne pouvez pas supprimer ce contenu" in page
        assert "Une leçon" in page
        assert "Vous ne pouvez pas supprimer ce contenu" in admin.post(url).text
        assert Package.objects.filter(pk=package.pk).exists()

    def test_what_nothing_uses_goes_once_it_is_confirmed(self, admin, package):
        url = reverse("packages:delete", args=[package.pk])
        assert "Supprimer «&nbsp;Les gestes barrières&nbsp;»" in admin.get(url).text
        assert Package.objects.filter(pk=package.pk).exists()
        response = admin.post(url, follow=True)
        assert "« Les gestes barrières » est supprimé." in response.text
        assert not Package.objects.filter(pk=package.pk).exists()


class TestLibraries:
    @pytest.fixture
    def libraries(self, package):
        used = LibraryFactory(title="Utilisée", metadata={"license": "MIT"})
        needed = LibraryFactory(machine_name="H5P.Question", title="Nécessaire")
        unused = LibraryFactory(machine_name="H5P.Old", title="Inutile")
        LibraryDependency.objects.create(library=used, needed=needed, kind="preloaded")
        for position, library in enumerate((needed, used)):
            VersionLibrary.objects.create(version=package.current, library=library, position=position)
        return used, needed, unused

    def test_they_are_listed_with_what_uses_them(self, admin, libraries):
        page = admin.get(reverse("packages:libraries"))
        text = page.text
        for words in ("Utilisée", "MIT", "1 contenu, 1 bibliothèque", "non indiquée", "rien"):
            assert words in text
        assert "adressez-vous à un administrateur" in text
        assert reverse("packages:prune") not in text

    def test_only_who_installs_them_removes_them(self, admin, libraries):
        assert admin.get(reverse("packages:prune")).status_code == 404
        assert admin.post(reverse("packages:prune"), {"library": [libraries[2].pk]}).status_code == 404
        assert Library.objects.count() == 3

    def test_those_that_nothing_uses_are_named_then_removed(self, client, libraries):
        client.force_login(UserFactory(is_superuser=True))
        page = client.get(reverse("packages:prune")).text
        assert "Inutile" in page
        assert "Nécessaire" not in page
        everything = {"library": [library.pk for library in libraries]}
        response = client.post(reverse("packages:prune"), everything, follow=True)
        assert "1 bibliothèque supprimée." in response.text
        assert set(Library.objects.all()) == set(libraries[:2])
