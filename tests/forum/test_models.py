import pytest
from django.db import IntegrityError, connection, transaction

from forum.models import Category, Post, Topic, TopicRead

from .factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db


def is_refused_by_the_database(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_database_refuses_a_category_at_the_address_of_the_form():
    is_refused_by_the_database(lambda: CategoryFactory(slug="nouveau"))


def test_the_database_refuses_a_title_that_says_nothing():
    topic = TopicFactory()
    is_refused_by_the_database(lambda: Topic.objects.filter(pk=topic.pk).update(title="Oui"))


def test_the_database_refuses_an_empty_message_unless_it_was_deleted():
    post = TopicFactory().posts.get()
    is_refused_by_the_database(lambda: Post.objects.filter(pk=post.pk).update(body=""))


def test_the_database_refuses_a_deleted_message_that_keeps_its_text():
    post = TopicFactory().posts.get()
    is_refused_by_the_database(lambda: Post.objects.filter(pk=post.pk).update(deleted_at=post.created_at))


def test_the_database_refuses_a_second_opening_message():
    topic = TopicFactory()
    is_refused_by_the_database(lambda: make_posts(topic, 1, opening=True))


def test_the_database_refuses_the_same_submission_twice_from_one_person():
    post = TopicFactory().posts.get()
    is_refused_by_the_database(
        lambda: Post.objects.create(topic=post.topic, author=post.author, body="x", submission=post.submission)
    )


def test_the_database_refuses_two_read_marks_of_one_person():
    topic = TopicFactory()
    TopicRead.objects.create(user=topic.author, topic=topic, last_read_post_id=1)
    is_refused_by_the_database(lambda: TopicRead.objects.create(user=topic.author, topic=topic, last_read_post_id=2))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Où vont vos gisements ?", "ou-vont-vos-gisements"),
        ("🙂🙂🙂🙂🙂", "sujet"),
        ("a" * 120, "a" * 80),
        ("mot " * 30, "mot-" * 19 + "mot"),
    ],
)
def test_a_topic_takes_its_slug_from_its_title(title, slug):
    assert TopicFactory(title=title.strip()).slug == slug


def test_a_removed_account_leaves_its_messages_without_its_name():
    topic = TopicFactory()
    topic.author.delete()
    topic.refresh_from_db()
    assert topic.author_name == "Ancien membre"
    assert topic.posts.get().author_name == "Ancien membre"


def test_a_message_of_the_team_is_not_signed_by_a_former_member():
    topic = TopicFactory(author=None)
    assert topic.author_name == "L'équipe du site"
    assert topic.posts.get().author_name == "L'équipe du site"


def test_a_removed_lesson_leaves_the_topics_about_it():
    from tests.courses.factories import make_lesson

    lesson = make_lesson()
    topic = TopicFactory(page=lesson.page_ptr)
    lesson.delete()
    topic.refresh_from_db()
    assert topic.page is None


def test_a_category_with_topics_is_not_deleted():
    topic = TopicFactory()
    with pytest.raises(Exception, match="protected"):
        topic.category.delete()
    assert Category.objects.filter(pk=topic.category_id).exists()


def test_what_is_rendered_is_kept_and_cleaned():
    post = TopicFactory(body="**fort** <script>alert(1)</script> [x](javascript:alert(1))").posts.get()
    assert "<strong>fort</strong>" in post.html
    assert "<script" not in post.html
    assert "javascript:" not in post.html
    post.body = "autre"
    post.save(update_fields=["body"])
    post.refresh_from_db()
    assert post.html == "<p>autre</p>"


@pytest.mark.parametrize("index", ["topic_list", "topic_category_latest", "topic_recent", "topic_lesson"])
def test_every_list_of_topics_has_its_index(index):
    with connection.cursor() as cursor:
        assert index in connection.introspection.get_constraints(cursor, Topic._meta.db_table)


def test_a_search_of_the_site_finds_a_topic_by_its_title_unless_it_is_hidden(client):
    from courses.catalog.search import search_site

    TopicFactory(title="Réparer une palette consignée")
    TopicFactory(title="Réparer une palette perdue", hidden=True)
    titles = [hit.title for hits in search_site("palette").values() for hit in hits]
    assert titles == ["Réparer une palette consignée"]
