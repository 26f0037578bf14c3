import pytest
from django.urls import reverse

from forum.services import MODERATOR_GROUP, TOPIC_ACTIONS
from tests.factories import UserFactory

from .factories import TopicFactory, make_posts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", TOPIC_ACTIONS)
def test_a_moderator_acts_on_a_topic_and_is_told_what_changed(moderator, action):
    field, value = TOPIC_ACTIONS[action]
    topic = TopicFactory(**{field: not value})
    answer = moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": action}, follow=True)
    topic.refresh_from_db()
    assert getattr(topic, field) is value
    assert "notice--success" in answer.content.decode()


@pytest.mark.parametrize("action", TOPIC_ACTIONS)
def test_a_member_does_not_moderate(member, action):
    field, value = TOPIC_ACTIONS[action]
    topic = TopicFactory(**{field: not value})
    assert member.post(reverse("forum:moderate", args=[topic.pk]), {"action": action}).status_code == 403
    topic.refresh_from_db()
    assert getattr(topic, field) is not value


@pytest.mark.parametrize("action", ["", "delete", "__class__"])
def test_an_unknown_action_is_not_found(moderator, action):
    topic = TopicFactory()
    assert moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": action}).status_code == 404
    post = topic.posts.get()
    assert moderator.post(reverse("forum:moderate_post", args=[post.pk]), {"action": action}).status_code == 404


@pytest.mark.parametrize("name", ["moderate", "moderate_post"])
def test_moderating_what_does_not_exist_is_not_found(moderator, name):
    assert moderator.post(reverse(f"forum:{name}", args=[999999]), {"action": "hide"}).status_code == 404


@pytest.mark.parametrize("name", ["moderate", "moderate_post"])
def test_moderating_is_never_a_link(moderator, name):
    topic = TopicFactory()
    pk = topic.pk if name == "moderate" else topic.posts.get().pk
    assert moderator.get(reverse(f"forum:{name}", args=[pk])).status_code == 405


def test_a_moderator_hides_a_message_then_shows_it_again(moderator):
    topic = TopicFactory()
    post = make_posts(topic, 1)[0]
    url = reverse("forum:moderate_post", args=[post.pk])
    assert "Message masqué" in moderator.post(url, {"action": "hide"}, follow=True).content.decode()
    post.refresh_from_db()
    assert post.hidden_at is not None
    assert "Message masqué" not in moderator.post(url, {"action": "show"}, follow=True).content.decode()
    post.refresh_from_db()
    assert post.hidden_at is None


def test_hiding_the_only_message_hides_the_topic_and_says_so(moderator):
    topic = TopicFactory()
    url = reverse("forum:moderate_post", args=[topic.posts.get().pk])
    assert "Le sujet entier est masqué" in moderator.post(url, {"action": "hide"}, follow=True).content.decode()
    topic.refresh_from_db()
    assert topic.hidden


def test_a_member_does_not_hide_a_message(member):
    post = TopicFactory().posts.get()
    assert member.post(reverse("forum:moderate_post", args=[post.pk]), {"action": "hide"}).status_code == 403
    post.refresh_from_db()
    assert post.hidden_at is None


def test_the_means_to_moderate_are_shown_to_moderators_only(client):
    from django.contrib.auth.models import Group

    topic = TopicFactory()
    user = UserFactory()
    client.force_login(user)
    assert "Fermer le sujet" not in client.get(topic.get_absolute_url()).content.decode()
    user.groups.add(Group.objects.get(name=MODERATOR_GROUP))
    html = client.get(topic.get_absolute_url()).content.decode()
    assert "Fermer le sujet" in html
    assert reverse("forum:moderate_post", args=[topic.posts.get().pk]) in html


# -- In Wagtail's admin --------------------------------------------------------------------------------------------


@pytest.fixture
def admin(client):
    from django.contrib.auth.models import Group

    user = UserFactory()
    user.groups.add(Group.objects.get(name=MODERATOR_GROUP))
    client.force_login(user)
    return client


LIST = "wagtailsnippets_forum_topic:list"
EDIT = "wagtailsnippets_forum_topic:edit"


def test_a_moderator_lists_and_searches_topics_in_the_admin(admin):
    TopicFactory(title="Palettes consignées")
    TopicFactory(title="Planning du lundi")
    assert "Forum" in admin.get(reverse("wagtailadmin_home")).content.decode()
    html = admin.get(reverse(LIST)).content.decode()
    assert "Palettes consignées" in html
    html = admin.get(reverse(LIST), {"q": "consig"}).content.decode()
    assert "Palettes consignées" in html
    assert "Planning du lundi" not in html


def test_a_moderator_moves_and_hides_a_topic_in_the_admin_without_touching_its_counts(admin):
    topic = TopicFactory()
    make_posts(topic, 3)
    other = TopicFactory().category
    data = {"title": "Un titre corrigé", "category": other.pk, "hidden": "on"}
    assert admin.post(reverse(EDIT, args=[topic.pk]), data).status_code == 302
    topic.refresh_from_db()
    assert (topic.title, topic.slug, topic.category, topic.hidden) == (
        "Un titre corrigé",
        "un-titre-corrige",
        other,
        True,
    )
    assert topic.reply_count == 3


def test_saving_a_topic_in_the_admin_without_a_change_is_harmless(admin):
    topic = TopicFactory()
    data = {"title": topic.title, "category": topic.category_id}
    assert admin.post(reverse(EDIT, args=[topic.pk]), data).status_code == 302


def test_nobody_adds_a_topic_without_a_message_in_the_admin(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    assert client.get(reverse("wagtailsnippets_forum_topic:add")).status_code == 302
    assert client.get(reverse(LIST)).status_code == 200


def test_a_member_does_not_reach_the_topics_of_the_admin(member):
    assert member.get(reverse(LIST)).status_code == 302


def test_an_administrator_keeps_the_categories(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    data = {"name": "Produire", "slug": "produire", "description": "", "position": 1}
    add = reverse("wagtailsnippets_forum_category:add")
    assert client.post(add, data).status_code == 302
    assert "déjà l&#x27;adresse" in client.post(add, data | {"slug": "nouveau"}).content.decode()
    assert "Produire" in client.get("/forum/").content.decode()


def test_a_category_in_use_is_not_deleted_in_the_admin_and_the_page_does_not_fail(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    topic = TopicFactory()
    answer = client.post(reverse("wagtailsnippets_forum_category:delete", args=[topic.category_id]), follow=True)
    assert answer.status_code == 200
    topic.category.refresh_from_db()
