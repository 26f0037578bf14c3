"""Writing under «Anonyme du réseau», being warned of names, the charter: the forms and what they leave behind."""

import json
import re
from itertools import chain

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from forum import attachments
from forum.models import AnonymousAuthorship, Attachment, Draft, Follow, Member, Post, Topic
from pages.models import StandardPage
from tests.courses.factories import make_home
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_moderator
from .test_attachments import image_file, pdf
from .test_drafts import NEW, reply_data, reply_url

pytestmark = pytest.mark.django_db

NAME = "Zénobie Introuvable"


@pytest.fixture
def user():
    return make_member(first_name="Zénobie", last_name="Introuvable", email="zenobie@exemple.fr")


def topic_data(category, **changed):
    return reply_data(title="Une question délicate", category=category.slug, kind="question", anonymous="on") | changed


# -- Without a name ------------------------------------------------------------------------------------------------


def test_a_topic_and_its_reply_carry_no_name(client, member, user):
    category = CategoryFactory()
    member.post(NEW, topic_data(category, uploads=[image_file("zenobie.jpg")], tags="délicat"))
    topic = Topic.objects.get()
    member.post(reply_url(topic), reply_data(anonymous="on"))
    assert list(topic.posts.values_list("author", "anonymous")) == [(None, True), (None, True)]
    for who in (None, UserFactory(), make_moderator()):
        client.logout()
        if who:
            client.force_login(who)
        html = client.get(topic.get_absolute_url()).content.decode()
        assert "Anonyme du réseau" in html
        assert not any(word in html for word in ("Zénobie", "Introuvable", "zenobie", "(vous)"))


def test_quoting_an_anonymous_message_says_anonyme(client, member, user):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(anonymous="on"))
    post = topic.posts.last()
    for who in (user, UserFactory()):
        client.force_login(who)
        html = client.get(topic.get_absolute_url(), {"citer": post.pk}).content.decode()
        assert "&gt; **Anonyme du réseau** a écrit :" in html


def test_no_row_outside_the_authors_own_ties_the_message_to_them(member, user):
    """Every table is looked at: a row that names both the message (or its topic) and the person would tell."""
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(anonymous="on", uploads=[image_file(), SimpleUploadedFile("z.txt", b"a")]))
    post = topic.posts.last()
    names_the_person = set()
    for model in apps.get_models():
        fields = [f for f in model._meta.concrete_fields if f.is_relation]
        persons = [f for f in fields if f.related_model is type(user)]
        posts = [f for f in fields if f.related_model in (Post, Topic)]
        for person, about in ((p, a) for p in persons for a in posts):
            target = post.pk if about.related_model is Post else topic.pk
            if model._default_manager.filter(**{person.name: user, about.name: target}).exists():
                names_the_person.add(model)
    # Following and having read are one's own lists, shown to nobody else; most followers wrote nothing.
    assert names_the_person <= {AnonymousAuthorship, Follow, apps.get_model("forum.TopicRead")}
    assert not Draft.objects.exists()
    assert set(Attachment.objects.values_list("uploader", flat=True)) == {None}
    names = chain.from_iterable(Attachment.objects.values_list("name", "file"))
    assert not any("z.txt" in name or str(user.pk) == name for name in names)


def test_documents_lose_their_name_and_those_that_name_their_author_are_refused(member, user):
    topic = TopicFactory()
    data = reply_data(anonymous="on", uploads=[pdf("CV Zénobie.pdf"), SimpleUploadedFile("Zénobie.csv", b"a;b")])
    answer = member.post(reply_url(topic), data)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "garde souvent le nom" in html
    assert topic.posts.count() == 1
    files = [str(pk) for pk in Attachment.objects.values_list("pk", flat=True)]
    refused = Attachment.objects.get(content_type="application/pdf")
    member.post(reply_url(topic), reply_data(anonymous="on", files=files, remove=[str(refused.pk)]))
    assert [f.name for f in topic.posts.last().attachments.all()] == ["document-1.csv"]


def test_a_document_that_slips_through_is_not_attached(user):
    from forum.services import add_post

    file = attachments.receive(user, pdf())
    post = add_post(user, TopicFactory(), body="x", submission=file.pk, anonymous=True, attached=[file.pk])
    assert not post.attachments.exists()


def test_a_change_keeps_the_message_without_a_name_and_its_documents_out(member, user):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(anonymous="on"))
    url = reverse("forum:edit_post", args=[topic.posts.last().pk])
    assert "Ma réponse</textarea>" in member.get(url).content.decode()
    assert member.post(url, {"body": "Mieux dit", "uploads": [pdf()]}).status_code == 400
    assert member.post(url, {"body": "Mieux dit"}).status_code == 302
    post = topic.posts.last()
    assert (post.body, post.author) == ("Mieux dit", None)


def test_the_choice_is_kept_by_the_preview(member):
    topic = TopicFactory()
    html = member.post(reply_url(topic), reply_data(anonymous="on", action="preview")).content.decode()
    assert re.search(r'<input[^>]* name="anonymous"[^>]* checked', html)


def test_ones_own_messages_show_those_without_a_name_to_oneself_alone(client, member, user):
    topic = TopicFactory()
    member.post(reply_url(topic), reply_data(body="Sous mon nom"))
    member.post(reply_url(topic), reply_data(body="Sans mon nom", anonymous="on"))
    html = member.get(reverse("forum:my_posts")).content.decode()
    assert html.index("Sans mon nom") < html.index("Sous mon nom")
    client.force_login(UserFactory())
    assert "Sans mon nom" not in client.get(reverse("forum:my_posts")).content.decode()


# -- The gentle check ----------------------------------------------------------------------------------------------

NAMING = "Hier M. Dupont (06 12 34 56 78) est parti."


def confirmation(html):
    return html.split('name="confirmed" value="')[1].split('"')[0]


def test_a_message_that_names_someone_comes_back_once_with_its_passages(member):
    topic = TopicFactory()
    answer = member.post(reply_url(topic), reply_data(body=NAMING))
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "<mark>M. Dupont</mark>" in html
    assert "<mark>06 12 34 56 78</mark>" in html
    assert f"{NAMING}</textarea>" in html
    assert topic.posts.count() == 1
    again = reply_data(body=NAMING, action="publish_anyway", confirmed=confirmation(html))
    assert member.post(reply_url(topic), again).status_code == 302


def test_a_text_changed_after_the_warning_is_checked_again(member):
    topic = TopicFactory()
    digest = confirmation(member.post(reply_url(topic), reply_data(body=NAMING)).content.decode())
    changed = reply_data(body=f"{NAMING} Et Mme Martin.", action="publish_anyway", confirmed=digest)
    answer = member.post(reply_url(topic), changed)
    assert answer.status_code == 400
    assert "<mark>Mme Martin</mark>" in answer.content.decode()
    changed["confirmed"] = confirmation(answer.content.decode())
    assert member.post(reply_url(topic), changed).status_code == 302


def test_a_text_without_names_is_published_at_once_and_a_forged_confirmation_is_none(member):
    topic = TopicFactory()
    assert member.post(reply_url(topic), reply_data(body="Un collègue est parti")).status_code == 302
    forged = reply_data(body=NAMING, action="publish_anyway", confirmed="x")
    assert member.post(reply_url(topic), forged).status_code == 400


def test_the_title_and_each_text_are_checked_and_told_apart(member):
    data = topic_data(
        CategoryFactory(),
        title="Que faire avec M. Dupont",
        kind="practice",
        body="",
        situation="Une salariée, née le 12/03/1985",
        ask="Rien",
    )
    html = member.post(NEW, data).content.decode()
    assert "<mark>M. Dupont</mark>" in html
    assert 'data-compose-show="id_title"' in html
    assert "<mark>née le 12/03/1985</mark>" in html
    assert 'data-compose-show="id_situation"' in html


def test_places_are_counted_as_the_browser_does(member):
    html = member.post(reply_url(TopicFactory()), reply_data(body="🦺\r\nM. Dupont")).content.decode()
    assert 'data-start="3" data-end="12"' in html


def test_changes_are_checked_too(member, user):
    post = TopicFactory(author=user, body="Avant").posts.get()
    url = reverse("forum:edit_post", args=[post.pk])
    data = {"body": NAMING, "title": "Un titre clair", "action": "publish"}
    html = member.post(url, data).content.decode()
    assert "<mark>M. Dupont</mark>" in html
    data |= {"action": "publish_anyway", "confirmed": confirmation(html)}
    assert member.post(url, data).status_code == 302


# -- The charter ---------------------------------------------------------------------------------------------------


def test_the_first_message_asks_to_accept_the_charter(client):
    newcomer, topic = UserFactory(), TopicFactory()
    client.force_login(newcomer)
    assert 'name="charter"' in client.get(topic.get_absolute_url()).content.decode()
    answer = client.post(reply_url(topic), reply_data(body="Bonjour"))
    assert answer.status_code == 400
    assert "acceptez la charte" in answer.content.decode()
    assert "Bonjour</textarea>" in answer.content.decode()
    assert client.post(reply_url(topic), reply_data(body="Bonjour", charter="on")).status_code == 302
    assert Member.objects.get(user=newcomer).charter_accepted_at <= timezone.now()
    assert 'name="charter"' not in client.get(topic.get_absolute_url()).content.decode()


def test_a_refused_message_accepts_nothing(client, monkeypatch):
    from forum import services

    newcomer, topic = UserFactory(), TopicFactory()
    client.force_login(newcomer)

    def refuse(*args, **kwargs):
        raise services.TooManyPostsError

    monkeypatch.setattr(services, "add_post", refuse)
    assert client.post(reply_url(topic), reply_data(charter="on")).status_code == 429
    assert not Member.objects.filter(user=newcomer, charter_accepted_at__isnull=False).exists()


def test_the_charter_is_read_in_its_place_or_on_its_page(client):
    url = reverse("forum:charter")
    assert client.get(url)["Location"] == "/charte-du-forum/"
    assert client.get(url, headers={"HX-Request": "true"})["Location"] == "/charte-du-forum/"
    page = StandardPage(title="Charte", slug="charte-du-forum", body=[("markdown", "On se parle.")])
    make_home().add_child(instance=page)
    answer = client.get(url, headers={"HX-Request": "true"})
    assert "On se parle." in answer.content.decode()


# -- Kinds ---------------------------------------------------------------------------------------------------------


def test_an_analysis_is_made_of_its_three_texts_and_comes_back_to_them(member, user):
    data = topic_data(
        CategoryFactory(), kind="practice", body="", situation="Le lundi", tried="Un binôme", ask="Et vous ?"
    )
    html = member.post(NEW, data | {"action": "preview"}).content.decode()
    assert "Le lundi</textarea>" in html
    assert "La situation</h4>" in html
    member.post(NEW, data)
    topic = Topic.objects.get()
    assert topic.kind == "practice"
    post = topic.posts.get()
    url = reverse("forum:edit_post", args=[post.pk])
    html = member.get(url).content.decode()
    assert "Un binôme</textarea>" in html
    assert 'name="body"' not in html
    member.post(url, {"title": topic.title, "situation": "Le mardi", "tried": "Un binôme", "ask": "Et vous ?"})
    post.refresh_from_db()
    assert post.body.startswith("## La situation\n\nLe mardi\n\n## Ce que j'ai tenté")


def test_an_empty_analysis_is_refused_where_it_is_shown(member):
    data = topic_data(CategoryFactory(), kind="practice", body="", situation=" ", tried="", ask="")
    answer = member.post(NEW, data)
    assert answer.status_code == 400
    assert "id_situation_error" in answer.content.decode()


def test_announcements_are_for_who_moderates_the_category(client, member):
    category = CategoryFactory()
    assert 'value="announcement"' not in member.get(NEW).content.decode()
    assert member.post(NEW, topic_data(category, kind="announcement")).status_code == 400
    client.force_login(make_moderator())
    assert 'value="announcement"' in client.get(NEW).content.decode()
    assert client.post(NEW, topic_data(category, kind="announcement", anonymous="")).status_code == 302


def test_tags_are_five_at_most_and_kept_when_a_change_does_not_show_them(member, user):
    category = CategoryFactory()
    answer = member.post(NEW, topic_data(category, tags="a, b, c, d, e, f"))
    assert answer.status_code == 400
    assert "Cinq étiquettes au plus" in answer.content.decode()
    member.post(NEW, topic_data(category, tags="Sécurité,  espaces   verts , securite,,#"))
    topic = Topic.objects.get()
    assert {tag.name for tag in topic.tags.all()} == {"securite", "espaces verts"}
    url = reverse("forum:edit_post", args=[topic.posts.get().pk])
    member.post(url, {"title": "Un autre titre", "body": "x"})
    assert topic.tags.count() == 2
    member.post(url, {"title": "Un autre titre", "body": "x", "tags": ""})
    assert topic.tags.count() == 0


def test_ones_own_territory_comes_first_then_what_one_may_open(member, user):
    from tests.factories import DepartmentFactory, ProfileFactory

    department = DepartmentFactory()
    ProfileFactory(user=user, department=department)
    region = CategoryFactory(name="La région", territory=department.parent)
    mine = CategoryFactory(name="Le département", territory=department)
    theme = CategoryFactory(name="Un thème")
    CategoryFactory(name="Les annonces", posting="moderators")
    html = member.get(NEW).content.decode()
    select = html.split('name="category"')[1].split("</select>")[0]
    places = [select.index(text) for text in ("Mon territoire", mine.name, region.name, "Thèmes", theme.name)]
    assert places == sorted(places)
    assert "Les annonces" not in select


def test_a_new_topic_costs_the_same_with_many_categories(member, django_assert_num_queries):
    for _ in range(30):
        CategoryFactory()
    with django_assert_num_queries(7):
        member.get(NEW)


def test_nothing_of_a_form_is_left_in_the_session(member, user):
    member.post(reply_url(TopicFactory()), reply_data(anonymous="on", body="Un texte unique"))
    assert "Un texte unique" not in json.dumps({k: str(v) for k, v in member.session.items()})
