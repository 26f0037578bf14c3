"""The engine: the same answers on SQLite and on PostgreSQL (`DATABASE_URL=postgres://… pytest tests/search`)."""

import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import registry, services
from search.asking import read_question
from search.engine import Stream, candidates
from search.models import SearchEntry, SearchWord
from search.registry import Document
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def found(user, typed, **options):
    return [(hit.kind, hit.object_id) for hit in services.search(user, typed, **options).hits]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("encadrer", "Nous encadrons six salariés."),
        ("cheval", "Deux chevaux de trait"),
        ("securite", "La sécurité d'abord"),
        ("sécurité", "LA SECURITE D ABORD"),
        ("atelier", "L’atelier ouvre à huit heures"),
        ("été", "l'e\u0301te\u0301 dernier"),
        ("oeuvre", "La mise en œuvre"),
        ("A2.1", "niveau A2.1 du cadre"),
        ("rep agec", "La loi AGEC crée la REP."),
        ("travail", "les travaux du lot 2"),
        ("vendre", "ce que l'on a vendu"),
    ],
)
def test_a_word_is_found_under_any_of_its_forms(put, visitor, typed, text):
    put("note", 1, "Titre", text)
    put("note", 2, "Autre chose", "Rien à voir ici")
    assert found(visitor, f"{typed} ") == [("note", 1)]


def test_every_word_is_asked_for(put, visitor):
    put("note", 1, "Chantier", "de maçonnerie")
    put("note", 2, "Chantier", "de peinture")
    assert found(visitor, "peinture chantier") == [("note", 2)]


def test_a_phrase_is_its_words_side_by_side(put, visitor):
    put("note", 1, "", "La mise en place du chantier")
    put("note", 2, "", "Une place bien mise")
    put("note", 3, "", "La mise place")
    assert found(visitor, "« mise en place »") == [("note", 1)]
    assert len(found(visitor, "mise en place")) == 3


def test_a_dash_leaves_out(put, visitor):
    put("note", 1, "", "Chantier de palettes")
    put("note", 2, "", "Chantier de bois")
    put("note", 3, "", "Chantier d'insertion sur palettes, par tous les temps")
    assert found(visitor, "chantier -palettes ") == [("note", 2)]
    assert set(found(visitor, 'chantier -"chantier de palettes"')) == {("note", 2), ("note", 3)}


def test_the_last_word_may_be_unfinished_when_little_has_it(put, visitor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put("note", 1, "", "Réinsérer par la maçonnerie")
    assert found(visitor, "maçonn") == [("note", 1)]
    assert found(visitor, "maçonn ") == []
    put("note", 2, "", "Un maçonn écrit ainsi")
    assert found(visitor, "maçonn") == [("note", 2), ("note", 1)]


def test_nobody_finds_what_is_for_others(put, visitor):
    user = UserFactory()
    put("note", 1, "Pour tous", "palette")
    put("note", 2, "Pour les membres", "palette", audience="members")
    put("note", 3, "Pour quelques-uns", "palette", audience="category:3")
    assert {pk for _kind, pk in found(visitor, "palette")} == {1}
    assert {pk for _kind, pk in found(user, "palette")} == {1, 2}
    registry.register_audiences(lambda person: {"category:3"} if person == user else set())
    assert {pk for _kind, pk in found(user, "palette")} == {1, 2, 3}
    assert services.search(visitor, "palette").count == 1


def test_a_title_that_answers_comes_first_however_old(put, visitor):
    put("note", 1, "Monter une palette de tri", "Voilà", days_ago=2000)
    services.index_many(
        Document("reply", n, "", "la palette de tri, on la monte", "public", timezone.now()) for n in range(1, 400)
    )
    assert found(visitor, "monter palette tri")[0] == ("note", 1)


def test_messages_never_crowd_out_lessons(put, visitor):
    put("manual", 1, "Outils", "Le chantier", days_ago=900)
    services.index_many(Document("reply", n, "", "le chantier", "public", timezone.now()) for n in range(1, 400))
    ranked = services.search(visitor, "chantier", families=["lessons"])
    assert [hit.object_id for hit in ranked.hits] == [1]
    results = services.search(visitor, "chantier", per_page=500)
    assert ("manual", 1) in [(hit.kind, hit.object_id) for hit in results.hits]
    assert results.more_exist


def test_a_topic_is_shown_once_by_its_best_message(put, visitor):
    put("note", 1, "Le bois", "Que faire ?", group="topic:1")
    put("reply", 10, "", "Une palette, quelque part, dans un texte qui parle de bien d'autres choses", group="topic:1")
    put("reply", 11, "", "palette palette", group="topic:1", accepted=True)
    assert found(visitor, "palette") == [("reply", 11)]


def test_filters_are_asked_of_the_index(put, visitor):
    put("note", 1, "", "palette", facets={"terr": ["departement-13", "region-93"], "solved": "1"})
    put("note", 2, "", "palette", facets={"terr": ["region-93"]})
    put("note", 3, "", "palette")
    assert found(visitor, "palette", facets={"terr": ["departement-13"]}) == [("note", 1)]
    assert set(found(visitor, "palette", facets={"terr": ["region-93"]})) == {("note", 1), ("note", 2)}
    assert found(visitor, "palette", facets={"solved": ["1"], "terr": ["region-93"]}) == [("note", 1)]


def test_a_date_narrows(put, visitor):
    put("note", 1, "", "palette", days_ago=400)
    put("note", 2, "", "palette", days_ago=20)
    assert found(visitor, "palette", since=timezone.now() - datetime.timedelta(days=31)) == [("note", 2)]
    assert len(found(visitor, "palette", since=timezone.now() - datetime.timedelta(days=800))) == 2


def test_indexing_again_keeps_the_entry_and_forgets_the_words(put, visitor):
    put("note", 1, "Ancien", "palette")
    pk = SearchEntry.objects.get().pk
    put("note", 1, "Nouveau", "brouette")
    assert SearchEntry.objects.get().pk == pk
    assert found(visitor, "palette ") == []
    assert found(visitor, "brouette ") == [("note", 1)]


def test_a_batch_may_hold_new_things_known_ones_and_one_twice(put, visitor):
    put("note", 2, "", "ancien texte")
    now = timezone.now()
    services.index_many([Document("note", n, "", f"palette version {n}", "public", now) for n in (1, 2, 3, 2)])
    assert SearchEntry.objects.count() == 3
    assert len(SearchEntry.objects.filter(words__contains="palet")) == 3


def test_what_is_removed_is_gone_at_once(put, visitor):
    put("note", 1, "", "palette", group="topic:1")
    put("reply", 2, "", "palette", group="topic:1")
    services.remove("reply", [2])
    assert found(visitor, "palette") == [("note", 1)]
    services.remove_group("topic:1")
    assert found(visitor, "palette") == []
    assert services.search(visitor, "palette").count == 0


def test_a_removal_goes_with_its_transaction(put, visitor):
    put("note", 1, "", "palette")
    with transaction.atomic():
        services.remove("note", [1])
        transaction.set_rollback(True)
    assert found(visitor, "palette") == [("note", 1)]


def test_a_group_changes_audience_at_once(put, visitor):
    put("note", 1, "", "palette", group="topic:1", facets={"terr": "region-93"})
    services.set_audience("topic:1", "category:4", facets={"terr": "", "cat": "4"})
    assert found(visitor, "palette") == []
    assert services.indexed_facets("note", 1)["a"] == {"category:4"}
    assert "terr" not in services.indexed_facets("note", 1)
    services.set_audience("topic:1", "public")
    assert found(visitor, "palette", facets={"cat": ["4"]}) == [("note", 1)]


def test_many_groups_are_hidden_at_once_and_found_by_others_after_the_task(
    put, visitor, django_capture_on_commit_callbacks
):
    put("note", 1, "", "palette", group="topic:1")
    put("note", 2, "", "palette", group="topic:2")
    with django_capture_on_commit_callbacks(execute=True):
        services.set_audience_of_many(["topic:1"], "members")
        assert found(visitor, "palette") == [("note", 2)]
    assert {pk for _kind, pk in found(UserFactory(), "palette")} == {1, 2}
    assert services.mend_audience_marks() == 0


def test_streams_give_the_newest_and_no_more_than_they_are_asked(texts):
    now = timezone.now()
    # Ids far apart, so that PostgreSQL has to go from one step to the next.
    entries = [
        services._entry(Document("note", n, "", "palette" if n % 3 else "brouette", "public", now), now, {})
        for n in range(1, 61)
    ]
    for n, entry in enumerate(entries):
        entry.pk = 5_000_000 + n * 3000
    SearchEntry.objects.bulk_create(entries)
    for limit in (1, 2, 5, 30, 50):
        rows = candidates([Stream((("palet",),), limit=limit)], ["public"])
        newest = [n for n in range(60, 0, -1) if n % 3]
        assert [row.object_id for row in rows] == newest[:limit]


def test_a_suggestion_leaves_out_the_word_that_nothing_has(put, visitor):
    put("note", 1, "", "palette de tri", audience="public")
    put("note", 2, "", "palette secrète", audience="category:9")
    suggestion = services.suggestion(visitor, read_question("palette tri introuvable"))
    assert (suggestion.text, suggestion.dropped) == ("palette tri", "introuvable")
    assert services.suggestion(visitor, read_question("secrète introuvable")) is None


def test_what_is_similar_shares_words_of_its_title(put, visitor):
    put("note", 1, "Comment nettoyer une bétonnière ?", "")
    put("note", 2, "Nettoyage de la bétonnière en hiver", "")
    put("note", 3, "Où ranger la brouette ?", "comment nettoyer une bétonnière")
    put("note", 4, "Nettoyer la bétonnière", "", audience="members")
    hits = services.similar(visitor, "Nettoyer sa bétonnière", kinds=["note"])
    assert [hit.object_id for hit in hits] == [1]
    assert services.similar(visitor, "", kinds=["note"]) == []
    assert services.similar(visitor, "bonjour à tous", kinds=["note"]) == []


def test_similar_forgives_words_that_nobody_used(put, visitor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put("note", 1, "Nettoyer une bétonnière le soir", "")
    title = "Avec un karcher puissant, nettoyer rapidement la bétonnière du voisin"
    hits = services.similar(visitor, title, kinds=["note"])
    assert [hit.object_id for hit in hits] == [1]


def test_matching_ids_are_those_of_one_kind(put, visitor):
    put("note", 1, "Chevaux", "")
    put("reply", 2, "", "cheval")
    assert services.matching_ids(visitor, "cheval", "note") == [1]
    assert services.matching_ids(visitor, "cheval", "unknown") == []


def test_pages_of_results_cover_them_all_once(put, visitor):
    for n in range(1, 46):
        put("note", n, "", "palette")
    pages = [services.search(visitor, "palette ", page=n) for n in (1, 2, 3, 99)]
    assert [len(page.hits) for page in pages] == [20, 20, 5, 5]
    assert len({hit.object_id for page in pages[:3] for hit in page.hits}) == 45
    assert pages[0].count == 45
    assert not pages[0].more_exist


def test_one_message_teaches_only_new_words(put, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put("note", 1, "", "palette palette brouette")
    assert set(SearchWord.objects.values_list("form", flat=True)) == {"palette", "brouette"}
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        put("note", 2, "", "palette")
    assert not callbacks


@given(st.text(max_size=80) | st.text(alphabet="ab \"'«»-()*&|!:\\%_éœ0.=", max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_question_is_an_error(texts, visitor, typed):
    services.search(visitor, typed)
    services.similar(visitor, typed)
    services.suggestion(visitor, read_question(typed))


def test_a_search_asks_little_of_the_database(put, visitor, django_assert_num_queries):
    for n in range(1, 31):
        put("note", n, "", "palette")
    extra = connection.vendor == "postgresql"  # its newest id
    with django_assert_num_queries(1 + extra):
        services.search(visitor, "palette")
    with django_assert_num_queries(2 + extra):
        services.search(visitor, "palette zzz")
