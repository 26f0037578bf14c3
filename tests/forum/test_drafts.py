"""Drafts, and texts that outlive a session: nothing typed is lost."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum import drafts, services, tidying
from forum.models import Category, Draft, Post, Topic
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_member, make_posts

pytestmark = pytest.mark.django_db

DRAFTS = reverse("forum:drafts")
NEW = reverse("forum:new_topic")


def save(client, place, base="", **data):
    return client.post(DRAFTS, {"place": place, "base": base, **data})


def reply_url(topic):
    return reverse("forum:reply", args=[topic.pk])


def reply_data(**changed):
    return {"body": "Ma réponse", "submission": str(uuid.uuid4()), "action": "publish"} | changed


# -- Saving --------------------------------------------------------------------------------------------------------


def test_what_one_types_is_kept_one_row_a_place(member, user):
    first = save(member, "reply:12", body="Un dé")
    second = save(member, "reply:12", base=first.json()["version"], body="Un début", anonymous="on")
    save(member, "topic", title="Un titre")
    assert second.status_code == 200
    assert {d.place: d.data for d in Draft.objects.filter(user=user)} == {
        "reply:12": {"body": "Un début", "anonymous": "on"},
        "topic": {"title": "Un titre"},
    }


def test_an_older_tab_does_not_overwrite_a_newer_one_unless_told_to(member):
    first = save(member, "topic", body="a").json()["version"]
    second = save(member, "topic", base=first, body="ab").json()["version"]
    refused = save(member, "topic", base=first, body="ax")
    assert refused.status_code == 409
    assert refused.json()["version"] == second
    assert Draft.objects.get().data == {"body": "ab"}
    assert save(member, "topic", base=first, body="ax", force="1").status_code == 200
    assert Draft.objects.get().data == {"body": "ax"}


def test_a_tab_left_open_does_not_bring_back_what_was_published(member, user):
    topic = TopicFactory()
    version = save(member, f"reply:{topic.pk}", body="Ma réponse").json()["version"]
    member.post(reply_url(topic), reply_data())
    assert not Draft.objects.exists()
    assert save(member, f"reply:{topic.pk}", base=version, body="Ma réponse").status_code == 409
    assert not Draft.objects.exists()


def test_the_same_text_again_is_the_same_version(member):
    first = save(member, "topic", body="a").json()["version"]
    assert save(member, "topic", base=first, body="a").json()["version"] == first


def test_an_emptied_text_leaves_no_draft(member):
    version = save(member, "topic", body="a").json()["version"]
    assert save(member, "topic", base=version, body="  ").json()["version"] == ""
    assert not Draft.objects.exists()


@pytest.mark.parametrize("place", ["", "reply:", "reply:x", "topic:0", "autre:3", "reply:1" + "0" * 30])
def test_a_place_that_is_none_is_refused(member, place):
    assert save(member, place, body="a").status_code == 400


def test_a_visitor_is_told_that_they_are_signed_out(client):
    assert save(client, "topic", body="a").status_code == 403
    assert not Draft.objects.exists()


def test_a_draft_is_bounded(member):
    save(member, "topic", body="x" * 50_000, title="t" * 5000, autre="rien", files=["a" * 90] * 50)
    data = Draft.objects.get().data
    assert (len(data["body"]), len(data["title"]), len(data["files"])) == (20_000, 300, 12)
    assert "autre" not in data


def test_the_oldest_drafts_give_way(user):
    for number in range(1, drafts.AT_MOST + 3):
        drafts.save(user, f"reply:{number}", {"body": "a"})
    assert Draft.objects.filter(user=user).count() == drafts.AT_MOST
    assert not Draft.objects.filter(place="reply:1").exists()


def test_drafts_nobody_touches_for_ninety_days_are_forgotten(user):
    drafts.save(user, "topic", {"body": "vieux"})
    Draft.objects.update(updated_at=timezone.now() - timedelta(days=91))
    drafts.save(user, "reply:3", {"body": "jeune"})
    tidying.tidy_forum()
    assert [d.place for d in Draft.objects.all()] == ["reply:3"]


# -- Coming back ---------------------------------------------------------------------------------------------------


def test_a_reply_comes_back_where_it_was_left(member, user):
    # Not the first rows: the draft and the topic have ids of their own.
    drafts.save(user, "topic", {"body": "Autre chose"})
    other, topic, last = TopicFactory(), TopicFactory(), TopicFactory()
    drafts.save(user, f"reply:{topic.pk}", {"body": "Un début", "anonymous": "on"})
    html = member.get(topic.get_absolute_url()).content.decode()
    assert "Nous avons retrouvé votre brouillon du" in html
    assert "Un début</textarea>" in html
    for elsewhere in (other, last):
        assert "votre brouillon du" not in member.get(elsewhere.get_absolute_url()).content.decode()
    assert re.search(r'<input[^>]* name="anonymous"[^>]* checked', html)


def test_a_new_topic_comes_back_whole_and_apart_from_the_one_about_a_page(member, user):
    category = CategoryFactory()
    content = {"title": "Un titre", "category": category.slug, "kind": "discussion", "body": "Un début", "tags": "a, b"}
    drafts.save(user, "topic", content)
    html = member.get(NEW).content.decode()
    assert 'value="Un titre"' in html
    assert f'value="{category.slug}" selected' in html
    assert 'value="a, b"' in html
    assert "Un début</textarea>" in html


def test_a_quotation_is_added_to_a_draft_once(member, user):
    topic = TopicFactory(body="À citer")
    drafts.save(user, f"reply:{topic.pk}", {"body": "Un début"})
    html = member.get(topic.get_absolute_url(), {"citer": topic.posts.get().pk}).content.decode()
    assert "Un début\n\n&gt; **" in html
    quoted = html.split("Un début")[1].split("</textarea>")[0].replace("&gt;", ">")
    drafts.save(user, f"reply:{topic.pk}", {"body": f"Un début{quoted}"})
    html = member.get(topic.get_absolute_url(), {"citer": topic.posts.get().pk}).content.decode()
    assert html.count("À citer</textarea>") + html.count("&gt; À citer") == 1


def test_a_draft_is_nobody_elses(member):
    topic = TopicFactory()
    drafts.save(UserFactory(), f"reply:{topic.pk}", {"body": "Secret"})
    assert "Secret" not in member.get(topic.get_absolute_url()).content.decode()
    assert "Secret" not in member.get(DRAFTS).content.decode()


def test_a_draft_is_erased_on_demand(member, user):
    drafts.save(user, "topic", {"body": "a"})
    answer = member.post(reverse("forum:discard_draft"), {"place": "topic", "retour": f"{NEW}?a=b#ecrire"})
    assert answer["Location"] == f"{NEW}?a=b#ecrire"
    assert not Draft.objects.exists()
    answer = member.post(reverse("forum:discard_draft"), {"place": "topic", "retour": "https://ailleurs.example/"})
    assert answer["Location"] == DRAFTS


def test_the_draft_goes_with_the_publication_or_stays_with_it(member, user, monkeypatch):
    topic = TopicFactory()
    drafts.save(user, f"reply:{topic.pk}", {"body": "Ma réponse"})

    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("forum.publishing.drafts.forget", fail)
    with pytest.raises(RuntimeError):
        member.post(reply_url(topic), reply_data())
    assert topic.posts.count() == 1
    assert Draft.objects.exists()


def test_the_list_of_drafts_leads_back_and_costs_the_same_with_many(member, user, django_assert_num_queries):
    topic, post = TopicFactory(title="Un sujet à moi"), make_posts(TopicFactory(), 1, user)[0]
    drafts.save(user, f"reply:{topic.pk}", {"body": "Une réponse"})
    drafts.save(user, f"edit:{post.pk}", {"body": "Un changement"})
    drafts.save(user, "topic:3", {"title": "Un titre", "situation": "Le lundi"})
    html = member.get(DRAFTS).content.decode()
    assert f'href="{topic.get_absolute_url()}#repondre"' in html
    assert f'href="{reverse("forum:edit_post", args=[post.pk])}"' in html
    assert f'href="{NEW}?lecon=3"' in html
    assert "Réponse : Un sujet à moi" in html.replace("\xa0", " ")
    for _ in range(5):
        drafts.save(user, f"reply:{TopicFactory().pk}", {"body": "a"})
    with django_assert_num_queries(5):
        member.get(DRAFTS)


def test_a_draft_for_a_place_one_reads_no_more_gives_its_text_and_no_title(member, user):
    topic = TopicFactory(title="Titre caché", hidden=True)
    drafts.save(user, f"reply:{topic.pk}", {"body": "Mon texte entier"})
    html = member.get(DRAFTS).content.decode()
    assert "Mon texte entier" in html
    assert "Titre caché" not in html


# -- Signed out, refused -------------------------------------------------------------------------------------------


def sign_in(client, user, monkeypatch=None):
    """Sign in as the form does: the session's key changes, what it holds stays."""
    from tests.factories import PASSWORD

    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302


@pytest.fixture
def confirmed(user):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_a_reply_sent_while_signed_out_is_there_after_signing_in(client, confirmed):
    topic = TopicFactory()
    answer = client.post(reply_url(topic), reply_data(body="Une heure de travail", anonymous="on"))
    assert answer["Location"].startswith(reverse("account_login"))
    assert not Draft.objects.exists()
    sign_in(client, confirmed)
    html = client.get(topic.get_absolute_url()).content.decode()
    assert "Une heure de travail</textarea>" in html
    assert "pas encore publié" in html
    assert Draft.objects.get(user=confirmed).data == {"body": "Une heure de travail", "anonymous": "on"}
    assert "pas encore publié" not in client.get(topic.get_absolute_url()).content.decode()


def test_a_new_topic_and_a_change_sent_while_signed_out_wait_too(client, confirmed):
    client.post(f"{NEW}?categorie=x", {"title": "Un titre", "situation": "Le lundi", "kind": "practice"})
    sign_in(client, confirmed)
    html = client.get(NEW).content.decode()
    assert "Le lundi</textarea>" in html
    assert 'value="practice" checked' in html or 'value="practice" id="id_kind_2" checked' in html
    client.logout()
    post = make_posts(TopicFactory(), 1, confirmed)[0]
    edit = reverse("forum:edit_post", args=[post.pk])
    client.post(edit, {"body": "Mieux dit"})
    sign_in(client, confirmed)
    assert "Mieux dit</textarea>" in client.get(edit).content.decode()


def test_what_waits_is_forgotten_in_two_hours_and_belongs_to_one_browser(client, confirmed):
    topic = TopicFactory()
    client.post(reply_url(topic), reply_data(body="Secret"))
    other = Client()
    other.force_login(make_member())
    assert "Secret" not in other.get(topic.get_absolute_url()).content.decode()
    cache.clear()
    sign_in(client, confirmed)
    assert "Secret" not in client.get(topic.get_absolute_url()).content.decode()


def test_a_visitor_learns_nothing_of_a_private_topic_by_replying(client):
    topic = TopicFactory(hidden=True)
    shown, unknown = (
        client.post(reply_url(topic), reply_data()),
        client.post("/forum/sujet/999/repondre/", reply_data()),
    )
    assert shown["Location"].replace(str(topic.pk), "N") == unknown["Location"].replace("999", "N")


def test_a_form_whose_session_changed_gives_the_text_back(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    answer = browser.post(reply_url(TopicFactory()), {"body": "Un <b>long</b> texte", "title": "Son titre"})
    html = answer.content.decode()
    assert answer.status_code == 403
    assert "Un &lt;b&gt;long&lt;/b&gt; texte</textarea>" in html
    assert "Son titre</textarea>" in html


def test_a_reply_to_a_topic_one_reads_no_more_gives_the_text_back_and_keeps_it(member, user):
    topic = TopicFactory()
    Category.objects.update(audience=Category.Audience.NETWORK, network=_network())
    answer = member.post(reply_url(topic), reply_data(body="Une heure de travail"))
    html = answer.content.decode()
    assert answer.status_code == 404
    assert "Une heure de travail</textarea>" in html
    assert topic.title not in html
    assert Draft.objects.get(user=user).data == {"body": "Une heure de travail"}


def _network():
    from people.models import Network

    return Network.objects.create(name="Réseau", slug="reseau")


def test_a_change_to_a_message_deleted_meanwhile_gives_the_text_back(member, user):
    post = make_posts(TopicFactory(), 1, user)[0]
    services.delete_post(post)
    answer = member.post(reverse("forum:edit_post", args=[post.pk]), {"body": "Mieux dit"})
    assert answer.status_code == 404
    assert "Mieux dit</textarea>" in answer.content.decode()


def test_who_is_suspended_keeps_the_text_and_knows_until_when(member, user):
    topic = TopicFactory()
    member_row = services.member_of(user)
    member_row.suspended_until = timezone.now() + timedelta(days=2)
    member_row.save()
    assert "suspendu votre droit d'écrire" in member.get(topic.get_absolute_url()).content.decode()
    answer = member.post(reply_url(topic), reply_data(body="Une heure de travail"))
    assert answer.status_code == 403
    assert "Une heure de travail</textarea>" in answer.content.decode()
    answer = member.post(NEW, reply_data(title="Un titre clair", category=topic.category.slug))
    assert answer.status_code == 403
    assert "Ma réponse</textarea>" in answer.content.decode()
    assert Post.objects.count() == 1


def test_a_category_that_closed_meanwhile_is_explained_and_the_text_kept(member):
    category = CategoryFactory(posting=Category.Posting.MODERATORS)
    answer = member.post(NEW, reply_data(title="Un titre clair", category=category.slug))
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "ouvrir de discussion là" in html
    assert "Ma réponse</textarea>" in html
    assert not Topic.objects.exists()


def test_opening_the_address_of_a_reply_leads_to_its_form(member):
    topic = TopicFactory()
    assert member.get(reply_url(topic))["Location"] == f"/forum/sujet/{topic.pk}-sujet/#repondre"
