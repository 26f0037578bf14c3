"""What moderators and members see and do: tools of a topic, reports, the queue, the log, lifting anonymity."""

import uuid
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from forum import moderating, services
from forum.anonymity import author_behind
from forum.counting import recount
from forum.models import AnonymousAuthorship, ModerationAction, Mute, Post, Report, Topic
from forum.moderating import TOPIC_FLAGS
from forum.services import MODERATOR_GROUP
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_moderator, make_posts

pytestmark = pytest.mark.django_db
AT_ONCE = [flag for flag in TOPIC_FLAGS if flag != "hide"]


def text_of(response):
    return unescape(response.content.decode()).replace("\xa0", " ")


@pytest.mark.parametrize("flag", AT_ONCE)
def test_a_moderator_acts_on_a_topic_and_is_told_what_changed(moderator, flag):
    field, value, kind = TOPIC_FLAGS[flag]
    topic = TopicFactory(**{field: not value})
    answer = moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": flag}, follow=True)
    topic.refresh_from_db()
    assert getattr(topic, field) is value
    assert "notice--success" in answer.content.decode()
    assert ModerationAction.objects.get().kind == kind


def test_hiding_a_topic_asks_why(moderator):
    topic = TopicFactory()
    answer = moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": "hide"})
    assert answer.url == reverse("forum:hide_topic", args=[topic.pk])
    assert moderator.post(answer.url, {"reason": ""}).status_code == 400
    moderator.post(answer.url, {"reason": "Hors sujet"})
    topic.refresh_from_db()
    assert topic.hidden
    assert ModerationAction.objects.get().reason == "Hors sujet"


@pytest.mark.parametrize("flag", TOPIC_FLAGS)
def test_a_member_does_not_moderate(member, flag):
    field, value, _kind = TOPIC_FLAGS[flag]
    topic = TopicFactory(**{field: not value})
    answer = member.post(reverse("forum:moderate", args=[topic.pk]), {"action": flag})
    assert answer.status_code in {403, 404}
    topic.refresh_from_db()
    assert getattr(topic, field) is not value


@pytest.mark.parametrize("action", ["", "delete", "__class__"])
def test_an_unknown_action_is_not_found(moderator, action):
    topic = TopicFactory()
    assert moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": action}).status_code == 404


@pytest.mark.parametrize("name", ["moderate", "moderate_post"])
def test_moderating_what_does_not_exist_is_not_found(moderator, name):
    assert moderator.post(reverse(f"forum:{name}", args=[999999]), {"action": "lock"}).status_code == 404


def decide(client, post, decision, **changed):
    address = reverse("forum:moderate_post", args=[post.pk])
    seen = client.get(address).context["item"]["form"].initial["seen"]
    data = {"decision": decision, "reason": "Cela permet de reconnaître quelqu'un.", "seen": seen, "sanction": ""}
    return client.post(address, data | changed, follow=True)


def test_a_moderator_hides_a_message_with_a_reason_then_shows_it_again(moderator):
    post = make_posts(TopicFactory(), 1)[0]
    assert decide(moderator, post, "hide", reason="").status_code == 400
    assert "Le message est masqué." in text_of(decide(moderator, post, "hide"))
    post.refresh_from_db()
    assert post.hidden_at is not None
    assert "Le message est visible." in text_of(decide(moderator, post, "show"))
    post.refresh_from_db()
    assert post.hidden_at is None
    assert list(recount()) == [] or post.topic.category.topic_count == 0


def test_hiding_the_only_message_hides_the_discussion_and_says_so(moderator):
    topic = TopicFactory()
    assert "La discussion entière est masquée" in text_of(decide(moderator, topic.posts.get(), "hide"))
    topic.refresh_from_db()
    assert topic.hidden


def test_the_second_moderator_is_told_that_it_is_settled(moderator):
    post = make_posts(TopicFactory(), 1)[0]
    moderating.hide_post(make_moderator(), post, reason="Déjà vu")
    answer = decide(moderator, post, "show", seen="0")
    post.refresh_from_db()
    assert post.hidden_at is not None
    assert "notice--warning" in answer.content.decode()


def test_the_means_to_moderate_are_shown_to_moderators_only(client):
    topic = TopicFactory()
    user = make_member()
    client.force_login(user)
    assert reverse("forum:moderate", args=[topic.pk]) not in client.get(topic.get_absolute_url()).content.decode()
    user.groups.add(Group.objects.get(name=MODERATOR_GROUP))
    html = client.get(topic.get_absolute_url()).content.decode()
    assert reverse("forum:moderate", args=[topic.pk]) in html
    assert reverse("forum:moderate_post", args=[topic.posts.get().pk]) in html


# -- Reports and the queue -----------------------------------------------------------------------------------------


def report(client, post, **changed):
    return client.post(
        reverse("forum:report", args=[post.pk]), {"reason": "disrespect", "text": "Propos blessants"} | changed
    )


def test_a_report_is_made_once_and_reaches_the_queue(member, user, client):
    post = make_posts(TopicFactory(), 1)[0]
    for _twice in range(2):
        assert report(member, post).status_code in {200, 302}
    assert Report.objects.get().reporter == user
    client.force_login(make_moderator())
    queue = text_of(client.get(reverse("forum:queue")))
    assert "Propos blessants" in queue
    decide(client, post, "dismiss")
    assert Report.objects.get().settled_at is not None
    assert "Propos blessants" not in text_of(client.get(reverse("forum:queue")))


def test_a_report_without_a_reason_is_asked_for_one(member):
    post = make_posts(TopicFactory(), 1)[0]
    assert report(member, post, reason="").status_code == 400
    assert not Report.objects.exists()


def test_three_reports_hide_a_message_until_a_moderator_decides(client):
    post = make_posts(TopicFactory(), 1)[0]
    for _ in range(3):
        client.force_login(make_member())
        report(client, post)
    post.refresh_from_db()
    assert post.hidden_why == Post.HiddenWhy.REPORTS
    client.force_login(make_moderator())
    decide(client, post, "show")
    post.refresh_from_db()
    assert post.hidden_at is None


def test_the_queue_and_the_log_are_for_moderators(member):
    for name in ("queue", "log"):
        assert member.get(reverse(f"forum:{name}")).status_code == 403


def test_what_was_done_is_in_the_log_and_undone_from_there(moderator):
    topic = TopicFactory()
    moderator.post(reverse("forum:moderate", args=[topic.pk]), {"action": "lock"})
    assert topic.title in text_of(moderator.get(reverse("forum:log")))
    moderator.post(reverse("forum:undo", args=[ModerationAction.objects.get().pk]))
    topic.refresh_from_db()
    assert not topic.locked


def test_a_moderator_moves_splits_and_merges_by_their_forms(moderator):
    topic, other = TopicFactory(), TopicFactory()
    reply = make_posts(topic, 2)[0]
    target = CategoryFactory()
    for name in ("move", "split", "merge", "retitle"):
        assert moderator.get(reverse(f"forum:{name}", args=[topic.pk])).status_code == 200
    moving = moderating.move_topic(make_moderator(), topic, target, reason="Mieux ici")
    new = moderating.split_topic(make_moderator(), moving, [reply], title="Un sujet à part", reason="Autre sujet")
    kept = moderating.merge_topics(make_moderator(), other, new, reason="Le même sujet")
    assert (
        moderator.get(Topic.objects.exclude(merged_into=None).get().get_absolute_url(), follow=True).status_code == 200
    )
    assert kept.posts.filter(pk=reply.pk).exists()
    list(recount())
    assert list(recount()) == []


def test_a_muted_member_is_folded_for_who_asked_and_nobody_else(member, user, client):
    topic = TopicFactory()
    make_posts(topic, 1, author=UserFactory(first_name="Paul"), body="Un avis", html="<p>Un avis</p>")
    post = topic.posts.last()
    member.post(reverse("forum:mute", args=[post.pk]))
    assert Mute.objects.get(user=user).muted == post.author
    assert "que vous ignorez" in text_of(member.get(topic.get_absolute_url()))
    member.post(reverse("forum:unmute", args=[Mute.objects.get().pk]))
    assert "que vous ignorez" not in text_of(member.get(topic.get_absolute_url()))


# -- Lifting anonymity ---------------------------------------------------------------------------------------------


@pytest.fixture
def unnamed():
    author = make_member(first_name="Zoé", last_name="Introuvable")
    topic = services.create_topic(
        author,
        category=CategoryFactory(),
        title="Une question délicate",
        body="Comment dire ?",
        submission=uuid.uuid4(),
        anonymous=True,
    )
    return topic.posts.get()


def test_only_a_moderator_lifts_anonymity_with_a_reason_and_for_themselves(member, client, unnamed):
    address = reverse("forum:lift_anonymity", args=[unnamed.pk])
    assert member.get(address).status_code in {403, 404}
    client.force_login(make_moderator())
    assert "Introuvable" not in text_of(client.get(address))
    assert client.post(address, {"reason": ""}).status_code == 400
    assert "Introuvable" in text_of(client.post(address, {"reason": "Menace envers une personne"}, follow=True))
    action = ModerationAction.objects.get()
    assert (action.kind, action.member) == ("lift_anonymity", author_behind(unnamed))
    client.force_login(make_moderator())
    assert "Introuvable" not in text_of(client.get(address)), "another moderator has to say why too"
    assert "Introuvable" not in text_of(client.get(unnamed.topic.get_absolute_url()))


def test_moderating_an_anonymous_message_names_nobody(client, unnamed):
    client.force_login(make_moderator())
    decide(client, unnamed, "hide")
    for address in (reverse("forum:log"), reverse("forum:queue"), reverse("forum:moderate_post", args=[unnamed.pk])):
        assert "Introuvable" not in text_of(client.get(address)), address
    assert AnonymousAuthorship.objects.count() == 1


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
    data |= {"audience": "public", "posting": "readers"}
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
