import json

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.users.models import UserProfile

from courses.progress.models import Enrolment
from courses.progress.services import enrol
from forum.models import Category
from forum.services import open_topic
from people.models import Profile, Structure, User
from people.services import LastAdministratorError, delete_account
from people.signals import personal_data
from tests.courses.factories import make_course
from tests.factories import (
    PASSWORD,
    DepartmentFactory,
    MembershipFactory,
    ProfileFactory,
    StructureFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ACCOUNT, PROFILE, DELETE = reverse("people:account"), reverse("people:profile"), reverse("people:delete")
EXPORT, CLEAR = reverse("people:export"), reverse("people:clear_profile")


@pytest.fixture
def me(client):
    user = UserFactory(email="camille@exemple.fr", last_name="Martin")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    return user


def typed(**more):
    data = {
        "first_name": "Lou",
        "last_name": "Petit",
        "job_function": "eti",
        "department": DepartmentFactory().pk,
        "structure_kind": "",
        "structure_name": "",
    }
    return data | more


@pytest.mark.parametrize("url", [ACCOUNT, PROFILE, DELETE, EXPORT])
def test_the_account_is_for_the_person_who_signed_in(client, url):
    assert client.get(url).url == f"{reverse('account_login')}?next={url}"


# -- The page ------------------------------------------------------------------------------------------------------


def test_my_account_says_who_i_am(client, me):
    ProfileFactory(user=me, structure__name="Le Relais")
    page = client.get(ACCOUNT).text
    for text in ("Camille Martin", "camille@exemple.fr", "Bouches-du-Rhône (13)", "Le Relais (ACI)"):
        assert text in page
    assert "Espace d'édition" not in page
    assert "Mes fédérations" not in page


def test_my_account_invites_me_to_fill_my_profile(client, me):
    assert "Remplir mon profil" in client.get(ACCOUNT).text


def test_members_of_a_federation_find_their_role_and_the_editing_space(client, me):
    MembershipFactory(user=me, federation__name="Réseau Cocagne", role="author")
    page = client.get(ACCOUNT).text
    assert "Réseau Cocagne" in page
    assert "sans publier" in page
    assert f'href="{reverse("wagtailadmin_home")}"' in page


def test_administrators_find_the_editing_space_too(client):
    client.force_login(User.objects.create_superuser("chef@exemple.fr"))
    assert "Espace d'édition" in client.get(ACCOUNT).text


@pytest.mark.parametrize("memberships", [0, 1, 10])
def test_my_account_takes_a_fixed_number_of_queries(client, me, django_assert_max_num_queries, memberships):
    ProfileFactory(user=me)
    for _ in range(memberships):
        MembershipFactory(user=me)
    client.get(ACCOUNT)
    with django_assert_max_num_queries(12):
        client.get(ACCOUNT)


# -- The profile ---------------------------------------------------------------------------------------------------


def test_a_first_profile_leads_on_to_the_dashboard(client, me):
    assert "Plus tard" in client.get(PROFILE).text
    response = client.post(PROFILE, typed(structure_kind="ACI", structure_name="Le Relais"))
    assert response.url == reverse("progress:dashboard")
    profile = Profile.objects.get()
    assert (profile.user, profile.job_function, profile.structure.name) == (me, "eti", "Le Relais")
    me.refresh_from_db()
    assert me.display_name == "Lou Petit"


def test_a_changed_profile_leads_back_to_the_account(client, me):
    ProfileFactory(user=me)
    assert client.post(PROFILE, typed(job_function="asp")).url == ACCOUNT
    profile = Profile.objects.get()
    assert profile.job_function == "asp"
    assert profile.structure is None


def test_the_form_opens_on_what_is_known_and_never_lets_the_address_change(client, me):
    ProfileFactory(user=me, structure=StructureFactory(name="Le Relais", kind="EI"))
    page = client.get(PROFILE)
    assert 'value="Le Relais"' in page.text
    assert page.context["form"]["structure_kind"].value() == "EI"
    assert "camille@exemple.fr" in page.text
    assert "email" not in page.context["form"].fields
    client.post(PROFILE, typed(email="autre@exemple.fr"))
    me.refresh_from_db()
    assert me.email == "camille@exemple.fr"


def test_a_structure_is_recognised_however_it_is_spelt(client, me):
    structure = StructureFactory(name="Les Jardins de l'Étoile")
    client.post(PROFILE, typed(structure_kind="ACI", structure_name=" les jardins de l’etoile"))
    assert Profile.objects.get().structure == structure
    assert Structure.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "name", "field", "message"),
    [
        ("ACI", "", "structure_name", "Écrivez le nom"),
        ("ACI", "   ", "structure_name", "Écrivez le nom"),
        ("", "Le Relais", "structure_kind", "Choisissez le type"),
        ("ACI", "\u0301", "structure_name", "lettres ordinaires"),
        ("ACI", "x" * 151, "structure_name", "150"),
        ("XX", "Le Relais", "structure_kind", "choix"),
    ],
)
def test_half_a_structure_is_a_fault_that_says_what_is_missing_and_keeps_the_rest(
    client, me, kind, name, field, message
):
    response = client.post(PROFILE, typed(job_function="asp", structure_kind=kind, structure_name=name))
    assert response.status_code == 200
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert message in "".join(form.errors[field])
    assert 'value="Lou"' in response.text
    assert form["structure_name"].value() == name
    assert '<option value="asp" selected>' in response.text
    assert f'aria-describedby="id_{field}_' in response.text
    assert not Profile.objects.exists()
    me.refresh_from_db()
    assert me.first_name == "Camille"


@pytest.mark.parametrize("field", ["first_name", "last_name", "job_function", "department"])
def test_names_function_and_departement_are_needed(client, me, field):
    response = client.post(PROFILE, typed(**{field: ""}))
    assert list(response.context["form"].errors) == [field]


def test_a_region_is_not_a_departement(client, me):
    region = DepartmentFactory().parent
    assert "department" in client.post(PROFILE, typed(department=region.pk)).context["form"].errors


def test_the_structures_of_the_departement_are_suggested_once_it_is_known(client, me):
    StructureFactory(name="Le Relais")
    StructureFactory(name="Ailleurs", department=DepartmentFactory(code="84", name="Vaucluse"))
    assert '<option value="Le Relais">' not in client.get(PROFILE).text
    response = client.post(PROFILE, typed(structure_kind="ACI"))
    assert response.context["form"].known_structures() == ["Le Relais"]
    assert '<option value="Le Relais">' in response.text
    assert client.post(PROFILE, typed(department="abc")).context["form"].known_structures() == []


def test_what_i_said_of_my_work_can_be_taken_back(client, me):
    ProfileFactory(user=me)
    assert client.get(CLEAR).status_code == 405
    assert client.post(CLEAR).url == ACCOUNT
    assert not Profile.objects.exists()
    assert User.objects.filter(pk=me.pk).exists()


# -- My data -------------------------------------------------------------------------------------------------------


@pytest.fixture
def other_app():
    receivers = []

    def connect(receiver):
        personal_data.connect(receiver)
        receivers.append(receiver)

    yield connect
    for receiver in receivers:
        personal_data.disconnect(receiver)


def test_my_data_comes_as_a_file_with_all_that_is_mine_and_nothing_of_others(client, me):
    ProfileFactory(user=me, structure__name="Le Relais")
    MembershipFactory(user=me, federation__name="Réseau Cocagne")
    ProfileFactory(user__email="autre@exemple.fr")
    response = client.get(EXPORT)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert "no-store" in response.headers["Cache-Control"]
    data = json.loads(response.content)
    assert data["compte"]["adresse_email"] == "camille@exemple.fr"
    assert data["profil"]["structure"] == {"type": "ACI", "nom": "Le Relais"}
    assert data["federations"] == [{"federation": "Réseau Cocagne", "role": "Édition : écrit, relit et publie"}]
    assert "autre@exemple.fr" not in response.text
    assert me.password not in response.text


def test_my_data_without_a_profile(client, me):
    assert json.loads(client.get(EXPORT).content)["profil"] is None


def test_other_apps_add_their_part(client, me, other_app):
    def export(sender, user, **kwargs):
        return [("outils", [{"personne": user.pk}])]

    other_app(export)
    assert json.loads(client.get(EXPORT).content)["outils"] == [{"personne": me.pk}]


def test_two_apps_never_write_over_each_other(client, me, other_app):
    def export(sender, user, **kwargs):
        return [("profil", "autre chose")]

    other_app(export)
    with pytest.raises(ValueError, match="profil"):
        client.get(EXPORT)


# -- Leaving -------------------------------------------------------------------------------------------------------


def test_deleting_my_account_asks_for_the_password(client, me):
    assert "définitive" in client.get(DELETE).text
    response = client.post(DELETE, {"password": "faux-mot-de-passe"})
    assert "Ce n&#x27;est pas votre mot de passe." in response.text
    assert "faux-mot-de-passe" not in response.text
    assert client.post(DELETE).context["form"].errors
    assert User.objects.filter(pk=me.pk).exists()


def test_guessing_the_password_to_delete_an_account_is_limited(client, me):
    for _ in range(5):
        client.post(DELETE, {"password": "faux-mot-de-passe"})
    assert "Trop d&#x27;essais" in client.post(DELETE, {"password": PASSWORD}).text
    assert User.objects.filter(pk=me.pk).exists()


def test_deleting_my_account_removes_all_that_is_mine_signs_me_out_and_tells_me(client, me):
    ProfileFactory(user=me)
    membership = MembershipFactory(user=me)
    response = client.post(DELETE, {"password": PASSWORD}, follow=True)
    assert response.redirect_chain[0][0] == "/"
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not Profile.objects.exists()
    assert not membership.federation.editor_group.user_set.exists()
    assert Structure.objects.exists(), "others may work there"
    assert client.get(ACCOUNT).status_code == 302
    assert mail.outbox[0].to == ["camille@exemple.fr"]
    assert "est supprimé" in mail.outbox[0].subject


def test_an_account_is_deleted_even_when_the_mail_server_is_down(client, me, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("people.adapter.AccountAdapter.send_mail", fail)
    assert client.post(DELETE, {"password": PASSWORD}).url == "/"
    assert not User.objects.exists()
    assert "could not be sent" in caplog.text


def test_the_only_administrator_stays(client):
    chief = User.objects.create_superuser("chef@exemple.fr", PASSWORD)
    client.force_login(chief)
    assert "seule personne qui administre" in client.post(DELETE, {"password": PASSWORD}).text
    with pytest.raises(LastAdministratorError):
        delete_account(chief)
    User.objects.create_superuser("cheffe@exemple.fr", PASSWORD)
    assert client.post(DELETE, {"password": PASSWORD}).url == "/"


def test_my_picture_leaves_with_me(client, me, django_capture_on_commit_callbacks):
    settings_row = UserProfile.get_for_user(me)
    settings_row.avatar.save("moi.png", ContentFile(b"image"))
    storage, name = settings_row.avatar.storage, settings_row.avatar.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(User.objects.get(pk=me.pk))
    assert not storage.exists(name)


def test_what_others_build_upon_stays_without_a_name_and_progress_goes(me):
    category = Category.objects.create(name="Outils", slug="outils", position=1)
    topic = open_topic(category=category, author=me, title="Une bétonnière", body="Laquelle choisir ?")
    course = make_course(lessons=1, owner=me)
    course.save_revision(user=me)
    enrol(me, course)
    delete_account(me)
    topic.refresh_from_db()
    assert topic.author is None
    assert topic.posts.get().author_name == "Ancien membre"
    course.refresh_from_db()
    assert course.owner is None
    assert not Enrolment.objects.exists()
