"""Signing up, in and out, and forgetting one's password."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail, signing
from django.core.cache import cache
from django.db import IntegrityError
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from people.models import User
from tests.factories import PASSWORD, DepartmentFactory, ProfileFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, SIGNUP, RESET = reverse("account_login"), reverse("account_signup"), reverse("account_reset_password")
SENT, PROFILE, DASHBOARD = reverse("account_email_verification_sent"), "/compte/profil/", reverse("progress:dashboard")
NEW_PASSWORD = "parpaing-et-mortier-7"


@pytest.fixture
def member():
    """A person whose address is confirmed and whose profile is filled."""
    user = ProfileFactory(user__email="camille@exemple.fr").user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_up(client, email="lou@exemple.fr", **more):
    data = {"first_name": "Lou", "last_name": "Petit", "email": email, "password1": PASSWORD}
    return client.post(SIGNUP, data | more)


def sign_in(client, email="camille@exemple.fr", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password} | more)


def link_in(message):
    return re.search(r"http://testserver(/compte/(?:confirmer|mot-de-passe/oublie/cle)\S+)", message.body)[1]


def text_of(response):
    """The page, without what differs from one request to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)


# -- Signing up ----------------------------------------------------------------------------------------------------


def test_from_signing_up_to_the_dashboard(client):
    response = sign_up(client)
    assert response.url == SENT
    assert "lou@exemple.fr" in client.get(SENT).text
    user = User.objects.get()
    assert (user.first_name, user.last_name, user.is_active) == ("Lou", "Petit", True)

    link = link_in(mail.outbox[0])
    assert "Confirmer mon adresse" in client.get(link).text
    assert not EmailAddress.objects.get().verified
    response = client.post(link)
    assert response.url == PROFILE
    assert EmailAddress.objects.get().verified

    data = {"first_name": "Lou", "last_name": "Petit", "job_function": "eti", "department": DepartmentFactory().pk}
    assert client.post(PROFILE, data).url == DASHBOARD


def test_signing_up_from_a_page_leads_back_to_it_after_confirmation(client):
    sign_up(client, next="/formations/")
    assert client.post(link_in(mail.outbox[0])).url == "/formations/"


def test_an_address_confirmed_in_another_browser_leads_to_sign_in(client):
    sign_up(client)
    client.cookies.clear()
    response = client.post(link_in(mail.outbox[0]), follow=True)
    assert response.redirect_chain[-1][0] == LOGIN
    assert "Connectez-vous pour commencer" in response.text
    assert sign_in(client, "lou@exemple.fr").url == PROFILE


def test_no_one_gets_in_before_confirming_and_signing_in_sends_a_new_link(client):
    sign_up(client)
    client.cookies.clear()
    assert sign_in(client, "lou@exemple.fr").url == SENT
    assert len(mail.outbox) == 1, "a second e-mail within three minutes"
    cache.clear()
    assert sign_in(client, "lou@exemple.fr").url == SENT
    assert "pas encore confirmée" in mail.outbox[1].body
    assert client.get("/compte/").status_code == 302


@pytest.mark.parametrize("key", ["rien", "a:b:c", "MQ:1abc:xyz"])
def test_a_link_that_does_not_work_says_what_to_do(client, key):
    response = client.get(reverse("account_confirm_email", args=[key]))
    assert "Ce lien ne fonctionne plus" in response.text
    assert client.post(reverse("account_confirm_email", args=[key])).status_code == 404


def test_a_confirmation_link_dies_after_three_days(client, monkeypatch):
    sign_up(client)
    later = timezone.now() + timedelta(days=3, minutes=1)
    monkeypatch.setattr(signing.time, "time", later.timestamp)
    assert "ne fonctionne plus" in client.get(link_in(mail.outbox[0])).text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_name", "", "requis"),
        ("last_name", "   ", "requis"),
        ("first_name", "Gagnez http://spam.example", "Écrivez un nom"),
        ("last_name", "a@b", "Écrivez un nom"),
        ("email", "pas une adresse", "adresse"),
        ("password1", "court", "10 caractères"),
        ("password1", "1234567890123", "numérique"),
        ("password1", "lou@exemple.fr", "trop semblable"),
    ],
)
def test_a_fault_at_sign_up_is_explained_and_the_rest_is_kept(client, field, value, message):
    response = sign_up(client, **{field: value})
    assert response.status_code == 200
    error = "".join(response.context["form"].errors[field])
    assert message in error
    assert 'aria-invalid="true"' in response.text
    if field != "email":
        assert 'value="lou@exemple.fr"' in response.text
    assert f'value="{PASSWORD}"' not in response.text
    assert not User.objects.exists()


def test_the_password_never_comes_back(client):
    for response in (sign_up(client, email="faute"), sign_in(client, password="faux-mot-de-passe")):
        assert PASSWORD not in response.text
        assert "faux-mot-de-passe" not in response.text


def test_the_sign_up_page_says_what_the_data_is_for_and_what_a_password_must_be(client):
    page = client.get(SIGNUP).text
    assert '<a href="/donnees-personnelles/">' in page
    assert "10 caractères" in page
    for autocomplete in ("given-name", "family-name", "email", "new-password"):
        assert f'autocomplete="{autocomplete}"' in page
    assert [field.name for field in client.get(SIGNUP).context["form"]] == [
        "first_name",
        "last_name",
        "email",
        "password1",
    ]
    assert "placeholder" not in page.split("<main")[1]


def test_names_lose_their_doubled_spaces(client):
    sign_up(client, first_name="  Marie   Lou ")
    assert User.objects.get().first_name == "Marie Lou"


def test_the_confirmation_e_mail_carries_nothing_that_a_stranger_typed(client):
    sign_up(client, first_name="Cliquez vite ici")
    assert "Cliquez" not in mail.outbox[0].subject + mail.outbox[0].body


# -- Saying nothing of who has an account --------------------------------------------------------------------------


def test_signing_up_with_an_address_that_has_an_account_answers_the_same(client, member):
    new = sign_up(client, "lou@exemple.fr")
    new_page = client.get(new.url)
    client.cookies.clear()
    known = sign_up(client, "CAMILLE@exemple.fr")
    assert (known.status_code, known.url) == (new.status_code, new.url)
    known_page = client.get(known.url)
    assert text_of(known_page).replace("camille@", "lou@") == text_of(new_page)
    assert User.objects.count() == 2
    assert mail.outbox[1].to == ["camille@exemple.fr"]
    assert "déjà un compte" in mail.outbox[1].subject
    member.refresh_from_db()
    assert member.first_name == "Camille"


def test_signing_up_takes_the_time_of_hashing_a_password_either_way(client, member, monkeypatch):
    hashed = []
    monkeypatch.setattr("people.views.make_password", hashed.append)
    sign_up(client, "camille@exemple.fr")
    assert hashed == [PASSWORD]


def test_a_sign_up_form_sent_twice_at_once_makes_one_account_and_no_error(client, monkeypatch):
    from allauth.account.forms import SignupForm

    def lose_the_race(form, request):
        monkeypatch.undo()
        UserFactory(email="lou@exemple.fr")
        raise IntegrityError

    monkeypatch.setattr(SignupForm, "save", lose_the_race)
    assert sign_up(client).url == SENT
    assert User.objects.count() == 1


def test_a_wrong_password_and_an_unknown_address_answer_the_same(client, member):
    wrong = text_of(sign_in(client, password="faux-mot-de-passe"))
    unknown = text_of(sign_in(client, "inconnu@exemple.fr", "faux-mot-de-passe"))
    assert unknown.replace("inconnu@", "camille@") == wrong
    assert "ne vont pas ensemble" in wrong


def test_asking_for_a_new_password_answers_the_same_with_and_without_an_account(client, member):
    responses = [client.post(RESET, {"email": email}) for email in ("camille@exemple.fr", "inconnu@exemple.fr")]
    assert {response.url for response in responses} == {reverse("account_reset_password_done")}
    assert text_of(client.get(responses[0].url)) == text_of(client.get(responses[1].url))
    assert [message.to for message in mail.outbox] == [["camille@exemple.fr"], ["inconnu@exemple.fr"]]
    assert "n'a pas de compte ouvert" in mail.outbox[1].body


# -- Signing in and out --------------------------------------------------------------------------------------------


def test_signing_in_leads_to_the_dashboard(client, member):
    assert sign_in(client).url == DASHBOARD


def test_the_case_of_the_address_does_not_count(client, member):
    assert sign_in(client, " Camille@Exemple.fr ").url == DASHBOARD


def test_signing_in_leads_to_the_profile_while_there_is_none(client, member):
    member.profile.delete()
    assert sign_in(client).url == PROFILE
    assert client.get(LOGIN).url == PROFILE


def test_a_safe_next_comes_before_everything(client, member):
    member.profile.delete()
    assert sign_in(client, next="/formations/?theme=rep").url == "/formations/?theme=rep"


@pytest.mark.parametrize(
    "target",
    [
        "https://mechant.example/",
        "//mechant.example/",
        "/\\mechant.example",
        "javascript:alert(1)",
        "http:///x",
        "ftp://testserver/",
    ],
)
def test_next_never_leads_to_another_site(client, member, target):
    assert sign_in(client, next=target).url == DASHBOARD


def test_next_never_leads_to_another_host_of_ours(client, member, settings):
    settings.ALLOWED_HOSTS = ["testserver", ".reseau-eti.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://partenaire.example"]
    for target in ("http://autre.reseau-eti.example/", "https://partenaire.example/"):
        client.cookies.clear()
        assert sign_in(client, next=target).url == DASHBOARD


def test_signing_in_cycles_the_session(client, member):
    client.get(LOGIN)
    session = client.session
    session["visite"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_a_deactivated_account_is_told_so_only_with_its_password(client, member):
    member.is_active = False
    member.save()
    assert "ne vont pas ensemble" in sign_in(client, password="faux-mot-de-passe").text
    response = sign_in(client)
    assert response.url == reverse("account_inactive")
    assert "désactivé" in client.get(response.url).text


def test_signing_out_asks_first_and_is_a_post(client, member):
    client.force_login(member)
    assert "Se déconnecter&nbsp;?" in client.get(reverse("account_logout")).text
    assert client.get("/compte/").status_code == 200
    assert client.post(reverse("account_logout")).url == "/"
    assert client.get("/compte/").status_code == 302


# -- Passwords -----------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_with_the_link(client, member):
    client.post(RESET, {"email": "Camille@exemple.fr"})
    link = link_in(mail.outbox[0])
    form_url = client.get(link).url
    assert member.email not in form_url
    assert "set-password" in form_url, "the key stays out of the address of the form"
    response = client.post(form_url, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert response.url == DASHBOARD
    member.refresh_from_db()
    assert member.check_password(NEW_PASSWORD)
    assert "remplacé" in mail.outbox[1].body
    client.cookies.clear()
    assert "ne fonctionne plus" in client.get(link).text, "the link works once"


def test_a_weak_new_password_is_refused_and_said(client, member):
    client.post(RESET, {"email": member.email})
    form_url = client.get(link_in(mail.outbox[0])).url
    response = client.post(form_url, {"password1": "court", "password2": "court"})
    assert "10 caractères" in "".join(response.context["form"].errors["password1"])


def test_changing_the_password_keeps_me_here_and_says_so_by_e_mail(client, member):
    client.force_login(member)
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(reverse("account_change_password"), data).url == "/compte/"
    assert "Votre mot de passe est changé." in client.get("/compte/").text
    assert "http://testserver/compte/mot-de-passe/oublie/" in mail.outbox[0].body


def test_changing_the_password_takes_the_old_one(client, member):
    client.force_login(member)
    data = {"oldpassword": "faux", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post(reverse("account_change_password"), data)
    assert "pas votre mot de passe actuel" in "".join(response.context["form"].errors["oldpassword"])


# -- Limits --------------------------------------------------------------------------------------------------------


def test_the_sixth_wrong_password_for_one_address_waits_whether_or_not_it_has_an_account(client, member):
    for email in ("camille@exemple.fr", "inconnu@exemple.fr"):
        for _ in range(5):
            assert "ne vont pas ensemble" in sign_in(client, email, "faux-mot-de-passe").text
        assert "Trop d&#x27;essais" in sign_in(client, email).text, "even the right password has to wait"
        cache.clear()


def test_too_many_requests_for_a_new_password_get_the_page_429(client, member):
    for _ in range(5):
        assert client.post(RESET, {"email": member.email}).status_code == 302
    response = client.post(RESET, {"email": member.email})
    assert response.status_code == 429
    assert "Trop de tentatives" in response.text


def test_too_many_sign_ups_from_one_place_get_the_page_429(client):
    for n in range(20):
        sign_up(client, f"robot{n}@exemple.fr", password1="court")
    assert sign_up(client).status_code == 429


# -- Pages and e-mails ---------------------------------------------------------------------------------------------


def test_there_is_no_page_to_change_the_address():
    with pytest.raises(NoReverseMatch):
        reverse("account_email")


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_email_verification_sent",
        "account_inactive",
        "people:account",
        "people:profile",
        "people:delete",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
    ],
)
def test_each_page_is_in_the_look_of_the_site_with_one_title_and_a_strict_policy(client, member, name):
    if name not in ("account_login", "account_signup"):
        client.force_login(member)
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert 'class="skip-link"' in response.text
    assert response.text.count("<h1") == 1
    assert "noindex" in response.text
    main = response.text.split("<main")[1]
    assert " style=" not in main
    assert "<script" not in main
    assert not re.search(r"\b(Password|Sign|Email|Your)\b", main)
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]


def test_closed_sign_ups_say_so(client, monkeypatch):
    monkeypatch.setattr("people.adapter.AccountAdapter.is_open_for_signup", lambda *args: False)
    assert "inscriptions sont fermées" in client.get(SIGNUP).text


def test_every_e_mail_says_who_sends_it_in_plain_text(client, member):
    sign_up(client)
    sign_up(client, member.email)
    client.post(RESET, {"email": member.email})
    client.post(RESET, {"email": "inconnu@exemple.fr"})
    client.force_login(member)
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    assert len(mail.outbox) == 5
    for message in mail.outbox:
        assert message.alternatives == []
        assert "Réseau ETI" in message.subject
        assert "http://testserver/" in message.body
        assert f"envoyé à {message.to[0]}" in message.body
        assert "Bonjour,\n\nV" in message.body or "Bonjour,\n\nQ" in message.body or "Bonjour,\n\nL" in message.body
        for leftover in ("&#", "{{", "{%", "None", "Hello", "example.com", "\n\n\n"):
            assert leftover not in message.subject + message.body


def test_the_life_of_a_link_is_said_as_it_is(client, member):
    sign_up(client)
    client.post(RESET, {"email": member.email})
    assert "pendant 3 jours" in mail.outbox[0].body
    assert "une seule fois, pendant 3 jours" in mail.outbox[1].body
