"""Topics moved, split, merged and put back: counters, order, reads, follows and what was told stay right."""

import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from forum import moderating, services, signals
from forum.counting import recount
from forum.journal import ChangedMeanwhileError
from forum.models import (
    Bookmark,
    Category,
    CategoryModerator,
    Follow,
    Member,
    ModerationAction,
    Post,
    Reaction,
    Topic,
    TopicRead,
)
from forum.restructuring import first_unread, is_read_by_others, merged_mark
from forum.undoing import undo
from notifications.models import Notification
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

pytestmark = pytest.mark.django_db
Audience = Category.Audience


@pytest.fixture
def mod():
    return make_moderator()


def last_action():
    return ModerationAction.objects.latest("pk")


def ids(topic):
    return list(topic.posts.order_by("pk").values_list("pk", flat=True))


def unread_for(user, topic):
    found = Topic.objects.with_reading_of(user).get(pk=topic.pk)
    return list(topic.posts.filter(pk__gt=found.read_mark or 0).order_by("pk").values_list("pk", flat=True))


# -- Rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [
        ("public", "public", False),
        ("members", "public", True),
        ("public", "members", False),
        ("network", "members", True),
        ("members", "network", False),
        ("network", "federation", True),
    ],
)
def test_a_category_is_read_by_others_when_it_opens_to_more_people(before, after, wider):
    categories = [
        Category(pk=n, audience=audience, network_id=1 if audience == "network" else None,
                 federation_id=1 if audience == "federation" else None)
        for n, audience in enumerate((before, after), start=1)
    ]  # fmt: skip
    assert is_read_by_others(*categories) is wider


def test_two_private_categories_of_one_network_have_the_same_readers():
    one, two = (Category(pk=n, audience="network", network_id=1) for n in (1, 2))
    assert not is_read_by_others(one, two)


@pytest.mark.parametrize(
    ("posts", "mark", "first"),
    [
        ([(1, True), (2, True)], 0, 1),
        ([(1, True), (2, True)], 1, 2),
        ([(1, True), (2, True)], 2, None),
        ([(1, False), (2, True)], 0, 2),
        ([], 0, None),
    ],
)
def test_the_first_unread_post(posts, mark, first):
    assert first_unread(posts, mark) == first


@pytest.mark.parametrize(
    ("unread", "everything", "mark"),
    [([None, None], [1, 2, 3], 3), ([2, None], [1, 2, 3], 1), ([3, 2], [1, 2, 3], 1), ([1, None], [1, 2], 0)],
)
def test_the_mark_of_a_merged_topic_passes_over_nothing_unread(unread, everything, mark):
    assert merged_mark(unread, everything) == mark


# -- Moving --------------------------------------------------------------------------------------------------------


def test_a_moved_topic_counts_in_its_new_category_and_is_logged(mod):
    topic, category = TopicFactory(), CategoryFactory()
    old = topic.category
    moderating.move_topic(mod, topic, category, reason="Mieux placé")
    old.refresh_from_db()
    category.refresh_from_db()
    assert (old.topic_count, category.topic_count) == (0, 1)
    assert (last_action().kind, last_action().reason) == ("move", "Mieux placé")
    moderating.move_topic(mod, Topic.objects.get(pk=topic.pk), category)
    assert ModerationAction.objects.count() == 1


def test_undoing_a_move_brings_the_topic_back_once(mod):
    topic = TopicFactory()
    old = topic.category
    moderating.move_topic(mod, topic, CategoryFactory())
    action = last_action()
    for _ in range(2):
        undo(mod, action)
    topic.refresh_from_db()
    assert topic.category == old
    assert list(recount()) == []


def test_undoing_a_move_is_refused_when_it_was_moved_again(mod):
    topic = TopicFactory()
    moderating.move_topic(mod, topic, CategoryFactory())
    action = last_action()
    moderating.move_topic(mod, topic, CategoryFactory())
    with pytest.raises(ChangedMeanwhileError):
        undo(mod, action)


def test_one_moves_only_between_categories_that_one_moderates():
    topic, other = TopicFactory(), CategoryFactory()
    user = UserFactory()
    CategoryModerator.objects.create(category=topic.category, user=user)
    with pytest.raises(services.NotAllowedError):
        moderating.move_topic(user, topic, other)
    topic.refresh_from_db()
    assert topic.category != other


def test_a_topic_moved_out_of_public_view_leaves_the_numbers_of_its_tags(mod):
    topic = TopicFactory()
    services.write_tags(topic, ["outils"])
    list(recount())
    moderating.move_topic(mod, topic, CategoryFactory(audience="members"))
    assert topic.tags.get().topic_count == 0
    assert list(recount()) == []


# -- Splitting -----------------------------------------------------------------------------------------------------


def split(mod, topic, posts, title="Un sujet à part", **kwargs):
    return moderating.split_topic(mod, topic, posts, title=title, **kwargs)


def test_chosen_replies_open_a_new_topic_and_the_others_stay(mod):
    topic = TopicFactory()
    author = UserFactory()
    one, two, three = make_posts(topic, 3, author)
    services.write_tags(topic, ["outils"])
    list(recount())
    new = split(mod, topic, [three, two])
    topic.refresh_from_db()
    new.refresh_from_db()
    assert ids(new) == [two.pk, three.pk]
    assert (new.posts.get(opening=True), new.author, new.reply_count, new.last_post_id) == (two, author, 1, three.pk)
    assert (topic.reply_count, topic.last_post_id) == (1, one.pk)
    assert [tag.name for tag in new.tags.all()] == ["outils"]
    assert list(recount()) == []


def test_a_split_is_undone_and_its_address_leads_back(mod, client):
    topic = TopicFactory(kind="question")
    one, two = make_posts(topic, 2)
    Topic.objects.filter(pk=topic.pk).update(accepted_post=one)
    before = ids(topic)
    new = split(mod, topic, [one, two])
    topic.refresh_from_db()
    assert topic.accepted_post is None
    undo(mod, last_action())
    topic.refresh_from_db()
    assert (ids(topic), topic.accepted_post, topic.reply_count) == (before, one, 2)
    assert topic.posts.filter(opening=True).count() == 1
    assert client.get(new.get_absolute_url()).url == topic.get_absolute_url()
    assert list(recount()) == []


def test_a_split_that_was_answered_is_not_put_back(mod):
    topic = TopicFactory()
    new = split(mod, topic, make_posts(topic, 1))
    make_posts(new, 1)
    with pytest.raises(ChangedMeanwhileError):
        undo(mod, last_action())


def test_splitting_twice_from_the_same_page_is_refused_the_second_time(mod):
    topic = TopicFactory()
    posts = make_posts(topic, 2)
    split(mod, topic, posts)
    with pytest.raises(ChangedMeanwhileError):
        split(mod, topic, posts)


@pytest.mark.parametrize("chosen", ["opening", "deleted", "hidden", "none"])
def test_what_is_no_readable_reply_is_not_split(mod, chosen):
    topic = TopicFactory()
    post = make_posts(topic, 1)[0]
    if chosen == "deleted":
        services.delete_post(post)
    elif chosen == "hidden":
        moderating.hide_post(mod, post)
    posts = {"opening": list(topic.posts.filter(opening=True)), "none": []}.get(chosen, [post])
    with pytest.raises(ChangedMeanwhileError):
        split(mod, topic, posts)


def test_who_had_read_the_replies_has_read_them_in_the_new_topic_and_follows_it(mod):
    topic = TopicFactory()
    one, two = make_posts(topic, 2)
    reader, behind = UserFactory(date_joined=timezone.now() - timedelta(days=9)), UserFactory()
    services.mark_read(reader, topic, two.pk)
    services.mark_read(behind, topic, topic.posts.get(opening=True).pk)
    Follow.objects.create(user=reader, topic=topic)
    new = split(mod, topic, [one, two])
    assert unread_for(reader, new) == []
    assert unread_for(behind, new) == [one.pk, two.pk]
    assert Follow.objects.filter(user=reader, topic=new).exists()


def test_splitting_ties_no_anonymous_posts_together_that_were_apart(mod):
    """Two replies of an anonymous person who did not open the topic never say that they are of the same person."""
    person = UserFactory()
    topic = services.open_topic(
        category=CategoryFactory(), author=person, title="Sujet délicat", body="Voilà", anonymous=True
    )
    other = UserFactory()
    posts = [
        services.add_post(other, topic, body=f"Message {n}", submission=uuid.uuid4(), anonymous=True) for n in (1, 2)
    ]
    new = split(mod, topic, posts)
    assert not new.posts.filter(by_topic_author=True).exists()
    # Those of who opened the topic said so before: they still do, where both are.
    mine = [
        services.add_post(person, topic, body=f"Suite {n}", submission=uuid.uuid4(), anonymous=True) for n in (1, 2)
    ]
    third = split(mod, topic, mine, title="Les suites")
    assert third.posts.filter(by_topic_author=True).count() == 2
    mixed = split(mod, Topic.objects.get(pk=new.pk), [posts[1]], title="Encore à part")
    assert not mixed.posts.filter(by_topic_author=True).exists()
    undo(mod, ModerationAction.objects.get(kind="split", before__topic=third.pk))
    assert Post.objects.filter(pk__in=[post.pk for post in mine], by_topic_author=True).count() == 2


# -- Merging -------------------------------------------------------------------------------------------------------


def test_the_later_topic_joins_the_earlier_one_whichever_is_named_first(mod, client):
    earlier, later = TopicFactory(), TopicFactory(author=UserFactory())
    make_posts(earlier, 1)
    everything = sorted([*ids(earlier), *ids(later)])
    stays = moderating.merge_topics(mod, later, earlier)
    assert stays == earlier
    earlier.refresh_from_db()
    assert ids(earlier) == everything
    assert earlier.posts.filter(opening=True).count() == 1
    assert earlier.reply_count == 2
    assert client.get(later.get_absolute_url()).url == earlier.get_absolute_url()
    assert list(recount()) == []


def test_a_chain_of_merged_topics_leads_to_the_last_one(mod, client):
    one, two, three = (TopicFactory() for _ in range(3))
    moderating.merge_topics(mod, two, three)
    moderating.merge_topics(mod, one, two)
    assert client.get(three.get_absolute_url()).url == one.get_absolute_url()
    undo(mod, last_action())
    assert client.get(three.get_absolute_url()).url == Topic.objects.get(pk=two.pk).get_absolute_url()


def test_merging_is_undone_and_what_was_written_since_stays(mod):
    one, two = TopicFactory(), TopicFactory(kind="question")
    replies = make_posts(two, 2)
    Topic.objects.filter(pk=two.pk).update(accepted_post=replies[0])
    before = ids(one), ids(two)
    moderating.merge_topics(mod, one, two)
    action = last_action()
    since = make_posts(Topic.objects.get(pk=one.pk), 1)[0]
    for _ in range(2):
        undo(mod, action)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (ids(one), ids(two)) == ([*before[0], since.pk], before[1])
    assert (two.hidden, two.merged_into, two.accepted_post) == (False, None, replies[0])
    assert two.posts.get(opening=True).pk == before[1][0]
    assert list(recount()) == []


def test_a_merge_is_not_undone_once_its_posts_are_elsewhere(mod):
    one, two = TopicFactory(), TopicFactory()
    post = make_posts(two, 1)[0]
    moderating.merge_topics(mod, one, two)
    action = last_action()
    split(mod, one, [post])
    with pytest.raises(ChangedMeanwhileError):
        undo(mod, action)


@pytest.mark.parametrize("state", ["hidden", "merged"])
def test_what_is_hidden_or_merged_already_is_not_merged(mod, state):
    one, two, three = (TopicFactory() for _ in range(3))
    if state == "hidden":
        moderating.flag_topic(mod, two, "hide")
    else:
        moderating.merge_topics(mod, two, three)
    with pytest.raises(ChangedMeanwhileError):
        moderating.merge_topics(mod, one, three if state == "merged" else two)


def test_a_topic_is_not_merged_with_itself(mod):
    topic = TopicFactory()
    with pytest.raises(ChangedMeanwhileError):
        moderating.merge_topics(mod, topic, topic)


def test_the_answer_of_a_merged_question_is_kept_where_there_was_none(mod):
    one, two = TopicFactory(kind="question"), TopicFactory(kind="question")
    answer = make_posts(two, 1)[0]
    Topic.objects.filter(pk=two.pk).update(accepted_post=answer)
    moderating.merge_topics(mod, one, two)
    one.refresh_from_db()
    assert one.accepted_post == answer
    undo(mod, last_action())
    one.refresh_from_db()
    assert one.accepted_post is None


def test_what_hangs_on_posts_goes_with_them_and_their_notices_lead_there(mod):
    one, two = TopicFactory(), TopicFactory()
    user = UserFactory()
    post = make_posts(two, 1)[0]
    Reaction.objects.create(post=post, user=user, kind="useful")
    Bookmark.objects.create(post=post, user=user)
    Follow.objects.create(user=user, topic=two)
    Notification.objects.create(user=user, kind="forum.reply", target_id=post.pk, group=f"topic:{two.pk}")
    list(recount())
    moderating.merge_topics(mod, one, two)
    assert Post.objects.get(pk=post.pk).topic == one
    assert Bookmark.objects.get().post.topic == one
    assert Follow.objects.filter(user=user, topic=one).exists()
    assert Notification.objects.get(target_id=post.pk).group == f"topic:{one.pk}"
    undo(mod, last_action())
    assert Notification.objects.get(target_id=post.pk).group == f"topic:{two.pk}"
    assert list(recount()) == []


def test_a_merged_topic_hides_nothing_that_a_reader_has_not_read(mod):
    one, two = TopicFactory(), TopicFactory()
    long_ago = timezone.now() - timedelta(days=30)
    of_one, of_both, all_said = (UserFactory(date_joined=long_ago) for _ in range(3))
    opening_of_two = ids(two)[0]
    reply = make_posts(one, 1)[0]
    services.mark_read(of_one, one, reply.pk)
    for topic in (one, two):
        services.mark_read(of_both, topic, ids(topic)[-1])
    services.mark_read(all_said, one, ids(one)[0])
    Member.objects.create(user=all_said, read_before=timezone.now())
    moderating.merge_topics(mod, one, two)
    one.refresh_from_db()
    assert unread_for(of_one, one) == [opening_of_two, reply.pk]
    assert unread_for(of_both, one) == []
    assert unread_for(all_said, one) == []
    undo(mod, last_action())
    assert TopicRead.objects.get(user=of_one, topic=one).last_read_post_id == reply.pk
    assert unread_for(of_one, one) == []
    assert unread_for(of_both, two) == []


def test_the_search_and_others_are_told_of_what_went_and_what_changed(mod):
    one, two = TopicFactory(), TopicFactory()
    told = []

    def gone(topic, **kwargs):
        told.append(("gone", topic.pk))

    def changed(topic, **kwargs):
        told.append(("changed", topic.pk))

    signals.topic_gone.connect(gone)
    signals.topic_changed.connect(changed)
    try:
        moderating.merge_topics(mod, one, two)
    finally:
        signals.topic_gone.disconnect(gone)
        signals.topic_changed.disconnect(changed)
    assert told == [("gone", two.pk), ("changed", one.pk)]


def test_an_anonymous_topic_merged_elsewhere_is_not_said_to_be_of_who_opened_the_other(mod):
    person = UserFactory()
    one = services.open_topic(
        category=CategoryFactory(), author=UserFactory(), title="Premier sujet", body="Un", anonymous=True
    )
    two = services.open_topic(category=one.category, author=person, title="Second sujet", body="Deux", anonymous=True)
    services.add_post(person, two, body="Suite", submission=uuid.uuid4(), anonymous=True)
    moderating.merge_topics(mod, one, two)
    assert list(one.posts.filter(by_topic_author=True)) == [one.posts.get(opening=True)]
    undo(mod, last_action())
    assert two.posts.filter(by_topic_author=True).count() == 2


# -- In any order --------------------------------------------------------------------------------------------------


NUMBER = strategies.integers(0, 999)


def pick(rows, number):
    """Return one of the rows: a number goes on meaning the same row while the example is made smaller."""
    return rows[number % len(rows)]


class Moving(RuleBasedStateMachine):
    """Many moves, one after another: no number is ever wrong, and no post is lost."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.mod = make_moderator()
        self.categories = [CategoryFactory(), CategoryFactory(), CategoryFactory(audience="members")]
        for category in self.categories[:2]:
            topic = TopicFactory(category=category, kind="question")
            services.write_tags(topic, ["commun", category.name])
            make_posts(topic, 2)
        list(recount())

    def teardown(self):
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def topics(self):
        return list(Topic.objects.filter(merged_into=None).order_by("pk"))

    @rule(category=NUMBER)
    def open_one(self, category):
        TopicFactory(category=pick(self.categories, category))

    @rule(topic=NUMBER)
    def reply(self, topic):
        found = pick(self.topics(), topic)
        if found.is_open:
            make_posts(found, 1)

    @rule(topic=NUMBER, category=NUMBER)
    def move(self, topic, category):
        moderating.move_topic(self.mod, pick(self.topics(), topic), pick(self.categories, category))

    @rule(topic=NUMBER, posts=strategies.lists(NUMBER, min_size=1, max_size=3))
    def split(self, topic, posts):
        found = pick(self.topics(), topic)
        replies = list(found.posts.readable().filter(opening=False).order_by("pk"))
        if replies and not found.hidden:
            split(self.mod, found, [pick(replies, number) for number in posts])

    @rule(one=NUMBER, two=NUMBER)
    def merge(self, one, two):
        with suppress(ChangedMeanwhileError):
            moderating.merge_topics(self.mod, pick(self.topics(), one), pick(self.topics(), two))

    @rule(post=NUMBER, show=strategies.booleans())
    def hide_or_show_a_post(self, post, show):
        found = pick(list(Post.objects.order_by("pk")), post)
        (moderating.show_post if show else moderating.hide_post)(self.mod, found)

    @rule(topic=NUMBER, flag=strategies.sampled_from(["hide", "show", "lock", "unlock"]))
    def flag(self, topic, flag):
        moderating.flag_topic(self.mod, pick(self.topics(), topic), flag)

    @rule(post=NUMBER)
    def delete_or_restore(self, post):
        found = pick(list(Post.objects.order_by("pk")), post)
        (services.restore_post if found.deleted_at else services.delete_post)(found)

    @precondition(lambda self: ModerationAction.objects.exists())
    @rule(action=NUMBER)
    def undo(self, action):
        with suppress(ChangedMeanwhileError, services.NotAllowedError):
            undo(self.mod, pick(list(ModerationAction.objects.order_by("pk")), action))

    @invariant()
    def every_number_is_right(self):
        assert list(recount()) == []

    @invariant()
    def each_topic_has_its_opening_first(self):
        for topic in self.topics():
            posts = list(topic.posts.order_by("pk"))
            assert posts[0].opening
            assert sum(post.opening for post in posts) == 1

    @invariant()
    def what_was_merged_is_empty(self):
        assert not Post.objects.filter(topic__merged_into__isnull=False).exists()


def test_whatever_moderators_do_in_whatever_order_no_number_is_wrong():
    run_state_machine_as_test(Moving, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))


def test_a_merged_topic_stands_in_no_list_of_moderators(mod):
    one, two = TopicFactory(), TopicFactory()
    moderating.merge_topics(mod, one, two)
    assert list(Topic.objects.for_list(mod)) == [one]


@pytest.mark.parametrize("act", ["delete", "edit", "restore"])
def test_what_its_author_does_to_a_message_that_has_just_moved_is_counted_where_it_is(mod, act):
    """The page was opened before the move: what it knows of the message's discussion is out of date."""
    topic = TopicFactory()
    first, second = make_posts(topic, 2)
    seen = Post.objects.get(pk=second.pk)
    if act == "restore":
        services.delete_post(second)
    new = topic
    if act == "restore":
        other = TopicFactory()
        new = moderating.merge_topics(mod, topic, other)
        services.restore_post(seen)
    else:
        new = split(mod, topic, [first, second])
        services.delete_post(seen) if act == "delete" else services.edit_post(seen, body="Autrement dit")
    new.refresh_from_db()
    assert new.reply_count == {"delete": 0, "edit": 1, "restore": 3}[act]
    assert list(recount()) == []
