import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone

from forum.models import Post, Topic, TopicRead
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts, make_topics

pytestmark = pytest.mark.django_db

HOME = "/forum/"


def html_of(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_home_page_shows_categories_in_order_with_their_latest_topic_and_count(client):
    second = CategoryFactory(name="Produire", position=2)
    first = CategoryFactory(name="Accompagner", position=1)
    TopicFactory(category=first, title="Le plus ancien")
    TopicFactory(category=first, title="Le plus récent")
    TopicFactory(category=first, title="Un sujet masqué", hidden=True)
    html = html_of(client, HOME)
    categories = html[: html.index("Discussions récentes")]
    assert categories.index(first.name) < categories.index(second.name)
    assert "2 discussions" in categories
    assert "Le plus récent" in categories
    assert "Le plus ancien" not in categories
    assert "Lancez la première" in categories
    assert "Un sujet masqué" not in html


def test_recent_discussions_do_not_put_pinned_topics_first(client):
    category = CategoryFactory()
    make_topics(category, 12)
    old = Topic.objects.order_by("last_post_at").first()
    Topic.objects.filter(pk=old.pk).update(pinned=True)
    recent = html_of(client, HOME).split("Discussions récentes")[1]
    assert old.title not in recent
    assert recent.count("topic-row__title") == 10


def test_an_empty_forum_invites_to_write(client):
    assert "Personne n'a encore écrit" in html_of(client, HOME)
    assert "Écrire le premier message" in html_of(client, CategoryFactory().get_absolute_url())


def test_a_visitor_reads_a_topic_and_is_told_how_to_reply(client):
    topic = TopicFactory(body="Qui a déjà essayé")
    html = html_of(client, topic.get_absolute_url())
    assert "Qui a déjà essayé" in html
    assert topic.author.display_name in html
    assert topic.author.email not in html
    assert f"?next={topic.get_absolute_url()}" in html
    assert "<textarea" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/forum/inconnue/",
        "/forum/sujet/999999-rien/",
        f"/forum/sujet/{'9' * 40}-rien/",
        "/forum/message/999999/",
        f"/forum/message/{'9' * 40}/",
    ],
)
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_an_old_address_of_a_topic_leads_to_the_present_one(client):
    topic = TopicFactory(title="Titre d'aujourd'hui")
    answer = client.get(reverse("forum:topic", args=[topic.pk, "titre-d-hier"]) + "?apres=3")
    assert answer["Location"] == f"{topic.get_absolute_url()}?apres=3"


def test_a_hidden_topic_is_nowhere(client):
    topic = TopicFactory(hidden=True, title="Sujet retiré")
    assert client.get(topic.get_absolute_url()).status_code == 404
    assert client.get(topic.posts.get().get_absolute_url()).status_code == 404
    for url in (HOME, topic.category.get_absolute_url()):
        assert "Sujet retiré" not in html_of(client, url)


def test_a_hidden_topic_is_not_found_by_its_own_author_either(client):
    topic = TopicFactory(hidden=True)
    client.force_login(topic.author)
    assert client.get(topic.get_absolute_url()).status_code == 404
    assert client.get(reverse("forum:edit_post", args=[topic.posts.get().pk])).status_code == 404


def test_a_hidden_message_is_absent(client):
    topic = TopicFactory()
    post = make_posts(topic, 1, body="À retirer", html="<p>À retirer</p>", hidden_at=timezone.now())[0]
    assert "À retirer" not in html_of(client, topic.get_absolute_url())
    assert client.get(post.get_absolute_url()).status_code == 404


def test_a_moderator_sees_what_is_hidden_with_a_mark(moderator):
    topic = TopicFactory(hidden=True)
    post = make_posts(topic, 1, body="À retirer", html="<p>À retirer</p>", hidden_at=timezone.now())[0]
    html = html_of(moderator, topic.get_absolute_url())
    assert "Masqué&nbsp;: visible des modérateurs seulement" in html
    assert "Message masqué&nbsp;: visible des modérateurs seulement" in html
    assert "À retirer" in html
    assert moderator.get(post.get_absolute_url()).status_code == 302
    assert topic.title in html_of(moderator, topic.category.get_absolute_url())


def test_a_deleted_message_keeps_its_place_without_its_text(client):
    topic = TopicFactory()
    make_posts(topic, 1, body="", html="", deleted_at=timezone.now())
    html = html_of(client, topic.get_absolute_url())
    assert "Message supprimé par son auteur" in html


def test_the_html_of_a_message_cannot_attack_its_readers(client):
    topic = TopicFactory(
        title="<script>alert('titre')</script>",
        body="<script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n[lien](javascript:alert(3))\n\nTexte",
    )
    topic.author.first_name = "<b>Camille</b>"
    topic.author.save()
    for url in (topic.get_absolute_url(), topic.category.get_absolute_url(), HOME):
        html = html_of(client, url)
        assert "alert('titre')" not in html
        assert "<script>alert" not in html
        assert "onerror" not in html
        assert "javascript:" not in html
        assert "<b>Camille" not in html


def test_links_of_members_are_marked_for_search_engines(client):
    topic = TopicFactory(body="[ici](https://exemple.fr/)")
    assert 'rel="nofollow ugc noopener"' in html_of(client, topic.get_absolute_url())


def test_an_edited_message_says_when(client):
    topic = TopicFactory()
    Post.objects.update(edited_at=timezone.now())
    assert "modifié le" in html_of(client, topic.get_absolute_url())


def test_a_former_member_is_shown_without_a_name(client):
    topic = TopicFactory()
    topic.author.delete()
    for url in (topic.get_absolute_url(), topic.category.get_absolute_url()):
        assert "Ancien membre" in html_of(client, url)


def test_headings_follow_each_other_without_a_gap(client, user):
    topic = TopicFactory(body="# Un\n\n## Deux")
    client.force_login(user)
    for url in (HOME, topic.category.get_absolute_url(), topic.get_absolute_url(), reverse("forum:new_topic")):
        levels = [int(level) for level in re.findall(r"<h(\d)", html_of(client, url))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


# -- What is new since one's last visit ----------------------------------------------------------------------------


def row_of(client, topic):
    html = html_of(client, topic.category.get_absolute_url())
    return next(row for row in html.split('<li class="topic-row')[1:] if topic.title in row)


@pytest.fixture
def user():
    return UserFactory(date_joined=timezone.now() - timedelta(days=30))


def test_a_topic_never_opened_is_marked_in_words(member):
    assert "Pas encore lu" in row_of(member, TopicFactory())


def test_what_was_written_before_the_account_is_no_news(client):
    topic = TopicFactory(last_post_at=timezone.now() - timedelta(days=1))
    client.force_login(UserFactory())
    assert "badge--accent" not in row_of(client, topic)


def test_reading_a_topic_takes_the_mark_away_and_a_reply_brings_it_back(member):
    topic = TopicFactory()
    member.get(topic.get_absolute_url())
    assert "badge--accent" not in row_of(member, topic)
    make_posts(topic, 1)
    assert "Nouveaux messages" in row_of(member, topic)


def test_reading_the_first_page_only_leaves_the_topic_marked(member, user):
    topic = TopicFactory()
    posts = make_posts(topic, 30)
    member.get(topic.get_absolute_url())
    assert TopicRead.objects.get(user=user).last_read_post_id == posts[18].pk
    assert "Nouveaux messages" in row_of(member, topic)
    member.get(topic.get_absolute_url(), {"apres": posts[18].pk})
    assert "badge--accent" not in row_of(member, topic)
    member.get(topic.get_absolute_url())
    assert TopicRead.objects.get(user=user).last_read_post_id == posts[-1].pk


def test_the_mark_of_one_person_says_nothing_of_another(member):
    topic = TopicFactory()
    member.get(topic.get_absolute_url())
    other = UserFactory(date_joined=timezone.now() - timedelta(days=30))
    member.force_login(other)
    assert "Pas encore lu" in row_of(member, topic)


def test_a_visitor_has_no_mark_and_leaves_none(client):
    topic = TopicFactory()
    client.get(topic.get_absolute_url())
    assert not TopicRead.objects.exists()
    assert "badge--accent" not in row_of(client, topic)


def test_a_reply_deleted_since_is_not_announced(member):
    topic = TopicFactory()
    member.get(topic.get_absolute_url())
    post = make_posts(topic, 1)[0]
    from forum.services import delete_post

    delete_post(post)
    assert "badge--accent" not in row_of(member, topic)


# -- Dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=20), "à l'instant"),
        (timedelta(minutes=5), "il y a 5 minutes"),
        (timedelta(hours=3, minutes=10), "il y a 3 heures"),
        (timedelta(days=2), "il y a 2 jours"),
    ],
)
def test_a_recent_date_is_said_as_one_speaks(age, said):
    shown = Template("{% load forum_tags %}{% moment value %}").render(Context({"value": timezone.now() - age}))
    assert said in shown.replace("\xa0", " ").replace("&#x27;", "'")


def test_an_older_date_is_a_day_and_the_full_date_is_always_there():
    value = timezone.make_aware(timezone.datetime(2025, 3, 14, 9, 5))
    shown = Template("{% load forum_tags %}{% moment value %}").render(Context({"value": value}))
    assert ">le 14 mars 2025</time>" in shown
    assert 'title="vendredi 14 mars 2025 à 09:05"' in shown
    assert 'datetime="2025-03-14T09:05:00+01:00"' in shown
