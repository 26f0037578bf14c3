"""The numbers kept beside what they count."""

import pytest
from django.core.management import call_command

from forum import services
from forum.counting import recount
from forum.models import Category, Post, Reaction, Tag, Topic
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    topic = TopicFactory()
    services.write_tags(topic, ["outils"])
    Reaction.objects.create(post=topic.posts.get(), user=UserFactory(), kind="useful")
    list(recount())
    return topic


def test_what_services_write_needs_no_mending():
    topic = TopicFactory(category=CategoryFactory())
    services.delete_post(topic.posts.get())
    services.restore_post(topic.posts.get())
    assert list(recount()) == []


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (Topic, {"reply_count": 7}),
        (Topic, {"last_post": None}),
        (Category, {"topic_count": 3}),
        (Tag, {"topic_count": 0}),
        (Post, {"useful_count": 0}),
        (Post, {"same_count": 4}),
    ],
)
def test_each_wrong_number_is_found_said_and_mended(topic, model, wrong):
    model.objects.update(**wrong)
    (miscount,) = recount()
    assert miscount.said == next(iter(wrong.values()))
    assert str(miscount.true) in str(miscount)
    assert list(recount()) == []


def test_the_command_says_whether_all_was_right(topic, capsys):
    call_command("recount")
    assert "Tout est juste." in capsys.readouterr().out
    Topic.objects.update(reply_count=9)
    with pytest.raises(SystemExit):
        call_command("recount")
    assert "1 nombre corrigé." in capsys.readouterr().out
