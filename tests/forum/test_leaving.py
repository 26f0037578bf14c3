"""A member who leaves: what they wrote stays without their name, or goes and leaves its place."""

import uuid

import pytest
from django.urls import reverse

from forum import leaving, reactions, services
from forum.counting import recount
from forum.models import AnonymousAuthorship, Attachment, Bookmark, Post, PostEdit, Reaction, Topic
from notifications.models import Notification
from people.services import delete_account
from search.models import SearchEntry
from tests.factories import PASSWORD, UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db
REMOVE = {"forum": "remove"}


def reply(author, topic, body="Chez nous, un binôme.", **kwargs):
    return services.add_post(author, topic, body=body, submission=uuid.uuid4(), **kwargs)


def test_messages_are_kept_without_a_name_unless_the_person_says_otherwise(user):
    topic = TopicFactory(author=user)
    post = reply(user, topic)
    unnamed = reply(user, topic, "Sans mon nom", anonymous=True)
    delete_account(user)
    post.refresh_from_db()
    unnamed.refresh_from_db()
    assert (post.author_name, post.body) == ("Ancien membre", "Chez nous, un binôme.")
    assert (unnamed.author_name, unnamed.body) == ("Anonyme du réseau", "Sans mon nom")
    assert list(recount()) == []


def test_messages_are_removed_and_their_places_kept(client, user):
    topic = TopicFactory(category=CategoryFactory(), kind="question")
    post = reply(user, topic, "Un avis à retirer")
    unnamed = reply(user, topic, "Un secret à retirer", anonymous=True)
    Topic.objects.filter(pk=topic.pk).update(accepted_post=post)
    PostEdit.objects.create(post=post, body="Un brouillon à retirer")
    Attachment.objects.create(post=post, kind="document", name="plan.pdf", file="x", content_type="x", size=1)
    delete_account(user, REMOVE)
    for each in (post, unnamed):
        each.refresh_from_db()
        assert (each.body, each.html, each.deleted_at is None) == ("", "", False)
    topic.refresh_from_db()
    assert (topic.reply_count, topic.accepted_post, topic.hidden) == (0, None, False)
    assert not PostEdit.objects.exists()
    assert not Attachment.objects.exists()
    assert not AnonymousAuthorship.objects.exists()
    page = client.get(topic.get_absolute_url()).text
    assert "à retirer" not in page
    assert "par son auteur" in page
    assert list(recount()) == []


def test_a_discussion_that_others_answered_stays_and_one_alone_goes_with_its_title(client, user):
    answered, alone = (
        TopicFactory(author=user, title="Sujet partagé"),
        TopicFactory(author=user, title="Sujet à moi seul"),
    )
    services.write_tags(alone, ["outils"])
    list(recount())
    make_posts(answered, 1)
    delete_account(user, REMOVE)
    answered.refresh_from_db()
    alone.refresh_from_db()
    assert (answered.hidden, answered.title, answered.reply_count) == (False, "Sujet partagé", 1)
    assert (alone.hidden, alone.title) == (True, "Sujet retiré par son auteur")
    assert client.get(answered.get_absolute_url()).status_code == 200
    assert list(recount()) == []


def test_nothing_of_them_is_found_or_told_any_more(user, django_capture_on_commit_callbacks):
    topic = TopicFactory(author=user, title="Un motoculteur capricieux")
    other = TopicFactory()
    post = reply(user, other, "Parlons de motoculteur")
    reader = UserFactory()
    Notification.objects.create(user=reader, kind="forum.reply", target_id=post.pk, group=f"topic:{other.pk}")
    reader.unread_notifications = 1
    reader.save()
    assert SearchEntry.objects.filter(kind="post", object_id=post.pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user, REMOVE)
    assert not SearchEntry.objects.filter(kind="post", object_id=post.pk).exists()
    assert not SearchEntry.objects.filter(kind="topic", object_id=topic.pk).exists()
    reader.refresh_from_db()
    assert reader.unread_notifications == 0


@pytest.mark.parametrize("by", ["the person", "an administrator"])
def test_reactions_go_and_are_counted_no_more_however_the_account_goes(user, by):
    post = make_posts(TopicFactory(), 1)[0]
    reactions.react(user, post, "useful", on=True)
    Bookmark.objects.create(user=user, post=post)
    if by == "the person":
        delete_account(user)
    else:
        user.delete()
    post.refresh_from_db()
    assert (post.useful_count, Reaction.objects.count()) == (0, 0)
    assert list(recount()) == []


def test_thousands_of_messages_cost_a_bounded_number_of_queries(user, django_assert_max_num_queries):
    topics = [TopicFactory() for _ in range(4)]
    for topic in topics:
        make_posts(topic, 400, user)
    with django_assert_max_num_queries(90):
        assert leaving.remove_posts(user) == 1600
    assert not Post.objects.filter(author=user).exclude(body="").exists()
    assert list(recount()) == []


def test_removing_twice_is_removing_once(user):
    post = reply(user, TopicFactory())
    leaving.remove_posts(user)
    gone = Post.objects.get(pk=post.pk).deleted_at
    leaving.remove_posts(user)
    assert Post.objects.get(pk=post.pk).deleted_at == gone


def test_the_form_asks_and_does_as_it_is_told(client, user):
    client.force_login(user)
    post = reply(user, TopicFactory())
    page = client.get(reverse("people:delete")).text
    assert "Les retirer" in page
    client.post(reverse("people:delete"), {"password": PASSWORD, "leaving_forum": "remove"})
    post.refresh_from_db()
    assert post.body == ""
