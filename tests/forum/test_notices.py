"""Whom the forum tells, and what it says; never more than the person may read, never who is anonymous."""

import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.utils import timezone

from forum import moderating, notices, services
from forum.models import Category, Follow, Mention, ModerationAction, Mute, Report, Tag, Topic
from forum.notices import ACCEPTED, MENTION, MODERATION, NEW_TOPIC, REPLY, REPORT, tell_about_post, territory_section
from notifications.lists import in_words
from notifications.mailing import send_due
from notifications.models import Cadence, Notification
from notifications.services import choose
from people.models import Network, NetworkMembership, Profile
from tests.factories import DepartmentFactory, UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch):
    """A test never commits: what would be told then is told now."""
    monkeypatch.setattr(notices, "after_commit", lambda function, *args: function(*args))


def reply(author, topic, body="Chez nous, un binôme.", **options):
    return services.add_post(author, topic, body=body, submission=uuid.uuid4(), **options)


def told():
    return set(Notification.objects.values_list("user_id", "kind"))


def lines(user):
    entries, _silent = in_words(user, Notification.objects.filter(user=user))
    return [entry.line for entry in entries]


@pytest.fixture
def asker():
    return UserFactory(first_name="Sonia", last_name="Lefèvre")


@pytest.fixture
def topic(asker):
    return services.create_topic(
        asker, category=CategoryFactory(), title="Tenir le délai", body="Comment ?", submission=uuid.uuid4()
    )


def test_who_follows_a_topic_is_told_of_a_reply_once_and_its_author_is_not(asker, topic, user):
    post = reply(user, topic)
    for _again in range(2):
        tell_about_post(post.pk)
    assert told() == {(asker.pk, REPLY)}
    (line,) = lines(asker)
    assert line.title == f"{user.display_name} a répondu dans « Tenir le délai »"
    assert line.excerpt == "Chez nous, un binôme."


def test_being_named_comes_before_following(asker, topic, user):
    post = reply(user, topic)
    Mention.objects.create(post=post, user=asker)
    tell_about_post(post.pk)
    assert told() == {(asker.pk, MENTION)}


def test_who_follows_a_category_or_a_tag_is_told_of_a_new_topic_once(user):
    category, tag = CategoryFactory(), Tag.objects.create(name="outils", slug="outils")
    Follow.objects.create(user=user, category=category)
    Follow.objects.create(user=user, tag=tag)
    made = TopicFactory(category=category)
    services.write_tags(made, ["outils"])
    tell_about_post(made.posts.get().pk)
    assert told() == {(user.pk, NEW_TOPIC)}


def test_who_mutes_a_member_is_not_told_of_what_they_write(asker, topic, user):
    Mute.objects.create(user=asker, muted=user)
    tell_about_post(reply(user, topic).pk)
    assert told() == set()


def test_muting_tells_nothing_of_who_is_anonymous(asker, topic, user):
    """If muting hid anonymous messages, it would tell whose they are."""
    Mute.objects.create(user=asker, muted=user)
    tell_about_post(reply(user, topic, anonymous=True).pk)
    assert told() == {(asker.pk, REPLY)}


def test_an_anonymous_author_is_not_told_of_their_own_message_nor_named_to_others(asker, topic, user):
    Follow.objects.create(user=user, topic=topic)
    post = reply(user, topic, anonymous=True)
    tell_about_post(post.pk)
    assert told() == {(asker.pk, REPLY)}
    (line,) = lines(asker)
    assert line.actor == "Anonyme du réseau"
    send_due(timezone.now() + timedelta(minutes=5))
    (message,) = mail.outbox
    everything = unescape(message.body + message.alternatives[0].content + str(message.extra_headers))
    assert "Anonyme du réseau" in everything
    assert user.last_name not in everything
    assert user.email not in everything


def test_who_may_not_read_the_category_is_told_nothing(user):
    network = Network.objects.create(name="Littoral", slug="littoral")
    inside = UserFactory()
    membership = NetworkMembership.objects.create(network=network, user=inside, accepted_at=timezone.now())
    topic = TopicFactory(category=CategoryFactory(audience=Category.Audience.NETWORK, network=network))
    for person in (user, inside):
        Follow.objects.create(user=person, topic=topic)
    tell_about_post(reply(make_moderator(), topic).pk)
    assert told() == {(inside.pk, REPLY)}
    assert len(lines(inside)) == 1
    membership.delete()
    inside = type(inside).objects.get(pk=inside.pk)
    assert lines(inside) == [], "what was told before says nothing to who has left"
    assert send_due(timezone.now() + timedelta(minutes=5)) == 0
    assert not mail.outbox


@pytest.mark.parametrize("take_away", ["delete", "hide", "hide the topic"])
def test_what_is_taken_away_is_told_no_more(asker, topic, user, take_away):
    post = reply(user, topic)
    tell_about_post(post.pk)
    if take_away == "delete":
        services.delete_post(post)
    elif take_away == "hide":
        moderating.hide_post(make_moderator(), post, reason="essai")
    else:
        moderating.flag_topic(make_moderator(), topic, "hide", reason="essai")
    assert [line for line in lines(asker) if line.excerpt != "essai"] == []
    if take_away != "hide the topic":
        asker.refresh_from_db()
        assert asker.unread_notifications == Notification.objects.filter(user=asker, read_at=None).count() == 0


def test_a_message_that_was_changed_is_told_as_it_is_now(asker, topic, user):
    post = reply(user, topic)
    tell_about_post(post.pk)
    services.edit_post(post, body="Un tableau blanc.")
    assert lines(asker)[0].excerpt == "Un tableau blanc."


def test_whoever_answered_is_told_that_the_answer_is_accepted(asker, topic, user):
    Topic.objects.update(kind=Topic.Kind.QUESTION)
    topic.refresh_from_db()
    answer = reply(user, topic, anonymous=True)
    services.accept_answer(asker, topic, answer)
    assert told() == {(user.pk, ACCEPTED)}


def test_accepting_ones_own_answer_tells_nobody(asker, topic):
    Topic.objects.update(kind=Topic.Kind.QUESTION)
    services.accept_answer(asker, topic, reply(asker, topic))
    assert told() == set()


def test_whoever_wrote_is_told_what_moderators_decided_and_why(asker, topic, user):
    post = reply(user, topic, anonymous=True)
    moderating.hide_post(make_moderator(), post, reason="Ce message permet de reconnaître une personne.")
    assert told() == {(user.pk, MODERATION)}
    (line,) = lines(user)
    assert line.title == "La modération a masqué un message « Tenir le délai »"
    assert "reconnaître une personne" in line.excerpt


def test_a_moderator_is_not_told_of_what_they_did_to_themselves():
    moderator = make_moderator()
    moderating.hide_post(moderator, reply(moderator, TopicFactory()), reason="essai")
    assert told() == set()


def test_the_moderators_of_the_category_are_told_of_a_report(asker, topic, user):
    moderator = make_moderator()
    report = Report.objects.create(post=topic.posts.get(), reporter=user, reason=Report.Reason.OTHER)
    notices.signals.post_reported.send(Report, report=report)
    assert told() == {(moderator.pk, REPORT)}
    assert lines(moderator)[0].title == "Un message est signalé dans « Tenir le délai »"


def test_every_kind_of_action_that_concerns_a_member_is_said_in_words():
    assert all(str(ModerationAction.Kind(kind).label) for kind in notices._TOLD_TO_THE_AUTHOR)


def test_telling_many_followers_costs_as_much_as_telling_one(topic, user, django_assert_num_queries):
    post = reply(user, topic)
    with django_assert_num_queries(16):
        tell_about_post(post.pk)
    Follow.objects.bulk_create([Follow(user=UserFactory(), topic=topic) for _ in range(20)])
    post = reply(user, topic, body="Encore")
    with django_assert_num_queries(16):
        tell_about_post(post.pk)


# -- What moved in a territory -------------------------------------------------------------------------------------


@pytest.fixture
def at_home(user):
    department = DepartmentFactory()
    Profile.objects.create(user=user, job_function="eti", department=department)
    return department


def test_the_summary_of_a_territory_tells_of_its_department_and_region_only(user, at_home):
    since = timezone.now() - timedelta(days=1)
    here = TopicFactory(category=CategoryFactory(territory=at_home))
    region = TopicFactory(category=CategoryFactory(territory=at_home.parent))
    TopicFactory()
    TopicFactory(category=CategoryFactory(territory=at_home), hidden=True)
    section = territory_section(user, since)
    assert {line.title for line in section.lines} == {here.title, region.title}
    assert territory_section(user, timezone.now() + timedelta(minutes=1)) is None


def test_who_has_no_profile_has_no_territory(user):
    assert territory_section(user, timezone.now()) is None


def test_who_wants_no_e_mail_is_told_in_the_site(asker, topic, user):
    choose(asker, REPLY, in_site=True, cadence=Cadence.NEVER)
    tell_about_post(reply(user, topic).pk)
    assert Notification.objects.get().mail_due_at is None
