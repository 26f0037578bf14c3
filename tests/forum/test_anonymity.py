"""Who can know who wrote an anonymous message: a moderator who has lifted it there, and nobody else, anywhere."""

import uuid
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

import forum
from forum import moderating, sanctions, services
from forum.journal import entry
from forum.models import CategoryModerator, Member, ModerationAction, Report, Sanction
from forum.undoing import undo
from notifications.models import Notification
from people.models import Membership
from people.services import collect_personal_data
from tests.factories import MembershipFactory, UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_moderator

pytestmark = pytest.mark.django_db
NAME = "Introuvable"

MAY_READ = {
    # The model and its rows.
    "models.py", "anonymity.py", "services.py",
}  # fmt: skip


def text_of(response):
    return unescape(response.content.decode())


@pytest.fixture
def author():
    user = make_member(first_name="Zoé", last_name=NAME)
    Member.objects.filter(user=user).update(trusted_at=timezone.now())
    return user


@pytest.fixture
def post(author):
    topic = TopicFactory()
    return services.add_post(author, topic, body="Comment dire ?", submission=uuid.uuid4(), anonymous=True)


@pytest.fixture
def category_moderator(post):
    user = make_member()
    CategoryModerator.objects.create(category=post.topic.category, user=user)
    return user


def lift(client, post, reason="Menace envers une personne"):
    return client.post(reverse("forum:lift_anonymity", args=[post.pk]), {"reason": reason}, follow=True)


def test_nothing_else_in_the_site_reads_who_wrote_an_anonymous_message():
    """The table is named in three modules: its own, the one that answers, and the one that counts what one writes."""
    root = Path(forum.__file__).parents[1]
    readers = {
        path.relative_to(root).as_posix()
        for folder in (root, root.parent / "courses")
        for path in folder.rglob("*.py")
        if "migrations" not in path.parts and "AnonymousAuthorship" in path.read_text()
        if path.is_relative_to(root)
    }
    assert {name for name in readers if name.startswith("forum/")} <= {f"forum/{name}" for name in MAY_READ}
    assert {name for name in readers if not name.startswith("forum/")} <= {"eti/bench/forum.py"}


def test_the_moderator_of_the_category_lifts_it_with_a_reason_logged_and_told(
    client, post, author, category_moderator, django_capture_on_commit_callbacks
):
    client.force_login(category_moderator)
    url = reverse("forum:lift_anonymity", args=[post.pk])
    page = text_of(client.get(url))
    assert NAME not in page
    assert "demandé à ne pas être connue" in page
    assert lift(client, post, reason="  ").status_code == 400
    with django_capture_on_commit_callbacks(execute=True):
        assert NAME in text_of(lift(client, post))
        lift(client, post)
    action = ModerationAction.objects.get()
    assert (action.moderator, action.member, action.reason) == (
        category_moderator,
        author,
        "Menace envers une personne",
    )
    assert Notification.objects.get(user=author, kind="forum.moderation").target_id == action.pk


def test_the_message_does_not_change_for_its_readers(client, post, category_moderator):
    client.force_login(category_moderator)
    lift(client, post)
    page = text_of(client.get(post.topic.get_absolute_url()))
    assert NAME not in page
    assert "Anonyme du réseau" in page


@pytest.mark.parametrize("who", ["member", "editor", "moderator of another category", "visitor"])
def test_who_does_not_moderate_there_lifts_nothing(client, post, who):
    match who:
        case "member":
            client.force_login(make_member())
        case "editor":
            client.force_login(MembershipFactory(role=Membership.Role.EDITOR).user)
        case "moderator of another category":
            other = make_member()
            CategoryModerator.objects.create(category=CategoryFactory(), user=other)
            client.force_login(other)
    answer = client.post(reverse("forum:lift_anonymity", args=[post.pk]), {"reason": "Curiosité"})
    assert answer.status_code in {302, 403}
    assert NAME not in text_of(answer)
    assert not ModerationAction.objects.exists()


def test_a_signed_message_has_nothing_to_lift(client):
    signed = TopicFactory().posts.get()
    client.force_login(make_moderator())
    assert client.get(reverse("forum:lift_anonymity", args=[signed.pk])).status_code == 404


def test_only_who_lifted_it_reads_the_name_in_the_log(client, post, category_moderator, author):
    client.force_login(category_moderator)
    lift(client, post)
    assert NAME in text_of(client.get(reverse("forum:log")))
    for other in (make_moderator(), UserFactory(is_superuser=True)):
        client.force_login(other)
        assert NAME not in text_of(client.get(reverse("forum:log")))
        assert entry(ModerationAction.objects.get(), other).member == ""


def test_moderating_says_nothing_of_the_author(client, post, author):
    """Warnings, reports, decisions: no page of a moderator tells, by a name, a number or a history."""
    moderator = make_moderator()
    Report.objects.create(post=post, reporter=UserFactory(), reason="danger")
    moderating.decide(moderator, post, "hide", seen=0, sanction="warn", reason="Blessant")
    # Of the warning nothing is kept with the person: their other messages would tell it.
    assert not Sanction.objects.exists()
    named = services.add_post(author, post.topic, body="Autre chose", submission=uuid.uuid4())
    client.force_login(moderator)
    assert "Aucune sanction" in text_of(client.get(reverse("forum:moderate_post", args=[named.pk])))
    for url in (
        reverse("forum:queue"),
        reverse("forum:queue") + "?onglet=signales",
        reverse("forum:log"),
        reverse("forum:moderate_post", args=[post.pk]),
    ):
        assert NAME not in text_of(client.get(url)), url
    assert ModerationAction.objects.get(kind="warn").member is None


def test_the_author_is_told_of_a_warning_all_the_same(post, author, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        moderating.decide(make_moderator(), post, "keep", seen=0, sanction="warn", reason="Blessant")
    assert Notification.objects.get(kind="forum.moderation").user == author


def test_suspending_an_anonymous_author_needs_the_name_first(client, post, author, category_moderator):
    with pytest.raises(services.NotAllowedError):
        moderating.decide(category_moderator, post, "keep", seen=0, sanction="7", reason="Menace")
    client.force_login(category_moderator)
    form = client.get(reverse("forum:moderate_post", args=[post.pk])).context["item"]["form"]
    assert [key for key, _label in form.fields["sanction"].choices] == ["", "warn"]
    lift(client, post)
    seen = ModerationAction.objects.latest("pk").pk
    moderating.decide(category_moderator, post, "keep", seen=seen, sanction="7", reason="Menace")
    with pytest.raises(sanctions.SuspendedError):
        services.require_not_suspended(author)
    # In the log of the others, the suspension names nobody, and the sanction does not lead to the message.
    assert ModerationAction.objects.get(kind="suspend").member is None
    assert Sanction.objects.get().post is None
    client.force_login(make_moderator())
    assert NAME not in text_of(client.get(reverse("forum:log")))
    undo(category_moderator, ModerationAction.objects.get(kind="suspend"))
    services.require_not_suspended(author)


def test_nobody_else_s_copy_of_their_data_tells(client, post, author, category_moderator):
    client.force_login(category_moderator)
    lift(client, post)
    for person in (category_moderator, make_moderator(), UserFactory(is_superuser=True)):
        assert NAME not in str(collect_personal_data(person)["forum"])


def test_the_author_finds_the_message_in_their_own_copy(post, author):
    (written,) = collect_personal_data(author)["forum"]["messages"]
    assert (written["message"], written["anonyme"]) == ("Comment dire ?", True)


def test_a_closed_account_leaves_nobody_to_name(client, post, author, category_moderator):
    author.delete()
    client.force_login(category_moderator)
    assert lift(client, post).status_code == 200
    assert not ModerationAction.objects.exists()
