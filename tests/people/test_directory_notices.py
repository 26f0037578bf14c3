"""What members are told of networks and messages."""

import uuid

import pytest
from django.core import mail
from django.utils import timezone

from notifications import people_notices as notices
from notifications.models import Notification
from people import directory_contact as contact
from people import directory_networks as networking
from people import directory_services as services
from people.models import Network, NetworkMembership, User
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def network():
    return Network.objects.create(name="Vélo", slug="velo", federation=FederationFactory())


@pytest.fixture
def moderator(network):
    user = UserFactory()
    NetworkMembership.objects.create(network=network, user=user, role="moderator", accepted_at=timezone.now())
    return user


def told(user):
    return list(Notification.objects.filter(user=user).values_list("kind", "target_id"))


def test_those_who_answer_are_told_of_a_request_until_it_is_answered(network, moderator):
    editor = MembershipFactory(federation=network.federation, role="editor").user
    asking = UserFactory(first_name="Lou", last_name="Petit")
    membership = networking.ask_to_join(asking, network, message="Bonjour")
    assert told(moderator) == told(editor) == [(notices.REQUEST, membership.pk)]
    assert told(asking) == []
    line = notices.describe_requests(moderator, [membership.pk])[membership.pk]
    assert (line.actor, line.excerpt, line.url) == ("Lou Petit", "Bonjour", "/annuaire/reseaux/velo/#demandes")
    networking.accept(membership.pk, network)
    assert told(moderator) == []
    assert notices.describe_requests(moderator, [membership.pk]) == {}
    assert told(asking) == [(notices.ANSWER, membership.pk)]
    assert "Vélo" in notices.describe_answers(asking, [membership.pk])[membership.pk].title
    moderator.refresh_from_db()
    assert moderator.unread_notifications == 0


def test_a_request_says_nothing_to_who_no_longer_answers(network, moderator):
    membership = networking.ask_to_join(UserFactory(), network)
    NetworkMembership.objects.filter(user=moderator).update(role="member")
    assert notices.describe_requests(moderator, [membership.pk]) == {}
    assert notices.describe_requests(UserFactory(), [membership.pk]) == {}


def test_a_refusal_is_told_to_who_asked_and_forgotten_when_they_join_after_all(network, moderator):
    asking = UserFactory()
    networking.refuse(networking.ask_to_join(asking, network).pk, network)
    assert told(asking) == [(notices.REFUSAL, network.pk)]
    assert "n'a pas été acceptée" in notices.describe_refusals(asking, [network.pk])[network.pk].title
    networking.accept(networking.ask_to_join(asking, network).pk, network)
    assert notices.describe_refusals(asking, [network.pk]) == {}


def test_a_withdrawn_request_is_forgotten(network, moderator):
    asking = UserFactory()
    networking.ask_to_join(asking, network)
    networking.leave(asking, network)
    assert told(moderator) == []


def test_a_message_is_told_in_the_site_and_mailed_once(django_capture_on_commit_callbacks):
    sender, receiver = UserFactory(first_name="Lou", last_name="Petit"), UserFactory()
    switches = dict.fromkeys(services.SWITCHES, False)
    services.save_entry(
        receiver, listed=True, show_place="", presentation="", trades=[], skills=[], accepts_contact=True, **switches
    )
    with django_capture_on_commit_callbacks(execute=True):
        message = contact.send_message(sender, receiver.pk, text="Bonjour", submission=uuid.uuid4())
    (note,) = Notification.objects.all()
    assert (note.user, note.kind, note.mail_due_at) == (receiver, notices.CONTACT, None)
    assert len(mail.outbox) == 1
    line = notices.describe_contacts(receiver, [message.pk])[message.pk]
    assert (line.actor, line.excerpt) == ("Lou Petit", "Bonjour")
    assert notices.describe_contacts(sender, [message.pk]) == {}
    message.delete()
    assert not Notification.objects.exists()
    assert User.objects.get(pk=receiver.pk).unread_notifications == 0
