"""Warnings and suspensions: told with their reason, ending by themselves, lifted before."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from forum import moderating, muting, reactions, sanctions, services
from forum.counting import recount
from forum.journal import ChangedMeanwhileError
from forum.models import CategoryModerator, Member, ModerationAction, Mute, Sanction
from forum.undoing import undo
from notifications.models import Notification
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def mod():
    return make_moderator()


@pytest.fixture
def post(user):
    return make_posts(TopicFactory(), 1, user)[0]


def sanction(mod, post, what, reason="Propos blessants"):
    return moderating.decide(mod, post, "keep", seen=0, sanction=what, reason=reason)


def until(user):
    return Member.objects.get(user=user).suspended_until


def writes(user, topic):
    return services.add_post(user, topic, body="Une réponse", submission=uuid.uuid4())


@pytest.mark.parametrize("days", sanctions.DAYS)
def test_who_is_suspended_reads_and_does_nothing_else_until_it_ends(client, mod, post, user, days):
    sanction(mod, post, str(days))
    assert until(user) - timezone.now() > timedelta(days=days) - timedelta(minutes=1)
    other = make_posts(post.topic, 1)[0]
    for act in (
        lambda: writes(user, post.topic),
        lambda: reactions.react(user, other, "useful", on=True),
    ):
        with pytest.raises(sanctions.SuspendedError):
            act()
    client.force_login(user)
    assert client.get(post.topic.get_absolute_url()).status_code == 200
    Member.objects.filter(user=user).update(suspended_until=timezone.now() - timedelta(seconds=1))
    assert writes(user, post.topic)


def test_the_person_is_told_and_why(mod, post, user, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sanction(mod, post, "warn")
    notification = Notification.objects.get(user=user, kind="forum.moderation")
    assert ModerationAction.objects.get(pk=notification.target_id).reason == "Propos blessants"


def test_a_suspension_is_lifted_before_its_end_and_told(mod, post, user, django_capture_on_commit_callbacks):
    sanction(mod, post, "30")
    action = ModerationAction.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            undo(mod, action)
    assert until(user) is None
    assert Sanction.objects.get().lifted_at is not None
    assert ModerationAction.objects.filter(kind="unsuspend").count() == 1
    assert Notification.objects.filter(user=user, kind="forum.moderation").exists()
    assert writes(user, post.topic)


def test_lifting_one_suspension_leaves_the_other(mod, post, user):
    sanctions.suspend(mod, post.topic, post, days=30, reason="Un")
    sanctions.suspend(mod, post.topic, post, days=1, reason="Deux")
    long, short = ModerationAction.objects.order_by("pk")
    assert until(user) - timezone.now() > timedelta(days=29)
    undo(mod, long)
    assert timedelta(0) < until(user) - timezone.now() < timedelta(days=2)
    undo(mod, short)
    assert until(user) is None


def test_a_suspension_that_has_ended_is_not_lifted(mod, post):
    sanction(mod, post, "1")
    action = ModerationAction.objects.get()
    action.before["until"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    action.save()
    with pytest.raises(ChangedMeanwhileError):
        undo(mod, action)


def test_a_warning_is_taken_back(mod, post):
    sanction(mod, post, "warn")
    undo(mod, ModerationAction.objects.get())
    assert Sanction.objects.get().lifted_at is not None


def test_the_explanation_says_until_when_and_why_and_nothing_to_others(mod, post, user):
    assert sanctions.explanation(user) == ""
    sanction(mod, post, "7", "Propos blessants !")
    assert "Raison : Propos blessants !" in sanctions.explanation(user)


def test_other_times_are_refused(mod, post):
    with pytest.raises(ValueError, match="365"):
        sanctions.suspend(mod, post.topic, post, days=365, reason="Trop")
    with pytest.raises(KeyError):
        sanction(mod, post, "3650")


def test_nobody_suspends_themselves_nor_who_moderates_the_whole_forum(mod):
    topic = TopicFactory()
    for author in (mod, make_moderator(), UserFactory(is_superuser=True)):
        theirs = make_posts(topic, 1, author)[0]
        with pytest.raises(services.NotAllowedError):
            sanction(mod, theirs, "7")
    assert not Sanction.objects.exists()


def test_a_moderator_of_one_category_sanctions_nobody_elsewhere(post):
    somewhere = UserFactory()
    CategoryModerator.objects.create(category=CategoryFactory(), user=somewhere)
    with pytest.raises(services.NotAllowedError):
        sanction(somewhere, post, "7")


def test_an_administrator_suspends_a_moderator():
    theirs = make_posts(TopicFactory(), 1, make_moderator())[0]
    sanction(UserFactory(is_superuser=True), theirs, "7")
    assert Sanction.objects.get().user == theirs.author


def test_a_message_of_the_team_or_of_a_closed_account_has_nobody_to_sanction(client, mod):
    post = make_posts(TopicFactory(), 1, author=UserFactory())[0]
    post.author.delete()
    client.force_login(mod)
    form = client.get(reverse("forum:moderate_post", args=[post.pk])).context["item"]["form"]
    assert "sanction" not in form.fields


def test_the_queue_tells_of_earlier_sanctions(client, mod, post):
    sanction(mod, post, "warn")
    client.force_login(mod)
    text = client.get(reverse("forum:moderate_post", args=[post.pk])).text
    assert "1 avertissement" in text
    assert "Un seul message" in text


# -- Muting --------------------------------------------------------------------------------------------------------


def test_muting_twice_is_muting_once_and_oneself_never(user):
    other = UserFactory()
    for _ in range(2):
        muting.mute(user, other)
    assert Mute.objects.count() == 1
    for nobody in (user, None):
        with pytest.raises(services.NotAllowedError):
            muting.mute(user, nobody)


def test_one_undoes_only_ones_own_mutes(member, user):
    theirs = Mute.objects.create(user=UserFactory(), muted=user)
    member.post(reverse("forum:unmute", args=[theirs.pk]))
    assert Mute.objects.exists()
    assert theirs.user.display_name not in member.get(reverse("forum:mutes")).text


def test_the_author_of_an_anonymous_message_is_not_muted_by_it(member):
    topic = services.open_topic(
        category=CategoryFactory(), author=UserFactory(), title="Sujet délicat", body="Voilà", anonymous=True
    )
    assert member.post(reverse("forum:mute", args=[topic.posts.get().pk])).status_code == 403
    assert not Mute.objects.exists()


# -- The log -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flag", "field"), [("lock", "locked"), ("pin", "pinned"), ("hide", "hidden")])
def test_each_flag_is_undone_from_the_log_and_by_hand(mod, flag, field):
    topic = TopicFactory()
    moderating.flag_topic(mod, topic, flag, reason="Essai")
    action = ModerationAction.objects.get()
    for _ in range(2):
        undo(mod, action)
    topic.refresh_from_db()
    assert getattr(topic, field) is False
    action.refresh_from_db()
    assert action.undone_by == mod
    assert list(recount()) == []


def test_a_retitled_topic_gets_its_name_back_unless_it_was_changed_again(mod):
    topic = TopicFactory(title="Ancien titre")
    services.write_tags(topic, ["outils"])
    list(recount())
    moderating.retitle_topic(mod, topic, title="Nouveau titre", tags=["sécurité"])
    action = ModerationAction.objects.get()
    undo(mod, action)
    topic.refresh_from_db()
    assert (topic.title, [tag.name for tag in topic.tags.all()]) == ("Ancien titre", ["outils"])
    moderating.retitle_topic(mod, topic, title="Autre titre", tags=[])
    again = ModerationAction.objects.latest("pk")
    moderating.retitle_topic(mod, topic, title="Encore un", tags=[])
    with pytest.raises(ChangedMeanwhileError):
        undo(mod, again)
    assert list(recount()) == []


def test_the_same_title_and_tags_leave_no_line(mod):
    topic = TopicFactory()
    moderating.retitle_topic(mod, topic, title=topic.title, tags=[])
    assert not ModerationAction.objects.exists()


def test_the_log_is_that_of_the_categories_one_moderates(client, mod):
    mine, other = TopicFactory(title="Chez moi"), TopicFactory(title="Ailleurs")
    for topic in (mine, other):
        moderating.flag_topic(mod, topic, "lock")
    moderator = UserFactory()
    CategoryModerator.objects.create(category=mine.category, user=moderator)
    client.force_login(moderator)
    text = client.get(reverse("forum:log")).text
    assert "Chez moi" in text
    assert "Ailleurs" not in text
    theirs = ModerationAction.objects.get(topic=other)
    assert client.post(reverse("forum:undo", args=[theirs.pk])).status_code == 403


def test_the_log_names_nothing_that_went_where_one_does_not_moderate(client, mod):
    topic = TopicFactory(title="Titre devenu privé")
    category = topic.category
    moderating.flag_topic(mod, topic, "lock")
    moderating.move_topic(mod, topic, CategoryFactory(name="Salle fermée", audience="members"))
    moderator = UserFactory()
    CategoryModerator.objects.create(category=category, user=moderator)
    client.force_login(moderator)
    text = client.get(reverse("forum:log")).text
    assert "a fermé un sujet" in text
    assert "Titre devenu privé" not in text


def test_the_log_is_filtered_and_goes_on(client, mod):
    topics = [TopicFactory() for _ in range(3)]
    for topic in topics:
        for flag in ("lock", "unlock", "pin", "unpin") * 2:
            moderating.flag_topic(mod, topic, flag)
    client.force_login(mod)
    first = client.get(reverse("forum:log"))
    assert len(first.context["entries"]) == 20
    second = client.get(reverse("forum:log"), {"apres": first.context["page"].next})
    assert len(second.context["entries"]) == 4
    only = client.get(reverse("forum:log"), {"kind": "pin", "category": topics[0].category.slug})
    assert {entry.action.kind for entry in only.context["entries"]} == {"pin"}
    assert len(only.context["entries"]) == 2


def test_the_log_costs_the_same_whatever_it_holds(client, mod, django_assert_num_queries):
    client.force_login(mod)
    for number in (1, 6):
        for _ in range(number):
            moderating.flag_topic(mod, TopicFactory(), "lock")
        client.get(reverse("forum:log"))
        with django_assert_num_queries(4):
            client.get(reverse("forum:log"))


def test_an_action_that_cannot_be_undone_any_more_says_so(client, mod):
    topic = TopicFactory()
    moderating.move_topic(mod, topic, CategoryFactory())
    action = ModerationAction.objects.get()
    moderating.move_topic(mod, topic, CategoryFactory())
    client.force_login(mod)
    answer = client.post(reverse("forum:undo", args=[action.pk]), follow=True)
    assert "On ne peut plus annuler" in answer.text
