import json
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from people import directory_contact as contact
from people import directory_services as services
from people.directory_models import ContactBlock, ContactMessage
from people.services import delete_account
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TEXT = "Bonjour, où trouvez-vous vos volets ?"


def list_(user, *, contact=True, show_name=True):
    switches = dict.fromkeys(services.SWITCHES, False) | {"show_name": show_name}
    services.save_entry(
        user, listed=True, show_place="", presentation="", trades=[], skills=[], accepts_contact=contact, **switches
    )


@pytest.fixture
def lou():
    user = UserFactory(first_name="Lou", last_name="Petit", email="lou.petit@exemple.fr")
    list_(user)
    return user


@pytest.fixture
def camille(client):
    user = UserFactory(first_name="Camille", last_name="Martin", email="camille.martin@exemple.fr")
    client.force_login(user)
    return user


@pytest.fixture
def send(client, lou, django_capture_on_commit_callbacks):
    """Send the form, run what follows, and give the answer."""

    def post(url=None, *, text=TEXT, submission=None, **more):
        data = {"text": text, "submission": submission or uuid.uuid4()} | more
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(url or reverse("directory:write", args=[lou.pk]), data)

    return post


def received(sender, receiver, **fields):
    return ContactMessage.objects.create(
        sender=sender, receiver=receiver, **{"text": TEXT, "submission": uuid.uuid4()} | fields
    )


# -- Writing -------------------------------------------------------------------------------------------------------


def test_a_message_is_relayed_without_either_address(client, camille, lou, send):
    assert send().url == reverse("directory:messages")
    (sent,) = mail.outbox
    assert sent.to == ["lou.petit@exemple.fr"]
    assert sent.subject.endswith("Camille Martin vous a écrit")
    assert TEXT in sent.body
    assert "camille.martin@" not in sent.body + str(sent.extra_headers) + sent.from_email
    assert not sent.reply_to
    message = ContactMessage.objects.get()
    assert reverse("directory:message", args=[message.pk]) in sent.body
    assert message.mailed_at
    page = client.get(reverse("directory:messages")).text
    assert "À Lou Petit" in page
    assert "@exemple.fr" not in page


def test_an_answer_takes_the_same_way_back(client, camille, lou, send):
    send()
    message = ContactMessage.objects.get()
    client.force_login(lou)
    page = client.get(reverse("directory:message", args=[message.pk])).text
    assert TEXT in page
    assert "De Camille Martin" in page
    assert "@exemple.fr" not in page
    send(reverse("directory:message", args=[message.pk]), text="Chez un voisin.")
    assert mail.outbox[1].to == ["camille.martin@exemple.fr"]
    assert "lou.petit@" not in mail.outbox[1].body
    answer = ContactMessage.objects.latest("pk")
    assert (answer.receiver, answer.answer_to) == (camille, message)


def test_who_hides_their_name_is_not_named_to_who_writes(client, camille, lou, send):
    list_(lou, show_name=False)
    send()
    page = client.get(reverse("directory:messages")).text
    page += client.get(reverse("directory:message", args=[ContactMessage.objects.get().pk])).text
    assert "Petit" not in page
    assert "À un membre du réseau" in page


def test_a_double_tap_sends_one_message(camille, send):
    form = uuid.uuid4()
    assert send(submission=form).url == send(submission=form).url
    assert ContactMessage.objects.count() == len(mail.outbox) == 1
    send(submission=form, text="Un autre texte, après « Retour ».")
    assert ContactMessage.objects.count() == 2


def test_an_empty_message_is_refused(camille, send):
    answer = send(text="  ")
    assert answer.status_code == 400
    assert "Écrivez votre message." in answer.text


def test_who_takes_no_messages_has_no_form(client, camille, lou):
    list_(lou, contact=False)
    assert "Lui écrire" not in client.get(reverse("directory:member", args=[lou.pk])).text
    assert client.get(reverse("directory:write", args=[lou.pk])).status_code == 404
    assert client.get(reverse("directory:write", args=[camille.pk])).status_code == 404


@pytest.mark.parametrize("why", ["switch", "withdrawn", "blocked", "closed"])
def test_a_refused_message_is_given_back_without_saying_why(camille, lou, send, why):
    if why == "switch":
        list_(lou, contact=False)
    elif why == "withdrawn":
        services.withdraw_entry(lou)
    elif why == "blocked":
        contact.block(lou, camille.pk)
    else:
        lou.is_active = False
        lou.save()
    answer = send()
    assert answer.status_code == 409
    assert TEXT in answer.text
    assert "ne prend pas ce message" in answer.text
    assert not ContactMessage.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize(("ago", "limit"), [(timedelta(minutes=59), 5), (timedelta(hours=23), 20)])
def test_a_person_writes_a_few_messages_an_hour_and_a_day(camille, lou, send, ago, limit):
    for n in range(limit):
        received(camille, lou, text=str(n), sent_at=timezone.now() - ago)
    answer = send()
    assert answer.status_code == 429
    assert TEXT in answer.text
    ContactMessage.objects.first().delete()
    assert send().status_code == 302


def test_who_wrote_first_may_be_answered_though_not_listed(camille, lou):
    received(lou, camille)
    services.withdraw_entry(lou)
    assert contact.may_write(camille, lou.pk)
    contact.block(lou, camille.pk)
    assert not contact.may_write(camille, lou.pk)


def test_the_mail_is_tried_again_when_the_server_fails_and_goes_once(camille, lou, monkeypatch):
    message = received(camille, lou)
    from people.adapter import AccountAdapter

    with monkeypatch.context() as patch:
        patch.setattr(AccountAdapter, "send_mail", lambda *args: (_ for _ in ()).throw(OSError("down")))
        with pytest.raises(OSError, match="down"):
            contact.mail_message.func(message.pk)
    for _again in range(2):
        contact.mail_message.func(message.pk)
    assert len(mail.outbox) == 1


def test_a_message_to_who_blocked_meanwhile_is_not_mailed(camille, lou):
    message = received(camille, lou)
    contact.block(lou, camille.pk)
    contact.mail_message.func(message.pk)
    assert not mail.outbox


def test_a_year_later_a_message_is_forgotten_unless_its_report_waits(camille, lou, send):
    old = timezone.now() - timedelta(days=366)
    received(lou, camille, sent_at=old)
    waiting = received(lou, camille, sent_at=old, reported_at=old)
    send()
    assert set(ContactMessage.objects.filter(sender=lou)) == {waiting}


# -- Reading -------------------------------------------------------------------------------------------------------


def test_only_the_two_of_them_read_a_message(client, camille, lou):
    message = received(UserFactory(), lou)
    for name in ("message", "report", "block"):
        url = reverse(f"directory:{name}", args=[message.pk])
        assert client.post(url, {"text": "x", "reason": "x", "submission": uuid.uuid4()}).status_code == 404
    assert client.get(reverse("directory:message", args=[message.pk])).status_code == 404
    assert TEXT not in client.get(reverse("directory:messages")).text


def test_who_wrote_may_neither_answer_nor_report_their_own_message(client, camille, lou):
    message = received(camille, lou)
    assert client.get(reverse("directory:message", args=[message.pk])).status_code == 200
    for name in ("message", "report", "block"):
        assert client.post(reverse(f"directory:{name}", args=[message.pk]), {"reason": "x"}).status_code == 403


def test_the_list_of_messages_takes_as_many_queries_however_long(client, camille, lou, django_assert_num_queries):
    client.get(reverse("directory:messages"))
    for _n in range(25):
        received(lou, camille)
        received(camille, lou)
    with django_assert_num_queries(4):
        page = client.get(reverse("directory:messages")).text
    assert page.count('class="card__link"') == 20
    assert "Page suivante" in page


# -- Refusing and reporting ----------------------------------------------------------------------------------------


def test_a_person_may_refuse_the_messages_of_another_and_take_them_again(client, camille, lou):
    message = received(lou, camille)
    url = reverse("directory:block", args=[message.pk])
    for _twice in range(2):
        client.post(url, {"action": "block"})
    assert ContactBlock.objects.get().blocked == lou
    assert "Vous ne recevez plus" in client.get(reverse("directory:message", args=[message.pk])).text
    client.post(url, {"action": "unblock"})
    assert not ContactBlock.objects.exists()


def moderator():
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(content_type__app_label="forum", codename="moderate"))
    return user


def test_moderators_read_what_was_reported_and_nothing_else(client, camille, lou):
    reported = received(lou, camille, text="Achetez mes outils")
    received(lou, camille, text="Un message ordinaire")
    url = reverse("directory:reports")
    assert client.get(url).status_code == 403
    for reason in ("Publicité", "Encore"):
        client.post(reverse("directory:report", args=[reported.pk]), {"reason": reason})
    client.force_login(moderator())
    page = client.get(url).text
    for shown in ("Achetez mes outils", "Publicité", "De Lou Petit à Camille Martin"):
        assert shown in page
    assert "Un message ordinaire" not in page
    assert "Encore" not in page
    for _twice in range(2):
        client.post(reverse("directory:handle_report", args=[reported.pk]))
    assert "Achetez mes outils" not in client.get(url).text
    reported.refresh_from_db()
    assert reported.handled_by
    assert client.get(reverse("directory:message", args=[reported.pk])).status_code == 404


def test_a_report_without_a_reason_is_refused_and_shown_open(client, camille, lou):
    message = received(lou, camille)
    answer = client.post(reverse("directory:report", args=[message.pk]), {"reason": ""})
    assert answer.status_code == 400
    assert "Dites en quelques mots" in answer.text


def test_only_moderators_handle_reports(client, camille, lou):
    message = received(lou, camille, reported_at=timezone.now())
    assert client.post(reverse("directory:handle_report", args=[message.pk])).status_code == 403


def test_the_database_refuses_messages_to_oneself(camille):
    with pytest.raises(IntegrityError), transaction.atomic():
        received(camille, camille)


# -- Personal data -------------------------------------------------------------------------------------------------


def test_messages_are_exported_without_the_address_of_the_other_and_deleted_with_the_account(client, camille, lou):
    received(lou, camille, text="Reçu")
    received(camille, lou, text="Envoyé")
    contact.block(camille, lou.pk)
    copy = client.get(reverse("people:export")).text
    data = json.loads(copy)["messages_entre_membres"]
    assert [m["texte"] for m in data["recus"]] == ["Reçu"]
    assert [m["texte"] for m in data["envoyes"]] == ["Envoyé"]
    assert "lou.petit@" not in copy
    # To one who hides their name, the copy doesn't name them either.
    assert "a" not in [key for m in data["envoyes"] for key in m]
    delete_account(camille)
    assert not ContactMessage.objects.exists()
    assert not ContactBlock.objects.exists()
