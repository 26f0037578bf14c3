import pytest
from django.template import Context, Template
from django.urls import reverse

from forum.models import Topic
from tests.courses.factories import make_lesson

from .factories import CategoryFactory, TopicFactory
from .test_writing import topic_data

pytestmark = pytest.mark.django_db

NEW = reverse("forum:new_topic")


@pytest.fixture
def lesson():
    return make_lesson(title="Protéger, alerter, secourir")


@pytest.fixture
def questions():
    return CategoryFactory(slug="questions-modules", name="Questions sur les modules")


def test_a_question_from_a_lesson_goes_to_its_category_and_names_the_lesson(member, lesson, questions):
    html = member.get(NEW, {"lecon": lesson.pk}).content.decode()
    assert "À propos de la leçon&nbsp;: Protéger, alerter, secourir" in html
    assert 'value="questions-modules" selected' in html
    member.post(f"{NEW}?lecon={lesson.pk}", topic_data(questions))
    assert Topic.objects.get().page_id == lesson.pk


def test_another_category_may_be_asked_for(member, lesson, questions):
    other = CategoryFactory()
    html = member.get(NEW, {"lecon": lesson.pk, "categorie": other.slug}).content.decode()
    assert f'value="{other.slug}" selected' in html


def test_a_preview_does_not_forget_the_lesson(member, lesson, questions):
    url = f"{NEW}?lecon={lesson.pk}"
    html = member.post(url, topic_data(questions, action="preview")).content.decode()
    assert f'action="{url}#ecrire"' in html


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "999999", "9" * 40, "9" * 5000, "unpublished", "root"])
def test_a_lesson_that_is_not_one_is_ignored_and_said(member, lesson, questions, value):
    if value == "unpublished":
        lesson.unpublish()
        value = lesson.pk
    elif value == "root":
        value = lesson.get_root().pk
    url = f"{NEW}?lecon={value}"
    html = member.get(url).content.decode()
    assert "reliée à aucune leçon" in html
    assert "À propos de la leçon" not in html
    member.post(url, topic_data(questions))
    assert Topic.objects.get().page is None


def test_a_topic_leads_to_its_lesson(client, lesson):
    topic = TopicFactory(page=lesson.page_ptr)
    html = client.get(topic.get_absolute_url()).content.decode()
    assert f'href="{lesson.url}">{lesson.title}</a>' in html


def test_a_topic_does_not_lead_to_a_lesson_that_is_no_longer_published(client, lesson):
    topic = TopicFactory(page=lesson.page_ptr)
    lesson.unpublish()
    html = client.get(topic.get_absolute_url()).content.decode()
    assert "plus publiée" in html
    assert lesson.url not in html


def test_a_list_names_the_lesson_of_a_topic(client, lesson):
    topic = TopicFactory(page=lesson.page_ptr)
    assert (
        "leçon «&nbsp;Protéger, alerter, secourir&nbsp;»"
        in client.get(topic.category.get_absolute_url()).content.decode()
    )


def render(page, limit=3):
    template = Template(
        "{% load forum_tags %}{% lesson_topics page limit=limit as topics %}{% include 'forum/lesson_topics.html' %}"
    )
    return template.render(Context({"page": page, "limit": limit}))


def test_a_lesson_shows_its_latest_visible_topics_in_one_query(lesson, django_assert_num_queries):
    for number in range(4):
        TopicFactory(page=lesson.page_ptr, title=f"Question numéro {number}")
    TopicFactory(page=lesson.page_ptr, title="Question masquée", hidden=True)
    TopicFactory(title="Sans leçon aucune")
    with django_assert_num_queries(1):
        html = render(lesson)
    assert html.index("Question numéro 3") < html.index("Question numéro 2") < html.index("Question numéro 1")
    assert "Question numéro 0" not in html
    assert "Question masquée" not in html
    assert "Sans leçon aucune" not in html


def test_a_lesson_without_topics_invites_to_ask(lesson):
    html = render(lesson)
    assert "Personne n'a encore posé de question ici" in html
    assert f'href="{NEW}?lecon={lesson.pk}"' in html


def test_the_page_of_a_lesson_shows_its_topics(client, lesson):
    TopicFactory(page=lesson.page_ptr, title="Et si personne ne répond")
    assert "Et si personne ne répond" in client.get(lesson.url).content.decode()
