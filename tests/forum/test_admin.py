"""The forum in Wagtail's admin: who keeps categories, topics and tags, and what follows their changes."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from forum import services, signals
from forum.counting import recount
from forum.models import Category, Follow, ForumSettings, ModerationAction, Tag, Topic
from forum.services import MODERATOR_GROUP
from people.models import Membership
from tests.factories import FederationFactory, MembershipFactory, UserFactory

from .factories import CategoryFactory, TopicFactory

pytestmark = pytest.mark.django_db

TOPICS, TAGS, CATEGORIES = (f"wagtailsnippets_forum_{name}" for name in ("topic", "tag", "category"))


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


@pytest.fixture
def site_moderator(client):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=MODERATOR_GROUP))
    client.force_login(user)
    return client


@pytest.fixture
def federation():
    return FederationFactory()


@pytest.fixture
def editor(client, federation):
    client.force_login(MembershipFactory(federation=federation).user)
    return client


def values(category, **changed):
    """What the form of an administrator sends for a category."""
    return {
        "name": category.name,
        "slug": category.slug,
        "description": category.description,
        "position": category.position,
        "territory": category.territory_id or "",
        "audience": category.audience,
        "federation": category.federation_id or "",
        "network": category.network_id or "",
        "posting": category.posting,
        "moderator_emails": "",
    } | changed


def edit(client, category, **changed):
    return client.post(reverse(f"{CATEGORIES}:edit", args=[category.pk]), values(category, **changed))


# -- Topics and tags -----------------------------------------------------------------------------------------------


def test_the_list_of_topics_says_their_state_in_words(admin):
    TopicFactory(pinned=True, locked=True)
    TopicFactory()
    text = admin.get("/admin/snippets/forum/topic/").text
    assert "épinglé, fermé" in text
    assert "Auteur" in text
    assert "False" not in text


def test_the_admin_never_names_an_anonymous_author(admin):
    author = UserFactory(last_name="Introuvable")
    topic = services.open_topic(
        category=CategoryFactory(), author=author, title="Sujet délicat", body="Voilà", anonymous=True
    )
    for url in (
        reverse(f"{TOPICS}:list"),
        reverse(f"{TOPICS}:edit", args=[topic.pk]),
        reverse(f"{TOPICS}:history", args=[topic.pk]),
        reverse(f"{TOPICS}:usage", args=[topic.pk]),
    ):
        assert "Introuvable" not in admin.get(url, follow=True).text, url


def test_what_is_changed_of_a_topic_is_counted_and_logged(site_moderator):
    topic, other = TopicFactory(), CategoryFactory()
    data = {"title": "Un titre corrigé", "category": other.pk, "locked": "on", "hidden": "on"}
    assert site_moderator.post(reverse(f"{TOPICS}:edit", args=[topic.pk]), data).status_code == 302
    topic.refresh_from_db()
    assert (topic.title, topic.category, topic.locked, topic.hidden) == ("Un titre corrigé", other, True, True)
    kinds = set(ModerationAction.objects.values_list("kind", flat=True))
    assert kinds == {"retitle", "move", "lock", "hide_topic"}
    assert list(recount()) == []


@pytest.mark.parametrize("viewset", [TOPICS, TAGS])
def test_nobody_deletes_a_topic_or_a_tag_there(admin, viewset):
    topic = TopicFactory()
    services.write_tags(topic, ["outils"])
    pk = topic.pk if viewset == TOPICS else Tag.objects.get().pk
    assert admin.post(reverse(f"{viewset}:delete", args=[pk])).status_code == 302
    assert Topic.objects.exists()
    assert Tag.objects.exists()


def test_a_tag_is_renamed(site_moderator):
    services.write_tags(TopicFactory(), ["sécurité"])
    tag = Tag.objects.get()
    site_moderator.post(reverse(f"{TAGS}:edit", args=[tag.pk]), {"name": "Sécurité au travail"})
    tag.refresh_from_db()
    assert (tag.name, tag.slug) == ("Sécurité au travail", "securite-au-travail")


def test_two_tags_become_one_when_it_is_asked_for(site_moderator):
    one, both = TopicFactory(), TopicFactory()
    services.write_tags(one, ["EPI"])
    services.write_tags(both, ["EPI", "équipements"])
    list(recount())
    follower = UserFactory()
    kept, gone = Tag.objects.get(slug="equipements"), Tag.objects.get(slug="epi")
    Follow.objects.create(user=follower, tag=gone)
    url = reverse(f"{TAGS}:edit", args=[kept.pk])
    assert "cochez pour les réunir" in site_moderator.post(url, {"name": "EPI"}).text
    assert Tag.objects.count() == 2
    assert site_moderator.post(url, {"name": "EPI", "merge": "on"}).status_code == 302
    kept.refresh_from_db()
    assert (kept.slug, kept.topic_count, set(kept.topics.all())) == ("epi", 2, {one, both})
    assert Follow.objects.get(user=follower).tag == kept
    assert list(recount()) == []


def test_a_tag_without_a_letter_is_refused(site_moderator):
    services.write_tags(TopicFactory(), ["outils"])
    url = reverse(f"{TAGS}:edit", args=[Tag.objects.get().pk])
    assert "au moins une lettre" in site_moderator.post(url, {"name": "!!!"}).text


def test_a_member_reaches_none_of_it(member):
    for viewset in (TOPICS, TAGS, CATEGORIES):
        assert member.get(reverse(f"{viewset}:list")).status_code == 302


# -- Categories ----------------------------------------------------------------------------------------------------


def test_an_administrator_makes_a_private_category_and_names_its_moderators(admin, federation):
    person = UserFactory()
    data = values(
        Category(name="Équipe", slug="equipe", audience="federation", federation=federation),
        moderator_emails=f" {person.email.upper()} \n",
    )
    assert admin.post(reverse(f"{CATEGORIES}:add"), data).status_code == 302
    category = Category.objects.get(slug="equipe")
    assert (category.federation, list(category.moderators.all())) == (federation, [person])
    edit(admin, category)
    assert not category.moderators.exists()


def test_an_unknown_address_is_said(admin):
    assert "Aucun compte" in edit(admin, CategoryFactory(), moderator_emails="personne@exemple.fr").text


def test_a_private_category_without_a_federation_is_refused_in_words(admin):
    answer = edit(admin, CategoryFactory(), audience="federation")
    assert "Choisissez une fédération" in answer.text


def test_changing_who_reads_counts_tags_again_tells_the_search_and_warns(admin):
    topic = TopicFactory()
    services.write_tags(topic, ["outils"])
    list(recount())
    told = []

    def note(category, **kwargs):
        told.append(category.pk)

    signals.audience_changed.connect(note)
    try:
        answer = admin.post(
            reverse(f"{CATEGORIES}:edit", args=[topic.category_id]),
            values(topic.category, audience="members"),
            follow=True,
        )
    finally:
        signals.audience_changed.disconnect(note)
    assert told == [topic.category_id]
    assert "se lit maintenant ainsi" in answer.text
    assert Tag.objects.get().topic_count == 0
    assert list(recount()) == []


def test_opening_a_category_where_people_have_written_is_confirmed_first(admin):
    topic = TopicFactory(category=CategoryFactory(audience="members"))
    category = topic.category
    assert "pour d&#x27;autres lecteurs" in edit(admin, category, audience="public").text
    category.refresh_from_db()
    assert category.audience == "members"
    assert edit(admin, category, audience="public", confirmed="on").status_code == 302
    category.refresh_from_db()
    assert category.audience == "public"


def test_an_empty_category_is_opened_without_a_question(admin):
    assert edit(admin, CategoryFactory(audience="members"), audience="public").status_code == 302


def test_an_editor_keeps_the_categories_of_their_federation_and_names_moderators_of_its_team(editor, federation):
    colleague = MembershipFactory(federation=federation, role=Membership.Role.AUTHOR).user
    data = {
        "name": "Notre équipe",
        "slug": "notre-equipe",
        "description": "",
        "federation": federation.pk,
        "posting": "readers",
        "team_moderators": [colleague.pk],
        # What their form does not offer changes nothing.
        "audience": "public",
        "moderator_emails": UserFactory().email,
    }
    assert editor.post(reverse(f"{CATEGORIES}:add"), data).status_code == 302
    category = Category.objects.get(slug="notre-equipe")
    assert (category.audience, category.federation) == ("federation", federation)
    assert list(category.moderators.all()) == [colleague]
    stranger = UserFactory()
    answer = editor.post(
        reverse(f"{CATEGORIES}:edit", args=[category.pk]), data | {"team_moderators": [stranger.pk], "name": "Autre"}
    )
    assert answer.status_code == 200
    assert list(category.moderators.all()) == [colleague]


def test_an_editor_sees_no_other_category(editor):
    public = CategoryFactory(name="Publique")
    other = CategoryFactory(name="Ailleurs", audience="federation", federation=FederationFactory())
    text = editor.get(reverse(f"{CATEGORIES}:list")).text
    for category in (public, other):
        assert category.name not in text
        for view in ("edit", "delete", "history", "usage"):
            assert editor.get(reverse(f"{CATEGORIES}:{view}", args=[category.pk])).status_code == 404
    assert edit(editor, public, name="Prise").status_code == 404


def test_an_author_of_a_federation_keeps_no_category(client, federation):
    client.force_login(MembershipFactory(federation=federation, role=Membership.Role.AUTHOR).user)
    category = CategoryFactory(audience="federation", federation=federation)
    assert client.get(reverse(f"{CATEGORIES}:edit", args=[category.pk])).status_code == 404


def test_the_settings_of_the_forum_are_the_administrators(admin):
    url = reverse("wagtailsettings:edit", args=["forum", "forumsettings", ForumSettings.load().pk])
    answer = admin.post(url, {"trusted_after": 5, "first_day_posts": 2, "hold_first_posts": "on", "charter_page": ""})
    assert answer.status_code == 302
    assert ForumSettings.load().hold_first_posts
