import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.catalog.outline import Heading, add_anchors, in_slides


def test_each_title_gets_an_anchor_made_from_its_text():
    html, headings = add_anchors("<h2>Lundi matin, concrètement</h2><p>…</p>")
    assert headings == [Heading("lundi-matin-concretement", "Lundi matin, concrètement")]
    assert html.startswith('<h2 id="lundi-matin-concretement">')


def test_namesakes_get_distinct_anchors():
    _html, headings = add_anchors("<h2>Les pièges</h2><h2>Les pièges</h2>")
    assert [h.anchor for h in headings] == ["les-pieges", "les-pieges-2"]


def test_markup_in_a_title_is_kept_in_the_page_and_left_out_of_the_contents():
    html, headings = add_anchors("<h2>Le <em>bon</em> geste</h2>")
    assert headings[0].title == "Le bon geste"
    assert "<em>bon</em>" in html


@given(st.lists(st.text(alphabet="abé -2", max_size=12), max_size=8))
def test_anchors_are_always_distinct_and_never_empty(titles):
    _html, headings = add_anchors("".join(f"<h2>{title}</h2>" for title in titles))
    anchors = [h.anchor for h in headings]
    assert len(set(anchors)) == len(anchors) == len(titles)
    assert all(anchors)


def test_apostrophes_and_signs_are_read_as_people_read_them():
    _html, headings = add_anchors("<h2>L&#x27;accueil &amp; l&#x27;écoute de_groupe</h2>")
    assert headings == [Heading("laccueil-lecoute-de-groupe", "L'accueil & l'écoute de_groupe")]


def test_a_slide_goes_from_a_title_to_the_next():
    html, _headings = add_anchors("<p>Avant.</p><h2>Un</h2><p>1</p><h3>Un bis</h3><h2>Deux</h2><p>2</p>")
    assert in_slides(html).split("\n") == [
        '<section class="slide" data-slide><p>Avant.</p></section>',
        '<section class="slide" data-slide aria-labelledby="un"><h2 id="un">Un</h2><p>1</p><h3>Un bis</h3></section>',
        '<section class="slide" data-slide aria-labelledby="deux"><h2 id="deux">Deux</h2><p>2</p></section>',
    ]


@pytest.mark.parametrize(("html", "slides"), [("", 0), (" \n", 0), ("<p>Seul.</p>", 1), ("<h2>Seul</h2>", 1)])
def test_a_text_with_one_title_or_none_makes_one_slide_or_none(html, slides):
    assert in_slides(add_anchors(html)[0]).count("<section") == slides


@given(st.lists(st.tuples(st.text(alphabet="abé -2", max_size=12), st.text(alphabet="xyz", max_size=6)), max_size=8))
def test_slides_lose_nothing_and_are_as_many_as_the_titles(parts):
    html, headings = add_anchors("".join(f"<h2>{title}</h2><p>{text}</p>" for title, text in parts))
    slides = in_slides(html)
    assert slides.count("data-slide") == len(headings)
    assert re.sub(r"\n?</?section[^>]*>", "", slides) == html
