import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from people.models import Membership, Profile, Structure, Territory, User
from people.services import find_or_add_structure, save_profile
from tests.factories import (
    DepartmentFactory,
    FederationFactory,
    MembershipFactory,
    ProfileFactory,
    RegionFactory,
    StructureFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def refused():
    return pytest.raises(IntegrityError)


def test_an_account_keeps_its_address_in_lower_case():
    assert User.objects.create_user("Camille@Exemple.FR").email == "camille@exemple.fr"


def test_the_database_refuses_an_address_with_capitals():
    with refused(), transaction.atomic():
        User.objects.create(email="Camille@exemple.fr")


def test_an_account_needs_an_address():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_an_account_is_found_by_its_address_whatever_the_case():
    user = UserFactory(email="camille@exemple.fr")
    assert User.objects.get_by_natural_key("CAMILLE@exemple.fr") == user


def test_an_account_made_without_a_password_has_none_that_works():
    assert not User.objects.create_user("camille@exemple.fr").has_usable_password()


def test_others_see_a_name_and_never_the_address():
    assert UserFactory(first_name="Camille", last_name="Martin").display_name == "Camille Martin"
    assert str(UserFactory(first_name="", last_name="")) == "Membre du réseau"


def test_the_database_refuses_a_departement_without_a_region():
    with refused(), transaction.atomic():
        Territory.objects.create(kind="departement", code="13", name="Bouches-du-Rhône")


def test_the_database_refuses_a_region_inside_a_region():
    region = RegionFactory()
    with refused(), transaction.atomic():
        Territory.objects.create(kind="region", code="84", name="Auvergne-Rhône-Alpes", parent=region)


def test_the_database_refuses_one_code_twice_but_not_for_a_region_and_a_departement():
    RegionFactory(code="11")
    DepartmentFactory(code="11", name="Aude")
    with refused(), transaction.atomic():
        Territory.objects.create(kind="region", code="11", name="Île-de-France")


def test_a_departement_where_people_work_cannot_be_deleted():
    profile = ProfileFactory()
    with pytest.raises(ProtectedError):
        profile.department.delete()


@pytest.mark.parametrize(
    "spelling", ["Les Jardins de l’Étoile", "LES JARDINS DE L'ETOILE", " les  jardins de l'étoile "]
)
def test_a_structure_is_found_despite_its_spelling(spelling):
    structure = StructureFactory(name="Les Jardins de l'Étoile")
    assert find_or_add_structure(kind="ACI", name=spelling, department=structure.department) == structure


def test_the_same_name_elsewhere_or_of_another_kind_is_another_structure():
    structure = StructureFactory(name="Le Relais")
    elsewhere = DepartmentFactory(code="84", name="Vaucluse")
    assert find_or_add_structure(kind="ACI", name="Le Relais", department=elsewhere) != structure
    assert find_or_add_structure(kind="EI", name="Le Relais", department=structure.department) != structure
    assert Structure.objects.count() == 3


def test_the_database_refuses_a_structure_known_under_another_spelling():
    structure = StructureFactory(name="Le Relais")
    with refused(), transaction.atomic():
        StructureFactory(name="le relais", department=structure.department)


def test_a_structure_known_under_another_spelling_is_a_fault_of_the_form():
    structure = StructureFactory(name="Le Relais")
    with pytest.raises(ValidationError, match="déjà connue"):
        Structure(kind="ACI", name="LE  RELAIS", department=structure.department).full_clean()
    structure.full_clean()


@pytest.mark.parametrize("name", ["\u0301\u0302", "ﷺ" * 40])
def test_a_name_that_no_one_could_search_for_is_refused(name):
    with pytest.raises(ValidationError, match="lettres ordinaires"):
        Structure(kind="ACI", name=name, department=DepartmentFactory()).full_clean()


def test_renaming_a_structure_renews_its_key_even_when_only_the_name_is_saved():
    structure = StructureFactory(name="Le Relais")
    structure.name = "L’Étape"
    structure.save(update_fields=["name"])
    structure.refresh_from_db()
    assert structure.name_key == "l'etape"


def test_a_profile_saved_twice_is_one_profile():
    user, department = UserFactory(), DepartmentFactory()
    for kind in ("ACI", "EI"):
        save_profile(
            user,
            first_name="Lou",
            last_name="Petit",
            job_function="eti",
            department=department,
            structure_kind=kind,
            structure_name="Le Relais",
        )
    assert Profile.objects.get().structure.kind == "EI"
    assert User.objects.get().first_name == "Lou"


def test_a_deleted_structure_leaves_the_profiles():
    profile = ProfileFactory()
    profile.structure.delete()
    profile.refresh_from_db()
    assert profile.structure is None


# -- Roles ---------------------------------------------------------------------------------------------------------


def groups_of(user):
    return set(user.groups.all())


def test_a_federation_comes_with_its_groups_which_may_enter_the_admin():
    federation = FederationFactory(slug="jardins")
    assert {federation.author_group.name, federation.editor_group.name} == {"jardins : rédaction", "jardins : édition"}
    author = MembershipFactory(federation=federation, role="author").user
    assert author.has_perm("wagtailadmin.access_admin")
    assert not author.has_perm("people.change_federation")


def test_a_membership_gives_the_group_of_its_role():
    author, editor = MembershipFactory(role="author"), MembershipFactory(role="editor")
    assert groups_of(author.user) == {author.federation.author_group}
    assert groups_of(editor.user) == {editor.federation.editor_group}


def test_changing_the_role_changes_the_group():
    membership = MembershipFactory(role="author")
    membership.role = "editor"
    membership.save()
    assert groups_of(membership.user) == {membership.federation.editor_group}


def test_ending_a_membership_takes_the_group_back_and_leaves_the_others():
    user = UserFactory()
    ended, kept = MembershipFactory(user=user), MembershipFactory(user=user)
    ended.delete()
    assert groups_of(user) == {kept.federation.editor_group}


def test_giving_a_membership_to_someone_else_takes_the_group_from_the_first_person():
    membership = MembershipFactory()
    first, second = membership.user, UserFactory()
    membership.user = second
    membership.save()
    assert groups_of(first) == set()
    assert groups_of(second) == {membership.federation.editor_group}


def test_moving_a_membership_to_another_federation_moves_the_rights():
    membership = MembershipFactory()
    membership.federation = FederationFactory()
    membership.save()
    assert groups_of(membership.user) == {membership.federation.editor_group}


def test_the_database_refuses_two_roles_of_one_person_in_one_federation():
    membership = MembershipFactory(role="author")
    with refused(), transaction.atomic():
        MembershipFactory(user=membership.user, federation=membership.federation, role="editor")


def test_a_new_federation_never_inherits_the_rights_of_a_deleted_one():
    membership = MembershipFactory(federation__slug="jardins")
    old_groups = {membership.federation.author_group_id, membership.federation.editor_group_id}
    membership.federation.delete()
    assert groups_of(membership.user) == set()
    new = FederationFactory(slug="jardins")
    assert not old_groups & {new.author_group_id, new.editor_group_id}
    assert not Membership.objects.exists()


def test_renaming_a_federation_frees_the_names_of_its_groups():
    first = FederationFactory(slug="jardins")
    first.slug = "potagers"
    first.save()
    second = FederationFactory(slug="jardins")
    first.author_group.refresh_from_db()
    assert first.author_group.name == "potagers : rédaction"
    assert second.author_group != first.author_group
