import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from forum import anonymity, services, signals
from forum.counting import recount
from forum.models import Category, Follow, Member, Post, Tag, Topic, TopicRead
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

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
    Topic.objects.filter(pk=topic.pk).update(locked=True)
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


def test_deleting_the_latest_reply_brings_the_counts_back(user):
    topic = TopicFactory()
    opening = topic.posts.get()
    post = reply(user, topic)
    services.delete_post(post)
    topic.refresh_from_db()
    assert (topic.reply_count, topic.last_post, topic.last_post_at) == (0, opening, opening.created_at)
    assert not topic.hidden


def test_a_deleted_message_comes_back_whole(user):
    topic = TopicFactory()
    post = reply(user, topic, "Un texte long à écrire")
    services.delete_post(post)
    services.restore_post(post)
    topic.refresh_from_db()
    post.refresh_from_db()
    assert (post.body, post.deleted_at) == ("Un texte long à écrire", None)
    assert (topic.reply_count, topic.last_post) == (1, post)
    assert not services.restore_post(post).hidden, "asked twice, it changes nothing"


def test_a_topic_hidden_because_nothing_was_left_comes_back_with_its_message():
    topic = TopicFactory()
    post = topic.posts.get()
    assert services.delete_post(post).hidden
    assert not services.restore_post(post).hidden
    assert not list(recount())


@pytest.mark.parametrize(("hours_ago", "is_erased"), [(23, False), (25, True)])
def test_a_deleted_message_is_erased_after_a_day(user, hours_ago, is_erased):
    post = reply(user, TopicFactory())
    services.edit_post(post, body="Changé")
    services.delete_post(post)
    assert services.purge_deleted(timezone.now() + timedelta(hours=hours_ago)) == is_erased
    post.refresh_from_db()
    assert (post.body == "") is is_erased
    assert post.edits.exists() is not is_erased
    if is_erased:
        with pytest.raises(Post.DoesNotExist):
            services.restore_post(post)


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


# -- Kinds, tags, answers ------------------------------------------------------------------------------------------


def test_two_spellings_of_a_tag_are_one(user):
    topic = create(user, tags=["Sécurité", "securite", "  ", "Économie  circulaire"])
    assert sorted(topic.tags.values_list("slug", flat=True)) == ["economie-circulaire", "securite"]
    assert Tag.objects.get(slug="securite").topic_count == 1


def test_five_tags_are_kept_and_no_more(user):
    assert create(user, tags=[f"mot {n}" for n in range(9)]).tags.count() == services.MAX_TAGS


def test_changing_the_tags_counts_them_again(user):
    topic = create(user, tags=["outils", "gestes"])
    services.edit_post(topic.posts.get(), body="Un message", tags=["gestes", "hiver"])
    assert dict(Tag.objects.values_list("slug", "topic_count")) == {"outils": 0, "gestes": 1, "hiver": 1}


def test_a_private_topic_counts_for_no_tag(user):
    category = CategoryFactory(audience=Category.Audience.MEMBERS)
    create(user, category=category, tags=["outils"])
    assert Tag.objects.get().topic_count == 0
    category.refresh_from_db()
    assert category.topic_count == 1


def test_only_moderators_announce(user):
    with pytest.raises(services.NotAllowedError):
        create(user, kind=Topic.Kind.ANNOUNCEMENT)
    assert create(make_moderator(), kind=Topic.Kind.ANNOUNCEMENT).kind == Topic.Kind.ANNOUNCEMENT


def question(author):
    return TopicFactory(author=author, kind=Topic.Kind.QUESTION)


def test_who_asked_accepts_an_answer_and_may_take_it_back(user):
    topic = question(user)
    answer = reply(UserFactory(), topic)
    assert services.accept_answer(user, topic, answer).accepted_post == answer
    assert services.accept_answer(user, topic, None).accepted_post is None


def test_nobody_else_accepts_but_a_moderator(user):
    topic = question(user)
    answer = reply(user, topic)
    with pytest.raises(services.NotAllowedError):
        services.accept_answer(UserFactory(), topic, answer)
    assert services.accept_answer(make_moderator(), topic, answer).accepted_post == answer


def test_a_discussion_has_no_answer_and_the_question_is_not_its_own(user):
    topic = TopicFactory(author=user)
    with pytest.raises(services.NotAllowedError):
        services.accept_answer(user, topic, reply(user, topic))
    asked = question(user)
    with pytest.raises(Post.DoesNotExist):
        services.accept_answer(user, asked, asked.posts.get())


def test_accepting_twice_tells_once(user):
    topic = question(user)
    answer = reply(UserFactory(), topic)
    told = []
    signals.answer_accepted.connect(receiver := lambda **kwargs: told.append(kwargs["post"]))
    try:
        for _ in range(2):
            services.accept_answer(user, topic, answer)
    finally:
        signals.answer_accepted.disconnect(receiver)
    assert told == [answer]


def test_an_answer_that_is_deleted_is_the_answer_no_more(user):
    topic = question(user)
    answer = reply(UserFactory(), topic)
    services.accept_answer(user, topic, answer)
    assert services.delete_post(answer).accepted_post is None


# -- Members -------------------------------------------------------------------------------------------------------


def test_who_writes_follows_the_topic(user):
    topic = TopicFactory()
    reply(user, topic)
    assert Follow.objects.get(user=user).topic == topic


def test_who_is_suspended_does_not_write_until_the_end(user):
    topic = TopicFactory()
    end = timezone.now() + timedelta(days=1)
    Member.objects.update_or_create(user=user, defaults={"suspended_until": end})
    with pytest.raises(services.SuspendedError) as refused:
        reply(user, topic)
    assert refused.value.until == end
    Member.objects.update(suspended_until=timezone.now() - timedelta(seconds=1))
    assert reply(user, topic)


def test_accepting_the_charter_again_keeps_the_first_date(user):
    services.accept_charter(user)
    first = Member.objects.get(user=user).charter_accepted_at
    services.accept_charter(user)
    assert Member.objects.get(user=user).charter_accepted_at == first


def test_what_was_there_before_one_said_that_all_is_read_is_no_news(user):
    topic = TopicFactory()
    Topic.objects.update(last_post_at=timezone.now() + timedelta(seconds=5))
    reads = Topic.objects.with_reading_of(user)
    assert reads.get(pk=topic.pk).unread
    Member.objects.update_or_create(user=user, defaults={"read_before": timezone.now() + timedelta(seconds=9)})
    assert not reads.all().get(pk=topic.pk).unread


# -- Anonymity -----------------------------------------------------------------------------------------------------


def test_an_anonymous_message_has_no_author(user):
    topic = create(user, anonymous=True)
    post = topic.posts.get()
    assert (topic.author, post.author) == (None, None)
    assert topic.author_name == post.author_name == "Anonyme du réseau"
    assert anonymity.author_behind(post) == user


def test_the_author_of_an_anonymous_topic_is_told_from_others_without_a_name(user):
    topic = create(user, anonymous=True)
    assert services.add_post(user, topic, body="Merci", submission=uuid.uuid4(), anonymous=True).by_topic_author
    assert not services.add_post(
        UserFactory(), topic, body="Bonjour", submission=uuid.uuid4(), anonymous=True
    ).by_topic_author


def test_an_anonymous_reply_does_not_tell_that_its_author_opened_a_topic_under_their_name(user):
    topic = create(user)
    assert not services.add_post(user, topic, body="Merci", submission=uuid.uuid4(), anonymous=True).by_topic_author


def test_the_limit_of_messages_counts_the_anonymous_ones(user):
    topic = TopicFactory()
    for number in range(services.POSTS_PER_MINUTE):
        services.add_post(user, topic, body=f"Message {number}", submission=uuid.uuid4(), anonymous=True)
    with pytest.raises(services.TooManyPostsError):
        reply(user, topic)


def test_an_anonymous_form_sent_twice_gives_one_message(user):
    topic, submission = TopicFactory(), uuid.uuid4()
    first, second = (
        services.add_post(user, topic, body="Une fois", submission=submission, anonymous=True) for _ in range(2)
    )
    assert first == second


def test_the_account_of_an_anonymous_author_may_go_and_the_message_stays_anonymous(user):
    topic = create(user, anonymous=True)
    user.delete()
    topic.refresh_from_db()
    assert topic.author_name == topic.posts.get().author_name == "Anonyme du réseau"


def test_what_one_has_just_opened_is_no_news_to_oneself(user):
    topic = create(user)
    assert not Topic.objects.with_reading_of(user).get(pk=topic.pk).unread
