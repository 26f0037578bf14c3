import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from forum import services
from forum.models import Post, Topic, TopicRead
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db


def reply(author, topic, body="Une réponse", submission=None):
    return services.add_post(author, topic, body=body, submission=submission or uuid.uuid4())


def create(author, submission=None, **changed):
    values = {"category": CategoryFactory(), "title": "Un titre assez long", "body": "Un message"} | changed
    return services.create_topic(author, submission=submission or uuid.uuid4(), **values)


def test_a_new_topic_has_its_opening_message_and_no_reply(user):
    topic = create(user)
    topic.refresh_from_db()
    post = topic.posts.get()
    assert (post.opening, post.author, topic.author) == (True, user, user)
    assert (topic.reply_count, topic.last_post, topic.last_post_at) == (0, post, post.created_at)


def test_a_reply_counts_and_becomes_the_latest_message(user):
    topic = TopicFactory()
    post = reply(user, topic)
    topic.refresh_from_db()
    assert (topic.reply_count, topic.last_post, topic.last_post_at) == (1, post, post.created_at)


def test_the_same_form_sent_twice_gives_one_reply(user):
    topic, submission = TopicFactory(), uuid.uuid4()
    first, second = (reply(user, topic, submission=submission) for _ in range(2))
    topic.refresh_from_db()
    assert first == second
    assert topic.reply_count == 1


def test_the_same_form_sent_twice_gives_one_topic(user):
    category, submission = CategoryFactory(), uuid.uuid4()
    assert create(user, submission, category=category) == create(user, submission, category=category)
    assert Topic.objects.count() == 1


def test_the_same_form_with_another_text_gives_another_reply(user):
    """«Back» shows the form that was sent: what is written then must not be lost."""
    topic, submission = TopicFactory(), uuid.uuid4()
    reply(user, topic, "Première idée", submission)
    reply(user, topic, "Seconde idée", submission)
    assert topic.posts.filter(opening=False).count() == 2


def test_a_form_key_taken_from_someone_else_changes_nothing_for_either(user):
    topic, submission = TopicFactory(), uuid.uuid4()
    theirs = reply(UserFactory(), topic, "Le sien", submission)
    mine = reply(user, topic, "Le sien", submission)
    assert mine != theirs
    assert mine.author == user


def test_a_reply_that_was_deleted_does_not_come_back_by_sending_its_form_again(user):
    topic, submission = TopicFactory(), uuid.uuid4()
    post = reply(user, topic, submission=submission)
    services.delete_post(post)
    assert reply(user, topic, submission=submission) == post
    assert topic.posts.readable().count() == 1


@pytest.mark.parametrize("state", ["locked", "hidden"])
def test_a_closed_topic_takes_no_reply(user, state):
    topic = TopicFactory()
    Topic.objects.filter(pk=topic.pk).update(**{state: True})
    with pytest.raises(services.TopicClosedError):
        reply(user, topic)
    assert topic.posts.count() == 1


def test_the_first_sending_of_a_form_stands_even_if_the_topic_was_locked_before_the_second(user):
    topic, submission = TopicFactory(), uuid.uuid4()
    first = reply(user, topic, submission=submission)
    services.moderate_topic(topic, "lock")
    assert reply(user, topic, submission=submission) == first


def test_five_messages_a_minute_and_no_more(user):
    topic = TopicFactory()
    for number in range(services.POSTS_PER_MINUTE):
        reply(user, topic, f"Message {number}")
    with pytest.raises(services.TooManyPostsError):
        reply(user, topic)
    with pytest.raises(services.TooManyPostsError):
        create(user)
    assert reply(UserFactory(), topic)


def test_a_minute_later_one_may_write_again(user):
    topic = TopicFactory()
    make_posts(topic, services.POSTS_PER_MINUTE, user, created_at=timezone.now() - timedelta(seconds=61))
    assert reply(user, topic)


@pytest.mark.parametrize(("minutes_ago", "allowed"), [(59, False), (61, True)])
def test_sixty_messages_an_hour_and_no_more(user, minutes_ago, allowed):
    topic = TopicFactory()
    make_posts(topic, services.POSTS_PER_HOUR, user, created_at=timezone.now() - timedelta(minutes=minutes_ago))
    if allowed:
        assert reply(user, topic)
    else:
        with pytest.raises(services.TooManyPostsError):
            reply(user, topic)


def test_deleting_does_not_give_back_the_right_to_write_more(user):
    topic = TopicFactory()
    for number in range(services.POSTS_PER_MINUTE):
        services.delete_post(reply(user, topic, f"Message {number}"))
    with pytest.raises(services.TooManyPostsError):
        reply(user, topic)


def test_editing_renders_the_new_text_and_marks_the_message(user):
    post = reply(user, TopicFactory())
    edited = services.edit_post(post, body="*corrigé*")
    assert edited.html == "<p><em>corrigé</em></p>"
    assert edited.edited_at is not None


def test_saving_the_same_text_leaves_no_mark(user):
    post = reply(user, TopicFactory(), "Pareil")
    assert services.edit_post(post, body="Pareil").edited_at is None


def test_editing_the_opening_message_may_change_the_title_and_its_address():
    topic = TopicFactory()
    services.edit_post(topic.posts.get(), body="Un message", title="Un titre plus clair")
    topic.refresh_from_db()
    assert (topic.title, topic.slug) == ("Un titre plus clair", "un-titre-plus-clair")


def test_editing_a_reply_never_changes_the_title(user):
    topic = TopicFactory(title="Le titre de départ")
    services.edit_post(reply(user, topic), body="Autre", title="Titre volé")
    topic.refresh_from_db()
    assert topic.title == "Le titre de départ"


def test_a_message_deleted_meanwhile_is_not_edited_back_to_life(user):
    post = reply(user, TopicFactory())
    services.delete_post(post)
    with pytest.raises(Post.DoesNotExist):
        services.edit_post(post, body="Encore là")


def test_deleting_the_latest_reply_erases_it_and_brings_the_counts_back(user):
    topic = TopicFactory()
    opening = topic.posts.get()
    post = reply(user, topic)
    services.delete_post(post)
    topic.refresh_from_db()
    post.refresh_from_db()
    assert (post.body, post.html) == ("", "")
    assert (topic.reply_count, topic.last_post, topic.last_post_at) == (0, opening, opening.created_at)
    assert not topic.hidden


def test_deleting_twice_changes_nothing(user):
    topic = TopicFactory()
    post = reply(user, topic)
    services.delete_post(post)
    post.refresh_from_db()
    first = post.deleted_at
    services.delete_post(post)
    post.refresh_from_db()
    topic.refresh_from_db()
    assert (post.deleted_at, topic.reply_count) == (first, 0)


def test_deleting_the_opening_message_without_replies_hides_the_topic():
    topic = TopicFactory()
    assert services.delete_post(topic.posts.get()).hidden


def test_deleting_the_opening_message_keeps_the_replies(user):
    topic = TopicFactory()
    post = reply(user, topic)
    assert not services.delete_post(topic.posts.get(opening=True)).hidden
    assert services.delete_post(post).hidden, "nothing is left to read"


def test_hiding_a_message_takes_it_out_of_the_counts_and_showing_it_puts_it_back(user):
    topic = TopicFactory()
    post = reply(user, topic)
    assert services.moderate_post(post, hidden=True).reply_count == 0
    topic = services.moderate_post(post, hidden=False)
    assert (topic.reply_count, topic.last_post) == (1, post)


@pytest.mark.parametrize("action", services.TOPIC_ACTIONS)
def test_each_moderation_verb_sets_its_mark(action):
    field, value = services.TOPIC_ACTIONS[action]
    topic = TopicFactory(**{field: not value})
    services.moderate_topic(topic, action)
    topic.refresh_from_db()
    assert getattr(topic, field) is value


def test_the_read_mark_only_moves_forward(user):
    topic = TopicFactory()
    for post_id, expected in [(10, 10), (30, 30), (20, 30)]:
        services.mark_read(user, topic, post_id)
        assert TopicRead.objects.get(user=user, topic=topic).last_read_post_id == expected


def test_marking_as_read_is_one_statement(user, django_assert_num_queries):
    topic = TopicFactory()
    with django_assert_num_queries(1):
        services.mark_read(user, topic, 10)


def test_every_site_has_a_group_of_moderators_that_reaches_the_admin():
    group = Group.objects.get(name=services.MODERATOR_GROUP)
    assert set(group.permissions.values_list("codename", flat=True)) == {"moderate", "access_admin"}


def test_the_rights_of_the_group_are_not_put_back_once_changed():
    group = Group.objects.get(name=services.MODERATOR_GROUP)
    group.permissions.remove(Permission.objects.get(codename="access_admin"))
    services.ensure_moderator_group()
    assert group.permissions.count() == 1


def test_a_group_removed_by_mistake_is_made_again():
    Group.objects.filter(name=services.MODERATOR_GROUP).delete()
    assert services.ensure_moderator_group().permissions.count() == 2
