"""Each shared block is rendered through its own template, and refuses what it should."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from pages.blocks import CalloutBlock, CardBlock, ContentBlock, VideoBlock, video_player_url

pytestmark = pytest.mark.django_db


def render(block_type, value):
    html = ContentBlock().to_python([{"type": block_type, "value": value}]).render_as_block()
    return html.replace("&nbsp;", " ").replace("\xa0", " ")


def test_heading_is_a_second_level_title():
    assert "<h2>Observer &amp; agir</h2>" in render("heading", "Observer & agir")


def test_rich_text_is_shown_as_written():
    assert "<b>fort</b>" in render("rich_text", "<p>un mot <b>fort</b></p>")


def test_markdown_is_rendered_and_cleaned():
    html = render("markdown", "**oui** <script>non()</script>")
    assert "<strong>oui</strong>" in html
    assert "<script" not in html


@pytest.mark.parametrize(
    ("kind", "label"),
    [("retenir", "À retenir"), ("attention", "Attention"), ("chantier", "Sur le chantier"), ("loi", "Texte de loi")],
)
def test_a_callout_says_what_it_is_in_words(kind, label):
    html = render("callout", {"kind": kind, "text": "Du **texte**.", "title": "Titre"})
    assert label in html
    assert f"callout--{kind}" in html
    assert "<strong>texte</strong>" in html


def test_a_text_of_law_shows_its_reference_and_date():
    html = render(
        "callout",
        {
            "kind": "loi",
            "text": "L'employeur protège.",
            "reference": "Code du travail, art. L. 4121-1",
            "in_force_on": "2017-10-01",
            "url": "https://www.legifrance.gouv.fr/",
        },
    )
    assert "art. L. 4121-1" in html
    assert "1er octobre 2017" in html


def test_a_text_of_law_without_reference_or_date_is_refused():
    block = CalloutBlock()
    with pytest.raises(ValidationError) as refused:
        block.clean(block.to_python({"kind": "loi", "text": "Texte"}))
    assert set(refused.value.block_errors) == {"reference", "in_force_on"}


def test_a_text_of_law_with_reference_and_date_is_accepted():
    block = CalloutBlock()
    value = block.to_python({"kind": "loi", "text": "Texte", "reference": "art. 1", "in_force_on": "2020-01-01"})
    assert block.clean(value)["in_force_on"] == datetime.date(2020, 1, 1)


@pytest.fixture
def image():
    return get_image_model().objects.create(title="Établi", file=get_test_image_file())


def test_an_image_shows_its_text_alternative_and_caption(image):
    html = render(
        "image",
        {
            "image": {"image": image.pk, "alt_text": "Un établi rangé", "decorative": False},
            "caption": "Chaque outil à sa place",
        },
    )
    assert 'alt="Un établi rangé"' in html
    assert "Chaque outil à sa place" in html
    assert 'width="' in html


def test_a_decorative_image_has_an_empty_alternative(image):
    assert 'alt=""' in render("image", {"image": {"image": image.pk, "alt_text": "", "decorative": True}})


def test_an_image_with_neither_alternative_nor_decorative_mark_is_refused(image):
    block = ContentBlock().child_blocks["image"]
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"image": {"image": image.pk, "alt_text": "", "decorative": False}}))


def test_a_document_shows_its_type_and_size(tmp_path):
    from django.core.files.base import ContentFile

    document = get_document_model().objects.create(title="Fiche", file=ContentFile(b"contenu", name="fiche.pdf"))
    html = render("document", {"document": document.pk, "title": ""})
    assert "Télécharger : Fiche" in html
    assert "PDF, 7" in html


def test_a_video_loads_nothing_from_the_other_site():
    html = render(
        "video",
        {
            "url": "https://www.youtube.com/watch?v=abc_123-X",
            "title": "Le geste",
            "description": "On voit **le geste**.",
        },
    )
    assert "<iframe" not in html
    assert "src=" not in html
    assert 'data-player="https://www.youtube-nocookie.com/embed/abc_123-X"' in html
    assert "<strong>le geste</strong>" in html


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://youtu.be/abc123", "https://www.youtube-nocookie.com/embed/abc123"),
        ("https://www.youtube.com/watch?v=abc123&t=3", "https://www.youtube-nocookie.com/embed/abc123"),
        ("https://www.youtube.com/shorts/abc123", "https://www.youtube-nocookie.com/embed/abc123"),
        ("https://vimeo.com/12345", "https://player.vimeo.com/video/12345?dnt=1"),
        ("https://exemple.fr/film", None),
        ("https://youtu.be/a'onload=x", None),
        ("https://evil-youtube.com/watch?v=abc", None),
    ],
)
def test_only_known_players_are_framed(url, player):
    assert video_player_url(url) == player


def test_a_video_that_is_not_https_is_refused():
    block = VideoBlock()
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"url": "http://exemple.fr/v", "title": "x", "description": "y"}))


def test_an_accordion_folds_with_details():
    html = render("accordion", {"items": [{"title": "Qui appeler ?", "text": "Le **15**."}]})
    assert "<summary>Qui appeler ?</summary>" in html
    assert "<strong>15</strong>" in html


def test_steps_are_an_ordered_list():
    html = render("steps", {"title": "Avant", "steps": [{"title": "Un", "text": "a"}, {"title": "Deux", "text": "b"}]})
    assert html.count("<li>") == 2
    assert '<ol class="steps">' in html


def test_a_quotation_names_its_author():
    html = render("quotation", {"text": "On apprend en faisant.", "author": "Nadia", "source": "Entretien"})
    assert "<blockquote>" in html
    assert "Nadia" in html
    assert "<cite>Entretien</cite>" in html


def test_a_table_has_a_caption_and_column_headers():
    table = {
        "columns": [{"type": "text", "heading": "Flux"}, {"type": "text", "heading": "Bac"}],
        "rows": [{"values": ["Bois", "**Vert**"]}],
    }
    html = render("table", {"caption": "Le tri", "table": table})
    assert "<caption>Le tri</caption>" in html
    assert '<th scope="col">Flux</th>' in html
    assert "<strong>Vert</strong>" in html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//ailleurs.fr", "formations", "http://x.fr"])
def test_a_card_leads_only_to_this_site_or_a_full_address(link):
    block = CardBlock()
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"title": "x", "text": "y", "link": link}))
