"""The answer that a question is given, and where it is shown."""

import uuid

import pytest
from django.urls import reverse

from forum import services
from forum.models import Mute, Topic

from .factories import CategoryFactory, TopicFactory, make_moderator, make_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return TopicFactory(kind=Topic.Kind.QUESTION)


@pytest.fixture
def post(topic):
    return make_posts(topic, 1)[0]


def test_the_accepted_answer_is_shown_below_the_question(client, topic, post):
    client.force_login(topic.author)
    client.post(reverse("forum:accept", args=[post.pk]), {"on": "1"})
    page = client.get(topic.get_absolute_url()).content.decode()
    assert page.index("La réponse retenue, de") < page.index(f'id="message-{post.pk}"')
    assert "Résolue" in page
    client.post(reverse("forum:accept", args=[post.pk]), {"on": "0"})
    assert "La réponse retenue" not in client.get(topic.get_absolute_url()).content.decode()


def test_the_author_of_an_anonymous_question_accepts_too(member, user, post):
    asked = services.create_topic(
        user, category=CategoryFactory(), title="Une question délicate", body="Comment dire ?",
        submission=uuid.uuid4(), kind=Topic.Kind.QUESTION, anonymous=True,
    )  # fmt: skip
    answer = make_posts(asked, 1)[0]
    page = member.get(asked.get_absolute_url()).content.decode()
    assert "Marquer comme réponse" in page
    member.post(reverse("forum:accept", args=[answer.pk]), {"on": "1"})
    asked.refresh_from_db()
    assert asked.accepted_post == answer


def test_nobody_else_is_offered_to_accept(member, topic, post):
    assert "Marquer comme réponse" not in member.get(topic.get_absolute_url()).content.decode()
    assert member.post(reverse("forum:accept", args=[post.pk]), {"on": "1"}).status_code == 403


def test_a_moderator_accepts_for_who_forgot(client, topic, post):
    client.force_login(make_moderator())
    assert client.post(reverse("forum:accept", args=[post.pk]), {"on": "1"}).status_code == 302


def test_a_long_answer_is_shown_by_its_beginning_with_the_way_to_its_place(member, topic):
    words = " ".join(f"mot{n}" for n in range(200))
    answer = make_posts(topic, 1, html=f"<p><strong>{words}</strong></p>")[0]
    services.accept_answer(topic.author, topic, answer)
    page = member.get(topic.get_absolute_url()).content.decode()
    assert page.count("mot69") == 2
    assert page.count("mot70") == 1
    assert page.count("</strong>") == page.count("<strong>")
    assert f'href="#message-{answer.pk}">La lire' in page


def test_an_answer_on_another_page_has_an_address_that_leads_there(client, topic):
    answer = make_posts(topic, 30)[-1]
    services.accept_answer(topic.author, topic, answer)
    assert f'href="{answer.get_absolute_url()}">La lire' in client.get(topic.get_absolute_url()).content.decode()


def test_the_answer_of_someone_whom_one_does_not_read_is_not_put_forward(member, user, topic, post):
    services.accept_answer(topic.author, topic, post)
    Mute.objects.create(user=user, muted=post.author)
    page = member.get(topic.get_absolute_url()).content.decode()
    assert page.count("Chez nous, un binôme.") == 1
    assert "que vous ignorez – afficher" in page


@pytest.mark.parametrize("change", [{"opening": True}, {"elsewhere": True}])
def test_only_a_reply_of_the_discussion_may_be_its_answer(client, topic, change):
    client.force_login(topic.author)
    other = TopicFactory(kind=Topic.Kind.DISCUSSION, author=topic.author)
    chosen = topic.posts.get(opening=True) if "opening" in change else make_posts(other, 1)[0]
    answer = client.post(reverse("forum:accept", args=[chosen.pk]), {"on": "1"})
    assert answer.status_code == (404 if "opening" in change else 403)
    assert not Topic.objects.filter(accepted_post__isnull=False).exists()
