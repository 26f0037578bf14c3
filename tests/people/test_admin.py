"""People in Wagtail's admin."""

import re
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from people.models import Federation, Structure, Territory, User
from tests.factories import (
    PASSWORD,
    DepartmentFactory,
    FederationFactory,
    MembershipFactory,
    StructureFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HOME, ADD_USER = reverse("wagtailadmin_home"), reverse("wagtailusers_users:add")
CHOOSERS = [reverse("person_chooser:choose"), reverse("person_chooser:choose_results")]


@pytest.fixture
def chief(client):
    user = User.objects.create_superuser("chef@exemple.fr", PASSWORD, first_name="Sam", last_name="Chef")
    client.force_login(user)
    return user


def list_of(model):
    return reverse(model.snippet_viewset.get_url_name("list"))


# -- Accounts ------------------------------------------------------------------------------------------------------


def new_person(**more):
    return {
        "email": "Lou@Exemple.fr",
        "first_name": "Lou",
        "last_name": "Petit",
        "password1": "",
        "password2": "",
    } | more


def test_a_person_added_without_a_password_is_invited_to_choose_one(client, chief, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(ADD_USER, new_person()).status_code == 302
    user = User.objects.get(email="lou@exemple.fr")
    assert not user.has_usable_password()
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == ("lou@exemple.fr", True, True)
    (message,) = mail.outbox
    assert message.to == ["lou@exemple.fr"]
    link = re.search(r"http://testserver(/\S+/cle/\S+)", message.body)[1]
    client.logout()
    password = "parpaing-et-mortier-7"
    response = client.post(client.get(link).url, {"password1": password, "password2": password})
    assert response.url == reverse("people:profile")
    user.refresh_from_db()
    assert user.check_password(password)


def test_a_person_added_without_a_password_can_also_ask_for_a_link_later(client, chief):
    client.post(ADD_USER, new_person())
    client.logout()
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": "lou@exemple.fr"})
    assert "/cle/" in mail.outbox[0].body


def test_a_person_added_with_a_password_can_sign_in_at_once(client, chief, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ADD_USER, new_person(password1=PASSWORD, password2=PASSWORD))
    assert mail.outbox == []
    client.logout()
    response = client.post(reverse("account_login"), {"login": "lou@exemple.fr", "password": PASSWORD})
    assert response.url == reverse("people:profile")


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"email": "CHEF@exemple.fr"}, "email", "existe déjà"),
        ({"email": "non"}, "email", "valide"),
        ({"password1": "court", "password2": "court"}, "password2", "10 caractères"),
        ({"password1": PASSWORD, "password2": ""}, "password2", "correspond"),
    ],
)
def test_a_fault_in_a_new_account_is_said(client, chief, more, field, message):
    response = client.post(ADD_USER, new_person(**more))
    assert response.status_code == 200
    assert message in "".join(response.context["form"].errors[field])
    assert User.objects.count() == 1


def edit(client, user, **more):
    data = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name, "is_active": "on"}
    return client.post(reverse("wagtailusers_users:edit", args=[user.pk]), data | more)


def test_the_address_of_an_account_never_changes(client, chief):
    user = UserFactory(email="lou@exemple.fr")
    assert edit(client, user, email="autre@exemple.fr", first_name="Louise").status_code == 302
    user.refresh_from_db()
    assert (user.email, user.first_name) == ("lou@exemple.fr", "Louise")
    page = client.get(reverse("wagtailusers_users:edit", args=[user.pk]))
    assert page.context["form"].fields["email"].disabled
    assert "disabled" in re.search(r'<input[^>]*name="email"[^>]*>', page.text)[0]


def test_the_password_of_an_account_stays_when_none_is_typed(client, chief):
    user = UserFactory()
    edit(client, user)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_editing_an_account_leaves_the_rights_that_memberships_give(client, chief):
    membership = MembershipFactory()
    moderators = Group.objects.create(name="Modération")
    page = client.get(reverse("wagtailusers_users:edit", args=[membership.user_id]))
    assert membership.federation.slug not in page.text
    edit(client, membership.user, groups=[moderators.pk])
    assert set(membership.user.groups.all()) == {membership.federation.editor_group, moderators}
    edit(client, membership.user)
    assert set(membership.user.groups.all()) == {membership.federation.editor_group}


def test_my_settings_in_the_admin_have_no_address_and_no_password(client, chief):
    url = reverse("wagtailadmin_account")
    page = client.get(url).text
    assert "name_email-first_name" in page
    assert "name_email-email" not in page
    assert "password-new_password1" not in page
    client.post(url, {"name_email-first_name": "Samir", "name_email-last_name": "Chef", "name_email-email": "x@y.fr"})
    chief.refresh_from_db()
    assert chief.email == "chef@exemple.fr"


def test_the_admin_sends_to_the_one_sign_in_page(client):
    chain = [address for address, _status in client.get(HOME, follow=True).redirect_chain]
    assert chain == [f"/admin/login/?next={HOME}", f"{reverse('account_login')}?next={quote(HOME, safe='')}"]


# -- Federations ---------------------------------------------------------------------------------------------------


def federation_form(*members, initial=0, **more):
    return nested_form_data(
        {
            "name": "Réseau Cocagne",
            "slug": "cocagne",
            "description": "",
            "website": "",
            "memberships": inline_formset(list(members), initial=initial),
        }
        | more
    )


def test_an_administrator_makes_a_federation_and_its_members(client, chief):
    author, editor = UserFactory(), UserFactory()
    members = [{"user": author.pk, "role": "author"}, {"user": editor.pk, "role": "editor"}]
    response = client.post(reverse(Federation.snippet_viewset.get_url_name("add")), federation_form(*members))
    assert response.status_code == 302
    federation = Federation.objects.get()
    assert set(author.groups.all()) == {federation.author_group}
    assert set(editor.groups.all()) == {federation.editor_group}


def test_an_administrator_removes_a_member_and_gives_the_place_to_another(client, chief):
    federation = FederationFactory(slug="cocagne")
    gone, replaced = MembershipFactory(federation=federation), MembershipFactory(federation=federation)
    newcomer = UserFactory()
    data = federation_form(
        {"id": gone.pk, "user": gone.user_id, "role": "editor", "DELETE": "on"},
        {"id": replaced.pk, "user": newcomer.pk, "role": "editor"},
        initial=2,
    )
    url = reverse(Federation.snippet_viewset.get_url_name("edit"), args=[federation.pk])
    assert client.post(url, data).status_code == 302
    assert list(federation.editor_group.user_set.all()) == [newcomer]


def test_one_person_twice_in_a_federation_is_a_fault_of_the_form(client, chief):
    user = UserFactory()
    members = [{"user": user.pk, "role": "author"}, {"user": user.pk, "role": "editor"}]
    response = client.post(reverse(Federation.snippet_viewset.get_url_name("add")), federation_form(*members))
    assert response.status_code == 200
    assert not Federation.objects.exists()


def test_the_page_of_a_federation_offers_to_choose_a_person_instead_of_listing_everyone(client, chief):
    UserFactory(email="lou@exemple.fr")
    page = client.get(reverse(Federation.snippet_viewset.get_url_name("add"))).text
    assert CHOOSERS[0] in page
    assert "lou@exemple.fr" not in page


def test_a_person_is_found_by_words_of_the_name_or_the_address(client, chief):
    wanted = UserFactory(first_name="Lou", last_name="Petit", email="lp@exemple.fr")
    UserFactory(first_name="Lou", last_name="Grand", email="lg@exemple.fr")
    for query in ("lou petit", "LP@exemple"):
        found = client.get(CHOOSERS[1], {"q": query}).text
        assert reverse("person_chooser:chosen", args=[wanted.pk]) in found
        assert "lg@exemple.fr" not in found
    assert "Lou Petit" in client.get(reverse("person_chooser:chosen", args=[wanted.pk])).text


def test_writers_of_a_federation_see_neither_the_network_menu_nor_the_list_of_people(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    assert client.get(HOME).status_code == 200
    assert list_of(Federation) not in client.get(HOME).text
    for url in [*CHOOSERS, reverse("person_chooser:chosen", args=[membership.user_id])]:
        response = client.get(url)
        assert response.status_code in (302, 403)
        assert membership.user.email not in response.text
    for model in (Federation, Structure, Territory):
        assert client.get(list_of(model)).status_code == 302


def test_a_group_with_the_right_to_change_federations_sees_them(client):
    group = Group.objects.create(name="Animation du réseau")
    group.permissions.add(
        Permission.objects.get(codename="access_admin"), Permission.objects.get(codename="change_federation")
    )
    user = UserFactory()
    user.groups.add(group)
    client.force_login(user)
    assert list_of(Federation) in client.get(HOME).text
    assert client.get(list_of(Federation)).status_code == 200
    assert client.get(CHOOSERS[0]).status_code == 200
    assert client.get(list_of(Structure)).status_code == 302


def test_the_lists_are_there_with_search_and_filters(client, chief):
    structure = StructureFactory(name="Les Jardins de l'Étoile")
    MembershipFactory(federation__name="Réseau Cocagne")
    assert "Réseau Cocagne" in client.get(list_of(Federation)).text
    assert structure.name.replace("'", "&#x27;") in client.get(list_of(Structure), {"q": "etoile"}).text
    assert "Jardins" not in client.get(list_of(Structure), {"kind": "EI"}).text
    assert "Bouches-du-Rhône" in client.get(list_of(Territory), {"parent": structure.department.parent_id}).text


@pytest.mark.parametrize("more", [0, 15])
def test_the_lists_take_a_fixed_number_of_queries(client, chief, django_assert_max_num_queries, more):
    for n in range(more + 1):
        StructureFactory(department=DepartmentFactory(code=f"{n:02}", name=f"Département {n}"))
        MembershipFactory()
    for model in (Federation, Structure, Territory):
        client.get(list_of(model))
        with django_assert_max_num_queries(18):
            client.get(list_of(model))


def test_a_structure_known_under_another_spelling_is_refused_with_a_reason(client, chief):
    structure = StructureFactory(name="Le Relais")
    data = {"kind": "ACI", "name": "LE RELAIS", "department": structure.department_id}
    response = client.post(reverse(Structure.snippet_viewset.get_url_name("add")), data)
    assert response.status_code == 200
    assert "déjà connue" in response.text


def test_territories_are_neither_added_nor_deleted_by_hand_but_may_be_renamed(client, chief):
    department = DepartmentFactory()
    view = Territory.snippet_viewset
    assert client.get(reverse(view.get_url_name("add"))).status_code == 302
    assert client.post(reverse(view.get_url_name("delete"), args=[department.pk])).status_code == 302
    client.post(reverse(view.get_url_name("edit"), args=[department.pk]), {"name": "Les Bouches", "code": "99"})
    department.refresh_from_db()
    assert (department.name, department.code) == ("Les Bouches", "13")


def test_the_accounts_have_a_list(client, chief):
    UserFactory(email="lou@exemple.fr")
    assert "lou@exemple.fr" in client.get(reverse("wagtailusers_users:index"), {"q": "lou"}).text


def test_an_account_stays_when_its_invitation_cannot_be_sent(
    client, chief, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def fail(message):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(ADD_USER, new_person()).status_code == 302
    assert User.objects.filter(email="lou@exemple.fr").exists()
    assert "Error calling" in caplog.text
