import uuid

import pytest
from django.urls import reverse

from forum import services
from forum.models import Post, Topic
from forum.quoting import QUOTE_MAX_LENGTH, quote
from tests.factories import UserFactory

from .factories import CategoryFactory, TopicFactory, make_posts

pytestmark = pytest.mark.django_db

NEW = reverse("forum:new_topic")


def reply_data(**changed):
    return {"body": "Ma réponse", "submission": str(uuid.uuid4()), "action": "publish"} | changed


def topic_data(category, **changed):
    return reply_data(title="Faire respecter les pauses", category=category.slug, body="Mon message") | changed


# -- Who may write -------------------------------------------------------------------------------------------------


def test_writing_needs_an_account_and_comes_back_after_signing_in(client):
    url = f"{NEW}?categorie=produire&lecon=3"
    answer = client.get(url)
    assert answer["Location"] == f"{reverse('account_login')}?next=/forum/nouveau/%3Fcategorie%3Dproduire%26lecon%3D3"


def test_a_visitor_who_sends_a_reply_is_led_to_sign_in_then_to_the_topic(client):
    topic = TopicFactory()
    answer = client.post(topic.get_absolute_url(), reply_data())
    assert answer["Location"] == f"{reverse('account_login')}?next={topic.get_absolute_url()}"
    assert topic.posts.count() == 1


@pytest.mark.parametrize("name", ["edit_post", "delete_post", "moderate_post", "moderate"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visitor_changes_nothing(client, name, method):
    post = TopicFactory().posts.get()
    answer = getattr(client, method)(reverse(f"forum:{name}", args=[post.pk if "post" in name else post.topic_id]))
    assert answer["Location"].startswith(reverse("account_login"))


# -- Replies -------------------------------------------------------------------------------------------------------


def test_a_reply_is_published_and_shown_in_its_place(member, user):
    topic = TopicFactory()
    make_posts(topic, 25)
    answer = member.post(topic.get_absolute_url(), reply_data(body="**Merci**"), follow=True)
    post = Post.objects.get(author=user)
    html = answer.content.decode()
    assert f'id="message-{post.pk}"' in html
    assert "<strong>Merci</strong>" in html
    assert answer.redirect_chain[-1][0].endswith(f"#message-{post.pk}")


def test_a_second_tap_leads_to_the_one_message(member):
    topic = TopicFactory()
    data = reply_data()
    first, second = (member.post(topic.get_absolute_url(), data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert topic.posts.count() == 2


@pytest.mark.parametrize(
    "body", ["", "   ", "\n\n", "\u200b \u200b", "<script>alert(1)</script>", "<!-- rien -->", "---", "\xa0"]
)
def test_a_message_that_shows_nothing_is_refused(member, body):
    topic = TopicFactory()
    answer = member.post(topic.get_absolute_url(), reply_data(body=body))
    assert answer.status_code == 400
    assert "Écrivez quelque chose avant de publier." in answer.content.decode()
    assert topic.posts.count() == 1


def test_a_message_that_is_too_long_is_refused_and_kept(member):
    topic = TopicFactory()
    body = "mot " * 2501
    answer = member.post(topic.get_absolute_url(), reply_data(body=body))
    assert answer.status_code == 400
    assert "10000 caractères au plus" in answer.content.decode().replace("\xa0", "").replace("\u202f", "")
    assert body.strip() in answer.content.decode()


def test_a_line_break_counts_for_one_character_as_in_the_browser(member):
    topic = TopicFactory()
    body = "a\r\n" * 5000
    assert member.post(topic.get_absolute_url(), reply_data(body=body)).status_code == 302


@pytest.mark.parametrize("body", [">" * 9999 + "a", "[" * 9999, "*" * 9000 + "a", "a\x00b"])
def test_a_message_made_to_hurt_is_answered_quickly_and_without_failing(member, body):
    topic = TopicFactory()
    assert member.post(topic.get_absolute_url(), reply_data(body=body)).status_code in (302, 400)


def test_a_hundred_links_are_allowed(member):
    topic = TopicFactory()
    body = "[lien](https://exemple.fr) " * 100
    assert member.post(topic.get_absolute_url(), reply_data(body=body)).status_code == 302


@pytest.mark.parametrize("submission", ["", "pas-une-cle", None])
def test_a_forged_form_key_is_refused_and_the_text_kept(member, submission):
    topic = TopicFactory()
    data = reply_data(body="Un texte gardé")
    if submission is None:
        del data["submission"]
    else:
        data["submission"] = submission
    answer = member.post(topic.get_absolute_url(), data)
    assert answer.status_code == 400
    assert "Un texte gardé</textarea>" in answer.content.decode()
    assert topic.posts.count() == 1


def test_a_locked_topic_shows_an_explanation_in_place_of_the_form(member):
    html = member.get(TopicFactory(locked=True).get_absolute_url()).content.decode()
    assert "fermée par les modérateurs" in html
    assert "<textarea" not in html
    assert "Citer" not in html


def test_a_reply_to_a_topic_locked_meanwhile_is_explained_and_kept(member):
    topic = TopicFactory(locked=True)
    answer = member.post(topic.get_absolute_url(), reply_data(body="Une heure de travail"))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "n'est pas publié" in html
    assert "Une heure de travail</textarea>" in html
    assert topic.posts.count() == 1


def test_a_reply_to_a_hidden_topic_is_not_found(member):
    topic = TopicFactory(hidden=True)
    assert member.post(topic.get_absolute_url(), reply_data()).status_code == 404


def test_one_who_writes_too_fast_is_asked_to_wait_and_keeps_the_text(member, user):
    topic = TopicFactory()
    make_posts(topic, services.POSTS_PER_MINUTE, user)
    answer = member.post(topic.get_absolute_url(), reply_data(body="Encore une idée"))
    assert answer.status_code == 429
    assert "Attendez un peu" in answer.content.decode()
    assert "Encore une idée</textarea>" in answer.content.decode()
    answer = member.post(NEW, topic_data(topic.category, body="Encore une idée"))
    assert answer.status_code == 429
    assert "Encore une idée</textarea>" in answer.content.decode()


def test_the_charter_is_recalled_beside_every_form(member, user):
    topic = TopicFactory(author=user)
    for url in (NEW, topic.get_absolute_url(), reverse("forum:edit_post", args=[topic.posts.get().pk])):
        assert 'href="/charte-du-forum/"' in member.get(url).content.decode()


# -- Preview -------------------------------------------------------------------------------------------------------


def test_a_preview_without_javascript_shows_the_message_and_publishes_nothing(member):
    topic = TopicFactory()
    data = reply_data(body="**gras**", action="preview")
    html = member.post(topic.get_absolute_url(), data).content.decode()
    assert "<p><strong>gras</strong></p>" in html
    assert "**gras**</textarea>" in html
    assert data["submission"] in html
    assert topic.posts.count() == 1


def test_a_preview_of_a_new_topic_keeps_all_that_was_written_and_does_not_scold(member):
    category = CategoryFactory()
    html = member.post(NEW, topic_data(category, title="", body="*doux*", action="preview")).content.decode()
    assert "<em>doux</em>" in html
    assert f'value="{category.slug}" selected' in html
    assert "Écrivez un titre" not in html
    assert not Topic.objects.exists()


def test_a_preview_is_cleaned_like_a_message(member):
    topic = TopicFactory()
    data = reply_data(body="Vu <script>alert(1)</script>", action="preview")
    assert "<script>alert" not in member.post(topic.get_absolute_url(), data).content.decode()


def test_a_preview_of_nothing_says_what_is_missing(member):
    topic = TopicFactory()
    html = member.post(topic.get_absolute_url(), reply_data(body=" ", action="preview")).content.decode()
    assert "Écrivez quelque chose" in html


def test_a_preview_of_an_edit_changes_nothing(member, user):
    post = TopicFactory(author=user, body="Avant").posts.get()
    url = reverse("forum:edit_post", args=[post.pk])
    html = member.post(url, {"body": "*Après*", "title": "Un autre titre", "action": "preview"}).content.decode()
    post.refresh_from_db()
    assert "<em>Après</em>" in html
    assert post.body == "Avant"


# -- Quoting -------------------------------------------------------------------------------------------------------


def test_quoting_fills_the_form_with_the_message_and_its_author(member):
    topic = TopicFactory(body="Première ligne\n\nSeconde ligne")
    post = topic.posts.get()
    html = member.get(topic.get_absolute_url(), {"citer": post.pk}).content.decode()
    assert f"&gt; **{topic.author.display_name}** a écrit :" in html
    assert "&gt; Première ligne\n&gt;\n&gt; Seconde ligne" in html


def test_the_link_to_quote_stays_on_its_page_and_leads_to_the_form(member):
    topic = TopicFactory()
    posts = make_posts(topic, 25)
    html = member.get(topic.get_absolute_url(), {"apres": posts[18].pk}).content.decode()
    link = f"?apres={posts[19].pk - 1}&amp;citer={posts[24].pk}#repondre"
    assert link in html
    again = member.get(topic.get_absolute_url() + link.split("#", maxsplit=1)[0].replace("&amp;", "&")).content.decode()
    assert f'id="message-{posts[24].pk}"' in again
    assert f'id="message-{posts[18].pk}"' not in again


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 40, "9" * 5000])
def test_a_forged_quotation_is_ignored(member, value):
    answer = member.get(TopicFactory().get_absolute_url(), {"citer": value})
    assert answer.status_code == 200
    assert "a écrit" not in answer.content.decode()


@pytest.mark.parametrize("state", ["elsewhere", "hidden", "deleted"])
def test_only_readable_messages_of_the_topic_are_quoted(member, state):
    from django.utils import timezone

    topic = TopicFactory()
    if state == "elsewhere":
        post = TopicFactory(body="Secret").posts.get()
    elif state == "hidden":
        post = make_posts(topic, 1, body="Secret", hidden_at=timezone.now())[0]
    else:
        post = make_posts(topic, 1, body="", html="", deleted_at=timezone.now())[0]
    html = member.get(topic.get_absolute_url(), {"citer": post.pk}).content.decode()
    assert "Secret" not in html
    assert "a écrit" not in html


def test_a_long_message_is_cut_and_a_name_is_never_markup():
    text = quote("Jean *Le* <b>", "mot " * 1000)
    assert text.startswith("> **Jean \\*Le\\* \\<b\\>** a écrit :\n>\n> mot")
    assert text.endswith(" […]\n\n")
    assert len(text) < QUOTE_MAX_LENGTH + 100


# -- New topics ----------------------------------------------------------------------------------------------------


def test_a_topic_is_opened_and_shown(member, user):
    category = CategoryFactory()
    answer = member.post(NEW, topic_data(category, title="  Faire   respecter\nles pauses "))
    topic = Topic.objects.get()
    assert answer["Location"] == topic.get_absolute_url()
    assert (topic.title, topic.author, topic.category) == ("Faire respecter les pauses", user, category)


def test_the_form_opens_on_the_category_one_comes_from(member):
    category = CategoryFactory()
    assert f'value="{category.slug}" selected' in member.get(NEW, {"categorie": category.slug}).content.decode()
    assert member.get(NEW, {"categorie": "inconnue"}).status_code == 200


def test_sending_the_form_of_a_topic_twice_opens_one(member):
    data = topic_data(CategoryFactory())
    first, second = (member.post(NEW, data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Topic.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "Écrivez un titre."),
        ("title", "    ", "Écrivez un titre."),
        ("title", "Oui ", "au moins 5 caractères"),
        ("title", "O     i", "au moins 5 caractères"),
        ("title", "x" * 121, "120 caractères au plus"),
        ("body", "  ", "Écrivez quelque chose"),
        ("category", "inconnue", ""),
        ("category", "", ""),
    ],
)
def test_a_topic_with_something_missing_is_refused_and_the_text_kept(member, field, value, message):
    data = topic_data(CategoryFactory(), body="Le texte à garder") | {field: value}
    answer = member.post(NEW, data)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert message in html
    assert field == "body" or "Le texte à garder</textarea>" in html
    assert not Topic.objects.exists()


@pytest.mark.parametrize("title", ["Cinq!", "x" * 120])
def test_a_title_has_five_to_a_hundred_and_twenty_characters(member, title):
    assert member.post(NEW, topic_data(CategoryFactory(), title=title)).status_code == 302


# -- One's own messages --------------------------------------------------------------------------------------------


def test_one_edits_ones_own_message(member, user):
    topic = TopicFactory()
    post = make_posts(topic, 1, user)[0]
    url = reverse("forum:edit_post", args=[post.pk])
    assert "Chez nous, un binôme.</textarea>" in member.get(url).content.decode()
    html = member.post(url, {"body": "Chez nous, un trinôme."}, follow=True).content.decode()
    assert "un trinôme" in html
    assert "modifié le" in html


def test_the_opening_message_is_edited_with_its_title(member, user):
    topic = TopicFactory(author=user)
    url = reverse("forum:edit_post", args=[topic.posts.get().pk])
    assert topic.title in member.get(url).content.decode()
    answer = member.post(url, {"body": "Mieux dit", "title": "Un titre plus clair"})
    assert answer["Location"].startswith(f"/forum/sujet/{topic.pk}-un-titre-plus-clair/")


def test_an_edit_that_leaves_nothing_is_refused(member, user):
    post = TopicFactory(author=user, body="Avant").posts.get()
    answer = member.post(reverse("forum:edit_post", args=[post.pk]), {"body": " ", "title": "Un autre titre"})
    post.refresh_from_db()
    assert answer.status_code == 400
    assert post.body == "Avant"


@pytest.mark.parametrize("name", ["edit_post", "delete_post"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_someone_elses_message_is_not_ones_to_change(member, name, method):
    post = TopicFactory(body="Intact").posts.get()
    answer = getattr(member, method)(reverse(f"forum:{name}", args=[post.pk]), {"body": "Volé", "title": "Volé aussi"})
    post.refresh_from_db()
    assert answer.status_code == 403
    assert (post.body, post.deleted_at) == ("Intact", None)


def test_a_moderator_does_not_put_words_in_anothers_mouth(moderator):
    post = TopicFactory().posts.get()
    assert moderator.post(reverse("forum:edit_post", args=[post.pk]), {"body": "Autre"}).status_code == 403


def test_the_links_to_change_a_message_are_shown_to_its_author_only(member, user):
    topic = TopicFactory()
    mine = make_posts(topic, 1, user)[0]
    html = member.get(topic.get_absolute_url()).content.decode()
    assert reverse("forum:edit_post", args=[mine.pk]) in html
    assert reverse("forum:edit_post", args=[topic.posts.first().pk]) not in html


def test_deleting_asks_first(member, user):
    topic = TopicFactory()
    post = make_posts(topic, 1, user)[0]
    url = reverse("forum:delete_post", args=[post.pk])
    assert "Supprimer ce message&nbsp;?" in member.get(url).content.decode()
    post.refresh_from_db()
    assert post.deleted_at is None
    html = member.post(url, follow=True).content.decode()
    assert "Message supprimé par son auteur" in html
    assert "Chez nous, un binôme." not in html


def test_deleting_a_topic_without_replies_leads_back_to_the_category(member, user):
    topic = TopicFactory(author=user)
    answer = member.post(reverse("forum:delete_post", args=[topic.posts.get().pk]))
    assert answer["Location"] == topic.category.get_absolute_url()
    assert member.get(topic.get_absolute_url()).status_code == 404


def test_a_deleted_message_is_neither_edited_nor_deleted_again(member, user):
    topic = TopicFactory()
    post = make_posts(topic, 1, user)[0]
    services.delete_post(post)
    assert member.get(reverse("forum:edit_post", args=[post.pk])).status_code == 404
    assert member.post(reverse("forum:edit_post", args=[post.pk]), {"body": "Retour"}).status_code == 404
    assert member.get(reverse("forum:delete_post", args=[post.pk])).status_code == 302
    assert member.post(reverse("forum:delete_post", args=[post.pk])).status_code == 302


def test_one_may_still_correct_or_erase_a_message_of_a_locked_topic(member, user):
    """A name published by mistake must be removable."""
    topic = TopicFactory(locked=True)
    post = make_posts(topic, 1, user)[0]
    assert member.post(reverse("forum:edit_post", args=[post.pk]), {"body": "Sans le nom"}).status_code == 302
    assert member.post(reverse("forum:delete_post", args=[post.pk])).status_code == 302


def test_an_account_without_a_name_is_shown_without_its_address(client):
    author = UserFactory(first_name="", last_name="")
    html = client.get(TopicFactory(author=author).get_absolute_url()).content.decode()
    assert "Membre du réseau" in html
    assert author.email not in html
