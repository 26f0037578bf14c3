"""Topics and posts in the search: who finds them, and from when to when."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.utils import timezone

from forum import signals
from forum.models import Category, Post, Topic
from forum.moderating import flag_topic, hide_post, show_post
from forum.services import accept_answer, add_post, create_topic, delete_post, edit_post, restore_post
from people.models import Network, NetworkMembership
from search import services
from search.asking import read_question
from search.models import SearchEntry, SearchWord
from tests.factories import DepartmentFactory, UserFactory
from tests.forum.factories import CategoryFactory, TopicFactory, make_moderator

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


@pytest.fixture
def network():
    return Network.objects.create(name="Chantiers du littoral", slug="littoral")


@pytest.fixture
def private(network):
    return CategoryFactory(audience=Category.Audience.NETWORK, network=network)


@pytest.fixture
def insider(network):
    user = UserFactory()
    NetworkMembership.objects.create(user=user, network=network, accepted_at=timezone.now())
    return user


def reply(topic, body, author=None, **options):
    return add_post(author or UserFactory(), topic, body=body, submission=uuid.uuid4(), **options)


def fresh(user):
    """The same person, as another request sees them."""
    return type(user).objects.get(pk=user.pk) if user.pk else AnonymousUser()


def told(user, typed="bétonnière "):
    """Everything that the search says to a person about a word."""
    results = services.search(fresh(user), typed)
    near = services.similar(fresh(user), "Nettoyer la bétonnière")
    shorter = services.suggestion(fresh(user), read_question(f"{typed} introuvable"))
    return [(hit.kind, hit.object_id) for hit in results.hits], results.count, len(near), shorter is not None


NOTHING = ([], 0, 0, False)


def finds(user, typed):
    """Whether a person finds anything by a word: a result, or a number of results."""
    results = services.search(fresh(user), typed)
    assert bool(results.hits) == bool(results.count)
    return bool(results.count)


def test_a_topic_is_found_by_its_title_and_by_its_text():
    topic = TopicFactory(title="Nettoyer la bétonnière", body="Au **karcher** ou à la main ?")
    for typed in ("betonnieres ", "karcher ", "nettoyons "):
        assert told(VISITOR, typed)[0] == [("topic", topic.pk)]


def test_a_reply_leads_to_its_place_in_the_topic():
    topic = TopicFactory(title="Fin de journée")
    post = reply(topic, "On rince la bétonnière avant midi.")
    hit = services.search(fresh(VISITOR), "bétonnières").hits[0]
    assert (hit.kind, hit.url, hit.plain_title) == ("post", post.get_absolute_url(), topic.title)
    assert "<mark>bétonnière</mark>" in hit.passage
    assert hit.place == topic.category.name
    assert hit.replies == 1


def test_what_is_private_is_told_to_its_readers_only(private, insider):
    TopicFactory(category=private, title="Nettoyer la bétonnière", body="bétonnière")
    assert told(VISITOR) == NOTHING
    assert told(UserFactory()) == NOTHING
    assert told(insider)[1:] == (1, 1, True)
    assert told(make_moderator())[1] == 1


def test_who_leaves_the_network_finds_nothing_more(private, insider):
    TopicFactory(category=private, title="Nettoyer la bétonnière")
    NetworkMembership.objects.all().delete()
    assert told(insider) == NOTHING


def test_a_category_for_members_is_not_told_to_visitors():
    TopicFactory(category=CategoryFactory(audience="members"), title="Nettoyer la bétonnière")
    assert told(VISITOR) == NOTHING
    assert told(UserFactory())[1] == 1


def test_moving_a_topic_changes_who_finds_it_at_once(private, insider):
    topic = TopicFactory(title="Nettoyer la bétonnière")
    reply(topic, "bétonnière, encore")
    public = topic.category
    for category, visitor_finds in ((private, 0), (public, 1), (private, 0)):
        topic.category = category
        topic.save(update_fields=["category"])
        signals.topic_changed.send(Topic, topic=topic)
        assert told(VISITOR)[1] == visitor_finds
        assert told(insider)[1] == 1


def test_another_audience_of_a_category_counts_at_once(network, insider):
    topic = TopicFactory(title="Nettoyer la bétonnière")
    category = topic.category
    category.audience, category.network = Category.Audience.NETWORK, network
    category.save()
    signals.audience_changed.send(Category, category=category)
    assert told(VISITOR) == NOTHING


@pytest.fixture
def topic():
    return TopicFactory(title="Nettoyer la bétonnière", body="bétonnière")


def test_a_hidden_topic_is_gone_with_its_replies_and_comes_back(topic):
    reply(topic, "bétonnière à tambour")
    moderator = make_moderator()
    flag_topic(moderator, topic, "hide")
    assert told(VISITOR) == NOTHING
    assert told(moderator) == NOTHING
    assert not SearchEntry.objects.exists()
    flag_topic(moderator, Topic.objects.get(), "show")
    assert SearchEntry.objects.count() == 2
    assert finds(VISITOR, "tambour ")


def test_a_deleted_reply_is_gone_and_comes_back(topic):
    post = reply(topic, "Le tambour tourne à vide")
    delete_post(post)
    assert not finds(VISITOR, "tambour ")
    restore_post(post)
    assert told(VISITOR, "tambour ")[0] == [("post", post.pk)]


def test_a_hidden_reply_is_gone_and_comes_back(topic):
    post = reply(topic, "Le tambour tourne à vide")
    moderator = make_moderator()
    hide_post(moderator, post)
    assert not finds(VISITOR, "tambour ")
    assert not finds(moderator, "tambour ")
    show_post(moderator, Post.objects.get(pk=post.pk))
    assert finds(VISITOR, "tambour ")


def test_a_deleted_opening_leaves_the_title_alone(topic):
    reply(topic, "D'accord")
    opening = topic.posts.get(opening=True)
    edit_post(opening, body="Un tambour")
    assert finds(VISITOR, "tambour ")
    delete_post(Post.objects.get(pk=opening.pk))
    assert not finds(VISITOR, "tambour ")
    assert told(VISITOR)[0] == [("topic", topic.pk)]


def test_a_held_post_is_not_told_before_it_is_let_through(topic, monkeypatch):
    monkeypatch.setattr("forum.spam.must_be_reviewed", lambda author, text: True)
    held = reply(topic, "Le tambour tourne à vide")
    assert not finds(VISITOR, "tambour ")
    assert not SearchEntry.objects.filter(kind="post").exists()
    show_post(make_moderator(), held)
    assert finds(VISITOR, "tambour ")


def test_a_held_topic_is_not_told_before_it_is_let_through(monkeypatch):
    monkeypatch.setattr("forum.spam.must_be_reviewed", lambda author, text: True)
    topic = create_topic(
        UserFactory(),
        category=CategoryFactory(),
        title="Nettoyer la bétonnière",
        body="tambour",
        submission=uuid.uuid4(),
    )
    assert told(VISITOR) == NOTHING
    show_post(make_moderator(), topic.posts.get())
    assert finds(VISITOR, "tambour ")


def test_an_edit_counts_at_once(topic):
    edit_post(topic.posts.get(), body="brouette", title="Ranger la brouette")
    assert told(VISITOR) == NOTHING
    assert told(VISITOR, "brouettes ")[1] == 1


def test_an_accepted_answer_says_so(topic):
    Topic.objects.update(kind=Topic.Kind.QUESTION)
    post = reply(topic, "Le tambour tourne à vide")
    reply(topic, "Le tambour, je ne sais pas")
    moderator = make_moderator()
    accept_answer(moderator, Topic.objects.get(), post)
    hit = services.search(fresh(VISITOR), "tambour").hits[0]
    assert (hit.object_id, hit.solved, hit.label) == (post.pk, True, "réponse retenue")
    assert services.search(fresh(VISITOR), "tambour", facets={"solved": ["1"]}).count == 1
    accept_answer(moderator, Topic.objects.get(), None)
    assert services.search(fresh(VISITOR), "tambour", facets={"solved": ["1"]}).count == 0
    assert not services.search(fresh(VISITOR), "tambour").hits[0].solved


def test_a_territory_is_found_under_its_region():
    department = DepartmentFactory()
    TopicFactory(category=CategoryFactory(territory=department), title="Nettoyer la bétonnière")
    for value, number in (("departement-13", 1), ("region-93", 1), ("departement-75", 0)):
        assert services.search(fresh(VISITOR), "bétonnière", facets={"terr": [value]}).count == number


def test_no_name_is_ever_indexed(django_capture_on_commit_callbacks):
    author = UserFactory(first_name="Zébulon", last_name="Quenouille")
    with django_capture_on_commit_callbacks(execute=True):
        topic = create_topic(
            author, category=CategoryFactory(), title="Un sujet délicat", body="Que faire ?", submission=uuid.uuid4()
        )
        reply(topic, "Une réponse", author, anonymous=True)
    assert told(UserFactory(), "Quenouille ") == NOTHING
    assert told(UserFactory(), "Zébulon ") == NOTHING
    kept = str(list(SearchEntry.objects.values())) + str(list(SearchWord.objects.values()))
    assert "uenouil" not in kept
    assert "bulon" not in kept


def test_posts_that_move_to_another_topic_follow_it(topic, private):
    other = TopicFactory(title="Tout autre chose", category=private)
    post = reply(topic, "Le tambour tourne à vide")
    Post.objects.filter(pk=post.pk).update(topic=other)
    for changed in (topic, other):
        signals.topic_changed.send(Topic, topic=Topic.objects.get(pk=changed.pk))
    assert not finds(VISITOR, "tambour ")
    assert SearchEntry.objects.get(kind="post").group == f"topic:{other.pk}"


def test_a_topic_merged_into_another_is_gone(topic):
    signals.topic_gone.send(Topic, topic=topic)
    assert not SearchEntry.objects.exists()


def test_erased_rows_leave_the_index(topic):
    reply(topic, "tambour")
    topic.last_post = topic.accepted_post = None
    topic.save()
    topic.delete()
    assert not SearchEntry.objects.exists()


def test_reindexing_an_unknown_kind_is_refused():
    with pytest.raises(CommandError, match="rien"):
        call_command("reindex", "rien")


def test_reindexing_finds_what_was_written_without_signals_and_drops_what_is_gone(topic):
    reply(topic, "tambour")
    before = list(SearchEntry.objects.order_by("pk").values("kind", "object_id", "group", "audience", "words", "marks"))
    SearchEntry.objects.filter(kind="post").delete()
    services.index("post", 999_999, title="", text="fantôme", audience="public", at=timezone.now())
    call_command("reindex", verbosity=0)
    rows = SearchEntry.objects.order_by("pk").values("kind", "object_id", "group", "audience", "words", "marks")
    assert list(rows) == before
    call_command("reindex", "--fresh", verbosity=0)
    assert list(rows) == before
