"""Reporting a message, what it sets off, and how moderators settle it."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from forum import moderating, reports, sanctions, services
from forum.counting import recount
from forum.journal import ChangedMeanwhileError, last_action_id
from forum.models import CategoryModerator, Member, ModerationAction, Post, Report, Topic
from forum.undoing import undo
from notifications.models import Notification
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_moderator, make_posts

pytestmark = pytest.mark.django_db


def text_of(response):
    return unescape(response.content.decode()).replace("\xa0", " ")


def trusted():
    user = make_member()
    Member.objects.filter(user=user).update(trusted_at=timezone.now())
    return user


@pytest.fixture
def post():
    return make_posts(TopicFactory(), 1)[0]


def report(post, reporter=None, **changed):
    return reports.report(reporter or trusted(), post, **({"reason": "disrespect", "text": ""} | changed))


def hold(topic, author=None):
    """Add a reply that waits for a moderator."""
    now = timezone.now()
    return Post.objects.create(
        topic=topic, author=author or UserFactory(), body="À relire", hidden_at=now, hidden_why="review"
    )


# -- Reporting -----------------------------------------------------------------------------------------------------


def test_two_taps_are_one_report(post, user):
    assert report(post, user) == report(post, user)
    assert Report.objects.count() == 1


def test_the_moderators_are_told_and_no_longer_once_it_is_settled(post, user, django_capture_on_commit_callbacks):
    moderator = make_moderator()
    with django_capture_on_commit_callbacks(execute=True):
        report(post, user)
    assert Notification.objects.get(kind="forum.report").user == moderator
    with django_capture_on_commit_callbacks(execute=True):
        moderating.hide_post(moderator, post, reason="Blessant")
    assert not Notification.objects.filter(kind="forum.report").exists()


def test_one_does_not_report_oneself(post):
    with pytest.raises(services.NotAllowedError):
        report(post, post.author)


def test_one_does_not_report_what_one_may_not_read():
    hidden = make_posts(TopicFactory(category=CategoryFactory(audience="members")), 1)[0]
    Topic.objects.filter(pk=hidden.topic_id).update(hidden=True)
    with pytest.raises(services.NotAllowedError):
        report(hidden)


def test_a_decided_report_is_not_made_again_unless_the_message_has_changed(post, user):
    first = report(post, user)
    moderator = make_moderator()
    moderating.decide(moderator, post, "dismiss", seen=0)
    assert report(post, user) == first
    Post.objects.filter(pk=post.pk).update(edited_at=timezone.now() + timedelta(seconds=1))
    assert report(post, user) != first


def test_ten_reports_an_hour_and_no_more(user):
    posts = make_posts(TopicFactory(), reports.REPORTS_PER_HOUR + 1)
    for each in posts[:-1]:
        report(each, user)
    with pytest.raises(reports.TooManyReportsError):
        report(posts[-1], user)
    Report.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert report(posts[-1], user)


def test_a_suspended_person_does_not_report(post, user):
    Member.objects.filter(user=user).update(suspended_until=timezone.now() + timedelta(days=1))
    with pytest.raises(sanctions.SuspendedError):
        report(post, user)


# -- Several reports -----------------------------------------------------------------------------------------------


def test_three_trusted_members_hide_a_message_until_a_moderator_decides(post):
    Topic.objects.filter(pk=post.topic_id).update(kind="question", accepted_post=post)
    for _ in range(2):
        report(post)
    assert Post.objects.get(pk=post.pk).hidden_at is None
    report(post)
    post.refresh_from_db()
    assert post.hidden_why == "reports"
    assert Topic.objects.get().accepted_post is None
    assert ModerationAction.objects.get().moderator is None
    assert list(recount()) == []
    moderating.decide(make_moderator(), post, "show", seen=last_action_id(post))
    post.refresh_from_db()
    assert (post.hidden_at, Report.objects.filter(settled_at=None).count()) == (None, 0)
    assert list(recount()) == []


def test_newcomers_together_hide_nothing(post):
    for _ in range(4):
        report(post, UserFactory())
    assert Post.objects.get(pk=post.pk).hidden_at is None


def test_the_same_person_three_times_hides_nothing(post):
    one = trusted()
    for _ in range(3):
        report(post, one)
    assert Post.objects.get(pk=post.pk).hidden_at is None


# -- The form ------------------------------------------------------------------------------------------------------


def test_the_form_thanks_says_what_comes_next_and_is_not_shown_again(member, post):
    url = reverse("forum:report", args=[post.pk])
    answer = member.post(url, {"reason": "danger", "text": "La dose est fausse."}, follow=True)
    assert "Les modérateurs de cette catégorie vont lire ce message" in text_of(answer)
    again = text_of(member.get(url))
    assert "Vous avez signalé ce message" in again
    assert "Envoyer le signalement" not in again


def test_another_reason_needs_words(member, post):
    answer = member.post(reverse("forum:report", args=[post.pk]), {"reason": "other", "text": ""})
    assert answer.status_code == 400
    assert "ce qui ne va pas" in text_of(answer)


def test_who_is_suspended_reads_until_when_and_why(member, user, post):
    moderator = make_moderator()
    theirs = make_posts(post.topic, 1, user)[0]
    sanctions.suspend(moderator, post.topic, theirs, days=7, reason="Propos blessants")
    answer = text_of(member.get(reverse("forum:report", args=[post.pk])))
    assert "ni signaler jusqu'au" in answer
    assert "Propos blessants." in answer
    assert member.post(reverse("forum:report", args=[post.pk]), {"reason": "danger"}).status_code == 403


def test_a_visitor_signs_in_to_report(client, post):
    assert "connexion" in client.get(reverse("forum:report", args=[post.pk])).url


def test_a_report_that_hides_the_message_leads_to_the_discussion(client, post):
    for _ in range(2):
        report(post)
    client.force_login(trusted())
    answer = client.post(reverse("forum:report", args=[post.pk]), {"reason": "danger"}, follow=True)
    assert answer.status_code == 200
    assert "Merci." in text_of(answer)


# -- The queue -----------------------------------------------------------------------------------------------------


def test_the_queue_shows_what_waits_where_one_moderates_and_nothing_else(client):
    mine, other = TopicFactory(title="Dans ma catégorie"), TopicFactory(title="Dans une autre")
    moderator = UserFactory()
    CategoryModerator.objects.create(category=mine.category, user=moderator)
    for topic in (mine, other):
        hold(topic)
        report(topic.posts.get(opening=True), text=f"À propos de {topic.title}")
    client.force_login(moderator)
    held = text_of(client.get(reverse("forum:queue"), {"onglet": "a-relire"}))
    assert "Dans ma catégorie" in held
    assert "Dans une autre" not in held
    reported = text_of(client.get(reverse("forum:queue"), {"onglet": "signales"}))
    assert "À propos de Dans ma catégorie" in reported
    assert "Dans une autre" not in reported
    assert reports.number_waiting(moderator) == 2


def test_the_queue_costs_the_same_whatever_it_holds(client, django_assert_num_queries):
    topic = TopicFactory()
    moderator = make_moderator()
    client.force_login(moderator)

    def fill(number):
        for _ in range(number):
            report(make_posts(topic, 1, UserFactory())[0])

    def look():
        return client.get(reverse("forum:queue"), {"onglet": "signales"})

    fill(2)
    look()
    with django_assert_num_queries(9):
        look()
    fill(6)
    with django_assert_num_queries(9):
        assert text_of(look()).count("Enregistrer ma décision") == 8


def test_the_queue_goes_on_to_another_page(client):
    topic = TopicFactory()
    posts = make_posts(topic, 11)
    for each in posts:
        Report.objects.create(post=each, reporter=UserFactory(), reason="danger")
    client.force_login(make_moderator())
    first = client.get(reverse("forum:queue"), {"onglet": "signales"})
    assert len(first.context["items"]) == 10
    second = client.get(reverse("forum:queue"), {"onglet": "signales", "apres": first.context["page"].next})
    assert [item["post"].pk for item in second.context["items"]] == [posts[-1].pk]
    assert client.get(reverse("forum:queue"), {"onglet": "signales", "apres": "faux"}).status_code == 200


def test_an_empty_queue_says_so(moderator):
    CategoryFactory()
    for tab in ("a-relire", "signales"):
        assert "Merci de veiller" in text_of(moderator.get(reverse("forum:queue"), {"onglet": tab}))


def test_the_number_that_waits_stands_in_the_forum_for_moderators_alone(client, user):
    hold(TopicFactory())
    for person, shown in ((user, False), (make_moderator(), True)):
        client.force_login(person)
        assert ("à traiter" in text_of(client.get(reverse("forum:home")))) is shown


def test_a_held_message_is_published_once_and_its_author_trusted_after_two(django_capture_on_commit_callbacks):
    topic, author, moderator = TopicFactory(), UserFactory(), make_moderator()
    for number in (1, 2):
        waiting = hold(topic, author)
        moderating.decide(moderator, waiting, "show", seen=0)
        waiting.refresh_from_db()
        assert (waiting.hidden_at, waiting.published_at is None) == (None, False)
        assert Member.objects.filter(user=author, trusted_at__isnull=False).exists() is (number == 2)
    assert list(recount()) == []


def test_the_opening_of_a_held_topic_is_published_with_it():
    topic = services.open_topic(
        category=CategoryFactory(),
        author=UserFactory(),
        title="Un premier sujet",
        body="Voir https://exemple.org",
        held=True,
    )
    assert topic.hidden
    moderating.decide(make_moderator(), topic.posts.get(), "show", seen=0)
    topic.refresh_from_db()
    assert not topic.hidden
    assert list(recount()) == []


def test_the_second_moderator_is_told_who_settled_it_and_changes_nothing(post):
    report(post)
    first, second = make_moderator(), make_moderator()
    moderating.decide(first, post, "dismiss", seen=0)
    with pytest.raises(ChangedMeanwhileError) as changed:
        moderating.decide(second, post, "hide", seen=0, reason="Blessant")
    assert first.display_name in changed.value.message
    assert Post.objects.get(pk=post.pk).hidden_at is None


def test_a_decision_taken_twice_warns_once(post):
    moderator = make_moderator()
    moderating.decide(moderator, post, "hide", seen=0, sanction="warn", reason="Blessant")
    with pytest.raises(ChangedMeanwhileError):
        moderating.decide(moderator, post, "hide", seen=0, sanction="warn", reason="Blessant")
    assert ModerationAction.objects.filter(kind="warn").count() == 1


def test_undoing_a_hiding_has_the_reports_wait_again(post, user):
    report(post, user)
    moderator = make_moderator()
    moderating.hide_post(moderator, post, reason="Blessant")
    undo(moderator, ModerationAction.objects.get())
    post.refresh_from_db()
    assert (post.hidden_at, Report.objects.get().settled_at) == (None, None)
    assert list(recount()) == []


def test_undoing_the_refusal_of_a_held_message_has_it_wait_again():
    waiting = hold(TopicFactory())
    moderator = make_moderator()
    moderating.decide(moderator, waiting, "hide", seen=0, reason="Publicité")
    undo(moderator, ModerationAction.objects.get())
    waiting.refresh_from_db()
    assert waiting.hidden_why == "review"


def test_an_answer_that_was_hidden_by_mistake_is_the_answer_again(post):
    Topic.objects.filter(pk=post.topic_id).update(kind="question", accepted_post=post)
    moderator = make_moderator()
    moderating.hide_post(moderator, post, reason="Erreur")
    assert Topic.objects.get().accepted_post is None
    undo(moderator, ModerationAction.objects.get())
    assert Topic.objects.get().accepted_post == post


def test_what_was_shown_by_hand_since_is_not_undone_again(post):
    moderator = make_moderator()
    moderating.hide_post(moderator, post, reason="Erreur")
    hidden = ModerationAction.objects.get()
    moderating.show_post(moderator, post)
    hidden.refresh_from_db()
    assert hidden.undone_by == moderator
    assert undo(moderator, hidden) == hidden
    assert ModerationAction.objects.count() == 2
