"""E-mails: grouped, once, with a way to stop them; nothing in them that the person may not read."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from notifications import mailing
from notifications.mailing import send_due
from notifications.models import Cadence, Notification, Rhythm
from notifications.registry import DigestSection, Line, register_digest_section
from notifications.services import choose, choose_rhythm, mark_group_read, notify
from people.models import User
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db]


def later(minutes=4):
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def told(shelf, user):
    """Two replies in one topic wait for an e-mail."""
    for target in (1, 2):
        notify([user.pk], kind="reply", target_id=target, group="topic:1")


@pytest.mark.usefixtures("told")
class TestAtOnce:
    def test_nothing_leaves_before_its_minutes_have_passed(self):
        assert send_due() == 0

    def test_what_happened_together_is_one_e_mail(self, user):
        assert send_due(later()) == 1
        (message,) = mail.outbox
        assert message.to == [user.email]
        assert message.subject == "2 nouveautés pour vous"
        assert "Bonjour Sonia" in message.body
        assert "2 nouveautés dans « Tenir le délai »" in message.body
        assert message.body.count("/forum/message/") == 2

    def test_it_leaves_once_however_often_the_task_runs(self):
        send_due(later())
        assert send_due(later()) == 0
        assert len(mail.outbox) == 1

    def test_what_was_read_on_the_site_meanwhile_is_not_mailed(self, user):
        mark_group_read(user, "topic:1")
        assert send_due(later()) == 0
        assert not mail.outbox

    def test_what_the_person_may_not_read_any_more_is_not_mailed_and_is_forgotten(self, shelf, user):
        shelf.hidden = {1, 2}
        assert send_due(later()) == 0
        user.refresh_from_db()
        assert (user.unread_notifications, Notification.objects.count()) == (0, 0)

    def test_a_refused_e_mail_waits_for_the_next_try_and_keeps_no_other_from_leaving(self, monkeypatch, user):
        other = UserFactory()
        notify([other.pk], kind="reply", target_id=3)
        sent = EmailMultiAlternatives.send

        def send(self, **options):
            if self.to == [user.email]:
                raise ConnectionRefusedError
            return sent(self, **options)

        with monkeypatch.context() as patch:
            patch.setattr(EmailMultiAlternatives, "send", send)
            with pytest.raises(ConnectionRefusedError):
                send_due(later())
        assert [message.to for message in mail.outbox] == [[other.email]]
        assert send_due(later()) == 1
        assert [message.to for message in mail.outbox] == [[other.email], [user.email]]

    def test_a_worker_that_dies_while_sending_loses_the_e_mail_rather_than_doubling_it(self, monkeypatch):
        class KilledError(BaseException):
            pass

        def die(self, **options):
            raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr(EmailMultiAlternatives, "send", die)
            with pytest.raises(KilledError):
                send_due(later())
        assert send_due(later()) == 0

    def test_a_closed_account_gets_no_e_mail(self, user):
        user.is_active = False
        user.save()
        assert send_due(later()) == 0

    def test_the_headers_let_a_mail_program_stop_it_and_nobody_answer_it(self, client, user):
        send_due(later())
        headers = mail.outbox[0].extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["Auto-Submitted"] == "auto-generated"
        address = re.fullmatch(r"<(http.*)>", headers["List-Unsubscribe"])[1]
        path = "/" + address.split("/", 3)[3]
        # As the mail program does: no cookie, no token of a form (RFC 8058, section 3.1).
        client.handler.enforce_csrf_checks = True
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        notify([user.pk], kind="reply", target_id=5)
        assert send_due(later()) == 0

    def test_the_link_in_the_text_is_followed_by_a_question(self, client):
        send_due(later())
        address = re.search(r"en un clic : \S+?//[^/]+(/\S+)", mail.outbox[0].body)[1]
        page = client.get(address).content.decode()
        assert "Réponses" in page
        assert "Arrêter ces e-mails" in page
        Notification.objects.update(batch=None)
        assert send_due(later()) == 1, "looking at the page stops nothing"

    def test_a_forged_link_stops_nothing(self, client):
        assert client.post("/notifications/arreter/abc:def/").status_code == 404


def test_what_is_mailed_each_day_waits_for_seven(shelf, user):
    notify([user.pk], kind="news", target_id=1)
    due = Notification.objects.get().mail_due_at
    assert send_due(due - timedelta(minutes=10)) == 0
    assert send_due(due) == 1
    assert mail.outbox[0].subject == "Nouvelles discussions"


def test_the_summary_of_the_territory_leaves_on_the_chosen_day_and_says_what_is_new_since_the_last(shelf, user):
    asked = []

    def section(person, since):
        asked.append(since)
        return DigestSection("Ce qui a bougé : Bouches-du-Rhône", [Line("Trier le bois", "/forum/sujet/3-bois/")])

    register_digest_section(section)
    choose_rhythm(user, weekly_day=Rhythm.Day.THURSDAY, digest=Cadence.WEEKLY)
    due = Rhythm.objects.get(user=user).digest_due_at
    assert timezone.localtime(due).strftime("%w %H") == "4 07"
    assert send_due(due) == 1
    assert mail.outbox[0].subject == "Ce qui a bougé : Bouches-du-Rhône"
    assert "Trier le bois" in mail.outbox[0].body
    assert send_due(due) == 0
    assert send_due(due + timedelta(days=7)) == 1
    assert asked[1] == due


def test_a_summary_of_nothing_does_not_leave(shelf, user):
    choose_rhythm(user, weekly_day=Rhythm.Day.MONDAY, digest=Cadence.DAILY)
    assert send_due(Rhythm.objects.get(user=user).digest_due_at) == 0


def test_who_wants_no_e_mail_gets_none(shelf, user):
    choose(user, "reply", in_site=True, cadence=Cadence.NEVER)
    notify([user.pk], kind="reply", target_id=1)
    assert send_due(later(60 * 24 * 8)) == 0


def test_many_people_are_seen_to_some_at_a_time(shelf, monkeypatch):
    monkeypatch.setattr(mailing, "_PEOPLE_AT_ONCE", 2)
    people = [UserFactory().pk for _ in range(5)]
    notify(people, kind="reply", target_id=1)
    assert list(mailing.people_to_mail(later())) == people
    assert send_due(later()) == 5


def test_the_subject_never_quotes_a_message(shelf, user):
    notify([user.pk], kind="reply", target_id=1)
    send_due(later())
    assert mail.outbox[0].subject == "Réponses"
    assert User.objects.get(pk=user.pk).email == mail.outbox[0].to[0]
