"""Earlier versions, deleting and changing one's mind, the list of one's messages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from forum import services
from forum.models import AnonymousAuthorship, Post, PostEdit, Topic
from forum.my_posts import PER_PAGE

from .factories import TopicFactory, make_member, make_moderator, make_posts

pytestmark = pytest.mark.django_db

MINE = reverse("forum:my_posts")


def history(post):
    return reverse("forum:post_history", args=[post.pk])


def restore(post):
    return reverse("forum:restore_post", args=[post.pk])


@pytest.fixture
def post(user):
    topic = TopicFactory(author=user, title="Un titre ancien", body="Chez nous, un binôme.")
    post = topic.posts.get()
    services.edit_post(post, body="Chez nous, un trinôme.", title="Un titre nouveau")
    return topic.posts.get()


def test_the_author_sees_what_changed_word_by_word(member, post):
    html = member.get(history(post)).content.decode()
    assert "binôme<" in html.split("<del>")[2] + html.split("<del>")[3]
    assert '<ins><span class="visually-hidden">[ajouté : </span>trinôme' in html
    assert "nouveau" in html


def test_moderators_see_it_others_are_refused(client, post):
    client.force_login(make_moderator())
    assert client.get(history(post)).status_code == 200
    client.force_login(make_member())
    answer = client.get(history(post))
    assert answer.status_code == 403
    assert "binôme" not in answer.content.decode()
    client.logout()
    assert client.get(history(post)).status_code == 302


def test_an_earlier_version_is_text_never_markup(member, user):
    topic = TopicFactory(author=user, body="<script>alert(1)</script> avant")
    services.edit_post(topic.posts.get(), body="après")
    assert "<script>alert" not in member.get(history(topic.posts.get())).content.decode()


def test_a_deleted_message_has_no_history_left(member, post):
    services.delete_post(post)
    assert member.get(history(post)).status_code == 404
    services.purge_deleted(timezone.now() + timedelta(hours=25))
    assert not PostEdit.objects.exists()


def test_a_message_never_changed_says_so(member, user):
    topic = TopicFactory(author=user)
    assert "pas été modifié" in member.get(history(topic.posts.get())).content.decode()


def test_deleting_offers_to_change_ones_mind(member, user):
    topic = TopicFactory()
    mine = make_posts(topic, 1, user)[0]
    html = member.post(reverse("forum:delete_post", args=[mine.pk]), follow=True).content.decode()
    assert f'action="{restore(mine)}"' in html
    assert "Annuler la suppression" in html
    html = member.post(restore(mine), follow=True).content.decode()
    assert "Votre message est de retour." in html
    assert "Chez nous, un binôme." in html
    assert member.post(restore(mine)).status_code == 302


def test_a_topic_that_went_with_its_only_message_comes_back(member, user):
    topic = TopicFactory(author=user)
    opening = topic.posts.get()
    answer = member.post(reverse("forum:delete_post", args=[opening.pk]), follow=True)
    assert restore(opening) in answer.content.decode()
    member.post(restore(opening))
    assert member.get(topic.get_absolute_url()).status_code == 200
    assert not Topic.objects.get().hidden


def test_after_a_day_the_text_is_gone_and_it_is_said(member, user):
    mine = make_posts(TopicFactory(), 1, user)[0]
    services.delete_post(mine)
    services.purge_deleted(timezone.now() + timedelta(hours=25))
    html = member.post(restore(mine), follow=True).content.decode()
    assert "plus de 24 heures" in html
    assert not Post.objects.exclude(body="").filter(pk=mine.pk).exists()


def test_nobody_brings_back_the_message_of_another(member, client):
    theirs = make_posts(TopicFactory(), 1)[0]
    services.delete_post(theirs)
    assert member.post(restore(theirs)).status_code == 404
    client.force_login(make_moderator())
    assert client.post(restore(theirs)).status_code == 404
    client.logout()
    assert client.post(restore(theirs)).status_code == 302
    theirs.refresh_from_db()
    assert theirs.deleted_at is not None


# -- One's messages ------------------------------------------------------------------------------------------------


def test_ones_messages_say_where_each_stands(member, user):
    topic = TopicFactory(title="Un sujet à lire")
    shown, held, deleted = make_posts(topic, 3, user)
    Post.objects.filter(pk=held.pk).update(hidden_at=timezone.now(), hidden_why="review", html="<p>Attend</p>")
    services.delete_post(deleted)
    html = member.get(MINE).content.decode()
    assert f'href="{shown.get_absolute_url()}"' in html
    assert f'href="{held.get_absolute_url()}"' not in html
    assert "en attente de relecture" in html
    assert "Attend" in html
    assert f'action="{restore(deleted)}"' in html


def test_pages_of_ones_messages_follow_each_other_without_holes(member, user):
    topic = TopicFactory()
    named = make_posts(topic, PER_PAGE, user)
    for n in range(3):
        unnamed = Post.objects.create(topic=topic, anonymous=True, body=f"Sans nom {n}")
        AnonymousAuthorship.objects.create(post=unnamed, user=user)
    seen, address = [], MINE
    for _ in range(2):
        page = member.get(address).context["page"]
        seen += [mine.post.pk for mine in page.posts]
        address = f"{MINE}?avant={page.next}"
    assert page.next == ""
    assert len(seen) == len(set(seen)) == PER_PAGE + 3
    assert {p.pk for p in named} < set(seen)


@pytest.mark.parametrize("cursor", ["x", "1", "-", "9" * 40, "12-34-56"])
def test_a_made_up_place_in_the_list_gives_its_start(member, cursor):
    assert member.get(MINE, {"avant": cursor}).context["page"].is_first


def test_what_one_wrote_where_one_reads_no_more_is_there_without_its_title(member, user):
    from people.models import Network

    topic = TopicFactory(title="Titre réservé")
    make_posts(topic, 1, user, html="<p>Mes mots</p>")
    category = topic.category
    category.audience, category.network = "network", Network.objects.create(name="R", slug="r")
    category.save()
    html = member.get(MINE).content.decode()
    assert "Mes mots" in html
    assert "Titre réservé" not in html


@pytest.mark.parametrize("number", [1, 20])
def test_ones_messages_cost_the_same_with_many(member, user, number, django_assert_num_queries):
    for _ in range(number):
        make_posts(TopicFactory(), 1, user)
    with django_assert_num_queries(7):
        member.get(MINE)


def test_a_visitor_has_no_messages(client):
    assert client.get(MINE).status_code == 302


def test_the_pages_of_writing_are_for_no_search_engine(member, user):
    mine = make_posts(TopicFactory(), 1, user)[0]
    for url in (MINE, reverse("forum:drafts"), reverse("forum:new_topic"), history(mine)):
        assert 'name="robots" content="noindex"' in member.get(url).content.decode()


def test_a_held_message_is_announced_to_its_author(member, user, monkeypatch):
    monkeypatch.setattr("forum.spam.must_be_reviewed", lambda *args: True)
    from .test_drafts import reply_data, reply_url

    topic = TopicFactory()
    answer = member.post(reply_url(topic), reply_data(body="À relire"), follow=True)
    assert answer.redirect_chain[-1][0] == MINE
    assert "Un modérateur le relit" in answer.content.decode()
    assert "À relire" in answer.content.decode()
    assert "À relire" not in member.get(topic.get_absolute_url()).content.decode()
